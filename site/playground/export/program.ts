import { sceneOf } from "../data/index.js";
import type { Samples } from "../data/scene.js";
import { inputShapeOf } from "../network.js";
import {
  type Change,
  inOrder,
  inWords,
  lossNameOf,
  type Recipe,
  type Stage,
  settingsAt,
  stagesOf,
  waitsForEpoch,
} from "../recipe.js";
import { portsInWords } from "./formats.js";
import { rowsOf, wrapped } from "./words.js";

/**
 * A program in the API of the library that does a run again, and prints its hash. Its data are those of the
 * recipe, number by number. The digits must be loaded.
 */
export function programOf(recipe: Recipe, hash: string | undefined): string {
  const { training, test } = sceneOf(recipe.scene).samples(recipe);
  const changes = reachedIn(recipe, training.rows);
  const layers = layersOf(recipe, changes);
  const tests = test.rows > 0;
  const lines = [
    ...comment(`${inWords(recipe)} ${portsInWords(recipe)}`),
    `import { ${namesOf(recipe, layers, changes).join(", ")} } from "lanewise";`,
    "",
    "const backend = await createBackend();",
    ...(changes.some(({ kind }) => kind === "l2") ? [`const penalty = { l2: ${recipe.l2} };`] : []),
    "const model = new Sequential(backend, {",
    `  inputShape: ${JSON.stringify(inputShapeOf(recipe)).replaceAll(",", ", ")},`,
    `  seed: ${recipe.seed},`,
    "  layers: [",
    ...layers.map((layer) => `    ${layer},`),
    "  ],",
    "});",
    `${changes.some(({ kind }) => kind === "optimizer") ? "let" : "const"} optimizer = ` +
      `${recipe.optimizer}({ learningRate: ${recipe.rate} });`,
    ...(changes.some(({ kind }) => kind === "batch") ? [`let batchSize = ${recipe.batch};`] : []),
    `const loss = "${lossNameOf(recipe.loss, sceneOf(recipe.scene).outputs(recipe.data).kind)}";`,
    "const [x, y] = samplesOf(trainingData());",
    ...(tests ? ["const [testX, testY] = samplesOf(testData());"] : []),
    "",
    ...changing(changes),
    ...fitting(recipe, changes, tests && recipe.patience > 0),
    ...(tests ? ['console.log("test loss", model.evaluate(testX, testY, { loss }).loss);'] : []),
    ...(hash === undefined ? [] : ["// On every engine:", `// ${hash}`]),
    "console.log(await model.weightsDigest());",
    "",
    "/** A sample in each line: its inputs, then its outputs. */",
    "function samplesOf(text) {",
    '  const rows = text.trim().split("\\n").map((line) => line.split(" ").map(Number));',
    `  const inputs = ${recipe.inputs.length};`,
    "  const part = (begin, end) => Float32Array.from(rows.flatMap((row) => row.slice(begin, end)));",
    "  return [part(0, inputs), part(inputs)];",
    "}",
    ...dataOf("trainingData", training),
    ...(tests ? dataOf("testData", test) : []),
  ];
  return `${lines.join("\n")}\n`;
}

const comment = (text: string): string[] => wrapped(text, 106).map((line) => `// ${line}`);

/** What the program imports. */
function namesOf({ optimizer }: Recipe, layers: readonly string[], changes: readonly Change[]): string[] {
  const optimizers = changes.flatMap((change) => (change.kind === "optimizer" ? [change.value] : []));
  const makers = layers.map((layer) => layer.slice(0, layer.indexOf("(")));
  const names = new Set([optimizer, ...optimizers, ...makers, "createBackend", "Sequential"]);
  return [...names].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
}

/** The calls that make the layers. */
function layersOf(recipe: Recipe, changes: readonly Change[]): string[] {
  const { l2, dropout } = recipe;
  const changesL2 = changes.some(({ kind }) => kind === "l2");
  const regularizer = changesL2
    ? ["kernelRegularizer: penalty"]
    : l2 > 0
      ? [`kernelRegularizer: { l2: ${l2} }`]
      : [];
  const call = (name: string, values: readonly unknown[], options: readonly string[]) =>
    `${name}(${[...values, ...(options.length > 0 ? [`{ ${options.join(", ")} }`] : [])].join(", ")})`;
  const maker = ({ kind, units, activation, window }: Stage, isLast: boolean) => {
    if (kind === "pool") return call("maxPool2d", [], [`poolSize: ${window}`]);
    const options = [...(isLast ? [] : [`activation: "${activation}"`]), ...regularizer];
    return kind === "dense"
      ? call("dense", [units], options)
      : call("conv2d", [units, window], ['padding: "same"', ...options]);
  };
  return stagesOf(recipe).flatMap((stage, i, { length }) => {
    const isLast = i === length - 1;
    const drops = stage.kind === "dense" && !isLast && dropout > 0;
    return [
      ...(stage.kind === "dense" && stage.from.side > 1 ? ["flatten()"] : []),
      maker(stage, isLast),
      ...(drops ? [`dropout(${dropout})`] : []),
    ];
  });
}

/** The changes that the run comes to, in their order. */
const reachedIn = (recipe: Recipe, rows: number): readonly Change[] =>
  inOrder(recipe.changes).filter(({ epoch, batch }) =>
    batch === 0
      ? epoch <= recipe.epochs
      : epoch < recipe.epochs && batch * settingsAt(recipe, { epoch, batch: 0 }).batch < rows,
  );

/** The function that makes the changes of the run. */
const changing = (changes: readonly Change[]): string[] =>
  changes.length === 0
    ? []
    : [
        "/** What was changed after so many epochs, and so many batches of the next one. */",
        "function changeAt(epoch, batch) {",
        ...changes.map(
          (change) => `  if (epoch === ${change.epoch} && batch === ${change.batch}) ${statementOf(change)};`,
        ),
        "}",
        "changeAt(0, 0);",
      ];

/** The call of fit, or those of a run that changes what a call keeps. */
function fitting({ batch, epochs, patience }: Recipe, changes: readonly Change[], stops: boolean) {
  const ends = new Set(
    changes.flatMap(({ kind, epoch }) => (waitsForEpoch(kind) && epoch > 0 && epoch < epochs ? [epoch] : [])),
  );
  const size = changes.some(({ kind }) => kind === "batch") ? "batchSize" : `batchSize: ${batch}`;
  const options = [
    ...(stops
      ? ["validationData: [testX, testY],", `earlyStopping: { patience: ${patience}, restoreBest: false },`]
      : []),
    ...(changes.length > 0 ? ["onEpochEnd: ({ epoch }) => changeAt(epoch, 0),"] : []),
    ...(changes.some(({ batch }) => batch > 0)
      ? ["onBatchEnd: ({ epoch, batch }) => changeAt(epoch - 1, batch),"]
      : []),
  ];
  const common = ["loss,", "optimizer,", `${size},`];
  if (ends.size === 0)
    return [
      "await model.fit(x, y, {",
      ...[...common, `epochs: ${epochs},`, ...options].map((line) => `  ${line}`),
      "});",
    ];
  const places = [0, ...ends, epochs];
  return [
    "// A call of fit keeps its optimizer and its batch size.",
    "const parts = [",
    ...places.slice(1).map((end, i) => `  [${places[i]}, ${end}],`),
    "];",
    "for (const [initialEpoch, epochs] of parts) {",
    `  ${stops ? "const history = " : ""}await model.fit(x, y, {`,
    ...[...common, "initialEpoch,", "epochs,", ...options].map((line) => `    ${line}`),
    "  });",
    ...(stops ? ["  if (history.epochs.length < epochs - initialEpoch) break;"] : []),
    "}",
  ];
}

function statementOf(change: Change): string {
  switch (change.kind) {
    case "rate":
      return `optimizer.learningRate = ${change.value}`;
    case "l2":
      return `penalty.l2 = ${change.value}`;
    case "batch":
      return `batchSize = ${change.value}`;
    case "optimizer":
      return `optimizer = ${change.value}({ learningRate: optimizer.learningRate })`;
    case "weight":
      return `model.parameters[${change.parameter}].value.data[${change.index}] = ${change.value}`;
  }
}

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
