import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  bidirectional,
  createBackendSync,
  dense,
  FormatError,
  gru,
  input,
  type Layer,
  lstm,
  Model,
  Sequential,
  simpleRnn,
  timeStep,
} from "../../../src/index.js";
import { exportOnnx, importOnnx } from "../../../src/onnx.js";
import { Random } from "../../support/random.js";
import { floats, type NodeInit, node, onnxFile, type TensorInit } from "./graphs.js";

/** Recurrent operators as PyTorch's exporter writes them: test/golden/generate-recurrent-onnx.py. */

interface Tensor {
  readonly shape: number[];
  readonly data: number[];
}

interface Case {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly files: Readonly<Record<"fixed" | "open", string>>;
}

const cases: Record<string, Case> = JSON.parse(
  readFileSync(new URL("../../golden/recurrent-onnx.json", import.meta.url), "utf8"),
);
const backend = createBackendSync();
const random = new Random(43);
const [TIME, INPUTS, UNITS] = [5, 3, 4];

/** Weights that are none of the first ones. */
function filled<Of extends Model>(model: Of): Of {
  for (const { value } of model.parameters) value.set(random.floats(value.length, -0.7, 0.7));
  return model;
}

describe("a model of PyTorch's exporter", () => {
  const expected: Record<string, string[]> = {
    lstm: ["lstm", "dense"],
    "last step": ["lstm", "timeStep", "dense"],
    "last state": ["lstm", "dense"],
    "two layers of GRU": ["gru", "gru", "dense"],
    "both directions": ["bidirectional", "dense"],
    "last states of both": ["bidirectional", "timeStep", "timeStep", "concatenate", "dense"],
    "two layers of RNN, both directions": ["bidirectional", "bidirectional", "dense"],
  };
  it.each(Object.keys(cases))("%s", (name) => {
    const { x, y, files } = cases[name];
    for (const kind of ["fixed", "open"] as const) {
      const model = importOnnx(backend, Buffer.from(files[kind], "base64"));
      const output = model.predict(Float32Array.from(x.data));
      expect(output.length).toBe(y.data.length);
      expect(Math.max(...output.map((value, i) => Math.abs(value - y.data[i])))).toBeLessThan(1e-6);
      const types = model.layers.map(({ config }) => config.type);
      if (expected[name]) expect(types.filter((type) => type !== "reshape")).toEqual(expected[name]);
    }
  });
});

describe("a model that goes through ONNX gives the same outputs", () => {
  const sequences = { returnSequences: true } as const;
  const merges = ["concatenate", "sum", "average", "multiply"] as const;
  it.each<[string, Layer[], string[] | undefined]>([
    [
      "simpleRnn",
      [simpleRnn(4, { activation: "relu", ...sequences }), simpleRnn(3)],
      ["simpleRnn", "simpleRnn"],
    ],
    ["lstm", [lstm(4, sequences), lstm(3, { useBias: false })], ["lstm", "lstm"]],
    ["lstm with two biases", [lstm(4, { recurrentBias: true })], ["lstm"]],
    ["gru", [gru(4, sequences), gru(3), dense(2)], ["gru", "gru", "dense"]],
    [
      "gru with the reset gate before the product",
      [gru(4, { resetAfter: false, ...sequences }), gru(3, { resetAfter: false, recurrentBias: true })],
      ["gru", "gru"],
    ],
    [
      "gates that are hard sigmoids",
      [
        lstm(4, { recurrentActivation: "hardSigmoid", ...sequences }),
        gru(4, { recurrentActivation: "hardSigmoid", slope: 0.2, ...sequences }),
        bidirectional(gru(4, { recurrentActivation: "hardSigmoid", slope: 0.3, resetAfter: false })),
      ],
      undefined,
    ],
    ["gru with one bias", [gru(4, { recurrentBias: false })], ["gru"]],
    ["in reverse", [lstm(4, { ...sequences, reverse: true }), gru(3, { reverse: true })], ["lstm", "gru"]],
    ["a step", [lstm(4, sequences), timeStep(-2), dense(2)], ["lstm", "timeStep", "dense"]],
    ...merges.map((merge): [string, Layer[], string[] | undefined] => [
      `both directions, ${merge}`,
      [bidirectional(lstm(4, sequences), { merge }), bidirectional(gru(3), { merge })],
      undefined,
    ]),
    [
      "both directions, the first in reverse",
      [
        bidirectional(lstm(4, { ...sequences, reverse: true })),
        bidirectional(simpleRnn(3, { reverse: true })),
      ],
      undefined,
    ],
  ])("%s", (_, layers, types) => {
    const model = filled(new Sequential(backend, { inputShape: [TIME, INPUTS], layers }));
    const again = importOnnx(backend, exportOnnx(model));
    const x = random.floats(3 * TIME * INPUTS, -2, 2);
    const [got, expected] = [again.predict(x), model.predict(x)];
    expect(Math.max(...got.map((value, i) => Math.abs(value - expected[i])))).toBeLessThan(1e-6);
    if (types)
      expect(again.layers.map(({ config }) => config.type).filter((type) => type !== "reshape")).toEqual(
        types,
      );
  });

  it.each<[string, (states: number) => Layer, number]>([
    ["lstm", () => lstm(UNITS), 2],
    ["gru", () => gru(UNITS, { returnSequences: true }), 1],
    ["both directions", () => bidirectional(lstm(UNITS)), 4],
    ["both directions, the first in reverse", () => bidirectional(lstm(UNITS, { reverse: true })), 4],
  ])("%s with states as inputs", (_, make, states) => {
    const inputs = [input([TIME, INPUTS]), ...Array.from({ length: states }, () => input(UNITS))];
    const model = filled(new Model(backend, { inputs, outputs: make(states).apply(inputs) }));
    const again = importOnnx(backend, exportOnnx(model)) as unknown as typeof model;
    const given = inputs.map(({ shape }) => random.floats(2 * shape.reduce((a, b) => a * b), -1, 1));
    const [got, expected] = [again.predict(given), model.predict(given)];
    expect(Math.max(...got.map((value, i) => Math.abs(value - expected[i])))).toBeLessThan(1e-6);
  });

  it("gru with its last state", () => {
    const x = input([TIME, INPUTS]);
    const [all, h] = gru(UNITS, { returnState: true, returnSequences: true }).apply(x);
    const outputs = gru(UNITS).apply([all, h]);
    const model = filled(new Model(backend, { inputs: x, outputs }));
    const again = importOnnx(backend, exportOnnx(model));
    const samples = random.floats(2 * TIME * INPUTS, -1, 1);
    const [got, expected] = [again.predict(samples), model.predict(samples)];
    expect(Math.max(...got.map((value, i) => Math.abs(value - expected[i])))).toBeLessThan(1e-6);
  });
});

describe("a recurrent operator", () => {
  const weights = (blocks: number, directions = 1): TensorInit[] => {
    const rows = blocks * UNITS;
    const of = (name: string, ...dims: number[]) =>
      floats(
        name,
        dims,
        Array.from(
          random.floats(
            dims.reduce((a, b) => a * b),
            -0.5,
            0.5,
          ),
        ),
      );
    return [
      of("w", directions, rows, INPUTS),
      of("r", directions, rows, UNITS),
      of("b", directions, 2 * rows),
      of("p", directions, 3 * UNITS),
    ];
  };
  const perm = { perm: [1n, 0n, 2n] };
  const file = (nodes: NodeInit[], tensors: TensorInit[], shape: (string | number)[] = ["n", TIME, INPUTS]) =>
    onnxFile({ nodes, tensors, shape });
  const lstmNode = (attributes: Parameters<typeof node>[3], input = ["t", "w", "r", "b"]) =>
    node("LSTM", input, "y", attributes);

  it.each<[string, NodeInit, TensorInit[]]>([
    ["expected no clip", lstmNode({ clip: 3 }), weights(4)],
    ["expected a forget gate of its own", lstmNode({ input_forget: 1n }), weights(4)],
    ["expected no peepholes", lstmNode({}, ["t", "w", "r", "b", "", "", "", "p"]), weights(4)],
    ["expected an initial state of zeros", lstmNode({}, ["t", "w", "r", "b", "", "p"]), weights(4)],
    [
      "expected the direction forward, reverse or bidirectional, got up",
      lstmNode({ direction: "up" }),
      weights(4),
    ],
    [
      "expected weights for 3 inputs in 2 directions, got [1, 16, 3], [1, 16, 4], [1, 32]",
      lstmNode({ direction: "bidirectional" }),
      weights(4),
    ],
    ["expected weights for 3 inputs in 1 direction", lstmNode({ hidden_size: 5n }), weights(4)],
    ["expected sequences [time, batch, inputs]", lstmNode({}, ["x", "w", "r"]), weights(4)],
    [
      "expected gates of one slope (activation_alpha) and activation_beta 0.5, got [0.2, 0.3]",
      node("GRU", ["t", "w", "r", "b"], "y", {
        activations: ["HardSigmoid", "Tanh"],
        activation_alpha: [0.2, 0.3],
      }),
      weights(3),
    ],
  ])("is refused: %s", (message, recurrent, tensors) => {
    const nodes = [node("Transpose", ["x"], "t", perm), recurrent];
    const read = () => importOnnx(backend, file(nodes, tensors));
    expect(read).toThrow(FormatError);
    expect(read).toThrow(message);
  });

  it("may have the batch first", () => {
    const tensors = weights(4);
    const [timed, batched] = [0n, 1n].map((layout) => {
      const nodes =
        layout === 0n
          ? [
              node("Transpose", ["x"], "t", perm),
              node("LSTM", ["t", "w", "r", "b"], "h"),
              node("Transpose", ["h"], "y", { perm: [2n, 0n, 1n, 3n] }),
            ]
          : [node("LSTM", ["x", "w", "r", "b"], "y", { layout })];
      return importOnnx(backend, file(nodes, tensors));
    });
    const x = random.floats(2 * TIME * INPUTS);
    expect(batched.outputShape).toEqual([TIME, 1, UNITS]);
    expect([...batched.predict(x)]).toEqual([...timed.predict(x)]);
  });
});
