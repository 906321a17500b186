import {
  type Backend,
  dense,
  dropout,
  type Layer,
  type Loss,
  labelMap,
  losses,
  type Metric,
  type MetricValues,
  metrics,
  Sequential,
  scaling,
  standardScaler,
  takeRows,
} from "lanewise";
import type { Table } from "./table.js";

/** What there is to learn of a table: a class or a number. */
export interface Task {
  readonly inputs: Float32Array;
  /** Inputs a row. */
  readonly features: number;
  /** One a row: the index of its class, or a number. */
  readonly targets: Int32Array | Float32Array;
  readonly loss: Loss;
  readonly metrics: readonly Metric[];
  /** The class of each row, where every part of the rows is to have its share of each. */
  readonly stratify?: Int32Array;
  /**
   * A network for the rows that it is to be trained on, and for no other: they decide what inputs are scaled
   * by.
   */
  model(backend: Backend, rows: Int32Array, seed: number): Sequential;
  /** What each class weighs, so that together they weigh the same on these rows. */
  classWeights?(rows: Int32Array): number[];
}

/** What is told of a task. */
export type Measured = Pick<MetricValues, "accuracy" | "f1" | "rocAuc" | "rootMeanSquaredError" | "r2">;

/** The same for every table: tables are small, networks for them too. */
const hidden = (): Layer[] => [dense(32, { activation: "tanh" }), dropout(0.2)];

/** Rows to be told apart by the text of their targets. */
export function classification({ inputs, features, targets }: Table): Task {
  const { labels, indices } = labelMap(targets);
  return {
    inputs,
    features,
    targets: indices,
    loss: losses.softmaxCrossEntropy({ labelSmoothing: 0.1 }),
    metrics: [metrics.accuracy(), metrics.f1(), ...(labels.length === 2 ? [metrics.rocAuc()] : [])],
    stratify: indices,
    model(backend, rows, seed) {
      const layers = [
        standardScaler(takeRows(inputs, rows, features), features),
        ...hidden(),
        dense(labels.length),
      ];
      return new Sequential(backend, { inputShape: features, seed, labels, layers });
    },
    classWeights(rows) {
      const classes = takeRows(indices, rows);
      return labels.map(
        (_, index) => rows.length / (labels.length * classes.filter((one) => one === index).length),
      );
    },
  };
}

/** Rows whose targets are numbers. */
export function regression({ inputs, features, targets }: Table): Task {
  const values = Float32Array.from(targets, Number);
  return {
    inputs,
    features,
    targets: values,
    loss: losses.meanSquaredError(),
    metrics: [metrics.rootMeanSquaredError(), metrics.r2()],
    model(backend, rows, seed) {
      const layers = [
        standardScaler(takeRows(inputs, rows, features), features),
        ...hidden(),
        dense(1),
        unitsOf(takeRows(values, rows)),
      ];
      return new Sequential(backend, { inputShape: features, seed, layers });
    },
  };
}

/** From outputs around 0 to the targets' own unit: a scaling undone. */
function unitsOf(targets: Float32Array): Layer {
  const mean = targets.reduce((sum, value) => sum + value, 0) / targets.length;
  const deviation = Math.sqrt(targets.reduce((sum, value) => sum + (value - mean) ** 2, 0) / targets.length);
  return scaling({ mean: [-mean / deviation], deviation: [1 / deviation] });
}
