import { describe, expect, it } from "vitest";
import {
  additiveAttention,
  checkGradients,
  createBackendSync,
  dotAttention,
  input,
  type Layer,
  loadModel,
  Model,
  masking,
  ShapeError,
  saveModel,
  ValueError,
} from "../../src/index.js";
import { exactVariants, on } from "../reference/backends.js";
import { expectClose } from "../reference/golden.js";

/** Attention over an encoder against its equations, in plain loops of doubles. */
const [QUERIES, KEYS, FEATURES, VALUES, UNITS] = [3, 4, 5, 2, 6];
const numbers = (n: number, seed: number) =>
  Float32Array.from({ length: n }, (_, i) => (((i + 2) * (29 + 6 * seed)) % 83) / 40 - 1);
const samples = 2;
const q = numbers(samples * QUERIES * FEATURES, 1);
const k = numbers(samples * KEYS * FEATURES, 2);
const v = numbers(samples * KEYS * VALUES, 3);

type Score = (q: Float32Array, k: Float32Array) => number;

/** softmax over the keys below `seen` of the scores, times their values. */
function reference(score: Score, seen = (_query: number) => KEYS): number[] {
  const y: number[] = [];
  for (let sample = 0; sample < samples; sample++)
    for (let i = 0; i < QUERIES; i++) {
      const row = (x: Float32Array, n: number, at: number, width: number) =>
        x.subarray((sample * n + at) * width, (sample * n + at + 1) * width);
      const keys = Array.from({ length: seen(i) }, (_, j) => j);
      const powers = keys.map((j) =>
        Math.exp(score(row(q, QUERIES, i, FEATURES), row(k, KEYS, j, FEATURES))),
      );
      const sum = powers.reduce((a, b) => a + b, 0);
      for (let c = 0; c < VALUES; c++)
        y.push(keys.reduce((all, j) => all + (powers[j] / sum) * row(v, KEYS, j, VALUES)[c], 0));
    }
  return y;
}

const dot: Score = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);

describe.each(exactVariants)("attention over an encoder on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));
  const make = (layer: Layer, isMasked = false) => {
    const inputs = [input([QUERIES, FEATURES]), input([KEYS, FEATURES]), input([KEYS, VALUES])];
    const key = isMasked ? masking().apply(inputs[1]) : inputs[1];
    return new Model(backend, { inputs, outputs: layer.apply([inputs[0], key, inputs[2]]), seed: 2 });
  };

  it("dotAttention weighs values by products", () => {
    using plain = make(dotAttention());
    expectClose("y", plain.predict([q, k, v]), reference(dot), 1e-6);
    using scaled = make(dotAttention({ scaled: true }));
    const root = Math.sqrt(FEATURES);
    expectClose(
      "scaled",
      scaled.predict([q, k, v]),
      reference((a, b) => dot(a, b) / root),
      1e-6,
    );
    using causal = make(dotAttention({ causal: true }));
    expectClose(
      "causal",
      causal.predict([q, k, v]),
      reference(dot, (i) => i + 1),
      1e-6,
    );
    expect(plain.parameterCount).toBe(0);
  });

  it("additiveAttention weighs values by a layer of its own", async () => {
    using model = make(additiveAttention(UNITS));
    const named = Object.fromEntries(
      model.parameters.map(({ name, value }) => [name.split(".").slice(-2).join("."), value]),
    );
    expect(Object.keys(named).sort()).toEqual(["key.weight", "query.bias", "query.weight", "score.weight"]);
    named["query.bias"].data.set(numbers(UNITS, 7));
    const [w, u, b, s] = ["query.weight", "key.weight", "query.bias", "score.weight"].map((name) =>
      named[name].data.slice(),
    );
    const additive: Score = (q, k) => {
      let score = 0;
      for (let unit = 0; unit < UNITS; unit++) {
        let z = b[unit];
        for (let i = 0; i < FEATURES; i++) z += q[i] * w[i * UNITS + unit] + k[i] * u[i * UNITS + unit];
        score += Math.tanh(z) * s[unit];
      }
      return score;
    };
    expectClose("y", model.predict([q, k, v]), reference(additive), 2e-6);
    using loaded = await loadModel(backend, saveModel(model));
    expect(loaded.predict([q, k, v])).toEqual(model.predict([q, k, v]));
  });

  it.each<[string, () => Layer]>([
    ["dotAttention", () => dotAttention()],
    ["additiveAttention", () => additiveAttention(UNITS)],
  ])("%s does not see keys that are padding", (_, layer) => {
    using model = make(layer(), true);
    const y = model.predict([q, k.map((value, i) => (i % (KEYS * FEATURES) < 2 * FEATURES ? value : 0)), v]);
    // What stands in the values of padding does not matter.
    const others = v.map((value, i) => (i % (KEYS * VALUES) < 2 * VALUES ? value : 77));
    const again = model.predict([
      q,
      k.map((value, i) => (i % (KEYS * FEATURES) < 2 * FEATURES ? value : 0)),
      others,
    ]);
    expect(again).toEqual(y);
    expect(model.predict([q, new Float32Array(k.length), v]).every((value) => value === 0)).toBe(true);
  });

  it.each<[string, () => Layer]>([
    ["dotAttention", () => dotAttention({ causal: true })],
    ["additiveAttention", () => additiveAttention(UNITS)],
  ])("%s has the gradients of finite differences, and drops in training alone", (_, layer) => {
    using model = make(layer());
    const y = numbers(samples * QUERIES * VALUES, 5);
    for (const { name, relativeError } of checkGradients(model, [q, k, v], y, { loss: "meanSquaredError" }))
      expect(relativeError, name).toBeLessThan(0.002);
    using dropping = make(dotAttention({ dropout: 0.5 }));
    const dropped = dropping.forward([q, k, v], { training: true }).data.slice();
    using whole = make(dotAttention());
    expect(dropping.predict([q, k, v])).toEqual(whole.predict([q, k, v]));
    expect(dropped).not.toEqual(whole.predict([q, k, v]));
  });
});

describe("attention over an encoder", () => {
  const backend = createBackendSync();

  it("has one tensor for keys and values, or one for each", () => {
    const inputs = [input([QUERIES, FEATURES]), input([KEYS, FEATURES])];
    const both = new Model(backend, { inputs, outputs: dotAttention().apply(inputs) });
    const each = new Model(backend, {
      inputs,
      outputs: dotAttention().apply([inputs[0], inputs[1], inputs[1]]),
    });
    expect(both.predict([q, k])).toEqual(each.predict([q, k]));
  });

  it("refuses what it cannot take", () => {
    const of = (layer: Layer, ...shapes: number[][]) => {
      const inputs = shapes.map((shape) => input(shape));
      return () => layer.apply(inputs);
    };
    expect(of(dotAttention(), [3, 5], [4, 6])).toThrow(ShapeError);
    expect(of(dotAttention(), [3, 5], [4, 6])).toThrow("as many features as the queries, 5");
    expect(of(additiveAttention(4), [3, 5], [4, 6], [5, 6])).toThrow("a value for each of the 4 keys, got 5");
    expect(of(additiveAttention(4), [3], [4, 6])).toThrow(
      "additiveAttention expected [batch, time, features]",
    );
    expect(() => additiveAttention(0)).toThrow(ValueError);
    expect(() => dotAttention({ dropout: 1 })).toThrow(ValueError);
    expect(() => dotAttention({ scaled: 1 } as never)).toThrow("scaled");
    expect(() => dotAttention({ heads: 2 } as never)).toThrow("heads");
  });
});
