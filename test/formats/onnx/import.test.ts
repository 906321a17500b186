import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema, TensorProto_DataLocation, TensorProto_DataType as Type } from "onnx-buf";
import { describe, expect, it } from "vitest";
import { createBackendSync, FormatError } from "../../../src/index.js";
import { importOnnx } from "../../../src/onnx.js";
import { floats, integers, node, onnxFile, type TensorInit } from "./graphs.js";

const backend = createBackendSync();
const x = [1, -2, 0.5, 3];

/** What a graph makes of the rows [1, -2] and [0.5, 3]. */
function outputs(...[graph]: Parameters<typeof onnxFile>): number[] {
  using model = importOnnx(backend, onnxFile(graph));
  return Array.from(model.predict(x));
}

const close = (values: readonly number[], expected: readonly number[]) => {
  expect(values.length).toBe(expected.length);
  values.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i], 5);
  });
};

const refused = (file: Uint8Array): string => {
  const { liveBlocks } = backend.memory;
  try {
    importOnnx(backend, file);
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
    expect(backend.memory.liveBlocks).toBe(liveBlocks);
    return (error as Error).message;
  }
  throw new Error("expected a FormatError, got a model");
};

const one = floats("one", [], [1]);

describe("products of matrices", () => {
  const w = floats("w", [2, 3], [1, 2, 3, 4, 5, 6]);
  const transposed = floats("w", [3, 2], [1, 4, 2, 5, 3, 6]);
  const b = floats("b", [3], [10, 20, 30]);
  const expected = [1 - 8 + 10, 2 - 10 + 20, 3 - 12 + 30, 0.5 + 12 + 10, 1 + 15 + 20, 1.5 + 18 + 30];

  it("Gemm, MatMul and Add are dense layers with biases", () => {
    close(outputs({ nodes: [node("Gemm", ["x", "w", "b"], "y")], tensors: [w, b] }), expected);
    close(
      outputs({ nodes: [node("Gemm", ["x", "w", "b"], "y", { transB: 1n })], tensors: [transposed, b] }),
      expected,
    );
    close(
      outputs({ nodes: [node("MatMul", ["x", "w"], "z"), node("Add", ["b", "z"], "y")], tensors: [w, b] }),
      expected,
    );
    close(
      outputs({
        nodes: [
          node("Transpose", ["w"], "v", { perm: [1n, 0n] }),
          node("MatMul", ["x", "v"], "z"),
          node("Add", ["z", "b"], "y"),
        ],
        tensors: [transposed, b],
      }),
      expected,
    );
    using model = importOnnx(
      backend,
      onnxFile({ nodes: [node("MatMul", ["x", "w"], "z"), node("Add", ["z", "b"], "y")], tensors: [w, b] }),
    );
    expect(model.parameters.map(({ name, value }) => [name, Array.from(value.data)])).toEqual([
      ["0.weight", [1, 2, 3, 4, 5, 6]],
      ["0.bias", [10, 20, 30]],
    ]);
  });

  it("Gemm has alpha, beta and a bias of one number", () => {
    const tensors = [w, floats("b", [], [4])];
    close(
      outputs({ nodes: [node("Gemm", ["x", "w", "b"], "y", { alpha: 0.5, beta: 0.25 })], tensors }),
      [-7, -8, -9, 12.5, 16, 19.5].map((value) => value / 2 + 1),
    );
  });

  it("a parameter called fc.weight names its layer", () => {
    const tensors = [{ ...w, name: "fc.weight" }, b];
    using model = importOnnx(
      backend,
      onnxFile({ nodes: [node("Gemm", ["x", "fc.weight", "b"], "y")], tensors }),
    );
    expect(model.parameters.map(({ name }) => name)).toEqual(["fc.weight", "fc.bias"]);
  });

  const bytes = (array: ArrayBufferView) => new Uint8Array(array.buffer as ArrayBuffer);
  it.each<[string, TensorInit]>([
    ["float, typed", w],
    ["float, raw", { ...w, floatData: [], rawData: bytes(Float32Array.of(1, 2, 3, 4, 5, 6)) }],
    ["double, typed", { ...w, dataType: Type.DOUBLE, floatData: [], doubleData: [1, 2, 3, 4, 5, 6] }],
    [
      "double, raw",
      { ...w, dataType: Type.DOUBLE, floatData: [], rawData: bytes(Float64Array.of(1, 2, 3, 4, 5, 6)) },
    ],
    [
      "float16, typed",
      {
        ...w,
        dataType: Type.FLOAT16,
        floatData: [],
        int32Data: [0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600],
      },
    ],
    [
      "float16, raw",
      {
        ...w,
        dataType: Type.FLOAT16,
        floatData: [],
        rawData: bytes(Uint16Array.of(0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600)),
      },
    ],
  ])("weights of %s", (_, tensor) => {
    close(outputs({ nodes: [node("Gemm", ["x", "w", "b"], "y")], tensors: [tensor, b] }), expected);
  });
});

describe("scaling", () => {
  it("Sub, Div, Mul, Add and Neg by constants are one layer", () => {
    const tensors = [
      floats("m", [2], [1, 2]),
      floats("d", [1, 2], [2, 4]),
      floats("s", [], [3]),
      floats("t", [1], [1]),
    ];
    const nodes = [
      node("Sub", ["x", "m"], "a"),
      node("Div", ["a", "d"], "b"),
      node("Mul", ["s", "b"], "c"),
      node("Sub", ["t", "c"], "e"),
      node("Neg", ["e"], "f"),
      node("Add", ["f", "t"], "y"),
    ];
    close(outputs({ nodes, tensors }), [0, -3, -0.75, 0.75]);
    using model = importOnnx(backend, onnxFile({ nodes, tensors }));
    expect(model.buffers.map(({ name }) => name)).toEqual(["0.mean", "0.deviation"]);
  });

  it("takes off the mean and divides by the deviation to the bit", () => {
    const tensors = [floats("m", [2], [0.1, 0.2]), floats("d", [2], [0.3, 0.7])];
    using model = importOnnx(
      backend,
      onnxFile({ nodes: [node("Sub", ["x", "m"], "a"), node("Div", ["a", "d"], "y")], tensors }),
    );
    expect(model.buffers.map(({ value }) => Array.from(value.data))).toEqual([
      [0.1, 0.2].map(Math.fround),
      [0.3, 0.7].map(Math.fround),
    ]);
  });

  it("broadcasts over several dimensions", () => {
    const tensors = [floats("m", [2, 1], [10, 20])];
    using model = importOnnx(
      backend,
      onnxFile({ nodes: [node("Add", ["x", "m"], "y")], tensors, shape: ["n", 2, 3] }),
    );
    expect(Array.from(model.predict([0, 1, 2, 3, 4, 5]))).toEqual([10, 11, 12, 23, 24, 25]);
  });
});

describe("activations in several operators, each in one way that exporters write it", () => {
  const half = floats("half", [], [0.5]);
  const zero = floats("zero", [], [0]);
  const six = floats("six", [], [6]);
  it.each<[string, Parameters<typeof onnxFile>[0]]>([
    ["silu", { nodes: [node("Sigmoid", ["x"], "s"), node("Mul", ["x", "s"], "y")] }],
    [
      "softplus",
      {
        nodes: [node("Exp", ["x"], "e"), node("Add", ["one", "e"], "a"), node("Log", ["a"], "y")],
        tensors: [one],
      },
    ],
    [
      "hardSwish",
      {
        nodes: [
          node("Add", ["x", "three"], "a"),
          node("Clip", ["a", "zero", "six"], "c"),
          node("Mul", ["x", "c"], "m"),
          node("Div", ["m", "six"], "y"),
        ],
        tensors: [floats("three", [], [3]), floats("zero", [], [0]), floats("six", [], [6])],
      },
    ],
    [
      "hardSwish",
      { nodes: [node("HardSigmoid", ["x"], "h", { alpha: 1 / 6 }), node("Mul", ["h", "x"], "y")] },
    ],
    [
      "gelu",
      {
        nodes: [
          node("Div", ["x", "r"], "d"),
          node("Erf", ["d"], "e"),
          node("Add", ["e", "one"], "a"),
          node("Mul", ["x", "a"], "m"),
          node("Mul", ["m", "half"], "y"),
        ],
        tensors: [floats("r", [], [Math.SQRT2]), one, half],
      },
    ],
    [
      "gelu",
      {
        nodes: [
          node("Mul", ["x", "half"], "h"),
          node("Mul", ["x", "r"], "d"),
          node("Erf", ["d"], "e"),
          node("Add", ["one", "e"], "a"),
          node("Mul", ["h", "a"], "y"),
        ],
        tensors: [floats("r", [1], [0.70710677]), one, half],
      },
    ],
    [
      "geluTanh",
      {
        nodes: [
          node("Pow", ["x", "three"], "p"),
          node("Mul", ["p", "k"], "q"),
          node("Add", ["x", "q"], "a"),
          node("Mul", ["a", "c"], "b"),
          node("Tanh", ["b"], "t"),
          node("Add", ["t", "one"], "u"),
          node("Mul", ["u", "half"], "v"),
          node("Mul", ["x", "v"], "y"),
        ],
        tensors: [
          floats("three", [], [3]),
          floats("k", [], [0.044715]),
          floats("c", [], [0.7978846]),
          one,
          half,
        ],
      },
    ],
    ["relu", { nodes: [node("Max", ["x", "zero"], "y")], tensors: [floats("zero", [], [0])] }],
    ["elu", { nodes: [node("Celu", ["x"], "y")] }],
    ["leakyRelu", { nodes: [node("LeakyRelu", ["x"], "y")] }],
    ["softsign", { nodes: [node("Softsign", ["x"], "y")] }],
    [
      "softsign",
      {
        nodes: [node("Abs", ["x"], "a"), node("Add", ["a", "one"], "b"), node("Div", ["x", "b"], "y")],
        tensors: [one],
      },
    ],
    ["exp", { nodes: [node("Exp", ["x"], "y")] }],
    ["mish", { nodes: [node("Mish", ["x"], "y")], opset: 18 }],
    [
      "mish",
      { nodes: [node("Softplus", ["x"], "a"), node("Tanh", ["a"], "b"), node("Mul", ["x", "b"], "y")] },
    ],
    ["gelu", { nodes: [node("Gelu", ["x"], "y")], opset: 20 }],
    ["geluTanh", { nodes: [node("Gelu", ["x"], "y", { approximate: "tanh" })], opset: 20 }],
    ["silu", { nodes: [node("Swish", ["x"], "y")], opset: 24 }],
    [
      "relu",
      { nodes: [node("Less", ["x", "zero"], "l"), node("Where", ["l", "zero", "x"], "y")], tensors: [zero] },
    ],
    [
      "relu",
      {
        nodes: [
          node("Greater", ["x", "zero"], "g"),
          node("Cast", ["g"], "c", { to: 1n }),
          node("Mul", ["c", "x"], "y"),
        ],
        tensors: [zero],
      },
    ],
    [
      "elu",
      {
        nodes: [
          node("CastLike", ["zero", "x"], "z"),
          node("CastLike", ["one", "x"], "o"),
          node("Exp", ["x"], "e"),
          node("Sub", ["e", "o"], "m"),
          node("Less", ["x", "z"], "l"),
          node("Where", ["l", "m", "x"], "y"),
        ],
        tensors: [floats("zero", [], [0]), one],
        opset: 15,
      },
    ],
    ["relu", { nodes: [node("ThresholdedRelu", ["x"], "y", { alpha: 0 })] }],
    ["relu6", { nodes: [node("Clip", ["x", "zero", "six"], "y")], tensors: [zero, six] }],
    ["relu6", { nodes: [node("Clip", ["x"], "y", { min: 0, max: 6 })], opset: 6 }],
    ["relu6", { nodes: [node("Relu", ["x"], "a"), node("Min", ["a", "six"], "y")], tensors: [six] }],
    [
      "relu6",
      { nodes: [node("Max", ["zero", "x"], "a"), node("Clip", ["a", "", "six"], "y")], tensors: [zero, six] },
    ],
    ["hardSigmoid", { nodes: [node("HardSigmoid", ["x"], "y", { alpha: 1 / 6, beta: 0.5 })] }],
    ["linear", { nodes: [node("Clip", ["x"], "y")] }],
  ])("%s", (name, graph) => {
    using model = importOnnx(backend, onnxFile(graph));
    expect(model.summary()).toContain(`activation ${name}`.replace(" linear", ""));
  });
});

describe("activations with a parameter of their own", () => {
  it.each<[string, Parameters<typeof onnxFile>[0]]>([
    ["activation(slope 0.25) leakyRelu", { nodes: [node("LeakyRelu", ["x"], "y", { alpha: 0.25 })] }],
    ["activation(slope -2) leakyRelu", { nodes: [node("LeakyRelu", ["x"], "y", { alpha: -2 })] }],
    ["activation(alpha 0.5) elu", { nodes: [node("Elu", ["x"], "y", { alpha: 0.5 })] }],
    ["activation(slope 0.2) hardSigmoid", { nodes: [node("HardSigmoid", ["x"], "y")] }],
    [
      "activation(slope 0.5) hardSigmoid",
      { nodes: [node("HardSigmoid", ["x"], "y", { alpha: 0.5, beta: 0.5 })] },
    ],
    [
      "activation(slope 0.125) leakyRelu",
      {
        nodes: [node("Mul", ["x", "s"], "a"), node("Max", ["x", "a"], "y")],
        tensors: [floats("s", [], [0.125])],
      },
    ],
  ])("%s", (layer, graph) => {
    using model = importOnnx(backend, onnxFile(graph));
    expect(model.summary()).toContain(layer);
  });

  it("stand behind a dense layer as layers of their own", () => {
    const tensors = [floats("w", [2, 2], [1, 0, 0, -1])];
    const nodes = [node("MatMul", ["x", "w"], "a"), node("LeakyRelu", ["a"], "y", { alpha: 0.5 })];
    expect(outputs({ nodes, tensors })).toEqual([1, 2, 0.5, -1.5]);
  });

  it("are refused where lanewise has none: another offset, an ELU that rises below 0", () => {
    expect(refused(onnxFile({ nodes: [node("HardSigmoid", ["x"], "y", { beta: 0.25 })] }))).toContain(
      "none of the activations",
    );
    expect(refused(onnxFile({ nodes: [node("Elu", ["x"], "y", { alpha: -1 })] }))).toContain(
      "none of the activations",
    );
  });
});

describe("operators behind an activation", () => {
  const layersOf = (graph: Parameters<typeof onnxFile>[0]): string[] => {
    using model = importOnnx(backend, onnxFile(graph));
    return model
      .summary()
      .split("\n")
      .filter((line) => /^\d+ {2}/.test(line))
      .map((line) => line.split(/ {2,}/)[1]);
  };
  const two = floats("two", [], [2]);

  it.each<[string, Parameters<typeof onnxFile>[0], string[]]>([
    [
      "softplus, of which exp alone is one too",
      {
        nodes: [node("Exp", ["x"], "a"), node("Add", ["a", "one"], "b"), node("Log", ["b"], "y")],
        tensors: [one],
      },
      ["activation softplus"],
    ],
    [
      "exp and a scaling",
      { nodes: [node("Exp", ["x"], "a"), node("Add", ["a", "one"], "y")], tensors: [one] },
      ["activation exp", "scaling(2)"],
    ],
    [
      "exp, a scaling and a dense layer",
      {
        nodes: [node("Exp", ["x"], "a"), node("Mul", ["a", "two"], "b"), node("MatMul", ["b", "w"], "y")],
        tensors: [two, floats("w", [2, 1], [1, 1])],
      },
      ["activation exp", "scaling(2)", "dense(2 -> 1)"],
    ],
    [
      "activations one after another stay apart",
      {
        nodes: [
          node("Relu", ["x"], "a"),
          node("Relu", ["a"], "b"),
          node("LeakyRelu", ["b"], "c", { alpha: 0.5 }),
          node("Tanh", ["c"], "y"),
        ],
      },
      ["activation relu", "activation relu", "activation(slope 0.5) leakyRelu", "activation tanh"],
    ],
    [
      "a value of each element behind it",
      {
        nodes: [node("Sigmoid", ["x"], "a"), node("Mul", ["a", "two"], "b"), node("Sub", ["b", "row"], "y")],
        tensors: [two, floats("row", [2], [1, 2])],
      },
      ["activation sigmoid", "scaling(2)"],
    ],
    [
      "two halves of which the second divides",
      {
        nodes: [
          node("Relu", ["x"], "a"),
          node("Mul", ["a", "two"], "b"),
          node("Sigmoid", ["b"], "c"),
          node("Mul", ["b", "c"], "y"),
        ],
        tensors: [two],
      },
      ["activation relu", "scaling(2)", "activation silu"],
    ],
    [
      "a shape that is asked for in between",
      {
        nodes: [node("Relu", ["x"], "a"), node("Shape", ["a"], "s"), node("Reshape", ["a", "s"], "y")],
      },
      ["activation relu"],
    ],
  ])("%s", (_, graph, layers) => {
    expect(layersOf(graph)).toEqual(layers);
  });

  it("what follows and is nothing that lanewise has is refused by its own name", () => {
    const nodes = [node("Relu", ["x"], "a"), node("Sqrt", ["a"], "y")];
    expect(refused(onnxFile({ nodes }))).toContain('node "the Sqrt" (Sqrt): unsupported: it is none');
  });
});

describe("PRelu", () => {
  const model = (shape: (number | string)[], dims: number[], values: number[], opset = 17) =>
    importOnnx(
      backend,
      onnxFile({
        nodes: [node("PRelu", ["x", "s"], "y")],
        tensors: [floats("s", dims, values)],
        shape,
        opset,
      }),
    );

  it.each<[string, (number | string)[], number[], number[], number[]]>([
    ["a slope a feature", ["n", 2], [2], [0.5, 2], [-0.5, -2]],
    ["one slope", ["n", 2], [1], [0.5], [-0.5, -0.5]],
    ["a number", ["n", 2], [], [0.5], [-0.5, -0.5]],
    ["channels that come first", ["n", 2, 3], [2, 1], [0.5, 2], [-0.5, -0.5, -0.5, -2, -2, -2]],
    ["channels that come last", ["n", 3, 2], [2], [0.5, 2], [-0.5, -2, -0.5, -2, -0.5, -2]],
    ["a slope an element", ["n", 2, 2], [1, 2, 2], [1, 2, 3, 4], [-1, -2, -3, -4]],
    ["slopes of the axis in the middle", ["n", 1, 2, 2], [2, 1], [0.5, 2], [-0.5, -0.5, -2, -2]],
    [
      "slopes of axes on both sides of a shared one",
      ["n", 2, 2, 2],
      [2, 1, 2],
      [1, 2, 3, 4],
      [-1, -2, -1, -2, -3, -4, -3, -4],
    ],
  ])("%s", (_, shape, dims, values, expected) => {
    using made = model(shape, dims, values);
    const count = expected.length;
    expect([...made.predict(new Float32Array(count).fill(-1))]).toEqual(expected);
    expect([...made.predict(new Float32Array(count).fill(3))]).toEqual(new Array(count).fill(3));
    expect(made.parameters[0].name).toBe("0.alpha");
  });

  it("shares what the file shares, so that training goes on as it was", () => {
    expect(model(["n", 2, 3], [2, 1], [0.5, 2]).parameterCount).toBe(2);
    expect(model(["n", 4], [1], [0.5]).parameterCount).toBe(1);
  });

  it("has a slope for each channel, which come first, before operator set 7", () => {
    expect([...model(["n", 2, 2], [2], [0.5, 2], 6).predict([[-1, -1, -1, -1]])]).toEqual([
      -0.5, -0.5, -2, -2,
    ]);
  });

  it("is called by its tensor, and comes behind Flatten and Reshape", () => {
    const graph = {
      nodes: [node("Flatten", ["x"], "f"), node("PRelu", ["f", "act.weight"], "y")],
      tensors: [floats("act.weight", [4], [1, 2, 3, 4])],
      shape: ["n", 2, 2],
    };
    using made = importOnnx(backend, onnxFile(graph));
    expect(made.parameters[0].name).toBe("act.alpha");
    expect([...made.predict([[-1, -1, -1, -1]])]).toEqual([-1, -2, -3, -4]);
    using turned = importOnnx(
      backend,
      onnxFile({
        nodes: [node("Reshape", ["x", "to"], "f"), node("PRelu", ["f", "s"], "y")],
        tensors: [integers("to", [0, 2, 2]), floats("s", [2, 1], [0.5, 2])],
        shape: ["n", 4],
      }),
    );
    expect([...turned.predict([[-1, -1, -1, -1]])]).toEqual([-0.5, -0.5, -2, -2]);
  });

  it("whose slopes are of another size, or no constants, is refused", () => {
    expect(() => model(["n", 2], [3], [1, 2, 3])).toThrow("expected a constant for a sample of shape [2]");
    expect(() => model(["n", 2], [2, 1, 2], [1, 2, 3, 4])).toThrow("expected a constant for a sample");
    expect(
      refused(onnxFile({ nodes: [node("Relu", ["x"], "a"), node("PRelu", ["a", "z"], "y")] })),
    ).toContain("expected its slope to be a constant");
  });
});

describe("what leaves nothing, or shapes alone", () => {
  it("Identity, Cast, Flatten, and Reshape by a constant or by the shape that is there", () => {
    const w = floats("w", [4, 1], [1, 2, 3, 4]);
    const tensors = [w, integers("zero", [0]), integers("minus", [-1])];
    const first: TensorInit = { name: "first", dataType: Type.INT64, int64Data: [0n] };
    const before = [node("Identity", ["x"], "a"), node("Cast", ["a"], "b", { to: 1n })];
    const gathered = [
      node("Shape", ["b"], "s"),
      node("Gather", ["s", "first"], "g"),
      node("Unsqueeze", ["g", "zero"], "u"),
      node("Concat", ["u", "minus"], "c", { axis: 0n }),
    ];
    for (const [nodes, more] of [
      [[node("Flatten", ["b"], "f")], []],
      [[node("Reshape", ["b", "shape"], "f")], [integers("shape", [0, -1])]],
      [[node("Reshape", ["b", "shape"], "f")], [integers("shape", [-1, 4])]],
      [[...gathered, node("Reshape", ["b", "c"], "f")], [first]],
    ] as const) {
      using model = importOnnx(
        backend,
        onnxFile({
          nodes: [...before, ...nodes, node("MatMul", ["f", "w"], "y")],
          tensors: [...tensors, ...more],
          shape: ["n", 2, 2],
        }),
      );
      expect(Array.from(model.predict([1, 1, 1, 1, 0, 0, 0, 1]))).toEqual([10, 4]);
    }
  });

  it("Dropout is a dropout layer", () => {
    using model = importOnnx(
      backend,
      onnxFile({ nodes: [node("Dropout", ["x", "r"], "y")], tensors: [floats("r", [], [0.25])] }),
    );
    expect(model.summary()).toContain("dropout(0.25)");
    expect(Array.from(model.predict(x))).toEqual(x);
  });

  it("softmax over a sample, also as operator sets up to 12 count its axis", () => {
    close(outputs({ nodes: [node("Softmax", ["x"], "y")] }), [0.952574, 0.047426, 0.075858, 0.924142]);
    close(
      outputs({ nodes: [node("Softmax", ["x"], "y")], shape: ["n", 1, 2], opset: 11 }),
      [0.952574, 0.047426, 0.075858, 0.924142],
    );
  });
});

describe("is refused with the node that is in the way", () => {
  const w = floats("w", [2, 2], [1, 2, 3, 4]);
  it.each<[string, Parameters<typeof onnxFile>[0]]>([
    [
      'node "the LSTM" (LSTM): expected sequences [time, batch, inputs] that come of [batch, time, inputs] by a Transpose, got [batch, 2]; export the model with batch_first=True',
      { nodes: [node("LSTM", ["x", "w"], "y")], tensors: [w] },
    ],
    [
      'node "the Conv" (Conv): expected images [batch, channels, height, width] or sequences [batch, channels, length], got [batch, 2]',
      { nodes: [node("Conv", ["x", "w"], "y")], tensors: [w] },
    ],
    [
      'node "the Gelu" (com.microsoft.Gelu): unsupported: an operator of com.microsoft: lanewise reads only those of ONNX',
      { nodes: [{ ...node("Gelu", ["x"], "y"), domain: "com.microsoft" }] },
    ],
    [
      'node "the Selu" (Selu): unsupported: it is none of the activations that lanewise has',
      { nodes: [node("Selu", ["x"], "y", { alpha: 0.2 })] },
    ],
    [
      'node "the Sqrt" (Sqrt), node "the Mul" (Mul): unsupported: together',
      { nodes: [node("Sqrt", ["x"], "b"), node("Mul", ["x", "b"], "y")] },
    ],
    [
      'node "the Gemm" (Gemm): expected its second input to be a constant, got the value "z"',
      { nodes: [node("Gemm", ["x", "z"], "y")] },
    ],
    [
      'node "the Add" (Add): expected its input 2 to depend on the graph\'s, got "z"',
      { nodes: [node("Add", ["x", "z"], "y")] },
    ],
    [
      'node "the Add" (Add): expected inputs of shapes that go together, got [batch, 2] and [batch, 3]',
      {
        nodes: [node("MatMul", ["x", "v"], "a"), node("Add", ["x", "a"], "y")],
        tensors: [floats("v", [2, 3], [1, 2, 3, 4, 5, 6])],
      },
    ],
    [
      'node "the Tanh" (Tanh): expected outputs that nothing else makes, got "y" again',
      { nodes: [node("Relu", ["x"], "y"), node("Tanh", ["x"], "y")] },
    ],
    [
      'node "the Gemm" (Gemm): expected a sample in each row',
      { nodes: [node("Gemm", ["x", "w"], "y", { transA: 1n })], tensors: [w] },
    ],
    [
      'node "the MatMul" (MatMul): expected weights for 3 inputs, got [2, 2]',
      { nodes: [node("MatMul", ["x", "w"], "y")], tensors: [w], shape: ["n", 3] },
    ],
    [
      'node "the Add" (Add): expected a constant for a sample of shape [2], got one of shape [3]',
      { nodes: [node("Add", ["x", "b"], "y")], tensors: [floats("b", [3], [1, 2, 3])] },
    ],
    [
      'node "the Div" (Div): is no scaling: scaling expected every deviation to be finite',
      { nodes: [node("Div", ["x", "o"], "y")], tensors: [floats("o", [], [0])] },
    ],
    [
      'node "the Softmax" (Softmax): expected it over axes of a sample, got axis 0 of shape [batch, 2, 2]',
      { nodes: [node("Softmax", ["x"], "y", { axis: 0n })], shape: ["n", 2, 2] },
    ],
    [
      'node "the Flatten" (Flatten): expected it to keep the samples apart (axis 1), got axis 0',
      { nodes: [node("Flatten", ["x"], "y", { axis: 0n })] },
    ],
    [
      'node "the Reshape" (Reshape): expected it to keep the samples apart, got [4, 1] for [batch, 2]',
      { nodes: [node("Reshape", ["x", "s"], "y")], tensors: [integers("s", [4, 1])] },
    ],
    [
      'tensor "w": expected 4 numbers for FLOAT [2, 2], got 3',
      { nodes: [node("MatMul", ["x", "w"], "y")], tensors: [floats("w", [2, 2], [1, 2, 3])] },
    ],
    [
      'tensor "w": expected 4611686014132420600 numbers for FLOAT [2147483647, 2147483647], got 1',
      { nodes: [node("MatMul", ["x", "w"], "y")], tensors: [floats("w", [2 ** 31 - 1, 2 ** 31 - 1], [1])] },
    ],
    [
      'tensor "w": expected its data in this file',
      {
        nodes: [node("MatMul", ["x", "w"], "y")],
        tensors: [
          {
            ...w,
            floatData: [],
            dataLocation: TensorProto_DataLocation.EXTERNAL,
            externalData: [{ key: "location", value: "/etc/passwd" }],
          },
        ],
      },
    ],
    [
      'tensor "w": expected numbers of 8 bits or more, got type STRING',
      { nodes: [node("MatMul", ["x", "w"], "y")], tensors: [{ ...w, dataType: Type.STRING }] },
    ],
    [
      'input "x": expected float, double, float16, int32 or int64, got STRING',
      { nodes: [node("Relu", ["x"], "y")], type: Type.STRING },
    ],
    [
      'input "x": expected a size for every dimension but the first, got [?, ?]',
      { nodes: [node("Relu", ["x"], "y")], shape: ["n", "size"] },
    ],
    ['output "y": expected it to depend on the input', { nodes: [node("Relu", ["x"], "z")] }],
  ])("%s", (message, graph) => {
    expect(refused(onnxFile(graph)).startsWith(`ONNX file: ${message}`), refused(onnxFile(graph))).toBe(true);
  });

  it("what is no ONNX file, or a graph with several inputs or outputs", () => {
    expect(refused(new TextEncoder().encode("this is no such file"))).toBe(
      'ONNX file: expected an ONNX model, got a text file that begins "this is no such file"; check which file it is',
    );
    expect(refused(Uint8Array.of(1, 2, 3))).toMatch(
      /^ONNX file: expected a protocol buffer of ONNX's ModelProto, got other or damaged bytes \(/,
    );
    expect(refused(Uint8Array.of(8, 8))).toBe(
      "ONNX file: expected an IR version and a graph, as every ONNX model has, got none",
    );
    const model = fromBinary(ModelProtoSchema, onnxFile({ nodes: [node("Relu", ["x"], "y")] }));
    const twice = (which: "input" | "output", name = "other") => {
      const { graph } = structuredClone(model);
      graph?.[which].push({ ...graph[which][0], name });
      return toBinary(ModelProtoSchema, create(ModelProtoSchema, { ...model, graph }));
    };
    expect(refused(twice("input"))).toBe(
      "ONNX file: network expected inputs that an output depends on, got other [batch, 2], which none does; use it, or leave it out of inputs",
    );
    expect(refused(twice("output"))).toBe('ONNX file: output "other": expected it to depend on the input');
    expect(refused(twice("output", "y"))).toBe('ONNX file: output "y": expected it once, got it twice');
  });
});

describe("a file cannot ask for more than its length justifies", () => {
  const within = (file: Uint8Array, message: RegExp) => {
    expect(refused(file)).toMatch(message);
  };
  const chain = (count: number, make: (input: string, output: string) => ReturnType<typeof node>) =>
    Array.from({ length: count }, (_, i) => make(i > 0 ? `v${i}` : "x", i < count - 1 ? `v${i + 1}` : "y"));

  it("a number for each of a billion inputs", () => {
    within(
      onnxFile({ nodes: [node("Mul", ["x", "c"], "y")], tensors: [floats("c", [], [2])], shape: ["n", 1e9] }),
      /asks for more numbers than a file of \d+ bytes can account for/,
    );
  });

  it("one matrix of weights for thousands of layers", () => {
    const tensors = [floats("w", [100, 100], new Array(10_000).fill(0))];
    within(
      onnxFile({
        nodes: chain(5000, (input, output) => node("MatMul", [input, "w"], output)),
        tensors,
        shape: ["n", 100],
      }),
      /asks for more numbers/,
    );
  });

  it("thousands of scalings of a thousand numbers", () => {
    const tensors = [floats("c", [], [2])];
    within(
      onnxFile({
        nodes: chain(20_000, (input, output) => node("Mul", [input, "c"], output)),
        tensors,
        shape: ["n", 1000],
      }),
      /asks for more numbers/,
    );
  });

  it("an activation of thousands of operators", () => {
    within(
      onnxFile({ nodes: chain(20_000, (input, output) => node("Sqrt", [input], output)) }),
      /and 57 more: unsupported/,
    );
  });

  it("an operator on a million values", () => {
    within(
      onnxFile({ nodes: [node("Sum", new Array(1e6).fill("x"), "y")] }),
      /expected 1 to 1024 inputs, got 1000000/,
    );
  });

  it("graphs within graphs", () => {
    const length = (n: number) => [(n & 127) | 128, ((n >> 7) & 127) | 128, n >> 14];
    // From inside out: an attribute's graph (field 6), the node (1) that it has, that node's attribute (5),
    // and so on.
    const parts: number[][] = [];
    let size = 0;
    for (let depth = 0; depth < 3000; depth++) {
      for (const tag of [0x32, 0x2a, 0x0a]) {
        parts.push([tag, ...length(size)]);
        size += 4;
      }
    }
    within(
      Uint8Array.from([0x08, 0x08, 0x3a, ...length(size), ...parts.reverse().flat()]),
      /maximum recursion depth/,
    );
  });

  it("an attribute twice is refused, one of another type too", () => {
    const twice = node("LeakyRelu", ["x"], "y", { alpha: 0.01 });
    const again = { ...twice, attribute: [...(twice.attribute ?? []), ...(twice.attribute ?? [])] };
    expect(refused(onnxFile({ nodes: [again] }))).toContain("expected the attribute alpha once");
    expect(refused(onnxFile({ nodes: [node("LeakyRelu", ["x"], "y", { alpha: [1n] })] }))).toContain(
      "expected the attribute alpha to be a number",
    );
  });
});
