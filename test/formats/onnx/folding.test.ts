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
    [
      "Where, of a comparison",
      [node("Greater", ["v", "k"], "g"), node("Where", ["g", "v", "k"], "c")],
      [v, floats("k", [1], [3])],
      [3, 4, 9],
    ],
    [
      "Where, of integers and of Equal, Not and Or",
      [
        node("Equal", ["i", "k"], "e"),
        node("Not", ["e"], "n"),
        node("Or", ["e", "n"], "o"),
        node("And", ["o", "n"], "a"),
        node("Where", ["a", "i", "l"], "h"),
        node("Div", ["h", "k"], "d"),
        node("Cast", ["d"], "c", { to: 1n }),
      ],
      [integers("i", [2, 7, -9]), integers("k", [2]), integers("l", [40])],
      [20, 3, -4],
    ],
    [
      "Floor, Ceil, Round, Sign and Mod",
      [
        node("Floor", ["k"], "f"),
        node("Ceil", ["k"], "e"),
        node("Round", ["k"], "r"),
        node("Mod", ["r", "f"], "m", { fmod: 1n }),
        node("Concat", ["f", "e", "r", "m"], "c", { axis: 0n }),
      ],
      [vector("k", -1.5, 2.5, 3.5)],
      [-2, 2, 3, -1, 3, 4, -2, 2, 4, 0, 0, 1],
    ],
    ["Mean", [node("Mean", ["v", "k"], "c")], [v, floats("k", [1], [3])], [2, 3.5, 6]],
    [
      "Tile",
      [node("Tile", ["k", "n"], "t"), node("Reshape", ["t", "flat"], "c")],
      [floats("k", [2, 1], [5, 6]), integers("n", [2, 2]), integers("flat", [-1])],
      [5, 5, 6, 6, 5, 5, 6, 6],
    ],
    [
      "Split, the second of its outputs",
      [{ ...node("Split", ["v"], ""), output: ["a", "c"] }],
      [vector("v", 1, 2, 3, 4)],
      [3, 4],
    ],
    [
      "Split by sizes along the last axis",
      [
        { ...node("Split", ["m", "n"], "", { axis: -1n }), output: ["", "b"] },
        node("Reshape", ["b", "flat"], "c"),
      ],
      [m, integers("n", [1, 2]), integers("flat", [-1])],
      [2, 3, 5, 6],
    ],
    [
      "Split into parts of which the last is shorter",
      [{ ...node("Split", ["v"], "", { num_outputs: 2n }), output: ["", "c"] }],
      [v],
      [9],
    ],
    [
      "Range",
      [node("Range", ["a", "b", "d"], "c")],
      [floats("a", [], [5]), floats("b", [], [0]), floats("d", [], [-2])],
      [5, 3, 1],
    ],
    [
      "ReduceSum by axes as an input",
      [node("ReduceSum", ["m", "i"], "c", { keepdims: 0n })],
      [m, integers("i", [0])],
      [5, 7, 9],
    ],
    [
      "ReduceMean by an attribute",
      [node("ReduceMean", ["m"], "r", { axes: [-1n] }), node("Reshape", ["r", "flat"], "c")],
      [m, integers("flat", [-1])],
      [2, 5],
    ],
    [
      "ReduceMax and ReduceMin of all",
      [
        node("ReduceMax", ["m"], "a"),
        node("ReduceMin", ["m"], "b"),
        node("Concat", ["a", "b"], "j", { axis: -1n }),
        node("Reshape", ["j", "flat"], "c"),
      ],
      [m, integers("flat", [-1])],
      [6, 1],
    ],
    [
      "ReduceL2, with which weights are normalised",
      [node("ReduceL2", ["k", "i"], "n"), node("Div", ["k", "n"], "d"), node("Reshape", ["d", "flat"], "c")],
      [floats("k", [2, 2], [3, 4, 6, -8]), integers("i", [1]), integers("flat", [-1])],
      [0.6, 0.8, 0.6, -0.8],
    ],
    [
      "ReduceProd, ReduceL1, ReduceSumSquare, ReduceLogSum and ReduceLogSumExp",
      [
        ...["Prod", "L1", "SumSquare", "LogSum", "LogSumExp"].map((kind) =>
          node(`Reduce${kind}`, ["k"], kind),
        ),
        node("Concat", ["Prod", "L1", "SumSquare", "LogSum", "LogSumExp"], "c", { axis: 0n }),
      ],
      [vector("k", 2, 3)],
      [6, 5, 13, Math.log(5), 3 + Math.log1p(Math.exp(-1))],
    ],
    [
      "a reduction over no axes that is none",
      [node("ReduceSum", ["v", "i"], "c", { noop_with_empty_axes: 1n })],
      [v, integers("i", [])],
      [1, 4, 9],
    ],
    [
      "Pad with a number",
      [node("Pad", ["v", "p", "k"], "c")],
      [v, integers("p", [1, 2]), floats("k", [], [7])],
      [7, 1, 4, 9, 7, 7],
    ],
    [
      "Pad along an axis, and less than before",
      [node("Pad", ["m", "p", "", "i"], "q"), node("Reshape", ["q", "flat"], "c")],
      [m, integers("p", [1, -2]), integers("i", [-1]), integers("flat", [-1])],
      [0, 1, 0, 4],
    ],
    ...(["edge", "reflect", "wrap"] as const).map((mode): [string, NodeInit[], TensorInit[], number[]] => [
      `Pad by ${mode}`,
      [node("Pad", ["v", "p"], "c", { mode })],
      [v, integers("p", [2, 1])],
      { edge: [1, 1, 1, 4, 9, 9], reflect: [9, 4, 1, 4, 9, 4], wrap: [4, 9, 1, 4, 9, 1] }[mode],
    ]),
    [
      "Trilu and EyeLike",
      [
        node("EyeLike", ["s"], "e", { k: 1n }),
        node("Trilu", ["s", "k"], "t", { upper: 0n }),
        node("Add", ["e", "t"], "u"),
        node("Reshape", ["u", "flat"], "c"),
      ],
      [
        floats("s", [2, 2], [1, 2, 3, 4]),
        { name: "k", dataType: Type.INT64, int64Data: [-1n] },
        integers("flat", [-1]),
      ],
      [0, 1, 3, 0],
    ],
    [
      "CastLike of integers",
      [node("CastLike", ["k", "i"], "j"), node("Div", ["j", "i"], "d"), node("CastLike", ["d", "k"], "c")],
      [vector("k", 7.9, -7.9), integers("i", [2])],
      [3, -3],
    ],
    [
      "DequantizeLinear",
      [node("DequantizeLinear", ["q", "k", "z"], "c")],
      [
        { name: "q", dims: [3n], dataType: Type.UINT8, rawData: Uint8Array.of(0, 128, 255) },
        floats("k", [], [0.5]),
        { name: "z", dataType: Type.UINT8, int32Data: [128] },
      ],
      [-64, 0, 63.5],
    ],
    [
      "DequantizeLinear by column",
      [node("DequantizeLinear", ["q", "k"], "d"), node("Reshape", ["d", "flat"], "c")],
      [
        { name: "q", dims: [2n, 2n], dataType: Type.INT8, rawData: Uint8Array.of(1, 2, 255, 128) },
        vector("k", 10, 0.5),
        integers("flat", [-1]),
      ],
      [10, 1, -10, -64],
    ],
    [
      "DequantizeLinear by blocks of rows",
      [
        node("DequantizeLinear", ["q", "k", "z"], "d", { axis: 0n, block_size: 2n }),
        node("Reshape", ["d", "flat"], "c"),
      ],
      [
        { name: "q", dims: [3n, 1n], dataType: Type.INT16, int32Data: [1, 2, 300] },
        floats("k", [2, 1], [10, 100]),
        { name: "z", dims: [2n, 1n], dataType: Type.INT16, int32Data: [1, 0] },
        integers("flat", [-1]),
      ],
      [0, 10, 30000],
    ],
    [
      "weights of other types",
      [
        node("Cast", ["b"], "p", { to: 1n }),
        node("Cast", ["u"], "q", { to: 1n }),
        node("Cast", ["h"], "r", { to: 1n }),
        node("Concat", ["p", "q", "r"], "c", { axis: 0n }),
      ],
      [
        { name: "b", dims: [1n], dataType: Type.BFLOAT16, rawData: Uint8Array.of(0xc0, 0x3f) },
        { name: "u", dims: [1n], dataType: Type.UINT32, rawData: Uint8Array.of(255, 255, 255, 255) },
        { name: "h", dims: [1n], dataType: Type.UINT64, uint64Data: [3n] },
      ],
      [1.5, 2 ** 32, 3],
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

  it("takes the sizes of a sample from a Shape with a start and an end", () => {
    const nodes = [
      node("Shape", ["x"], "rows", { start: 1n, end: -1n }),
      node("Shape", ["x"], "cols", { start: -1n }),
      node("Mul", ["rows", "cols"], "size"),
      node("Concat", ["minus", "size"], "shape", { axis: 0n }),
      node("Reshape", ["x", "shape"], "f"),
      node("MatMul", ["f", "w"], "y"),
    ];
    const tensors = [integers("minus", [-1]), floats("w", [4, 1], [1, 10, 100, 1000])];
    close(outputs({ nodes, tensors, shape: ["n", 2, 2] }), [1 - 20 + 50 + 3000]);
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
      "expected 2 sizes with the sum 3, got [1,1]",
      [{ ...node("Split", ["v", "s"], ""), output: ["c", "d"] }],
      [v, integers("s", [1, 1])],
    ],
    [
      "expected a number of repeats for each of 1 axes",
      [node("Tile", ["v", "s"], "c")],
      [v, integers("s", [2, 2])],
    ],
    ["expected a range that ends", [node("Range", ["k", "k", "k"], "c")], [floats("k", [], [0])]],
    ["expected two numbers for each axis", [node("Pad", ["v", "s"], "c")], [v, integers("s", [1])]],
    [
      "expected the mode constant, reflect, edge or wrap",
      [node("Pad", ["v", "s"], "c", { mode: "round" })],
      [v, integers("s", [1, 1])],
    ],
    [
      "expected a scale and a zero point for [2,3], got [2]",
      [node("DequantizeLinear", ["m", "k"], "c")],
      [m, vector("k", 1, 2)],
    ],
    ["asks for more numbers than a file of", [node("Tile", ["v", "s"], "c")], [v, integers("s", [1e9])]],
    ["asks for more numbers than a file of", [node("Pad", ["v", "s"], "c")], [v, integers("s", [0, 1e9])]],
    [
      'node "the CumSum" (CumSum): expected an operator on the input, got one on constants that lanewise does not fold',
      [node("CumSum", ["v", "k"], "c")],
      [v, integers("k", [0])],
    ],
    [
      'node "the Einsum" (Einsum): expected an operator on the input, got one on constants',
      [node("Einsum", ["v", "v"], "c")],
      [v],
    ],
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
  ])("after %s is a layer of its own, also where it multiplies by 0", (_, product) => {
    const graph = {
      nodes: [...product("w"), normalization("z", "r"), node("Relu", ["r"], "y")],
      tensors: [...statistics, floats("w", [2, 2], [1, 2, 3, 4]), vector("c", 10, 20)],
    };
    close(outputs(graph), [Math.max(0, normalised(1 - 6 + 10)[0]), 5, normalised(0.5 + 9 + 10)[0], 5]);
    using model = importOnnx(backend, onnxFile(graph));
    expect(model.parameters.map(({ name }) => name)).toEqual(["0.weight", "0.bias", "1.gamma", "1.beta"]);
    expect(model.buffers.map(({ name, value }) => [name, Array.from(value.data)])).toEqual([
      ["1.movingMean", [3, 4]],
      ["1.movingVariance", [0.25, 1]],
    ]);
  });

  it("after a MatMul without a bias", () => {
    const graph = {
      nodes: [node("MatMul", ["x", "w"], "z"), normalization("z", "y")],
      tensors: [...statistics, floats("w", [2, 2], [1, 0, 0, 1])],
    };
    close(outputs(graph), [normalised(1)[0], 5, normalised(0.5)[0], 5]);
  });

  it("alone, with epsilon and momentum, and by channel, which is the last axis in lanewise", () => {
    const tensors = [vector("g", 2, -1), vector("b", 1, 5), vector("m", 3, 4), vector("v", 0.15, 0.9)];
    const f = (a: number, b: number) => [4 * (a - 3) + 1, -(b - 4) + 5];
    const nodes = [normalization("x", "y", { epsilon: 0.1, momentum: 0.75 })];
    close(outputs({ nodes, tensors }), [...f(1, -2), ...f(0.5, 3)]);
    using model = importOnnx(backend, onnxFile({ nodes, tensors }));
    expect(model.layers[0].config).toMatchObject({ epsilon: Math.fround(0.1), momentum: 0.75 });
    const [a, b, c, d] = x;
    const graph = {
      nodes: [normalization("x", "z", { epsilon: 0.1 }), node("Flatten", ["z"], "y")],
      tensors: [vector("g", 2, -1), ...tensors.slice(1)],
      shape: ["n", 2, 2],
    };
    using image = importOnnx(backend, onnxFile(graph));
    // Of [channels, length], which is [length, channels] in lanewise.
    close(Array.from(image.predict([a, c, b, d])), [f(a, 0)[0], f(b, 0)[0], f(0, c)[1], f(0, d)[1]]);
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
    ["expected 2 numbers for its variance, got 3", {}, [...statistics.slice(0, 3), vector("v", 1, 2, 3)]],
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
  it.each<[string, number[], Record<string, bigint>]>([
    ["its batch as -1, with allowzero", [-1, 4], { allowzero: 1n }],
    ["its batch as 0, with allowzero, as Shape gives it", [0, 4], { allowzero: 1n }],
    ["sizes that stay, as 0", [0, 0, 2, -1], {}],
  ])("changes by a Reshape that writes %s", (_, sizes, attributes) => {
    const nodes = [
      node("Reshape", ["x", "s"], "r", attributes),
      node("Flatten", ["r"], "f"),
      node("MatMul", ["f", "w"], "y"),
    ];
    const tensors = [integers("s", sizes), floats("w", [4, 1], [1, 10, 100, 1000])];
    close(outputs({ nodes, tensors, shape: ["n", 2, 2] }), [1 - 20 + 50 + 3000]);
  });

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
    ["DeformConv", "a convolution"],
    ["LpPool", "pooling"],
    ["Attention", "attention"],
    ["If", "control flow"],
    ["Loop", "control flow"],
    ["QLinearMatMul", "quantised arithmetic"],
    ["DequantizeLinear", "quantised arithmetic"],
    ["MatMulInteger", "quantised arithmetic"],
    ["ArgMax", "a reduction over the numbers of a sample"],
    ["GatherElements", "a look-up of another kind: lanewise has embedding"],
    ["Det", "an operator that lanewise does not have"],
  ])("%s: %s", (opType, what) => {
    const message = refusal({ nodes: [node(opType, ["x", "w"], "y")], tensors: [vector("w", 1, 1)] });
    expect(message).toContain(`ONNX file: node "the ${opType}" (${opType}): unsupported: ${what}`);
    expect(message.length).toBeLessThan(200);
  });
});
