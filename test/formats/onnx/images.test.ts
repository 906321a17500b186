import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import { describe, expect, it } from "vitest";
import {
  activation,
  activationNames,
  add,
  average,
  averagePool1d,
  averagePool2d,
  batchNormalization,
  concatenate,
  conv1d,
  conv2d,
  conv2dTranspose,
  createBackendSync,
  cropping1d,
  cropping2d,
  dense,
  depthwiseConv2d,
  dropout,
  flatten,
  globalAveragePool1d,
  globalAveragePool2d,
  globalMaxPool1d,
  globalMaxPool2d,
  groupNormalization,
  input,
  type Layer,
  layerNormalization,
  Model,
  maxPool1d,
  maxPool2d,
  multiply,
  permute,
  prelu,
  reshape,
  resizing,
  Sequential,
  scale,
  scaling,
  separableConv2d,
  slice,
  softmax,
  spatialDropout2d,
  subtract,
  upSampling1d,
  upSampling2d,
  zeroPadding1d,
  zeroPadding2d,
} from "../../../src/index.js";
import { exportOnnx, importOnnx } from "../../../src/onnx.js";
import { Random } from "../../support/random.js";

/**
 * Images and sequences through ONNX: channels last in lanewise, channels first within the graph. A model that
 * goes through a file is the same function, to 1e-5 of 1 or of the output where that is larger.
 */

const backend = createBackendSync();
const random = new Random(12);
const image = [6, 5, 4] as const;
const sequence = [7, 4] as const;

/** Weights and statistics that are all different. */
function filled(model: Model): Model {
  for (const { value } of model.parameters) value.set(random.floats(value.length));
  for (const { name, value } of model.buffers)
    value.set(random.floats(value.length, name.endsWith("movingMean") ? -1 : 0.5, 2));
  return model;
}

function roundTrip(model: Model): Model {
  const again = importOnnx(backend, exportOnnx(filled(model)));
  const x = random.floats(3 * model.inputShape.reduce((size, length) => size * length), -2, 2);
  const [outputs, expected] = [again.predict(x), model.predict(x)];
  expect(again.inputShape).toEqual(model.inputShape);
  expect(again.outputShape).toEqual(model.outputShape);
  const far = [...outputs].filter(
    (y, i) => !(Math.abs(y - expected[i]) <= 1e-5 * Math.max(1, Math.abs(expected[i]))),
  );
  expect(far).toEqual([]);
  return again;
}

const sequential = (inputShape: readonly number[], ...layers: Layer[]): Sequential =>
  new Sequential(backend, { inputShape, layers, seed: 3 });

const typesOf = (model: Model): string[] => model.layers.map(({ config }) => config.type);

const operatorsOf = (model: Model): string[] =>
  fromBinary(ModelProtoSchema, exportOnnx(model)).graph?.node.map(({ opType }) => opType) ?? [];

describe("a layer of images that goes through ONNX is the same layer", () => {
  it.each<[string, Layer]>([
    ["conv2d", conv2d(3, 3)],
    ["conv2d, not square", conv2d(3, [3, 2], { strides: [2, 1], useBias: false, activation: "relu" })],
    ["conv2d, same", conv2d(3, 3, { padding: "same", strides: 2 })],
    [
      "conv2d, more behind",
      conv2d(2, 2, {
        padding: [
          [0, 1],
          [2, 0],
        ],
      }),
    ],
    ["conv2d, dilation", conv2d(2, 2, { dilation: [3, 2], padding: "same" })],
    ["conv2d, groups", conv2d(6, 3, { groups: 2 })],
    ["conv2d, 1 x 1", conv2d(5, 1, { activation: "hardSwish", name: "point" })],
    ["depthwiseConv2d", depthwiseConv2d(3, { padding: "same" })],
    [
      "depthwiseConv2d, multiplier",
      depthwiseConv2d([2, 3], { depthMultiplier: 2, strides: 2, activation: "silu" }),
    ],
    ["conv2dTranspose", conv2dTranspose(3, 3, { strides: 2 })],
    ["conv2dTranspose, same", conv2dTranspose(3, [3, 2], { strides: [2, 3], padding: "same" })],
    [
      "conv2dTranspose, same, of a kernel that is smaller than strides",
      conv2dTranspose(3, 1, { strides: 2, padding: "same" }),
    ],
    [
      "conv2dTranspose, padding",
      conv2dTranspose(2, 4, {
        strides: 3,
        padding: [
          [1, 0],
          [2, 1],
        ],
        outputPadding: [2, 0],
      }),
    ],
    ["conv2dTranspose, groups, dilation", conv2dTranspose(6, 2, { groups: 2, dilation: 2 })],
    ["maxPool2d", maxPool2d()],
    [
      "maxPool2d, overlapping",
      maxPool2d({
        poolSize: 3,
        strides: [1, 2],
        padding: [
          [1, 0],
          [1, 1],
        ],
      }),
    ],
    ["maxPool2d, same", maxPool2d({ poolSize: [2, 3], strides: 2, padding: "same" })],
    ["averagePool2d", averagePool2d({ poolSize: 3, strides: 2, padding: 1 })],
    [
      "averagePool2d, padding counted",
      averagePool2d({ poolSize: 3, strides: 2, padding: 1, countPadding: true }),
    ],
    ["globalAveragePool2d", globalAveragePool2d({ keepDims: true })],
    ["globalMaxPool2d", globalMaxPool2d({ keepDims: true })],
    ["batchNormalization", batchNormalization({ momentum: 0.75, epsilon: 0.5 })],
    ["batchNormalization", batchNormalization({ name: "norm" })],
    ["groupNormalization", groupNormalization({ groups: 2, epsilon: 0.5 })],
    ["groupNormalization", groupNormalization({ groups: 4 })],
    ["layerNormalization", layerNormalization({ epsilon: 0.5 })],
    ["upSampling2d", upSampling2d({ size: [2, 3] })],
    ["upSampling2d, bilinear", upSampling2d({ interpolation: "bilinear" })],
    ["resizing", resizing({ height: 4, width: 7 })],
    ["resizing, nearest", resizing({ height: 4, width: 7, interpolation: "nearest" })],
    [
      "zeroPadding2d",
      zeroPadding2d({
        padding: [
          [1, 0],
          [0, 2],
        ],
      }),
    ],
    ["prelu, a slope a channel", prelu({ sharedAxes: [1, 2] })],
    ["prelu, one slope", prelu({ sharedAxes: "all" })],
    ["activation", activation("softmax")],
  ])("%s", (name, layer) => {
    const around = [conv2d(4, 1), layer, conv2d(2, 1)];
    const again = roundTrip(sequential(image, ...around));
    expect(typesOf(again)).toEqual(["conv2d", name.split(",")[0], "conv2d"]);
    expect(again.layers[1].config).toMatchObject(
      Object.fromEntries(
        Object.entries(layer.config).filter(([option]) => ["momentum", "groups", "name"].includes(option)),
      ),
    );
    roundTrip(sequential(image, layer));
  });

  it.each(activationNames)("conv2d with %s", (name) => {
    roundTrip(sequential(image, conv2d(3, 3, { activation: name }), conv2d(2, 1)));
  });

  it.each<[string, Layer]>([
    ["conv1d", conv1d(3, 3, { strides: 2 })],
    ["conv1d, causal", conv1d(3, 3, { padding: "causal", dilation: 2 })],
    ["conv1d, same, groups", conv1d(6, 4, { padding: "same", groups: 2, activation: "tanh" })],
    ["maxPool1d", maxPool1d({ poolSize: 3, strides: 2, padding: "same" })],
    ["averagePool1d", averagePool1d({ poolSize: 2, padding: [1, 0] })],
    ["batchNormalization", batchNormalization()],
    ["groupNormalization", groupNormalization({ groups: 2 })],
    ["upSampling1d", upSampling1d({ size: 3 })],
    ["zeroPadding1d", zeroPadding1d({ padding: [2, 0] })],
  ])("%s, of sequences", (name, layer) => {
    const again = roundTrip(sequential(sequence, conv1d(4, 1), layer, conv1d(2, 1)));
    expect(typesOf(again)).toEqual(["conv1d", name.split(",")[0], "conv1d"]);
  });
});

describe("what becomes other layers that are the same function", () => {
  it.each<[string, readonly number[], Layer[]]>([
    ["separableConv2d", image, [separableConv2d(3, 3, { padding: "same", activation: "relu" })]],
    ["globalAveragePool2d and dense", image, [conv2d(3, 1), globalAveragePool2d(), dense(2)]],
    ["globalMaxPool2d and dense", image, [globalMaxPool2d(), dense(2)]],
    ["globalAveragePool1d", sequence, [conv1d(3, 2), globalAveragePool1d()]],
    ["globalMaxPool1d", sequence, [conv1d(3, 2), globalMaxPool1d()]],
    [
      "cropping2d",
      image,
      [
        conv2d(3, 1),
        cropping2d({
          cropping: [
            [1, 0],
            [2, 1],
          ],
        }),
        conv2d(2, 1),
      ],
    ],
    ["cropping1d", sequence, [cropping1d({ cropping: 1 }), conv1d(2, 1)]],
    [
      "dropout and spatialDropout2d",
      image,
      [conv2d(3, 1), dropout(0.5), spatialDropout2d(0.5), conv2d(2, 1)],
    ],
    ["permute", image, [conv2d(3, 1), permute([2, 3, 1]), dense(2)]],
    ["permute, twice", image, [permute([3, 1, 2]), dense(4), permute([2, 3, 1]), conv2d(2, 1)]],
    ["reshape into patches", image, [conv2d(3, 1), reshape([30, 3]), dense(4), layerNormalization()]],
    [
      "reshape between factors",
      image,
      [conv2d(4, 1), reshape([3, 2, 5, 2, 2]), permute([1, 4, 2, 3, 5]), dense(3)],
    ],
    [
      "scaling between convolutions",
      image,
      [
        conv2d(4, 1),
        scaling({ mean: random.floats(120), deviation: random.floats(120, 1, 2) }),
        conv2d(2, 1),
      ],
    ],
    ["prelu of each element", image, [conv2d(4, 1), prelu(), conv2d(2, 1)]],
    ["softmax behind a flatten", image, [conv2d(2, 1), flatten(), activation("softmax")]],
    ["layerNormalization over an image", image, [conv2d(4, 1), layerNormalization({ axis: [-3, -2, -1] })]],
    [
      "dense on the channels of an image",
      image,
      [conv2d(4, 1), dense(3, { activation: "relu" }), conv2d(2, 1)],
    ],
  ])("%s", (_, shape, layers) => {
    roundTrip(sequential(shape, ...layers));
  });

  it("a dense layer behind a flatten, of which the rows of weights change their order", () => {
    const model = sequential(
      image,
      conv2d(3, 2, { activation: "relu" }),
      maxPool2d({ poolSize: [2, 1] }),
      flatten(),
      dropout(0.5),
      batchNormalization(),
      activation("tanh"),
      dense(4),
    );
    // Nothing is turned but the input: the graph flattens [channels, height, width].
    expect(operatorsOf(model)).toEqual([
      "Transpose",
      "Conv",
      "Relu",
      "MaxPool",
      "Flatten",
      "BatchNormalization",
      "Tanh",
      "Gemm",
    ]);
    const again = roundTrip(model);
    expect(typesOf(again)).toEqual([
      "conv2d",
      "maxPool2d",
      "flatten",
      "batchNormalization",
      "activation",
      "dense",
    ]);
    expect([...again.parameters.map(({ value }) => [...value.data])]).toEqual(
      model.parameters.map(({ value }) => [...value.data]),
    );
  });
});

describe("models that branch", () => {
  it("a residual net, which turns its input once", () => {
    const x = input(image);
    const h = conv2d(4, 3, { padding: "same", activation: "relu" }).apply(x);
    const norm = batchNormalization().apply(conv2d(4, 3, { padding: "same" }).apply(h));
    const sum = activation("relu").apply(add(h, norm));
    const y = dense(2).apply(globalAveragePool2d().apply(sum));
    const model = new Model(backend, { inputs: x, outputs: y, seed: 3 });
    expect(operatorsOf(model).filter((opType) => opType === "Transpose")).toEqual(["Transpose"]);
    const again = roundTrip(model);
    expect(typesOf(again)).toEqual([
      "conv2d",
      "conv2d",
      "batchNormalization",
      "add",
      "activation",
      "globalAveragePool2d",
      "flatten",
      "dense",
    ]);
  });

  it("a U-net, which turns its input once and its output back once", () => {
    const x = input([8, 4, 2]);
    const a = conv2d(3, 3, { padding: "same", activation: "silu" }).apply(x);
    const b = conv2d(4, 3, { padding: "same", activation: "gelu" }).apply(maxPool2d().apply(a));
    const up = conv2dTranspose(3, 2, { strides: 2 }).apply(b);
    const again = upSampling2d({ interpolation: "bilinear" }).apply(b);
    const y = softmax(conv2d(2, 1).apply(concatenate([a, up, again])));
    const model = new Model(backend, { inputs: x, outputs: y, seed: 3 });
    expect(operatorsOf(model).filter((opType) => opType === "Transpose").length).toBe(2);
    roundTrip(model);
  });

  it("squeeze and excitation, where the file repeats one pixel a channel over an image", () => {
    const x = input(image);
    const h = conv2d(4, 1).apply(x);
    const s = conv2d(4, 1, { activation: "sigmoid" }).apply(globalAveragePool2d({ keepDims: true }).apply(h));
    const y = multiply(h, upSampling2d({ size: [6, 5] }).apply(s));
    roundTrip(new Model(backend, { inputs: x, outputs: y, seed: 3 }));
  });

  it("every way to join and to take apart", () => {
    const x = input(image);
    const a = conv2d(4, 1).apply(x);
    const b = dense(4).apply(x);
    const joined = [
      add(a, b, a),
      subtract(a, b),
      multiply(a, b, b),
      average(a, b),
      scale(slice(a, 1, 3), 0.25),
    ];
    const y = conv2d(2, 1).apply(concatenate(joined));
    roundTrip(new Model(backend, { inputs: x, outputs: y, seed: 3 }));
  });

  it("a layer that is used twice has its weights once", () => {
    const x = input(image);
    const shared = conv2d(4, 3, { padding: "same" });
    const y = shared.apply(shared.apply(x));
    const model = new Model(backend, { inputs: x, outputs: y, seed: 3 });
    const { graph } = fromBinary(ModelProtoSchema, exportOnnx(model));
    expect(graph?.initializer.map(({ name }) => name)).toEqual(["0.weight", "0.bias"]);
    roundTrip(model);
  });

  it("a dense layer behind two flattens of different orders", () => {
    const x = input([2, 3, 2]);
    const shared = dense(3, { useBias: false });
    const a = shared.apply(flatten().apply(x));
    const b = shared.apply(flatten().apply(conv2d(2, 1).apply(x)));
    roundTrip(new Model(backend, { inputs: x, outputs: add(a, b), seed: 3 }));
  });

  it("several inputs and outputs, by their names", () => {
    const [x, z] = [input([4, 4, 2], { name: "picture" }), input(3, { name: "table" })];
    const h = flatten().apply(conv2d(2, 3).apply(x));
    const both = concatenate([h, dense(4).apply(z)]);
    const outputs = [
      dense(2, { name: "price" }).apply(both),
      softmax(dense(3, { name: "kind" }).apply(both)),
    ];
    const model = filled(new Model(backend, { inputs: [x, z], outputs, seed: 3 }) as unknown as Model);
    const file = exportOnnx(model);
    const { graph } = fromBinary(ModelProtoSchema, file);
    expect(graph?.input.map(({ name }) => name)).toEqual(["picture", "table"]);
    const again = importOnnx(backend, file);
    const samples = [random.floats(2 * 32), random.floats(2 * 3)];
    const [expected, found] = [model, again].map(
      (of) => of.predict(samples as never) as unknown as Float32Array[],
    );
    expect(found.length).toBe(2);
    for (const [i, values] of found.entries())
      for (const [j, value] of values.entries()) expect(value).toBeCloseTo(expected[i][j], 5);
    expect(() => exportOnnx(model, { input: "x" })).toThrow(
      'exportOnnx expected input for a model with one input, got "x" for 2, which have names of their own',
    );
  });
});
