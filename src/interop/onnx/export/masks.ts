import type { Value } from "./writer.js";
import type { Writing } from "./writing.js";

/** Steps of padding: a value of [batch, time] that is 0 for them and 1 for others. */

/** Layers behind which the steps are those of their first input that has a mask. */
const keep: ReadonlySet<string> = new Set([
  "activation",
  "add",
  "average",
  "batchNormalization",
  "concatenate",
  "dense",
  "dropout",
  "gaussianNoise",
  "layerNormalization",
  "multiHeadAttention",
  "multiply",
  "positionEmbedding",
  "positionalEncoding",
  "prelu",
  "rmsNormalization",
  "scale",
  "scaling",
  "slice",
  "spatialDropout1d",
  "subtract",
  "transformerDecoder",
  "transformerEncoder",
]);

/** More than any number that a sum is made of, and still finite. */
export const HIDDEN = -1e30;

/** The output of a layer with the mask of its steps. */
export function withMask({ config, inputs }: Writing, output: Value): Value {
  const { type, returnSequences, layer } = config;
  if (type === "masking" || type === "embedding") return output;
  const all = (returnSequences ?? (layer as typeof config | undefined)?.returnSequences) === true;
  const ofQuery = ["multiHeadAttention", "transformerDecoder"].includes(type);
  const mask = ofQuery ? inputs[0].mask : inputs.find((value) => value.mask !== undefined)?.mask;
  const { mask: _, ...plain } = output;
  return mask !== undefined && (keep.has(type) || all) ? { ...plain, mask } : plain;
}

/** Axes that are inserted, or that a reduction is over. */
const axesOf = (writing: Writing, ...axes: number[]): string => writing.writer.integers("axes", axes);

/** [batch, time] as [batch, time, 1]. */
export const asColumn = (writing: Writing, mask: string): string =>
  writing.writer.add("Unsqueeze", [mask, axesOf(writing, 2)]);

/** What is added to a number that is not to be seen: 0 for real steps. */
export function hiding({ writer }: Writing, mask: string): string {
  const padding = writer.add("Sub", [writer.number(1), mask]);
  return writer.add("Mul", [padding, writer.number(HIDDEN)]);
}

/** The mean or the largest over the real steps; 0 for a sample without any. */
export function pooledSteps(writing: Writing, mask: string): Value {
  const { writer, config, inputs } = writing;
  const [x] = inputs;
  const name = writer.arranged(x);
  const count = writer.add("ReduceSum", [mask, axesOf(writing, 1)], { keepdims: 1n });
  const isAny = writer.add("Min", [count, writer.number(1)]);
  if (config.type.startsWith("globalMax")) {
    const hidden = writer.add("Add", [name, hiding(writing, asColumn(writing, mask))]);
    const most = writer.add("ReduceMax", [hidden], { axes: [1n], keepdims: 0n });
    return writer.value(writer.add("Mul", [most, isAny]), [x.shape[1]]);
  }
  const real = writer.add("Mul", [name, asColumn(writing, mask)]);
  const sum = writer.add("ReduceSum", [real, axesOf(writing, 1)], { keepdims: 0n });
  const divisor = writer.add("Max", [count, writer.number(1)]);
  return writer.value(writer.add("Div", [sum, divisor]), [x.shape[1]]);
}

/** The real steps of sequences first, in their order, and how many each has. */
export interface Packed {
  readonly x: string;
  readonly lengths: string;
  /** Steps of [batch, time, units] at their own places again, and 0 for those of padding. */
  unpacked(steps: string): string;
}

/**
 * Recurrent operators of ONNX take lengths and no masks: padding may stand anywhere in lanewise, so that the
 * real steps are moved to the front and their outputs back.
 */
export function packed(writing: Writing, x: string, mask: string, time: number): Packed {
  const { writer } = writing;
  // Real steps have the higher numbers, and of two the earlier one.
  const order = Float32Array.from({ length: time }, (_, t) => -t);
  const places = writer.floats(`${writer.layer}.order`, [time], order);
  const first = writer.add("Mul", [mask, writer.number(2 * time)]);
  const rank = writer.add("Add", [first, places]);
  const [, indices] = writer.several("TopK", [rank, writer.integers("steps", [time])], [0, 1], { axis: 1n });
  const steps = (values: string, from: string) =>
    writer.add("GatherND", [values, writer.add("Unsqueeze", [from, axesOf(writing, 2)])], {
      batch_dims: 1n,
    });
  const count = writer.add("ReduceSum", [mask, axesOf(writing, 1)], { keepdims: 0n });
  return {
    x: steps(x, indices),
    lengths: writer.add("Cast", [count], { to: 6n }),
    unpacked(values) {
      const seen = writer.add("CumSum", [mask, writer.integer("axis", 1)]);
      const place = writer.add("Max", [writer.add("Sub", [seen, writer.number(1)]), writer.number(0)]);
      const back = steps(values, writer.add("Cast", [place], { to: 7n }));
      return writer.add("Mul", [back, asColumn(writing, mask)]);
    },
  };
}
