import { TensorProto_DataType as Type } from "onnx-buf";
import { describe, expect, it } from "vitest";
import { createBackendSync, FormatError } from "../../../src/index.js";
import { importOnnx } from "../../../src/onnx.js";
import { floats, integers, type NodeInit, node, onnxFile, type TensorInit } from "./graphs.js";

/**
 * What exporters leave unfolded: weights and biases that nodes make of constants. Expected values are worked
 * out by hand from the operator's definition (ONNX, "Operator Schemas").
 */

const backend = createBackendSync();
const x = [1, -2, 0.5, 3];
type Graph = Parameters<typeof onnxFile>[0];

/** What a graph makes of the rows [1, -2] and [0.5, 3]. */
function outputs(graph: Graph): number[] {
  using model = importOnnx(backend, onnxFile(graph));
  return Array.from(model.predict(x));
}

const close = (values: readonly number[], expected: readonly number[]) => {
  expect(values.length).toBe(expected.length);
  values.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i], 5);
  });
};

const refusal = (graph: Graph): string => {
  try {
    importOnnx(backend, onnxFile(graph)).dispose();
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
    return (error as Error).message;
  }
  throw new Error("expected a FormatError, got a model");
};

const vector = (name: string, ...values: number[]) => floats(name, [values.length], values);

describe("a constant that nodes make of constants", () => {
  const m = floats("m", [2, 3], [1, 2, 3, 4, 5, 6]);
  const v = vector("v", 1, 4, 9);
  const zeros: TensorInit = { name: "", dims: [1n], dataType: Type.FLOAT, floatData: [7] };
  /** Nodes that make c, its shape [columns] or [1, columns], and its numbers. */
  it.each<[string, NodeInit[], TensorInit[], number[]]>([
    ["Add", [node("Add", ["v", "v"], "c")], [v], [2, 8, 18]],
    ["Sub", [node("Sub", ["v", "k"], "c")], [v, floats("k", [], [1])], [0, 3, 8]],
    ["Mul, broadcast", [node("Mul", ["k", "v"], "c")], [v, floats("k", [1, 1], [2])], [2, 8, 18]],
    ["Div", [node("Div", ["v", "k"], "c")], [v, vector("k", 2, 8, 2)], [0.5, 0.5, 4.5]],
    [
      "Div of integers",
      [node("Div", ["i", "k"], "d"), node("Cast", ["d"], "c", { to: 1n })],
      [integers("i", [7, -7, 6]), integers("k", [2, 2, 3])],
      [3, -3, 2],
    ],
    ["Neg", [node("Neg", ["v"], "c")], [v], [-1, -4, -9]],
    ["Sqrt", [node("Sqrt", ["v"], "c")], [v], [1, 2, 3]],
    ["Pow", [node("Pow", ["v", "k"], "c")], [v, floats("k", [], [0.5])], [1, 2, 3]],
    ["Reciprocal", [node("Reciprocal", ["v"], "c")], [v], [1, 1 / 4, 1 / 9]],
    [
      "Relu of Sub",
      [node("Sub", ["v", "k"], "s"), node("Relu", ["s"], "c")],
      [v, vector("k", 2, 2, 2)],
      [0, 2, 7],
    ],
    ["Clip with one limit", [node("Clip", ["v", "", "k"], "c")], [v, floats("k", [], [4])], [1, 4, 4]],
    ["Identity and Dropout", [node("Identity", ["v"], "i"), node("Dropout", ["i"], "c")], [v], [1, 4, 9]],
    ["Constant", [node("Constant", [], "c", { value: v })], [], [1, 4, 9]],
    [
      "ConstantOfShape",
      [node("ConstantOfShape", ["s"], "c", { value: zeros })],
      [integers("s", [3])],
      [7, 7, 7],
    ],
    [
      "Transpose and Gather",
      [node("Transpose", ["m"], "t"), node("Gather", ["t", "i"], "c", { axis: 1n })],
      [m, { name: "i", dataType: Type.INT64, int64Data: [-1n] }],
      [4, 5, 6],
    ],
    [
      "Transpose of three axes",
      [
        node("Reshape", ["m", "s"], "r"),
        node("Transpose", ["r"], "t", { perm: [2n, 0n, 1n] }),
        node("Slice", ["t", "from", "to"], "u"),
        node("Reshape", ["u", "flat"], "c"),
      ],
      [m, integers("s", [1, 2, 3]), integers("from", [1]), integers("to", [99]), integers("flat", [-1])],
      [2, 5, 3, 6],
    ],
    [
      "Reshape and Slice by a step",
      [node("Reshape", ["m", "s"], "r"), node("Slice", ["r", "a", "b", "z", "t"], "c")],
      [
        m,
        integers("s", [-1]),
        integers("a", [-1]),
        integers("b", [-7]),
        integers("z", [0]),
        integers("t", [-2]),
      ],
      [6, 4, 2],
    ],
    [
      "Concat along the last axis",
      [node("Concat", ["m", "m"], "j", { axis: -1n }), node("Slice", ["j", "a", "b"], "c")],
      [m, integers("a", [1]), integers("b", [2])],
      [4, 5, 6, 4, 5, 6],
    ],
    [
      "Unsqueeze, Squeeze and Flatten",
      [
        node("Unsqueeze", ["v", "a"], "u"),
        node("Squeeze", ["u", "a"], "s"),
        node("Flatten", ["s"], "f", { axis: 0n }),
        node("Squeeze", ["f"], "c"),
      ],
      [v, integers("a", [0, 2])],
      [1, 4, 9],
    ],
    ["Expand", [node("Expand", ["k", "s"], "c")], [floats("k", [1], [5]), integers("s", [3])], [5, 5, 5]],
    [
      "Shape and Size",
      [
        node("Shape", ["m"], "s"),
        node("Size", ["m"], "n"),
        node("Mul", ["s", "n"], "p"),
        node("Cast", ["p"], "c", { to: 1n }),
      ],
      [m],
      [12, 18],
    ],
    ["MatMul", [node("MatMul", ["k", "m"], "c")], [m, floats("k", [1, 2], [1, 10])], [41, 52, 63]],
    ["MatMul of a vector", [node("MatMul", ["k", "m"], "c")], [m, vector("k", 1, 10)], [41, 52, 63]],
    [
      "Gemm",
      [node("Gemm", ["k", "m", "v"], "c", { transA: 1n, alpha: 2, beta: 0.5 })],
      [m, v, floats("k", [2, 1], [1, 10])],
      [82.5, 106, 130.5],
    ],
    ["Softmax", [node("Softmax", ["v"], "c")], [vector("v", 0, Math.log(3), 0)], [0.2, 0.6, 0.2]],
    [
      "LogSoftmax",
      [node("LogSoftmax", ["v"], "c", { axis: 0n })],
      [vector("v", 0, 0)],
      [-Math.LN2, -Math.LN2],
    ],
  ])("%s", (_, nodes, tensors, expected) => {
    // y = 0 x + c
    const w = floats("w", [2, expected.length], new Array(2 * expected.length).fill(0));
    const graph = { nodes: [...nodes, node("Gemm", ["x", "w", "c"], "y")], tensors: [...tensors, w] };
    close(outputs(graph), [...expected, ...expected]);
  });

  it("weights of half precision, cast, transposed and scaled, are a dense layer", () => {
    const half: TensorInit = {
      name: "h",
      dims: [1n, 2n],
      dataType: Type.FLOAT16,
      rawData: Uint8Array.of(0, 0x3c, 0, 0x40), // 1 and 2
    };
    const nodes = [
      node("Cast", ["h"], "f", { to: 1n }),
      node("Transpose", ["f"], "t"),
      node("Mul", ["t", "k"], "w"),
      node("MatMul", ["x", "w"], "y"),
    ];
    close(outputs({ nodes, tensors: [half, floats("k", [], [10])] }), [10 - 40, 5 + 60]);
  });

  it("takes the sizes of a sample from its shape, by Shape, Slice and arithmetic", () => {
    const nodes = [
      node("Shape", ["x"], "s"),
      node("Slice", ["s", "one", "two"], "rows"),
      node("Slice", ["s", "two", "three"], "cols"),
      node("Mul", ["rows", "cols"], "size"),
      node("Concat", ["minus", "size"], "shape", { axis: 0n }),
      node("Reshape", ["x", "shape"], "f"),
      node("MatMul", ["f", "w"], "y"),
    ];
    const tensors = [
      integers("one", [1]),
      integers("two", [2]),
      integers("three", [3]),
      integers("minus", [-1]),
      floats("w", [4, 1], [1, 10, 100, 1000]),
    ];
    close(outputs({ nodes, tensors, shape: ["n", 2, 2] }), [1 - 20 + 50 + 3000]);
  });

  it.each<[string, NodeInit[], TensorInit[]]>([
    ["expected constants of shapes that go together", [node("Add", ["v", "k"], "c")], [v, vector("k", 1, 2)]],
    ["expected two matrices that go together, got [2,3] and [2,3]", [node("MatMul", ["m", "m"], "c")], [m]],
    ["expected indices of 3 elements", [node("Gather", ["v", "i"], "c")], [v, integers("i", [3])]],
    ["expected an axis of 1 dimensions, got 2", [node("Squeeze", ["v", "i"], "c")], [v, integers("i", [2])]],
    ["expected an order of 2 axes", [node("Transpose", ["m"], "c", { perm: [0n, 0n] })], [m]],
    [
      "expected a shape for 3 numbers, got [2,-1]",
      [node("Reshape", ["v", "s"], "c")],
      [v, integers("s", [2, -1])],
    ],
    ["expected at least 2 inputs", [node("Gather", ["v"], "c")], [v]],
    [
      "asks for more numbers than a file of",
      [node("ConstantOfShape", ["s"], "c")],
      [integers("s", [1e6, 1e6])],
    ],
    [
      "asks for more numbers than a file of",
      [node("Expand", ["k", "s"], "c")],
      [floats("k", [1], [5]), integers("s", [2 ** 40])],
    ],
    [
      "asks for more numbers than a file of",
      [node("MatMul", ["k", "l"], "c")],
      [floats("k", [1000, 1], new Array(1000).fill(1)), floats("l", [1, 1000], new Array(1000).fill(1))],
    ],
  ])("is refused: %s", (message, nodes, tensors) => {
    expect(refusal({ nodes: [...nodes, node("Add", ["x", "c"], "y")], tensors })).toContain(message);
  });
});

describe("BatchNormalization", () => {
  const statistics = [vector("g", 2, 0), vector("b", 1, 5), vector("m", 3, 4), vector("v", 0.25, 1)];
  const inputs = ["g", "b", "m", "v"];
  // (x - 3) / 0.5 * 2 + 1, and 0 (x - 4) + 5.
  const normalised = (a: number) => [4 * (a - 3) + 1, 5];
  const normalization = (from: string, to: string, attributes = {}) =>
    node("BatchNormalization", [from, ...inputs], to, { epsilon: 0, ...attributes });

  it.each([
    ["Gemm", (w: string) => [node("Gemm", ["x", w, "c"], "z")]],
    ["MatMul and Add", (w: string) => [node("MatMul", ["x", w], "p"), node("Add", ["c", "p"], "z")]],
  ])("after %s is a part of the dense layer, also where it multiplies by 0", (_, product) => {
    const graph = {
      nodes: [...product("w"), normalization("z", "r"), node("Relu", ["r"], "y")],
      tensors: [...statistics, floats("w", [2, 2], [1, 2, 3, 4]), vector("c", 10, 20)],
    };
    close(outputs(graph), [Math.max(0, normalised(1 - 6 + 10)[0]), 5, normalised(0.5 + 9 + 10)[0], 5]);
    using model = importOnnx(backend, onnxFile(graph));
    expect(model.parameters.map(({ name }) => name)).toEqual(["0.weight", "0.bias"]);
  });

  it("after a MatMul without a bias gives it one", () => {
    const graph = {
      nodes: [node("MatMul", ["x", "w"], "z"), normalization("z", "y")],
      tensors: [...statistics, floats("w", [2, 2], [1, 0, 0, 1])],
    };
    close(outputs(graph), [normalised(1)[0], 5, normalised(0.5)[0], 5]);
  });

  it("alone is a scaling layer, with epsilon, and by channel", () => {
    const tensors = [vector("g", 2, -1), vector("b", 1, 5), vector("m", 3, 4), vector("v", 0.15, 0.9)];
    const f = (a: number, b: number) => [4 * (a - 3) + 1, -(b - 4) + 5];
    close(outputs({ nodes: [normalization("x", "y", { epsilon: 0.1 })], tensors }), [
      ...f(1, -2),
      ...f(0.5, 3),
    ]);
    const [a, b, c, d] = x;
    close(
      outputs({
        nodes: [normalization("x", "z", { epsilon: 0.1 }), node("Flatten", ["z"], "y")],
        tensors: [vector("g", 2, -1), ...tensors.slice(1)],
        shape: ["n", 2, 2],
      }),
      [f(a, 0)[0], f(b, 0)[0], f(0, c)[1], f(0, d)[1]],
    );
  });

  it("alone gives its bias where its scale is 0, or next to it", () => {
    close(outputs({ nodes: [normalization("x", "y")], tensors: statistics }), [
      ...normalised(1),
      ...normalised(0.5),
    ]);
    const tensors = [vector("g", 0, -1e-42), vector("b", -7, 0), ...statistics.slice(2)];
    const nodes = [node("Relu", ["x"], "r"), normalization("r", "z"), node("Add", ["z", "b"], "y")];
    close(outputs({ nodes, tensors }), [-14, 0, -14, 0]);
  });

  it("is, as products by constants of which some are 0, one scaling with what stands around it", () => {
    const nodes = [node("Sub", ["x", "m"], "d"), node("Mul", ["d", "g"], "p"), node("Add", ["p", "b"], "y")];
    close(outputs({ nodes, tensors: statistics }), [2 * (1 - 3) + 1, 5, 2 * (0.5 - 3) + 1, 5]);
  });

  it.each<[string, object, TensorInit[]]>([
    ["expected it to use the statistics that it holds", { training_mode: 1n }, statistics],
    ["expected 2 numbers of each kind", {}, [...statistics.slice(0, 3), vector("v", 1, 2, 3)]],
    ["expected finite numbers and variances above 0", {}, [...statistics.slice(0, 3), vector("v", -1, 1)]],
  ])("is refused: %s", (message, attributes, tensors) => {
    expect(refusal({ nodes: [normalization("x", "y", attributes)], tensors })).toContain(message);
  });
});

describe("products whose samples are in columns", () => {
  const w = floats("w", [3, 2], [1, 4, 2, 5, 3, 6]);
  const b = floats("b", [3, 1], [10, 20, 30]);
  const tensors = [w, b];
  const expected = [1 - 8 + 10, 2 - 10 + 20, 3 - 12 + 30, 0.5 + 12 + 10, 1 + 15 + 20, 1.5 + 18 + 30];

  it.each<[string, NodeInit[]]>([
    [
      "y = (W xᵀ + b)ᵀ",
      [
        node("Transpose", ["x"], "t"),
        node("MatMul", ["w", "t"], "p"),
        node("Add", ["b", "p"], "z"),
        node("Transpose", ["z"], "y"),
      ],
    ],
    [
      "Gemm(W, x, b) with transB",
      [node("Gemm", ["w", "x", "b"], "z", { transB: 1n }), node("Transpose", ["z"], "y")],
    ],
    [
      "Gemm(xᵀ, Wᵀ) with transA",
      [
        node("Transpose", ["x"], "t"),
        node("Transpose", ["b"], "c"),
        node("Gemm", ["t", "w", "c"], "y", { transA: 1n, transB: 1n }),
      ],
    ],
  ])("%s", (_, nodes) => {
    close(outputs({ nodes, tensors }), expected);
  });

  it("a sample alone, without a batch, is multiplied from either side", () => {
    using model = importOnnx(
      backend,
      onnxFile({ nodes: [node("MatMul", ["w", "x"], "y")], tensors, shape: [2] }),
    );
    close(Array.from(model.predict([1, -2])), [-7, -8, -9]);
  });

  it.each<[string, NodeInit[]]>([
    ["expected a sample in each row, got one in each column", [node("Transpose", ["x"], "y")]],
    [
      "expected a sample in each row, got one in each column",
      [node("Transpose", ["x"], "t"), node("Flatten", ["t"], "y")],
    ],
    ["expected a sample in each column, got one in each row", [node("MatMul", ["w", "x"], "y")]],
    ["expected a sample in each column of its second input", [node("Gemm", ["w", "x"], "y")]],
  ])("is refused: %s", (message, nodes) => {
    expect(refusal({ nodes, tensors })).toContain(message);
  });
});

describe("a sample's shape", () => {
  it("changes by Unsqueeze and Squeeze", () => {
    const nodes = [
      node("Unsqueeze", ["x", "a"], "u"),
      node("Squeeze", ["u", "a"], "s"),
      node("MatMul", ["s", "w"], "y"),
    ];
    close(outputs({ nodes, tensors: [integers("a", [1]), floats("w", [2, 1], [1, 10])] }), [-19, 30.5]);
  });
});

describe("an operator that lanewise does not have is named as what it is", () => {
  it.each<[string, string]>([
    ["Conv", "a convolution: lanewise has none yet"],
    ["ConvTranspose", "a convolution"],
    ["LSTM", "a recurrent layer"],
    ["GRU", "a recurrent layer"],
    ["Attention", "attention"],
    ["MaxPool", "pooling"],
    ["GlobalAveragePool", "pooling"],
    ["Resize", "the resizing of images"],
    ["If", "control flow"],
    ["Loop", "control flow"],
    ["QLinearMatMul", "quantised arithmetic"],
    ["DequantizeLinear", "quantised arithmetic"],
    ["MatMulInteger", "quantised arithmetic"],
    ["LayerNormalization", "a normalisation by the statistics of each sample"],
    ["ReduceMean", "a reduction over the numbers of a sample"],
    ["ArgMax", "a reduction over the numbers of a sample"],
    ["Gather", "a look-up by index, as of an embedding"],
    ["Concat", "the joining of branches"],
    ["Pad", "the rearranging of a sample"],
    ["Det", "an operator that lanewise does not have"],
  ])("%s: %s", (opType, what) => {
    const message = refusal({ nodes: [node(opType, ["x", "w"], "y")], tensors: [vector("w", 1, 1)] });
    expect(message).toContain(`ONNX file: node "the ${opType}" (${opType}): unsupported: ${what}`);
    expect(message.length).toBeLessThan(200);
  });
});
