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
interface Accumulator {
  add(batch: Batch): void;
  value(): number | number[][];
}

/** A metric: how good predictions are, for people to read. From `metrics`. */
export class Metric {
  /** @internal */
  constructor(
    readonly name: MetricName,
    /** @internal Begins a count. @throws ValueError for outputs that the metric is not for */
    readonly begin: (outputs: Outputs) => Accumulator,
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
  weights: Float32Array | undefined;
  /** The class of each answer, of the model and in truth. */
  said = new Int32Array(0);
  truth = new Int32Array(0);
  private values: Float32Array | undefined;
  private decidedBy: number | undefined;

  constructor(
    readonly loss: Loss,
    readonly cols: number,
  ) {}

  set(host: Host, p: Pointer, target: TargetPlace, rows: number): void {
    this.host = host;
    this.p = p;
    this.target = target;
    this.rows = rows;
    this.outputs = host.floats(p, rows * this.cols);
    this.values = target.values ? host.floats(target.values, rows * this.cols) : undefined;
    this.weights = target.weights ? host.floats(target.weights, rows) : undefined;
    this.decidedBy = undefined;
  }

  /** The targets as values, of a loss that has such. */
  get targets(): Float32Array {
    return this.values ?? this.outputs;
  }

  /** Answers a row: one class, or a yes or no for each output. */
  get answers(): number {
    return this.loss.choosesClass(this.cols) ? 1 : this.cols;
  }

  /** Fills `said` and `truth`, and returns how many there are. Yes is the class 1. */
  decide(threshold: number): number {
    const { rows, cols, outputs, values } = this;
    const count = rows * this.answers;
    if (this.decidedBy === threshold) return count;
    this.decidedBy = threshold;
    if (this.said.length < count) {
      this.said = new Int32Array(count);
      this.truth = new Int32Array(count);
    }
    const { said, truth } = this;
    if (!this.loss.choosesClass(cols)) {
      const { targets } = this;
      for (let i = 0; i < count; i++) {
        said[i] = Number(outputs[i] > threshold);
        truth[i] = Number(targets[i] > 0.5);
      }
      return count;
    }
    for (let i = 0; i < rows; i++) said[i] = largest(outputs, i * cols, cols);
    if (values) for (let i = 0; i < rows; i++) truth[i] = largest(values, i * cols, cols);
    else truth.set(this.host.integers(this.target.labels, rows));
    return count;
  }
}

const ratio = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);

/** The weighted mean of what `sum` gives of a batch: its weighted sum over `terms` terms a row. */
class Mean implements Accumulator {
  private total = 0;
  private weight = 0;

  constructor(
    private readonly sum: (batch: Batch) => number,
    private readonly terms: (batch: Batch) => number,
    private readonly finish: (mean: number) => number = (mean) => mean,
  ) {}

  add(batch: Batch): void {
    const { weights, rows } = batch;
    this.total += this.sum(batch);
    let weight = rows;
    if (weights) {
      weight = 0;
      for (let i = 0; i < rows; i++) weight += weights[i];
    }
    this.weight += weight * this.terms(batch);
  }

  value(): number {
    return this.finish(ratio(this.total, this.weight));
  }
}

/** The weight of the right answers. */
function right(batch: Batch, threshold: number): number {
  const count = batch.decide(threshold);
  const { said, truth, weights, answers } = batch;
  let sum = 0;
  if (weights) for (let i = 0; i < count; i++) sum += said[i] === truth[i] ? weights[Math.floor(i / answers)] : 0;
  else for (let i = 0; i < count; i++) sum += Number(said[i] === truth[i]);
  return sum;
}

/** The weight of the rows whose class has one of the k largest outputs; of equal ones the first is the larger. An output that is NaN is never right. */
function rightInTop(batch: Batch, k: number): number {
  batch.decide(0);
  const { outputs, truth, weights, rows, cols } = batch;
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    const at = i * cols;
    const own = outputs[at + truth[i]];
    let above = 0;
    for (let j = 0; j < truth[i]; j++) above += Number(!(outputs[at + j] < own));
    for (let j = truth[i] + 1; j < cols; j++) above += Number(!(outputs[at + j] <= own));
    if (above < k && !Number.isNaN(own)) sum += weights ? weights[i] : 1;
  }
  return sum;
}

type ClassScore = (hits: number, said: number, truth: number) => number;

/**
 * A score of each class. Of two classes, or of yes and no, the result is that of the second; of more the mean over those that
 * occur, as predictions or in truth (scikit-learn's "binary" and "macro").
 */
class ByClass implements Accumulator {
  private readonly hits: Float64Array;
  private readonly said: Float64Array;
  private readonly truth: Float64Array;

  constructor(
    classes: number,
    private readonly threshold: number,
    private readonly score: ClassScore,
  ) {
    this.hits = new Float64Array(classes);
    this.said = new Float64Array(classes);
    this.truth = new Float64Array(classes);
  }

  add(batch: Batch): void {
    const count = batch.decide(this.threshold);
    const { said, truth, weights, answers } = batch;
    for (let i = 0; i < count; i++) {
      const weight = weights ? weights[Math.floor(i / answers)] : 1;
      this.said[said[i]] += weight;
      this.truth[truth[i]] += weight;
      if (said[i] === truth[i]) this.hits[said[i]] += weight;
    }
  }

  value(): number {
    const { hits, said, truth } = this;
    if (hits.length === 2) return this.score(hits[1], said[1], truth[1]);
    let total = 0;
    let occurring = 0;
    for (let k = 0; k < hits.length; k++) {
      if (said[k] + truth[k] === 0) continue;
      total += this.score(hits[k], said[k], truth[k]);
      occurring++;
    }
    return ratio(total, occurring);
  }
}

class Confusion implements Accumulator {
  private readonly counts: number[][];

  constructor(
    classes: number,
    private readonly threshold: number,
  ) {
    this.counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  }

  add(batch: Batch): void {
    const count = batch.decide(this.threshold);
    const { said, truth, weights, answers } = batch;
    for (let i = 0; i < count; i++) this.counts[truth[i]][said[i]] += weights ? weights[Math.floor(i / answers)] : 1;
  }

  value(): number[][] {
    return this.counts.map((row) => [...row]);
  }
}

/** Bits of a float64 that are 0 where its value is a float32: room for an index in the order of values. */
const INDEX_BITS = 29;

/** The chance that a yes has a larger output than a no, equal ones counting half, over all pairs of the two (Hanley and McNeil 1982). */
class RocAuc implements Accumulator {
  private readonly scores: number[] = [];
  private readonly isYes: boolean[] = [];
  private readonly weights: number[] = [];

  add(batch: Batch): void {
    const count = batch.decide(0);
    const { outputs, truth, weights, answers, cols } = batch;
    const ofTwo = batch.loss.choosesClass(cols);
    for (let i = 0; i < count; i++) {
      this.scores.push(ofTwo ? Math.fround(outputs[2 * i + 1] - outputs[2 * i]) : outputs[i]);
      this.isYes.push(truth[i] === 1);
      this.weights.push(weights ? weights[Math.floor(i / answers)] : 1);
    }
  }

  /** NaN where there is not one of each, or a score is NaN. */
  value(): number {
    const { scores, isYes, weights } = this;
    if (scores.some(Number.isNaN)) return Number.NaN;
    // Sorting numbers is ten times as fast as sorting by a comparison: each score carries its index in the bits that a float32 leaves.
    const sorted = Float64Array.from(scores, (score) => (Math.abs(score) < Infinity ? score : Math.sign(score) * 2 ** 1000));
    const words = new Uint32Array(sorted.buffer);
    for (let i = 0; i < scores.length; i++) words[2 * i] |= i;
    sorted.sort();
    let [yes, no, pairs] = [0, 0, 0];
    for (let i = 0; i < scores.length; ) {
      const score = scores[words[2 * i] & (2 ** INDEX_BITS - 1)];
      let [tiedYes, tiedNo] = [0, 0];
      for (; i < scores.length; i++) {
        const index = words[2 * i] & (2 ** INDEX_BITS - 1);
        if (scores[index] !== score) break;
        if (isYes[index]) tiedYes += weights[index];
        else tiedNo += weights[index];
      }
      pairs += tiedYes * (no + tiedNo / 2);
      yes += tiedYes;
      no += tiedNo;
    }
    return pairs / (yes * no);
  }
}

/** The mean over the outputs of 1 - sum (t - p)^2 / sum (t - mean t)^2; where the targets are all equal 1 if the predictions are too, else 0. */
class Determination implements Accumulator {
  private weight = 0;
  private readonly means: Float64Array;
  private readonly spreads: Float64Array;
  private readonly errors: Float64Array;

  constructor(cols: number) {
    this.means = new Float64Array(cols);
    this.spreads = new Float64Array(cols);
    this.errors = new Float64Array(cols);
  }

  /** Welford's update: it loses no digits where targets are far from 0. */
  add({ rows, cols, outputs, targets, weights }: Batch): void {
    const { means, spreads, errors } = this;
    for (let i = 0; i < rows; i++) {
      const weight = weights ? weights[i] : 1;
      if (weight === 0) continue;
      this.weight += weight;
      const share = weight / this.weight;
      for (let j = 0; j < cols; j++) {
        const t = targets[i * cols + j];
        const error = t - outputs[i * cols + j];
        const before = t - means[j];
        means[j] += share * before;
        spreads[j] += weight * before * (t - means[j]);
        errors[j] += weight * error * error;
      }
    }
  }

  value(): number {
    let total = 0;
    this.errors.forEach((error, j) => {
      const spread = this.spreads[j];
      total += spread > 0 ? 1 - error / spread : Number(error === 0);
    });
    return total / this.errors.length;
  }
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
const thresholdOf = ({ loss }: Outputs, { threshold }: ThresholdOptions): number => threshold ?? loss.threshold ?? 0.5;

function thresholdMetric(name: MetricName, options: ThresholdOptions | undefined, begin: (classes: number, threshold: number) => Accumulator): Metric {
  checkOptions(name, options, ["threshold"]);
  const own = { ...options };
  if (own.threshold !== undefined) checkNumber(name, "threshold", own.threshold, Number.NEGATIVE_INFINITY);
  return new Metric(name, (outputs) => begin(classesOf(outputs), thresholdOf(outputs, own)));
}

const byClass = (name: MetricName, options: ThresholdOptions | undefined, score: ClassScore): Metric =>
  thresholdMetric(name, options, (classes, threshold) => new ByClass(classes, threshold, score));

/** A metric of values. @throws ValueError when begun for a loss over classes, whose targets are none */
function valueMetric(name: MetricName, begin: (cols: number) => Accumulator): Metric {
  return new Metric(name, ({ loss, cols }) => {
    if (loss.overClasses) throw new ValueError(`${name} expected targets that are values; those of ${loss.name} are classes`);
    return begin(cols);
  });
}

const meanLoss = (loss: Loss, finish?: (mean: number) => number): Mean =>
  new Mean(
    ({ host, p, target, rows, cols }) => loss.terms(host, p, target, 0, rows, cols, 0, 0),
    ({ cols }) => cols,
    finish,
  );

/**
 * The metrics by name, for fit and evaluate. Each is a mean over samples, weighted as the samples are. What an answer is follows from the loss: for losses
 * over classes, and for several outputs of a loss that is not of yes or no, the class with the largest output; else a yes or no for each output.
 * Each function throws ValueError for options that are unknown or out of range.
 */
export const metrics = {
  /** The fraction of right answers. */
  accuracy: (options?: ThresholdOptions): Metric =>
    thresholdMetric(
      "accuracy",
      options,
      (_, threshold) =>
        new Mean(
          (batch) => right(batch, threshold),
          (batch) => batch.answers,
        ),
    ),

  /** The fraction of samples whose class is among the k largest outputs. */
  topKAccuracy: (options: TopKOptions = {}): Metric => {
    checkOptions("topKAccuracy", options, ["k"]);
    const { k = 5 } = options;
    checkCount("topKAccuracy", "k", k);
    return new Metric("topKAccuracy", ({ loss, cols }) => {
      if (!loss.choosesClass(cols)) throw new ValueError(`topKAccuracy expected targets that are classes; those of ${loss.name} are not`);
      return new Mean(
        (batch) => rightInTop(batch, k),
        () => 1,
      );
    });
  },

  /** Of what the model says is of a class, the part that is. Of two classes that of the second, of more the mean over the classes; 0 / 0 is 0. */
  precision: (options?: ThresholdOptions): Metric => byClass("precision", options, (hits, said) => ratio(hits, said)),

  /** Of what is of a class, the part that the model says is. Classes as for precision. */
  recall: (options?: ThresholdOptions): Metric => byClass("recall", options, (hits, _, truth) => ratio(hits, truth)),

  /** The harmonic mean of precision and recall. Classes as for precision. */
  f1: (options?: ThresholdOptions): Metric => byClass("f1", options, (hits, said, truth) => ratio(2 * hits, said + truth)),

  /** How often each class (row) was taken for each (column), as sums of weights. In epochs' logs and evaluations, not in batches' logs. */
  confusionMatrix: (options?: ThresholdOptions): Metric => {
    const { name, begin } = thresholdMetric("confusionMatrix", options, (classes, threshold) => new Confusion(classes, threshold));
    return new Metric(name, begin, true);
  },

  /**
   * The area under the receiver operating characteristic of yes-or-no targets (several outputs are pooled) or of two classes, exact; NaN without one
   * of each. In epochs' logs and evaluations, not in batches' logs.
   */
  rocAuc: (): Metric =>
    new Metric(
      "rocAuc",
      (outputs) => {
        if (classesOf(outputs) !== 2) throw new ValueError(`rocAuc expected two classes or targets of yes or no, got ${outputs.cols} classes`);
        return new RocAuc();
      },
      true,
    ),

  /** The mean of |p - t|. */
  meanAbsoluteError: (): Metric => valueMetric("meanAbsoluteError", () => meanLoss(losses.meanAbsoluteError())),

  /** The root of the mean of (p - t)^2. */
  rootMeanSquaredError: (): Metric => valueMetric("rootMeanSquaredError", () => meanLoss(losses.meanSquaredError(), Math.sqrt)),

  /** The coefficient of determination; of several outputs the mean. */
  r2: (): Metric => valueMetric("r2", (cols) => new Determination(cols)),
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
  private counts: Accumulator[] = [];
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
