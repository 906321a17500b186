import { describe, expect, it } from "vitest";
import {
  activation,
  averagePool1d,
  averagePool2d,
  batchNormalization,
  conv1d,
  conv2d,
  conv2dTranspose,
  createBackendSync,
  cropping1d,
  dense,
  depthwiseConv2d,
  globalAveragePool2d,
  groupNormalization,
  type Layer,
  layerNormalization,
  type Model,
  maxPool2d,
  resizing,
  rmsNormalization,
  Sequential,
  scaling,
  separableConv2d,
  spatialDropout2d,
  upSampling1d,
  upSampling2d,
  ValueError,
  zeroPadding1d,
} from "../../src/index.js";
import { exportTfjs, importTfjs } from "../../src/tfjs.js";
import { on } from "../reference/backends.js";
import { Random } from "../support/random.js";

/**
 * Layers of images and sequences as exportTfjs writes them: their classes, and the same outputs when they
 * come back; test/interop/ holds them against TensorFlow.js.
 */

const backend = createBackendSync(on("scalar"));
const random = new Random(37);
const image = [6, 5, 4];
const sequence = [7, 4];
const sizeOf = (shape: readonly number[]) => shape.reduce((size, length) => size * length, 1);
const inputsOf = (model: Model, samples = 3) => random.floats(samples * sizeOf(model.inputShape), -2, 2);

/** Compares outputs, relative to those above 1. */
function expectClose(got: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(got.length).toBe(expected.length);
  const far = Array.from(got).filter(
    (y, i) => !(Math.abs(y - expected[i]) <= 2e-6 * Math.max(1, Math.abs(expected[i]))),
  );
  expect(far).toEqual([]);
}

describe("a layer that goes to TensorFlow.js and back", () => {
  const filled = (model: Model): Model => {
    for (const { value } of model.parameters) value.set(random.floats(value.length));
    for (const { name, value } of model.buffers)
      value.set(random.floats(value.length, name.endsWith("mean") ? -1 : 0.5, 2));
    return model;
  };
  const classesOf = (model: Model): string[] =>
    JSON.parse(exportTfjs(model)["model.json"]).modelTopology.config.layers.map(
      ({ class_name }: { class_name: string }) => class_name,
    );

  it.each<[string, readonly number[], Layer, string[]]>([
    [
      "conv2d",
      image,
      conv2d(3, [3, 2], { strides: [2, 1], padding: "same", activation: "relu" }),
      ["Conv2D"],
    ],
    ["padding in numbers", image, conv2d(3, 3, { strides: 2, padding: [1, 2] }), ["ZeroPadding2D", "Conv2D"]],
    ["padding that is same", image, conv2d(3, 3, { padding: 1 }), ["Conv2D"]],
    [
      "padding that is same only for some sizes, such as this one",
      [5, 5, 4],
      conv2d(3, 3, { padding: 1, strides: 2 }),
      ["ZeroPadding2D", "Conv2D"],
    ],
    ["a group a channel", image, conv2d(8, 3, { groups: 4 }), ["DepthwiseConv2D"]],
    ["frozen", image, conv2d(3, 1, { trainable: false }), ["Conv2D"]],
    [
      "causal",
      sequence,
      conv1d(3, 3, { padding: "causal" }),
      ["Reshape", "ZeroPadding2D", "Reshape", "Conv1D"],
    ],
    [
      "depthwiseConv2d",
      image,
      depthwiseConv2d(3, { depthMultiplier: 2, activation: "leakyRelu" }),
      ["DepthwiseConv2D", "LeakyReLU"],
    ],
    ["separableConv2d", image, separableConv2d(3, 3, { depthMultiplier: 2 }), ["SeparableConv2D"]],
    [
      "conv2dTranspose, same",
      image,
      conv2dTranspose(3, 3, { strides: 2, padding: "same" }),
      ["Conv2DTranspose"],
    ],
    ["conv2dTranspose, valid", image, conv2dTranspose(3, 3, { strides: 2 }), ["Conv2DTranspose"]],
    [
      "conv2dTranspose, cropped",
      image,
      conv2dTranspose(3, 4, { strides: 2, padding: 1, outputPadding: 1 }),
      ["Conv2DTranspose", "Cropping2D"],
    ],
    [
      "conv2dTranspose of a small kernel",
      image,
      conv2dTranspose(3, 1, { strides: 2 }),
      ["Conv2DTranspose", "Cropping2D"],
    ],
    ["maxPool2d", image, maxPool2d({ poolSize: 3, strides: 2, padding: "same" }), ["MaxPooling2D"]],
    [
      "maxPool2d, numbers that are same",
      image,
      maxPool2d({ poolSize: 3, strides: 1, padding: 1 }),
      ["MaxPooling2D"],
    ],
    [
      "averagePool2d that counts zeros",
      image,
      averagePool2d({ padding: 1, countPadding: true }),
      ["ZeroPadding2D", "AveragePooling2D"],
    ],
    ["averagePool1d", sequence, averagePool1d(), ["AveragePooling1D"]],
    [
      "globalAveragePool2d with axes",
      image,
      globalAveragePool2d({ keepDims: true }),
      ["GlobalAveragePooling2D", "Reshape"],
    ],
    ["upSampling1d", sequence, upSampling1d(), ["Reshape", "UpSampling2D", "Reshape"]],
    [
      "resizing by whole factors",
      image,
      resizing({ height: 12, width: 5, interpolation: "nearest" }),
      ["UpSampling2D"],
    ],
    ["zeroPadding1d", sequence, zeroPadding1d(), ["Reshape", "ZeroPadding2D", "Reshape"]],
    ["cropping1d", sequence, cropping1d({ cropping: [1, 2] }), ["Reshape", "Cropping2D", "Reshape"]],
    [
      "batchNormalization",
      image,
      batchNormalization({ momentum: 0.5, epsilon: 0.1, trainable: false }),
      ["BatchNormalization"],
    ],
    ["layerNormalization", image, layerNormalization({ axis: [2, 3], scale: false }), ["LayerNormalization"]],
    [
      "scaling of elements",
      [2, 2],
      scaling({ mean: [1, 2, 3, 4], deviation: [1, 2, 3, 4] }),
      ["Flatten", "BatchNormalization", "Reshape"],
    ],
    [
      "scaling of channels",
      [2, 2],
      scaling({ mean: [1, 2, 1, 2], deviation: [3, 4, 3, 4] }),
      ["BatchNormalization"],
    ],
    ["spatialDropout2d", image, spatialDropout2d(0.5), ["Dropout"]],
  ])("%s", (name, inputShape, layer, classes) => {
    using model = new Sequential(backend, { inputShape, layers: [layer, activation("linear")] });
    if (layer.config.type !== "scaling") filled(model);
    expect(classesOf(model)).toEqual([...classes, "Activation"]);
    const files = exportTfjs(model);
    using again = importTfjs(backend, files["model.json"], files);
    const x = inputsOf(model);
    expect(again.outputShape).toEqual(model.outputShape);
    expectClose(again.predict(x), model.predict(x));
    if (classes.length > 1) return;
    const { trainable, momentum, epsilon, rate } = layer.config;
    const [{ config }] = again.layers;
    if (!name.startsWith("scaling"))
      expect(config).toMatchObject(JSON.parse(JSON.stringify({ trainable, momentum, epsilon, rate })));
  });

  it.each<[readonly number[], Layer, string]>([
    [
      image,
      conv2d(4, 3, { groups: 2 }),
      "has 2 groups, and TensorFlow.js has no groups; use groups of one channel",
    ],
    [
      image,
      conv2d(4, 3, { strides: 2, dilation: 2 }),
      "has strides and a dilation, of which TensorFlow.js takes one; set the other to 1",
    ],
    [
      image,
      depthwiseConv2d(3, { dilation: 2 }),
      "has a dilation, which TensorFlow.js does not have there; use conv2d",
    ],
    [
      image,
      conv2dTranspose(4, 3, { groups: 2 }),
      "has 2 groups, and TensorFlow.js has no groups; use one group",
    ],
    [
      image,
      conv2dTranspose(4, 3, { dilation: 2 }),
      "has a dilation, which TensorFlow.js does not have there",
    ],
    [
      image,
      conv2dTranspose(4, 3, { strides: 2, outputPadding: 1 }),
      'has more outputPadding than padding behind, which TensorFlow.js does not have; use padding: "same"',
    ],
    [
      image,
      maxPool2d({ poolSize: 3, strides: 2, padding: 1 }),
      'has the padding [[1, 1], [1, 1]], and TensorFlow.js has "valid" and "same"; use one of these',
    ],
    [
      image,
      upSampling2d({ interpolation: "bilinear" }),
      'resizes by "bilinear", for which TensorFlow.js takes pixels elsewhere; use interpolation: "nearest"',
    ],
    [
      image,
      resizing({ height: 9, width: 5, interpolation: "nearest" }),
      "resizes by a factor that is not whole",
    ],
    [
      image,
      groupNormalization({ groups: 2 }),
      "is of type groupNormalization, which TensorFlow.js does not have; use layerNormalization or batchNormalization",
    ],
    [
      image,
      rmsNormalization(),
      "is of type rmsNormalization, which TensorFlow.js does not have; use layerNormalization",
    ],
  ])("of an input of %j is refused where TensorFlow.js cannot have it: %#", (inputShape, layer, message) => {
    using model = new Sequential(backend, { inputShape, layers: [activation("relu"), layer] });
    expect(() => exportTfjs(model)).toThrow(ValueError);
    expect(() => exportTfjs(model)).toThrow(`exportTfjs: layer 1 ${message}`);
  });

  it("a layer with a name is called so, in the file and in messages", () => {
    using model = new Sequential(backend, {
      inputShape: image,
      layers: [conv2d(3, 1, { name: "a/b" }), rmsNormalization({ name: "root" })],
    });
    expect(() => exportTfjs(model)).toThrow('layer "root" is of type rmsNormalization');
    using named = new Sequential(backend, { inputShape: 2, layers: [dense(3, { name: "a/b" })] });
    expect(exportTfjs(named)["model.json"]).toContain('"a_b/kernel"');
  });
});
