import type { ArgsDef, ParsedArgs } from "citty";
import { createBackend, saveModel } from "lanewise";
import { type Command, UsageError } from "../command.js";
import { holdOut } from "../hold-out.js";
import { DEFAULTS, learn } from "../learn.js";
import { atLeastZero, fraction, oneOf, positive, text, wholeNumber, wholeNumbers } from "../options.js";
import { confusionText, scoreLine, scoresOf } from "../score.js";
import { type Cell, checkColumns, openSource, readAll } from "../source.js";
import { constantScale, scaleOf } from "../standardise.js";
import { classIndices, TASKS, type Target, type Task, targetFrom, values } from "../target.js";
import { checkNoFolder, writeWhole } from "../whole-file.js";

const ACTIVATIONS = [
  "relu",
  "relu6",
  "leakyRelu",
  "elu",
  "selu",
  "gelu",
  "geluTanh",
  "silu",
  "sigmoid",
  "tanh",
  "softplus",
  "hardSwish",
  "hardSigmoid",
  "softsign",
  "mish",
  "exp",
  "linear",
] as const;
const VARIANTS = ["auto", "fastest", "relaxed", "simd", "scalar"] as const;

const options = {
  data: {
    type: "positional",
    required: true,
    description: "a CSV file with a header, - for standard input, or a folder of IDX files such as MNIST's",
  },
  target: {
    type: "string",
    valueHint: "COLUMN",
    description: "the column to learn to predict (of images: label)",
  },
  ignore: { type: "string", valueHint: "COLUMNS", description: "columns to leave out, by commas" },
  task: {
    type: "string",
    valueHint: "TASK",
    description: "classification or regression (what the target looks like)",
  },
  hidden: {
    type: "string",
    valueHint: "UNITS",
    description: "units of the hidden layers, by commas; 0 for none (64)",
  },
  activation: { type: "string", valueHint: "NAME", description: "activation of the hidden layers (relu)" },
  epochs: {
    type: "string",
    valueHint: "N",
    description: "times that training goes through the rows (classification 100, regression 20)",
  },
  "batch-size": { type: "string", valueHint: "N", description: "rows a step (32)" },
  "learning-rate": {
    type: "string",
    valueHint: "X",
    description: "learning rate of AdamW (classification 0.005, regression 0.001)",
  },
  "weight-decay": { type: "string", valueHint: "X", description: "weight decay of AdamW (0.1)" },
  validation: {
    type: "string",
    valueHint: "X",
    description: "fraction of the rows that is held out for the score (0.2)",
  },
  seed: {
    type: "string",
    valueHint: "N",
    description: "decides the rows held out, the initial weights and the shuffles (1)",
  },
  variant: {
    type: "string",
    valueHint: "NAME",
    description: `build of the kernels: ${VARIANTS.join(", ")} (auto)`,
  },
  out: { type: "string", valueHint: "FILE", description: "the model's file (model.safetensors)" },
  json: { type: "boolean", description: "print the result as JSON; everything else goes to standard error" },
} as const satisfies ArgsDef;

export const train: Command<typeof options> = {
  name: "lanewise train",
  description: "Trains a network on a table and writes it to a file.",
  options,
  run: (args) => run(settingsFrom(args)),
};

interface Settings {
  readonly data: string;
  readonly target?: string;
  readonly ignored: readonly string[];
  readonly task?: Task;
  readonly hidden: readonly number[];
  readonly activation: (typeof ACTIVATIONS)[number];
  readonly epochs: number | undefined;
  readonly batchSize: number;
  readonly learningRate: number | undefined;
  readonly weightDecay: number;
  readonly validation: number;
  readonly seed: number;
  readonly variant: (typeof VARIANTS)[number];
  readonly out: string;
  readonly json: boolean;
}

function settingsFrom(args: ParsedArgs<typeof options>): Settings {
  const hidden = wholeNumbers("hidden", args.hidden, 0) ?? [64];
  if (hidden.length > 1 && hidden.includes(0))
    throw new UsageError(`--hidden expected units of at least 1, or 0 alone for none, got ${args.hidden}`);
  return {
    data: args.data,
    target: text("target", args.target),
    ignored: text("ignore", args.ignore)?.split(",") ?? [],
    task: oneOf("task", args.task, TASKS),
    hidden: hidden.filter((units) => units > 0),
    activation: oneOf("activation", args.activation, ACTIVATIONS) ?? "relu",
    epochs: wholeNumber("epochs", args.epochs, 1),
    batchSize: wholeNumber("batch-size", args["batch-size"], 1) ?? 32,
    learningRate: positive("learning-rate", args["learning-rate"]),
    weightDecay: atLeastZero("weight-decay", args["weight-decay"]) ?? 0.1,
    validation: fraction("validation", args.validation) ?? 0.2,
    seed: wholeNumber("seed", args.seed, 0) ?? 1,
    variant: oneOf("variant", args.variant, VARIANTS) ?? "auto",
    out: text("out", args.out) ?? "model.safetensors",
    json: args.json === true,
  };
}

async function run(settings: Settings): Promise<void> {
  const { validation, seed, out, json } = settings;
  checkNoFolder(out);
  const say = json ? console.error : console.log;
  const { target, features, kind, inputs, cells, largest } = await readTable(settings);
  say(explained(target, kind, cells, settings.task !== undefined));

  const answers =
    kind.task === "classification" ? classIndices(target, cells, kind.labels) : values(target, cells);
  const { training, held } = holdOut(answers, validation, seed);
  if (validation > 0 && held.length === 0)
    throw new Error(`--validation ${validation} of ${cells.length} rows leaves none to be judged on`);
  if (training.length === 0)
    throw new Error(`--validation ${validation} of ${cells.length} rows leaves none to learn from`);
  const pick = (rows: readonly number[]) => pickRows(inputs, features.length, rows);
  const scale =
    largest === undefined
      ? scaleOf(inputs, features.length, training)
      : constantScale(features.length, largest);

  const backend = await createBackend({ variant: settings.variant });
  say(
    `${cells.length} rows of ${features.length} features, ${training.length} to learn from and ${held.length} held out; ${backend.variant} build\n`,
  );
  const { epochs = DEFAULTS[kind.task].epochs, learningRate = DEFAULTS[kind.task].learningRate } = settings;
  const learned = Float64Array.from(training, (row) => answers[row]);
  const began = performance.now();
  const model = await learn(
    backend,
    { ...settings, epochs, learningRate },
    kind,
    scale,
    pick(training),
    learned,
  );
  const seconds = (performance.now() - began) / 1000;

  const heldCells = held.map((row) => cells[row]);
  const scores = held.length > 0 ? scoresOf(model, kind, target, pick(held), heldCells) : undefined;
  const remembered = { task: kind.task, target, features: JSON.stringify(features) };
  Object.assign(
    model.metadata,
    remembered,
    scores && { scores: JSON.stringify({ ...scores, confusion: undefined }) },
  );
  const file = saveModel(model);
  writeWhole(out, file);

  if (json) {
    const { parameterCount: parameters } = model;
    const rows = { training: training.length, heldOut: held.length };
    const how = { rows, parameters, epochs, seed, variant: backend.variant, seconds };
    console.log(
      JSON.stringify({
        data: settings.data,
        ...kind,
        target,
        features,
        ...how,
        scores,
        model: out,
        bytes: file.length,
      }),
    );
    return;
  }
  const confusion = scores && confusionText(scores, kind);
  console.log(`\n${scores ? `held out: ${scoreLine(scores)}` : "no rows were held out: no score"}`);
  if (confusion) console.log(`\n${confusion}`);
  console.log(`\nwrote ${out}, ${file.length} bytes`);
}

/** All rows of the data, and what is to be learned of them. */
async function readTable({ data, target: asked, ignored, task }: Settings) {
  const source = await openSource(data, "train");
  const target = asked ?? source.images?.target;
  if (target === undefined)
    throw new UsageError(`train expected --target, one of the columns ${source.columns.join(", ")}`);
  checkColumns(source, [target, ...ignored]);
  const features = source.columns.filter((column) => column !== target && !ignored.includes(column));
  if (features.length === 0)
    throw new Error(
      `${source.name}: expected a column beside the target ${target} to predict it from, got none`,
    );
  const { inputs, targets: cells } = await readAll(source, features, target);
  return {
    target,
    features,
    kind: targetFrom(target, cells, task),
    inputs,
    cells,
    largest: source.images?.largest,
  };
}

function explained(target: string, kind: Target, cells: readonly Cell[], given: boolean): string {
  const other = TASKS.find((task) => task !== kind.task);
  const reason = given ? `${kind.task} as asked` : `so ${kind.task}; --task ${other} would override`;
  if (kind.task === "regression") {
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const value of values(target, cells))
      [least, most] = [Math.min(least, value), Math.max(most, value)];
    return `target ${target}: numbers from ${least} to ${most}, ${reason}`;
  }
  const { labels } = kind;
  const listed = labels.length > 10 ? [...labels.slice(0, 10), "..."] : labels;
  return `target ${target}: ${labels.length} classes (${listed.join(", ")}), ${reason}`;
}

function pickRows(values: Float32Array, cols: number, rows: readonly number[]): Float32Array {
  const picked = new Float32Array(rows.length * cols);
  rows.forEach((row, i) => {
    picked.set(values.subarray(row * cols, (row + 1) * cols), i * cols);
  });
  return picked;
}
