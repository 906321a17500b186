import { sceneOf } from "../data/index.js";
import type { Samples } from "../data/scene.js";
import { type Change, inOrder, inWords, lossNameOf, type Recipe } from "../recipe.js";
import { portsInWords } from "./formats.js";
import { rowsOf, wrapped } from "./words.js";

/**
 * A program in the API of the library that does a run again, and prints its hash. Its data are those of the
 * recipe, number by number. The digits must be loaded.
 */
export function programOf(recipe: Recipe, hash: string | undefined): string {
  const { training, test } = sceneOf(recipe.scene).samples(recipe);
  const changes = changesOf(recipe, training.rows);
  const tests = test.rows > 0;
  const lines = [
    ...comment(`${inWords(recipe)} ${portsInWords(recipe)}`),
    `import { ${namesOf(recipe).join(", ")} } from "lanewise";`,
    "",
    "const backend = await createBackend();",
    "const model = new Sequential(backend, {",
    `  inputShape: ${recipe.inputs.length},`,
    `  seed: ${recipe.seed},`,
    "  layers: [",
    ...layersOf(recipe).map((layer) => `    ${layer},`),
    "  ],",
    "});",
    `const optimizer = ${recipe.optimizer}({ learningRate: ${recipe.rate} });`,
    `const loss = "${lossNameOf(recipe.loss, sceneOf(recipe.scene).outputs(recipe.data).kind)}";`,
    "const [x, y] = samplesOf(trainingData());",
    ...(tests ? ["const [testX, testY] = samplesOf(testData());"] : []),
    "",
    ...changes.declaration,
    "await model.fit(x, y, {",
    "  loss,",
    "  optimizer,",
    `  batchSize: ${recipe.batch},`,
    `  epochs: ${recipe.epochs},`,
    ...(tests && recipe.patience > 0
      ? [
          "  validationData: [testX, testY],",
          `  earlyStopping: { patience: ${recipe.patience}, restoreBest: false },`,
        ]
      : []),
    ...changes.options,
    "});",
    ...(tests ? ['console.log("test loss", model.evaluate(testX, testY, { loss }).loss);'] : []),
    ...(hash === undefined ? [] : ["// On every engine:", `// ${hash}`]),
    "console.log(await model.weightsDigest());",
    "",
    "/** A sample in each line: its inputs, then its outputs. */",
    "function samplesOf(text) {",
    '  const rows = text.trim().split("\\n").map((line) => line.split(" ").map(Number));',
    `  const inputs = ${recipe.inputs.length};`,
    "  return [rows.map((row) => row.slice(0, inputs)), rows.map((row) => row.slice(inputs))];",
    "}",
    ...dataOf("trainingData", training),
    ...(tests ? dataOf("testData", test) : []),
  ];
  return `${lines.join("\n")}\n`;
}

const comment = (text: string): string[] => wrapped(text, 106).map((line) => `// ${line}`);

function namesOf({ optimizer, dropout }: Recipe): string[] {
  const names = [optimizer, "createBackend", "dense", "Sequential", ...(dropout > 0 ? ["dropout"] : [])];
  return names.sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
}

function layersOf({ scene, data, layers, l2, dropout }: Recipe): string[] {
  const regularizer = l2 > 0 ? [`kernelRegularizer: { l2: ${l2} }`] : [];
  const denseOf = (units: number, options: readonly string[]) =>
    options.length > 0 ? `dense(${units}, { ${options.join(", ")} })` : `dense(${units})`;
  return [
    ...layers.flatMap(({ units, activation }) => [
      denseOf(units, [`activation: "${activation}"`, ...regularizer]),
      ...(dropout > 0 ? [`dropout(${dropout})`] : []),
    ]),
    denseOf(sceneOf(scene).outputs(data).count, regularizer),
  ];
}

/** The function that makes the changes of the run, and the callbacks that call it. */
function changesOf({ changes, batch: size, epochs }: Recipe, rows: number) {
  const reached = inOrder(changes).filter(({ epoch, batch }) =>
    batch === 0 ? epoch <= epochs : epoch < epochs && batch * size < rows,
  );
  if (reached.length === 0) return { declaration: [], options: [] };
  return {
    declaration: [
      "/** What was changed after so many epochs, and so many batches of the next one. */",
      "function changeAt(epoch, batch) {",
      ...reached.map(
        (change) => `  if (epoch === ${change.epoch} && batch === ${change.batch}) ${statementOf(change)};`,
      ),
      "}",
      "changeAt(0, 0);",
    ],
    options: [
      "  onEpochEnd: ({ epoch }) => changeAt(epoch, 0),",
      ...(reached.some(({ batch }) => batch > 0)
        ? ["  onBatchEnd: ({ epoch, batch }) => changeAt(epoch - 1, batch),"]
        : []),
    ],
  };
}

const statementOf = (change: Change): string =>
  change.kind === "rate"
    ? `optimizer.learningRate = ${change.value}`
    : `model.parameters[${change.parameter}].value.data[${change.index}] = ${change.value}`;

function dataOf(name: string, { rows, x, y }: Samples): string[] {
  const [inputs, outputs] = [rowsOf(x, rows), rowsOf(y, rows)];
  return [
    "",
    `function ${name}() {`,
    "  return `",
    ...inputs.map((input, row) => [...input, ...outputs[row]].join(" ")),
    "`;",
    "}",
  ];
}
