import { describe, expect, it } from "vitest";
import {
  type ActivationName,
  activation,
  adam,
  checkGradients,
  createBackendSync,
  dense,
  type Loss,
  losses,
  metrics,
  Sequential,
  sgd,
  type Targets,
} from "../../src/index.js";
import { on, variants } from "../reference/backends.js";
import { expectClose } from "../reference/golden.js";
import { U } from "../support/floats.js";

/**
 * Pairs of a last activation and a loss keep their value and gradient where the activation saturates: in fit,
 * evaluate, checkGradients and the explicit loop.
 */

/** In float64, of a row of logits z and targets t: the loss and its gradient by z. */
type Reference = (z: number[], t: number[]) => { value: number; slopes: number[] };

const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const sigmoid = (x: number) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));
const elementwise =
  (value: (z: number, t: number) => number, slope: (z: number, t: number) => number): Reference =>
  (z, t) => ({
    value: z.reduce((sum, x, j) => sum + value(x, t[j]), 0),
    slopes: z.map((x, j) => slope(x, t[j])),
  });
/** log p and 1 - p of each class, and p. */
function logits(z: number[]) {
  const top = Math.max(...z);
  const powers = z.map((x) => Math.exp(x - top));
  const total = powers.reduce((sum, x) => sum + x);
  return z.map((x, j) => {
    const others = powers.reduce((sum, power, k) => (k === j ? sum : sum + power), 0);
    const log = powers[j] < total / 2 ? x - top - Math.log(total) : -Math.log1p(others / powers[j]);
    return { p: powers[j] / total, log, rest: others / total };
  });
}
const crossEntropy: Reference = (z, t) => {
  const rows = logits(z);
  return {
    value: rows.reduce((sum, { log }, j) => sum - (t[j] ? t[j] * log : 0), 0),
    slopes: rows.map(({ p, rest }, j) => (t[j] === 1 ? -rest : p - t[j])),
  };
};
const focal =
  (gamma: number): Reference =>
  (z, t) => {
    const rows = logits(z);
    const right = t.indexOf(1);
    const { p, log, rest } = rows[right];
    const pull = rest ** gamma * ((rest > 0 ? (gamma * p * log) / rest : -gamma) - 1);
    return {
      value: -(rest ** gamma) * log,
      slopes: rows.map((row, j) => (j === right ? pull * rest : -pull * row.p)),
    };
  };

const binary: Reference = elementwise(
  (z, t) => softplus(z) - t * z,
  (z, t) => (t === 1 ? -sigmoid(-z) : sigmoid(z) - t),
);
const pairs: [string, ActivationName, (options: object) => Loss, Reference, number[]][] = [
  ["sigmoid, binaryCrossEntropy", "sigmoid", losses.binaryCrossEntropy, binary, [0, 1, 1]],
  ["softmax, categoricalCrossEntropy", "softmax", losses.categoricalCrossEntropy, crossEntropy, [0, 1, 0]],
  ["logSoftmax, softmaxCrossEntropy", "logSoftmax", losses.softmaxCrossEntropy, crossEntropy, [0, 1, 0]],
  ["softmax, categoricalFocal", "softmax", losses.categoricalFocal, focal(2), [0, 1, 0]],
  [
    "softmax, categoricalFocal of gamma 0.5",
    "softmax",
    (options) => losses.categoricalFocal({ ...options, gamma: 0.5 }),
    focal(0.5),
    [0, 1, 0],
  ],
  [
    "softmax, kullbackLeiblerDivergence",
    "softmax",
    losses.kullbackLeiblerDivergence,
    (z, t) => ({
      ...crossEntropy(z, t),
      value: crossEntropy(z, t).value + t.reduce((sum, x) => sum + (x && x * Math.log(x)), 0),
    }),
    [0.25, 0.75, 0],
  ],
  [
    "softplus, poisson",
    "softplus",
    losses.poisson,
    elementwise(
      (z, t) => softplus(z) - t * (z < -40 ? z : Math.log(softplus(z))),
      (z, t) => sigmoid(z) - t * (z < -40 ? 1 : sigmoid(z) / softplus(z)),
    ),
    [2, 0, 1],
  ],
];

/** Rows of logits: ordinary ones, and those at which the activation gives 0 or 1. */
const rows = [
  [0.5, -1, 0.25],
  [30, -40, 20],
  [900, -900, -300],
  [-900, 900, 300],
  [-60, -70, -80],
];

describe.each(variants)("on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));

  /** The logits are the inputs: a layer of weights 1 on the diagonal. */
  const modelOf = (last: ActivationName, separate = false) => {
    const model = new Sequential(backend, {
      inputShape: 3,
      layers: separate ? [dense(3), activation(last)] : [dense(3, { activation: last })],
    });
    model.parameters[0].value.set([1, 0, 0, 0, 1, 0, 0, 0, 1]);
    return model;
  };

  describe.each(pairs)("%s", (_, last, make, reference, target) => {
    const loss = make({ reduction: "sum" });

    it.each(rows)("fit and evaluate: the loss and gradient of logits %d, %d, %d", async (...z) => {
      const { value, slopes } = reference(z, target);
      for (const separate of [false, true]) {
        using model = modelOf(last, separate);
        expectClose("value", [model.evaluate([z], [target], { loss }).loss], [value], 1e-6, 8 * U);
        // The bias moves by the gradient of the logits.
        const optimizer = sgd({ learningRate: 1 });
        const { epochs } = await model.fit([z], [target], {
          loss,
          optimizer,
          validationData: [[z], [target]],
        });
        expectClose("log", [epochs[0].loss], [value], 1e-6, 8 * U);
        expectClose(
          "gradient",
          [...model.parameters[1].value.data].map((b) => -b),
          slopes,
          3e-7,
          8 * U,
        );
      }
    });

    it.each(rows)("the explicit loop: the same of %d, %d, %d", (...z) => {
      const { value, slopes } = reference(z, target);
      for (const separate of [false, true]) {
        using model = modelOf(last, separate);
        using dOut = backend.matrix(1, 3);
        using t = backend.matrix(1, 3, target);
        const out = model.forward([z], { training: true });
        expect([...out.data]).toEqual([...model.predict([z])]);
        const again = model.forward([z], { training: true });
        expectClose("value", [loss.value(again, t)], [value], 1e-6, 8 * U);
        expect(loss.valueAndGradient(again, t, dOut)).toBe(loss.value(again, t));
        expect([...dOut.data].every(Number.isFinite)).toBe(true);
        const dx = model.backward(dOut, { inputGradient: true });
        expectClose("gradient", [...model.parameters[1].gradient.data], slopes, 3e-7, 8 * U);
        expectClose("input", [...(dx?.data ?? [])], slopes, 3e-7, 8 * U);
      }
    });

    it.each(rows)("a multiple of the gradient goes back as that multiple, at %d, %d, %d", (...z) => {
      const { slopes } = reference(z, target);
      using model = modelOf(last);
      const out = model.forward([z], { training: true });
      using dOut = loss.gradient(out, [target]);
      if (![...dOut.data].every((value) => Number.isFinite(Math.fround(value * 0.3)))) return;
      dOut.set([...dOut.data].map((value) => value * 0.3));
      model.backward(dOut);
      expectClose(
        "gradient",
        [...model.parameters[1].gradient.data],
        slopes.map((slope) => slope * 0.3),
        3e-7,
        16 * U,
      );
    });

    /** The gradient of the bias that goes back from all rows, whose gradient `change` was given. */
    const goesBack = (change: (values: Float32Array) => void) => {
      using model = modelOf(last);
      using dOut = loss.gradient(
        model.forward(rows, { training: true }),
        rows.map(() => target),
      );
      change(dOut.data);
      const dx = model.backward(dOut, { inputGradient: true });
      return [...(dx?.data ?? [])];
    };

    it.each([0, 0.3, -1, 2, 3])(
      "rows scaled by factors of their own go back so, with a factor of %d",
      (f) => {
        const factors = rows.map((_, i) => (i === 2 || i === 3 ? f : 1 - i / 8));
        const expected = rows.flatMap((z, i) =>
          reference(z, target).slopes.map((slope) => slope * factors[i]),
        );
        const got = goesBack((values) => {
          for (let i = 0; i < values.length; i++) values[i] *= factors[Math.floor(i / 3)];
        });
        expectClose("gradient", got, expected, 3e-7, 16 * U);
      },
    );

    it.each([1e5, 1e-30])("a factor of %d, which overflows or underflows, leaves the direction", (factor) => {
      const plain = goesBack(() => {});
      const scaled = goesBack((values) => {
        for (let i = 0; i < values.length; i++) values[i] *= factor;
      });
      const expected = plain.map((value) => value * factor);
      expectClose("gradient", scaled, expected, 1e-6 * factor, 64 * U);
    });

    it("a row whose gradient overflows goes back in its direction", () => {
      const plain = goesBack(() => {});
      const scaled = goesBack((values) => {
        for (let i = 6; i < 12; i++) values[i] *= 1e5;
      });
      for (const [i, value] of plain.entries()) {
        expect(Number.isFinite(scaled[i])).toBe(true);
        expect(Math.sign(scaled[i]), `element ${i}`).toBe(Math.sign(value));
        expect(Math.abs(scaled[i]), `element ${i}`).toBeGreaterThanOrEqual(Math.abs(value) * (1 - 8 * U));
      }
    });

    it("has the bits of fit in the explicit loop, with weights of samples and targets that are written over", async () => {
      const x = rows.flat();
      const y = Float32Array.from(rows.flatMap(() => target));
      const sampleWeights = [1, 0.5, 2, 0, 3];
      const mean = make({});
      const weights = async (train: (model: Sequential) => unknown) => {
        using model = modelOf(last);
        await train(model);
        return model.parameters.map(({ value }) => [...value.data]);
      };
      const fitted = await weights((model) =>
        model.fit(x, y, { loss: mean, sampleWeights, optimizer: sgd(), shuffle: false }),
      );
      const looped = await weights((model) => {
        const optimizer = sgd().attach(model);
        model.zeroGradients();
        using t = backend.matrix(5, 3, y);
        mean.valueAndGradient(model.forward(x, { training: true }), t, t, { sampleWeights });
        model.backward(t);
        optimizer.step();
      });
      expect(looped).toEqual(fitted);
    });

    it("checkGradients holds where the activation saturates", () => {
      using model = new Sequential(backend, {
        inputShape: 2,
        seed: 3,
        layers: [dense(3, { activation: last })],
      });
      const x = [
        [40, -30],
        [-25, 55],
      ];
      for (const { relativeError, name } of checkGradients(model, x, [target, target], { loss: make({}) }))
        expect(relativeError, name).toBeLessThan(0.01);
    });
  });

  it("a gradient that is none of the loss's goes back through the activation, as it always did", () => {
    const bits = (change: (values: Float32Array) => void, read: boolean) => {
      using model = modelOf("sigmoid");
      const out = model.forward([rows[0]], { training: true });
      using other = losses.meanSquaredError().gradient(out, [[1, 0, 1]]);
      if (read)
        losses
          .binaryCrossEntropy()
          .gradient(out, [[1, 0, 1]])
          .dispose();
      change(other.data);
      model.backward(other);
      return [...model.parameters[1].gradient.data];
    };
    expect(bits(() => {}, true)).toEqual(bits(() => {}, false));
    const expected = [0.5, -1, 0.25].map((z, j) => {
      const p = sigmoid(z);
      return ((2 * (p - [1, 0, 1][j])) / 3) * p * (1 - p);
    });
    expectClose(
      "gradient",
      bits(() => {}, true),
      expected,
      1e-7,
      8 * U,
    );
  });

  it("a gradient of which one element differs by a thousandth goes back through the activation", () => {
    using model = modelOf("softmax");
    const out = model.forward([rows[0]], { training: true });
    using dOut = losses.categoricalCrossEntropy().gradient(out, [[0.2, 0.5, 0.3]]);
    dOut.data[0] *= 1.001;
    const dx = model.backward(dOut, { inputGradient: true });
    const inner = dOut.data.reduce((sum, dy, j) => sum + dy * out.data[j], 0);
    const expected = [...dOut.data].map((dy, j) => out.data[j] * (dy - inner));
    expectClose("gradient", [...(dx?.data ?? [])], expected, 1e-6, 16 * U);
  });

  it("elements scaled by factors of their own go back so after a sigmoid, as positive answers that weigh more", () => {
    using model = modelOf("sigmoid");
    const target = [0, 1, 1];
    using dOut = losses.binaryCrossEntropy({ reduction: "sum" }).gradient(
      model.forward(rows, { training: true }),
      rows.map(() => target),
    );
    const factors = target.map((t) => (t ? 5 : 1));
    dOut.set([...dOut.data].map((value, i) => value * factors[i % 3]));
    const dx = model.backward(dOut, { inputGradient: true });
    const expected = rows.flatMap((z) => binary(z, target).slopes.map((slope, j) => slope * factors[j]));
    expectClose("gradient", [...(dx?.data ?? [])], expected, 3e-6, 16 * U);
  });

  it("of an output that is void nothing is remembered", () => {
    using model = modelOf("sigmoid");
    const out = model.forward([rows[2]], { training: true });
    using dOut = losses.binaryCrossEntropy().gradient(out, [[0, 1, 1]]);
    model.predict([rows[0]]);
    expect(() => losses.binaryCrossEntropy().value(out, [[0, 1, 1]])).toThrow(/has run again/);
    expect(() => model.backward(dOut)).toThrow(/backward needs a forward/);
    model.forward([rows[0]], { training: true });
    model.backward(dOut);
    const [z] = rows;
    const expected = z.map((x, j) => dOut.data[j] * sigmoid(x) * (1 - sigmoid(x)));
    expectClose("gradient", [...model.parameters[1].gradient.data], expected, 0, 8 * U);
  });
});

describe("a sigmoid of one unit with binaryCrossEntropy", () => {
  const backend = createBackendSync();
  const x = Array.from({ length: 100 }, (_, i) => [900 + 2 * i, 40 + (i % 7)]);
  const y = x.map(([price]) => Number(price > 1000));

  it.each([1, 2, 3, 4])("learns from columns that are not scaled, seed %d", async (seed) => {
    using model = new Sequential(backend, {
      inputShape: 2,
      seed,
      layers: [dense(1, { activation: "sigmoid" })],
    });
    const { epochs } = await model.fit(x, y, {
      loss: "bce",
      optimizer: adam({ learningRate: 0.01 }),
      epochs: 300,
      metrics: ["acc"],
    });
    expect(epochs[299].loss).toBeLessThan(10);
    expect(epochs[299].loss).toBeLessThan(epochs[0].loss / 10);
    expect(epochs[299].accuracy).toBeGreaterThanOrEqual(0);
  });

  it("metrics and their thresholds are of the probabilities that predict gives", async () => {
    using model = new Sequential(backend, {
      inputShape: 2,
      seed: 7,
      layers: [dense(4, { activation: "tanh" }), dense(1, { activation: "sigmoid" })],
    });
    const scaled = x.map(([a, b], i) => [(a - 1000) / 100 + Math.sin(i * 7), (b - 43) / 3]);
    await model.fit(scaled, y, { loss: "binaryCrossEntropy", optimizer: "adam", epochs: 3 });
    const p = model.predict(scaled);
    const wanted = [
      metrics.accuracy(),
      metrics.precision({ threshold: 0.3 }),
      metrics.recall({ threshold: 0.55 }),
      metrics.rocAuc(),
      metrics.meanAbsoluteError(),
      metrics.rootMeanSquaredError(),
      metrics.r2(),
      metrics.confusionMatrix(),
      metrics.f1({ threshold: 0.4 }),
    ];
    const scores = model.evaluate(scaled, y, { loss: "binaryCrossEntropy", metrics: wanted });
    const count = (of: (i: number) => boolean) => y.filter((_, i) => of(i)).length;
    expect(scores.accuracy).toBe(count((i) => Number(p[i] > 0.5) === y[i]) / 100);
    expect(scores.precision).toBe(count((i) => p[i] > 0.3 && y[i] === 1) / count((i) => p[i] > 0.3));
    expect(scores.recall).toBe(count((i) => p[i] > 0.55 && y[i] === 1) / count((i) => y[i] === 1));
    const mean = (of: (i: number) => number) => y.reduce((sum, _, i) => sum + of(i), 0) / 100;
    expect(scores.meanAbsoluteError).toBeCloseTo(
      mean((i) => Math.abs(p[i] - y[i])),
      12,
    );
    expect(scores.rootMeanSquaredError).toBeCloseTo(Math.sqrt(mean((i) => (p[i] - y[i]) ** 2)), 12);
    let [pairsInOrder, all] = [0, 0];
    for (const [i, yes] of y.entries())
      for (const [j, no] of y.entries()) {
        if (!yes || no) continue;
        all++;
        pairsInOrder += p[i] > p[j] ? 1 : p[i] === p[j] ? 0.5 : 0;
      }
    expect(scores.rocAuc).toBeCloseTo(pairsInOrder / all, 12);
    // While it trains they are those of the same outputs.
    const { epochs } = await model.fit(scaled, y, {
      loss: "binaryCrossEntropy",
      optimizer: sgd({ learningRate: 1e-30 }),
      metrics: wanted,
      batchSize: 7,
      shuffle: false,
      validationData: [scaled, y],
    });
    const { accuracy, precision, recall, rocAuc, f1, confusionMatrix, validationRocAuc } = epochs[0];
    expect({ accuracy, precision, recall, rocAuc, f1, confusionMatrix, validationRocAuc }).toEqual({
      accuracy: scores.accuracy,
      precision: scores.precision,
      recall: scores.recall,
      rocAuc: scores.rocAuc,
      f1: scores.f1,
      confusionMatrix: scores.confusionMatrix,
      validationRocAuc: scores.rocAuc,
    });
    expect(epochs[0].r2).toBeCloseTo(scores.r2 ?? Number.NaN, 9);
  });
});

it.each([-900, -30, 0.5, 20])(
  "poisson after exp: the loss and gradient of a logarithm of the rate of %d",
  (z) => {
    const backend = createBackendSync();
    const pair = losses.poisson().after("exp") as Loss;
    const pred = backend.matrix(1, 1, [z]);
    expectClose("value", [pair.value(pred, [3])], [Math.exp(z) - 3 * z], 0, 8 * U);
    expectClose("gradient", [...pair.gradient(pred, [3]).data], [Math.exp(z) - 3], 0, 8 * U);
  },
);

describe("the losses of probabilities, on probabilities of 0 and 1", () => {
  const backend = createBackendSync();
  it.each<[string, Loss, number[], Targets, (-1 | 0 | 1)[]]>([
    ["binaryCrossEntropy", losses.binaryCrossEntropy(), [1, 0, 1, 0], [0, 1, 1, 0], [1, -1, 0, 0]],
    ["categoricalCrossEntropy", losses.categoricalCrossEntropy(), [1, 0], [1], [0, -1]],
    ["categoricalFocal", losses.categoricalFocal(), [1, 0], [1], [0, -1]],
    ["kullbackLeiblerDivergence", losses.kullbackLeiblerDivergence(), [1, 0], [1], [0, -1]],
  ])("%s has a finite gradient that points to the target", (_, loss, p, target, signs) => {
    const pred = backend.matrix(1, p.length, p);
    const gradient = [...loss.gradient(pred, target).data];
    expect(gradient.every(Number.isFinite)).toBe(true);
    expect(gradient.map((value) => Math.sign(value) + 0)).toEqual(signs);
    expect(Number.isFinite(loss.value(pred, target))).toBe(true);
    const heavy = [...loss.gradient(pred, target, { sampleWeights: [1000] }).data];
    expect(heavy.every(Number.isFinite)).toBe(true);
    expect(heavy.map((value) => Math.sign(value) + 0)).toEqual(signs);
  });
});
