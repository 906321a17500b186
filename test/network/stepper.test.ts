import { describe, expect, it } from "vitest";
import {
  activation,
  bidirectional,
  conv1d,
  createBackendSync,
  DisposedError,
  dense,
  dropout,
  embedding,
  flatten,
  gru,
  type Layer,
  layerNormalization,
  lstm,
  multiHeadAttention,
  positionalEncoding,
  positionEmbedding,
  Sequential,
  ShapeError,
  simpleRnn,
  transformerEncoder,
  ValueError,
} from "../../src/index.js";
import { on, variants } from "../reference/backends.js";
import { Random } from "../support/random.js";

const TIME = 7;
const FEATURES = 3;
const sequences = (rows: number): Float32Array => new Random(5).floats(rows * TIME * FEATURES);

/** Step t of all sequences. */
const stepOf = (x: Float32Array, rows: number, t: number): Float32Array =>
  Float32Array.from({ length: rows * FEATURES }, (_, i) => {
    const [row, feature] = [Math.floor(i / FEATURES), i % FEATURES];
    return x[(row * TIME + t) * FEATURES + feature];
  });

const all = { returnSequences: true } as const;
const stacks: [string, () => Layer[]][] = [
  ["simpleRnn", () => [simpleRnn(5, all)]],
  ["lstm", () => [lstm(5, all)]],
  ["gru", () => [gru(5, all)]],
  [
    "a stack",
    () => [
      dense(6, { activation: "relu" }),
      layerNormalization(),
      lstm(5, all),
      dropout(0.3),
      gru(4, all),
      dense(3),
      activation("softmax"),
    ],
  ],
];

/** Models of tokens, whose attention sees the steps before. */
const block = { heads: 2, hidden: 12, causal: true } as const;
const languages: [string, () => Layer[]][] = [
  ["of learned positions", () => [embedding(9, 8), positionEmbedding(), transformerEncoder(block), dense(9)]],
  [
    "of sines and SwiGLU",
    () => [
      embedding(9, 8),
      positionalEncoding(),
      transformerEncoder({ ...block, activation: "swiglu", normFirst: false }),
      transformerEncoder({ ...block, normalization: "rms" }),
      dense(9, { activation: "softmax" }),
    ],
  ],
  ["of rotations", () => [embedding(9, 8), transformerEncoder({ ...block, rotary: true }), dense(9)]],
  [
    "with padding in between",
    () => [embedding(9, 8, { paddingIndex: 0 }), transformerEncoder(block), lstm(5, all), dense(9)],
  ],
  [
    "of attention alone",
    () => [embedding(9, 6), multiHeadAttention({ heads: 3, causal: true, keySize: 4, valueSize: 5 })],
  ],
];

describe.each(variants)("a stepper on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));
  const modelOf = (layers: Layer[]) =>
    new Sequential(backend, { inputShape: [TIME, FEATURES], seed: 3, layers });

  it.each(stacks)("gives the bits of the whole sequence: %s", (_, stack) => {
    const model = modelOf(stack());
    for (const rows of [1, 3, 13]) {
      const x = sequences(rows);
      const units = model.outputShape[1];
      const whole = model.predict(x);
      const stepper = model.stepper({ rows });
      for (let t = 0; t < TIME; t++) {
        const y = stepper.step(stepOf(x, rows, t));
        const expected = Float32Array.from({ length: rows * units }, (_, i) => {
          const [row, unit] = [Math.floor(i / units), i % units];
          return whole[(row * TIME + t) * units + unit];
        });
        expect(y).toEqual(expected);
      }
      expect(stepper.steps).toBe(TIME);
      // The model may predict in between, and the stepper begins anew.
      model.predict(x);
      stepper.reset();
      const first = stepper.step(stepOf(x, rows, 0));
      expect(first.slice(0, units)).toEqual(whole.slice(0, units));
      stepper.dispose();
    }
    model.dispose();
  });

  it.each(languages)("gives the bits of the whole sequence: a transformer %s", (_, stack) => {
    const time = 21;
    const model = new Sequential(backend, { inputShape: [time], seed: 5, layers: stack() });
    const units = model.outputShape[1];
    for (const rows of [1, 3]) {
      const x = Float32Array.from(new Random(8).integers(rows * time, 9));
      const whole = model.predict(x);
      const stepper = model.stepper({ rows });
      for (let round = 0; round < 2; round++) {
        for (let t = 0; t < time; t++) {
          const y = stepper.step(Array.from({ length: rows }, (_, row) => x[row * time + t]));
          for (let row = 0; row < rows; row++)
            expect(y.slice(row * units, (row + 1) * units), `step ${t} of ${row}`).toEqual(
              whole.slice((row * time + t) * units, (row * time + t + 1) * units),
            );
        }
        expect(() => stepper.step(new Float32Array(rows))).toThrow(
          "stepper.step: the model was made for 21 steps, which have run",
        );
        stepper.reset();
      }
      stepper.dispose();
    }
    model.dispose();
  });

  it("of a model that gives its last state gives the state after each step", () => {
    const model = modelOf([lstm(4), dense(2)]);
    const x = sequences(1);
    const stepper = model.stepper();
    let y = new Float32Array(2);
    for (let t = 0; t < TIME; t++) y = stepper.step(stepOf(x, 1, t)) as typeof y;
    expect(y).toEqual(model.predict(x));
    model.dispose();
  });

  it("continues from states that another gave", () => {
    const model = modelOf([gru(4, all), lstm(3)]);
    const x = sequences(2);
    const [a, b] = [model.stepper({ rows: 2 }), model.stepper({ rows: 2 })];
    for (let t = 0; t < 4; t++) a.step(stepOf(x, 2, t));
    const { steps, layers } = a.states;
    const plain = Object.entries(layers).map(([name, values]) => [name, [...values]]);
    b.states = JSON.parse(JSON.stringify({ steps, layers: Object.fromEntries(plain) }));
    expect(b.step(stepOf(x, 2, 4))).toEqual(a.step(stepOf(x, 2, 4)));
    model.dispose();
  });
});

describe("a stepper says", () => {
  const backend = createBackendSync();
  const model = (...layers: Layer[]) => new Sequential(backend, { inputShape: [TIME, FEATURES], layers });

  it("which layers need the whole sequence", () => {
    expect(() => model(bidirectional(lstm(3))).stepper()).toThrow(ValueError);
    expect(() => model(bidirectional(lstm(3))).stepper()).toThrow(
      "stepper: bidirectional needs the whole sequence, not one time step after the other",
    );
    expect(() => model(conv1d(3, 2)).stepper()).toThrow("stepper: conv1d needs the whole sequence");
    expect(() => model(gru(3, { reverse: true })).stepper()).toThrow("stepper: gru needs the whole sequence");
    expect(() => model(flatten(), dense(2)).stepper()).toThrow("stepper: flatten needs the whole sequence");
  });

  it("what it expects and what it got", () => {
    const stepper = model(lstm(3)).stepper({ rows: 2 });
    expect(() => stepper.step([1, 2, 3])).toThrow(ShapeError);
    expect(() => stepper.step([1, 2, 3])).toThrow("stepper.step expected 2 x 3 = 6 numbers, got 3");
    expect(() => {
      stepper.states = { steps: 1, layers: {} };
    }).toThrow("stepper expected states of 0.state.0, got");
    stepper.dispose();
    expect(() => stepper.step(new Float32Array(6))).toThrow(DisposedError);
  });

  it("nothing, and allocates nothing, while it runs", () => {
    const stepper = model(lstm(8), dense(1)).stepper();
    const x = new Float32Array(FEATURES);
    stepper.step(x);
    const before = backend.memory.totalBytes;
    for (let i = 0; i < 1000; i++) stepper.step(x);
    expect(backend.memory.totalBytes).toBe(before);
  });
});
