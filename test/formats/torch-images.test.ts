import { describe, expect, it } from "vitest";
import { parseSafetensors, writeSafetensors } from "../../src/files/safetensors.js";
import {
  activation,
  batchNormalization,
  concatenate,
  conv1d,
  conv2d,
  conv2dTranspose,
  createBackendSync,
  dense,
  depthwiseConv2d,
  dropout,
  FormatError,
  flatten,
  globalAveragePool2d,
  groupNormalization,
  input,
  type Layer,
  layerNormalization,
  loadWeights,
  Model,
  maxPool2d,
  Sequential,
  scaling,
  separableConv2d,
  torchStateDict,
} from "../../src/index.js";
import { on } from "../reference/backends.js";

/**
 * Layers of images in a state_dict (torch 1.13, nn/modules/conv.py, batchnorm.py): kernels are [out, in / groups,
 * height, width], those of transposed convolutions [in, out / groups, height, width]; a flatten is [channels, height,
 * width], row-major. Expected places are worked out by that formula, element by element.
 */

const backend = createBackendSync(on("scalar"));
const image = [4, 3, 2] as const;

const sequential = (inputShape: readonly number[], ...layers: Layer[]) =>
  new Sequential(backend, { inputShape, layers, seed: 5 });

/** Numbers that are all different. */
function numbered<Of extends Model>(model: Of): Of {
  let next = 1;
  for (const { value } of [...model.parameters, ...model.buffers]) value.set(value.data.map(() => next++));
  return model;
}

const tensorsIn = (file: Uint8Array) =>
  new Map(
    [...parseSafetensors(file).tensors].map(([name, { shape, bytes }]) => [
      name,
      { shape, values: new Float32Array(bytes.slice().buffer) },
    ]),
  );

/** An own tensor and that of the file, as functions of indices. */
function both(model: Model, own: string, name: string) {
  const tensor = tensorsIn(torchStateDict(model)).get(name);
  const found = model.tensors.find((one) => one.name === own);
  const read =
    (shape: readonly number[], values: ArrayLike<number>) =>
    (...indices: number[]) =>
      values[indices.reduce((at, index, axis) => at * shape[axis] + index, 0)];
  if (!tensor || !found)
    throw new Error(`expected ${own} and ${name}, got ${[...tensorsIn(torchStateDict(model)).keys()]}`);
  const values = model.backend.floats(found.address, tensor.values.length);
  return { shape: tensor.shape, own: read(found.shape, values), torch: read(tensor.shape, tensor.values) };
}

/** Calls `visit` for all indices of a shape. */
function forEach(shape: readonly number[], visit: (indices: number[]) => void, before: number[] = []): void {
  if (before.length === shape.length) visit(before);
  else for (let i = 0; i < shape[before.length]; i++) forEach(shape, visit, [...before, i]);
}

describe("kernels", () => {
  it("of conv2d are [filters, channels, height, width]", () => {
    const { shape, own, torch } = both(
      numbered(sequential(image, conv2d(5, [3, 2]))),
      "0.weight",
      "0.weight",
    );
    expect(shape).toEqual([5, 2, 3, 2]);
    forEach(shape, ([f, c, p, q]) => expect(torch(f, c, p, q)).toBe(own(p, q, c, f)));
  });

  it("of groups have the channels of a group", () => {
    const { shape, own, torch } = both(
      numbered(sequential(image, conv2d(4, 2, { groups: 2 }))),
      "0.weight",
      "0.weight",
    );
    expect(shape).toEqual([4, 1, 2, 2]);
    forEach(shape, ([f, c, p, q]) => expect(torch(f, c, p, q)).toBe(own(p, q, c, f)));
  });

  it("of conv1d are [filters, channels, length]", () => {
    const { shape, own, torch } = both(numbered(sequential([6, 2], conv1d(5, 3))), "0.weight", "0.weight");
    expect(shape).toEqual([5, 2, 3]);
    forEach(shape, ([f, c, p]) => expect(torch(f, c, p)).toBe(own(p, c, f)));
  });

  it("of conv2dTranspose are [channels, filters, height, width]", () => {
    const { shape, own, torch } = both(
      numbered(sequential(image, conv2dTranspose(5, [3, 2]))),
      "0.weight",
      "0.weight",
    );
    expect(shape).toEqual([2, 5, 3, 2]);
    forEach(shape, ([c, f, p, q]) => expect(torch(c, f, p, q)).toBe(own(p, q, f, c)));
  });

  it("of depthwiseConv2d are those of as many groups as channels", () => {
    const model = numbered(sequential(image, depthwiseConv2d([3, 2], { depthMultiplier: 3 })));
    const { shape, own, torch } = both(model, "0.weight", "0.weight");
    expect(shape).toEqual([6, 1, 3, 2]);
    forEach([2, 3, 3, 2], ([c, k, p, q]) => expect(torch(c * 3 + k, 0, p, q)).toBe(own(p, q, c, k)));
  });

  it("of separableConv2d are two modules", () => {
    const model = numbered(
      sequential(image, conv2d(2, 1, { activation: "relu" }), separableConv2d(3, 2), dense(1)),
    );
    const shapes = [...tensorsIn(torchStateDict(model))].map(([name, { shape }]) => [name, shape]);
    expect(Object.fromEntries(shapes)).toMatchObject({
      "2.weight": [2, 1, 2, 2],
      "3.weight": [3, 2, 1, 1],
      "3.bias": [3],
      "4.weight": [1, 3],
    });
    const named = sequential(image, separableConv2d(3, 2, { name: "apart" }));
    expect([...tensorsIn(torchStateDict(named)).keys()].sort()).toEqual([
      "apart.0.weight",
      "apart.1.bias",
      "apart.1.weight",
    ]);
  });
});

describe("normalizations", () => {
  it("have PyTorch's names", () => {
    const model = sequential(
      image,
      conv2d(4, 1),
      batchNormalization(),
      groupNormalization({ groups: 2, name: "groups" }),
      layerNormalization({ center: false }),
    );
    expect([...tensorsIn(torchStateDict(numbered(model))).keys()].sort()).toEqual([
      "0.bias",
      "0.weight",
      "1.bias",
      "1.running_mean",
      "1.running_var",
      "1.weight",
      "3.weight",
      "groups.bias",
      "groups.weight",
    ]);
  });

  it("over an image have their channels first", () => {
    const model = numbered(sequential(image, layerNormalization({ axis: [-3, -2, -1] })));
    const { shape, own, torch } = both(model, "0.gamma", "0.weight");
    expect(shape).toEqual([2, 4, 3]);
    forEach(shape, ([c, i, j]) => expect(torch(c, i, j)).toBe(own(i, j, c)));
  });

  it("read the statistics, and leave the number of batches", () => {
    const layers = [conv2d(2, 1, { useBias: false }), batchNormalization(), flatten(), dense(1)];
    const from = numbered(sequential(image, ...layers));
    const tensors = [...tensorsIn(torchStateDict(from))].map(([name, tensor]) => ({ name, ...tensor }));
    const counted = [...tensors, { name: "1.num_batches_tracked", shape: [1], values: Float32Array.of(7) }];
    const to = sequential(image, ...layers);
    loadWeights(to, writeSafetensors(counted), { layout: "torch" });
    expect(to.tensorValues).toEqual(from.tensorValues);
    expect(Array.from(to.buffers[0].value.data)).toEqual(Array.from(from.buffers[0].value.data));
  });

  it("become a scaling in a model that has no batchNormalization, as before", () => {
    const ones = { shape: [2], values: Float32Array.of(1, 1) };
    const file = writeSafetensors([
      ...["0.weight", "0.running_var"].map((name) => ({ name, ...ones })),
      ...["0.bias", "0.running_mean"].map((name) => ({ name, shape: [2], values: Float32Array.of(3, 4) })),
    ]);
    const model = sequential([2], scaling({ mean: [0, 0], deviation: [1, 1] }));
    loadWeights(model, file, { layout: "torch" });
    expect(model.predict([[3, 4]])[0]).toBeCloseTo(3, 4);
  });
});

describe("a dense layer behind a flatten", () => {
  const rows = (model: Model, own: string, name: string, [height, width, channels]: readonly number[]) => {
    const { shape, own: from, torch } = both(model, own, name);
    expect(shape[1]).toBe(height * width * channels);
    forEach([channels, height, width], ([c, i, j]) => {
      for (let u = 0; u < shape[0]; u++)
        expect(torch(u, (c * height + i) * width + j)).toBe(from((i * width + j) * channels + c, u));
    });
  };

  it("has its inputs with the channels first", () => {
    const model = numbered(sequential(image, conv2d(3, 2), flatten(), dense(2)));
    rows(model, "2.weight", "2.weight", [3, 2, 3]);
  });

  it("also behind what works element by element, which has them so itself", () => {
    const layers = [
      maxPool2d({ poolSize: 1 }),
      flatten(),
      dropout(0.5),
      batchNormalization(),
      activation("relu"),
      dense(2),
    ];
    const model = numbered(sequential(image, ...layers));
    rows(model, "5.weight", "5.weight", image);
    const { own, torch } = both(model, "3.movingMean", "3.running_mean");
    forEach([2, 4, 3], ([c, i, j]) => expect(torch((c * 4 + i) * 3 + j)).toBe(own((i * 3 + j) * 2 + c)));
  });

  it("also where flattened images are joined with a row", () => {
    const [x, z] = [input(image), input(2)];
    const y = dense(1, { name: "out" }).apply(concatenate([z, flatten().apply(conv2d(2, 1).apply(x))]));
    const model = numbered(new Model(backend, { inputs: [x, z], outputs: y }));
    const { own, torch } = both(model, "out.weight", "out.weight");
    for (const i of [0, 1]) expect(torch(0, i)).toBe(own(i, 0));
    forEach([2, 4, 3], ([c, i, j]) =>
      expect(torch(0, 2 + (c * 4 + i) * 3 + j)).toBe(own(2 + (i * 3 + j) * 2 + c, 0)),
    );
  });

  it("keeps them where no layer has channels, or each has one pixel", () => {
    for (const layers of [
      [flatten(), dense(2)],
      [conv2d(3, [4, 3]), flatten(), dense(2)],
      [globalAveragePool2d(), dense(2)],
    ]) {
      const model = numbered(sequential(image, ...layers));
      const last = `${layers.length - 1}.weight`;
      const name =
        [...tensorsIn(torchStateDict(model)).keys()].find((key) => /^(1|2)\.weight$/.test(key)) ?? "";
      const { shape, own, torch } = both(model, last, name);
      forEach(shape, ([u, i]) => expect(torch(u, i)).toBe(own(i, u)));
    }
  });
});

it("a model goes through a state_dict to the bit", () => {
  const layers = () => [
    conv2d(4, 3, { padding: "same", activation: "relu" }),
    batchNormalization(),
    separableConv2d(3, 2, { activation: "silu" }),
    conv2dTranspose(2, 2),
    flatten(),
    dense(4, { activation: "tanh" }),
    dense(2),
  ];
  const from = numbered(sequential(image, ...layers()));
  const to = sequential(image, ...layers());
  loadWeights(to, torchStateDict(from), { layout: "torch" });
  expect(to.tensorValues).toEqual(from.tensorValues);
});

it("a kernel of lanewise's own layout is refused, with what fits", () => {
  const model = sequential(image, conv2d(5, [3, 2], { useBias: false }));
  const file = writeSafetensors([{ name: "0.weight", shape: [3, 2, 2, 5], values: new Float32Array(60) }]);
  expect(() => loadWeights(model, file, { layout: "torch" })).toThrow(FormatError);
  expect(() => loadWeights(model, file, { layout: "torch" })).toThrow(
    "0.weight expected [5, 2, 3, 2], got [3, 2, 2, 5]; its names and shapes are those of lanewise",
  );
});
