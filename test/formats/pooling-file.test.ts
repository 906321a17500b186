import { describe, expect, it } from "vitest";
import {
  adam,
  averagePool1d,
  averagePool2d,
  createBackendSync,
  cropping1d,
  cropping2d,
  dense,
  globalAveragePool1d,
  globalAveragePool2d,
  globalMaxPool1d,
  globalMaxPool2d,
  type Layer,
  loadModel,
  maxPool1d,
  maxPool2d,
  permute,
  resizing,
  Sequential,
  saveModel,
  spatialDropout1d,
  spatialDropout2d,
  upSampling1d,
  upSampling2d,
  zeroPadding1d,
  zeroPadding2d,
} from "../../src/index.js";
import * as inference from "../../src/inference.js";
import { exactVariants, on } from "../reference/backends.js";
import { Random } from "../support/random.js";
import { metadataOf } from "./architecture-in.js";

/** Every layer that moves pixels, of images and of sequences, in a row that trains. */
const MODELS: Readonly<Record<string, { inputShape: number[]; layers: () => Layer[] }>> = {
  images: {
    inputShape: [9, 8, 2],
    layers: () => [
      zeroPadding2d({
        padding: [
          [1, 0],
          [0, 2],
        ],
      }),
      dense(5, { activation: "tanh" }),
      maxPool2d({ poolSize: [3, 2], strides: 2, padding: "same" }),
      upSampling2d({ size: [1, 2], interpolation: "bilinear" }),
      spatialDropout2d(0.2),
      averagePool2d({ padding: [1, 0], countPadding: true, name: "mean" }),
      resizing({ height: 6, width: 5 }),
      permute([2, 1, 3]),
      cropping2d({ cropping: [1, 1] }),
      upSampling2d(),
      globalMaxPool2d({ keepDims: true }),
      globalAveragePool2d(),
      dense(3, { activation: "softmax" }),
    ],
  },
  sequences: {
    inputShape: [12, 3],
    layers: () => [
      zeroPadding1d(),
      dense(6, { activation: "tanh" }),
      maxPool1d({ poolSize: 3, strides: 1, padding: [1, 2] }),
      spatialDropout1d(0.2),
      averagePool1d(),
      upSampling1d({ size: 3 }),
      cropping1d({ cropping: [2, 0] }),
      globalMaxPool1d({ keepDims: true }),
      globalAveragePool1d(),
      dense(3, { activation: "softmax" }),
    ],
  },
};

const bits = (values: Float32Array): number[] => [...new Uint32Array(values.slice().buffer)];

describe.each(exactVariants)("layers that move pixels in a file, on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));

  it.each(Object.entries(MODELS))(
    "%s: the bits after loading are the same, here and by lanewise/inference, and so are the bytes of the file",
    async (_, { inputShape, layers }) => {
      const random = new Random(3);
      const x = random.floats(7 * inputShape.reduce((a, b) => a * b, 1));
      using model = new Sequential(backend, { inputShape, layers: layers(), seed: 5 });
      await model.fit(x, [0, 1, 2, 0, 1, 2, 0], {
        loss: "categoricalCrossEntropy",
        optimizer: adam({ learningRate: 0.01 }),
        epochs: 3,
        batchSize: 3,
      });
      const file = saveModel(model);
      expect(metadataOf(file).format_version).toBe("2");
      const expected = bits(model.predict(x));
      using loaded = await loadModel(backend, file);
      expect(bits(loaded.predict(x))).toEqual(expected);
      expect(saveModel(loaded)).toEqual(file);
      const network = await inference.loadModel(await inference.createBackend({ variant }), file);
      expect(bits(network.predict(x))).toEqual(expected);
    },
  );

  it.each(Object.entries(MODELS))("%s: training gives the bits of the scalar build", async (_, options) => {
    const digestOf = async (variant: "scalar" | "simd") => {
      using model = new Sequential(createBackendSync(on(variant)), {
        inputShape: options.inputShape,
        layers: options.layers(),
        seed: 5,
      });
      const x = new Random(3).floats(7 * options.inputShape.reduce((a, b) => a * b, 1));
      await model.fit(x, [0, 1, 2, 0, 1, 2, 0], { loss: "categoricalCrossEntropy", epochs: 3, batchSize: 3 });
      return model.weightsDigest();
    };
    expect(await digestOf("simd")).toBe(await digestOf("scalar"));
  });
});
