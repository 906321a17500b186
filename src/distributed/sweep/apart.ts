import { ValueError } from "../../index.js";
import type { Json } from "../canonical.js";
import type { Outcome } from "../engine.js";
import { runOf } from "../run.js";
import { threads } from "../threads.js";
import type { CheckedSweep } from "./check.js";
import { foldJobs } from "./program.js";
import type { SweepSpec } from "./spec.js";
import { type Study, type SweepOptions, study, sweepRun } from "./study.js";
import { trialProgram } from "./trial-program.js";
import { trialsOf } from "./trials.js";

/** What one trial of a sweep computed, as JSON: what is gathered may come from many machines. */
export interface TrialOutputs {
  /** The hash of the sweep. */
  readonly run: string;
  readonly index: number;
  /** How many trials the sweep has. */
  readonly trials: number;
  /** Of each fold. */
  readonly outputs: readonly (Outcome & { readonly key: string })[];
}

/**
 * Computes one trial of a sweep, for schedulers that start a process for each, as arrays of Slurm and indexed
 * jobs of Kubernetes do. index: from 0. `gatherSweep` makes the sweep's result of all of them.
 *
 * @example
 * const spec: SweepSpec = {
 *   data: { file: "iris.csv", target: "species" },
 *   fit: { epochs: { choice: [2, 4] } },
 * };
 * const { index, trials, outputs } = await runTrial(spec, 1);
 * console.log(index, trials, outputs.length); // 1 2 3
 *
 * @throws ValueError for an index out of range, and for a halving, whose trials depend on each other; as
 * sweep does
 */
export async function runTrial(
  spec: SweepSpec,
  index: number,
  options: SweepOptions = {},
): Promise<TrialOutputs> {
  const WHO = "runTrial";
  const { engine = threads(), onProgress, signal } = options;
  try {
    await engine.ready?.();
    const { run, files } = await sweepRun(WHO, spec, options);
    const { sweep, trials } = apart(WHO, run.spec);
    if (!Number.isSafeInteger(index) || index < 0 || index >= trials)
      throw new ValueError(
        `${WHO} expected the index of one of ${trials} trials, from 0 to ${trials - 1}, got ${index}`,
      );
    const own = runOf(trialProgram, { sweep, index });
    const { result } = await engine.run(own, { files, onProgress, signal });
    return { run: run.id, index, trials, outputs: result as unknown as TrialOutputs["outputs"] };
  } finally {
    if (!options.engine) await engine.close();
  }
}

function apart(who: string, spec: Json): { sweep: CheckedSweep; trials: number } {
  const sweep = spec as unknown as CheckedSweep;
  if (typeof sweep.strategy === "object" && "halving" in sweep.strategy)
    throw new ValueError(`${who} expected a strategy whose trials do not depend on each other, got halving`);
  return { sweep, trials: trialsOf(sweep, sweep.strategy).length };
}

/**
 * The result of a sweep whose trials were computed apart: the same, with the same digest, as `sweep` has. The
 * best one is trained on all rows here, on threads.
 *
 * @example
 * const spec: SweepSpec = {
 *   data: { file: "iris.csv", target: "species" },
 *   optimizer: { choice: ["adam", "adamw"] },
 *   fit: { epochs: 2 },
 * };
 * const parts = [await runTrial(spec, 1), await runTrial(spec, 0)];
 * const { digest } = await gatherSweep(spec, parts);
 * console.log(digest === (await sweep(spec)).digest); // true
 *
 * @throws ValueError for trials of another sweep or another version, and with the numbers of those that are
 * missing; as sweep does
 */
export async function gatherSweep(
  spec: SweepSpec,
  parts: readonly TrialOutputs[],
  options: Omit<SweepOptions, "engine"> & { readonly threads?: number } = {},
): Promise<Study> {
  const WHO = "gatherSweep";
  const { run } = await sweepRun(WHO, spec, options);
  const { sweep, trials } = apart(WHO, run.spec);
  const all = trialsOf(sweep, sweep.strategy);
  const outputs = new Map<string, Json>();
  const failed = new Map<string, string>();
  for (const part of parts)
    for (const output of part.outputs)
      "value" in output ? outputs.set(output.key, output.value) : failed.set(output.key, output.error);
  const missing = all.flatMap(({ parts }, index) =>
    foldJobs(sweep, parts).every(({ key }) => outputs.has(key) || failed.has(key)) ? [] : [index],
  );
  if (missing.length > 0) {
    const others = parts.filter((part) => part.run !== run.id).length;
    const of =
      others > 0 ? `; ${others} of the ${parts.length} given are of another spec, data or version` : "";
    throw new ValueError(
      `${WHO}: ${missing.length} of ${trials} trials are missing: ${listed(missing)}${of}`,
    );
  }
  const engine = threads({ threads: options.threads, outputs });
  try {
    return await study(WHO, spec, { ...options, engine });
  } finally {
    await engine.close();
  }
}

/** Numbers with those in a row as ranges, as arrays of Slurm take them: 0-3,7. */
export function listed(numbers: readonly number[]): string {
  const ranges: [from: number, to: number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last && number === last[1] + 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(",");
}
