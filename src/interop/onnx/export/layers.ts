import { turnedLayout } from "../layout.js";
import { activated } from "./activations.js";
import { attention } from "./attention.js";
import { dense } from "./dense.js";
import { batchNorm, groupNorm, rowNorm } from "./normalizations.js";
import { bidirectional, recurrent, step } from "./recurrent.js";
import { cropping, padding, resampling } from "./resampling.js";
import { embedding, learnedPlaces, masking, sinusoidalPlaces } from "./sequences.js";
import { transformer } from "./transformer.js";
import { convolution, depthwise, globalPool, pool, separable, transposed } from "./windows.js";
import type { Value, Writer } from "./writer.js";
import { tensorOf, type Write } from "./writing.js";

/** What only training does. */
const nothing: Write = ({ inputs: [x] }) => x;

const prelu: Write = (writing) => {
  const { writer, inputs, stored } = writing;
  const [x] = inputs;
  const axes = writer.axesOf(x);
  const { shape, values } = stored("alpha");
  const slopes = { ...writer.value("", shape, axes) };
  const alpha = tensorOf(writing, "alpha", slopes.dims, writer.inOrder(values, slopes));
  return writer.value(writer.add("PRelu", [writer.arranged(x, axes), alpha]), x.shape, axes);
};

const scaling: Write = (writing) => {
  const { writer, inputs, stored } = writing;
  const [x] = inputs;
  const [mean, deviation] = ["mean", "deviation"].map((name) =>
    tensorOf(writing, name, x.dims, writer.inOrder(stored(name).values, x)),
  );
  return { ...x, name: writer.add("Div", [writer.add("Sub", [x.name, mean]), deviation]) };
};

/** Values of which each element is in the same place, and what a value made of them is like. */
function alike(writer: Writer, inputs: readonly Value[]): { names: string[]; like: Value } {
  const [first] = inputs;
  const isSame = ({ dims, layout }: Value) =>
    dims.join() === first.dims.join() &&
    layout.factors.join() === first.layout.factors.join() &&
    layout.order.join() === first.layout.order.join();
  if (inputs.every(isSame)) return { names: inputs.map(({ name }) => name), like: first };
  const axes = joinAxes(writer, inputs);
  const names = inputs.map((value) => writer.arranged(value, axes));
  return { names, like: writer.value("", first.shape, axes) };
}

/** Channels first, where one of the values has them so. */
function joinAxes(writer: Writer, inputs: readonly Value[]): number[] {
  const all = inputs.map((value) => writer.axesOf(value));
  return all.find((axes) => axes[0] !== 0) ?? all[0];
}

const sums: Readonly<Record<string, string>> = { subtract: "Sub", average: "Mean", add: "Sum" };

const join: Write = ({ writer, config, inputs }) => {
  const { names, like } = alike(writer, inputs);
  const { type } = config;
  if (type === "multiply") return { ...like, name: names.reduce((a, b) => writer.add("Mul", [a, b])) };
  const opType = type === "add" && names.length === 2 ? "Add" : sums[type];
  return { ...like, name: writer.add(opType, names) };
};

const concatenate: Write = ({ writer, inputs, to }) => {
  const axes = joinAxes(writer, inputs);
  const names = inputs.map((value) => writer.arranged(value, axes));
  const axis = BigInt(axes.indexOf(to.length - 1) + 1);
  return writer.value(writer.add("Concat", names, { axis }), to, axes);
};

const slice: Write = ({ writer, config, inputs: [x], to }) => {
  const { begin, end } = config as typeof config & { begin: number; end: number };
  const axes = writer.axesOf(x);
  const axis = axes.indexOf(to.length - 1) + 1;
  const bounds = [
    writer.integers("begin", [begin]),
    writer.integers("end", [end]),
    writer.integers("axis", [axis]),
  ];
  return writer.value(writer.add("Slice", [writer.arranged(x, axes), ...bounds]), to, axes);
};

const scale: Write = ({ writer, config, inputs: [x] }) => ({
  ...x,
  name: writer.add("Mul", [x.name, writer.number(config.factor as number)]),
});

const permute: Write = ({ writer, config, inputs: [x], to }) => {
  const axes = (config.dims as readonly number[]).map((axis) => axis - 1);
  const value = writer.value(writer.arranged(x, writer.axesOf(x)), x.shape, writer.axesOf(x));
  return { ...value, shape: to, layout: turnedLayout(value.layout, x.shape, axes) };
};

const reshape: Write = ({ writer, inputs: [x], to }) => writer.resized(x, to);

/** How each layer is written. */
export const layers: Readonly<Record<string, Write>> = {
  activation: ({ writer, config, inputs: [x] }) => activated(writer, config, x),
  add: join,
  average: join,
  averagePool1d: pool,
  averagePool2d: pool,
  batchNormalization: batchNorm,
  bidirectional,
  concatenate,
  conv1d: convolution,
  conv2d: convolution,
  conv2dTranspose: transposed,
  cropping1d: cropping,
  cropping2d: cropping,
  dense,
  depthwiseConv2d: depthwise,
  dropout: nothing,
  embedding,
  flatten: reshape,
  gaussianNoise: nothing,
  globalAveragePool1d: globalPool,
  globalAveragePool2d: globalPool,
  globalMaxPool1d: globalPool,
  globalMaxPool2d: globalPool,
  groupNormalization: groupNorm,
  gru: recurrent,
  layerNormalization: rowNorm,
  lstm: recurrent,
  masking,
  maxPool1d: pool,
  maxPool2d: pool,
  multiHeadAttention: attention,
  multiply: join,
  permute,
  positionEmbedding: learnedPlaces,
  positionalEncoding: sinusoidalPlaces,
  prelu,
  reshape,
  resizing: resampling,
  rmsNormalization: rowNorm,
  scale,
  scaling,
  separableConv2d: separable,
  simpleRnn: recurrent,
  slice,
  spatialDropout1d: nothing,
  spatialDropout2d: nothing,
  subtract: join,
  timeStep: step,
  transformerDecoder: transformer,
  transformerEncoder: transformer,
  upSampling1d: resampling,
  upSampling2d: resampling,
  zeroPadding1d: padding,
  zeroPadding2d: padding,
};
