import type { NodeProto } from "onnx-buf";
import { type ActivationName, dense } from "../../../index.js";
import { activationBehind } from "../activations.js";
import { nameOf, numberOf, wrong } from "../graph.js";
import { plainLayout } from "../layout.js";
import { type Operator, type Reading, shapeText, type Value } from "../reading.js";
import { type Constant, transposed } from "../tensor.js";
import { softmaxBehind } from "./softmax.js";

/** A product of a value and weights: y = alpha x W, W: [inputs, units], or its transpose. */
interface Product {
  readonly value: Value;
  readonly weights: Constant;
  readonly isTransposed: boolean;
  readonly alpha: number;
  /** What the weights are called. */
  readonly name: string;
  /** Whether the samples of the product are in columns. */
  readonly flipped: boolean;
  /** A bias that the node itself has. */
  readonly bias?: { readonly constant: Constant; readonly beta: number };
}

export const gemm: Operator = (reading, node) => {
  const at = variableOf(reading, node);
  const value = reading.value(node, at);
  const turned = ["transA", "transB"].map((name) => numberOf(node, name, 0) !== 0);
  const weights = reading.constants.needed(
    node,
    at === 0 ? 1 : 0,
    at === 0 ? "its second input" : "its first input",
  );
  // The sample is in a row of the first factor, or in a column of the second.
  if (at > 1 || (turned[at] !== value.flipped) !== (at === 1))
    throw wrong(
      nameOf(node),
      at === 0
        ? `expected a sample in each row of its first input, got one in each column (transA ${Number(turned[0])})`
        : `expected a sample in each column of its second input, got one in each row (transB ${Number(turned[1])})`,
    );
  addProduct(reading, node, {
    value,
    weights,
    isTransposed: at === 0 ? turned[1] : !turned[0],
    alpha: numberOf(node, "alpha", 1),
    name: node.input[1 - at],
    flipped: at === 1,
    ...(node.input[2] && {
      bias: {
        constant: reading.constants.needed(node, 2, "its third input"),
        beta: numberOf(node, "beta", 1),
      },
    }),
  });
};

export const matmul: Operator = (reading, node) => {
  const at = variableOf(reading, node);
  const value = reading.value(node, at);
  const weights = reading.constants.needed(node, 1 - at, `its ${at === 0 ? "second" : "first"} input`);
  // A sample alone is a row or a column, whatever is needed.
  if (reading.batched && value.flipped !== (at === 1))
    throw wrong(
      nameOf(node),
      `expected a sample in each ${at === 0 ? "row" : "column"}, got one in each ${at === 0 ? "column" : "row"}`,
    );
  const name = node.input[1 - at];
  addProduct(reading, node, {
    value,
    weights,
    isTransposed: at === 1,
    alpha: 1,
    name,
    flipped: value.flipped,
  });
};

/** Which of the inputs depends on those of the graph. */
const variableOf = (reading: Reading, node: NodeProto): number =>
  Math.max(
    0,
    node.input.findIndex((name) => reading.find(name)),
  );

/** The dense layer of a product, with the bias and the activation that stand behind it. */
function addProduct(reading: Reading, node: NodeProto, product: Product): void {
  const { value, alpha, name, bias } = product;
  const [inputs, units, weight] = weightsOf(reading, node, product);
  if (alpha !== 1) for (let i = 0; i < weight.length; i++) weight[i] *= alpha;
  const leading = value.dims.slice(0, -1);
  const dims = [...leading, units];
  // Of the only axis of a sample the weights may have any order.
  const rows = leading.length === 0 ? rowsInMemory(reading, weight, value, units) : weight;
  const tensor =
    leading.length === 0 ? reading.reshaped(node, value.tensor, [inputs]) : reading.arrange(node, value);
  const made = { ...value, dims, layout: plainLayout(dims), image: false, flipped: product.flipped };
  let output = node.output[0];
  let biases = bias && biasOf(reading, node, bias.constant, bias.beta, made);
  const next = reading.onlyUser(output);
  const sum = !biases && next?.opType === "Add" ? biasBehind(reading, next, output, made) : undefined;
  if (sum && next) {
    biases = sum;
    reading.done.add(next);
    output = next.output[0];
  }
  let after: ActivationName = "linear";
  const found = activationBehind(reading, output) ?? softmaxBehind(reading, output, made);
  if (found) {
    after = found.name;
    for (const part of found.nodes) reading.done.add(part);
    output = found.output;
  }
  const layer = reading.layer(node, () =>
    dense(units, {
      activation: after,
      useBias: biases !== undefined,
      kernelInitializer: "zeros",
      ...reading.layerName(name),
    }),
  );
  const values = { weight: rows, ...(biases && { bias: biases }) };
  reading.give(output, { ...made, tensor: reading.apply(node, layer, [tensor], values) });
}

/** Inputs, units and weights [inputs, units] of a product. @throws FormatError where they do not fit */
function weightsOf(
  reading: Reading,
  node: NodeProto,
  { value, weights, isTransposed }: Product,
): [inputs: number, units: number, weight: Float32Array] {
  if (weights.dims.length !== 2)
    throw wrong(nameOf(node), `expected a matrix of weights, got shape ${shapeText(weights.dims)}`);
  if (value.flipped && value.dims.length !== 1)
    throw wrong(nameOf(node), `expected samples in one dimension, got ${shapeText(value.dims)}`);
  reading.constants.spend(node, weights.values.length);
  const { dims, values } = isTransposed ? transposed(weights) : weights;
  const [inputs, units] = dims;
  const last = value.dims[value.dims.length - 1];
  if (inputs !== last || units < 1)
    throw wrong(nameOf(node), `expected weights for ${last} inputs, got ${shapeText(dims)}`);
  return [inputs, units, new Float32Array(values)];
}

/** Rows of weights in the order in which the numbers that they multiply lie in memory. */
function rowsInMemory(reading: Reading, weight: Float32Array, value: Value, units: number): Float32Array {
  const inputs = weight.length / units;
  const order = reading.inMemory(
    Float64Array.from({ length: inputs }, (_, i) => i),
    value,
  );
  const rows = new Float32Array(weight.length);
  for (let i = 0; i < inputs; i++)
    rows.set(weight.subarray(order[i] * units, (order[i] + 1) * units), i * units);
  return rows;
}

/** The bias that an Add behind a product is; undefined where it is none. */
function biasBehind(
  reading: Reading,
  add: NodeProto,
  product: string,
  value: Value,
): Float32Array | undefined {
  const other = add.input.find((name) => name !== product);
  const constant = other === undefined ? undefined : reading.constants.get(other);
  if (!constant || add.input.length !== 2) return undefined;
  // A number for each unit, or one for all.
  const isRow = value.dims.length === 1 || constant.dims.slice(0, -1).every((size) => size === 1);
  return isRow ? biasOf(reading, add, constant, 1, value) : undefined;
}

function biasOf(
  reading: Reading,
  node: NodeProto,
  constant: Constant,
  beta: number,
  value: Value,
): Float32Array {
  const units = value.dims[value.dims.length - 1];
  const values = reading.spread(node, constant, { ...value, dims: [units] });
  reading.constants.spend(node, units);
  return Float32Array.from({ length: units }, (_, i) => values[values.length === 1 ? 0 : i] * beta);
}
