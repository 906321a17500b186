import { describe, expect, it } from "vitest";
import {
  averagePool2d,
  type Cropping2dOptions,
  createBackendSync,
  cropping1d,
  cropping2d,
  dense,
  globalAveragePool1d,
  globalMaxPool2d,
  type Layer,
  maxPool1d,
  maxPool2d,
  permute,
  type ResizingOptions,
  resizing,
  Sequential,
  ShapeError,
  spatialDropout1d,
  spatialDropout2d,
  upSampling1d,
  upSampling2d,
  ValueError,
  zeroPadding1d,
  zeroPadding2d,
} from "../../src/index.js";

const backend = createBackendSync();

describe("options that are refused when the layer is made", () => {
  const wrong: readonly (readonly [string, () => Layer, string])[] = [
    [
      "a poolSize of 0",
      () => maxPool2d({ poolSize: 0 }),
      "maxPool2d expected poolSize to be an integer of at least 1 or [height, width], got 0",
    ],
    [
      "strides of two numbers in one dimension",
      () => maxPool1d({ strides: [2, 2] as unknown as number }),
      "maxPool1d expected strides to be an integer of at least 1, got [2, 2]",
    ],
    [
      "a padding of a whole window",
      () =>
        averagePool2d({
          poolSize: [3, 2],
          padding: [
            [0, 1],
            [2, 0],
          ],
        }),
      "averagePool2d expected a padding of less than poolSize, [3, 2], got [[0, 1], [2, 0]]",
    ],
    [
      "causal padding",
      () => maxPool1d({ padding: "causal" as "same" }),
      'maxPool1d expected padding to be "valid", "same", an integer of at least 0 or [before, after], got "causal"',
    ],
    [
      "countPadding that is a number",
      () => averagePool2d({ countPadding: 1 as unknown as boolean }),
      "averagePool2d expected countPadding to be true or false, got 1",
    ],
    [
      "countPadding of max pooling",
      () => maxPool2d({ countPadding: true } as object),
      'maxPool2d: unknown option "countPadding"; known are poolSize, strides, padding, name',
    ],
    [
      "keepDims that is a number",
      () => globalMaxPool2d({ keepDims: 1 as unknown as boolean }),
      "globalMaxPool2d expected keepDims to be true or false, got 1",
    ],
    [
      "a window of global pooling",
      () => globalAveragePool1d({ poolSize: 2 } as object),
      'globalAveragePool1d: unknown option "poolSize"; known are keepDims, name',
    ],
    ["a name that is none", () => maxPool2d({ name: "" }), "maxPool2d expected name to be a string"],
    [
      "a size of 1.5",
      () => upSampling2d({ size: 1.5 }),
      "upSampling2d expected size to be an integer of at least 1 or [height, width], got 1.5",
    ],
    [
      "an unknown interpolation",
      () => upSampling2d({ interpolation: "bicubic" as "nearest" }),
      'upSampling2d: unknown interpolation "bicubic"; known are nearest, bilinear',
    ],
    [
      "an interpolation of sequences",
      () => upSampling1d({ interpolation: "bilinear" } as object),
      'upSampling1d: unknown option "interpolation"; known are size, name',
    ],
    [
      "a height alone",
      () => resizing({ height: 4 } as ResizingOptions),
      "resizing expected width to be an integer of at least 1, got undefined",
    ],
    [
      "no options of resizing",
      () => resizing(undefined as unknown as ResizingOptions),
      "resizing expected an object of options, got null",
    ],
    [
      "a negative padding",
      () => zeroPadding2d({ padding: -1 }),
      "zeroPadding2d expected padding to be an integer of at least 0, [height, width] or [[top, bottom], [left, right]], got -1",
    ],
    [
      "a padding of three numbers",
      () => zeroPadding1d({ padding: [1, 2, 3] as unknown as [number, number] }),
      "zeroPadding1d expected padding to be an integer of at least 0 or [before, after], got [1, 2, 3]",
    ],
    [
      "no cropping",
      () => cropping2d({} as Cropping2dOptions),
      "cropping2d expected cropping to be an integer of at least 0, [height, width]",
    ],
    [
      "axes from 0 on",
      () => permute([0, 1]),
      "permute expected the axes of a sample from 1 on, each once, such as [2, 1], got [0, 1]",
    ],
    ["an axis twice", () => permute([2, 2]), "each once, such as [2, 1], got [2, 2]"],
    ["axes that are no list", () => permute(2 as unknown as number[]), "such as [2, 1], got 2"],
    ["no axes", () => permute([]), "such as [2, 1], got []"],
    [
      "a rate of 1",
      () => spatialDropout2d(1),
      "spatialDropout2d expected rate to be at least 0 and below 1, got 1",
    ],
  ];

  it.each(wrong)("%s", (_, make, message) => {
    expect(make).toThrow(ValueError);
    expect(make).toThrow(message);
  });
});

describe("inputs that are refused when a model is made", () => {
  const wrong: readonly (readonly [string, readonly number[], Layer, string])[] = [
    [
      "windows larger than the padded image",
      [3, 5, 1],
      maxPool2d({ poolSize: 7, padding: [1, 1] }),
      "maxPool2d expected a poolSize of at most [5, 7], the padded input, got [7, 7]",
    ],
    [
      "images without channels",
      [8, 8],
      maxPool2d(),
      "maxPool2d expected an input of [batch, height, width, channels], got [batch, 8, 8]",
    ],
    [
      "images for sequences",
      [8, 8, 1],
      globalAveragePool1d(),
      "globalAveragePool1d expected an input of [batch, length, channels], got [batch, 8, 8, 1]",
    ],
    [
      "vectors",
      [8],
      globalMaxPool2d(),
      "globalMaxPool2d expected an input of [batch, height, width, channels]",
    ],
    [
      "sequences to resize",
      [8, 8],
      resizing({ height: 2, width: 2 }),
      "resizing expected an input of [batch, h",
    ],
    ["sequences to pad", [8, 8], zeroPadding2d(), "zeroPadding2d expected an input of [batch, height, width"],
    [
      "cropping that leaves nothing",
      [4, 2],
      cropping1d({ cropping: [1, 3] }),
      "cropping1d expected a cropping that leaves a part of [batch, 4, 2], got [[1, 3]]",
    ],
    [
      "another number of axes",
      [4, 2, 3],
      permute([2, 1]),
      "permute expected an input of 2 axes beside the batch, got [batch, 4, 2, 3]",
    ],
    [
      "vectors to drop channels of",
      [4],
      spatialDropout1d(0.5),
      "spatialDropout1d expected an input of [batch, l",
    ],
  ];

  it.each(wrong)("%s", (_, inputShape, layer, message) => {
    const before = backend.memory;
    const make = () => new Sequential(backend, { inputShape: [...inputShape], layers: [layer] });
    expect(make).toThrow(ShapeError);
    expect(make).toThrow(message);
    expect(backend.memory).toEqual(before);
  });

  it("a loss that does not fit the outputs that are pooled", async () => {
    const layers = [dense(2, { activation: "tanh" }), globalMaxPool2d()];
    const model = new Sequential(backend, { inputShape: [2, 2, 2], layers });
    await expect(model.fit(new Float32Array(8), [0, 1], { loss: "binaryCrossEntropy" })).rejects.toThrow(
      "got the outputs of tanh with globalMaxPool2d",
    );
  });
});
