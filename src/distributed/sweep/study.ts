import { resolve } from "node:path";
import { createBackend, ValueError } from "../../index.js";
import type { Json } from "../canonical.js";
import type { Engine, Progress, Run } from "../engine.js";
import { runOf } from "../run.js";
import { threads } from "../threads.js";
import { type CheckedSweep, checkSweep } from "./check.js";
import { type Data, trainingOf } from "./data.js";
import { fileHash } from "./file-hash.js";
import { sweepProgram } from "./program.js";
import { refuse } from "./refuse.js";
import type { SweepResult } from "./result.js";
import { isObject, searchesIn, variants } from "./search.js";
import { type FileHash, PARTS, type Parts, type SweepSpec } from "./spec.js";
import { rehearse } from "./train.js";

/** The options of `sweep` and `crossValidate`. */
export interface SweepOptions {
  /** Where jobs are computed. Default: threads of this process, for this call. */
  engine?: Engine;
  /** Called when a job is done or has failed. */
  onProgress?: (progress: Progress) => void;
  /** Ends the run: it then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** What paths of data are relative to. Default: the folder that the process works in. */
  folder?: string;
}

/** What `sweep` resolves to. */
export interface Study extends SweepResult {
  /** The bytes of the model's file, for `loadModel` and `lanewise predict`; none if `refit` is false. */
  readonly file: Uint8Array | undefined;
}

/** Values of searches that are built before anything runs. */
const MOST_REHEARSALS = 200;

/**
 * Tries combinations of values that are given as lists or ranges anywhere in a model, an optimizer, a loss
 * and the options of fit, each by cross-validation, and trains the best one on all rows. The result is the
 * same on every engine, however many threads or workers it has.
 *
 * @example
 * const study = await sweep({
 *   data: { file: "iris.csv", target: "species" },
 *   metric: "accuracy",
 *   model: { layers: [{ type: "dense", units: { choice: [4, 8] }, activation: "tanh" }, "output"] },
 *   optimizer: { name: "adamw", learningRate: { choice: [0.01, 0.03] } },
 *   fit: { epochs: 5 },
 * });
 * console.log(study.trials.length, study.trials[study.best].score === null); // 4 false
 *
 * @throws ValueError for a spec that is wrong, with the path, before anything runs; TableError, FormatError
 * for data; Error where no trial has a score; the signal's reason
 */
export async function sweep(spec: SweepSpec, options: SweepOptions = {}): Promise<Study> {
  return study("sweep", spec, options);
}

/**
 * Scores one network by cross-validation, each fold on a thread or worker of its own. The spec is one of
 * `sweep` without values that are searched for.
 *
 * @example
 * const { score, folds } = await crossValidate({
 *   data: { file: "iris.csv", target: "species" }, metric: "accuracy", folds: 5, fit: { epochs: 5 },
 * });
 * console.log(score !== null, folds.length); // true 5
 *
 * @throws as sweep does
 */
export async function crossValidate(
  spec: Omit<SweepSpec, "strategy" | "refit">,
  options: SweepOptions = {},
): Promise<Omit<SweepResult["trials"][number], "index" | "parameters" | "rung">> {
  for (const part of PARTS) {
    const [path] = searchesIn("crossValidate", (spec[part] ?? null) as Json, part).keys();
    if (path !== undefined)
      throw new ValueError(
        `crossValidate: ${path} expected a value, got one that is searched for; sweep tries several`,
      );
  }
  const { trials } = await study("crossValidate", { ...spec, refit: false }, options);
  const [{ index: _, parameters: __, ...result }] = trials;
  return result;
}

/** @throws as sweep does */
export async function study(who: string, spec: SweepSpec, options: SweepOptions): Promise<Study> {
  const { engine = threads(), onProgress, signal } = options;
  try {
    await engine.ready?.();
    const { run, files } = await sweepRun(who, spec, options);
    const { result, blobs } = await engine.run(run, { files, onProgress, signal });
    return { ...(result as unknown as SweepResult), file: blobs.get("model") };
  } finally {
    if (!options.engine) await engine.close();
  }
}

/** A run, and its data files by the SHA-256 of their bytes. */
export interface PreparedRun {
  readonly run: Run;
  readonly files: ReadonlyMap<string, string>;
}

/**
 * What an engine runs for a spec: checked, with its data known by their bytes, and with all parts tried
 * without a step of training.
 * @throws as sweep does, before anything runs
 */
export async function sweepRun(
  who: string,
  spec: SweepSpec,
  { folder }: Pick<SweepOptions, "folder"> = {},
): Promise<PreparedRun> {
  if (!isObject(spec)) refuse(who, "the spec", "an object", spec);
  const { data, files } = await hashed(who, spec.data, folder);
  const checked = checkSweep(who, { ...spec, data });
  const run = runOf(sweepProgram, checked);
  await rehearseAll(who, checked, files);
  return { run, files };
}

/** Data with the hashes of its files. @throws FormatError for a file that cannot be read */
export async function hashed(
  who: string,
  data: unknown,
  folder = ".",
): Promise<{ data: unknown; files: ReadonlyMap<string, string> }> {
  const files = new Map<string, string>();
  if (data === null || typeof data !== "object") return { data, files };
  const known: Record<string, unknown> = { ...data };
  for (const key of ["file", "images", "labels"]) {
    const path = known[key];
    if (path === undefined) continue;
    if (typeof path !== "string")
      throw new ValueError(`${who}: data.${key} expected the path of a file, got ${JSON.stringify(path)}`);
    const hash: FileHash = await fileHash(resolve(folder, path));
    files.set(hash.sha256, resolve(folder, path));
    known[key] = hash;
  }
  return { data: known, files };
}

/** Builds what is searched for, one value after another, on the rows of the first fold. */
async function rehearseAll(
  who: string,
  spec: CheckedSweep,
  files: ReadonlyMap<string, string>,
): Promise<void> {
  const file = async (hash: string) => files.get(hash) as string;
  const data: Data = spec.data;
  const training = await trainingOf(data, { file }, { ...spec, fold: 0 });
  const backend = await createBackend();
  const base: Record<string, Json> = {};
  const tries: [path: string, parts: Parts][] = [];
  for (const part of PARTS) [[, base[part]]] = variants(spec[part], part, new Map());
  for (const part of PARTS)
    for (const [path, value] of variants(spec[part], part, searchesIn(who, spec[part], part)).slice(1))
      tries.push([path, { ...base, [part]: value }]);
  tries.unshift(["", base]);
  for (const [path, parts] of tries.slice(0, MOST_REHEARSALS))
    try {
      await rehearse(backend, parts, training, spec.metric);
    } catch (error) {
      const { message } = error as Error;
      const own = message.replace(/^modelFrom: /, "model.").replace(/^fitOptionsFrom: /, "");
      throw new ValueError(`${who}: ${path && `${path}: `}${own}`, { cause: error });
    }
}
