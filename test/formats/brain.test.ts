import { describe, expect, it } from "vitest";
import { importBrain } from "../../src/brain.js";
import { createBackendSync, FormatError } from "../../src/index.js";
import { on } from "../reference/backends.js";

/** What toJSON() of brain.js 1.6.1 and 2.0.0-beta.24 writes, held against the sums done here in float64. */

const backend = createBackendSync(on("scalar"));
const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));

/** z = 1 a + 2 b + 0.5 and 3 a - 4 b - 0.5; y = 5 f(z0) + 6 f(z1) + 0.25. */
const nodes = [
  { bias: 0.5, weights: [1, 2] },
  { bias: -0.5, weights: [3, -4] },
];
const last = { bias: 0.25, weights: [5, 6] };
const expected = (f: (z: number) => number, a: number, b: number) => {
  const [p, q] = nodes.map(({ bias, weights }) => f(weights[0] * a + weights[1] * b + bias));
  return f(5 * p + 6 * q + 0.25);
};

const first = (names: string[], more: object = {}) => {
  const by = (keys: readonly string[], weights: number[]) =>
    Object.fromEntries(keys.map((key, i) => [key, weights[i]]));
  return {
    sizes: [2, 2, 1],
    layers: [
      Object.fromEntries(names.map((name) => [name, {}])),
      Object.fromEntries(nodes.map(({ bias, weights }, i) => [i, { bias, weights: by(names, weights) }])),
      { 0: { bias: last.bias, weights: by(["0", "1"], last.weights) } },
    ],
    outputLookup: false,
    inputLookup: false,
    ...more,
  };
};

const second = (more: object = {}) => ({
  type: "NeuralNetwork",
  sizes: [2, 2, 1],
  layers: [
    { weights: [], biases: [] },
    { weights: nodes.map(({ weights }) => weights), biases: nodes.map(({ bias }) => bias) },
    { weights: [last.weights], biases: [last.bias] },
  ],
  inputLookup: null,
  outputLookup: null,
  options: {},
  ...more,
});

describe("importBrain", () => {
  const functions: [string, (z: number) => number][] = [
    ["sigmoid", sigmoid],
    ["relu", (z) => Math.max(z, 0)],
    ["leaky-relu", (z) => (z > 0 ? z : 0.01 * z)],
    ["tanh", Math.tanh],
  ];
  const cases = functions.flatMap(([name, f]) => [
    // Version 1 has another leaky-relu (1.6.1, neural-network.js, _runInputLeakyRelu).
    {
      version: "1",
      name,
      f: name === "leaky-relu" ? (z: number) => (z < 0 ? 0 : 0.01 * z) : f,
      json: first(["0", "1"], { activation: name }) as object,
    },
    {
      version: "2, from trainOpts",
      name,
      f,
      json: second({ trainOpts: { activation: name, leakyReluAlpha: 0.01 } }) as object,
    },
    { version: "2, from options", name, f, json: second({ options: { activation: name } }) as object },
  ]);
  it.each(cases)("reads version $version with $name", ({ f, json }) => {
    for (const of of [json, JSON.stringify(json)]) {
      const model = importBrain(backend, of);
      for (const [a, b] of [
        [0.25, 0.5],
        [-1, 0.125],
      ])
        expect(model.predict([a, b])[0]).toBeCloseTo(expected(f, a, b), 5);
    }
  });

  it.each([0.2, 0, 1, -0.5])("reads version 2 with a leaky-relu of slope %d", (alpha) => {
    const json = second({ trainOpts: { activation: "leaky-relu", leakyReluAlpha: alpha } });
    const f = (z: number) => Math.max(z, alpha * z);
    for (const [a, b] of [
      [0.25, 0.5],
      [-1, 0.125],
    ])
      expect(importBrain(backend, json).predict([a, b])[0]).toBeCloseTo(expected(f, a, b), 4);
  });

  it("takes sigmoid where nothing is said", () => {
    expect(importBrain(backend, second()).predict([1, 0])[0]).toBeCloseTo(expected(sigmoid, 1, 0), 6);
  });

  it("makes labels of outputs' names, and keeps those of inputs in order", () => {
    const named = first(["red", "green"], { inputLookup: true, outputLookup: true });
    const one = importBrain(backend, {
      ...named,
      layers: [named.layers[0], named.layers[1], { dark: named.layers[2][0 as never] }],
    });
    expect([one.labels, one.metadata]).toEqual([["dark"], { features: '["red","green"]' }]);
    expect(one.predict([1, 0])[0]).toBeCloseTo(expected(sigmoid, 1, 0), 6);
    // The places count, not the order in which they stand.
    const two = importBrain(
      backend,
      second({ inputLookup: { green: 1, red: 0 }, outputLookup: { dark: 0 } }),
    );
    expect([two.labels, two.metadata]).toEqual([["dark"], { features: '["red","green"]' }]);
  });

  it("goes on training", async () => {
    const model = importBrain(backend, second());
    const { epochs } = await model.fit(
      [
        [0, 0],
        [1, 1],
      ],
      [0, 1],
      { loss: "binaryCrossEntropy", optimizer: "adam", epochs: 20 },
    );
    expect(epochs[19].loss).toBeLessThan(epochs[0].loss);
  });

  const changed = (at: number, layer: object) =>
    second({ layers: second().layers.map((old, i) => (i === at ? layer : old)) });
  it.each<[string, string | object, string]>([
    ["no JSON", "nothing", "brain.js: is no JSON"],
    ["another JSON", "[1]", "brain.js: expected an object, got a list of 1"],
    ["a recurrent net", { type: "LSTM", layers: [] }, 'brain.js: type: expected "NeuralNetwork", got "LSTM"'],
    ["no layers", {}, "brain.js: layers: expected a list, got nothing"],
    ["an untrained net", { layers: [{}] }, "brain.js: layers: expected an input layer and at least one more"],
    [
      "an unknown activation",
      second({ trainOpts: { activation: "toString" } }),
      "activation: expected one of sigmoid, relu, leaky-relu, tanh",
    ],
    [
      "a slope above 1, with which max(z, alpha z) is no leaky ReLU",
      second({ trainOpts: { activation: "leaky-relu", leakyReluAlpha: 2 } }),
      "leakyReluAlpha: expected a number of at most 1, got 2",
    ],
    [
      "a slope of version 1 that is not above 0",
      first(["0", "1"], { activation: "leaky-relu", leakyReluAlpha: -1 }),
      "leakyReluAlpha: expected a number above 0, got -1",
    ],
    [
      "a short row",
      changed(1, { weights: [[1, 2], [3]], biases: [0, 0] }),
      "layers[1].weights[1]: expected 2 weights, got 1",
    ],
    [
      "a bias too few",
      changed(2, { weights: [[1, 2]], biases: [] }),
      "layers[2]: expected weights and biases of each unit, got 1 and 0",
    ],
    [
      "a weight that is text",
      changed(1, { weights: [["1", 2]], biases: [0] }),
      'layers[1].weights[0][0]: expected a finite number, got "1"',
    ],
    [
      "two names of one place",
      second({ inputLookup: { a: 0, b: 0 } }),
      "inputLookup.b: expected a place of its own below 2, got 0",
    ],
    ["a name too few", second({ inputLookup: { a: 0 } }), "inputLookup: expected 2 names"],
    ["a size beyond all files", second({ sizes: [2 ** 40] }), "expected 1099511627776 weights, got 2"],
    [
      "a missing weight",
      { layers: [{ a: {}, b: {} }, { 0: { bias: 0, weights: { a: 1, c: 2 } } }] },
      "layers[1].0.weights.b: expected a finite number, got nothing",
    ],
    [
      "a weight too few",
      { layers: [{ a: {}, b: {} }, { 0: { bias: 0, weights: { a: 1 } } }] },
      "layers[1].0.weights: expected 2 weights, got 1",
    ],
    [
      "a missing bias",
      { layers: [{ a: {} }, { 0: { weights: { a: 1 } } }] },
      "layers[1].0.bias: expected a finite number, got nothing",
    ],
  ])("refuses %s", (_, json, message) => {
    const { liveBlocks } = backend.memory;
    expect(() => importBrain(backend, json)).toThrow(FormatError);
    expect(() => importBrain(backend, json)).toThrow(message);
    expect(backend.memory.liveBlocks).toBe(liveBlocks);
  });

  it("takes names that objects have for names", () => {
    const json = `{"layers":[{"__proto__":{},"constructor":{}},{"0":{"bias":1,"weights":{"__proto__":2,"constructor":3}}}],"inputLookup":true,"activation":"relu"}`;
    const model = importBrain(backend, json);
    expect([...model.predict([1, 1])]).toEqual([6]);
    expect(model.metadata.features).toBe('["__proto__","constructor"]');
  });
});
