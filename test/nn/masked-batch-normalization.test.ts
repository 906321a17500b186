import { describe, expect, it } from "vitest";
import {
  batchNormalization,
  checkGradients,
  createBackendSync,
  dense,
  gru,
  masking,
  Sequential,
} from "../../src/index.js";
import { exactVariants, on } from "../reference/backends.js";

/**
 * Batch normalization of sequences with padding against the same real steps without it: laid one after the
 * other they are one long sequence, whose sums are the same in the same order.
 */
const FEATURES = 3;
const lengths = [4, 1, 6, 3];
const TIME = 7;
const real = lengths.reduce((sum, length) => sum + length, 0);
const numbers = (n: number, seed: number) =>
  Array.from({ length: n }, (_, i) => (((i + 3) * (31 + 2 * seed)) % 89) / 20 - 2);
const ragged = lengths.map((length, i) => numbers(length * FEATURES, i));
const slopes = numbers(real * FEATURES, 9);

/** What is at the real steps of a batch of sequences that are padded. */
const ofReal = (values: ArrayLike<number>): number[] =>
  lengths.flatMap((length, i) =>
    Array.from(values).slice(i * TIME * FEATURES, (i * TIME + length) * FEATURES),
  );
/** The inverse: puts the values back at their steps, with zeros as padding. */
function padded(values: readonly number[]): number[] {
  let at = 0;
  return lengths.flatMap((length) => {
    const own = values.slice(at, at + length * FEATURES);
    at += own.length;
    return [...own, ...new Array<number>((TIME - length) * FEATURES).fill(0)];
  });
}

describe.each(exactVariants)("batch normalization of padded sequences on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));
  const make = (time: number) => {
    const layers = [masking({ value: 0 }), batchNormalization({ momentum: 0.6 })];
    const model = new Sequential(backend, { inputShape: [time, FEATURES], seed: 1, layers });
    const [gamma, beta] = model.parameters;
    gamma.value.data.set([0.5, -2, 1.5]);
    beta.value.data.set([1, 0.25, -1]);
    return model;
  };

  it("has the bits of the real steps alone: outputs, gradients and running statistics", () => {
    using model = make(TIME);
    using alone = make(real);
    const y = model.forward(ragged, { training: true });
    const own = alone.forward([ragged.flat()], { training: true });
    expect(ofReal(y.data)).toEqual(Array.from(own.data));
    expect(padded(ofReal(y.data))).toEqual(Array.from(y.data));
    expect(model.buffers.map(({ value }) => [...value.data])).toEqual(
      alone.buffers.map(({ value }) => [...value.data]),
    );
    const dx = model.backward(backend.matrix(lengths.length, TIME * FEATURES, padded(slopes)), {
      inputGradient: true,
    });
    const dxAlone = alone.backward(backend.matrix(1, real * FEATURES, slopes), { inputGradient: true });
    expect(ofReal(dx?.data ?? [])).toEqual(Array.from(dxAlone?.data ?? [NaN]));
    expect(padded(ofReal(dx?.data ?? []))).toEqual(Array.from(dx?.data ?? [NaN]));
    expect(model.parameters.map(({ gradient }) => [...gradient.data])).toEqual(
      alone.parameters.map(({ gradient }) => [...gradient.data]),
    );
  });

  it("does not depend on what stands in padding", () => {
    using model = new Sequential(backend, {
      inputShape: [TIME, FEATURES],
      seed: 1,
      layers: [masking({ value: 5 }), dense(4, { activation: "relu" }), batchNormalization(), gru(3)],
    });
    using other = new Sequential(backend, {
      inputShape: [TIME + 4, FEATURES],
      seed: 1,
      layers: [masking({ value: 5 }), dense(4, { activation: "relu" }), batchNormalization(), gru(3)],
    });
    other.tensorValues = model.tensorValues;
    const y = model.forward(ragged, { training: true }).data.slice();
    expect(other.forward(ragged, { training: true }).data.slice()).toEqual(y);
    expect(other.tensorValues).toEqual(model.tensorValues);
  });

  it("has the gradients of finite differences", () => {
    using model = new Sequential(backend, {
      inputShape: [TIME, FEATURES],
      seed: 2,
      layers: [masking(), dense(4, { activation: "tanh" }), batchNormalization(), dense(2)],
    });
    const y = lengths.map((length, i) => numbers(length * 2, 20 + i));
    const checks = checkGradients(model, ragged, y, { loss: "meanSquaredError" });
    // A difference in padding makes a real step of it, which no derivative tells.
    const ofParameters = checks.filter(({ name }) => name !== "input");
    expect(ofParameters).toHaveLength(6);
    for (const { name, relativeError } of ofParameters) expect(relativeError, name).toBeLessThan(0.002);
  });

  it("moves no statistics by a batch of padding alone", () => {
    using model = make(TIME);
    model.forward(ragged, { training: true });
    const before = model.tensorValues;
    const y = model.forward([new Float32Array(TIME * FEATURES)], { training: true });
    expect(y.data.every((value) => value === 0)).toBe(true);
    expect(model.tensorValues).toEqual(before);
  });
});
