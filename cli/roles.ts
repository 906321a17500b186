import type { ArgsDef } from "citty";
import { type Backend, loadModel, type Sequential } from "lanewise";
import { floatsOf, parseSafetensors, writeSafetensors } from "../src/files/safetensors.js";
import { UsageError } from "./command.js";
import { listed as listedNames, oneOf, text } from "./options.js";
import type { Source } from "./source.js";
import { TASKS, type Target, type Task } from "./target.js";

/** Options for what neither the model nor the table says. */
export const roleOptions = {
  features: {
    type: "string",
    valueHint: "COLUMNS",
    description:
      "the model's input columns in its order, separated by commas, if its file does not say; quote a name that has a comma: '\"a, b\"'",
  },
  target: {
    type: "string",
    valueHint: "COLUMN",
    description: "the column with the correct answers (the one that the model was trained on)",
  },
  labels: {
    type: "string",
    valueHint: "NAMES",
    description: "the classes of the outputs, separated by commas, quoted as above, if the file does not say",
  },
  task: {
    type: "string",
    valueHint: "TASK",
    description: `${TASKS.join(" or ")} (by the labels and the last layer)`,
  },
} as const satisfies ArgsDef;

/** The values of these options. */
export interface AskedRoles {
  readonly features?: readonly string[];
  readonly target?: string;
  readonly labels?: readonly string[];
  readonly task?: Task;
}

/** @throws UsageError */
export function askedRoles(args: Readonly<Record<keyof typeof roleOptions, unknown>>): AskedRoles {
  const names = (option: "features" | "labels") => {
    const given = text(option, args[option]);
    const list = given === undefined ? undefined : listedNames(given);
    const twice = list?.find((name, i) => name === "" || list.indexOf(name) < i);
    if (twice !== undefined)
      throw new UsageError(
        `--${option} expected different names, got ${twice === "" ? "an empty one" : `${twice} twice`}`,
      );
    return list;
  };
  return {
    features: names("features"),
    target: text("target", args.target),
    labels: names("labels"),
    task: oneOf("task", args.task, TASKS),
  };
}

const sizeOf = (shape: readonly number[]) => shape.reduce((size, length) => size * length, 1);

const listed = (names: readonly string[]) =>
  (names.length > 12 ? [...names.slice(0, 12), `and ${names.length - 12} more`] : names).join(", ");

/**
 * The columns that a model takes: those that were asked for, or that its file names, or else all but the
 * target in their order, which `say` is told. Throws an Error where their number is not that of the inputs.
 */
export function featuresFor(
  path: string,
  model: Sequential,
  own: readonly string[] | undefined,
  { features, target = model.metadata.target }: AskedRoles,
  source: Source | undefined,
  say: (sentence: string) => void,
): readonly string[] {
  const inputs = sizeOf(model.inputShape);
  if (features) {
    if (features.length === inputs) return features;
    throw new UsageError(`--features expected ${inputs} columns, one for each input, got ${features.length}`);
  }
  if (own?.length === inputs) return own;
  const columns = source?.columns.filter((name) => name !== target && name !== source.images?.target) ?? [];
  if (columns.length !== inputs)
    throw new Error(
      `${path}: its model takes ${inputs} inputs and names no columns, the table has the columns ${listed(source?.columns ?? [])}; --features names those of the inputs`,
    );
  if (!source?.images) say(`inputs: the columns ${listed(columns)}, by their order; --features names others`);
  return columns;
}

/** The column of right answers: asked for, or that of the file, or the only one that is no input. */
export function targetFor(
  path: string,
  model: Sequential,
  features: readonly string[],
  { target = model.metadata.target }: AskedRoles,
  source: Source,
  say: (sentence: string) => void,
): string {
  const known = target ?? source.images?.target;
  if (known !== undefined) return known;
  const left = source.columns.filter((name) => !features.includes(name));
  if (left.length === 1) {
    say(`target: the column ${left[0]}, the only one that is no input`);
    return left[0];
  }
  throw new UsageError(
    `--target expected the column with the right answers, which ${path} does not name, one of ${listed(left.length > 0 ? left : source.columns)}`,
  );
}

/** Throws an Error for a model whose outputs are several values: a table has one target. */
export function checkOneValue(path: string, model: Sequential, { task }: Target): void {
  const outputs = sizeOf(model.outputShape);
  if (task === "regression" && outputs > 1)
    throw new Error(
      `${path}: expected a model of one value or of classes, got one of ${outputs} values; --task classification or --labels make classes of them`,
    );
}

/** A layer in a model file. */
interface LayerInFile {
  readonly type: string;
  activation?: string;
}

/** The last layer that changes anything in a prediction. */
const lastLayer = (layers: readonly LayerInFile[]): LayerInFile | undefined =>
  layers.filter(({ type }) => type !== "dropout" && type !== "gaussianNoise").at(-1);

/**
 * Whether a model classifies, and into what: as was asked, or as its file says, or as its labels and its last
 * layer tell. Throws an Error for labels of another number than the outputs.
 */
function kindOf(
  path: string,
  model: Sequential,
  ending: string,
  asked: AskedRoles,
  say: (sentence: string) => void,
): Target {
  const outputs = sizeOf(model.outputShape);
  const classes = outputs === 1 ? 2 : outputs;
  const labels = asked.labels ?? model.labels;
  if (asked.labels && asked.labels.length !== classes)
    throw new UsageError(
      `--labels expected ${classes} names${outputs === 1 ? ", of the classes below and above a half" : ", one for each output"}, got ${asked.labels.length}`,
    );
  const remembered = TASKS.find((task) => task === model.metadata.task);
  const classifies = labels?.length === classes || ending === "softmax" || ending === "logSoftmax";
  const task = asked.task ?? remembered ?? (classifies ? "classification" : "regression");
  if (task === "regression") return { task };
  if (labels?.length === classes) return { task, labels };
  say(`classes: the numbers from 0 to ${classes - 1}, since ${path} names none; --labels does`);
  return { task, labels: Array.from({ length: classes }, (_, i) => String(i)) };
}

/**
 * The model with a layer more, where its outputs are no probability of each class: a softmax over scores or
 * over logarithms of probabilities, and two classes of the one probability p, 1 - p and p.
 */
async function withProbabilities(
  backend: Backend,
  model: Sequential,
  bytes: Uint8Array,
  ending: string,
  labels: readonly string[],
): Promise<Sequential> {
  const outputs = sizeOf(model.outputShape);
  if (outputs > 1 && (ending === "softmax" || ending === "sigmoid")) return model;
  const { metadata, tensors: read } = parseSafetensors(bytes, "model file");
  const { layers, ...architecture } = JSON.parse(metadata.architecture);
  const tensors = Array.from(read.values(), (tensor) => ({
    name: tensor.name,
    shape: tensor.shape,
    values: floatsOf(tensor),
  }));
  if (outputs > 1) layers.push({ type: "activation", activation: "softmax" });
  else {
    // A sigmoid of z is the second of the softmax of 0 and z.
    const last = lastLayer(layers);
    if (last && ending === "sigmoid") last.activation = "linear";
    tensors.push({ name: `${layers.length}.weight`, shape: [1, 2], values: Float32Array.of(0, 1) });
    layers.push({ type: "dense", units: 2, activation: "softmax", useBias: false });
  }
  const words = {
    ...metadata,
    architecture: JSON.stringify({ ...architecture, layers }),
    labels: JSON.stringify(labels),
  };
  return loadModel(backend, writeSafetensors(tensors, words));
}

/** A model as one that gives a probability for each class where it classifies, and what it is. */
export async function classified(
  backend: Backend,
  path: string,
  model: Sequential,
  bytes: Uint8Array,
  asked: AskedRoles,
  say: (sentence: string) => void,
): Promise<{ model: Sequential; kind: Target }> {
  const { layers } = JSON.parse(parseSafetensors(bytes, path).metadata.architecture);
  // Layers after the last activation, such as a scaling, do not change the task.
  const ending = lastLayer(layers)?.activation ?? "linear";
  const kind = kindOf(path, model, ending, asked, say);
  if (kind.task === "regression") return { model, kind };
  return { model: await withProbabilities(backend, model, bytes, ending, kind.labels), kind };
}
