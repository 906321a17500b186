import { resolve } from "../core/by-name.js";
import { checkCount, checkNumber, checkOptions, show } from "../core/check.js";
import type { NamedConfig } from "../core/describe.js";
import { ValueError } from "../core/errors.js";
import type { Host } from "../core/host.js";
import type { Pointer } from "../core/kernels.js";
import type { OutputRange } from "../layers/output-range.js";
import type { Loss } from "../losses/loss.js";
import type { RowsOfSample, TargetPlace } from "../losses/targets.js";
import { largest } from "../network/rows.js";
import { areaUnderRoc, f1Of, precisionOf, r2Of, ratio, recallOf } from "./formulas.js";

/** The value of each metric. */
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

/** The name of a metric. */
export type MetricName = keyof MetricValues;

/** Of several outputs the loss and the metrics of each, under its name: priceLoss, priceR2 … */
export type OutputScores = {
  [Name in "loss" | MetricName as `${string}${Capitalize<Name>}`]?: Name extends MetricName
    ? MetricValues[Name]
    : number;
};

/** The loss, and of the metrics those that were asked for. */
export type Scores = { loss: number } & Partial<MetricValues> & OutputScores;

/** The numbers that a metric has counted, of which its value is made. A checkpoint keeps them. */
export type Sums = readonly (Float64Array | number[])[];

/** A metric over the batches that were added to it. */
interface Count {
  readonly sums: Sums;
  add(batch: Batch): void;
  value(): number | number[][];
}

/**
 * A measure of the predictions, for people to read. From `metrics`.
 *
 * @example
 * const strict = metrics.precision({ threshold: 0.9 });
 * console.log(strict.name, strict instanceof Metric); // precision true
 */
export class Metric {
  /** @internal */
  constructor(
    readonly name: MetricName,
    /**
     * @internal Begins a count over batches such as this. @throws ValueError for outputs that the metric is
     * not for
     */
    readonly begin: (batch: Batch) => Count,
    /** @internal Whether its value takes work that is worth it once an epoch, not once a batch. */
    readonly ofEpoch = false,
    /** @internal Whether its value is a number, which can be monitored. */
    readonly isNumber = true,
    private readonly options?: object,
  ) {}

  /** The name and the options as JSON, for `metricFrom`. */
  get config(): NamedConfig {
    return { name: this.name, ...this.options };
  }

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "Metric";
  }
}

/** @internal A batch as metrics see it: views of linear memory that are good until the next one. */
class Batch {
  rows = 0;
  outputs!: Float32Array;
  /** The targets: as values, of which there are none for class indices, and as those. */
  private values!: Float32Array;
  private labels!: Int32Array;
  private weights!: Float32Array;
  /** Whether an answer is a class and there is one a row, or a yes or no for each output. */
  readonly chooses: boolean;
  /** How many classes an answer may be of. Yes is the class 1. */
  readonly classes: number;

  constructor(
    readonly loss: Loss,
    readonly cols: number,
    private readonly range: OutputRange | undefined,
  ) {
    this.chooses = loss.choosesClass(cols);
    this.classes = this.chooses ? cols : 2;
  }

  /** @throws ValueError for a loss and outputs of values, of which none is a right or a wrong answer */
  checkAnswers(who: string): void {
    const { loss, range } = this;
    if (loss.separates(range)) return;
    throw new ValueError(
      `${who} expected answers that are right or wrong; ${loss.name} after ${range?.from} gives values: use metrics.rootMeanSquaredError() or metrics.r2(), or a metric with a threshold such as metrics.accuracy({ threshold: 0.5 }) if this is meant`,
    );
  }

  set(host: Host, p: Pointer, { values, labels, weights }: TargetPlace, rows: number): void {
    const n = rows * this.cols;
    this.rows = rows;
    this.outputs = host.floats(p, n);
    this.values = host.floats(values, values && n);
    this.labels = host.integers(labels, labels && rows);
    this.weights = host.floats(weights, weights && rows);
  }

  /**
   * Hands over each answer: the class that the model says, the class in truth, the weight, and the number of
   * the answer.
   */
  answers(threshold: number, see: (said: number, truth: number, weight: number, i: number) => void): void {
    const { rows, cols, outputs, values, labels, weights, chooses } = this;
    const each = chooses ? 1 : cols;
    for (let i = 0; i < rows * each; i++) {
      const at = i * cols;
      const said = chooses ? largest(outputs, at, cols) : Number(outputs[i] > threshold);
      const truth = !values.length
        ? labels[i]
        : chooses
          ? largest(values, at, cols)
          : Number(values[i] > 0.5);
      see(said, truth, weights.length ? weights[Math.floor(i / each)] : 1, i);
    }
  }

  /** Hands over each output: the error, the target, the weight, and the column. */
  errors(see: (error: number, target: number, weight: number, col: number) => void): void {
    const { cols, outputs, values, weights } = this;
    for (let i = 0; i < outputs.length; i++)
      see(values[i] - outputs[i], values[i], weights.length ? weights[Math.floor(i / cols)] : 1, i % cols);
  }
}

/** The options of metrics that compare a probability with a threshold. */
export interface ThresholdOptions {
  /**
   * An output above this says yes. Default: that of the loss, one half for probabilities and 0 for logits.
   */
  threshold?: number;
}

/** The options of top-k accuracy. */
export interface TopKOptions {
  /** Default 5. */
  k?: number;
}

/** A metric of answers that a threshold decides. */
function ofAnswers(
  name: MetricName,
  options: ThresholdOptions | undefined,
  begin: (classes: number) => Omit<Count, "add"> & {
    see: (said: number, truth: number, weight: number) => void;
  },
  ofEpoch?: boolean,
): Metric {
  checkOptions(name, options, ["threshold"]);
  const threshold = options?.threshold;
  if (threshold !== undefined) checkNumber(name, "threshold", threshold, Number.NEGATIVE_INFINITY);
  return new Metric(
    name,
    (batch) => {
      if (threshold === undefined) batch.checkAnswers(name);
      const { classes, loss } = batch;
      const { see, ...count } = begin(classes);
      return { add: (batch) => batch.answers(threshold ?? loss.formula.threshold ?? 0.5, see), ...count };
    },
    ofEpoch,
    !ofEpoch,
    options,
  );
}

/**
 * A score of the weight of a class's answers: of those that are right, that say it, that are of it. Of two
 * classes, or of yes and no, the result is that of the second; of more the mean over those that occur, as
 * predictions or in truth (scikit-learn's "binary" and "macro").
 */
const ofClasses = (
  name: MetricName,
  options: ThresholdOptions | undefined,
  score: (hits: number, said: number, truth: number) => number,
): Metric =>
  ofAnswers(name, options, (classes) => {
    const sums = [0, 0, 0].map(() => new Float64Array(classes));
    const [hits, says, truths] = sums;
    return {
      sums,
      see(said, truth, weight) {
        says[said] += weight;
        truths[truth] += weight;
        if (said === truth) hits[said] += weight;
      },
      value() {
        let [total, occurring] = [0, 0];
        for (let k = classes === 2 ? 1 : 0; k < classes; k++) {
          if (classes > 2 && says[k] + truths[k] === 0) continue;
          total += score(hits[k], says[k], truths[k]);
          occurring++;
        }
        return ratio(total, occurring);
      },
    };
  });

/**
 * A metric of values. Of a column the score is of the weights' sum, the weighted sums of |t - p| and of (t -
 * p)^2, and that of (t - mean t)^2; the mean over the columns is finished by `finish`. @throws ValueError
 * when begun for a loss over classes, whose targets are none
 */
const ofValues = (
  name: MetricName,
  score: (weight: number, absolute: number, square: number, spread: number) => number,
  finish = (mean: number): number => mean,
): Metric =>
  new Metric(name, ({ loss, cols }) => {
    if (loss.overClasses)
      throw new ValueError(`${name} expected targets that are values; those of ${loss.name} are classes`);
    const sums = [0, 0, 0, 0, 0].map(() => new Float64Array(cols));
    const [weights, absolutes, squares, spreads, means] = sums;
    return {
      sums,
      // Welford's update: it loses no digits where targets are far from 0.
      add: (batch) =>
        batch.errors((error, target, weight, j) => {
          const before = target - means[j];
          weights[j] += weight;
          absolutes[j] += weight * Math.abs(error);
          squares[j] += weight * error * error;
          means[j] += ratio(weight, weights[j]) * before;
          spreads[j] += weight * before * (target - means[j]);
        }),
      value: () =>
        finish(
          weights.reduce(
            (total, weight, j) => total + score(weight, absolutes[j], squares[j], spreads[j]),
            0,
          ) / cols,
        ),
    };
  });

/** The fraction of what was added that was right. */
function fraction() {
  /** What was right, and all. */
  const sums = new Float64Array(2);
  return {
    sums: [sums],
    see(said: number, truth: number, weight: number) {
      if (said === truth) sums[0] += weight;
      sums[1] += weight;
    },
    value: () => ratio(sums[0], sums[1]),
  };
}

const accuracy = (options?: ThresholdOptions): Metric => ofAnswers("accuracy", options, fraction);

/**
 * The metrics, for fit and evaluate. Each is a mean over samples, weighted as the samples are. What an answer
 * is follows from the loss: for losses over classes, and for several outputs of a loss that is not of yes or
 * no, the class with the largest output; else a yes or no for each output. Each function throws ValueError
 * for options that are unknown or out of range.
 *
 * @example
 * const model = new Sequential(backend, { inputShape: 2, layers: [dense(3, { activation: "softmax" })] });
 * const scores = model.evaluate([[0, 1], [1, 0]], [2, 0], {
 *   loss: "categoricalCrossEntropy", metrics: [metrics.topKAccuracy({ k: 3 })],
 * });
 * console.log(scores.topKAccuracy); // 1
 */
export const metrics = {
  /** The fraction of right answers. */
  accuracy,

  /**
   * The fraction of samples whose class is among the k largest outputs; of equal ones the first is the
   * larger. An output that is NaN is never right.
   */
  topKAccuracy: (options: TopKOptions = {}): Metric => {
    const name = "topKAccuracy";
    checkOptions(name, options, ["k"]);
    const { k = 5 } = options;
    checkCount(name, "k", k);
    const begin = (batch: Batch): Count => {
      const { loss, chooses, cols } = batch;
      batch.checkAnswers(name);
      if (!chooses)
        throw new ValueError(`${name} expected targets that are classes; those of ${loss.name} are not`);
      const { see, ...count } = fraction();
      return {
        ...count,
        add: (batch) =>
          batch.answers(0, (_said, truth, weight, i) => {
            const outputs = batch.outputs.subarray(i * cols, (i + 1) * cols);
            const own = outputs[truth];
            const above = outputs.reduce(
              (count, other, j) => count + Number(!(j < truth ? other < own : other <= own)),
              0,
            );
            see(Number(above < k && !Number.isNaN(own)), 1, weight);
          }),
      };
    };
    return new Metric(name, begin, false, true, options);
  },

  /**
   * Of what the model says is of a class, the part that is. Of two classes that of the second, of more the
   * mean over the classes; 0 / 0 is 0.
   */
  precision: (options?: ThresholdOptions): Metric => ofClasses("precision", options, precisionOf),

  /** Of what is of a class, the part that the model says is. Classes as for precision. */
  recall: (options?: ThresholdOptions): Metric =>
    ofClasses("recall", options, (hits, _, truth) => recallOf(hits, truth)),

  /** The harmonic mean of precision and recall. Classes as for precision. */
  f1: (options?: ThresholdOptions): Metric => ofClasses("f1", options, f1Of),

  /**
   * How often each class (row) was taken for each (column), as sums of weights. In epochs' logs and
   * evaluations, not in batches' logs.
   */
  confusionMatrix: (options?: ThresholdOptions): Metric =>
    ofAnswers(
      "confusionMatrix",
      options,
      (classes) => {
        const counts = Array.from({ length: classes }, () => new Float64Array(classes));
        return {
          sums: counts,
          see(said, truth, weight) {
            counts[truth][said] += weight;
          },
          value: () => counts.map((row) => [...row]),
        };
      },
      true,
    ),

  /**
   * The area under the receiver operating characteristic of yes-or-no targets (several outputs are pooled) or
   * of two classes: the chance that a yes has a larger output than a no, equal ones counting half, over all
   * pairs of the two (Hanley and McNeil 1982). Exact; NaN without one of each. In epochs' logs and
   * evaluations, not in batches' logs.
   */
  rocAuc: (): Metric =>
    new Metric(
      "rocAuc",
      (batch) => {
        const { classes, chooses } = batch;
        batch.checkAnswers("rocAuc");
        if (classes !== 2)
          throw new ValueError(`rocAuc expected two classes or targets of yes or no, got ${classes} classes`);
        const sums: number[][] = [[], [], []];
        const [scores, truths, weights] = sums;
        return {
          sums,
          add: (batch) =>
            batch.answers(0, (_said, truth, weight, i) => {
              const { outputs } = batch;
              scores.push(chooses ? outputs[2 * i + 1] - outputs[2 * i] : outputs[i]);
              truths.push(truth);
              weights.push(weight);
            }),
          value: () => areaUnderRoc(scores, truths, weights),
        };
      },
      true,
    ),

  /** The mean of |p - t|. */
  meanAbsoluteError: (): Metric =>
    ofValues("meanAbsoluteError", (weight, absolute) => ratio(absolute, weight)),

  /** The root of the mean of (p - t)^2. */
  rootMeanSquaredError: (): Metric =>
    ofValues("rootMeanSquaredError", (weight, _, square) => ratio(square, weight), Math.sqrt),

  /**
   * The coefficient of determination; of several outputs the mean. Where the targets are all equal 1 if the
   * predictions are too, else 0.
   */
  r2: (): Metric => ofValues("r2", (_weight, _absolute, square, spread) => r2Of(square, spread)),
} satisfies Record<MetricName, (options?: never) => Metric>;

/**
 * Only this has a name that fit knows: with it it is in every bundle that has fit, and the others only where
 * `metrics` is imported.
 */
const named = { accuracy };

/** Keras's short names for some of them. */
export const short = { acc: accuracy };

/** A metric with its defaults, by name: one of `metrics`. */
export type NamedMetric = keyof typeof named;

/** A metric with its defaults, by the short name that Keras has for it. */
export type MetricAlias = keyof typeof short;

/**
 * @internal The metrics of a call, checked against the loss and the number of outputs.
 * @throws ValueError for what is none, with the list of those that have a name, and for one that is not for
 * such outputs
 */
export function resolveMetrics(
  who: string,
  wanted: unknown,
  loss: Loss,
  cols: number,
  range: OutputRange | undefined,
): Metric[] {
  if (!Array.isArray(wanted))
    throw new ValueError(`${who} expected metrics to be an array such as ["accuracy"], got ${show(wanted)}`);
  const seen = new Set<string>();
  return wanted.map((given: unknown) => {
    const metric = resolve(who, "a metric", "metrics.rocAuc()", given, Metric, named, short);
    if (seen.has(metric.name))
      throw new ValueError(`${who} expected each metric once, got ${metric.name} twice`);
    seen.add(metric.name);
    try {
      metric.begin(new Batch(loss, cols, range));
    } catch (error) {
      throw error instanceof ValueError ? new ValueError(`${who}: ${error.message}`) : error;
    }
    return metric;
  });
}

/** The sum of the loss's name among those of metrics: how many rows count, where not all do. */
const COUNTED = "loss";

/** @internal Loss and metrics over the batches that were added. */
export class Tally {
  /** The samples that were added, the rows of them that count, and the sum of the loss's terms over those. */
  samples = 0;
  private counted = 0;
  terms = 0;
  private counts: Count[] = [];
  private readonly batch: Batch;

  constructor(
    loss: Loss,
    private readonly of: RowsOfSample,
    private readonly metrics: readonly Metric[],
    range: OutputRange | undefined,
    /** Makes outputs of the logits of so many rows, in their place, where that is what comes. */
    private readonly activate: ((logits: Pointer, rows: number) => void) | undefined,
  ) {
    this.batch = new Batch(loss, of.cols, range);
    this.reset();
  }

  reset(): void {
    this.samples = 0;
    this.counted = 0;
    this.terms = 0;
    this.counts = this.metrics.map(({ begin }) => begin(this.batch));
  }

  /** The numbers that each metric has counted, by its name: they go on changing. */
  get sums(): Readonly<Record<string, Sums>> {
    const { samples, counted, of, counts } = this;
    const sums = Object.fromEntries(
      this.metrics.map(({ name }, i): [string, Sums] => [name, counts[i].sums]),
    );
    return counted === samples * of.each ? sums : { ...sums, [COUNTED]: [[counted]] };
  }

  /** Goes on from what was counted before. A metric that was not counted, or not of such outputs, begins. */
  restore(kept: Readonly<Record<string, Sums>>): void {
    this.counted = kept[COUNTED]?.[0][0] ?? this.samples * this.of.each;
    this.metrics.forEach(({ name }, i) => {
      const { sums } = this.counts[i];
      const saved = kept[name];
      const fits = (to: Float64Array | number[], k: number) =>
        saved[k] && (Array.isArray(to) || to.length === saved[k].length);
      if (!saved || !sums.every(fits)) return;
      for (const [k, to] of sums.entries()) for (const [j, value] of saved[k].entries()) to[j] = value;
    });
  }

  /**
   * A batch: the predictions at p, or logits that may become them, their targets, the sum of the loss's terms
   * over them, how many of their rows count, and how many rows a sample has.
   */
  add(
    host: Host,
    p: Pointer,
    target: TargetPlace,
    samples: number,
    terms: number,
    counted: number,
    each: number,
  ): void {
    this.samples += samples;
    this.counted += counted;
    this.terms += terms;
    if (this.counts.length === 0) return;
    this.activate?.(p, samples * each);
    this.batch.set(host, p, target, samples * each);
    for (const count of this.counts) count.add(this.batch);
  }

  /**
   * The loss over all rows added, with its reduction, and the metrics; in the midst of an epoch without those
   * that are of a whole one.
   */
  values(ofEpoch = true): Scores {
    const { loss, cols } = this.batch;
    const factor = loss.factor(this.counted, cols, this.samples);
    const values: Record<string, number | number[][]> = { loss: this.terms * factor };
    this.metrics.forEach((metric, i) => {
      if (ofEpoch || !metric.ofEpoch) values[metric.name] = this.counts[i].value();
    });
    return values as Scores;
  }
}
