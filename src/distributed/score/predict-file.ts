import { createHash } from "node:crypto";
import { checkOptions } from "../../core/check.js";
import { createBackend, type Encoding, loadModel, type Model, ValueError } from "../../index.js";
import { readBytes } from "../../node/read-file.js";
import type { Engine, Progress } from "../engine.js";
import { ownLayers } from "../own-layers.js";
import { runOf } from "../run.js";
import { fileHash } from "../sweep/file-hash.js";
import { threads } from "../threads.js";
import { layoutOf } from "./lines.js";
import { endingOf, isClassifier } from "./probabilities.js";
import { modelBlob, type PredictedRows, scoreProgram } from "./program.js";
import { MOST_PARTS, type PredictionFormat, type ScoreSpec } from "./spec.js";
import { writeScores } from "./write-scores.js";

/** The options of `predictFile`. */
export interface PredictFileOptions {
  /** The file to write: it gets its name when it is whole. */
  out: string;
  /**
   * How it is written. Default: Parquet if its name ends with `.parquet`, else CSV; "json" is an object a
   * line.
   */
  format?: PredictionFormat;
  /** Columns of the file to write before the predictions. Default none. */
  passed?: readonly string[];
  /** Into how many parts the rows are cut, a job each. Default: as many as take about a second each. */
  parts?: number;
  /** The columns that the model takes, or an encoding of them. Default: what the model's file says. */
  inputs?: readonly string[] | Encoding;
  /** Whether a missing value is refused that an encoding would take. Default false. */
  refuseGaps?: boolean;
  /** The names of the classes. Default: what the model's file says, or their numbers. */
  labels?: readonly string[];
  /** Whether classes or values are written. Default: what the model's file says, or its last layer tells. */
  task?: "classification" | "regression";
  /** A label of the Encoding Standard, for CSV. Default UTF-8. */
  encoding?: string;
  /** The character between the cells of CSV. Default: found from the first lines. */
  delimiter?: string;
  /** What lines of CSV begin with that are no rows. Default: # if all such lines come before the header. */
  comment?: string;
  /** Where jobs are computed. Default: threads of this process, for this call. */
  engine?: Engine;
  /** Called when a part is done or has failed. */
  onProgress?: (progress: Progress) => void;
  /** Ends the run: it then rejects with the signal's reason. */
  signal?: AbortSignal;
}

const OPTIONS = [
  "out",
  "format",
  "passed",
  "parts",
  "inputs",
  "refuseGaps",
  "labels",
  "task",
  "encoding",
  "delimiter",
  "comment",
  "engine",
  "onProgress",
  "signal",
] as const;

const WHO = "predictFile";

/**
 * Predicts the rows of a CSV or Parquet file in parts, a job each, and writes the predictions in order. The
 * bytes of the result are the same on every engine and however the file is cut, and those of
 * `lanewise predict MODEL FILE --out`. In memory are some parts of the predictions.
 *
 * model: the path or the bytes of a model's file. The file of rows is known by its SHA-256: the workers of a
 * queue read it from their folder of data.
 *
 * @example
 * const { file } = await sweep({ data: { file: "iris.csv", target: "species" }, fit: { epochs: 2 } });
 * if (file) {
 *   const { rows, parts } = await predictFile(file, "iris.csv", { out: "predictions.parquet", parts: 4 });
 *   console.log(rows, parts); // 150 4
 * }
 *
 * @throws ValueError for options, and for a model that names no columns; FormatError for a file that cannot
 * be read; Error for a part that fails, with its rows, and what the file system does: then nothing is
 * written; the signal's reason
 */
export async function predictFile(
  model: string | Uint8Array,
  file: string,
  options: PredictFileOptions,
): Promise<PredictedRows> {
  check(model, file, options);
  const { engine = threads(), out, onProgress, signal } = options;
  try {
    await engine.ready?.();
    const bytes = typeof model === "string" ? new Uint8Array(readBytes(model)) : model;
    const spec = await specFor(bytes, file, options);
    const run = runOf(scoreProgram, spec);
    const files = new Map([[spec.file.sha256, file]]);
    const layout = { passed: spec.passed, outputs: spec.outputs, labels: labelsOf(spec) };
    return await writeScores(out, layout, spec.format, async (take) => {
      const blobs = new Map([[modelBlob(spec), bytes]]);
      const { result } = await engine.run(run, { files, blobs, take, onProgress, signal });
      return result as unknown as PredictedRows;
    });
  } finally {
    if (!options.engine) await engine.close();
  }
}

const labelsOf = ({ ending, outputs }: ScoreSpec): readonly string[] | undefined =>
  ending === null ? undefined : outputs;

function check(model: unknown, file: unknown, options: PredictFileOptions): void {
  checkOptions(WHO, options ?? null, OPTIONS);
  const { out, parts, task } = options;
  const expect = (what: string, expected: string, got: unknown): never => {
    throw new ValueError(`${WHO} expected ${what} to be ${expected}, got ${JSON.stringify(got)}`);
  };
  if (typeof model !== "string" && !(model instanceof Uint8Array))
    expect("the model", "the path or the bytes of its file", model);
  if (typeof file !== "string") expect("the file of rows", "a path", file);
  if (typeof out !== "string" || out === "") expect("out", "the path of the file to write", out);
  if (parts !== undefined && !(Number.isSafeInteger(parts) && parts >= 1 && parts <= MOST_PARTS))
    expect("parts", `a whole number from 1 to ${MOST_PARTS}`, parts);
  if (task !== undefined && task !== "classification" && task !== "regression")
    expect("task", "classification or regression", task);
}

async function specFor(bytes: Uint8Array, file: string, options: PredictFileOptions): Promise<ScoreSpec> {
  const { out, format = formatOf(out), passed = [], parts = null, refuseGaps = false } = options;
  const { encoding, delimiter, comment } = options;
  const backend = await createBackend();
  const source = bytes as Uint8Array<ArrayBuffer>;
  const model: Model = await loadModel(backend, source, { layers: ownLayers() });
  try {
    const ending = endingOf(bytes);
    const labels = classesOf(model, ending, options);
    const spec = {
      file: await fileHash(file),
      model: createHash("sha256").update(bytes).digest("hex"),
      inputs: options.inputs ?? columnsOf(model),
      ...{ refuseGaps, passed, format, parts },
      outputs: layoutOf(model, labels, passed).outputs,
      ending: labels ? ending : null,
      reading: { encoding, delimiter, comment },
    };
    return JSON.parse(JSON.stringify(spec));
  } finally {
    model.dispose();
  }
}

const formatOf = (out: string): PredictionFormat =>
  out.toLowerCase().endsWith(".parquet") ? "parquet" : "csv";

/** The columns that a model's file names. @throws ValueError if it names none */
function columnsOf({ encoding, metadata }: Model): readonly string[] | Encoding {
  if (encoding) return encoding;
  if (metadata.features !== undefined) return JSON.parse(metadata.features);
  throw new ValueError(`${WHO}: the model names no columns: pass inputs`);
}

/** The classes of a classification. */
function classesOf(
  { labels: own, metadata, outputShape }: Model,
  ending: string,
  { labels = own, task = metadata.task as PredictFileOptions["task"] }: PredictFileOptions,
): readonly string[] | undefined {
  const outputs = outputShape.reduce((size, length) => size * length, 1);
  const count = outputs === 1 ? 2 : outputs;
  const isNamed = labels?.length === count;
  if (task === "regression" || (task !== "classification" && !isNamed && !isClassifier(ending)))
    return undefined;
  return isNamed ? labels : Array.from({ length: count }, (_, i) => String(i));
}
