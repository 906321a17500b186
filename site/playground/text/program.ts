import { wrapped } from "../export/words.js";
import { EMBEDDED } from "./model.js";
import { inTurn, type TextRecipe, textRecipeInWords } from "./recipe.js";

/** A program in the API of the library that does a run again, prints its hash, and writes. */
export function textProgram(
  recipe: TextRecipe,
  text: string,
  hash: string | undefined,
  begins: string,
): string {
  const { steps, seed, optimizer, rate, batch, epochs, test } = recipe;
  const layers = layersOf(recipe);
  const makers = layers.map(({ code }) => code.replace(/\(.*$/, ""));
  const names = [...new Set([...makers, optimizer, "createBackend", "Sequential"])].sort((a, b) =>
    a.toLowerCase() < b.toLowerCase() ? -1 : 1,
  );
  const changes = inTurn(recipe.changes);
  const lines = [
    ...wrapped(textRecipeInWords(recipe), 106).map((line) => `// ${line}`),
    `import { ${names.join(", ")} } from "lanewise";`,
    'import { characterVocabulary, generate } from "lanewise/text";',
    "",
    "const text = textToLearn();",
    "const vocabulary = characterVocabulary(text);",
    "const tokens = vocabulary.encode(text);",
    `const known = tokens.length - Math.floor(tokens.length * ${test});`,
    `const steps = ${steps};`,
    "",
    "/** Pieces of the text from an offset on, and what comes one character further. */",
    "function windowsOf(tokens, offset = 0) {",
    "  const length = Math.max(0, Math.floor((tokens.length - 1 - offset) / steps)) * steps;",
    "  return [",
    "    Float32Array.from({ length }, (_, i) => tokens[offset + i]),",
    "    Int32Array.from({ length }, (_, i) => tokens[offset + i + 1]),",
    "  ];",
    "}",
    "",
    "const model = new Sequential(await createBackend(), {",
    "  inputShape: [steps],",
    `  seed: ${seed},`,
    "  layers: [",
    ...layers.map(({ code, times }) =>
      times > 1 ? `    ...Array.from({ length: ${times} }, () => ${code}),` : `    ${code},`,
    ),
    "  ],",
    "  metadata: { vocabulary: JSON.stringify(vocabulary) },",
    "});",
    `const optimizer = ${optimizer}({ learningRate: ${rate} });`,
    'const loss = "softmaxCrossEntropy";',
    ...(changes.length === 0
      ? []
      : [
          "",
          "/** The learning rate that was changed after so many epochs, and batches of the next one. */",
          "function changeAt(epoch, batch) {",
          ...changes.map(
            (change) =>
              `  if (epoch === ${change.epoch} && batch === ${change.batch}) optimizer.learningRate = ${change.rate};`,
          ),
          "}",
          "changeAt(0, 0);",
        ]),
    "",
    "// Each epoch cuts the text at another place.",
    `for (let epoch = 0; epoch < ${epochs}; epoch++) {`,
    "  const offset = (epoch * 23) % Math.max(1, Math.min(steps, known - steps));",
    "  const [x, y] = windowsOf(tokens.slice(0, known), offset);",
    "  await model.fit(x, y, {",
    "    loss,",
    "    optimizer,",
    `    batchSize: ${batch},`,
    "    initialEpoch: epoch,",
    "    epochs: epoch + 1,",
    ...(changes.length === 0
      ? []
      : [
          "    onBatchEnd: ({ batch, batches }) => {",
          "      if (batch < batches) changeAt(epoch, batch);",
          "    },",
          "    onEpochEnd: () => changeAt(epoch + 1, 0),",
        ]),
    "  });",
    "}",
    ...(test > 0
      ? [
          "const [testX, testY] = windowsOf(tokens.slice(known));",
          'if (testX.length > 0) console.log("test bits", model.evaluate(testX, testY, { loss }).loss / Math.LN2);',
        ]
      : []),
    ...(hash === undefined ? [] : ["// On every engine:", `// ${hash}`]),
    "console.log(await model.weightsDigest());",
    "",
    `const prompt = ${JSON.stringify(begins)};`,
    "let written = prompt;",
    `const options = { prompt, length: ${recipe.kind === "transformer" ? "steps - prompt.length" : "200"}, temperature: 0.7, seed: 1 };`,
    "for await (const piece of generate(model, vocabulary, options)) written += piece;",
    "console.log(written);",
    "",
    "function textToLearn() {",
    `  return ${JSON.stringify(text).replaceAll("\\n", "\\n\\\n")};`,
    "}",
  ];
  return `${lines.join("\n")}\n`;
}

/** The calls that make the layers, and how often each comes. */
function layersOf({ kind, units, layers, heads, dropout }: TextRecipe): { code: string; times: number }[] {
  const one = (code: string, times = 1) => ({ code, times });
  const drop = dropout > 0 ? [one(`dropout(${dropout})`)] : [];
  const last = one("dense(vocabulary.size)");
  if (kind === "transformer") {
    const options = [`heads: ${heads}`, `hidden: ${4 * units}`, "causal: true", `dropout: ${dropout}`];
    return [
      one(`embedding(vocabulary.size, ${units})`),
      one("positionEmbedding()"),
      ...drop,
      one(`transformerEncoder({ ${options.join(", ")} })`, layers),
      one("layerNormalization()"),
      last,
    ];
  }
  const layer = one(`${kind}(${units}, { returnSequences: true })`);
  return [
    one(`embedding(vocabulary.size, ${EMBEDDED})`),
    ...Array.from({ length: layers }, () => [layer, ...drop]).flat(),
    last,
  ];
}
