import type { NodeProto } from "onnx-buf";
import type { Operator, Reading } from "../reading.js";
import { convolution, transposedConvolution } from "./convolutions.js";
import { cast, dropouts, slopes } from "./elements.js";
import { concat, join } from "./joins.js";
import { batchNorm, groupNorm, layerNorm } from "./normalizations.js";
import { padded } from "./padding.js";
import { sliced, split } from "./parts.js";
import { globalPool, pool, reduction } from "./pools.js";
import { gemm, matmul } from "./products.js";
import { recurrent } from "./recurrent.js";
import { resize, tiled } from "./resizing.js";
import { isScaling, scale } from "./scalings.js";
import { flattened, reshaped, squeeze, transpose, unsqueeze } from "./shapes.js";
import { softmax } from "./softmax.js";
import { gather } from "./turned.js";

/** By a constant it is a scaling, by another value a join. */
const sum = (reading: Reading, node: NodeProto): void =>
  isScaling(reading, node) ? scale(reading, node) : join(reading, node);

/** What is read on values that depend on an input, beside the activations of `elementwise`. */
export const operators: Readonly<Record<string, Operator>> = {
  Add: sum,
  AveragePool: pool,
  BatchNormalization: batchNorm,
  Cast: cast,
  Concat: concat,
  Conv: convolution,
  ConvTranspose: transposedConvolution,
  Div: scale,
  Dropout: dropouts,
  Flatten: flattened,
  GRU: recurrent,
  Gather: gather,
  Gemm: gemm,
  GlobalAveragePool: globalPool,
  GlobalMaxPool: globalPool,
  GroupNormalization: groupNorm,
  InstanceNormalization: groupNorm,
  LSTM: recurrent,
  LayerNormalization: layerNorm,
  LogSoftmax: softmax,
  MatMul: matmul,
  MaxPool: pool,
  Mean: join,
  Mul: sum,
  Neg: scale,
  Pad: padded,
  PRelu: slopes,
  RNN: recurrent,
  ReduceMax: reduction,
  ReduceMean: reduction,
  Reshape: reshaped,
  Resize: resize,
  Slice: sliced,
  Softmax: softmax,
  Split: split,
  Squeeze: squeeze,
  Sub: sum,
  Sum: join,
  Tile: tiled,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
  Upsample: resize,
};

/** What reads a node; undefined for one that lanewise has no layer for. */
export function operatorFor(reading: Reading, node: NodeProto): Operator | undefined {
  const { opType } = node;
  // A number divided by the value is no scaling of that.
  if (opType === "Div" && !isScaling(reading, node)) return undefined;
  return Object.hasOwn(operators, opType) ? operators[opType] : undefined;
}

/** The operators of which all outputs may be used. */
export const severalOutputs: ReadonlySet<string> = new Set(["GRU", "LSTM", "RNN", "Split"]);

/** The operators that take the first axis of a sample for channels and the others for positions. */
export const takesChannels: ReadonlySet<string> = new Set([
  "AveragePool",
  "BatchNormalization",
  "Conv",
  "ConvTranspose",
  "GlobalAveragePool",
  "GlobalMaxPool",
  "GroupNormalization",
  "InstanceNormalization",
  "MaxPool",
  "Resize",
  "Upsample",
]);
