import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  averagePool1d,
  averagePool2d,
  checkGradients,
  createBackendSync,
  cropping1d,
  cropping2d,
  dense,
  flatten,
  globalAveragePool1d,
  globalAveragePool2d,
  globalMaxPool1d,
  globalMaxPool2d,
  type Layer,
  maxPool1d,
  maxPool2d,
  permute,
  reshape,
  resizing,
  Sequential,
  spatialDropout1d,
  spatialDropout2d,
  upSampling1d,
  upSampling2d,
  zeroPadding1d,
  zeroPadding2d,
} from "../../src/index.js";
import { on, variants } from "../reference/backends.js";
import {
  channelsLast,
  expectClose,
  type LayerCase,
  layers as ofLayers,
  permuted,
} from "../reference/golden.js";
import { Random } from "../support/random.js";

/** Cases of test/golden/generate-networks.py, in float64. */
const ofNetworks = JSON.parse(
  readFileSync(new URL("../golden/pooling.json", import.meta.url), "utf8"),
) as Record<string, LayerCase>;

/** Each case of PyTorch as a layer. */
const CASES: readonly (readonly [string, LayerCase, Layer])[] = [
  ["maxPool2d_2", ofLayers.maxPool2d_2, maxPool2d()],
  ["maxPool2d_3s2", ofLayers.maxPool2d_3s2, maxPool2d({ poolSize: 3, strides: 2 })],
  ["avgPool2d_2", ofLayers.avgPool2d_2, averagePool2d()],
  ["globalAvgPool2d", ofLayers.globalAvgPool2d, globalAveragePool2d({ keepDims: true })],
  ["maxPool1d_3s2", ofNetworks.maxPool1d_3s2, maxPool1d({ poolSize: 3, strides: 2 })],
  ["maxPool2d_3s2p1", ofNetworks.maxPool2d_3s2p1, maxPool2d({ poolSize: 3, strides: 2, padding: 1 })],
  [
    "avgPool2d_3s2p1_countPadding",
    ofNetworks.avgPool2d_3s2p1_countPadding,
    averagePool2d({ poolSize: 3, strides: 2, padding: 1, countPadding: true }),
  ],
  [
    "avgPool2d_3s2p1_noPadding",
    ofNetworks.avgPool2d_3s2p1_noPadding,
    averagePool2d({ poolSize: 3, strides: 2, padding: 1 }),
  ],
  ["globalMaxPool1d", ofNetworks.globalMaxPool1d, globalMaxPool1d({ keepDims: true })],
  ["upsampleNearest2", ofNetworks.upsampleNearest2, upSampling2d()],
  ["upsampleBilinear2", ofNetworks.upsampleBilinear2, upSampling2d({ interpolation: "bilinear" })],
];

/** The output and the gradient of its input, of samples and of the output's gradient. */
function passes(
  backend: ReturnType<typeof createBackendSync>,
  layer: Layer,
  inputShape: readonly number[],
  x: readonly number[],
  upstream?: readonly number[],
) {
  const model = new Sequential(backend, { inputShape: [...inputShape], layers: [layer] });
  const y = model.forward(Float32Array.from(x), { training: true });
  const dOut = backend.matrix(
    y.rows,
    y.cols,
    Float32Array.from(upstream ?? new Random(y.cols).floats(y.length)),
  );
  const dx = model.backward(dOut, { inputGradient: true });
  return { shape: model.outputShape, y: [...y.data], dOut: [...dOut.data], dx: [...(dx?.data ?? [])] };
}

/** 1, 2, 3 … */
const counted = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

describe.each(variants)("layers that move pixels on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));

  it.each(CASES)(
    "%s: output and gradient are those of PyTorch within 1e-6",
    (_, { inputs: [x], y, upstream, dInputs }, layer) => {
      const inputShape = [...x.shape.slice(2), x.shape[1]];
      const model = new Sequential(backend, { inputShape, layers: [layer] });
      expectClose("predict", model.predict(Float32Array.from(channelsLast(x))), channelsLast(y), 1e-6);
      const got = passes(backend, layer, inputShape, channelsLast(x), channelsLast(upstream));
      expect(got.shape).toEqual([...y.shape.slice(2), y.shape[1]]);
      expectClose("forward", got.y, channelsLast(y), 1e-6);
      expectClose("dx", got.dx, channelsLast(dInputs[0]), 1e-6, 1e-6);
    },
  );

  it("max pooling gives the gradient to the first of equal elements, and NaN counts as the largest", () => {
    const x = [2, 2, 1, 2, Number.NaN, 7, Number.NaN, 8];
    const { y, dx } = passes(backend, maxPool1d({ poolSize: 4 }), [8, 1], x, [3, 5]);
    expect(y).toEqual([2, Number.NaN]);
    expect(dx).toEqual([3, 0, 0, 0, 5, 0, 0, 0]);
  });

  it("pooling with strides beyond the window leaves pixels out, whose gradient is 0", () => {
    const layer = maxPool2d({ poolSize: [1, 2], strides: [2, 3] });
    const { shape, y, dx } = passes(backend, layer, [3, 5, 1], counted(15), [1, 2, 3, 4]);
    expect(shape).toEqual([2, 2, 1]);
    expect(y).toEqual([2, 5, 12, 15]);
    expect(dx).toEqual([0, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 3, 0, 0, 4]);
  });

  it('"same" padding has as many windows as strides, and none of its zeros count', () => {
    const padded = { poolSize: 3, strides: 2, padding: "same" } as const;
    expect(passes(backend, maxPool1d(padded), [4, 1], [-4, -3, -2, -1]).y).toEqual([-2, -1]);
    expect(passes(backend, averagePool1d(padded), [4, 1], [-3, -6, -9, -1]).y).toEqual([-6, -5]);
    const counts = averagePool1d({ ...padded, countPadding: true });
    expectClose("y", passes(backend, counts, [4, 1], [-3, -6, -9, -1]).y, [-6, -10 / 3], 1e-6);
  });

  it("global pooling has a number for each channel, and its axes where they are kept", () => {
    const x = [1, 10, 2, 20, 6, 0];
    const largest = passes(backend, globalMaxPool1d(), [3, 2], x, [1, 2]);
    expect([largest.shape, largest.y, largest.dx]).toEqual([[2], [6, 20], [0, 0, 0, 2, 1, 0]]);
    const mean = passes(backend, globalAveragePool1d(), [3, 2], x, [3, 6]);
    expect([mean.shape, mean.y, mean.dx]).toEqual([[2], [3, 10], [1, 2, 1, 2, 1, 2]]);
    const image = passes(backend, globalMaxPool2d({ keepDims: true }), [3, 1, 2], x);
    expect([image.shape, image.y]).toEqual([
      [1, 1, 2],
      [6, 20],
    ]);
    expect(passes(backend, globalAveragePool2d(), [1, 3, 2], x).shape).toEqual([2]);
  });

  it("upSampling repeats steps and pixels, and its gradient is the sum of theirs", () => {
    const steps = passes(backend, upSampling1d({ size: 3 }), [2, 2], [1, 2, 3, 4], counted(12));
    expect(steps.shape).toEqual([6, 2]);
    expect(steps.y).toEqual([1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4]);
    expect(steps.dx).toEqual([9, 12, 27, 30]);
    const pixels = passes(backend, upSampling2d({ size: [1, 2] }), [2, 2, 1], [1, 2, 3, 4]);
    expect([pixels.shape, pixels.y]).toEqual([
      [2, 4, 1],
      [1, 1, 2, 2, 3, 3, 4, 4],
    ]);
  });

  it("resizing takes the centres of pixels, on both ways", () => {
    const of = (x: number[], options: Parameters<typeof resizing>[0]): number[] =>
      passes(backend, resizing(options), [1, x.length, 1], x).y;
    expect(of([0, 4], { height: 1, width: 4 })).toEqual([0, 1, 3, 4]);
    expect(of([0, 1, 2, 3, 4, 5], { height: 1, width: 2 })).toEqual([1, 4]);
    expect(of([0, 1, 2, 3, 4, 5], { height: 1, width: 4, interpolation: "nearest" })).toEqual([0, 2, 3, 5]);
    const infinite = [Number.POSITIVE_INFINITY, 1];
    expect(of(infinite, { height: 1, width: 2 })).toEqual(infinite);
  });

  it("zeroPadding and cropping undo each other, and are the gradients of each other", () => {
    const sides = [
      [1, 2],
      [0, 3],
    ] as const;
    const padded = passes(backend, zeroPadding2d({ padding: sides }), [2, 3, 2], counted(12));
    expect(padded.shape).toEqual([5, 6, 2]);
    const at = (i: number, j: number, c: number): number => padded.y[(i * 6 + j) * 2 + c];
    for (let i = 0; i < 5; i++)
      for (let j = 0; j < 6; j++)
        for (let c = 0; c < 2; c++)
          expect(at(i, j, c)).toBe(i >= 1 && i < 3 && j < 3 ? ((i - 1) * 3 + j) * 2 + c + 1 : 0);
    const cropped = passes(backend, cropping2d({ cropping: sides }), [5, 6, 2], padded.y, counted(12));
    expect([cropped.shape, cropped.y]).toEqual([[2, 3, 2], counted(12)]);
    expect(cropped.dx).toEqual(padded.y);
    expect(padded.dx).toEqual(passes(backend, cropping2d({ cropping: sides }), [5, 6, 2], padded.dOut).y);
  });

  it("zeroPadding and cropping of sequences", () => {
    expect(passes(backend, zeroPadding1d(), [2, 1], [1, 2]).y).toEqual([0, 1, 2, 0]);
    expect(passes(backend, zeroPadding1d({ padding: [2, 0] }), [1, 2], [1, 2]).y).toEqual([0, 0, 0, 0, 1, 2]);
    expect(passes(backend, cropping1d({ cropping: [2, 1] }), [5, 1], counted(5)).y).toEqual([3, 4]);
  });

  it.each([[[1]], [[2, 1]], [[1, 3, 2]], [[3, 1, 2]], [[2, 3, 1]], [[3, 2, 1]], [[2, 1, 3]], [[4, 1, 3, 2]]])(
    "permute(%j) moves every element, there and back",
    (dims) => {
      for (const sizes of [
        [2, 3, 4, 5],
        [1, 5, 1, 3],
        [67, 2, 9, 1],
      ]) {
        const shape = sizes.slice(0, dims.length);
        const data = counted(2 * shape.reduce((a, b) => a * b, 1));
        const x = { shape: [2, ...shape], data };
        const order = [0, ...dims];
        const got = passes(backend, permute(dims), shape, data);
        expect(got.shape).toEqual(dims.map((axis) => shape[axis - 1]));
        expect(got.y).toEqual(permuted(x, order));
        const back = order.map((_, axis) => order.indexOf(axis));
        expect(got.dx).toEqual(permuted({ shape: [2, ...got.shape], data: got.dOut }, back));
      }
    },
  );

  it("spatialDropout drops whole channels of a sample, about as many as its rate, in training alone", () => {
    for (const [layer, inputShape] of [
      [spatialDropout2d(0.25), [3, 2, 50]],
      [spatialDropout1d(0.25), [6, 50]],
    ] as const) {
      const samples = new Float32Array(40 * 300).fill(3);
      const model = new Sequential(backend, { inputShape: [...inputShape], layers: [layer], seed: 5 });
      expect(model.predict(samples)).toEqual(samples);
      const y = model.forward(samples, { training: true });
      let dropped = 0;
      for (let s = 0; s < 40; s++)
        for (let c = 0; c < 50; c++) {
          const channel = Array.from({ length: 6 }, (_, p) => y.data[(s * 6 + p) * 50 + c]);
          expect(new Set(channel).size).toBe(1);
          expect([0, 4]).toContain(channel[0]);
          if (channel[0] === 0) dropped++;
        }
      // 2000 draws: within five standard deviations.
      expect(Math.abs(dropped / 2000 - 0.25)).toBeLessThan(0.05);
      const dOut = backend.matrix(y.rows, y.cols, new Float32Array(y.length).fill(3));
      expect(model.backward(dOut, { inputGradient: true })?.data).toEqual(y.data);
    }
  });

  it("a sample's output and gradient do not depend on its batch", () => {
    const layers = [
      averagePool2d({ poolSize: 3, strides: 2, padding: "same" }),
      resizing({ height: 5, width: 7 }),
      maxPool2d({ poolSize: 3, strides: 1 }),
      globalAveragePool2d(),
    ];
    const model = new Sequential(backend, { inputShape: [7, 6, 5], layers });
    const random = new Random(2);
    const [x, upstream] = [random.floats(4 * 210), random.floats(4 * 5)];
    const run = (begin: number, end: number) => {
      const y = model.forward(x.slice(210 * begin, 210 * end), { training: true });
      const dOut = backend.matrix(y.rows, y.cols, upstream.slice(5 * begin, 5 * end));
      return [[...y.data], [...(model.backward(dOut, { inputGradient: true })?.data ?? [])]];
    };
    const [y, dx] = run(0, 4);
    for (const i of [0, 1, 2, 3])
      expect(run(i, i + 1)).toEqual([y.slice(5 * i, 5 * i + 5), dx.slice(210 * i, 210 * i + 210)]);
  });

  it("gradients of a small network agree with central differences", () => {
    const model = new Sequential(backend, {
      inputShape: [6, 5, 2],
      layers: [
        dense(3, { activation: "tanh" }),
        zeroPadding2d({ padding: [1, 0] }),
        averagePool2d({ poolSize: [2, 3], strides: [2, 1], padding: "same" }),
        upSampling2d({ interpolation: "bilinear" }),
        permute([2, 1, 3]),
        cropping2d({
          cropping: [
            [1, 0],
            [0, 1],
          ],
        }),
        resizing({ height: 4, width: 5 }),
        dense(4, { activation: "tanh" }),
        globalAveragePool2d({ keepDims: true }),
        flatten(),
        dense(2),
      ],
      seed: 3,
    });
    const random = new Random(4);
    const rows = checkGradients(model, random.floats(2 * 60), random.floats(4), { loss: "meanSquaredError" });
    expect(rows.map(({ name }) => name).sort()).toEqual(
      [...model.parameters.map(({ name }) => name), "input"].sort(),
    );
    for (const row of rows) expect(row.relativeError, row.name).toBeLessThan(1e-3);
  });
});

describe("what is known of outputs", () => {
  const backend = createBackendSync();
  const rangeAfter = (activation: "sigmoid" | "tanh", ...layers: Layer[]) =>
    new Sequential(backend, { inputShape: [4, 4, 3], layers: [dense(3, { activation }), ...layers] }).rangeOf(
      0,
    );

  it("pooling keeps a range, of which it says what follows", () => {
    expect(rangeAfter("sigmoid", maxPool2d())).toMatchObject({
      from: "sigmoid with maxPool2d",
      least: 0,
      most: 1,
    });
    expect(rangeAfter("sigmoid", averagePool2d({ padding: [1, 0] }))).toMatchObject({ least: 0, most: 1 });
    expect(rangeAfter("sigmoid", globalAveragePool2d())).toMatchObject({
      from: "sigmoid with globalAveragePool2d",
    });
  });

  it("layers that move elements keep it as it is", () => {
    expect(rangeAfter("tanh", permute([2, 3, 1]))).toMatchObject({ from: "tanh" });
    expect(rangeAfter("tanh", cropping2d({ cropping: 1 }))).toMatchObject({ from: "tanh", least: -1 });
    expect(rangeAfter("tanh", upSampling2d())).toMatchObject({ from: "tanh with upSampling2d", most: 1 });
  });

  it("nothing is where zeros come in, and where a mean may be rounded out of it", () => {
    expect(rangeAfter("sigmoid", averagePool2d({ countPadding: true }))).toBeUndefined();
    expect(rangeAfter("sigmoid", zeroPadding2d())).toBeUndefined();
    expect(rangeAfter("sigmoid", upSampling2d({ interpolation: "bilinear" }))).toBeUndefined();
  });

  it("nor of samples that sum to 1", () => {
    const layers = (...others: Layer[]) => [
      reshape([1, 1, 3]),
      dense(3, { activation: "softmax" }),
      ...others,
    ];
    const rangeOf = (...others: Layer[]) =>
      new Sequential(backend, { inputShape: 3, layers: layers(...others) }).rangeOf(0);
    expect(rangeOf()).toMatchObject({ sumsToOne: true });
    expect(rangeOf(upSampling2d())).toBeUndefined();
    expect(rangeOf(globalMaxPool2d())).toBeUndefined();
    expect(rangeOf(permute([3, 1, 2]))).toMatchObject({ sumsToOne: true });
  });
});
