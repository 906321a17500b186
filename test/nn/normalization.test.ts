import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  activation,
  add,
  type BatchNormalizationOptions,
  batchNormalization,
  checkGradients,
  createBackendSync,
  dense,
  flatten,
  groupNormalization,
  input,
  type Layer,
  layerNormalization,
  loadModel,
  Model,
  Network,
  rmsNormalization,
  Sequential,
  ShapeError,
  saveModel,
  sgd,
  ValueError,
} from "../../src/index.js";
import { loadModel as loadForInference } from "../../src/inference.js";
import { on, variants } from "../reference/backends.js";
import { expectClose, type LayerCase, layers, type Tensor } from "../reference/golden.js";
import { Random } from "../support/random.js";

/**
 * The layers that normalize, against PyTorch's in float64. PyTorch has the channels before the positions:
 * tensors are turned, and its momentum is what the batch counts.
 */
const golden = {
  ...layers,
  ...(JSON.parse(
    readFileSync(new URL("../golden/normalization.json", import.meta.url), "utf8"),
  ) as typeof layers),
};

/** [batch, channels, ...positions] as [batch, ...positions, channels]. */
function channelsLast({ shape: [batch, channels, ...positions], data }: Tensor): Tensor {
  const count = positions.reduce((size, length) => size * length, 1);
  const turned = new Array<number>(data.length);
  for (let i = 0; i < batch; i++)
    for (let c = 0; c < channels; c++)
      for (let p = 0; p < count; p++)
        turned[(i * count + p) * channels + c] = data[(i * channels + c) * count + p];
  return { shape: [batch, ...positions, channels], data: turned };
}

const numbers = (n: number, seed = 0): Float32Array => new Random(100 * n + seed).floats(n, -2, 2);

const channelsFirst: readonly string[] = [
  "batchNorm2d_train",
  "batchNorm2d_eval",
  "groupNorm_2of6",
  "batchNorm1d_sequence_fourthStep",
];

const ofPyTorch: [name: string, layer: (options: { epsilon: number }) => Layer][] = [
  ["batchNorm1d_train", (options) => batchNormalization({ ...options, momentum: 0.9 })],
  ["batchNorm2d_train", (options) => batchNormalization({ ...options, momentum: 0.9 })],
  ["batchNorm1d_sequence_fourthStep", (options) => batchNormalization({ ...options, momentum: 0.9 })],
  ["layerNorm", (options) => layerNormalization(options)],
  ["layerNorm_sequence", (options) => layerNormalization(options)],
  ["layerNorm_lastTwo", (options) => layerNormalization({ ...options, axis: [-2, -1] })],
  ["groupNorm_2of6", (options) => groupNormalization({ ...options, groups: 2 })],
  ["rmsNorm", (options) => rmsNormalization(options)],
];

describe.each(variants)("normalization on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));

  /** A model of the layer with PyTorch's parameters, and its case with the channels last. */
  function modelOf(name: string, make: (options: { epsilon: number }) => Layer) {
    const known = golden[name] as LayerCase & {
      readonly config: { readonly eps: number };
      readonly buffersAfter: Readonly<Record<string, Tensor>>;
    };
    const turn = channelsFirst.includes(name) ? channelsLast : (tensor: Tensor) => tensor;
    const [x, y, upstream, dx] = [known.inputs[0], known.y, known.upstream, known.dInputs[0]].map(turn);
    const [batch, ...inputShape] = x.shape;
    const layer = make({ epsilon: known.config.eps });
    const model = new Network(backend, { inputShape, layers: [layer] });
    for (const { name, value } of [...model.parameters, ...model.buffers]) {
      if (name === "0.gamma") value.set(known.params.weight.data);
      if (name === "0.beta") value.set(known.params.bias.data);
    }
    const matrix = ({ data }: Tensor) => backend.matrix(batch, data.length / batch, data);
    return { known, model, x: matrix(x), y, upstream: matrix(upstream), dx };
  }

  it.each(ofPyTorch)("is PyTorch's %s, forward and backward", (name, make) => {
    const { known, model, x, y, upstream, dx } = modelOf(name, make);
    expectClose("y", model.forward(x, { training: true }).data, y.data, 2e-6, 2e-6);
    expectClose("dx", model.backward(upstream, { inputGradient: true })?.data ?? [], dx.data, 2e-6, 2e-6);
    for (const { name, gradient } of model.parameters) {
      const { data } = known.dParams[name === "0.gamma" ? "weight" : "bias"];
      expectClose(name, gradient.data, data, 1e-5, 5e-6);
    }
    expect(model.parameters).toHaveLength(Object.keys(known.params).length);
    model.dispose();
  });

  it.each(["batchNorm1d_train", "batchNorm2d_train"])(
    "the running statistics after a step are those of PyTorch's %s",
    (name) => {
      const { known, model, x } = modelOf(name, (options) =>
        batchNormalization({ ...options, momentum: 0.9 }),
      );
      model.forward(x, { training: true });
      expect(model.buffers.map(({ name }) => name)).toEqual(["0.movingMean", "0.movingVariance"]);
      const [mean, variance] = model.buffers;
      expectClose("mean", mean.value.data, known.buffersAfter.running_mean.data, 1e-6, 1e-6);
      expectClose("variance", variance.value.data, known.buffersAfter.running_var.data, 1e-6, 1e-6);
      model.dispose();
    },
  );

  it("predicting is PyTorch's batchNorm2d_eval, and so is training of a layer that is not trainable", () => {
    for (const trainable of [true, false]) {
      const { known, model, x, y, upstream, dx } = modelOf("batchNorm2d_eval", (options) =>
        batchNormalization({ ...options, trainable }),
      );
      for (const { name, value } of model.buffers) {
        if (name === "0.movingMean") value.set(known.buffersAfter.running_mean.data);
        if (name === "0.movingVariance") value.set(known.buffersAfter.running_var.data);
      }
      expectClose("y", model.predict(x.data.slice()), y.data, 2e-6, 2e-6);
      if (trainable) continue;
      const before = model.buffers.map(({ value }) => value.toArray());
      expect(model.parameters).toEqual([]);
      expectClose("y in training", model.forward(x, { training: true }).data, y.data, 2e-6, 2e-6);
      expectClose("dx", model.backward(upstream, { inputGradient: true })?.data ?? [], dx.data, 2e-6, 2e-6);
      expect(model.buffers.map(({ value }) => value.toArray())).toEqual(before);
    }
  });

  const kinds: [string, number | number[], () => Layer][] = [
    ["batchNormalization of features", 5, () => batchNormalization()],
    ["batchNormalization of one channel", [3, 1], () => batchNormalization({ momentum: 0.5 })],
    ["batchNormalization of positions", [2, 3, 4], () => batchNormalization()],
    ["batchNormalization without scale", [2, 5], () => batchNormalization({ scale: false })],
    ["batchNormalization without center", [2, 5], () => batchNormalization({ center: false })],
    ["layerNormalization", 6, () => layerNormalization()],
    ["layerNormalization of positions", [3, 5], () => layerNormalization()],
    ["layerNormalization of all axes", [3, 5], () => layerNormalization({ axis: [1, 2] })],
    [
      "layerNormalization without scale and center",
      [3, 5],
      () => layerNormalization({ scale: false, center: false }),
    ],
    ["rmsNormalization", [3, 5], () => rmsNormalization()],
    ["rmsNormalization without scale", 7, () => rmsNormalization({ scale: false })],
    ["groupNormalization", [2, 3, 6], () => groupNormalization({ groups: 3 })],
    ["groupNormalization of one group", [4, 6], () => groupNormalization({ groups: 1 })],
    ["groupNormalization of each channel", [4, 6], () => groupNormalization({ groups: 6 })],
    ["groupNormalization of features", 10, () => groupNormalization({ groups: 2, scale: false })],
  ];

  it.each(kinds)("%s: its gradients, first layer and hidden", (_, inputShape, make) => {
    const layers = [make(), activation("tanh"), flatten(), dense(6), batchNormalization(), dense(2)];
    using model = new Sequential(backend, { inputShape, seed: 5, layers });
    for (const [i, { value }] of model.parameters.entries()) value.set(numbers(value.length, i));
    const rows = 7;
    const [x, y] = [numbers(rows * model.inputSize), numbers(rows * 2)];
    const before = [saveModel(model), model.life];
    for (const check of checkGradients(model, x, y, { loss: "meanSquaredError" }))
      expect(check.relativeError, check.name).toBeLessThan(3e-3);
    expect([saveModel(model), model.life]).toEqual(before);
  });

  it.each(kinds)("%s: comes back from a file to the bit, for inference too", async (_, inputShape, make) => {
    using model = new Sequential(backend, { inputShape, seed: 3, layers: [make(), flatten(), dense(2)] });
    const samples = (seed: number) => [numbers(8 * model.inputSize, seed), numbers(16, seed)] as const;
    const options = { loss: "meanSquaredError", epochs: 2, batchSize: 4 } as const;
    await model.fit(...samples(1), { ...options, optimizer: sgd() });
    const file = saveModel(model);
    using again = await loadModel(backend, file);
    expect(saveModel(again)).toEqual(file);
    expect(await again.weightsDigest()).toBe(await model.weightsDigest());
    const x = numbers(3 * model.inputSize);
    expect(again.predict(x)).toEqual(model.predict(x));
    using running = await loadForInference(backend, file);
    expect(running.predict(x)).toEqual(model.predict(x));
    const more = samples(2);
    await Promise.all([model, again].map((each) => each.fit(...more, { ...options, optimizer: sgd() })));
    expect(saveModel(again)).toEqual(saveModel(model));
  });

  it.each(kinds)("%s: a prediction has the same bits alone and in a batch", (_, inputShape, make) => {
    using model = new Sequential(backend, { inputShape, layers: [make()] });
    const size = model.inputSize;
    const x = numbers(13 * size);
    const y = model.predict(x);
    for (let i = 0; i < 13; i++)
      expect(model.predict(x.subarray(i * size, (i + 1) * size))).toEqual(
        y.subarray(i * size, (i + 1) * size),
      );
  });

  it.each(kinds.filter(([name]) => !name.startsWith("batch")))(
    "%s: in training a sample has the same bits alone and in a batch, back too",
    (_, inputShape, make) => {
      using model = new Network(backend, { inputShape, layers: [make()] });
      const size = model.inputSize;
      const [x, d] = [numbers(13 * size), numbers(13 * size, 1)];
      const of = (from: number, rows: number) => {
        const part = (values: Float32Array) =>
          backend.matrix(rows, size, values.subarray(from * size, (from + rows) * size));
        const y = model.forward(part(x), { training: true }).data.slice();
        return [y, model.backward(part(d), { inputGradient: true })?.data.slice() ?? new Float32Array()];
      };
      const together = of(0, 13);
      for (let i = 0; i < 13; i++)
        of(i, 1).forEach((alone, j) => {
          expect(alone).toEqual(together[j].subarray(i * size, (i + 1) * size));
        });
    },
  );

  it.each(kinds)("%s: its gradients add to those that are there", (_, inputShape, make) => {
    using model = new Network(backend, { inputShape, layers: [make()] });
    const size = model.inputSize;
    const [x, d] = [numbers(6 * size), numbers(6 * size, 1)];
    const back = () => {
      model.forward(backend.matrix(6, size, x), { training: true });
      model.backward(backend.matrix(6, size, d));
      return model.parameters.map(({ gradient }) => gradient.data.slice());
    };
    const once = back();
    expect(back()).toEqual(once.map((gradient) => gradient.map((value) => 2 * value)));
  });

  it("training allocates no linear memory in a step", () => {
    const layers = kinds.slice(11).map(([, , make]) => make());
    using model = new Network(backend, {
      inputShape: [4, 6],
      layers: [batchNormalization(), layerNormalization(), ...layers.slice(1, 3), flatten(), dense(2)],
    });
    const optimizer = sgd({ learningRate: 1e-4 }).attach(model);
    const [x, d] = [backend.matrix(6, 24, numbers(144)), backend.matrix(6, 2, numbers(12))];
    const step = () => {
      model.zeroGradients();
      model.forward(x, { training: true });
      model.backward(d);
      optimizer.step();
    };
    step();
    const before = backend.memory;
    for (let i = 0; i < 20; i++) step();
    expect(backend.memory).toEqual(before);
  });

  it("an empty batch has gradients of 0, and moves no statistics", () => {
    for (const make of [batchNormalization, layerNormalization, rmsNormalization]) {
      using model = new Network(backend, { inputShape: 3, layers: [make()] });
      const before = model.buffers.map(({ value }) => value.toArray());
      model.forward(backend.matrix(0, 3), { training: true });
      model.backward(backend.matrix(0, 3));
      for (const { gradient } of model.parameters) expect([...gradient.data]).toEqual([0, 0, 0]);
      expect(model.buffers.map(({ value }) => value.toArray())).toEqual(before);
    }
  });
});

const backend = createBackendSync();

describe("batchNormalization", () => {
  const one = (options: BatchNormalizationOptions = {}, inputShape: number | number[] = 2) =>
    new Network(backend, { inputShape, layers: [batchNormalization(options)] });
  const statistics = (model: Pick<Network, "buffers">): number[][] =>
    model.buffers.map(({ value }) => [...value.data]);

  it("begins with running statistics of 0 and 1: it predicts nearly what comes", () => {
    using model = one({ epsilon: 1e-6 });
    expect(statistics(model)).toEqual([
      [0, 0],
      [1, 1],
    ]);
    expectClose("y", model.predict([[3, -4]]), [3, -4], 0, 1e-6);
  });

  it("of one row gives beta, and the variance that moves is 0", () => {
    using model = one({ momentum: 0.5 });
    model.parameters[1].value.set([7, 8]);
    expect([...model.forward([[3, -4]], { training: true }).data]).toEqual([7, 8]);
    expect(statistics(model)).toEqual([
      [1.5, -2],
      [0.5, 0.5],
    ]);
  });

  it("moves its statistics in each forward for training, and in no other", () => {
    using model = one({ momentum: 0.5 });
    const x = [
      [1, 4],
      [3, 8],
    ];
    model.predict(x);
    model.forward(x);
    expect(statistics(model)).toEqual([
      [0, 0],
      [1, 1],
    ]);
    const y = model.forward(x, { training: true });
    expect(statistics(model)).toEqual([
      [1, 3],
      [1.5, 4.5],
    ]);
    model.backward(backend.matrix(2, 2, y.data.slice()));
    expect(statistics(model)).toEqual([
      [1, 3],
      [1.5, 4.5],
    ]);
  });

  it("keeps statistics that would not be finite as they are", () => {
    using model = one({ momentum: 0.5 });
    model.forward(
      [
        [Number.POSITIVE_INFINITY, 2],
        [1, 4],
      ],
      { training: true },
    );
    expect(statistics(model)).toEqual([
      [0, 1.5],
      [1, 1.5],
    ]);
    // A variance of more than float32 holds.
    model.forward(
      [
        [-3e38, 2],
        [3e38, 4],
      ],
      { training: true },
    );
    expect(statistics(model)).toEqual([
      [0, 2.25],
      [1, 1.75],
    ]);
  });

  it("that is used twice moves one pair of statistics twice, in the order of its uses", () => {
    const x = input(1);
    const layer = batchNormalization({ momentum: 0.5, name: "norm" });
    using model = new Model(backend, {
      inputs: x,
      outputs: add(layer.apply(x), layer.apply(layer.apply(x))),
    });
    model.forward([[1], [3]], { training: true });
    expect(model.buffers.map(({ name }) => name)).toEqual(["norm.movingMean", "norm.movingVariance"]);
    // First use: the mean 2, the variance 2. Twice of what has a mean of 0 and a variance of nearly 2.
    const [mean] = statistics(model);
    expect(mean[0]).not.toBe(1);
  });
});

const of = (inputShape: number | number[], layer: Layer) =>
  new Sequential(backend, { inputShape, layers: [layer] });

it.each<[string, () => unknown, string]>([
  [
    "an unknown option",
    () => batchNormalization({ axis: 1 } as object),
    "batchNormalization: unknown option",
  ],
  ["a beta of rms", () => rmsNormalization({ center: true } as object), "rmsNormalization: unknown option"],
  [
    "a momentum above 1",
    () => batchNormalization({ momentum: 1.5 }),
    "expected momentum to be a finite number",
  ],
  ["an epsilon of 0", () => layerNormalization({ epsilon: 0 }), "layerNormalization expected epsilon"],
  [
    "a word for scale",
    () => groupNormalization({ scale: "yes" as never }),
    "groupNormalization expected scale",
  ],
  [
    "a negative penalty",
    () => batchNormalization({ gammaRegularizer: { l2: -1 } }),
    "batchNormalization: gammaRegularizer expected l2",
  ],
  [
    "no axis",
    () => layerNormalization({ axis: [] }),
    "layerNormalization expected axis to be an integer or a list of them, got an array of length 0",
  ],
  [
    "an axis that is not the last",
    () => of([2, 3], layerNormalization({ axis: 1 })),
    "layerNormalization expected axis to be the last axes, -1, or -2 and -1 and so on, of [batch, 2, 3], got [1]",
  ],
  ["an axis twice", () => of([2, 3], rmsNormalization({ axis: [-1, 2] })), "got [-1, 2]"],
  ["the axis of the batch", () => of([2, 3], layerNormalization({ axis: [0, 1, 2] })), "got [0, 1, 2]"],
  ["no groups", () => groupNormalization({ groups: 0 }), "groupNormalization expected groups"],
])("%s is refused", (_, make, message) => {
  expect(make).toThrow(ValueError);
  expect(make).toThrow(message);
});

it("groups that do not divide the channels are refused, with the layer's name", () => {
  const make = () => of([2, 6], groupNormalization({ groups: 4, name: "norm" }));
  expect(make).toThrow(ShapeError);
  expect(make).toThrow("groupNormalization expected groups that divide the channels of [batch, 2, 6], got 4");
});

it.each<[string, Layer, string[]]>([
  ["both", batchNormalization(), ["0.gamma", "0.beta"]],
  ["no factors", layerNormalization({ scale: false }), ["0.beta"]],
  ["no summands", groupNormalization({ groups: 2, center: false }), ["0.gamma"]],
  ["neither", batchNormalization({ scale: false, center: false }), []],
  ["no summands of rms", rmsNormalization(), ["0.gamma"]],
])("learns %s", (_, layer, names) => {
  expect(of(4, layer).parameters.map(({ name }) => name)).toEqual(names);
});

it("axes may be given from the front and from the end", () => {
  const shapes = [-1, 3, [-1], [2, 3], [-1, -2], [1, 2, 3]].map(
    (axis) => of([2, 3, 4], layerNormalization({ axis })).parameters[0].value.length,
  );
  expect(shapes).toEqual([4, 4, 4, 12, 12, 24]);
});

it("layers say what they normalize", () => {
  const summary = new Sequential(backend, {
    inputShape: [3, 8],
    layers: [
      batchNormalization(),
      layerNormalization({ axis: [-2, -1] }),
      rmsNormalization(),
      groupNormalization({ groups: 4 }),
    ],
  }).summary();
  for (const label of [
    "batchNormalization(8)",
    "layerNormalization(3 x 8)",
    "rmsNormalization(8)",
    "groupNormalization(4 groups of 8)",
  ])
    expect(summary).toContain(label);
});
