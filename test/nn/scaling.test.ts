import { describe, expect, it } from "vitest";
import {
  createBackendSync,
  dense,
  Network,
  type ScalingOptions,
  Sequential,
  ShapeError,
  scaling,
  ValueError,
} from "../../src/index.js";
import { on, variants } from "../reference/backends.js";

const mean = [10, -2, 0.5];
const deviation = [4, 0.25, 2];
const x = [14, -2, 1.5, 2, -1, 0.5];

describe.each(variants)("scaling on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));

  it("is (x - mean) / deviation, column by column", () => {
    using model = new Sequential(backend, { inputShape: 3, layers: [scaling({ mean, deviation })] });
    expect([...model.predict(x)]).toEqual([1, 0, 0.5, -2, 4, 0]);
  });

  it("with -mean / deviation and 1 / deviation undoes itself", () => {
    const back = scaling({
      mean: mean.map((value, i) => -value / deviation[i]),
      deviation: deviation.map((value) => 1 / value),
    });
    using model = new Sequential(backend, { inputShape: 3, layers: [scaling({ mean, deviation }), back] });
    expect([...model.predict(x)]).toEqual(x);
  });

  it("passes a gradient on by 1 / deviation, and has none of its own", () => {
    using model = new Network(backend, { inputShape: 3, layers: [scaling({ mean, deviation })] });
    model.forward(x, { training: true });
    using dOut = backend.matrix(2, 3, [1, 1, 1, 2, 2, 2]);
    expect(model.backward(dOut, { inputGradient: true })?.toArray()).toEqual([
      [0.25, 4, 0.5],
      [0.5, 8, 1],
    ]);
    expect(model.parameters).toEqual([]);
    expect(model.parameterCount).toBe(0);
  });

  it("before a layer that learns, costs its gradients nothing: they are those of scaled inputs", () => {
    using scaled = new Network(backend, {
      inputShape: 3,
      seed: 4,
      layers: [scaling({ mean, deviation }), dense(2, { name: "d" })],
    });
    using plain = new Network(backend, { inputShape: 3, seed: 4, layers: [dense(2, { name: "d" })] });
    using dOut = backend.matrix(2, 2, [1, -1, 0.5, 2]);
    scaled.forward(x, { training: true });
    plain.forward([1, 0, 0.5, -2, 4, 0], { training: true });
    scaled.backward(dOut);
    plain.backward(dOut);
    expect(scaled.parameters.map(({ gradient }) => gradient.toArray())).toEqual(
      plain.parameters.map(({ gradient }) => gradient.toArray()),
    );
  });
});

describe("scaling refuses", () => {
  const backend = createBackendSync();
  it.each<[string, ScalingOptions, typeof ValueError, RegExp]>([
    [
      "a deviation of 0",
      { mean: [1], deviation: [0] },
      ValueError,
      /every deviation to be finite and not 0, got 0 at index 0/,
    ],
    [
      "a mean that is not finite",
      { mean: [1, Number.NaN], deviation: [1, 1] },
      ValueError,
      /every mean to be finite, got NaN at index 1/,
    ],
    [
      "rows of different lengths",
      { mean: [1, 2], deviation: [1] },
      ShapeError,
      /as many deviations as means, got 1 for 2/,
    ],
    [
      "an unknown option",
      { mean: [1], deviation: [1], variance: [1] } as ScalingOptions,
      ValueError,
      /unknown option "variance"/,
    ],
  ])("%s", (_, options, type, message) => {
    expect(() => scaling(options)).toThrow(type);
    expect(() => scaling(options)).toThrow(message);
  });

  it("inputs of another number", () => {
    expect(
      () => new Sequential(backend, { inputShape: 2, layers: [scaling({ mean: [1], deviation: [1] })] }),
    ).toThrow(/a mean and a deviation for each of 2 inputs, got 1/);
  });
});
