import type { Json } from "../canonical.js";
import type { ComparedBy } from "./metric.js";
import type { FoldResult, TrainedModelFile } from "./train.js";

/** What came of a trial. */
export interface TrialResult {
  /** Its number among the trials of the spec. */
  readonly index: number;
  /** The values that were searched for, by their paths in the spec. */
  readonly parameters: { readonly [path: string]: Json };
  /** Of a halving the last rung that it was in, from 0. */
  readonly rung?: number;
  /** The mean of the scores of the folds; null where one has none. */
  readonly score: number | null;
  /** The standard deviation of the scores of the folds. */
  readonly deviation: number | null;
  /** The mean of the losses on the rows that were held out. */
  readonly loss: number | null;
  /** Why it has no score. */
  readonly why?: string;
  readonly folds: readonly FoldResult[];
}

/** What a sweep found. */
export interface SweepResult {
  /** The number of the best trial. */
  readonly best: number;
  /** The numbers of the trials from the best to the worst; those without a score come last. */
  readonly ranking: readonly number[];
  readonly metric: ComparedBy;
  /** All trials, by their numbers. Learning curves are those of the best twenty. */
  readonly trials: readonly TrialResult[];
  /** The model of the best trial, which was trained on all rows, unless `refit` is false. */
  readonly model?: TrainedModelFile;
  /** The SHA-256 of all of this as canonical JSON: equal results have equal digests. */
  readonly digest: string;
}

/** Trials whose learning curves a result has. */
const CURVES = 20;

/** A trial of its folds, in their order. */
export function trialResult(
  index: number,
  parameters: TrialResult["parameters"],
  folds: readonly FoldResult[],
  rung?: number,
): TrialResult {
  const failed = folds.findIndex(({ score }) => score === null);
  const scores = folds.map(({ score }) => score ?? 0);
  const mean = meanOf(scores);
  return {
    index,
    parameters,
    ...(rung !== undefined && { rung }),
    score: failed < 0 ? mean : null,
    deviation: failed < 0 ? Math.sqrt(meanOf(scores.map((each) => (each - mean) * (each - mean)))) : null,
    loss: failed < 0 ? meanOf(folds.map(({ loss }) => loss ?? 0)) : null,
    ...(failed >= 0 && { why: `fold ${failed}: ${folds[failed].why}` }),
    folds,
  };
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The trials from the best to the worst: by their rung, score and loss, and then by their number. */
export function ranked(trials: readonly TrialResult[], { better }: ComparedBy): readonly TrialResult[] {
  const sign = better === "lower" ? 1 : -1;
  return [...trials].sort((a, b) => {
    if ((a.score === null) !== (b.score === null)) return a.score === null ? 1 : -1;
    const byRung = (b.rung ?? 0) - (a.rung ?? 0);
    const byScore = sign * ((a.score ?? 0) - (b.score ?? 0));
    return byRung || byScore || (a.loss ?? 0) - (b.loss ?? 0) || a.index - b.index;
  });
}

/** A result without its model and digest. @throws Error where no trial has a score */
export function summary(
  trials: readonly TrialResult[],
  metric: ComparedBy,
): Omit<SweepResult, "digest" | "model"> {
  const order = ranked(trials, metric);
  const [best] = order;
  if (best.score === null) {
    const { why, index } = trials[0];
    throw new Error(`sweep: none of ${trials.length} trials has a score; trial ${index}, ${why}`);
  }
  const shown = new Set(order.slice(0, CURVES));
  return {
    best: best.index,
    ranking: order.map(({ index }) => index),
    metric,
    trials: [...trials]
      .sort((a, b) => a.index - b.index)
      .map((trial) =>
        shown.has(trial)
          ? trial
          : { ...trial, folds: trial.folds.map(({ curve: _, validationCurve: __, ...fold }) => fold) },
      ),
  };
}
