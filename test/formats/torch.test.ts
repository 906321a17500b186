import { describe, expect, it } from "vitest";
import { parseSafetensors, writeSafetensors } from "../../src/files/safetensors.js";
import {
  activation,
  BusyError,
  batchNormalization,
  createBackendSync,
  dense,
  dropout,
  FormatError,
  flatten,
  groupNormalization,
  layerNormalization,
  loadModel,
  loadWeights,
  prelu,
  Sequential,
  saveModel,
  scaling,
  torchStateDict,
  ValueError,
} from "../../src/index.js";
import { on } from "../reference/backends.js";

/**
 * A state_dict as torch.nn.Sequential names it (torch 1.13, nn/modules/container.py): modules by their place,
 * Linear's weight as [out_features, in_features].
 */

const backend = createBackendSync(on("scalar"));
const shapesIn = (file: Uint8Array) =>
  Object.fromEntries([...parseSafetensors(file).tensors].map(([name, { shape }]) => [name, shape]));
const ramp = (shape: number[], begin = 0) => ({
  shape,
  values: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => begin + i),
});
const model = (...layers: Parameters<typeof dense>[0][]) =>
  new Sequential(backend, {
    inputShape: 3,
    layers: layers.map((units, i) => dense(units, i < layers.length - 1 ? { activation: "relu" } : {})),
  });
const weights = (of: Sequential) =>
  Object.fromEntries(of.parameters.map(({ name, value }) => [name, value.toArray()]));

describe("torchStateDict", () => {
  it("turns kernels, and counts activations as modules", () => {
    const from = model(2, 4);
    from.parameters[0].value.set([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    const file = torchStateDict(from);
    expect(shapesIn(file)).toEqual({ "0.weight": [2, 3], "0.bias": [2], "2.weight": [4, 2], "2.bias": [4] });
    const { bytes } = parseSafetensors(file).tensors.get("0.weight") ?? { bytes: new Uint8Array() };
    expect([...new Float32Array(bytes.slice().buffer)]).toEqual([1, 3, 5, 2, 4, 6]);
  });

  it("counts layers without tensors, and keeps names that layers have", () => {
    const from = new Sequential(backend, {
      inputShape: 2,
      layers: [
        scaling({ mean: [1, 2], deviation: [3, 4] }),
        dropout(0.5),
        dense(3, { name: "hidden", activation: "tanh" }),
        dense(2, { useBias: false }),
        activation("softmax"),
        dense(1),
      ],
    });
    const names = ["0.deviation", "0.mean", "4.weight", "6.bias", "6.weight", "hidden.bias", "hidden.weight"];
    expect(Object.keys(shapesIn(torchStateDict(from))).sort()).toEqual(names);
  });

  it("has the slopes of prelu as the weight of a PReLU, and reads them back", () => {
    const made = () =>
      new Sequential(backend, {
        inputShape: [3, 2],
        layers: [
          prelu({ sharedAxes: [2] }),
          flatten(),
          dense(4, { activation: "relu" }),
          prelu(),
          dense(2),
          prelu({ sharedAxes: "all" }),
        ],
      });
    const from = made();
    for (const { name, value } of from.parameters)
      if (name.endsWith("alpha")) value.set(value.data.map((_, i) => i - 0.5));
    const file = torchStateDict(from);
    expect(shapesIn(file)).toMatchObject({ "0.weight": [3], "4.weight": [4], "6.weight": [1] });
    const to = made();
    loadWeights(to, file, { layout: "torch" });
    expect(weights(to)).toEqual(weights(from));
  });

  it.each([1, 2, 3])("is read back to the bit into a model of %i layers", (layers) => {
    const sizes = [5, 4, 2].slice(0, layers);
    const [from, to] = [
      model(...sizes),
      new Sequential(backend, { inputShape: 3, seed: 9, layers: sizes.map((units) => dense(units)) }),
    ];
    expect(weights(to)).not.toEqual(weights(from));
    loadWeights(to, torchStateDict(from), { layout: "torch" });
    expect(weights(to)).toEqual(weights(from));
  });
});

describe('loadWeights with layout "torch"', () => {
  const file = writeSafetensors([
    { name: "1.weight", ...ramp([2, 3]) },
    { name: "1.bias", ...ramp([2], 10) },
    { name: "11.weight", ...ramp([1, 2], 20) },
    { name: "11.bias", ...ramp([1], 30) },
  ]);

  it("takes the modules in the order of their numbers, whatever stands between", () => {
    const to = model(2, 1);
    loadWeights(to, file, { layout: "torch" });
    expect(weights(to)).toEqual({
      "0.weight": [
        [0, 3],
        [1, 4],
        [2, 5],
      ],
      "0.bias": [[10, 11]],
      "1.weight": [[20], [21]],
      "1.bias": [[30]],
    });
  });

  it("takes numbers as numbers: 2 before 10", () => {
    const to = new Sequential(backend, {
      inputShape: 1,
      layers: [dense(1, { useBias: false }), dense(1, { useBias: false })],
    });
    const tensors = [10, 2].map((module) => ({
      name: `${module}.weight`,
      shape: [1, 1],
      values: Float32Array.of(module),
    }));
    loadWeights(to, writeSafetensors(tensors), { layout: "torch" });
    expect(weights(to)).toEqual({ "0.weight": [[2]], "1.weight": [[10]] });
  });

  const named = writeSafetensors([
    { name: "first.weight", ...ramp([2, 3]) },
    { name: "first.bias", ...ramp([2]) },
    { name: "last.weight", ...ramp([1, 2]) },
    { name: "last.bias", ...ramp([1]) },
  ]);
  const record = {
    "0.weight": "first.weight",
    "0.bias": "first.bias",
    "1.weight": "last.weight",
    "1.bias": "last.bias",
  };
  it.each([
    ["a record", record],
    ["a function", (name: string) => name.replace("0.", "first.").replace("1.", "last.")],
  ])("takes other names from %s", (_, names) => {
    const to = model(2, 1);
    loadWeights(to, named, { layout: "torch", names });
    expect(weights(to)["1.weight"]).toEqual([[0], [1]]);
  });

  it("takes other names without the layout of torch, too", () => {
    const to = new Sequential(backend, { inputShape: 2, layers: [dense(1, { useBias: false })] });
    loadWeights(to, writeSafetensors([{ name: "w", ...ramp([2, 1]) }]), { names: { "0.weight": "w" } });
    expect(weights(to)).toEqual({ "0.weight": [[0], [1]] });
  });

  it("reads float16, too", () => {
    const to = new Sequential(backend, { inputShape: 3, layers: [dense(2)] });
    const half = writeSafetensors([
      { name: "0.weight", ...ramp([2, 3]), dtype: "F16" },
      { name: "0.bias", ...ramp([2]) },
    ]);
    loadWeights(to, half, { layout: "torch" });
    expect(weights(to)["0.weight"]).toEqual([
      [0, 3],
      [1, 4],
      [2, 5],
    ]);
  });

  it("lists all that is missing, unexpected or of another shape in one error, and changes nothing", () => {
    const to = model(2, 1);
    const before = weights(to);
    const wrong = writeSafetensors([
      { name: "0.weight", ...ramp([3, 2]) },
      { name: "0.bias", ...ramp([2]) },
      { name: "2.weight", ...ramp([1, 2]) },
      { name: "4.weight", ...ramp([1, 1]) },
    ]);
    expect(() => loadWeights(to, wrong, { layout: "torch" })).toThrow(FormatError);
    expect(() => loadWeights(to, wrong, { layout: "torch" })).toThrow(
      "loadWeights: 0.weight expected [2, 3], got [3, 2]; 2.bias [1] is missing; 4.weight [1, 1] is unexpected",
    );
    expect(weights(to)).toEqual(before);
  });

  it("refuses options that there are not, and names of no tensor", () => {
    const to = model(2, 1);
    expect(() => loadWeights(to, file, { layout: "keras" as never })).toThrow(
      'loadWeights: unknown layout "keras"; known are lanewise, torch',
    );
    expect(() => loadWeights(to, file, { strict: false } as never)).toThrow(ValueError);
    expect(() => loadWeights(to, file, { layout: "torch", names: { "0.wieght": "x" } })).toThrow(
      'loadWeights: names: unknown option "0.wieght"',
    );
  });

  it("does nothing while fit runs", async () => {
    const to = model(2, 1);
    const running = to.fit([[1, 2, 3]], [1], {
      loss: "meanSquaredError",
      epochs: 1,
      onEpochEnd: () => loadWeights(to, file, { layout: "torch" }),
    });
    await expect(running).rejects.toThrow(BusyError);
  });
});

describe("a state_dict whose names have no numbers", () => {
  const linear = (name: string, inputs: number, units: number, begin: number) => [
    { name: `${name}.weight`, ...ramp([units, inputs], begin) },
    { name: `${name}.bias`, ...ramp([units], begin + 100) },
  ];
  const biases = (of: Sequential) =>
    of.parameters.filter(({ name }) => name.endsWith("bias")).map(({ value }) => value.data[0] - 100);
  const sized = (inputs: number, ...units: number[]) =>
    new Sequential(backend, { inputShape: inputs, layers: units.map((count) => dense(count)) });
  /** The beginnings of the biases that each layer has then. */
  const read = (to: Sequential, tensors: Parameters<typeof writeSafetensors>[0], order?: string[]) => {
    loadWeights(to, writeSafetensors(tensors), { layout: "torch", ...(order && { order }) });
    return biases(to);
  };

  it("goes to the layers by its shapes, not by the alphabet", () => {
    const tensors = [...linear("head", 2, 1, 3), ...linear("fc_in", 3, 4, 1), ...linear("hidden", 4, 2, 2)];
    expect(read(sized(3, 4, 2, 1), tensors)).toEqual([1, 2, 3]);
  });

  const square = [...linear("b", 3, 3, 1), ...linear("a", 3, 3, 2), ...linear("z", 3, 1, 3)];
  it("is refused with the orders that the shapes allow, until one is given", () => {
    const to = sized(3, 3, 3, 1);
    const before = weights(to);
    const refused = () => read(to, square);
    expect(refused).toThrow(FormatError);
    expect(refused).toThrow(
      "loadWeights: the shapes of the file allow the modules a,b,z or b,a,z; pass order, the names of the " +
        "modules in the order of the layers",
    );
    expect(weights(to)).toEqual(before);
    expect(read(to, square, ["b", "a", "z"])).toEqual([1, 2, 3]);
    expect(read(to, square, ["a", "b", "z"])).toEqual([2, 1, 3]);
  });

  it("keeps the order of numbers within names that are otherwise alike, and places the rest by shape", () => {
    const tensors = [
      ...linear("out", 3, 1, 4),
      ...linear("net.fc10", 3, 3, 3),
      ...linear("net.fc2", 3, 3, 2),
      ...linear("begin", 2, 3, 1),
    ];
    expect(read(sized(2, 3, 3, 3, 1), tensors)).toEqual([1, 2, 3, 4]);
  });

  it("takes the only order that shapes allow where numbers say another", () => {
    expect(read(sized(2, 3, 1), [...linear("fc1", 3, 1, 2), ...linear("fc2", 2, 3, 1)])).toEqual([1, 2]);
    expect(read(sized(2, 3, 1), [...linear("0", 3, 1, 2), ...linear("2", 2, 3, 1)])).toEqual([1, 2]);
  });

  it("leaves to layers with names what has their names", () => {
    const to = new Sequential(backend, {
      inputShape: 3,
      layers: [dense(3, { name: "b" }), dense(3), dense(1)],
    });
    expect(read(to, square)).toEqual([1, 2, 3]);
  });

  it("takes a module that was saved by itself", () => {
    const [weight, bias] = linear("", 2, 1, 7);
    const tensors = [
      { ...weight, name: "weight" },
      { ...bias, name: "bias" },
    ];
    expect(read(sized(2, 1), tensors)).toEqual([7]);
  });

  it.each<[string, string[] | string, string]>([
    ["too few", ["b"], "expected order to name 3 different modules, one for each layer with weights, got b"],
    ["one twice", ["b", "b", "z"], "expected order to name 3 different modules"],
    ["no list", "b,a,z", 'got "b,a,z"'],
  ])("refuses an order of %s", (_, order, message) => {
    expect(() => read(sized(3, 3, 3, 1), square, order as string[])).toThrow(ValueError);
    expect(() => read(sized(3, 3, 3, 1), square, order as string[])).toThrow(message);
  });

  it("refuses an order without the layout of torch, and with names", () => {
    const file = writeSafetensors(square);
    expect(() => loadWeights(sized(3, 3, 3, 1), file, { order: ["b", "a", "z"] })).toThrow(
      'loadWeights expected layout "torch" with order, got undefined',
    );
    const both = { layout: "torch", order: ["b", "a", "z"], names: {} } as const;
    expect(() => loadWeights(sized(3, 3, 3, 1), file, both)).toThrow("expected order or names, got both");
  });

  it("says what an order that does not fit lacks", () => {
    expect(() => read(sized(3, 3, 3, 1), square, ["z", "a", "b"])).toThrow(
      "z.weight expected [3, 3], got [1, 3]",
    );
    expect(() => read(sized(3, 5), linear("fc", 3, 4, 1))).toThrow(
      /fc\.weight \[4, 3\] is unexpected.*; pass order or names to say which module goes to which layer$/,
    );
  });
});

describe("layers that normalize", () => {
  const normalized = () =>
    new Sequential(backend, {
      inputShape: 3,
      layers: [
        dense(4),
        batchNormalization({ epsilon: 1e-5 }),
        layerNormalization({ center: false }),
        groupNormalization({ groups: 2, name: "gn" }),
      ],
    });

  it("have PyTorch's names", () => {
    expect(shapesIn(torchStateDict(normalized()))).toEqual({
      "0.weight": [4, 3],
      "0.bias": [4],
      "1.weight": [4],
      "1.bias": [4],
      "2.weight": [4],
      "gn.weight": [4],
      "gn.bias": [4],
      "1.running_mean": [4],
      "1.running_var": [4],
    });
  });

  it("come back to the bit, from a file that counts batches too", () => {
    const from = normalized();
    for (const { value } of [...from.parameters, ...from.buffers])
      value.data.set(ramp([value.length], 2).values);
    const { tensors } = parseSafetensors(torchStateDict(from));
    const file = writeSafetensors([
      ...[...tensors.values()].map(({ name, shape, bytes }) => ({
        name,
        shape,
        values: new Float32Array(bytes.slice().buffer),
      })),
      { name: "1.num_batches_tracked", shape: [], values: Float32Array.of(3) },
    ]);
    const to = normalized();
    loadWeights(to, file, { layout: "torch" });
    expect(saveModel(to)).toEqual(saveModel(from));
  });
});

describe("a BatchNorm1d in a state_dict", () => {
  const norm = (name: string, more: Record<string, number[]> = {}) =>
    Object.entries({
      weight: [2, -1],
      bias: [1, 5],
      running_mean: [3, 4],
      running_var: [0.25 - 1e-5, 1 - 1e-5],
      ...more,
    }).map(([tensor, numbers]) => ({
      name: `${name}.${tensor}`,
      shape: [numbers.length],
      values: Float32Array.from(numbers),
    }));
  const count = { name: "bn.num_batches_tracked", shape: [], values: Float32Array.of(7) };
  const identity = { mean: [0, 0], deviation: [1, 1] };
  const model = () => new Sequential(backend, { inputShape: 2, layers: [scaling(identity)] });

  it("is the scaling that it is in evaluation, with PyTorch's epsilon", () => {
    const to = model();
    loadWeights(to, writeSafetensors([...norm("bn"), count]), { layout: "torch" });
    // 2 (x - 3) / 0.5 + 1 and -(x - 4) / 1 + 5
    const [a, b] = to.predict([1, 2]);
    expect(a).toBeCloseTo(-7, 4);
    expect(b).toBeCloseTo(7, 4);
  });

  it("without weight and bias (affine=False) only standardises", () => {
    const to = model();
    const tensors = norm("bn").filter(({ name }) => name.includes("running"));
    loadWeights(to, writeSafetensors(tensors), { layout: "torch" });
    expect(to.predict([4, 6])[0]).toBeCloseTo(2, 4);
  });

  it("with a weight of 0, or next to it, has its bias", () => {
    const to = model();
    loadWeights(to, writeSafetensors(norm("bn", { weight: [0, 1e-42] })), { layout: "torch" });
    expect([...to.predict([1, 2, -300, 1e6])]).toEqual([1, 5, 1, 5]);
  });

  it.each<[string, Record<string, number[]>, string]>([
    ["a variance below 0", { running_var: [1, -2] }, "got weight -1 and running_var -2 at index 1"],
    ["shapes that differ", { bias: [1] }, "expected tensors of one shape, got [2], [2], [2], [1]"],
  ])("is refused with %s", (_, more, message) => {
    const load = () => loadWeights(model(), writeSafetensors(norm("bn", more)), { layout: "torch" });
    expect(load).toThrow(FormatError);
    expect(load).toThrow("loadWeights: bn, a BatchNorm1d, expected");
    expect(load).toThrow(message);
  });
});

describe("loadWeights without a layout", () => {
  const into = (...units: number[]) =>
    new Sequential(backend, { inputShape: 3, layers: units.map((count) => dense(count)) });
  const load = (to: Sequential, file: Uint8Array, options?: Parameters<typeof loadWeights>[2]) => () =>
    loadWeights(to, file, options);
  const hint = 'its names and shapes are those of a state_dict of PyTorch: pass layout: "torch"';
  const linear = (name: string, inputs: number, units: number) => [
    { name: `${name}.weight`, ...ramp([units, inputs]) },
    { name: `${name}.bias`, ...ramp([units]) },
  ];

  it("says that shapes are those of torch", () => {
    expect(load(into(2), writeSafetensors(linear("0", 3, 2)))).toThrow(
      `loadWeights: 0.weight expected [3, 2], got [2, 3]; ${hint}`,
    );
    const names = { "0.weight": "fc.weight", "0.bias": "fc.bias" };
    expect(load(into(2), writeSafetensors(linear("fc", 3, 2)), { names })).toThrow(hint);
  });

  it("says so of square kernels whose names are those of torch", () => {
    expect(load(into(3, 3), writeSafetensors([...linear("0", 3, 3), ...linear("2", 3, 3)]))).toThrow(hint);
    expect(load(into(3, 3), writeSafetensors([...linear("fc1", 3, 3), ...linear("fc2", 3, 3)]))).toThrow(
      hint,
    );
    expect(load(into(3, 3), writeSafetensors([...linear("a", 3, 3), ...linear("b", 3, 3)]))).toThrow(hint);
  });

  it("refuses square kernels that PyTorch wrote, by the metadata, until the layout is said", () => {
    const file = writeSafetensors(linear("0", 3, 3), { format: "pt" });
    const to = into(3);
    expect(load(to, file)).toThrow(
      'loadWeights: its metadata say that PyTorch wrote it: pass layout: "torch", or "lanewise" where',
    );
    load(to, file, { layout: "lanewise" })();
    expect(weights(to)["0.weight"][0]).toEqual([0, 1, 2]);
    load(to, file, { layout: "torch" })();
    expect(weights(to)["0.weight"][0]).toEqual([0, 3, 6]);
  });

  it("says the reverse of a file of lanewise that is taken for one of torch", () => {
    const names = { "0.weight": "w", "0.bias": "b" };
    const file = writeSafetensors([
      { name: "w", ...ramp([3, 2]) },
      { name: "b", ...ramp([2]) },
    ]);
    expect(load(into(2), file, { layout: "torch", names })).toThrow(
      "w expected [2, 3], got [3, 2]; its names and shapes are those of lanewise: leave out layout",
    );
  });

  it("says nothing of torch where that would not fit, either", () => {
    expect(load(into(2), writeSafetensors(linear("0", 3, 5)))).toThrow(
      /^loadWeights: 0\.weight expected \[3, 2\], got \[5, 3\]; 0\.bias expected \[2\], got \[5\]$/,
    );
  });
});

describe('saveModel with dtype "float16"', () => {
  const from = () =>
    new Sequential(backend, {
      inputShape: 64,
      seed: 3,
      layers: [scaling({ mean: Array(64).fill(1e6), deviation: Array(64).fill(1e-6) }), dense(32), dense(10)],
    });

  it("takes half the bytes of the weights, and keeps buffers as they are", async () => {
    const [whole, half] = [saveModel(from()), saveModel(from(), { dtype: "float16" })];
    const count = from().parameterCount;
    expect(whole.length - half.length).toBeGreaterThan(2 * count - 64);
    const again = await loadModel(backend, half);
    expect(again.buffers.map(({ value }) => value.data[0])).toEqual([1e6, Math.fround(1e-6)]);
    const kept = from();
    for (const [i, { value }] of again.parameters.entries()) {
      const before = kept.parameters[i].value.data;
      // 11 bits of precision: half a unit in the last place is 2^-11 of the value, or 2^-25 below 2^-14.
      for (const [j, w] of value.data.entries())
        expect(Math.abs(w - before[j])).toBeLessThanOrEqual(
          Math.max(Math.abs(before[j]) * 2 ** -11, 2 ** -25),
        );
    }
  });

  it("gives the same bytes when what was read is saved again", async () => {
    const half = saveModel(from(), { dtype: "float16" });
    expect(saveModel(await loadModel(backend, half), { dtype: "float16" })).toEqual(half);
  });

  it("refuses weights that would become infinite, and other types", () => {
    const large = from();
    large.parameters[0].value.data[5] = -65_520;
    expect(() => saveModel(large, { dtype: "float16" })).toThrow(
      "saveModel: 1.weight has -65520, more than float16 holds",
    );
    large.parameters[0].value.data[5] = 65_519;
    expect(saveModel(large, { dtype: "float16" }).length).toBeGreaterThan(0);
    expect(() => saveModel(large, { dtype: "int8" as never })).toThrow(ValueError);
  });
});
