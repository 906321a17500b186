import { embedding, masking, multiHeadAttention } from "../../../index.js";
import type { Place } from "../../foreign-json.js";
import type { Learned, Read, Reading } from "../reading.js";

/** Layers of sequences that are not recurrent. */

/** mask_zero is the padding of index 0. */
const embeddingLayer: Read = (reading) => {
  const { config } = reading;
  const vocabulary = config.either("input_dim", "inputDim").count(1);
  const units = config.either("output_dim", "outputDim").count(1);
  const isMasked = config.either("mask_zero", "maskZero").flag(false);
  const { layer, values } = reading.learned((): Learned => {
    const options = { ...reading.options, ...(isMasked && { paddingIndex: 0 }) };
    return {
      layer: embedding(vocabulary, units, { ...options, initializer: "zeros" }),
      values: { weight: reading.take("embeddings", [vocabulary, units]) },
    };
  });
  return reading.apply(layer, reading.x, values);
};

const maskingLayer: Read = (reading) => {
  const value = reading.config.either("mask_value", "maskValue").number(0);
  return reading.apply(masking({ value }));
};

/** Tensors that are put side by side, of which each has as many rows. */
function beside(parts: readonly (Float32Array | undefined)[], rows: number): Float32Array | undefined {
  const known = parts.filter((part) => part !== undefined);
  if (known.length < parts.length) return undefined;
  const widths = known.map(({ length }) => length / rows);
  const width = widths.reduce((a, b) => a + b);
  const joined = new Float32Array(rows * width);
  for (let row = 0, at = 0; row < rows; row++)
    for (const [i, part] of known.entries()) {
      joined.set(part.subarray(row * widths[i], (row + 1) * widths[i]), at);
      at += widths[i];
    }
  return joined;
}

/** The values of attention: kernels of Keras [features, heads, size], side by side. */
function attentionValues(reading: Reading, sizes: Sizes): Learned["values"] {
  const { inputs, name, config } = reading;
  const { heads, keySize, valueSize } = sizes;
  const useBias = config.either("use_bias", "useBias").flag(true);
  const features = reading.shape[1];
  const take = (part: string, tensor: string, shape: readonly number[]) =>
    reading.takeOf(`${name}/${part}`, tensor, shape);
  const projections = ["query", "key", "value"].map((part, i) => {
    const size = part === "value" ? valueSize : keySize;
    const x = inputs[Math.min(i, inputs.length - 1)];
    return {
      weight: take(part, "kernel", [x.shape[1], heads, size]),
      bias: useBias ? take(part, "bias", [heads, size]) : undefined,
      rows: x.shape[1],
    };
  });
  const named = [
    { queryKeyValue: [0, 1, 2] },
    { query: [0], keyValue: [1, 2] },
    { query: [0], key: [1], value: [2] },
  ][inputs.length - 1];
  const values = Object.entries(named).flatMap(([part, at]: [string, number[]]) => {
    const own = at.map((i) => projections[i]);
    const weight = beside(
      own.map((projection) => projection.weight),
      own[0].rows,
    );
    const bias = beside(
      own.map((projection) => projection.bias),
      1,
    );
    return [[`${part}.weight`, weight] as const, ...(useBias ? [[`${part}.bias`, bias] as const] : [])];
  });
  return {
    ...Object.fromEntries(values),
    "output.weight": take("attention_output", "kernel", [heads, valueSize, features]),
    ...(useBias && { "output.bias": take("attention_output", "bias", [features]) }),
  };
}

interface Sizes {
  readonly heads: number;
  readonly keySize: number;
  readonly valueSize: number;
}

/** @throws FormatError for what lanewise does not have */
function checkAttention({ config, keywords, inputs }: Reading): void {
  for (const name of ["output_shape", "attention_axes"]) {
    const place = config.at(name);
    const { value } = place;
    const isDefault = name === "attention_axes" && Array.isArray(value) && value.join() === "1";
    if (!place.empty && !isDefault)
      throw place.error(
        `expected none, got ${JSON.stringify(value)}: attention of lanewise is along the steps, and gives as many features as the query has`,
      );
  }
  for (const { shape } of inputs)
    if (shape.length !== 2)
      throw config.error(
        `expected sequences, [batch, time, features], got [${["batch", ...shape].join(", ")}]`,
      );
  for (const name of ["attention_mask", "return_attention_scores", "query_mask", "value_mask", "key_mask"]) {
    const place = keywords?.at(name);
    if (place && !place.empty && place.value !== false)
      throw place.error("expected none: attention of lanewise takes the masks of its inputs");
  }
}

/** The inputs are the query, the value and the key of Keras, of which the key may lack. */
const attention: Read = (reading) => {
  const { config, keywords } = reading;
  checkAttention(reading);
  const [query, value = query, key = value] = reading.inputs;
  const isSelf = query === value && query === key;
  const inputs = isSelf ? [query] : key === value ? [query, value] : [query, key, value];
  const heads = config.either("num_heads", "numHeads").count(1);
  const keySize = config.either("key_dim", "keyDim").count(1);
  const given: Place = config.either("value_dim", "valueDim");
  const sizes = { heads, keySize, valueSize: given.empty ? keySize : given.count(1) };
  const causal = keywords?.at("use_causal_mask").flag(false) ?? false;
  const own = reading.of(inputs);
  const { layer, values } = reading.learned((): Learned => {
    const options = {
      ...reading.options,
      ...sizes,
      ...(causal && { causal }),
      dropout: config.at("dropout").number(0),
      useBias: config.either("use_bias", "useBias").flag(true),
    };
    return {
      layer: multiHeadAttention({ ...options, kernelInitializer: "zeros" }),
      values: attentionValues(own, sizes),
    };
  });
  return reading.apply(layer, inputs, values);
};

/** Layers of sequences that are not recurrent. */
export const sequenceLayers: Readonly<Record<string, Read>> = {
  Embedding: embeddingLayer,
  Masking: maskingLayer,
  MultiHeadAttention: attention,
};
