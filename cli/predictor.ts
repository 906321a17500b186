import type { ArgsDef } from "citty";
import { type Backend, loadModel, type Model } from "lanewise";
import type { Task } from "lanewise/table";
import { endingOf, isClassifier, probabilities } from "../src/distributed/score/probabilities.js";

import { UsageError } from "./command.js";
import { namesIn, oneOf, text } from "./options.js";
import { naming, readFile } from "./read-file.js";

export const TASKS = ["classification", "regression"] as const;

/** Options for what neither the model nor the table says. */
export const roleOptions = {
  features: {
    type: "string",
    valueHint: "COLUMNS",
    description:
      "the input columns of a model of another program, in its order, separated by commas; quote a name that has a comma: '\"a, b\"'",
  },
  target: {
    type: "string",
    valueHint: "COLUMN",
    description: "the column with the right answers (the one that the model was trained on)",
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
  readonly features: readonly string[] | undefined;
  readonly target: string | undefined;
  readonly labels: readonly string[] | undefined;
  readonly task: Task | undefined;
}

/** @throws UsageError */
export function askedRoles(args: Readonly<Record<keyof typeof roleOptions, unknown>>): AskedRoles {
  const names = (option: "features" | "labels") => {
    const list = namesIn(text(option, args[option]));
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

/** A model with its task, whoever trained it. */
export interface Predictor {
  readonly model: Model;
  readonly ending: string;
  readonly task: Task;
  /** The classes, in a classification. */
  readonly labels: readonly string[] | undefined;
  /** Probabilities of each class, or values: samples x outputs. */
  predict(samples: Parameters<Model["predict"]>[0]): Float32Array;
}

/** A model as its file has it. */
export interface ReadModel {
  readonly model: Model;
  readonly bytes: number;
  /** The activation of the last layer that changes anything in a prediction. */
  readonly ending: string;
}

/** Reads any model of lanewise. Throws an Error that names the file. */
export async function readModel(backend: Backend, path: string): Promise<ReadModel> {
  const file = readFile(path);
  const model = await naming(path, () => loadModel(backend, file));
  return { model, bytes: file.length, ending: endingOf(file) };
}

/**
 * Reads a model that predicts one thing of each sample. What neither its file nor `asked` says, its last
 * layer tells, and `say` takes what was made of it. Throws an Error that names the file.
 */
export async function readPredictor(
  backend: Backend,
  path: string,
  asked: AskedRoles,
  say: (sentence: string) => void,
): Promise<Predictor> {
  return predictorOf(path, await readModel(backend, path), asked, say);
}

/** The product of a shape: the numbers of a sample. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1);

/** Throws an Error for a model that predicts nothing of single samples. */
function checkTask(path: string, { metadata }: Model): void {
  const instead =
    metadata.task === "text"
      ? "one of text; lanewise generate writes with it"
      : metadata.task === "forecast"
        ? "one of a time series; lanewise predict forecasts with it, and lanewise train has its scores"
        : undefined;
  if (instead !== undefined) throw new Error(`${path}: expected a model of tables or images, got ${instead}`);
}

export function predictorOf(
  path: string,
  { model, ending }: Omit<ReadModel, "bytes">,
  asked: AskedRoles,
  say: (sentence: string) => void,
): Predictor {
  checkTask(path, model);
  const outputs = sizeOf(model.outputShape);
  const classes = outputs === 1 ? 2 : outputs;
  const known = asked.labels ?? model.labels;
  if (asked.labels && asked.labels.length !== classes)
    throw new UsageError(
      `--labels expected ${classes} names${outputs === 1 ? ", of the classes below and above a half" : ", one for each output"}, got ${asked.labels.length}`,
    );
  const remembered = TASKS.find((task) => task === model.metadata.task);
  const classifies = known?.length === classes || isClassifier(ending);
  const task = asked.task ?? remembered ?? (classifies ? "classification" : "regression");
  const predict = (samples: Parameters<Model["predict"]>[0]) => model.predict(samples);
  if (task === "regression") return { model, ending, task, labels: undefined, predict };
  const isNamed = known?.length === classes;
  if (!isNamed) say(`classes: the numbers from 0 to ${classes - 1}, since ${path} names none; --labels does`);
  const labels = isNamed ? known : Array.from({ length: classes }, (_, i) => String(i));
  return {
    model,
    ending,
    task,
    labels,
    predict: (samples) => probabilities(predict(samples), outputs, ending),
  };
}

/** Throws an Error for a model whose outputs are several values: a table has one target. */
export function checkOneValue(path: string, { model, task }: Predictor): void {
  const outputs = sizeOf(model.outputShape);
  if (task === "regression" && outputs > 1)
    throw new Error(
      `${path}: expected a model of one value or of classes, got one of ${outputs} values; --task classification or --labels make classes of them`,
    );
}
