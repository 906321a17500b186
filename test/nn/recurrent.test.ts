import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  adam,
  bidirectional,
  checkGradients,
  createBackendSync,
  dense,
  gru,
  input,
  type Layer,
  loadModel,
  losses as lossesOf,
  lstm,
  Model,
  type Network,
  Sequential,
  ShapeError,
  saveModel,
  sgd,
  simpleRnn,
  ValueError,
} from "../../src/index.js";
import { Layer as BaseLayer } from "../../src/layers/layer.js";
import type { Scope, TracedTensor } from "../../src/layers/scope.js";
import { exactVariants, on, variants } from "../reference/backends.js";
import { expectClose, type LayerCase, layers, type Tensor, transposed } from "../reference/golden.js";
import { Random } from "../support/random.js";

/** Recurrent layers against PyTorch's in float64: test/golden/generate.py, generate-networks.py. */
const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../golden/${name}.json`, import.meta.url), "utf8"));

type Case = LayerCase & { readonly config: { readonly lengths?: number[] } };
const golden = { ...layers, ...(read("recurrent") as Record<string, Case>) } as Record<string, Case>;

interface Training {
  readonly batch: number;
  readonly X: Tensor;
  readonly Y: Tensor;
  readonly init: Record<string, Tensor>;
  readonly losses: number[];
  readonly final: Record<string, Tensor>;
}
const trainings = read("recurrent-trainings") as Record<string, Training>;

/** The names of PyTorch's tensors of a layer, and ours. PyTorch keeps weights as [out, in]. */
const names = {
  weight: "weight_ih",
  recurrentWeight: "weight_hh",
  bias: "bias_ih",
  recurrentBias: "bias_hh",
} as const;

/** PyTorch's tensor for a parameter, such as "1.backward.weight", of layers that stand one on the other. */
function torchOf(tensors: Record<string, Tensor>, name: string, prefix = ""): number[] {
  const [place, ...rest] = name.split(".");
  const own = rest.at(-1) as keyof typeof names;
  const reverse = rest[0] === "backward" ? "_reverse" : "";
  const tensor = tensors[`${prefix}${names[own]}_l${place}${reverse}`];
  return tensor.shape.length === 2 ? transposed(tensor) : tensor.data;
}

/** A sequence whose second input is the mask of its steps. */
class Masked extends BaseLayer {
  override readonly config = { type: "masked" };
  override get arity(): readonly [number, number] {
    return [2, 2];
  }
  override build(_: Scope, [x, mask]: readonly TracedTensor[]): TracedTensor {
    return x.to(x.value, { mask: mask.value });
  }
}

const all = { returnSequences: true, recurrentBias: true } as const;
const cases: [name: string, stack: () => Layer[]][] = [
  ["rnn", () => [simpleRnn(4, all)]],
  ["rnnRelu", () => [simpleRnn(7, { ...all, activation: "relu" })]],
  ["lstm", () => [lstm(4, all)]],
  ["gru", () => [gru(4, all)]],
  ["lstm_lastOutput", () => [lstm(5, { recurrentBias: true })]],
  ["lstm_twoLayers", () => [lstm(6, all), lstm(6, all)]],
  ["lstm_bidirectional", () => [bidirectional(lstm(6, all))]],
  ["gru_bidirectional", () => [bidirectional(gru(6, all))]],
  ["gru_wide", () => [gru(21, all)]],
  ["lstm_lengths", () => [lstm(6, all)]],
  ["gru_lengths", () => [gru(6, all)]],
  ["lstm_initialState", () => [lstm(6, all)]],
];

describe.each(variants)("recurrent layers on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));
  const matrix = (rows: number, data: ArrayLike<number>) => backend.matrix(rows, data.length / rows, data);

  it.each(cases)("are PyTorch's %s, forward and backward", (name, stack) => {
    const { inputs, params, y, upstream, dInputs, dParams, config } = golden[name];
    const [batch, time, features] = inputs[0].shape;
    const ports = [input([time, features])];
    const data = [inputs[0].data];
    let tensor = ports[0];
    if (config.lengths) {
      ports.push(input([time]));
      data.push(
        config.lengths.flatMap((length) => Array.from({ length: time }, (_, t) => Number(t < length))),
      );
      tensor = new Masked().apply(ports);
    }
    const states = inputs.slice(1).map(({ shape }) => input(shape.slice(-1)));
    data.push(...inputs.slice(1).map((state) => state.data));
    stack().forEach((layer, i) => {
      const named = Object.assign(Object.create(layer), { config: { ...layer.config, name: String(i) } });
      tensor = named.apply(states.length > 0 ? [tensor, ...states] : tensor);
    });
    const model = new Model(backend, { inputs: [...ports, ...states], outputs: tensor });
    for (const { name, value } of model.parameters) value.set(torchOf(params, name));
    expect(model.parameters).toHaveLength(Object.keys(params).length);
    const output = model.forward(
      data.map((values) => matrix(batch, values)),
      { training: true },
    );
    expectClose("y", output.data, y.data, 2e-6, 2e-6);
    const given = model.backward(matrix(batch, upstream.data), { inputGradient: true });
    const gradients = Array.isArray(given) ? given : [given];
    expectClose("dx", gradients[0].data, dInputs[0].data, 3e-6, 3e-6);
    dInputs.slice(1).forEach((expected, i) => {
      expectClose(
        `d state ${i}`,
        gradients[gradients.length - states.length + i].data,
        expected.data,
        3e-6,
        3e-6,
      );
    });
    for (const { name, gradient } of model.parameters)
      expectClose(name, gradient.data, torchOf(dParams, name), 1e-5, 5e-6);
    model.dispose();
  });

  it.each([
    ["lstm_last_adam", () => lstm(6, { recurrentBias: true, name: "0" }), adam({ learningRate: 0.01 })],
    ["gru_last_sgd", () => gru(6, { name: "0" }), sgd({ learningRate: 0.05, momentum: 0.9 })],
  ] as const)("train as PyTorch's %s", (name, layer, optimizer) => {
    const { batch, X, Y, init, losses, final } = trainings[name];
    const model = new Sequential(backend, {
      inputShape: X.shape.slice(1),
      layers: [layer(), dense(1, { name: "out" })],
    });
    const torch = (tensors: Record<string, Tensor>, name: string): number[] =>
      name.startsWith("out.") ? tensors[name].data : torchOf(tensors, name, "rnn.");
    for (const { name, value } of model.parameters) value.set(torch(init, name));
    const bound = optimizer.attach(model);
    const loss = lossesOf.meanSquaredError();
    const size = X.data.length / Y.data.length;
    const dOut = backend.matrix(batch, 1);
    losses.forEach((expected, step) => {
      const at = (step * batch) % Y.data.length;
      model.zeroGradients();
      const output = model.forward(Float32Array.from(X.data).slice(at * size, (at + batch) * size), {
        training: true,
      });
      const value = loss.valueAndGradient(output, Float32Array.from(Y.data).slice(at, at + batch), dOut);
      expectClose(`loss of step ${step}`, [value], [expected], 2e-6, 1e-5);
      model.backward(dOut);
      bound.step();
    });
    for (const { name, value } of model.parameters)
      expectClose(name, value.data, torch(final, name), 2e-5, 2e-5);
    model.dispose();
  });

  const kinds: [string, () => Layer][] = [
    ["simpleRnn", () => simpleRnn(5)],
    ["simpleRnn of sequences", () => simpleRnn(4, { returnSequences: true })],
    ["lstm", () => lstm(5, { returnSequences: true })],
    ["lstm in reverse", () => lstm(3, { reverse: true })],
    ["lstm without bias", () => lstm(3, { useBias: false })],
    ["gru", () => gru(5)],
    ["gru in reverse", () => gru(3, { reverse: true, returnSequences: true })],
    ["gru with the reset gate before", () => gru(5, { resetAfter: false, returnSequences: true })],
    ["gru with the reset gate before, in reverse", () => gru(3, { resetAfter: false, reverse: true })],
    ["lstm of hard gates", () => lstm(4, { recurrentActivation: "hardSigmoid", returnSequences: true })],
    ["gru of hard gates", () => gru(4, { recurrentActivation: "hardSigmoid", slope: 0.2 })],
    [
      "bidirectional of hard gates",
      () => bidirectional(gru(3, { recurrentActivation: "hardSigmoid", resetAfter: false })),
    ],
    ["bidirectional of sums", () => bidirectional(gru(3, { returnSequences: true }), { merge: "sum" })],
    ["bidirectional of means", () => bidirectional(lstm(3), { merge: "average" })],
    ["bidirectional of products", () => bidirectional(simpleRnn(3), { merge: "multiply" })],
  ];

  it.each(kinds)("%s has the gradients of central differences", (_, layer) => {
    const model = new Sequential(backend, { inputShape: [6, 3], seed: 5, layers: [layer(), dense(2)] });
    const random = new Random(4);
    const outputs = model.outputSizes[0];
    const checks = checkGradients(model, random.floats(4 * 18), random.floats(4 * outputs), {
      loss: "meanSquaredError",
    });
    for (const { name, relativeError } of checks) expect(relativeError, name).toBeLessThan(2e-3);
    model.dispose();
  });

  it.each(kinds)(
    "%s gives a sample the same bits in any batch, and comes back from a file",
    async (_, layer) => {
      const model = new Sequential(backend, { inputShape: [6, 3], seed: 5, layers: [layer()] });
      const x = new Random(9).floats(13 * 18);
      const together = model.predict(x);
      const alone = Array.from({ length: 13 }, (_, i) => [...model.predict(x.slice(18 * i, 18 * i + 18))]);
      expect([...together]).toEqual(alone.flat());
      const loaded: Network = await loadModel(backend, saveModel(model));
      expect([...loaded.predict(x)]).toEqual([...together]);
      loaded.dispose();
      model.dispose();
    },
  );
});

it.each([
  ["lstm", (options: object) => lstm(4, { ...options, returnState: true })],
  ["gru in reverse", (options: object) => gru(4, { ...options, reverse: true, returnState: true })],
])("%s gives its last state, which another layer begins with", async (_, layer) => {
  const backend = createBackendSync();
  const x = input([5, 3]);
  for (const returnSequences of [false, true]) {
    const [y, ...state] = layer({ returnSequences, name: "encoder" }).apply(x);
    const [, h] = [y, ...state];
    const decoded = (state.length > 1 ? lstm(4, { name: "decoder" }) : gru(4, { name: "decoder" })).apply([
      x,
      ...state,
    ]);
    const model = new Model(backend, { inputs: x, outputs: [y, h, decoded], seed: 4 });
    const plain = new Random(3).floats(2 * 15);
    const [sequence, last] = model.predict(plain);
    const own = { name: "encoder", returnSequences };
    const alone = new Model(backend, {
      inputs: x,
      outputs: (state.length > 1 ? lstm(4, own) : gru(4, { ...own, reverse: true })).apply(x),
    });
    for (const { name, value } of alone.parameters)
      value.set(model.parameters.find((other) => other.name === name)?.value.data ?? []);
    expect(sequence).toEqual(alone.predict(plain));
    const step = state.length > 1 && returnSequences ? 4 : 0;
    const at = (row: number) => (returnSequences ? 4 * (5 * row + step) : 4 * row);
    for (const row of [0, 1])
      expect(last.slice(4 * row, 4 * row + 4)).toEqual(sequence.slice(at(row), at(row) + 4));
    const checks = checkGradients(
      model,
      plain,
      [y, h, decoded].map(({ shape }, i) => new Random(i).floats(2 * shape.reduce((a, b) => a * b, 1))),
      { loss: ["meanSquaredError", "meanSquaredError", "meanSquaredError"] },
    );
    for (const { name, relativeError } of checks) expect(relativeError, name).toBeLessThan(2e-3);
    const loaded = await loadModel(backend, saveModel(model));
    expect(loaded.predict(plain)).toEqual(model.predict(plain));
    model.dispose();
  }
});

it("recurrent layers train to the same bits on the scalar and the simd build", async () => {
  const weights = await Promise.all(
    exactVariants.map(async (variant) => {
      const hard = { recurrentActivation: "hardSigmoid", returnSequences: true } as const;
      const before = { resetAfter: false, returnSequences: true };
      const layers = [
        ...[bidirectional(lstm(9, { returnSequences: true })), lstm(5, hard), gru(5, before)],
        ...[gru(7), simpleRnnOf(), dense(1)],
      ];
      const model = new Sequential(createBackendSync(on(variant)), { inputShape: [11, 3], seed: 3, layers });
      const random = new Random(2);
      await model.fit(random.floats(37 * 33), random.floats(37), {
        loss: "meanSquaredError",
        optimizer: adam(),
        batchSize: 8,
        epochs: 3,
      });
      return model.parameters.map(({ value }) => [...value.data]);
    }),
  );
  expect(weights[1]).toEqual(weights[0]);
});

/** A layer that takes [units] and no sequence, so that the last state can go on. */
function simpleRnnOf(): Layer {
  return dense(5, { activation: "tanh" });
}

describe("recurrent layers say", () => {
  const backend = createBackendSync();
  const build = (layer: Layer, inputShape: number[]) => () =>
    new Sequential(backend, { inputShape, layers: [layer] });

  it("what shape they expect", () => {
    expect(build(lstm(3), [4])).toThrow(ShapeError);
    expect(build(lstm(3), [4])).toThrow("lstm expected sequences, [batch, time, inputs], got [batch, 4]");
    const [x, h] = [input([4, 2]), input([5])];
    expect(() => gru(3).apply([x, h])).toThrow("gru expected an initial state of [batch, 3], got [batch, 5]");
    expect(() => lstm(5).apply([x, h])).toThrow("lstm expected 2 initial states, h and c, of [batch, 5]");
  });

  it("which options they know", () => {
    expect(() => lstm(0)).toThrow(ValueError);
    expect(() => lstm(3, { stateful: true } as object)).toThrow('lstm: unknown option "stateful"');
    expect(() => lstm(3, { resetAfter: true } as object)).toThrow('lstm: unknown option "resetAfter"');
    expect(() => gru(3, { recurrentActivation: "tanh" as "sigmoid" })).toThrow("known are sigmoid, hardSigm");
    expect(() => gru(3, { resetAfter: 1 as never })).toThrow("gru expected resetAfter to be true or false");
    expect(() => lstm(3, { slope: 0 })).toThrow("lstm expected slope to be a finite number above 0");
    expect(() => simpleRnn(3, { activation: "gelu" as "relu" })).toThrow("known are tanh, relu");
    expect(() => bidirectional(dense(3))).toThrow(
      "bidirectional expected a recurrent layer, such as lstm(32)",
    );
  });
});

it("a GRU has a bias of the product of the state where its third gate needs it", () => {
  const names = (options: object) => {
    const layers = [gru(2, options)];
    const model = new Sequential(createBackendSync(), { inputShape: [4, 3], layers });
    return model.parameters.map(({ name }) => name);
  };
  const without = ["0.weight", "0.recurrentWeight", "0.bias"];
  expect(names({})).toEqual([...without, "0.recurrentBias"]);
  expect(names({ resetAfter: false })).toEqual(without);
  expect(names({ recurrentBias: false })).toEqual(without);
});

it("the weights of the state begin as orthonormal rows, and the forget gate at 1", () => {
  const model = new Sequential(createBackendSync(), { inputShape: [4, 3], seed: 1, layers: [lstm(6)] });
  const parameter = (name: string) =>
    model.parameters.find((own) => own.name === `0.${name}`)?.value.data ?? [];
  const r = parameter("recurrentWeight");
  for (let i = 0; i < 6; i++)
    for (let k = 0; k < 6; k++) {
      let dot = 0;
      for (let j = 0; j < 24; j++) dot += r[i * 24 + j] * r[k * 24 + j];
      expect(dot).toBeCloseTo(Number(i === k), 6);
    }
  expect([...parameter("bias")]).toEqual(Array.from({ length: 24 }, (_, j) => Number(j >= 6 && j < 12)));
});
