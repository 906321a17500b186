import { ValueError } from "../core/errors.js";
import { sizeOf } from "../graph/value.js";
import type { LayerConfig } from "../layers/layer.js";
import type { TensorPlace } from "../network/weights.js";

/**
 * How PyTorch has the tensors of nn.MultiheadAttention, nn.TransformerEncoderLayer and
 * nn.TransformerDecoderLayer (torch 1.13, nn/modules/activation.py and transformer.py). Its projections are
 * one tensor where query, key and value have as many features, whatever lanewise has them as.
 */

/** A tensor of PyTorch whose elements are in one tensor of lanewise or in several. */
export interface JoinedTensor {
  /** What the model calls the first of them. */
  readonly own: string;
  /** Without the module's name. */
  readonly name: string;
  readonly shape: readonly number[];
  /** The lowest address of the tensors, and how many floats behind it the last of them ends. */
  readonly address: TensorPlace["address"];
  readonly span: number;
  /** Where each element is, in floats behind the address. */
  readonly places: () => Int32Array;
}

/** Columns of a tensor [inputs, columns] or [columns]. */
interface Columns {
  readonly tensor: TensorPlace;
  readonly from: number;
  readonly count: number;
}

const types = ["multiHeadAttention", "transformerEncoder", "transformerDecoder"];

/** Whether PyTorch has the tensors of a layer joined, and under other names than those of one module. */
export const isJoined = ({ type }: LayerConfig): boolean => types.includes(type);

/** @throws ValueError for options that the modules of PyTorch do not have */
export function checkJoined(name: string, { type, rotary, activation, normalization }: LayerConfig): void {
  const refuse = (what: string, remedy: string) => {
    throw new ValueError(
      `layer ${JSON.stringify(name)} is of type ${type} with ${what}, which PyTorch does not have; ${remedy}`,
    );
  };
  const remedy = "use a file of lanewise or ONNX";
  if (rotary !== undefined && rotary !== false) refuse("rotary positions", remedy);
  if (type === "multiHeadAttention") return;
  if (activation === "swiglu") refuse('the activation "swiglu"', remedy);
  if (normalization === "rms") refuse('the normalization "rms"', remedy);
}

/** The tensor whose rows are these columns, one list after the other. */
function rowsOf(name: string, lists: readonly Columns[]): JoinedTensor {
  const [first] = lists;
  const inputs = first.tensor.shape.length > 1 ? first.tensor.shape[0] : undefined;
  const rows = lists.reduce((sum, { count }) => sum + count, 0);
  const address = Math.min(...lists.map(({ tensor }) => tensor.address));
  const ends = lists.map(({ tensor }) => (tensor.address - address) / 4 + sizeOf(tensor.shape));
  return {
    // A tensor of lanewise may be several of the file.
    own: first.from > 0 ? `${first.tensor.name}, from ${first.from} on` : first.tensor.name,
    name,
    shape: inputs === undefined ? [rows] : [rows, inputs],
    address,
    span: Math.max(...ends),
    places() {
      const places = new Int32Array(rows * (inputs ?? 1));
      let at = 0;
      for (const { tensor, from, count } of lists) {
        const begin = (tensor.address - address) / 4;
        const columns = tensor.shape[tensor.shape.length - 1];
        for (let j = from; j < from + count; j++)
          for (let i = 0; i < (inputs ?? 1); i++) places[at++] = begin + i * columns + j;
      }
      return places;
    },
  };
}

const whole = (tensor: TensorPlace): Columns => ({ tensor, from: 0, count: tensor.shape.at(-1) as number });

/** The tensors of an attention, by their names within it. @throws ValueError for sizes that PyTorch lacks */
function ofAttention(
  layer: string,
  find: (name: string) => TensorPlace | undefined,
  prefix: string,
): JoinedTensor[] {
  const output = find("output.weight") as TensorPlace;
  const [values, features] = output.shape;
  /** Queries, keys and values: columns of the tensors that there are. */
  const project = (kind: "weight" | "bias"): Columns[] => {
    const own = ["queryKeyValue", "query", "keyValue", "key", "value"];
    const tensors = own.map((name) => find(`${name}.${kind}`)).filter((tensor) => tensor !== undefined);
    const total = tensors.reduce((sum, { shape }) => sum + (shape.at(-1) as number), 0);
    const keys = (total - values) / 2;
    const sizes = [[keys, keys, values], [], [keys], [keys, values]];
    const parts = tensors.length === 1 ? [sizes[0]] : [sizes[2], tensors.length === 2 ? sizes[3] : sizes[2]];
    if (tensors.length === 3) parts.push([values]);
    return tensors.flatMap((tensor, t) => {
      let from = 0;
      return parts[t].map((count) => {
        from += count;
        return { tensor, from: from - count, count };
      });
    });
  };
  const weights = project("weight");
  const wrong = weights.find(({ count }) => count !== features);
  if (wrong)
    throw new ValueError(
      `layer ${JSON.stringify(layer)} has heads of ${wrong.count} numbers together, and PyTorch's attention as many as features, ${features}; make it without keySize and valueSize`,
    );
  const sameInputs = weights.every(({ tensor }) => tensor.shape[0] === weights[0].tensor.shape[0]);
  const biases = find("output.bias") ? project("bias") : [];
  const outputBias = find("output.bias");
  return [
    ...(sameInputs
      ? [rowsOf(`${prefix}in_proj_weight`, weights)]
      : weights.map((part, i) => rowsOf(`${prefix}${"qkv"[i]}_proj_weight`, [part]))),
    ...(biases.length > 0 ? [rowsOf(`${prefix}in_proj_bias`, biases)] : []),
    rowsOf(`${prefix}out_proj.weight`, [whole(output)]),
    ...(outputBias ? [rowsOf(`${prefix}out_proj.bias`, [whole(outputBias)])] : []),
  ];
}

/** The layers within a block by their names in PyTorch. */
const blocks: Readonly<Record<string, string>> = {
  hidden: "linear1",
  output: "linear2",
  norm1: "norm1",
  norm2: "norm2",
  norm3: "norm3",
};

const tensorNames: Readonly<Record<string, string>> = {
  weight: "weight",
  bias: "bias",
  gamma: "weight",
  beta: "bias",
};

/** The tensors of a layer in PyTorch. @throws ValueError for what PyTorch does not have */
export function joinedTensors(
  layer: string,
  config: LayerConfig,
  tensors: readonly TensorPlace[],
): JoinedTensor[] {
  checkJoined(layer, config);
  const byName = new Map(tensors.map((tensor) => [tensor.name.slice(layer.length + 1), tensor]));
  const within = (place: string) => (name: string) => byName.get(place + name);
  if (config.type === "multiHeadAttention") return ofAttention(layer, within(""), "");
  const others = [...byName].flatMap(([name, tensor]) => {
    const [part, own] = name.split(".");
    return Object.hasOwn(blocks, part) && tensorNames[own]
      ? [rowsOf(`${blocks[part]}.${tensorNames[own]}`, [whole(tensor)])]
      : [];
  });
  const isDecoder = config.type === "transformerDecoder";
  return [
    ...ofAttention(layer, within("attention."), "self_attn."),
    ...(isDecoder ? ofAttention(layer, within("crossAttention."), "multihead_attn.") : []),
    ...others,
  ];
}

/** What a tensor of a file belongs to: the module of several that it is in, and its name there. */
export interface InModule {
  readonly module: string;
  readonly name: string;
}

/** Finds the tensors of a file that are in an attention, or in a block with one. */
export function joinedModules(names: Iterable<string>): (tensor: string) => InModule | undefined {
  const blocks = new Set<string>();
  const attentions = new Set<string>();
  for (const name of names) {
    const [, block] = /^(.*?)(?:^|\.)self_attn\.(?:in|q)_proj_weight$/.exec(name) ?? [];
    const [, attention] = /^(.*?)(?:^|\.)(?:in|q)_proj_weight$/.exec(name) ?? [];
    if (block !== undefined) blocks.add(block);
    else if (attention !== undefined) attentions.add(attention);
  }
  const begins = (tensor: string, module: string) => module === "" || tensor.startsWith(`${module}.`);
  return (tensor) => {
    const within = [...blocks].find((block) => begins(tensor, block) && PARTS.test(restOf(tensor, block)));
    if (within !== undefined) return { module: within, name: restOf(tensor, within) };
    const own = [...attentions].find(
      (module) => begins(tensor, module) && ATTENTION.test(restOf(tensor, module)),
    );
    return own === undefined ? undefined : { module: own, name: restOf(tensor, own) };
  };
}

const ATTENTION = /^(?:[a-z]+_proj_(?:weight|bias)|out_proj\.(?:weight|bias)|bias_[kv])$/;
const PARTS = /^(?:(?:self_attn|multihead_attn)\..*|(?:linear[12]|norm[123])\.(?:weight|bias))$/;

const restOf = (tensor: string, module: string): string =>
  module === "" ? tensor : tensor.slice(module.length + 1);
