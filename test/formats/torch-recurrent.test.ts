import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseSafetensors, writeSafetensors } from "../../src/files/safetensors.js";
import {
  bidirectional,
  createBackendSync,
  dense,
  FormatError,
  gru,
  type Layer,
  loadWeights,
  lstm,
  Sequential,
  simpleRnn,
  torchStateDict,
} from "../../src/index.js";
import { on } from "../reference/backends.js";

/**
 * Recurrent layers in a state_dict (torch 1.13, nn/modules/rnn.py): weight_ih_l0 [blocks units, inputs],
 * weight_hh_l0, bias_ih_l0 and bias_hh_l0, of the gates i, f, g, o and r, z, n; _l1 of the second layer, and
 * _reverse of the other direction. The outputs are PyTorch's in float64: test/golden/generate.py and
 * generate-networks.py.
 */

interface Tensor {
  readonly shape: number[];
  readonly data: number[];
}

interface Case {
  readonly inputs: readonly Tensor[];
  readonly params: Readonly<Record<string, Tensor>>;
  readonly y: Tensor;
}

const read = (name: string): Record<string, Case> =>
  JSON.parse(readFileSync(new URL(`../golden/${name}.json`, import.meta.url), "utf8"));
const golden = { ...read("layers"), ...read("recurrent") };

const backend = createBackendSync(on("scalar"));

const sequential = (inputShape: readonly number[], ...layers: Layer[]) =>
  new Sequential(backend, { inputShape, layers, seed: 5 });

/** PyTorch's tensors under the name of a module. */
const fileOf = (params: Case["params"], prefix: string) =>
  writeSafetensors(
    Object.entries(params).map(([name, { shape, data }]) => ({
      name: prefix + name,
      shape,
      values: Float32Array.from(data),
    })),
  );

const tensorsIn = (file: Uint8Array) =>
  new Map(
    [...parseSafetensors(file).tensors].map(([name, { shape, bytes }]) => [
      name,
      { shape, values: new Float32Array(bytes.slice().buffer) },
    ]),
  );

function largestDifference(model: Sequential, { inputs: [x], y }: Case): number {
  const output = model.predict(Float32Array.from(x.data));
  expect(output.length).toBe(y.data.length);
  return Math.max(...output.map((value, i) => Math.abs(value - y.data[i])));
}

const sequences = { returnSequences: true } as const;
const both = { returnSequences: true, recurrentBias: true } as const;

const stacks: [name: string, what: string, stack: () => Layer[]][] = [
  ["rnnRelu", "one bias", () => [simpleRnn(7, { ...sequences, activation: "relu" })]],
  ["lstm", "one bias", () => [lstm(4, sequences)]],
  ["lstm", "two biases", () => [lstm(4, both)]],
  ["lstm_lastOutput", "one bias", () => [lstm(5)]],
  ["lstm_twoLayers", "two layers", () => [lstm(6, sequences), lstm(6, sequences)]],
  ["lstm_bidirectional", "one bias", () => [bidirectional(lstm(6, sequences))]],
  ["lstm_bidirectional", "two biases", () => [bidirectional(lstm(6, both))]],
  ["gru", "two biases", () => [gru(4, sequences)]],
  ["gru_bidirectional", "two biases", () => [bidirectional(gru(6, sequences))]],
];

describe("a recurrent layer in a state_dict", () => {
  it.each(stacks)("is PyTorch's %s with %s", (name, _, stack) => {
    const { inputs, params } = golden[name];
    for (const prefix of ["", "0.", "rnn."]) {
      const model = sequential(inputs[0].shape.slice(1), ...stack());
      loadWeights(model, fileOf(params, prefix), { layout: "torch" });
      expect(largestDifference(model, golden[name])).toBeLessThan(1e-6);
    }
  });

  it.each(stacks)("comes back: %s with %s", (name, _, stack) => {
    const { inputs, params } = golden[name];
    const shape = inputs[0].shape.slice(1);
    const model = sequential(shape, ...stack());
    loadWeights(model, fileOf(params, ""), { layout: "torch" });
    const again = sequential(shape, ...stack());
    loadWeights(again, torchStateDict(model), { layout: "torch" });
    expect(again.parameters.map(({ value }) => [...value.data])).toEqual(
      model.parameters.map(({ value }) => [...value.data]),
    );
  });

  it("has the tensors of nn.LSTM, and zeros for the bias that the layer lacks", () => {
    const model = sequential([5, 3], lstm(4), dense(2));
    const tensors = tensorsIn(torchStateDict(model));
    const shapes = [...tensors].map(([name, { shape }]) => [name, shape]);
    expect(Object.fromEntries(shapes)).toEqual({
      "0.weight_ih_l0": [16, 3],
      "0.weight_hh_l0": [16, 4],
      "0.bias_ih_l0": [16],
      "0.bias_hh_l0": [16],
      "1.weight": [2, 4],
      "1.bias": [2],
    });
    expect([...(tensors.get("0.bias_hh_l0")?.values ?? [])]).toEqual(new Array(16).fill(0));
    expect([...(tensors.get("0.bias_ih_l0")?.values ?? [])].slice(4, 8)).toEqual([1, 1, 1, 1]);
    const bare = tensorsIn(torchStateDict(sequential([5, 3], gru(4, { useBias: false, name: "rnn" }))));
    expect([...bare.keys()].sort()).toEqual(["rnn.weight_hh_l0", "rnn.weight_ih_l0"]);
  });

  it("goes by the numbers of its layers among other modules", () => {
    const stack = () => [dense(4), lstm(4, sequences), lstm(4, sequences), lstm(4), dense(4)];
    const model = sequential([5, 4], ...stack());
    const modules: [string, string][] = [
      ["0.", "0."],
      ["1.", "1."],
      ["2.", "1."],
      ["3.", "2."],
      ["4.", "3."],
    ];
    const tensors = [...tensorsIn(torchStateDict(model))].map(([name, tensor]) => {
      const [, to] = modules.find(([from]) => name.startsWith(from)) as [string, string];
      const own = name.slice(2);
      return { name: to + (name.startsWith("2.") ? own.replace("_l0", "_l1") : own), ...tensor };
    });
    const again = sequential([5, 4], ...stack());
    loadWeights(again, writeSafetensors(tensors), { layout: "torch" });
    expect(again.parameters.map(({ value }) => [...value.data])).toEqual(
      model.parameters.map(({ value }) => [...value.data]),
    );
  });

  it("may be named by order and by names", () => {
    const { inputs, params } = golden.lstm_twoLayers;
    const stack = () =>
      sequential(inputs[0].shape.slice(1), lstm(6, { ...sequences, useBias: true }), lstm(6, sequences));
    const file = fileOf(params, "rnn.");
    const ordered = stack();
    loadWeights(ordered, file, { layout: "torch", order: ["rnn_l0", "rnn_l1"] });
    expect(largestDifference(ordered, golden.lstm_twoLayers)).toBeLessThan(1e-6);
    const words = {
      weight: "weight_ih",
      recurrentWeight: "weight_hh",
      bias: "bias_ih",
      recurrentBias: "bias_hh",
    };
    const names = Object.fromEntries(
      [0, 1].flatMap((i) => Object.entries(words).map(([own, its]) => [`${i}.${own}`, `rnn.${its}_l${i}`])),
    );
    const named = stack();
    loadWeights(named, file, { layout: "torch", names });
    expect(largestDifference(named, golden.lstm_twoLayers)).toBeLessThan(1e-6);
    const first = sequential(
      inputs[0].shape.slice(1),
      lstm(6, { ...sequences, name: "rnn" }),
      lstm(6, sequences),
    );
    loadWeights(first, file, { layout: "torch" });
    expect(largestDifference(first, golden.lstm_twoLayers)).toBeLessThan(1e-6);
  });

  it("says what a layer has no place for, and changes nothing", () => {
    const { inputs, params } = golden.gru;
    const model = sequential(inputs[0].shape.slice(1), gru(4, { ...sequences, recurrentBias: false }));
    const before = model.parameters.map(({ value }) => [...value.data]);
    expect(() => loadWeights(model, fileOf(params, ""), { layout: "torch" })).toThrow(FormatError);
    expect(() => loadWeights(model, fileOf(params, ""), { layout: "torch" })).toThrow(
      /^loadWeights: bias_hh_l0 has .* at index 8, in the bias of the third gate, for which the layer of 0.recurrentBias has no place: make it with recurrentBias: true$/,
    );
    expect(model.parameters.map(({ value }) => [...value.data])).toEqual(before);
    const zeros = params.bias_hh_l0.data.map((value, i) => (i < 8 ? value : 0));
    const file = { ...params, bias_hh_l0: { shape: [12], data: zeros } };
    loadWeights(model, fileOf(file, ""), { layout: "torch" });
    const own = sequential(inputs[0].shape.slice(1), gru(4, sequences));
    loadWeights(own, fileOf(file, ""), { layout: "torch" });
    const x = Float32Array.from(inputs[0].data);
    const [a, b] = [model.predict(x), own.predict(x)];
    expect(Math.max(...a.map((value, i) => Math.abs(value - b[i])))).toBeLessThan(1e-6);
  });

  it("is refused with gates that PyTorch does not have", () => {
    const before = sequential([5, 3], gru(4, { resetAfter: false }));
    expect(() => torchStateDict(before)).toThrow(
      'layer "0" is of type gru with the reset gate before the product, which PyTorch does not have; use',
    );
    const hard = sequential([5, 3], bidirectional(lstm(4, { recurrentActivation: "hardSigmoid" })));
    expect(() => torchStateDict(hard)).toThrow("of type lstm with gates that are hard sigmoids");
    const bytes = torchStateDict(sequential([5, 3], gru(4)));
    expect(() => loadWeights(before, bytes, { layout: "torch" })).toThrow("which PyTorch does not have");
  });

  it("of projections is unexpected", () => {
    const model = sequential([5, 3], lstm(4));
    const tensors = [...tensorsIn(torchStateDict(model))].map(([name, tensor]) => ({ name, ...tensor }));
    const file = writeSafetensors([
      ...tensors,
      { name: "0.weight_hr_l0", shape: [2, 4], values: new Float32Array(8) },
    ]);
    expect(() => loadWeights(model, file, { layout: "torch" })).toThrow(
      "0.weight_hr_l0 [2, 4] is unexpected",
    );
  });
});
