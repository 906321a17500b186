import { ARITHMETIC } from "../build-hash.js";
import { hashOf, type Json } from "../canonical.js";
import type { Blobs, Context, Done, Job, Outcome, Output, Program, Stage } from "../engine.js";
import { type CheckedSweep, checkSweep } from "./check.js";
import { trainingOf } from "./data.js";
import { metricOf } from "./metric.js";
import { ranked, type SweepResult, summary, type TrialResult, trialResult } from "./result.js";
import type { Parts } from "./spec.js";
import { type FoldResult, type TrainedModelFile, trainAll, trainFold } from "./train.js";
import { inRung, rungsOf, type Trial, trialsOf } from "./trials.js";

/** The blob that holds the file of the best model. */
const MODEL = "model";

/** What a job computes: a fold of a trial, or, without a fold, a model of all rows. */
interface JobData {
  readonly fold?: number;
  readonly parts: Parts;
}

/** What is known after a stage. */
type State =
  | {
      readonly phase: "trials";
      readonly rung: number;
      /** The trials of the rung. */
      readonly trials: readonly number[];
      /** Those that were left behind. */
      readonly past: readonly TrialResult[];
    }
  | { readonly phase: "refit"; readonly summary: ReturnType<typeof summary> };

/** Trials, each by cross-validation; then the best one on all rows. */
export const sweepProgram: Program<Json> = {
  name: "sweep",
  check: (spec) => checkSweep("sweep", spec) as unknown as Json,
  start: (spec) => {
    const checked = sweepOf(spec);
    const trials = trialsOf(checked, checked.strategy);
    return stageOf(checked, trials, 0, Array.from(trials.keys()), []);
  },
  compute: (spec, job, _reads, context) => compute(sweepOf(spec), job, context),
  next: (spec, { state }, outcomes, reads) => next(sweepOf(spec), state as unknown as State, outcomes, reads),
};

const sweepOf = (spec: Json): CheckedSweep => spec as unknown as CheckedSweep;

/** The factor of a halving, and the numbers of trials in its rungs. */
function planOf({ strategy }: CheckedSweep, trials: number): { factor: number; rungs: readonly number[] } {
  if (typeof strategy === "string" || "random" in strategy) return { factor: 1, rungs: [trials] };
  const { factor = 3 } = strategy.halving;
  return { factor, rungs: rungsOf(trials, factor) };
}

function stageOf(
  spec: CheckedSweep,
  all: readonly Trial[],
  rung: number,
  trials: readonly number[],
  past: readonly TrialResult[],
): Stage {
  const { factor, rungs } = planOf(spec, all.length);
  const state: State = { phase: "trials", rung, trials, past };
  return {
    state: state as unknown as Json,
    jobs: trials.flatMap((index) => foldJobs(spec, inRung(all[index].parts, rung, rungs.length, factor))),
  };
}

/** The jobs of a trial, a fold each. */
export function foldJobs(spec: CheckedSweep, parts: Parts): Job[] {
  return Array.from({ length: spec.folds }, (_, fold) => jobOf(spec, { fold, parts }));
}

/** Names of files say nothing of what a job means. */
function jobOf(spec: CheckedSweep, data: JobData): Job {
  const { folds, metric, seed } = spec;
  const files = Object.entries(spec.data).map(([key, value]) => [key, value?.sha256 ?? value]);
  const isFold = data.fold !== undefined;
  const meaning = {
    program: "sweep",
    arithmetic: ARITHMETIC,
    data: Object.fromEntries(files),
    seed,
    ...data,
    ...(isFold && { folds, metric }),
  };
  return { key: hashOf(JSON.parse(JSON.stringify(meaning))), data: data as unknown as Json };
}

/** Computes a fold of a trial, or trains on all rows. */
export async function compute(spec: CheckedSweep, job: Job, context: Context): Promise<Output> {
  const { fold, parts } = job.data as unknown as JobData;
  const { backend } = context;
  const training = await trainingOf(spec.data, context, { folds: spec.folds, seed: spec.seed, fold });
  if (fold !== undefined) {
    const value = await trainFold(backend, parts, training, spec.metric, spec.seed);
    return { value: value as unknown as Json };
  }
  const { file, value } = await trainAll(backend, parts, training, spec.seed);
  return { value: value as unknown as Json, blobs: new Map([[MODEL, file]]) };
}

function next(spec: CheckedSweep, state: State, outcomes: readonly Outcome[], reads: Blobs): Stage | Done {
  if (state.phase === "refit") return finished(state.summary, outcomes[0], reads);
  const all = trialsOf(spec, spec.strategy);
  const { rungs } = planOf(spec, all.length);
  const { rung, past } = state;
  const results = state.trials.map((index, i) => {
    const folds = outcomes.slice(i * spec.folds, (i + 1) * spec.folds).map(foldResult);
    return trialResult(index, all[index].parameters, folds, rungs.length > 1 ? rung : undefined);
  });
  const metric = metricOf(spec.metric);
  const order = ranked(results, metric);
  const left = order.filter(({ score }) => score !== null).slice(0, rungs[rung + 1] ?? 0);
  if (left.length > 0) {
    const goOn = left.map(({ index }) => index).sort((a, b) => a - b);
    const behind = results.filter(({ index }) => !goOn.includes(index));
    return stageOf(spec, all, rung + 1, goOn, [...past, ...behind]);
  }
  const found = summary([...past, ...results], metric);
  if (!spec.refit) return finished(found);
  const { parts } = all[found.best];
  return {
    state: { phase: "refit", summary: found } as unknown as Json,
    jobs: [jobOf(spec, { parts })],
    reads: [MODEL],
  };
}

function foldResult(outcome: Outcome): FoldResult {
  if ("value" in outcome) return outcome.value as unknown as FoldResult;
  return { score: null, loss: null, epochs: 0, trained: 0, weights: null, why: outcome.error };
}

function finished(found: ReturnType<typeof summary>, outcome?: Outcome, reads?: Blobs): Done {
  if (outcome && "error" in outcome)
    throw new Error(
      `sweep: the best trial, ${found.best}, could not be trained on all rows: ${outcome.error}`,
    );
  const model = outcome?.value as unknown as TrainedModelFile | undefined;
  const result: Omit<SweepResult, "digest"> = { ...found, ...(model && { model }) };
  const digest = hashOf(result as unknown as Json);
  return {
    result: { ...result, digest } as unknown as Json,
    ...(model && { keeps: [MODEL], blobs: reads }),
  };
}
