import type { Encoding } from "../../index.js";
import type { FileReading } from "../../rows/reading.js";
import { checkKeys, checkWhole } from "../sweep/check.js";
import { refuse } from "../sweep/refuse.js";
import type { FileHash } from "../sweep/spec.js";

/** Parts of a run. */
export const MOST_PARTS = 100_000;

export const FORMATS = ["csv", "json", "parquet"] as const;

/** How predictions are written. */
export type PredictionFormat = (typeof FORMATS)[number];

/** Everything that the predictions of a file depend on, as JSON. */
export interface ScoreSpec {
  readonly file: FileHash;
  /** The SHA-256 of the model's file, which travels as a blob. */
  readonly model: string;
  /** The columns that the model takes. */
  readonly inputs: readonly string[] | Encoding;
  /** Whether an encoding takes no missing values, either. */
  readonly refuseGaps: boolean;
  /** The columns that are written before the predictions. */
  readonly passed: readonly string[];
  /** The names of the values; of a classification those of the classes. */
  readonly outputs: readonly string[];
  /** The activation that the model ends in, of which probabilities are made; null for values. */
  readonly ending: string | null;
  readonly format: PredictionFormat;
  readonly reading: Pick<FileReading, "encoding" | "delimiter" | "comment">;
  /** Into how many parts the file is cut; null for as many as take about a second each. */
  readonly parts: number | null;
}

const KEYS: readonly (keyof ScoreSpec)[] = [
  "file",
  "model",
  "inputs",
  "refuseGaps",
  "passed",
  "outputs",
  "ending",
  "format",
  "reading",
  "parts",
];

/** @throws ValueError with the path of what is wrong */
export function checkScore(who: string, spec: unknown): ScoreSpec {
  checkKeys(who, "the spec", spec, KEYS);
  const { file, model, inputs, refuseGaps, passed, outputs, ending, format, reading, parts } = spec;
  checkKeys(who, "file", file, ["sha256", "name"]);
  checkHash(who, "file.sha256", file.sha256);
  if (typeof file.name !== "string") refuse(who, "file.name", "a name", file.name);
  checkHash(who, "model", model);
  if (!isNames(inputs) && !Array.isArray((inputs as Encoding | undefined)?.columns))
    refuse(who, "inputs", "names of columns or an encoding", inputs);
  if (typeof refuseGaps !== "boolean") refuse(who, "refuseGaps", "true or false", refuseGaps);
  if (!isNames(passed)) refuse(who, "passed", "different names of columns", passed);
  if (!isNames(outputs) || outputs.length === 0) refuse(who, "outputs", "different names", outputs);
  if (ending !== null && typeof ending !== "string") refuse(who, "ending", "an activation or null", ending);
  if (!FORMATS.includes(format as PredictionFormat)) refuse(who, "format", FORMATS.join(", "), format);
  checkKeys(who, "reading", reading, ["encoding", "delimiter", "comment"]);
  if (parts !== null) checkWhole(who, "parts", parts, 1, MOST_PARTS);
  return spec as unknown as ScoreSpec;
}

function checkHash(who: string, path: string, hash: unknown): void {
  if (typeof hash !== "string" || !/^[0-9a-f]{64}$/.test(hash))
    refuse(who, path, "64 hexadecimal digits", hash);
}

const isNames = (names: unknown): names is readonly string[] =>
  Array.isArray(names) && names.every((name, i) => typeof name === "string" && names.indexOf(name) === i);
