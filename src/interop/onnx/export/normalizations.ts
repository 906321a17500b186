import { sizeOf } from "../tensor.js";
import { channelsFirst, type Value } from "./writer.js";
import { tensorOf, type Write, type Writing } from "./writing.js";

/** The values of one of the layer's tensors. Without that tensor, `value` is repeated. */
function numbersOf({ find }: Writing, name: string, count: number, otherwise: number): Float32Array {
  return find(name)?.values ?? new Float32Array(count).fill(otherwise);
}

/** By the running statistics, which training may move on. */
export const batchNorm: Write = (writing) => {
  const { writer, config, inputs } = writing;
  const [x] = inputs;
  const channels = x.shape[x.shape.length - 1];
  const isRow = x.shape.length === 1;
  const tensors = (
    [
      ["gamma", 1],
      ["beta", 0],
      ["movingMean", 0],
      ["movingVariance", 1],
    ] as const
  ).map(([name, otherwise]) => {
    const numbers = numbersOf(writing, name, channels, otherwise);
    return tensorOf(writing, name, [channels], isRow ? writer.inOrder(numbers, x) : numbers);
  });
  const { epsilon = 1e-3, momentum = 0.99 } = config as typeof config & {
    epsilon?: number;
    momentum?: number;
  };
  const axes = isRow ? [0] : channelsFirst(x.shape);
  const ordered = isRow ? rowOf(writing, x) : writer.value(writer.arranged(x, axes), x.shape, axes);
  const name = writer.add("BatchNormalization", [ordered.name, ...tensors], { epsilon, momentum });
  return { ...ordered, name };
};

/** A sample of one axis, in any order. */
function rowOf({ writer }: Writing, x: Value): Value {
  const name = writer.arranged({ ...x, layout: writer.value("", x.shape).layout });
  return { ...x, name, dims: x.shape };
}

/** The root of the mean of squares in operators of their own, since ONNX has it from set 23 on. */
export const rowNorm: Write = (writing) => {
  const { writer, config, inputs } = writing;
  const [x] = inputs;
  const own = writing.find("gamma")?.shape ?? writing.find("beta")?.shape;
  const { axis = -1 } = config as typeof config & { axis?: number | readonly number[] };
  const count = own?.length ?? (Array.isArray(axis) ? axis.length : 1);
  const shape = x.shape.slice(x.shape.length - count);
  const gamma = tensorOf(writing, "gamma", shape, numbersOf(writing, "gamma", sizeOf(shape), 1));
  const name = writer.arranged(x);
  if (config.type === "layerNormalization") {
    const { epsilon = 1e-3 } = config as typeof config & { epsilon?: number };
    const beta = tensorOf(writing, "beta", shape, numbersOf(writing, "beta", sizeOf(shape), 0));
    const attributes = { axis: BigInt(-count), epsilon };
    return writer.value(writer.add("LayerNormalization", [name, gamma, beta], attributes), x.shape);
  }
  const { epsilon = 1e-6 } = config as typeof config & { epsilon?: number };
  const axes = shape.map((_, i) => BigInt(i - count));
  const mean = writer.add("ReduceMean", [writer.add("Mul", [name, name])], { axes });
  const root = writer.add("Sqrt", [writer.add("Add", [mean, writer.number(epsilon)])]);
  const product = writer.add("Mul", [writer.add("Div", [name, root]), gamma]);
  return writer.value(product, x.shape);
};

/** The channels of a group seen as one, since ONNX has groups from set 18 on. */
export const groupNorm: Write = (writing) => {
  const { writer, config, inputs } = writing;
  const [x] = inputs;
  const channels = x.shape[x.shape.length - 1];
  const { groups = 32, epsilon = 1e-3 } = config as typeof config & { groups?: number; epsilon?: number };
  const axes = x.shape.length > 1 ? channelsFirst(x.shape) : [0];
  const input = writer.arranged(x, axes);
  const dims = axes.map((axis) => x.shape[axis]);
  const ones = writer.floats(`${writer.layer}.ones`, [groups], new Float32Array(groups).fill(1));
  const zeros = writer.floats(`${writer.layer}.zeros`, [groups], new Float32Array(groups));
  const grouped = writer.add("Reshape", [input, writer.integers("groups", [0, groups, -1])]);
  const norm = writer.add("InstanceNormalization", [grouped, ones, zeros], { epsilon });
  const back = writer.add("Reshape", [norm, writer.integers("shape", [0, ...dims])]);
  const shape = dims.map((size, i) => (i === 0 ? size : 1));
  const gamma = tensorOf(writing, "gamma", shape, numbersOf(writing, "gamma", channels, 1));
  const beta = tensorOf(writing, "beta", shape, numbersOf(writing, "beta", channels, 0));
  const product = writer.add("Mul", [back, gamma]);
  return writer.value(writer.add("Add", [product, beta]), x.shape, axes);
};
