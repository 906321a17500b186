import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import {
  adamw,
  createBackendSync,
  dense,
  input,
  type Layer,
  layerNormalization,
  Model,
  multiHeadAttention,
  positionEmbedding,
  transformerEncoder,
} from "../../src/index.js";
import { on, variants } from "../reference/backends.js";
import { expectClose, type LayerCase, layers, type Tensor, transposed } from "../reference/golden.js";
import { modelOf } from "../support/masked.js";

/** Attention and blocks of transformers that PyTorch differentiated (test/golden/generate-networks.py). */
const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../golden/${name}.json`, import.meta.url), "utf8"));
const cases = { ...layers, ...read("transformers") } as Record<string, LayerCase>;

/** Rows `begin` to `end` - 1. */
const rows = ({ shape: [, ...rest], data }: Tensor, begin: number, end: number): Tensor => {
  const size = rest.reduce((product, length) => product * length, 1);
  return { shape: [end - begin, ...rest], data: data.slice(begin * size, end * size) };
};

/** PyTorch's tensor for one of lanewise, by its name without that of the layer. */
function tensorOf(params: Record<string, Tensor>, name: string, prefix = ""): Tensor {
  const projection = `${prefix}in_proj_${name.split(".").slice(-1)[0]}`;
  const features = params[projection]?.shape[0] / 3;
  const own: Record<string, () => Tensor> = {
    queryKeyValue: () => params[projection],
    query: () => rows(params[projection], 0, features),
    keyValue: () => rows(params[projection], features, 3 * features),
    output: () => params[`${prefix}out_proj.${name.split(".").slice(-1)[0]}`],
  };
  return own[name.split(".").slice(-2)[0]]();
}

const valuesOf = (tensor: Tensor): number[] => (tensor.shape.length === 2 ? transposed(tensor) : tensor.data);

const OF_BLOCK: Record<string, string> = {
  "norm1.gamma": "norm1.weight",
  "norm1.beta": "norm1.bias",
  "norm2.gamma": "norm2.weight",
  "norm2.beta": "norm2.bias",
  "hidden.weight": "linear1.weight",
  "hidden.bias": "linear1.bias",
  "output.weight": "linear2.weight",
  "output.bias": "linear2.bias",
};

/** PyTorch's tensor of a block for the name of lanewise's. */
function tensorOfBlock(params: Record<string, Tensor>, name: string, prefix = ""): Tensor {
  const own = OF_BLOCK[name];
  return own ? params[prefix + own] : tensorOf(params, name, `${prefix}self_attn.`);
}

interface Row {
  readonly name: string;
  readonly layer: Layer;
  readonly lengths?: readonly number[];
  readonly prefix?: string;
  readonly isBlock?: true;
}

const block = { heads: 2, hidden: 32, name: "layer" } as const;
const CASES: readonly Row[] = [
  { name: "selfAttention", layer: multiHeadAttention({ heads: 2, name: "layer" }), prefix: "att." },
  {
    name: "selfAttention_causal",
    layer: multiHeadAttention({ heads: 2, causal: true, name: "layer" }),
    prefix: "att.",
  },
  {
    name: "attention_keyPadding",
    layer: multiHeadAttention({ heads: 2, name: "layer" }),
    lengths: [6, 3, 5],
  },
  { name: "attention_causal_wide", layer: multiHeadAttention({ heads: 4, causal: true, name: "layer" }) },
  { name: "attention_cross", layer: multiHeadAttention({ heads: 2, name: "layer" }) },
  { name: "transformerEncoder_preNorm", layer: transformerEncoder(block), isBlock: true },
  {
    name: "transformerEncoder_postNorm",
    layer: transformerEncoder({ ...block, normFirst: false }),
    isBlock: true,
  },
];

for (const { name, layer, lengths, prefix, isBlock } of CASES)
  it.each(variants)(`${name}, on the %s build`, (variant) => {
    const { inputs, params, y, upstream, dInputs, dParams } = cases[name];
    const shapes = inputs.map(({ shape }) => shape.slice(1));
    const model = modelOf(createBackendSync(on(variant)), layer, shapes, [lengths !== undefined]);
    const of = (tensors: Record<string, Tensor>, name: string) =>
      (isBlock ? tensorOfBlock : tensorOf)(tensors, name.slice("layer.".length), prefix);
    for (const { name, value } of model.parameters) value.data.set(valuesOf(of(params, name)));
    const mask = lengths?.flatMap((length) =>
      Array.from({ length: shapes[0][0] }, (_, t) => Number(t < length)),
    );
    const samples = [...inputs.map(({ data }) => data), ...(mask ? [mask] : [])];
    const output = model.forward(samples, { training: true });
    expectClose("y", output.data, y.data, 3e-6, 2e-6);
    const dOut = model.backend.matrix(output.rows, output.cols, upstream.data);
    const gradients = [model.backward(dOut, { inputGradient: true })].flat();
    dInputs.forEach(({ data }, i) => {
      expectClose(`input ${i}`, gradients[i]?.data ?? [], data, 5e-6, 5e-6);
    });
    let size = 0;
    for (const { name, gradient } of model.parameters) {
      const expected = valuesOf(of(dParams, name));
      expectClose(name, gradient.data, expected, 1e-5, 5e-6);
      size += expected.length;
    }
    expect(size).toBe(Object.values(params).reduce((sum, { data }) => sum + data.length, 0));
  });

interface Training {
  readonly batch: number;
  readonly steps: number;
  readonly X: { readonly data: number[] };
  readonly Y: { readonly data: number[] };
  readonly init: Record<string, Tensor>;
  readonly losses: readonly number[];
  readonly final: Record<string, Tensor>;
}

const { transformer_causal_adamw: training } = read("transformer-trainings") as Record<string, Training>;
const [TIME, TOKENS, FEATURES] = [6, 7, 8];

/** One-hot rows times a matrix are the rows of an embedding. */
const oneHot = (tokens: readonly number[]): number[] =>
  tokens.flatMap((token) => Array.from({ length: TOKENS }, (_, i) => Number(i === token)));

it.each(variants)("20 steps of AdamW on a causal language model, on the %s build", (variant) => {
  const { batch, steps, X, Y, init, losses, final } = training;
  const backend = createBackendSync(on(variant));
  const x = input([TIME, TOKENS]);
  const embedded = dense(FEATURES, { useBias: false, name: "tokens" }).apply(x);
  const placed = positionEmbedding({ name: "positions" }).apply(embedded);
  const block = transformerEncoder({ heads: 2, hidden: 16, causal: true, name: "block" }).apply(placed);
  const normalized = layerNormalization({ epsilon: 1e-5, name: "norm" }).apply(block);
  const model = new Model(backend, {
    inputs: x,
    outputs: dense(TOKENS, { name: "head", activation: "logSoftmax" }).apply(normalized),
    seed: 7,
  });
  const of = (tensors: Record<string, Tensor>, name: string): number[] => {
    if (name === "positions.weight") return tensors.positions.data;
    if (name === "tokens.weight") return tensors[name].data;
    if (name.startsWith("block.")) return valuesOf(tensorOfBlock(tensors, name.slice(6), "block."));
    const renamed = name.replace("norm.gamma", "norm.weight").replace("norm.beta", "norm.bias");
    return valuesOf(tensors[renamed]);
  };
  for (const { name, value } of model.parameters) value.data.set(of(init, name));
  const optimizer = adamw({ learningRate: 0.01, weightDecay: 0.01 }).attach(model);
  const dOut = backend.matrix(batch, TIME * TOKENS);
  for (let step = 0; step < steps; step++) {
    const begin = ((step * batch) % (X.data.length / TIME)) * TIME;
    const [tokens, targets] = [X, Y].map(({ data }) => data.slice(begin, begin + batch * TIME));
    model.zeroGradients();
    const { data } = model.forward(oneHot(tokens), { training: true });
    const loss = targets.reduce((sum, target, i) => sum - data[i * TOKENS + target], 0) / targets.length;
    expectClose(`loss of step ${step}`, [loss], [losses[step]], 2e-5);
    dOut.data.fill(0);
    targets.forEach((target, i) => {
      dOut.data[i * TOKENS + target] = -1 / targets.length;
    });
    model.backward(dOut);
    optimizer.step();
  }
  for (const { name, value } of model.parameters) {
    const expected = of(final, name);
    // A bias of the keys adds the same to all scores of a query: its gradient is 0 but for roundings, which Adam
    // makes steps of.
    if (name === "block.attention.queryKeyValue.bias")
      for (let i = FEATURES; i < 2 * FEATURES; i++) expected[i] = value.data[i];
    expectClose(name, value.data, expected, 5e-4, 1e-4);
  }
});
