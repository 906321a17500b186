import { describe, expect, it } from "vitest";
import {
  activation,
  checkGradients,
  concatenate,
  createBackendSync,
  DisposedError,
  dense,
  type EpochLog,
  flatten,
  input,
  losses,
  Model,
  metrics,
  restoreCheckpoint,
  Sequential,
  type SequentialOptions,
  ShapeError,
  scale,
  sgd,
  type Tensor,
  ValueError,
} from "../../src/index.js";
import { lossScratch } from "../../src/training/evaluate.js";
import { objectiveFrom } from "../../src/training/objective.js";
import { Random } from "../support/random.js";

const backend = createBackendSync();
const ROWS = 6;
const random = new Random(5);
const a = random.floats(ROWS * 3);
const b = random.floats(ROWS * 2);
const targets = {
  yes: Float32Array.from({ length: ROWS }, (_, i) => i % 2),
  kind: Int32Array.from({ length: ROWS }, (_, i) => i % 3),
  price: random.floats(ROWS * 2),
};
const loss = {
  yes: "binaryCrossEntropy",
  kind: "categoricalCrossEntropy",
  price: "meanSquaredError",
} as const;
/** Powers of two: a product with them is exact. */
const lossWeights = { yes: 2, kind: 0.5, price: 4 };

/** Two inputs and three outputs of different sizes, of which the first two are fused with their losses. */
function model(): Model<Tensor[]> {
  const [x, z] = [input(3, { name: "x" }), input(2, { name: "z" })];
  const h = dense(5, { activation: "tanh" }).apply(concatenate(x, z));
  return new Model(backend, {
    inputs: [x, z],
    outputs: [
      dense(1, { activation: "sigmoid", name: "yes" }).apply(h),
      dense(3, { activation: "softmax", name: "kind" }).apply(h),
      dense(2, { activation: "leakyRelu", name: "price" }).apply(h),
    ],
    seed: 3,
  });
}

const weightsOf = (of: Model<Tensor[]>): number[] =>
  of.parameters.flatMap(({ value }) => Array.from(value.data));

describe("a model with several inputs and outputs", () => {
  it("has the gradients of the weighted sum of its losses", () => {
    using of = model();
    expect(of.outputs.map(({ name }) => name)).toEqual(["yes", "kind", "price"]);
    const checks = checkGradients(of, { x: a, z: b }, targets, { loss, lossWeights });
    expect(checks.map(({ name }) => name).slice(-2)).toEqual(["x", "z"]);
    for (const { name, relativeError } of checks) expect(relativeError, name).toBeLessThan(2e-3);
  });

  it("takes the step of that sum in fit as in the explicit loop, to the bit", async () => {
    using fitted = model();
    await fitted.fit([a, b], targets, {
      loss,
      lossWeights,
      optimizer: sgd({ learningRate: 0.1 }),
      batchSize: ROWS,
      epochs: 1,
      shuffle: false,
    });
    using of = model();
    const optimizer = sgd({ learningRate: 0.1 }).attach(of);
    const outputs = of.forward([a, b], { training: true });
    const gradients = Object.values(targets).map((target, i) => {
      const name = Object.keys(targets)[i] as keyof typeof targets;
      const gradient = losses[loss[name]]().gradient(outputs[i], target);
      return scale(gradient, lossWeights[name]);
    });
    of.zeroGradients();
    of.backward(gradients);
    optimizer.step();
    expect(weightsOf(of)).toEqual(weightsOf(fitted));
    expect(weightsOf(of)).not.toEqual(weightsOf(model()));
  });

  it("logs the weighted sum, and the loss and the metrics of each output under its name", async () => {
    using of = model();
    const wanted = { kind: ["accuracy" as const], price: [metrics.meanAbsoluteError()] };
    const scores = of.evaluate({ z: b, x: a }, targets, {
      loss,
      lossWeights,
      metrics: wanted,
    }) as unknown as Record<string, number>;
    const outputs = of.predict([a, b]).map((values, i) => {
      const cols = of.outputs[i].shape[0];
      return backend.matrix(ROWS, cols, values);
    });
    const each = Object.values(targets).map((target, i) => {
      const name = Object.keys(targets)[i] as keyof typeof targets;
      return losses[loss[name]]().value(outputs[i], target);
    });
    expect(scores.yesLoss).toBeCloseTo(each[0], 5);
    expect(scores.kindLoss).toBeCloseTo(each[1], 5);
    expect(scores.priceLoss).toBeCloseTo(each[2], 5);
    expect(scores.loss).toBeCloseTo(2 * each[0] + 0.5 * each[1] + 4 * each[2], 4);
    expect(Object.keys(scores).sort()).toEqual(
      ["kindAccuracy", "kindLoss", "loss", "priceLoss", "priceMeanAbsoluteError", "yesLoss"].sort(),
    );
    const error = outputs[2].data.reduce((sum, y, i) => sum + Math.abs(y - targets.price[i]), 0);
    expect(scores.priceMeanAbsoluteError).toBeCloseTo(error / (2 * ROWS), 5);
    // One epoch of fit at a rate of 0 has the same log.
    const { epochs } = await of.fit([a, b], Object.values(targets), {
      loss: Object.values(loss),
      lossWeights: Object.values(lossWeights),
      metrics: [[], ["accuracy"], [metrics.meanAbsoluteError()]],
      optimizer: sgd({ learningRate: 1e-30 }),
      batchSize: 4,
      epochs: 1,
    });
    const log = epochs[0] as unknown as Record<string, number>;
    for (const [name, value] of Object.entries(scores)) expect(log[name], name).toBeCloseTo(value, 4);
  });

  it("takes objects in any order of their keys, and counts weights that are left out as 1", () => {
    using of = model();
    const { yes, kind, price } = targets;
    const named = of.evaluate({ z: b, x: a }, { price, yes, kind }, { loss, lossWeights: { kind: 4 } });
    const listed = of.evaluate([a, b], [yes, kind, price], {
      loss: Object.values(loss),
      lossWeights: [1, 4, 1],
    });
    expect(named).toEqual(listed);
    expect(of.predict({ z: b, x: a })).toEqual(of.predict([a, b]));
  });

  it("weighs the samples of every output, and sums batches in groups", async () => {
    const options = {
      loss,
      lossWeights,
      optimizer: sgd({ learningRate: 0.5 }),
      epochs: 1,
      shuffle: false,
    };
    const half = (values: Float32Array, cols: number) => values.slice(0, (ROWS / 2) * cols);
    using whole = model();
    await whole.fit([a, b], targets, {
      ...options,
      sampleWeights: Float32Array.of(1, 1, 1, 0, 0, 0),
      batchSize: 2,
      accumulate: 3,
    });
    using part = model();
    const { yes, kind, price } = targets;
    await part.fit(
      [half(a, 3), half(b, 2)],
      { yes: half(yes, 1), kind: kind.slice(0, ROWS / 2), price: half(price, 2) },
      { ...options, optimizer: sgd({ learningRate: 0.25 }), batchSize: ROWS },
    );
    weightsOf(part).forEach((weight, i) => {
      expect(weightsOf(whole)[i]).toBeCloseTo(weight, 5);
    });
  });

  it("weighs the loss of one output that is given as an array", () => {
    const x = input(3);
    using of = new Model(backend, { inputs: x, outputs: [dense(2).apply(x)], seed: 1 });
    const lossOf = (weights?: number[]) =>
      of.evaluate(a, [targets.price], { loss: ["meanSquaredError"], lossWeights: weights }).loss;
    expect(lossOf([4])).toBe(4 * lossOf());
  });

  it("has scratch memory for the loss that needs most", () => {
    using of = model();
    const objective = objectiveFrom("test", of, { loss });
    const each = objective.heads.map((head) => head.loss.scratchBytes(ROWS, head.size));
    expect(each[1]).toBeGreaterThan(Math.max(each[0], each[2]));
    expect(lossScratch(objective, ROWS)).toBe(each[1]);
  });

  it("goes on in the middle of an epoch with what each output has counted", async () => {
    const options = () => ({
      loss,
      lossWeights,
      metrics: [[metrics.rocAuc()], [metrics.accuracy()], [metrics.meanAbsoluteError(), metrics.r2()]],
      optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }),
      epochs: 2,
      batchSize: 2,
    });
    const timeless = ({ seconds: _, samplesPerSecond: __, ...log }: EpochLog) => log;
    using whole = model();
    const expected = await whole.fit([a, b], targets, options());
    using left = model();
    let file = new Uint8Array();
    await left.fit([a, b], targets, {
      ...options(),
      onBatchEnd({ epoch, batch }, { model, optimizer }) {
        if (epoch === 2 && batch === 2) file = model.checkpoint(optimizer);
      },
    });
    const { model: restored, optimizer, epoch } = restoreCheckpoint(backend, file);
    const rest = await restored.fit([a, b], targets, { ...options(), optimizer, initialEpoch: epoch });
    expect(rest.epochs.map(timeless)).toEqual(expected.epochs.slice(1).map(timeless));
    expect(weightsOf(restored as unknown as Model<Tensor[]>)).toEqual(weightsOf(whole));
    restored.dispose();
  });

  it("predicts in chunks, each output into an array of its own, from matrices as from numbers", () => {
    using of = model();
    const rows = 300;
    const [x, z] = [random.floats(rows * 3), random.floats(rows * 2)];
    const outs = [1, 3, 2].map((cols) => new Float32Array(rows * cols));
    const given = of.predict([x, z], { out: outs });
    given.forEach((out, i) => {
      expect(out).toBe(outs[i]);
    });
    const pieces = [0, 100, 200].map((begin) =>
      of.predict({ x: x.slice(begin * 3, (begin + 100) * 3), z: z.slice(begin * 2, (begin + 100) * 2) }),
    );
    outs.forEach((out, i) => {
      expect(Array.from(out)).toEqual(pieces.flatMap((piece) => Array.from(piece[i])));
    });
    using matrix = backend.matrix(rows, 2, z);
    expect(of.predict([x, matrix])).toEqual(outs);
    expect(of.predict([x, z])).toEqual(outs);
  });

  it("refuses what is not for each of them", () => {
    using of = model();
    const refused: [() => unknown, typeof ShapeError | typeof ValueError, string][] = [
      [
        () => of.predict([a, b.slice(2)]),
        ShapeError,
        "the model expected as many samples for each input, got 6 for x and 5 for z",
      ],
      [() => of.predict([a, b, b]), ValueError, "an array of 2 or an object with x, z"],
      [() => of.predict({ x: a, y: b }), ValueError, "an object with x, z, got one without z"],
      [() => of.predict({ x: a }), ValueError, "an object with x, z, got one without z"],
      [
        () => of.predict([a, b], { out: [new Float32Array(ROWS)] }),
        ShapeError,
        "out to be an array of 3 Float32Array",
      ],
      [
        () => of.evaluate([a, b], targets, { loss: ["meanSquaredError"] }),
        ValueError,
        "evaluate expected a loss for each output, an array of 3 or an object with yes, kind, price",
      ],
      [
        () => of.evaluate([a, b], targets, { loss: { ...loss, other: "meanSquaredError" } }),
        ValueError,
        "evaluate expected a loss for each output",
      ],
      [
        () => of.evaluate([a, b], { yes: targets.yes }, { loss }),
        ValueError,
        "evaluate expected targets for each output",
      ],
      [
        () => of.evaluate([a, b], targets, { loss, lossWeights: { yes: -1 } }),
        ValueError,
        "evaluate expected lossWeights of yes",
      ],
    ];
    for (const [act, type, message] of refused) {
      expect(act).toThrow(type);
      expect(act).toThrow(message);
    }
    const outputs = of.forward([a, b], { training: true });
    const gradients = outputs.map(({ rows, cols }) => backend.matrix(rows, cols));
    expect(() => of.backward(gradients.slice(1))).toThrow("a gradient for each of 3 outputs");
    using one = new Sequential(backend, { inputShape: 2, layers: [dense(1)] });
    expect(() => one.evaluate(b, targets.yes, { loss: "meanSquaredError", lossWeights: [1] })).toThrow(
      "expected lossWeights for a model with an array of outputs only",
    );
  });

  it("keeps what backward reads of each of its inputs", () => {
    using of = model();
    const matrix = backend.matrix(ROWS, 2, b);
    const gradients = of
      .forward([a, matrix], { training: true })
      .map(({ rows, cols }) => backend.matrix(rows, cols));
    matrix.dispose();
    expect(() => of.backward(gradients)).toThrow(DisposedError);
  });

  it("gives an input that is an output, with its gradient", () => {
    const x = input(3);
    using of = new Model(backend, { inputs: x, outputs: [x, dense(2, { useBias: false }).apply(x)] });
    const [same, y] = of.forward(a, { training: true });
    expect(Array.from(same.data)).toEqual(Array.from(a));
    const gradients = [backend.matrix(ROWS, 3, a), backend.matrix(ROWS, y.cols)];
    const dx = of.backward(gradients, { inputGradient: true });
    expect(Array.from(dx?.data ?? [])).toEqual(Array.from(a));
    expect(of.predict(a)[0]).toEqual(a);
  });

  it("gives an input that is an output in memory of its own", () => {
    const x = input(3);
    using of = new Model(backend, { inputs: x, outputs: [x, dense(2).apply(x)] });
    using matrix = backend.matrix(ROWS, 3, a);
    const [same] = of.forward(matrix);
    matrix.set(new Float32Array(ROWS * 3));
    expect(Array.from(same.data)).toEqual(Array.from(a));
  });
});

describe("a model is refused", () => {
  const [x, z] = [input(3), input(3)];
  const y = dense(1).apply(x);
  it.each<[string, () => unknown, string]>([
    [
      "with an input that no output uses",
      () => new Model(backend, { inputs: [x, z], outputs: y }),
      "network expected inputs that an output depends on",
    ],
    [
      "with an input twice",
      () => new Model(backend, { inputs: [x, x], outputs: y }),
      "network expected each input once",
    ],
    [
      "with outputs that need another input",
      () => new Model(backend, { inputs: z, outputs: concatenate(y, z) }),
      "which is not among inputs",
    ],
    [
      "with labels for several outputs",
      () => new Model(backend, { inputs: x, outputs: [y, y], labels: ["a"] }),
      "labels for a model with one output, got 2 outputs",
    ],
  ])("%s", (_, act, message) => {
    expect(act).toThrow(ValueError);
    expect(act).toThrow(message);
  });
});

describe("the last activation and its loss", () => {
  /** The loss that evaluate gives, and that of the outputs as they are. */
  function both(
    options: Omit<SequentialOptions, "inputShape">,
    name: "binaryCrossEntropy" | "categoricalCrossEntropy",
  ) {
    const own = losses[name]({ allowMismatch: true });
    using of = new Sequential(backend, { inputShape: [2, 3], seed: 1, ...options });
    const x = new Random(9).floats(5 * 6);
    const [cols] = [of.outputs[0].shape.reduce((size, length) => size * length, 1)];
    const y = Array.from({ length: 5 }, (_, i) =>
      Array.from({ length: cols }, (_, j) => Number(i % cols === j)),
    );
    const { loss: got } = of.evaluate(x, y, { loss: own });
    using outputs = backend.matrix(5, cols, of.predict(x));
    const checks = checkGradients(of, x, y, { loss: own });
    for (const { name, relativeError } of checks) expect(relativeError, name).toBeLessThan(5e-3);
    return [got, own.value(outputs, y)];
  }

  it("are one through a flatten, which has the same elements", () => {
    const [got, expected] = both(
      { layers: [dense(2, { activation: "sigmoid" }), flatten()] },
      "binaryCrossEntropy",
    );
    expect(got).toBeCloseTo(expected, 5);
  });

  it("are one for each row where a softmax has several in a sample", () => {
    const options = { layers: [dense(2), activation("softmax")] };
    const [got, expected] = both(options, "categoricalCrossEntropy");
    // The mean over two rows, and the sum over the sample.
    expect(2 * got).toBeCloseTo(expected, 5);
  });
});
