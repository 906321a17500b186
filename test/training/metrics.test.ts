import { beforeAll, describe, expect, it } from "vitest";
import {
  type BatchLog,
  createBackendSync,
  dense,
  type EvaluateOptions,
  type LossName,
  losses,
  type Metric,
  type MetricName,
  metrics,
  Sequential,
  sgd,
  type Targets,
} from "../../src/index.js";
import { iris } from "../reference/data.js";
import { Random } from "../support/random.js";

/**
 * Each metric against its definition, computed here by pairs and loops in float64 over all samples at once.
 * The model is the identity, so that predictions are the inputs; 700 samples are three chunks of evaluate.
 * Counts are exact, means to 1e-12, those of float32 kernels to 1e-6.
 */
const backend = createBackendSync();
const ROWS = 700;
const random = new Random(20261123);

function identity(outputs: number): Sequential {
  const model = new Sequential(backend, {
    inputShape: outputs,
    layers: [dense(outputs, { useBias: false })],
  });
  model.parameters[0].value.set(
    Array.from({ length: outputs * outputs }, (_, i) => Number(i % (outputs + 1) === 0)),
  );
  return model;
}

/** Of most metrics the name is none that evaluate knows. */
const made = (wanted: readonly (Metric | MetricName)[]): Metric[] =>
  wanted.map((metric) => (typeof metric === "string" ? metrics[metric]() : metric));

function score(
  outputs: number,
  loss: LossName,
  p: Float32Array,
  y: Targets,
  wanted: readonly (Metric | MetricName)[],
  options: Partial<EvaluateOptions> = {},
) {
  using model = identity(outputs);
  // Its outputs are those of no activation, whatever they are.
  const any = losses[loss]({ allowMismatch: true });
  return model.evaluate(p, y, { loss: any, metrics: made(wanted), ...options });
}

const close = (got: number | undefined, expected: number, bound = 1e-12): void => {
  expect(Math.abs((got ?? Number.NaN) - expected)).toBeLessThanOrEqual(bound);
};
const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);
const argmax = (row: ArrayLike<number>): number =>
  Array.from(row).reduce((best, value, j, all) => (value > all[best] ? j : best), 0);
const rowsOf = (flat: Float32Array, cols: number): Float32Array[] =>
  Array.from({ length: flat.length / cols }, (_, i) => flat.subarray(i * cols, (i + 1) * cols));

/** Weights of quarters: sums of them are exact, whatever their order. */
const weights = Float32Array.from({ length: ROWS }, () => random.integer(9) / 4);
const classes = Int32Array.from({ length: ROWS }, () => random.integer(4));
/** Of few different values, so that some are equal. */
const logits = Float32Array.from(
  { length: ROWS * 4 },
  (_, i) => random.integer(7) / 2 + Number(classes[Math.floor(i / 4)] === i % 4),
);

describe.each([
  ["without weights", undefined],
  ["with weights", weights],
])("of four classes, %s", (_, sampleWeights) => {
  const w = (i: number) => sampleWeights?.[i] ?? 1;
  const total = sum(Array.from({ length: ROWS }, (_, i) => w(i)));
  const said = rowsOf(logits, 4).map(argmax);
  const weightWhere = (holds: (i: number) => boolean) =>
    sum(Array.from({ length: ROWS }, (_, i) => (holds(i) ? w(i) : 0)));
  const confusion = Array.from({ length: 4 }, (_, t) =>
    Array.from({ length: 4 }, (_, s) => weightWhere((i) => classes[i] === t && said[i] === s)),
  );
  const wanted = ["accuracy", "precision", "recall", "f1", "confusionMatrix"] as const;

  it.each([
    ["class indices", classes],
    [
      "one-hot targets",
      Float32Array.from({ length: ROWS * 4 }, (_, i) => Number(classes[Math.floor(i / 4)] === i % 4)),
    ],
  ])("accuracy, precision, recall, f1 and the confusion matrix with %s", (_, y) => {
    const scores = score(4, "softmaxCrossEntropy", logits, y, [...wanted], { sampleWeights });
    expect(scores.confusionMatrix).toEqual(confusion);
    close(scores.accuracy, sum(confusion.map((row, k) => row[k])) / total);
    const column = (k: number) => sum(confusion.map((row) => row[k]));
    const mean = (of: (k: number) => number) => sum([0, 1, 2, 3].map(of)) / 4;
    close(
      scores.precision,
      mean((k) => confusion[k][k] / column(k)),
    );
    close(
      scores.recall,
      mean((k) => confusion[k][k] / sum(confusion[k])),
    );
    close(
      scores.f1,
      mean((k) => (2 * confusion[k][k]) / (column(k) + sum(confusion[k]))),
    );
  });

  it.each([1, 2, 3, 4, 5])(
    "topKAccuracy for k = %i: the class is among the first k of a stable sort",
    (k) => {
      const inTop = (i: number) =>
        [0, 1, 2, 3]
          .sort((a, b) => logits[i * 4 + b] - logits[i * 4 + a] || a - b)
          .slice(0, k)
          .includes(classes[i]);
      close(
        score(4, "softmaxCrossEntropy", logits, classes, [metrics.topKAccuracy({ k })], { sampleWeights })
          .topKAccuracy,
        weightWhere(inTop) / total,
      );
    },
  );
});

describe.each([
  ["without weights", undefined],
  ["with weights", weights],
])("of yes and no, %s", (_, sampleWeights) => {
  const w = (i: number) => sampleWeights?.[i] ?? 1;
  const truth = classes.map((k) => Number(k > 2));
  const p = Float32Array.from(truth, (t) => (random.integer(30) + 8 * t) / 40);
  const part = (of: (i: number) => boolean, within: (i: number) => boolean) => {
    let [hits, all] = [0, 0];
    for (let i = 0; i < ROWS; i++) {
      if (!within(i)) continue;
      all += w(i);
      if (of(i)) hits += w(i);
    }
    return hits / all;
  };

  it.each([undefined, 0.3])("accuracy, precision, recall and f1 of the yes, threshold %s", (threshold) => {
    const yes = (i: number) => p[i] > Math.fround(threshold ?? 0.5);
    const options = threshold === undefined ? undefined : { threshold: Math.fround(threshold) };
    const wanted = [
      metrics.accuracy(options),
      metrics.precision(options),
      metrics.recall(options),
      metrics.f1(options),
    ];
    const scores = score(1, "binaryCrossEntropy", p, truth, wanted, { sampleWeights });
    close(
      scores.accuracy,
      part(
        (i) => yes(i) === (truth[i] === 1),
        () => true,
      ),
    );
    const precision = part((i) => truth[i] === 1, yes);
    const recall = part(yes, (i) => truth[i] === 1);
    close(scores.precision, precision);
    close(scores.recall, recall);
    close(scores.f1, (2 * precision * recall) / (precision + recall));
  });

  it("rocAuc is the part of all pairs of a yes and a no that are in order, ties half, for one output and for two classes", () => {
    let [pairs, inOrder] = [0, 0];
    for (let i = 0; i < ROWS; i++) {
      for (let j = 0; j < ROWS; j++) {
        if (truth[i] !== 1 || truth[j] !== 0) continue;
        pairs += w(i) * w(j);
        inOrder += w(i) * w(j) * (p[i] > p[j] ? 1 : p[i] === p[j] ? 0.5 : 0);
      }
    }
    close(score(1, "binaryCrossEntropy", p, truth, ["rocAuc"], { sampleWeights }).rocAuc, inOrder / pairs);
    const two = Float32Array.from({ length: 2 * ROWS }, (_, i) => (i % 2 ? p[i >> 1] : 0));
    close(score(2, "softmaxCrossEntropy", two, truth, ["rocAuc"], { sampleWeights }).rocAuc, inOrder / pairs);
  });

  it("of values: the mean absolute error, the root of the mean square, and r2 as a mean over the outputs", () => {
    // Targets far from 0, where sums of squares would lose the spread.
    const t = Float32Array.from({ length: ROWS * 2 }, (_, i) => 1000 + (i % 2) * 5000 + random.float());
    const predictions = t.map((value) => value + random.float() / 4);
    const scores = score(
      2,
      "meanSquaredError",
      predictions,
      t,
      ["meanAbsoluteError", "rootMeanSquaredError", "r2"],
      { sampleWeights },
    );
    const all = Array.from({ length: ROWS }, (_, i) => i);
    const total = sum(all.map(w));
    const meanOf = (term: (i: number, j: number) => number, j: number) =>
      sum(all.map((i) => w(i) * term(i, j))) / total;
    const both = (of: (j: number) => number) => (of(0) + of(1)) / 2;
    const error = (i: number, j: number) => predictions[i * 2 + j] - t[i * 2 + j];
    const absolute = both((j) => meanOf((i, j) => Math.abs(error(i, j)), j));
    close(scores.meanAbsoluteError, absolute, 1e-6 * absolute);
    const square = Math.sqrt(both((j) => meanOf((i, j) => error(i, j) ** 2, j)));
    close(scores.rootMeanSquaredError, square, 1e-6 * square);
    const r2 = both((j) => {
      const mean = meanOf((i) => t[i * 2 + j], j);
      return 1 - meanOf((i) => error(i, j) ** 2, j) / meanOf((i) => (t[i * 2 + j] - mean) ** 2, j);
    });
    close(scores.r2, r2, 1e-9);
  });
});

describe("rocAuc", () => {
  const auc = (p: number[], y: number[], loss: LossName = "binaryCrossEntropyWithLogits") =>
    score(1, loss, Float32Array.from(p), y, ["rocAuc"]).rocAuc;

  it("orders negative, zero of either sign, subnormal and infinite scores", () => {
    const scores = [
      Number.NEGATIVE_INFINITY,
      -3e38,
      -1,
      -1e-40,
      0,
      1e-45,
      1e-40,
      1,
      3e38,
      Number.POSITIVE_INFINITY,
    ];
    for (let at = 1; at < scores.length; at++) {
      const y = scores.map((_, i) => Number(i >= at));
      // evaluate takes infinite inputs: the identity of one output leaves them as they are.
      expect(auc([...scores].reverse(), [...y].reverse())).toBe(1);
    }
    expect(auc([0, -0], [1, 0])).toBe(0.5);
    expect(auc([-0, 0], [1, 0])).toBe(0.5);
  });

  it("is NaN with a NaN, and without one of each", () => {
    expect(auc([Number.NaN, 1], [0, 1])).toBeNaN();
    expect(auc([0, 1], [1, 1])).toBeNaN();
  });
});

describe("edges", () => {
  it("precision without a yes said, and recall without a yes, are 0", () => {
    const { precision, recall } = score(
      1,
      "binaryCrossEntropy",
      Float32Array.of(0.1, 0.2),
      [0, 1],
      ["precision", "recall"],
    );
    expect([precision, recall]).toEqual([0, 0]);
    expect(score(1, "binaryCrossEntropy", Float32Array.of(0.6, 0.7), [0, 0], ["recall"]).recall).toBe(0);
  });

  it("classes that neither occur nor are said are left out of the mean", () => {
    const p = Float32Array.of(1, 0, 0, 0, /**/ 0, 1, 0, 0);
    expect(score(4, "softmaxCrossEntropy", p, [0, 0], ["recall"]).recall).toBe((1 / 2 + 0) / 2);
  });

  it("r2 of equal targets is 1 where all are met and 0 otherwise", () => {
    expect(score(1, "meanSquaredError", Float32Array.of(2, 2), [2, 2], ["r2"]).r2).toBe(1);
    expect(score(1, "meanSquaredError", Float32Array.of(2, 3), [2, 2], ["r2"]).r2).toBe(0);
  });

  it("an output of NaN is in no top k", () => {
    expect(
      score(2, "softmaxCrossEntropy", Float32Array.of(Number.NaN, 1), [0], [metrics.topKAccuracy({ k: 2 })])
        .topKAccuracy,
    ).toBe(0);
  });

  it.each([
    [
      ["f2"],
      "softmaxCrossEntropy",
      /evaluate expected a metric to be accuracy or made as by metrics.rocAuc\(\), got "f2"/,
    ],
    [["f1"], "softmaxCrossEntropy", /got "f1"/],
    [[metrics.f1(), metrics.f1({ threshold: 1 })], "softmaxCrossEntropy", /each metric once, got f1 twice/],
    ["f1", "softmaxCrossEntropy", /metrics to be an array/],
    [
      [metrics.rocAuc()],
      "softmaxCrossEntropy",
      /rocAuc expected two classes or targets of yes or no, got 3 classes/,
    ],
    [
      [metrics.topKAccuracy()],
      "binaryCrossEntropy",
      /topKAccuracy expected targets that are classes; those of binaryCrossEntropy are not/,
    ],
    [
      [metrics.r2()],
      "softmaxCrossEntropy",
      /r2 expected targets that are values; those of softmaxCrossEntropy are classes/,
    ],
  ])("%s with %s is refused", (wanted, loss, message) => {
    using model = identity(3);
    expect(() =>
      model.evaluate([[1, 2, 3]], [[1, 0, 0]], {
        loss: losses[loss as LossName]({ allowMismatch: true }),
        metrics: wanted as Metric[],
      }),
    ).toThrow(message);
  });

  it.each([
    [() => metrics.topKAccuracy({ k: 0 }), /k to be an integer of at least 1, got 0/],
    [() => metrics.accuracy({ threshold: Number.NaN }), /threshold to be a finite number, got NaN/],
    [() => metrics.recall({ treshold: 1 } as object), /unknown option "treshold"/],
  ])("options out of range are refused", (make, message) => {
    expect(make).toThrow(message);
  });
});

describe("while training", () => {
  const { x, y } = iris();
  const make = () => new Sequential(backend, { inputShape: 4, seed: 3, layers: [dense(3)] });
  const wanted = [
    "accuracy",
    metrics.topKAccuracy({ k: 2 }),
    metrics.f1(),
    metrics.confusionMatrix(),
  ] as const;
  const logs: BatchLog[] = [];

  beforeAll(async () => {
    using model = make();
    await model.fit(x, y, {
      loss: "softmaxCrossEntropy",
      optimizer: sgd(),
      shuffle: false,
      epochs: 1,
      metrics: wanted,
      onBatchEnd: (log) => void logs.push(log),
    });
  });

  it("metrics are of each batch before its step: the first batch's are those of the model as it was", async () => {
    using model = make();
    const first = model.evaluate(x.subarray(0, 32 * 4), y.subarray(0, 32), {
      loss: "softmaxCrossEntropy",
      metrics: wanted,
    });
    const { loss, accuracy, topKAccuracy, f1 } = logs[0];
    expect([accuracy, topKAccuracy, f1]).toEqual([first.accuracy, first.topKAccuracy, first.f1]);
    expect(Math.abs(loss - first.loss)).toBeLessThan(1e-6);
  });

  it("a learning rate that moves nothing leaves the epoch's metrics those of evaluate, and validation's have their prefix", async () => {
    using model = make();
    const options = { loss: "softmaxCrossEntropy", metrics: wanted } as const;
    const { epochs } = await model.fit(x, y, {
      ...options,
      optimizer: sgd({ learningRate: 1e-30 }),
      validationData: [x, y],
      batchSize: 16,
    });
    const expected = model.evaluate(x, y, options);
    const { accuracy, topKAccuracy, f1, confusionMatrix } = epochs[0];
    expect({ accuracy, topKAccuracy, f1, confusionMatrix }).toEqual({ ...expected, loss: undefined });
    const { validationAccuracy, validationTopKAccuracy, validationF1, validationConfusionMatrix } = epochs[0];
    expect([validationAccuracy, validationTopKAccuracy, validationF1, validationConfusionMatrix]).toEqual([
      accuracy,
      topKAccuracy,
      f1,
      confusionMatrix,
    ]);
  });

  it("batches' logs leave out what is of a whole epoch", () => {
    expect(Object.keys(logs[0])).toEqual([
      "epoch",
      "batch",
      "batches",
      "size",
      "loss",
      "accuracy",
      "topKAccuracy",
      "f1",
    ]);
  });
});
