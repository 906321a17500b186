import { checkCount, checkName, checkNumber, checkOptions, show } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import type { Host } from "../core/host.js";
import type { Pointer } from "../core/kernels.js";
import { type Loss, losses, type TargetPlace } from "../nn/loss.js";
import { largest } from "../nn/rows.js";

/** What each metric gives. */
export interface MetricValues {
  accuracy: number;
  topKAccuracy: number;
  precision: number;
  recall: number;
  f1: number;
  rocAuc: number;
  /** Row: the class it is; column: the class that the model says. */
  confusionMatrix: number[][];
  meanAbsoluteError: number;
  rootMeanSquaredError: number;
  r2: number;
}

export type MetricName = keyof MetricValues;

/** The loss, and of the metrics those that were asked for. */
export type Scores = { loss: number } & Partial<MetricValues>;

/** The outputs that a metric is of. */
interface Outputs {
  readonly loss: Loss;
  readonly cols: number;
}

/** A metric over the batches that were added to it. */
interface Count {
  add(batch: Batch): void;
  value(): number | number[][];
}

/** A metric: how good predictions are, for people to read. From `metrics`. */
export class Metric {
  /** @internal */
  constructor(
    readonly name: MetricName,
    /** @internal Begins a count. @throws ValueError for outputs that the metric is not for */
    readonly begin: (outputs: Outputs) => Count,
    /** @internal Whether its value takes work that is worth it once an epoch, not once a batch. */
    readonly ofEpoch = false,
  ) {}
}

/** @internal A batch as metrics see it: views of linear memory that are good until the next one. */
class Batch {
  host!: Host;
  p: Pointer = 0;
  target!: TargetPlace;
  rows = 0;
  outputs!: Float32Array;
  /** The targets as values, of a loss that has such. */
  targets!: Float32Array;
  /** The class of each answer, of the model and in truth. */
  said = new Int32Array(0);
  truth = new Int32Array(0);
  /** Whether an answer is a class and there is one a row, or a yes or no for each output. */
  readonly chooses: boolean;
  private weights: Float32Array | undefined;
  private decidedBy: number | undefined;

  constructor(
    readonly loss: Loss,
    readonly cols: number,
  ) {
    this.chooses = loss.choosesClass(cols);
  }

  set(host: Host, p: Pointer, target: TargetPlace, rows: number): void {
    const n = rows * this.cols;
    this.host = host;
    this.p = p;
    this.target = target;
    this.rows = rows;
    this.outputs = host.floats(p, n);
    this.targets = host.floats(target.values, target.values ? n : 0);
    this.weights = target.weights ? host.floats(target.weights, rows) : undefined;
    this.decidedBy = undefined;
  }

  /** The weight of a row. */
  weight(row: number): number {
    return this.weights ? this.weights[row] : 1;
  }

  /** The weight of an answer. */
  answerWeight(i: number): number {
    return this.weight(this.chooses ? i : Math.floor(i / this.cols));
  }

  /** Fills `said` and `truth`, and returns how many answers there are. Yes is the class 1. */
  decide(threshold: number): number {
    const { rows, cols, outputs, targets, chooses, target } = this;
    const count = chooses ? rows : rows * cols;
    if (this.decidedBy === threshold) return count;
    this.decidedBy = threshold;
    if (this.said.length < count) {
      this.said = new Int32Array(count);
      this.truth = new Int32Array(count);
    }
    const { said, truth } = this;
    if (chooses && !target.values) truth.set(this.host.integers(target.labels, rows));
    for (let i = 0; i < count; i++) {
      said[i] = chooses ? largest(outputs, i * cols, cols) : Number(outputs[i] > threshold);
      if (target.values) truth[i] = chooses ? largest(targets, i * cols, cols) : Number(targets[i] > 0.5);
    }
    return count;
  }
}

const ratio = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);

/** The mean over rows whose weighted sum over a batch is `sum`. */
function mean(sum: (batch: Batch) => number, finish: (mean: number) => number = (mean) => mean): Count {
  let [total, weight] = [0, 0];
  return {
    add(batch) {
      total += sum(batch);
      for (let i = 0; i < batch.rows; i++) weight += batch.weight(i);
    },
    value: () => finish(ratio(total, weight)),
  };
}

/** The weight of the rows whose class has one of the k largest outputs; of equal ones the first is the larger. An output that is NaN is never right. */
function rightInTop(batch: Batch, k: number): number {
  batch.decide(0);
  const { outputs, truth, rows, cols } = batch;
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    const own = outputs[i * cols + truth[i]];
    let above = Number.isNaN(own) ? k : 0;
    for (let j = 0; j < cols; j++) {
      const other = outputs[i * cols + j];
      above += Number(!(j < truth[i] ? other < own : other <= own));
    }
    if (above < k) sum += batch.weight(i);
  }
  return sum;
}

/** A score of a class. */
type ClassScore = (hits: number, said: number, truth: number) => number;

/** Of each class the weight of the answers that were right, of those that said it, and of those that are of it. */
function byClass(classes: number, threshold: number, value: (hits: Float64Array, said: Float64Array, truth: Float64Array) => number): Count {
  const [hits, said, truth] = [0, 0, 0].map(() => new Float64Array(classes));
  return {
    add(batch) {
      const count = batch.decide(threshold);
      for (let i = 0; i < count; i++) {
        const weight = batch.answerWeight(i);
        said[batch.said[i]] += weight;
        truth[batch.truth[i]] += weight;
        if (batch.said[i] === batch.truth[i]) hits[batch.said[i]] += weight;
      }
    },
    value: () => value(hits, said, truth),
  };
}

/** How often answers of each class were taken for each. */
function confusion(classes: number, threshold: number): Count {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  return {
    add(batch) {
      const count = batch.decide(threshold);
      for (let i = 0; i < count; i++) counts[batch.truth[i]][batch.said[i]] += batch.answerWeight(i);
    },
    value: () => counts.map((row) => [...row]),
  };
}

/** The chance that a yes has a larger output than a no, equal ones counting half, over all pairs of the two (Hanley and McNeil 1982). */
function rocAuc(): Count {
  const scores: number[] = [];
  const weights: number[] = [];
  const isYes: number[] = [];
  return {
    add(batch) {
      const { outputs, chooses } = batch;
      const count = batch.decide(0);
      for (let i = 0; i < count; i++) {
        scores.push(chooses ? outputs[2 * i + 1] - outputs[2 * i] : outputs[i]);
        weights.push(batch.answerWeight(i));
        isYes.push(batch.truth[i]);
      }
    },
    value() {
      if (scores.some(Number.isNaN)) return Number.NaN;
      const order = Uint32Array.from(scores.keys()).sort((a, b) => scores[a] - scores[b]);
      let [yes, no, inOrder] = [0, 0, 0];
      for (let i = 0; i < order.length; ) {
        const score = scores[order[i]];
        let [tiedYes, tiedNo] = [0, 0];
        for (; scores[order[i]] === score; i++) {
          const weight = weights[order[i]];
          if (isYes[order[i]]) tiedYes += weight;
          else tiedNo += weight;
        }
        inOrder += tiedYes * (no + tiedNo / 2);
        yes += tiedYes;
        no += tiedNo;
      }
      return inOrder / (yes * no);
    },
  };
}

/** The mean over the outputs of 1 - sum (t - p)^2 / sum (t - mean t)^2; where the targets are all equal 1 if the predictions are too, else 0. */
function determination(cols: number): Count {
  const [weights, means, spreads, errors] = [0, 0, 0, 0].map(() => new Float64Array(cols));
  return {
    // Welford's update: it loses no digits where targets are far from 0.
    add(batch) {
      const { rows, outputs, targets } = batch;
      for (let at = 0; at < rows * cols; at++) {
        const weight = batch.weight(Math.floor(at / cols));
        const j = at % cols;
        const before = targets[at] - means[j];
        weights[j] += weight;
        means[j] += ratio(weight, weights[j]) * before;
        spreads[j] += weight * before * (targets[at] - means[j]);
        errors[j] += weight * (targets[at] - outputs[at]) ** 2;
      }
    },
    value: () => errors.reduce((total, error, j) => total + (spreads[j] > 0 ? 1 - error / spreads[j] : Number(error === 0)), 0) / cols,
  };
}

export interface ThresholdOptions {
  /** An output above this says yes. Default: that of the loss, one half for probabilities and 0 for logits. */
  threshold?: number;
}

export interface TopKOptions {
  /** Default 5. */
  k?: number;
}

const classesOf = ({ loss, cols }: Outputs): number => (loss.choosesClass(cols) ? cols : 2);

/** A metric that a threshold decides. */
function decided(name: MetricName, options: ThresholdOptions = {}, begin: (classes: number, threshold: number) => Count, ofEpoch = false): Metric {
  checkOptions(name, options, ["threshold"]);
  const { threshold } = options;
  if (threshold !== undefined) checkNumber(name, "threshold", threshold, Number.NEGATIVE_INFINITY);
  return new Metric(name, (outputs) => begin(classesOf(outputs), threshold ?? outputs.loss.threshold ?? 0.5), ofEpoch);
}

/**
 * The score of each class. Of two classes, or of yes and no, the result is that of the second; of more the mean over those that
 * occur, as predictions or in truth (scikit-learn's "binary" and "macro").
 */
const classScore = (name: MetricName, options: ThresholdOptions | undefined, score: ClassScore): Metric =>
  decided(name, options, (classes, threshold) =>
    byClass(classes, threshold, (hits, said, truth) => {
      if (classes === 2) return score(hits[1], said[1], truth[1]);
      let [total, occurring] = [0, 0];
      for (let k = 0; k < classes; k++) {
        if (said[k] + truth[k] === 0) continue;
        total += score(hits[k], said[k], truth[k]);
        occurring++;
      }
      return ratio(total, occurring);
    }),
  );

/** A metric of values. @throws ValueError when begun for a loss over classes, whose targets are none */
const ofValues = (name: MetricName, begin: (cols: number) => Count): Metric =>
  new Metric(name, ({ loss, cols }) => {
    if (loss.overClasses) throw new ValueError(`${name} expected targets that are values; those of ${loss.name} are classes`);
    return begin(cols);
  });

const ofLoss = (name: MetricName, loss: Loss, finish?: (mean: number) => number): Metric =>
  ofValues(name, (cols) => mean(({ host, p, target, rows }) => loss.terms(host, p, target, 0, rows, cols, 0, 0) / cols, finish));

const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);

/**
 * The metrics by name, for fit and evaluate. Each is a mean over samples, weighted as the samples are. What an answer is follows from the loss: for losses
 * over classes, and for several outputs of a loss that is not of yes or no, the class with the largest output; else a yes or no for each output.
 * Each function throws ValueError for options that are unknown or out of range.
 */
export const metrics = {
  /** The fraction of right answers. */
  accuracy: (options?: ThresholdOptions): Metric =>
    decided("accuracy", options, (classes, threshold) => byClass(classes, threshold, (hits, _, truth) => ratio(total(hits), total(truth)))),

  /** The fraction of samples whose class is among the k largest outputs. */
  topKAccuracy: (options: TopKOptions = {}): Metric => {
    const name = "topKAccuracy";
    checkOptions(name, options, ["k"]);
    const { k = 5 } = options;
    checkCount(name, "k", k);
    return new Metric(name, ({ loss, cols }) => {
      if (!loss.choosesClass(cols)) throw new ValueError(`${name} expected targets that are classes; those of ${loss.name} are not`);
      return mean((batch) => rightInTop(batch, k));
    });
  },

  /** Of what the model says is of a class, the part that is. Of two classes that of the second, of more the mean over the classes; 0 / 0 is 0. */
  precision: (options?: ThresholdOptions): Metric => classScore("precision", options, (hits, said) => ratio(hits, said)),

  /** Of what is of a class, the part that the model says is. Classes as for precision. */
  recall: (options?: ThresholdOptions): Metric => classScore("recall", options, (hits, _, truth) => ratio(hits, truth)),

  /** The harmonic mean of precision and recall. Classes as for precision. */
  f1: (options?: ThresholdOptions): Metric => classScore("f1", options, (hits, said, truth) => ratio(2 * hits, said + truth)),

  /** How often each class (row) was taken for each (column), as sums of weights. In epochs' logs and evaluations, not in batches' logs. */
  confusionMatrix: (options?: ThresholdOptions): Metric => decided("confusionMatrix", options, confusion, true),

  /**
   * The area under the receiver operating characteristic of yes-or-no targets (several outputs are pooled) or of two classes, exact; NaN without one
   * of each. In epochs' logs and evaluations, not in batches' logs.
   */
  rocAuc: (): Metric =>
    new Metric(
      "rocAuc",
      (outputs) => {
        if (classesOf(outputs) !== 2) throw new ValueError(`rocAuc expected two classes or targets of yes or no, got ${outputs.cols} classes`);
        return rocAuc();
      },
      true,
    ),

  /** The mean of |p - t|. */
  meanAbsoluteError: (): Metric => ofLoss("meanAbsoluteError", losses.meanAbsoluteError()),

  /** The root of the mean of (p - t)^2. */
  rootMeanSquaredError: (): Metric => ofLoss("rootMeanSquaredError", losses.meanSquaredError(), Math.sqrt),

  /** The coefficient of determination; of several outputs the mean. */
  r2: (): Metric => ofValues("r2", determination),
} satisfies Record<MetricName, (options?: never) => Metric>;

/**
 * @internal The metrics of a call, checked against the loss and the number of outputs.
 * @throws ValueError for what is none, with the list of those that are known, and for one that is not for such outputs
 */
export function metricsFrom(who: string, wanted: unknown, loss: Loss, cols: number): Metric[] {
  if (!Array.isArray(wanted)) throw new ValueError(`${who} expected metrics to be an array such as ["accuracy"], got ${show(wanted)}`);
  const seen = new Set<string>();
  return wanted.map((given: unknown) => {
    if (!(given instanceof Metric)) checkName(who, "metric", given, metrics);
    const metric = given instanceof Metric ? given : metrics[given]();
    if (seen.has(metric.name)) throw new ValueError(`${who} expected each metric once, got ${metric.name} twice`);
    seen.add(metric.name);
    metric.begin({ loss, cols });
    return metric;
  });
}

/** @internal Loss and metrics over the batches that were added. */
export class Tally {
  private rows = 0;
  private terms = 0;
  private counts: Count[] = [];
  private readonly batch: Batch;

  constructor(
    loss: Loss,
    cols: number,
    private readonly metrics: readonly Metric[],
  ) {
    this.batch = new Batch(loss, cols);
    this.reset();
  }

  reset(): void {
    this.rows = 0;
    this.terms = 0;
    this.counts = this.metrics.map(({ begin }) => begin(this.batch));
  }

  /** A batch: the predictions at p, their targets, and the sum of the loss's terms over them. */
  add(host: Host, p: Pointer, target: TargetPlace, rows: number, terms: number): void {
    this.rows += rows;
    this.terms += terms;
    if (this.counts.length === 0) return;
    this.batch.set(host, p, target, rows);
    for (const count of this.counts) count.add(this.batch);
  }

  /** The loss over all rows added, with its reduction, and the metrics; in the midst of an epoch without those that are of a whole one. */
  values(ofEpoch = true): Scores {
    const { loss, cols } = this.batch;
    const values: Record<string, number | number[][]> = { loss: this.terms * loss.factor(this.rows, cols) };
    this.metrics.forEach((metric, i) => {
      if (ofEpoch || !metric.ofEpoch) values[metric.name] = this.counts[i].value();
    });
    return values as Scores;
  }
}
