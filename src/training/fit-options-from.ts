import { checkNumber, checkOptions, show } from "../core/check.js";
import { checkDescription, type NamedConfig, reading, within } from "../core/describe.js";
import { ValueError } from "../core/errors.js";
import { type LossSpec, lossAt } from "../losses/loss-from.js";
import { type MetricSpec, metricAt } from "../metrics/metric-from.js";
import { isRecord } from "../network/each-of.js";
import { type OptimizerSpec, optimizerAt } from "../optimizers/optimizer-from.js";
import { type FitOptions, settingsFrom } from "./options.js";

type AnyLoss = LossSpec | NamedConfig;
type AnyMetric = MetricSpec | NamedConfig;

/** The options of `fit` as JSON, with the meanings and the defaults that FitOptions has. */
export interface FitSpec
  extends Pick<
    FitOptions,
    | "epochs"
    | "batchSize"
    | "accumulate"
    | "shuffle"
    | "groupByLength"
    | "truncatedBackpropagation"
    | "validationSplit"
    | "earlyStopping"
    | "classWeights"
    | "lossWeights"
  > {
  /**
   * A loss as `lossFrom` takes it. Of several outputs an array, or an object by their names; an output that
   * is called "name" needs the array.
   */
  loss: AnyLoss | readonly AnyLoss[] | Readonly<Record<string, AnyLoss>>;
  /** Metrics as `metricFrom` takes them. Of several outputs an array for each. */
  metrics?:
    | readonly AnyMetric[]
    | readonly (readonly AnyMetric[])[]
    | Readonly<Record<string, readonly AnyMetric[]>>;
  /** An optimizer as `optimizerFrom` takes it. A new one is made. */
  optimizer?: OptimizerSpec | NamedConfig;
}

const WHO = "fitOptionsFrom";

/**
 * The options of `fit` that JSON describes. Data, weights of samples, callbacks and a signal are added in the
 * program: `{ ...fitOptionsFrom(json), callbacks }`.
 *
 * @example
 * const options = fitOptionsFrom({
 *   loss: "softmaxCrossEntropy",
 *   metrics: ["accuracy", { name: "topKAccuracy", k: 3 }],
 *   optimizer: { name: "adam", learningRate: 0.01 },
 *   epochs: 20,
 * });
 * console.log(options.epochs, Object.keys(options).length); // 20 4
 *
 * @throws ValueError for what is unknown, missing or out of range, with its place: `optimizer.learningRate`
 */
export const fitOptionsFrom = (json: FitSpec): FitOptions =>
  reading(WHO, json, () => {
    checkDescription(WHO, json);
    checkOptions(WHO, json, [
      "loss",
      "lossWeights",
      "metrics",
      "optimizer",
      "epochs",
      "batchSize",
      "accumulate",
      "shuffle",
      "groupByLength",
      "truncatedBackpropagation",
      "validationSplit",
      "earlyStopping",
      "classWeights",
    ]);
    const { loss, metrics, optimizer } = json as unknown as FitSpec;
    checkNumbers("lossWeights", json.lossWeights);
    checkNumbers("classWeights", json.classWeights);
    if (metrics !== undefined && !Array.isArray(metrics)) checkDescription(within(WHO, "metrics"), metrics);
    const options = {
      ...json,
      loss: each(within(WHO, "loss"), loss, lossAt, 1),
      ...(metrics !== undefined && { metrics: each(within(WHO, "metrics"), metrics, metricAt, 2) }),
      ...(optimizer !== undefined && { optimizer: optimizerAt(within(WHO, "optimizer"), optimizer) }),
    } as FitOptions;
    settingsFrom(options, undefined);
    return options;
  });

/** One of a thing, or a list or an object of them, at most so deep. */
function each(
  place: string,
  json: unknown,
  make: (place: string, json: unknown) => unknown,
  depth: number,
): unknown {
  if (depth > 0 && Array.isArray(json))
    return json.map((one, i) => each(`${place}[${i}]`, one, make, depth - 1));
  if (depth === 0 || !isRecord(json) || Object.hasOwn(json, "name")) return make(place, json);
  return Object.fromEntries(
    Object.entries(json).map(([key, one]) => [key, each(within(place, key), one, make, depth - 1)]),
  );
}

/** An array or an object of numbers of at least 0, or nothing. @throws ValueError */
function checkNumbers(what: string, json: unknown): void {
  if (json === undefined) return;
  if (json === null || typeof json !== "object")
    throw new ValueError(`fit expected ${what} to be an array or an object of numbers, got ${show(json)}`);
  for (const [key, value] of Object.entries(json)) checkNumber("fit", `${what}.${key}`, value, 0);
}
