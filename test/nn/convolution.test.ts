import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  checkGradients,
  conv1d,
  conv2d,
  conv2dTranspose,
  createBackendSync,
  dense,
  depthwiseConv2d,
  flatten,
  type Layer,
  Sequential,
  separableConv2d,
} from "../../src/index.js";
import { on, variants } from "../reference/backends.js";
import {
  channelsLast,
  expectClose,
  kernelLast,
  type LayerCase,
  layers as ofLayers,
} from "../reference/golden.js";
import { Random } from "../support/random.js";

/** Cases of test/golden/generate-networks.py, in float64. */
const ofNetworks = JSON.parse(
  readFileSync(new URL("../golden/convolutions.json", import.meta.url), "utf8"),
) as Record<string, LayerCase>;

/** Each case of PyTorch as a layer. */
const CASES: readonly (readonly [string, LayerCase, Layer])[] = [
  ["conv2d_3x3", ofLayers.conv2d_3x3, conv2d(5, 3)],
  ["conv2d_same", ofLayers.conv2d_same, conv2d(4, 3, { padding: "same" })],
  ["conv2d_stride2", ofLayers.conv2d_stride2, conv2d(4, 3, { strides: 2, padding: 1 })],
  ["conv2d_5x5", ofLayers.conv2d_5x5, conv2d(6, 5, { padding: [2, 2] })],
  ["conv2d_dilated", ofLayers.conv2d_dilated, conv2d(3, 3, { dilation: 2, padding: 2 })],
  ["conv2d_depthwise", ofLayers.conv2d_depthwise, conv2d(4, 3, { padding: 1, groups: 4 })],
  ["depthwise", ofLayers.conv2d_depthwise, depthwiseConv2d(3, { padding: "same" })],
  [
    "depthwise_multiplier2_stride2",
    ofNetworks.depthwise_multiplier2_stride2,
    depthwiseConv2d(3, { strides: 2, padding: 1, depthMultiplier: 2 }),
  ],
  ["conv2d_1x1", ofLayers.conv2d_1x1, conv2d(3, 1)],
  ["conv1d", ofLayers.conv1d, conv1d(4, 3, { padding: 1 })],
  ["conv2d_groups2", ofNetworks.conv2d_groups2, conv2d(4, 3, { padding: "same", groups: 2 })],
  ["conv2d_3x5", ofNetworks.conv2d_3x5, conv2d(4, [3, 5], { strides: [2, 1], padding: [1, 2] })],
  ["conv2d_noBias", ofNetworks.conv2d_noBias, conv2d(17, 3, { padding: 1, useBias: false })],
  ["conv2d_wide", ofNetworks.conv2d_wide, conv2d(20, 3, { padding: 1 })],
  [
    "conv2d_sameStride2_asTensorFlowPads",
    ofNetworks.conv2d_sameStride2_asTensorFlowPads,
    conv2d(4, 3, { strides: 2, padding: "same" }),
  ],
  ["conv1d_causalDilated", ofNetworks.conv1d_causalDilated, conv1d(5, 3, { dilation: 2, padding: "causal" })],
  ["conv1d_stride3", ofNetworks.conv1d_stride3, conv1d(6, 5, { strides: 3 })],
  [
    "convTranspose2d_stride2",
    ofNetworks.convTranspose2d_stride2,
    conv2dTranspose(3, 3, { strides: 2, padding: 1, outputPadding: 1 }),
  ],
  [
    "convTranspose2d_4x4s2",
    ofNetworks.convTranspose2d_4x4s2,
    conv2dTranspose(2, 4, { strides: 2, padding: 1 }),
  ],
];

describe.each(variants)("convolutions on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));

  // Sums of up to 297 products of numbers around 1, in float32.
  it.each(CASES)(
    "%s: output and gradients are those of PyTorch within 4e-6",
    (_, { inputs: [x], params, y, upstream, dInputs, dParams }, layer) => {
      const inputShape = [...x.shape.slice(2), x.shape[1]];
      const model = new Sequential(backend, { inputShape, layers: [layer] });
      expect(model.outputShape).toEqual([...y.shape.slice(2), y.shape[1]]);
      const inOrder = (tensor: LayerCase["y"]) =>
        tensor.shape.length > 2 ? kernelLast(tensor) : tensor.data;
      expect(model.parameters.map(({ name }) => name)).toEqual(
        Object.keys(params).map((name) => `0.${name}`),
      );
      for (const { name, value } of model.parameters) value.data.set(inOrder(params[name.slice(2)]));
      const samples = Float32Array.from(channelsLast(x));
      expectClose("predict", model.predict(samples), channelsLast(y), 4e-6);
      const output = model.forward(samples, { training: true });
      expectClose("forward", output.data, channelsLast(y), 4e-6);
      const dOut = backend.matrix(output.rows, output.cols, channelsLast(upstream));
      const dx = model.backward(dOut, { inputGradient: true });
      expectClose("dx", dx?.data ?? [], channelsLast(dInputs[0]), 4e-6, 4e-6);
      for (const { name, gradient } of model.parameters)
        expectClose(name, gradient.data, inOrder(dParams[name.slice(2)]), 1e-5, 4e-6);
    },
  );

  it("a sample's outputs have the same bits in batches of any sizes, one after the other", () => {
    const model = new Sequential(backend, {
      inputShape: [9, 7, 3],
      layers: [
        conv2d(5, 3, { activation: "relu", strides: 2 }),
        depthwiseConv2d(2, { padding: "same" }),
        conv2d(18, 2, { padding: 1 }),
        conv2dTranspose(2, 3, { strides: 2 }),
      ],
    });
    const size = 9 * 7 * 3;
    const x = new Random(11).floats(150 * size);
    // Each is larger than the last: the model's memory moves, and what others freed in between is taken.
    const alone = Array.from(model.predict(x.subarray(0, size)));
    for (const rows of [2, 40, 1, 150]) {
      const block = backend.matrix(64, 64, new Float32Array(4096).fill(Number.NaN));
      const outputs = model.predict(x.subarray(0, rows * size));
      expect(Array.from(outputs.subarray(0, alone.length)), `${rows} rows`).toEqual(alone);
      block.dispose();
    }
  });

  it("gradients of a small network agree with central differences", () => {
    const model = new Sequential(backend, {
      inputShape: [7, 6, 2],
      layers: [
        conv2d(3, 3, { activation: "tanh", padding: "same" }),
        conv2d(4, [2, 3], { strides: 2, groups: 1, activation: "sigmoid" }),
        conv2dTranspose(2, 3, { strides: 2, activation: "tanh" }),
        depthwiseConv2d([3, 2], { strides: [2, 1], padding: 1, activation: "tanh" }),
        separableConv2d(3, 2, { depthMultiplier: 2, dilation: 2, activation: "tanh" }),
        flatten(),
        dense(3),
      ],
      seed: 3,
    });
    const random = new Random(4);
    const rows = checkGradients(model, random.floats(2 * 84), random.floats(6), { loss: "meanSquaredError" });
    expect(rows.map(({ name }) => name).sort()).toEqual(
      [...model.parameters.map(({ name }) => name), "input"].sort(),
    );
    for (const row of rows) expect(row.relativeError, row.name).toBeLessThan(1e-3);
  });
});

describe("a convolution", () => {
  it("of 1 x 1 with strides and padding is no product of matrices: it begins outside of the image", () => {
    const backend = createBackendSync();
    const layer = conv2d(1, 1, { strides: 2, padding: 1 });
    const model = new Sequential(backend, { inputShape: [2, 2, 1], layers: [layer] });
    const [{ value: weight }, { value: bias }] = model.parameters;
    weight.data[0] = 3;
    bias.data[0] = 1;
    // Positions -1 and 1 of both axes: the last pixel alone is in the image.
    expect([...model.predict([[1, 2, 4, 8]])]).toEqual([1, 1, 1, 1 + 3 * 8]);
  });

  it("reads its sizes where they are after its memory has moved", () => {
    const backend = createBackendSync();
    const layers = [conv2d(4, 3), flatten(), dense(2)];
    const model = new Sequential(backend, { inputShape: [6, 6, 2], seed: 1, layers });
    const x = new Random(1).floats(200 * 72);
    const first = [...model.predict(x.subarray(0, 72))];
    model.predict(x);
    // What was freed by the move is written over.
    for (let i = 0; i < 2000; i++) backend.matrix(1, 4).data.fill(Number.NaN);
    expect([...model.predict(x.subarray(0, 72))]).toEqual(first);
  });
});
