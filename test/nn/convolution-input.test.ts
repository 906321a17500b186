import { describe, expect, it } from "vitest";
import {
  conv1d,
  conv2d,
  conv2dTranspose,
  createBackendSync,
  depthwiseConv2d,
  type Layer,
  Sequential,
  ShapeError,
  separableConv2d,
  ValueError,
} from "../../src/index.js";

const backend = createBackendSync();

describe("options of convolutions that are refused when the layer is made", () => {
  const wrong: readonly (readonly [string, () => Layer, string])[] = [
    ["filters of 0", () => conv2d(0, 3), "conv2d expected filters to be an integer of at least 1, got 0"],
    [
      "a kernel of three sizes",
      () => conv2d(4, [3, 3, 3] as unknown as [number, number]),
      "conv2d expected kernelSize to be an integer of at least 1 or [height, width], got [3, 3, 3]",
    ],
    [
      "a stride of 0",
      () => conv2d(4, 3, { strides: 0 }),
      "conv2d expected strides to be an integer of at least 1 or [height, width], got 0",
    ],
    [
      "groups that do not divide the filters",
      () => conv2d(4, 3, { groups: 3 }),
      "conv2d expected groups to divide the 4 filters, got 3",
    ],
    [
      "causal padding of images",
      () => conv2d(4, 3, { padding: "causal" as "same" }),
      'conv2d expected padding to be "valid", "same"',
    ],
    ["an unknown option", () => conv1d(4, 3, { stride: 2 } as object), 'conv1d: unknown option "stride"'],
    [
      "an outputPadding of a whole stride",
      () => conv2dTranspose(4, 3, { strides: 2, outputPadding: 2 }),
      "conv2dTranspose expected an outputPadding of less than strides, [2, 2], got [2, 2]",
    ],
    [
      "a depthMultiplier of 1.5",
      () => depthwiseConv2d(3, { depthMultiplier: 1.5 }),
      "depthwiseConv2d expected depthMultiplier to be an integer of at least 1, got 1.5",
    ],
    [
      "an unknown activation",
      () => separableConv2d(4, 3, { activation: "rleu" as "relu" }),
      'separableConv2d: unknown activation "rleu"; known are linear, relu',
    ],
  ];

  it.each(wrong)("%s", (_, make, message) => {
    expect(make).toThrow(ValueError);
    expect(make).toThrow(message);
  });
});

describe("inputs that convolutions refuse when a model is made", () => {
  const wrong: readonly (readonly [string, readonly number[], Layer, string])[] = [
    [
      "images without channels",
      [28, 28],
      conv2d(4, 3),
      "conv2d expected an input of [batch, height, width, channels], got [batch, 28, 28]",
    ],
    [
      "a kernel larger than the padded image",
      [5, 9, 1],
      conv2d(4, 7, { padding: [0, 3] }),
      "conv2d expected a kernelSize of at most [5, 15], the padded input, got [7, 7]",
    ],
    [
      "groups that do not divide the channels",
      [8, 8, 3],
      conv2d(4, 3, { groups: 2 }),
      "conv2d expected groups to divide the 3 channels of its input, got 2",
    ],
    [
      "a transposed convolution without an output",
      [1, 1, 2],
      conv2dTranspose(4, 2, { padding: 1 }),
      "conv2dTranspose expected an output of at least one pixel",
    ],
    [
      "a sequence of images",
      [4, 4, 4, 2],
      conv1d(4, 3),
      "conv1d expected an input of [batch, length, channels], got [batch, 4, 4, 4, 2]",
    ],
  ];

  it.each(wrong)("%s", (_, inputShape, layer, message) => {
    const before = backend.memory;
    const make = () => new Sequential(backend, { inputShape: [...inputShape], layers: [layer] });
    expect(make).toThrow(ShapeError);
    expect(make).toThrow(message);
    expect(backend.memory).toEqual(before);
  });
});
