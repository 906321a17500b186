import { describe, expect, it } from "vitest";
import {
  bidirectional,
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
  ValueError,
} from "../../src/index.js";
import { exportTfjs, importTfjs } from "../../src/tfjs.js";
import { Random } from "../support/random.js";
import {
  backend,
  expectClose,
  type File,
  fileOf,
  inputsOf,
  read,
  typesOf,
  type Weights,
} from "./keras-file.js";

/**
 * Recurrent layers of Keras against its equations, written out (keras 3.4, layers/rnn), and there and back;
 * test/interop/ holds them against TensorFlow.js.
 */

const [TIME, INPUTS, UNITS] = [5, 3, 4];
const sequence = [TIME, INPUTS];
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const random = new Random(41);

/** A tensor of the file as a function of its indices. */
const tensorOf = ({ values }: File, name: string, cols: number) => {
  const numbers = values.get(name) ?? new Float32Array();
  return (row: number, col: number) => numbers[row * cols + col] ?? 0;
};

/** All states of a layer of Keras on a sample, from the first step that it takes to the last. */
function statesOf(file: File, type: string, place: string, x: Float32Array, reverse: boolean): number[][] {
  const blocks = { SimpleRNN: 1, LSTM: 4, GRU: 3, "GRU before": 3 }[type] as number;
  const cols = blocks * UNITS;
  const [kernel, recurrent, bias] = ["kernel", "recurrent_kernel", "bias"].map((name) =>
    tensorOf(file, place + name, cols),
  );
  let [h, c] = [new Array<number>(UNITS).fill(0), new Array<number>(UNITS).fill(0)];
  const states: number[][] = [];
  for (let i = 0; i < TIME; i++) {
    const t = reverse ? TIME - 1 - i : i;
    const ofX = (col: number) =>
      Array.from({ length: INPUTS }, (_, k) => x[t * INPUTS + k] * kernel(k, col)).reduce((a, b) => a + b) +
      bias(0, col);
    const ofH = (col: number, row = 1) =>
      h.map((value, k) => value * recurrent(k, col)).reduce((a, b) => a + b) + bias(row, col);
    const z = (block: number, j: number) => ofX(block * UNITS + j) + ofH(block * UNITS + j, 9);
    const units = [...h.keys()];
    if (type === "SimpleRNN") h = units.map((j) => Math.tanh(z(0, j)));
    else if (type === "LSTM") {
      c = units.map((j) => sigmoid(z(1, j)) * c[j] + sigmoid(z(0, j)) * Math.tanh(z(2, j)));
      h = units.map((j) => sigmoid(z(3, j)) * Math.tanh(c[j]));
    } else if (type === "GRU before") {
      const gate = (block: number, j: number) => Math.min(Math.max(0.2 * z(block, j) + 0.5, 0), 1);
      const last = h;
      const reset = units.map((j) => gate(1, j) * last[j]);
      h = units.map((j) => {
        const inner = reset.map((value, k) => value * recurrent(k, 2 * UNITS + j)).reduce((a, b) => a + b);
        const candidate = Math.tanh(ofX(2 * UNITS + j) + inner);
        return gate(0, j) * last[j] + (1 - gate(0, j)) * candidate;
      });
    } else {
      const gate = (block: number, j: number) => sigmoid(ofX(block * UNITS + j) + ofH(block * UNITS + j));
      h = units.map((j) => {
        const candidate = Math.tanh(ofX(2 * UNITS + j) + gate(1, j) * ofH(2 * UNITS + j));
        return gate(0, j) * h[j] + (1 - gate(0, j)) * candidate;
      });
    }
    states.push(h);
  }
  return states;
}

const weightsOf = (type: string, place = ""): Weights => {
  const cols = UNITS * ({ SimpleRNN: 1, LSTM: 4, GRU: 3 }[type] as number);
  return {
    [`${place}kernel`]: [INPUTS, cols],
    [`${place}recurrent_kernel`]: [UNITS, cols],
    [`${place}bias`]: type === "GRU" ? [2, cols] : [cols],
  };
};

const configOf = (type: string, more: object = {}) => ({
  units: UNITS,
  activation: "tanh",
  ...(type !== "SimpleRNN" && { recurrent_activation: "sigmoid" }),
  ...(type === "GRU" && { reset_after: true }),
  use_bias: true,
  ...more,
});

/** The weights with half of their size, so that no gate is shut. */
function smaller(file: File): File {
  const values = new Map([...file.values].map(([name, of]) => [name, of.map((value) => (value - 0.9) / 2)]));
  const bytes = [...values.values()].flatMap(({ buffer }) => [...new Uint8Array(buffer)]);
  return { ...file, values, shards: [Uint8Array.from(bytes)] };
}

const types = { SimpleRNN: "simpleRnn", LSTM: "lstm", GRU: "gru" } as const;

describe.each(Object.entries(types))("a %s of Keras", (type, own) => {
  it("gives its last state", () => {
    for (const place of ["", `${type === "SimpleRNN" ? "simple_rnn" : own}_cell/`])
      for (const reverse of [false, true]) {
        const config = configOf(type, { go_backwards: reverse });
        const file = smaller(fileOf(type, sequence, config, weightsOf(type, place)));
        const model = read(file);
        expect(typesOf(model)).toEqual([own]);
        const x = inputsOf(model, 1);
        expectClose(model.predict(x), statesOf(file, type, place, x, reverse)[TIME - 1]);
      }
  });

  it("gives sequences, and goes both ways", () => {
    const alone = smaller(
      fileOf(type, sequence, configOf(type, { return_sequences: true }), weightsOf(type)),
    );
    const x = inputsOf(read(alone), 1);
    expectClose(read(alone).predict(x), statesOf(alone, type, "", x, false).flat());

    const [ahead, back] = ["forward_rnn/", "backward_rnn/cell/"].map((place) =>
      place.replace("cell", type === "SimpleRNN" ? "simple_rnn_cell_1" : `${own}_cell_2`),
    );
    const weights = { ...weightsOf(type, ahead), ...weightsOf(type, back) };
    const joins: Record<string, (a: number[], b: number[]) => number[]> = {
      concat: (a, b) => [...a, ...b],
      sum: (a, b) => a.map((value, i) => value + b[i]),
      ave: (a, b) => a.map((value, i) => (value + b[i]) / 2),
      mul: (a, b) => a.map((value, i) => value * b[i]),
    };
    for (const [merge_mode, join] of Object.entries(joins))
      for (const return_sequences of [true, false]) {
        const layer = { class_name: type, config: configOf(type, { name: "rnn", return_sequences }) };
        const file = smaller(fileOf("Bidirectional", sequence, { merge_mode, layer }, weights));
        const a = statesOf(file, type, ahead, x, false);
        const b = statesOf(file, type, back, x, true).reverse();
        const expected = a.map((state, t) => join(state, b[t]));
        const model = read(file);
        expect(typesOf(model)).toEqual(["bidirectional"]);
        expectClose(model.predict(x), return_sequences ? expected.flat() : join(a[TIME - 1], b[0]));
      }
  });

  it("is refused with what lanewise does not have", () => {
    const message = (more: object) => {
      try {
        read(fileOf(type, sequence, configOf(type, more), weightsOf(type)));
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
        return (error as Error).message;
      }
      throw new Error("expected an error");
    };
    expect(message({ activation: "elu" })).toMatch(
      /config.activation: expected "tanh"( or "relu")?, all that the cells of lanewise have, got "elu"; train/,
    );
    expect(message({ stateful: true })).toContain("config.stateful: expected false");
    expect(message({ return_sequences: true, go_backwards: true })).toContain(
      "config.go_backwards: expected false with return_sequences",
    );
    if (type === "SimpleRNN") return;
    expect(message({ recurrent_activation: "elu" })).toContain(
      'config.recurrent_activation: expected "sigmoid" or "hard_sigmoid", all that the cells of lanewise have, got "elu"',
    );
  });
});

it("a GRU of early files has the reset gate before the product, and hard gates", () => {
  const weights = { kernel: [INPUTS, 12], recurrent_kernel: [UNITS, 12], bias: [12] };
  for (const more of [
    { recurrent_activation: "hard_sigmoid", reset_after: false },
    { recurrentActivation: "hardSigmoid" },
  ]) {
    const config = { units: UNITS, activation: "tanh", return_sequences: true, ...more };
    const file = smaller(fileOf("GRU", sequence, config, weights));
    const json = {
      ...file.json,
      modelTopology: { ...(file.json as Keras).modelTopology, keras_version: "2.1.6" },
    };
    const model = importTfjs(backend, json, file.shards);
    expect(model.layers[0].config).toMatchObject({
      resetAfter: false,
      recurrentActivation: "hardSigmoid",
      slope: 0.2,
    });
    const x = inputsOf(model, 1);
    expectClose(model.predict(x), statesOf(file, "GRU before", "", x, false).flat());
  }
});

/** A model.json. */
interface Keras {
  readonly modelTopology: object;
}

it("a Bidirectional of Keras 3 says both layers, which have to agree", () => {
  const layer = { class_name: "LSTM", config: configOf("LSTM", { name: "forward_rnn" }) };
  const weights = { ...weightsOf("LSTM", "forward_rnn/"), ...weightsOf("LSTM", "backward_rnn/") };
  const file = (back: object, more: object = {}) =>
    fileOf(
      "Bidirectional",
      sequence,
      { layer, backward_layer: { class_name: "LSTM", config: configOf("LSTM", back) }, ...more },
      weights,
    );
  expect(read(file({ go_backwards: true })).outputShape).toEqual([2 * UNITS]);
  expect(() => read(file({ units: 5 }))).toThrow(
    "backward_layer.config.units: expected what the layer has, 4",
  );
  expect(() => read(file({}, { merge_mode: null }))).toThrow(
    "config.merge_mode: expected concat or sum or ave or mul, got null",
  );
  const inner = { class_name: "Dense", config: {} };
  expect(() => read(fileOf("Bidirectional", sequence, { layer: inner }))).toThrow(
    "config.layer.class_name: expected SimpleRNN or LSTM or GRU",
  );
});

it("an encoder's last state begins a decoder", () => {
  const weights = (name: string) =>
    Object.entries(weightsOf("LSTM")).map(([tensor, shape]) => ({
      name: `${name}/lstm_cell/${tensor}`,
      shape,
      dtype: "float32",
    }));
  const lstmOf = (name: string, from: unknown[], more: object) => ({
    class_name: "LSTM",
    name,
    config: { name, ...configOf("LSTM"), ...more },
    inbound_nodes: [from],
  });
  const layers = [
    {
      class_name: "InputLayer",
      name: "x",
      config: { name: "x", batch_input_shape: [null, ...sequence] },
      inbound_nodes: [],
    },
    lstmOf("encoder", [["x", 0, 0, {}]], { return_state: true }),
    lstmOf(
      "decoder",
      [
        ["x", 0, 0, {}],
        ["encoder", 0, 1, {}],
        ["encoder", 0, 2, {}],
      ],
      {},
    ),
  ];
  const manifest = [...weights("encoder"), ...weights("decoder")];
  const count = manifest.flatMap(({ shape }) => shape.reduce((a, b) => a * b, 1)).reduce((a, b) => a + b);
  const numbers = random.floats(count, -0.5, 0.5);
  const config = { name: "m", layers, input_layers: [["x", 0, 0]], output_layers: [["decoder", 0, 0]] };
  const json = {
    modelTopology: { class_name: "Functional", config, keras_version: "2.15.0" },
    weightsManifest: [{ paths: ["a"], weights: manifest }],
  };
  const model = importTfjs(backend, json, [new Uint8Array(numbers.buffer)]);
  const x = input(sequence);
  const [, h, c] = lstm(UNITS, { returnState: true }).apply(x);
  const expected = new Model(backend, { inputs: x, outputs: lstm(UNITS).apply([x, h, c]) });
  let at = 0;
  for (const { value } of expected.parameters) {
    value.set(numbers.subarray(at, at + value.length));
    at += value.length;
  }
  expect(at).toBe(count);
  const samples = inputsOf(model);
  expect([...model.predict(samples)]).toEqual([...expected.predict(samples)]);
});

it("a TimeDistributed is its layer, on each step", () => {
  const layer = (class_name: string) => ({ class_name, config: { name: "d", units: 2, activation: "tanh" } });
  const file = fileOf("TimeDistributed", sequence, { layer: layer("Dense") }, { kernel: [3, 2], bias: [2] });
  const own = new Sequential(backend, { inputShape: sequence, layers: [dense(2, { activation: "tanh" })] });
  for (const { name, value } of own.parameters)
    value.set(file.values.get(name === "0.weight" ? "kernel" : "bias") ?? []);
  const x = inputsOf(own);
  expectClose(read(file).predict(x), own.predict(x));
  expect(() => read(fileOf("TimeDistributed", sequence, { layer: layer("Flatten") }))).toThrow(
    'config.layer.class_name: expected Activation or Dense or Dropout, which work on the last axis, got "Flatten"',
  );
});

describe("a recurrent layer that goes to TensorFlow.js and back", () => {
  const sequences = { returnSequences: true } as const;
  const hard = { recurrentActivation: "hardSigmoid", slope: 0.2 } as const;
  it.each<[string, Layer[], string[]]>([
    ["simpleRnn", [simpleRnn(4, { activation: "relu" })], ["SimpleRNN"]],
    ["lstm", [lstm(4, sequences), lstm(3, { reverse: true, useBias: false })], ["LSTM", "LSTM"]],
    ["lstm with two biases", [lstm(4, { recurrentBias: true })], ["LSTM"]],
    ["gru with the reset gate before", [gru(4, { resetAfter: false, recurrentBias: true })], ["GRU"]],
    [
      "hard gates",
      [lstm(4, { ...hard, ...sequences }), bidirectional(gru(3, { ...hard, resetAfter: false }))],
      ["LSTM", "Bidirectional"],
    ],
    [
      "bidirectional",
      [bidirectional(lstm(4, sequences)), bidirectional(lstm(3), { merge: "sum" }), dense(2)],
      ["Bidirectional", "Bidirectional", "Dense"],
    ],
    [
      "a step",
      [lstm(4, sequences), timeStep(-2), dense(2)],
      ["LSTM", "Reshape", "Cropping2D", "Reshape", "Dense"],
    ],
  ])("%s", (_, layers, expected) => {
    const model = new Sequential(backend, { inputShape: sequence, layers, seed: 3 });
    for (const { value } of model.parameters) value.set(random.floats(value.length, -0.7, 0.7));
    const files = exportTfjs(model);
    const { layers: written } = JSON.parse(files["model.json"]).modelTopology.config;
    expect(written.map(({ class_name }: { class_name: string }) => class_name)).toEqual(expected);
    const again = importTfjs(backend, files["model.json"], files);
    const x = inputsOf(model);
    expectClose(again.predict(x), model.predict(x));
  });

  it("takes states as inputs", () => {
    const [x, h, c] = [input(sequence), input(UNITS), input(UNITS)];
    const outputs = lstm(UNITS).apply([x, h, c]);
    const model = new Model(backend, { inputs: [x, h, c], outputs, seed: 2 });
    const files = exportTfjs(model);
    const again = importTfjs(backend, files["model.json"], files) as unknown as typeof model;
    const given = [TIME * INPUTS, UNITS, UNITS].map((size) => random.floats(2 * size));
    expect([...again.predict(given)]).toEqual([...model.predict(given)]);
  });

  it("is refused where TensorFlow.js has no such layer", () => {
    const refused = (...layers: Layer[]) => {
      const model = new Sequential(backend, { inputShape: sequence, layers });
      expect(() => exportTfjs(model)).toThrow(ValueError);
      return expect(() => exportTfjs(model));
    };
    refused(gru(3)).toThrow(
      "exportTfjs: layer 0 is a gru with the reset gate behind the product, which TensorFlow.js has before it",
    );
    refused(bidirectional(gru(3))).toThrow("is a gru");
    refused(lstm(3, { recurrentActivation: "hardSigmoid" })).toThrow("make and train it with slope: 0.2");
    refused(lstm(3, { reverse: true, returnSequences: true })).toThrow(
      "goes in reverse and returns sequences",
    );
    const x = input(sequence);
    const [outputs] = lstm(3, { returnState: true }).apply(x);
    expect(() => exportTfjs(new Model(backend, { inputs: x, outputs }))).toThrow("gives its last state, too");
  });
});
