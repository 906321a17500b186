import type { Host } from "../core/host.js";
import type { Pointer } from "../core/kernels.js";
import type { TargetPlace } from "../losses/targets.js";
import { type Scores, type Sums, Tally } from "../metrics/metrics.js";
import type { Head, Objective } from "./objective.js";

/** Makes outputs of logits, in their place. */
type Activate = (logits: Pointer, rows: number) => void;

/** Loss and metrics of all outputs over the batches that were added. */
export class Tallies {
  private readonly tallies: readonly Tally[];
  private readonly heads: readonly Head[];

  /** `activations` has, for each output that is fused with its loss, what makes outputs of logits. */
  constructor({ heads }: Objective, activations: readonly (Activate | undefined)[]) {
    this.heads = heads;
    this.tallies = heads.map(
      ({ loss, each, cols, metrics, range }, i) =>
        new Tally(loss, { each, cols }, metrics, range, activations[i]),
    );
  }

  reset(): void {
    for (const tally of this.tallies) tally.reset();
  }

  /** The samples that were added. */
  get rows(): number {
    return this.tallies[0].samples;
  }

  /** The sums of the losses' terms over them: a number for one output. */
  get terms(): number | number[] {
    return this.tallies.length === 1 ? this.tallies[0].terms : this.tallies.map(({ terms }) => terms);
  }

  /** The numbers that each metric has counted, by its name in the log: they go on changing. */
  get sums(): Readonly<Record<string, Sums>> {
    return Object.fromEntries(
      this.tallies.flatMap((tally, i) =>
        Object.entries(tally.sums).map(([name, sums]) => [this.nameOf(i, name), sums]),
      ),
    );
  }

  /** Resumes from sums that were counted before. */
  resume(rows: number, terms: number | readonly number[], sums: Readonly<Record<string, Sums>>): void {
    this.tallies.forEach((tally, i) => {
      tally.samples = rows;
      tally.terms = typeof terms === "number" ? terms : (terms[i] ?? 0);
      const own = Object.keys(tally.sums).flatMap((name) => {
        const kept = sums[this.nameOf(i, name)];
        return kept ? [[name, kept]] : [];
      });
      tally.restore(Object.fromEntries(own));
    });
  }

  private nameOf(i: number, score: string): string {
    return this.heads.length === 1 ? score : scoreOf(this.heads[i].name, score);
  }

  /** A batch of one output; see Tally.add. */
  add(
    i: number,
    host: Host,
    p: Pointer,
    target: TargetPlace,
    samples: number,
    terms: number,
    counted: number,
    each: number,
  ): void {
    this.tallies[i].add(host, p, target, samples, terms, counted, each);
  }

  /**
   * The loss over all rows added, and the metrics. Of several outputs the weighted sum of their losses, and
   * each output's own under its name: priceLoss, priceR2.
   */
  values(ofEpoch = true): Scores {
    const scores = this.tallies.map((tally) => tally.values(ofEpoch));
    if (scores.length === 1) return scaled(scores[0], this.heads[0].weight);
    const all: Record<string, unknown> = {
      loss: scores.reduce((sum, { loss }, i) => sum + this.heads[i].weight * loss, 0),
    };
    scores.forEach((own, i) => {
      for (const [name, value] of Object.entries(own)) all[scoreOf(this.heads[i].name, name)] = value;
    });
    return all as Scores;
  }
}

const scaled = (scores: Scores, weight: number): Scores =>
  weight === 1 ? scores : { ...scores, loss: weight * scores.loss };

/** The name of an output's score in a log. */
const scoreOf = (output: string, score: string): string =>
  `${output}${score[0].toUpperCase()}${score.slice(1)}`;

/** The names of the scores in a log. */
export interface ScoreNames {
  readonly numbers: readonly string[];
  /** Those that are no single number. */
  readonly tables: readonly string[];
}

/** The names of the scores, as `Tallies.values` has them. */
export function scoreNames({ heads }: Objective): ScoreNames {
  const namesOf = (areNumbers: boolean): string[] =>
    heads.flatMap(({ name: output, metrics }) =>
      metrics
        .filter(({ isNumber }) => isNumber === areNumbers)
        .map(({ name }) => (heads.length === 1 ? name : scoreOf(output, name))),
    );
  const losses = heads.length === 1 ? [] : heads.map(({ name }) => scoreOf(name, "loss"));
  return { numbers: ["loss", ...losses, ...namesOf(true)], tables: namesOf(false) };
}
