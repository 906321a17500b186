import type { NodeProto } from "onnx-buf";
import { exp, log } from "../elementwise.js";
import { nameOf, numberOf, wrong } from "../graph.js";
import { type Constant, sizeOf } from "../tensor.js";
import { axisOf } from "./axes.js";
import { expanded, type Fold, type Folding, given, turned } from "./fold.js";

/** A product of matrices, of which vectors are rows or columns. @throws FormatError for other shapes */
function product(node: NodeProto, a: Constant, b: Constant, folding: Folding): Constant {
  const [left, right] = [
    a.dims.length === 1 ? [1, ...a.dims] : a.dims,
    b.dims.length === 1 ? [...b.dims, 1] : b.dims,
  ];
  const [[rows, inner], [again, cols]] = [left, right];
  if (left.length !== 2 || right.length !== 2 || inner !== again)
    throw wrong(nameOf(node), `expected two matrices that go together, got [${a.dims}] and [${b.dims}]`);
  folding.spend(node, Math.max(rows * cols, (rows * cols * inner) / 256));
  const values = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < inner; k++)
      for (let j = 0; j < cols; j++) values[i * cols + j] += a.values[i * inner + k] * b.values[k * cols + j];
  const dims = [...(a.dims.length > 1 ? [rows] : []), ...(b.dims.length > 1 ? [cols] : [])];
  return { dims, values, integer: a.integer && b.integer };
}

function softmax(
  node: NodeProto,
  constant: Constant,
  opset: number,
  ofSum: (x: number, sum: number) => number,
) {
  const { dims, values } = constant;
  const axis = axisOf(node, numberOf(node, "axis", opset < 13 ? 1 : -1), dims.length);
  // Up to operator set 12 it goes over all dimensions from the axis on.
  const inner = opset < 13 ? 1 : sizeOf(dims.slice(axis + 1));
  const length = opset < 13 ? sizeOf(dims.slice(axis)) : dims[axis];
  const out = new Float64Array(values.length);
  for (let begin = 0; begin < values.length; begin += length * inner)
    for (let i = begin; i < begin + inner; i++) {
      let [most, sum] = [Number.NEGATIVE_INFINITY, 0];
      for (let j = 0; j < length; j++) most = Math.max(most, values[i + j * inner]);
      for (let j = 0; j < length; j++) sum += exp(values[i + j * inner] - most);
      for (let j = 0; j < length; j++) out[i + j * inner] = ofSum(values[i + j * inner] - most, sum);
    }
  return { dims, values: out, integer: false };
}

/** Products of matrices, and what works on whole rows of them. */
export const productFolds: Readonly<Record<string, Fold>> = {
  MatMul: (node, inputs, folding) => product(node, given(node, inputs, 0), given(node, inputs, 1), folding),
  Gemm: (node, inputs, folding) => {
    const operand = (i: number, transposed: string): Constant => {
      const matrix = given(node, inputs, i);
      if (matrix.dims.length !== 2) throw wrong(nameOf(node), "expected a matrix");
      return numberOf(node, transposed, 0) === 0 ? matrix : turned(node, matrix, [1, 0]);
    };
    const { dims, values } = product(node, operand(0, "transA"), operand(1, "transB"), folding);
    const [alpha, beta] = [numberOf(node, "alpha", 1), numberOf(node, "beta", 1)];
    const more = inputs[2] && expanded(node, inputs[2], dims, folding);
    if (more && more.dims.join() !== dims.join())
      throw wrong(nameOf(node), "expected a third input that goes with the product");
    return {
      dims,
      values: Float64Array.from(values, (value, i) => alpha * value + (more ? beta * more.values[i] : 0)),
      integer: false,
    };
  },
  Softmax: (node, [constant], { opset }) =>
    softmax(node, constant as Constant, opset, (x, sum) => exp(x) / sum),
  LogSoftmax: (node, [constant], { opset }) =>
    softmax(node, constant as Constant, opset, (x, sum) => x - log(sum)),
};
