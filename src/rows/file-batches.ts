import { stat } from "node:fs/promises";
import { checkCount, checkInteger, show } from "../core/check.js";
import type { Encoding } from "../encoding/encoding.js";
import { ValueError } from "../index.js";
import { checkColumnNames, checkInputs, checkReading, type ReadFileOptions, readingOf } from "./options.js";
import type { Examples, ExamplesTask } from "./tasks.js";
import { runTask } from "./thread.js";

/** The options of `fileBatches`. */
export interface FileBatchesOptions extends ReadFileOptions {
  /**
   * The columns that the network takes, all of numbers, in the order of its inputs; or an encoding, as
   * `planEncoding` gives it, which takes categories, dates and missing values, too.
   */
  inputs: readonly string[] | Encoding;
  /** The column to predict, or several of numbers. */
  target: string | readonly string[];
  /** The classes of a target whose cells are names. Its batches have their indices. */
  labels?: readonly string[];
  /** Rows of a batch; the last one of an epoch may have fewer. Default 32. */
  batchSize?: number;
  /**
   * The seed of the order of the rows, or false for that of the file. Default 0. Each epoch has another
   * order: that of the blocks of the file, and that of the rows in a buffer of some blocks.
   */
  shuffle?: number | false;
  /** Rows that are shuffled together, at least. Default 262144. */
  buffer?: number;
}

/** A batch: inputs [rows, inputs], and targets, which are indices where there are labels. */
export type FileBatch = readonly [
  inputs: Float32Array<ArrayBuffer>,
  targets: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>,
];

/** Gives the batches of an epoch, which counts from 0: without one, of the epoch after the last one. */
export type FileBatches = (epoch?: number) => AsyncGenerator<FileBatch, void, void>;

/**
 * The rows of a Parquet or CSV file of any size as batches for `fit`, which reads the file again in each
 * epoch. A thread decodes the next rows while the network learns. In memory are a buffer of rows and some
 * batches. The batches are the same on every machine: a function of the file, the options and the epoch of
 * the model's life, also where a training goes on from a checkpoint.
 *
 * Parquet is read by row groups. The blocks of a CSV file are found by one pass over it; it has to be
 * unzipped, and in UTF-8 or another encoding that has ASCII.
 *
 * @example
 * const batches = fileBatches("iris.csv", {
 *   inputs: ["sepal_length", "sepal_width", "petal_length", "petal_width"], target: "species",
 *   labels: ["setosa", "versicolor", "virginica"], batchSize: 16, shuffle: 1,
 * });
 * const model = new Sequential(backend, { inputShape: 4, layers: [dense(3, { activation: "softmax" })] });
 * const { epochs } = await model.fit(batches, { loss: "categoricalCrossEntropy", epochs: 2 });
 * console.log(epochs.length); // 2
 *
 * @throws ValueError for options that are unknown or out of range. In an epoch TableError for a file that
 * cannot be read, columns that are not there, values that are no numbers, with their lines (in Parquet the
 * row, from 1), and a file that was written to since the first epoch
 */
export function fileBatches(path: string, options: FileBatchesOptions): FileBatches {
  const who = "fileBatches";
  checkReading(who, path, options, ["inputs", "target", "labels", "batchSize", "shuffle", "buffer"]);
  const { inputs, target, labels, batchSize = 32, shuffle = 0, buffer = 262_144 } = options;
  const names = typeof target === "string" ? [target] : target;
  checkInputs(who, "inputs", inputs);
  if (!Array.isArray(names))
    throw new ValueError(`${who} expected target to be the name of a column, got ${show(target)}`);
  checkColumnNames(who, "target", names);
  if (labels !== undefined) checkLabels(who, labels, names);
  checkCount(who, "batchSize", batchSize);
  checkCount(who, "buffer", buffer);
  if (shuffle !== false) checkInteger(who, "shuffle, if not false,", shuffle);
  const { from, to, thread = true } = options;
  const task = {
    ...{ who, path, reading: readingOf(options), inputs, from, to },
    targets: { names, labels },
  };
  let next = 0;
  let first: string | undefined;
  return async function* batches(epoch = next) {
    next = epoch + 1;
    const state = await stateOf(path);
    first ??= state;
    if (state !== first)
      throw new ValueError(
        `${who}: ${path}: expected the file of the first epoch, got one that was written to since`,
      );
    const shuffling = shuffle === false ? undefined : { seed: shuffle, epoch, buffer };
    yield* inBatches({ ...task, shuffling }, batchSize, thread);
  };
}

function checkLabels(who: string, labels: unknown, names: readonly string[]): void {
  if (!(Array.isArray(labels) && labels.length > 1 && labels.every((label) => typeof label === "string")))
    throw new ValueError(`${who} expected labels to be names of classes, two at least, got ${show(labels)}`);
  if (names.length > 1) throw new ValueError(`${who} expected one target with labels, got ${names.length}`);
}

/** What changes when a file is written to; nothing where it cannot be read, which the task tells. */
async function stateOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found ? `${found.size} ${found.mtimeMs}` : "";
}

/**
 * The examples in batches of `size`. Most of them are parts of what was read; the others are put together.
 */
async function* inBatches(
  task: ExamplesTask,
  size: number,
  isThreaded: boolean,
): AsyncGenerator<FileBatch, void, void> {
  let rest: Examples | undefined;
  for await (const examples of runTask("examples", task, isThreaded)) {
    let begin = 0;
    if (rest) {
      begin = Math.min(size - rest.rows, examples.rows);
      rest = joined(rest, slice(examples, 0, begin));
      if (rest.rows < size) continue;
      yield [rest.inputs, rest.targets];
      rest = undefined;
    }
    for (; begin + size <= examples.rows; begin += size) {
      const { inputs, targets } = slice(examples, begin, begin + size);
      yield [inputs, targets];
    }
    if (begin < examples.rows) rest = slice(examples, begin, examples.rows);
  }
  if (rest) yield [rest.inputs, rest.targets];
}

function slice({ rows, inputs, targets }: Examples, from: number, to: number): Examples {
  const [width, each] = [inputs.length / rows, targets.length / rows];
  return {
    rows: to - from,
    inputs: inputs.subarray(from * width, to * width),
    targets: targets.subarray(from * each, to * each),
  };
}

function joined(a: Examples, b: Examples): Examples {
  const inputs = new Float32Array(a.inputs.length + b.inputs.length);
  inputs.set(a.inputs);
  inputs.set(b.inputs, a.inputs.length);
  const targets = new (a.targets.constructor as Float32ArrayConstructor)(a.targets.length + b.targets.length);
  targets.set(a.targets);
  targets.set(b.targets, a.targets.length);
  return { rows: a.rows + b.rows, inputs, targets };
}
