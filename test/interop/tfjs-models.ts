import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import type { Layer, Model } from "../../src/index.js";
import { Random } from "../support/random.js";
import { backend, lanewise } from "./library.js";

/** Models of images, sequences and branches: ours, which go to TensorFlow.js, and theirs. */

export interface Named<M> {
  readonly name: string;
  readonly model: M;
  /** Of models that take whole numbers: how many there are, of which 0 is padding. */
  readonly words?: number;
}

const random = new Random(11);

/** Weights that are none of the first ones, and statistics that a training could have left. */
function filled(model: Model): Model {
  for (const { value } of model.parameters) value.set(random.floats(value.length, -0.5, 0.5));
  for (const { name, value } of model.buffers)
    if (name.includes(".moving")) value.set(random.floats(value.length, 0.5, 2));
  return model;
}

const row = (name: string, inputShape: readonly number[], ...layers: Layer[]): Named<Model> => ({
  name,
  model: filled(new lanewise.Sequential(backend, { inputShape, layers })),
});

/** The layers that lanewise and TensorFlow.js have, or that go there as several. */
export function ourModels(): Named<Model>[] {
  const l = lanewise;
  const image = [9, 8, 4];
  const hard = { recurrentActivation: "hardSigmoid", slope: 0.2 } as const;
  const lenet = row(
    "LeNet",
    [28, 28, 1],
    l.conv2d(6, 5, { padding: "same", activation: "tanh" }),
    l.averagePool2d(),
    l.conv2d(16, 5, { activation: "tanh" }),
    l.averagePool2d(),
    l.flatten(),
    l.dense(120, { activation: "tanh" }),
    l.dense(84, { activation: "tanh" }),
    l.dense(10, { activation: "softmax" }),
  );
  const rows = [
    row("conv2d", image, l.conv2d(5, [3, 2], { strides: [2, 1], padding: "same", activation: "relu" })),
    row("conv2d, dilation", image, l.conv2d(5, 3, { dilation: 2, padding: "same", useBias: false })),
    row("conv2d, padding in numbers", image, l.conv2d(5, 3, { strides: 2, padding: [1, 2] })),
    row("conv2d, padding that is same", image, l.conv2d(5, 3, { padding: 1, activation: "leakyRelu" })),
    row("conv2d, a group a channel", image, l.conv2d(8, 3, { groups: 4, activation: "hardSigmoid" })),
    row("conv1d", [9, 4], l.conv1d(5, 3, { strides: 2, padding: "same", activation: "silu" })),
    row("conv1d, causal", [9, 4], l.conv1d(5, 3, { padding: "causal", dilation: 2 })),
    row("conv1d, padding in numbers", [9, 4], l.conv1d(5, 3, { padding: [2, 0], strides: 2 })),
    row("depthwiseConv2d", image, l.depthwiseConv2d(3, { depthMultiplier: 2, padding: "same" })),
    row("depthwiseConv2d, padding in numbers", image, l.depthwiseConv2d(3, { strides: 2, padding: 1 })),
    row("separableConv2d", image, l.separableConv2d(5, 3, { padding: "same", activation: "gelu" })),
    row("separableConv2d, dilation", image, l.separableConv2d(5, 3, { dilation: 2, depthMultiplier: 2 })),
    row("conv2dTranspose", image, l.conv2dTranspose(5, 3, { strides: 2, padding: "same" })),
    row("conv2dTranspose, valid", image, l.conv2dTranspose(5, [2, 3], { strides: [3, 2] })),
    row(
      "conv2dTranspose, padding in numbers",
      image,
      l.conv2dTranspose(5, 4, { strides: 2, padding: 1, outputPadding: 1, activation: "relu" }),
    ),
    row("maxPool2d", image, l.maxPool2d({ poolSize: 3, strides: 2, padding: "same" })),
    row("averagePool2d", image, l.averagePool2d({ poolSize: [2, 3], strides: [2, 1], padding: "same" })),
    row(
      "averagePool2d that counts its padding",
      image,
      l.averagePool2d({ poolSize: 3, strides: 2, padding: 1, countPadding: true }),
    ),
    row(
      "pools of sequences",
      [9, 4],
      l.maxPool1d(),
      l.averagePool1d({ poolSize: 3, strides: 1, padding: "same" }),
    ),
    row("globalMaxPool2d", image, l.globalMaxPool2d()),
    row("globalAveragePool2d that keeps axes", image, l.globalAveragePool2d({ keepDims: true })),
    row("globalMaxPool1d", [9, 4], l.globalMaxPool1d()),
    row("globalAveragePool1d", [9, 4], l.globalAveragePool1d()),
    row("upSampling2d", image, l.upSampling2d({ size: [2, 3] })),
    row("upSampling1d", [9, 4], l.upSampling1d({ size: 3 })),
    row("resizing by whole factors", image, l.resizing({ height: 18, width: 8, interpolation: "nearest" })),
    row(
      "zeroPadding2d, cropping2d",
      image,
      l.zeroPadding2d({
        padding: [
          [1, 2],
          [0, 3],
        ],
      }),
      l.cropping2d({
        cropping: [
          [2, 0],
          [1, 1],
        ],
      }),
    ),
    row(
      "zeroPadding1d, cropping1d",
      [9, 4],
      l.zeroPadding1d({ padding: [1, 2] }),
      l.cropping1d({ cropping: [0, 3] }),
    ),
    row("permute, reshape", image, l.permute([3, 1, 2]), l.reshape([8, 36]), l.dense(3)),
    row(
      "batchNormalization",
      image,
      l.batchNormalization({ epsilon: 0.01, momentum: 0.8 }),
      l.activation("relu"),
    ),
    row("batchNormalization without factors", image, l.batchNormalization({ scale: false, center: false })),
    row("batchNormalization of a row", [6], l.batchNormalization(), l.dense(3)),
    row("layerNormalization", image, l.layerNormalization({ epsilon: 0.01 })),
    row("layerNormalization over all axes", image, l.layerNormalization({ axis: [1, 2, 3] })),
    row(
      "scaling of channels",
      [2, 2, 2],
      l.scaling({ mean: [1, 2, 1, 2, 1, 2, 1, 2], deviation: [2, 4, 2, 4, 2, 4, 2, 4] }),
    ),
    row("scaling of elements", [2, 2], l.scaling({ mean: [1, 2, 3, 4], deviation: [2, 4, 6, 8] })),
    row("dropout of channels", image, l.spatialDropout2d(0.5), l.conv2d(3, 1)),
    row("dropout of channels of sequences", [9, 4], l.spatialDropout1d(0.5), l.conv1d(3, 1)),
    row("prelu of channels", image, l.prelu({ sharedAxes: [1, 2] })),
    row("simpleRnn", [9, 4], l.simpleRnn(5, { activation: "relu" })),
    row("lstm", [9, 4], l.lstm(6, { returnSequences: true }), l.lstm(5, { reverse: true, useBias: false })),
    row(
      "bidirectional",
      [9, 4],
      l.bidirectional(l.lstm(6, { returnSequences: true })),
      l.bidirectional(l.simpleRnn(5, { returnSequences: true }), { merge: "multiply" }),
      l.bidirectional(l.lstm(5), { merge: "average" }),
    ),
    row(
      "gru with the reset gate before",
      [9, 4],
      l.gru(6, { resetAfter: false, returnSequences: true }),
      l.bidirectional(l.gru(5, { resetAfter: false, ...hard })),
    ),
    row("lstm with hard gates", [9, 4], l.lstm(6, { ...hard, returnSequences: true }), l.lstm(5, hard)),
    {
      ...row("embedding", [9], l.embedding(7, 4), l.layerNormalization(), l.globalAveragePool1d()),
      words: 7,
    },
    {
      ...row(
        "embedding with padding",
        [9],
        l.embedding(7, 4, { paddingIndex: 0 }),
        l.dense(5, { activation: "tanh" }),
        l.bidirectional(l.lstm(4, { returnSequences: true }), { merge: "sum" }),
        l.gru(3, { resetAfter: false }),
        l.dense(2),
      ),
      words: 7,
    },
    row("masking", [9, 4], l.masking({ value: 2 }), l.lstm(4)),
    row("a step of states", [9, 4], l.lstm(6, { returnSequences: true }), l.timeStep(3), l.dense(2)),
  ];
  return [...rows, lenet, branches(), residual(), mobile(), unet(), twoHeads()];
}

/** Every join, a layer that is used twice, and a part of the channels. */
function branches(): Named<Model> {
  const l = lanewise;
  const x = l.input([6, 5, 4]);
  const shared = l.conv2d(4, 3, { padding: "same", activation: "relu" });
  const [a, b] = [shared.apply(x), shared.apply(shared.apply(x))];
  const parts = [l.add(a, b, x), l.subtract(a, b), l.multiply(a, b), l.average(a, x), l.slice(b, 1, 3)];
  const outputs = l.dense(3).apply(l.scale(l.concatenate(parts), 0.5));
  return {
    name: "joins, a shared layer, a slice",
    model: filled(new l.Model(backend, { inputs: x, outputs })),
  };
}

function residual(): Named<Model> {
  const l = lanewise;
  const x = l.input([12, 12, 3]);
  const norm = () => l.batchNormalization();
  let h = l
    .activation("relu")
    .apply(norm().apply(l.conv2d(8, 3, { padding: "same", useBias: false }).apply(x)));
  for (const strides of [1, 2]) {
    const filters = 8 * strides;
    const first = norm().apply(l.conv2d(filters, 3, { strides, padding: "same", useBias: false }).apply(h));
    const second = l
      .conv2d(filters, 3, { padding: "same", useBias: false })
      .apply(l.activation("relu").apply(first));
    const skip = strides === 1 ? h : norm().apply(l.conv2d(filters, 1, { strides, useBias: false }).apply(h));
    h = l.activation("relu").apply(l.add(norm().apply(second), skip));
  }
  const outputs = l.dense(10).apply(l.globalAveragePool2d().apply(h));
  return { name: "a residual net", model: filled(new l.Model(backend, { inputs: x, outputs })) };
}

/** Inverted bottlenecks with a gate of one pixel a channel. */
function mobile(): Named<Model> {
  const l = lanewise;
  const x = l.input([16, 16, 3]);
  let h = l
    .activation("relu6")
    .apply(l.conv2d(8, 3, { strides: 2, padding: "same", useBias: false }).apply(x));
  for (const strides of [1, 2]) {
    const wide = l.conv2d(24, 1, { activation: "relu6" }).apply(h);
    const deep = l
      .batchNormalization()
      .apply(l.depthwiseConv2d(3, { strides, padding: "same", useBias: false }).apply(wide));
    const pooled = l.globalAveragePool2d({ keepDims: true }).apply(deep);
    const gate = l
      .conv2d(24, 1, { activation: "sigmoid" })
      .apply(l.conv2d(6, 1, { activation: "relu" }).apply(pooled));
    const gated = l.multiply(deep, l.upSampling2d({ size: [8 / strides, 8 / strides] }).apply(gate));
    const narrow = l.conv2d(8, 1).apply(gated);
    h = strides === 1 ? l.add(h, narrow) : narrow;
  }
  const outputs = l.dense(10, { activation: "softmax" }).apply(l.globalAveragePool2d().apply(h));
  return { name: "a mobile net", model: filled(new l.Model(backend, { inputs: x, outputs })) };
}

function unet(): Named<Model> {
  const l = lanewise;
  const x = l.input([16, 16, 2]);
  const block = (filters: number, h: typeof x) =>
    l.conv2d(filters, 3, { padding: "same", activation: "relu" }).apply(h);
  const a = block(6, x);
  const b = block(12, l.maxPool2d().apply(a));
  const c = block(24, l.maxPool2d().apply(b));
  const up = l.conv2dTranspose(12, 2, { strides: 2 }).apply(c);
  const d = block(12, l.concatenate(up, b));
  const e = block(6, l.concatenate(l.upSampling2d().apply(d), a));
  const outputs = l.conv2d(1, 1, { activation: "sigmoid" }).apply(e);
  return { name: "a U-net", model: filled(new l.Model(backend, { inputs: x, outputs })) };
}

/** Two inputs and two outputs, by their names. */
function twoHeads(): Named<Model> {
  const l = lanewise;
  const [image, table] = [l.input([6, 6, 2], { name: "image" }), l.input(3, { name: "table" })];
  const seen = l.flatten().apply(l.conv2d(3, 3, { activation: "relu" }).apply(image));
  const all = l.concatenate(seen, l.dense(4).apply(table));
  const outputs = [
    l.dense(3, { name: "kind", activation: "softmax" }).apply(all),
    l.dense(1, { name: "price" }).apply(all),
  ];
  return {
    name: "two inputs and two outputs",
    model: filled(new l.Model(backend, { inputs: [image, table], outputs }) as unknown as Model),
  };
}

type Tfjs = typeof import("@tensorflow/tfjs-layers");
type Core = typeof import("@tensorflow/tfjs-core");

/** What TensorFlow.js builds, with weights of another seed in place of the first ones. */
export function theirModels(core: Core, tf: Tfjs): Named<LayersModel>[] {
  const { layers: k } = tf;
  const seeded = new Random(17);
  const ready = (name: string, model: LayersModel): Named<LayersModel> => {
    model.setWeights(
      model.getWeights().map((tensor, i) => {
        const isVariance = model.weights[i].name.includes("variance");
        const [least, most] = isVariance ? [0.5, 2] : [-0.5, 0.5];
        return core.tensor(seeded.floats(tensor.size, least, most), tensor.shape);
      }),
    );
    return { name, model };
  };
  const apply = (layer: { apply(x: never): unknown }, x: SymbolicTensor | SymbolicTensor[]) =>
    layer.apply(x as never) as SymbolicTensor;
  const row = (
    name: string,
    inputShape: number[],
    ...layers: Parameters<ReturnType<Tfjs["sequential"]>["add"]>[0][]
  ) => {
    const model = tf.sequential();
    model.add(k.inputLayer({ inputShape }));
    for (const layer of layers) model.add(layer);
    return ready(name, model);
  };
  const image = [9, 8, 4];
  const models = [
    row(
      "convolutions",
      image,
      k.conv2d({ filters: 6, kernelSize: [3, 2], strides: 2, padding: "same", activation: "relu" }),
      k.conv2d({ filters: 6, kernelSize: 2, dilationRate: 2, useBias: false, padding: "same" }),
      k.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 2, padding: "same", activation: "elu" }),
      k.separableConv2d({ filters: 5, kernelSize: 3, padding: "same", depthMultiplier: 2 }),
      k.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: "same" }),
      k.conv2dTranspose({ filters: 3, kernelSize: 2, strides: 3 }),
      k.globalMaxPooling2d({}),
    ),
    row(
      "channels first",
      [4, 9, 8],
      k.conv2d({ filters: 6, kernelSize: 3, padding: "same", dataFormat: "channelsFirst" }),
      k.maxPooling2d({ poolSize: 2, dataFormat: "channelsFirst" }),
      k.conv2d({ filters: 5, kernelSize: 2, activation: "relu", dataFormat: "channelsFirst" }),
      k.flatten({ dataFormat: "channelsFirst" }),
      k.dense({ units: 3 }),
    ),
    row(
      "pools and sizes",
      image,
      k.zeroPadding2d({
        padding: [
          [1, 0],
          [0, 2],
        ],
      }),
      k.maxPooling2d({ poolSize: 3, strides: 2, padding: "same" }),
      k.averagePooling2d({ poolSize: [2, 3], strides: 1, padding: "same" }),
      k.upSampling2d({ size: [2, 3] }),
      k.cropping2D({
        cropping: [
          [1, 0],
          [2, 1],
        ],
      }),
      k.permute({ dims: [2, 1, 3] }),
      k.globalAveragePooling2d({}),
    ),
    row(
      "sequences",
      [9, 4],
      k.conv1d({ filters: 5, kernelSize: 3, padding: "same", activation: "tanh" }),
      k.maxPooling1d({ poolSize: 2 }),
      k.spatialDropout1d({ rate: 0.5 }),
      k.averagePooling1d({ poolSize: 2, strides: 1, padding: "same" }),
      k.batchNormalization({ center: false }),
      k.globalAveragePooling1d(),
    ),
    row(
      "recurrent layers",
      [9, 4],
      k.lstm({
        units: 6,
        recurrentActivation: "sigmoid",
        recurrentInitializer: "glorotUniform",
        returnSequences: true,
      }),
      k.bidirectional({
        layer: k.lstm({
          units: 5,
          recurrentActivation: "sigmoid",
          recurrentInitializer: "glorotUniform",
          returnSequences: true,
        }) as never,
        mergeMode: "sum",
      }),
      k.timeDistributed({ layer: k.dense({ units: 3, activation: "relu" }) as never }),
      k.simpleRNN({ units: 4, recurrentInitializer: "glorotUniform", goBackwards: true }),
    ),
    row(
      "normalizations",
      image,
      k.batchNormalization({ epsilon: 0.01, scale: false }),
      k.layerNormalization({ epsilon: 0.01 }),
      k.prelu({ sharedAxes: [1, 2] }),
      k.layerNormalization({ axis: [1, 2, 3], center: false }),
      k.reshape({ targetShape: [9, 32] }),
      k.softmax({ axis: 2 }),
    ),
    row(
      "rescaling of images",
      image,
      k.rescaling({ scale: 1 / 255, offset: -1 }),
      k.conv2d({ filters: 2, kernelSize: 1 }),
    ),
  ];

  const x = tf.input({ shape: [6, 5, 4] });
  const shared = k.conv2d({ filters: 4, kernelSize: 3, padding: "same", activation: "relu" });
  const [a, b] = [apply(shared, x), apply(shared, apply(shared, x))];
  const inner = tf.sequential({
    layers: [k.conv2d({ filters: 4, kernelSize: 1, inputShape: [6, 5, 4] }), k.reLU()],
  });
  const own = tf.input({ shape: [6, 5, 4] });
  const twice = tf.model({
    inputs: own,
    outputs: [
      apply(k.conv2d({ filters: 4, kernelSize: 1 }), own),
      apply(k.maxPooling2d({ poolSize: 2 }), own),
    ],
  });
  const [first, second] = twice.apply(a) as SymbolicTensor[];
  const joined = [
    apply(k.add(), [a, b, x]),
    apply(k.multiply(), [a, b]),
    apply(k.average(), [apply(inner, a), apply(inner, b)]),
    first,
    apply(
      k.upSampling2d({ size: [2, 2] }),
      apply(
        k.zeroPadding2d({
          padding: [
            [0, 0],
            [0, 0],
          ],
        }),
        second,
      ),
    ),
  ];
  const recurrentInitializer = "glorotUniform";
  const gates = { recurrentInitializer, returnSequences: true } as const;
  models.push(
    row(
      "recurrent layers of the defaults, both directions",
      [9, 4],
      k.gru({ units: 6, ...gates }),
      k.lstm({ units: 5, ...gates }),
      k.bidirectional({
        layer: k.gru({ units: 4, recurrentInitializer }) as never,
        mergeMode: "concat",
      }),
    ),
    {
      ...row(
        "embedding with maskZero",
        [9],
        k.embedding({ inputDim: 7, outputDim: 4, maskZero: true }),
        k.layerNormalization(),
        k.gru({ units: 5, recurrentInitializer, recurrentActivation: "sigmoid" }),
        k.dense({ units: 2 }),
      ),
      words: 7,
    },
    row("masking", [9, 4], k.masking({ maskValue: 2 }), k.lstm({ units: 4, recurrentInitializer })),
  );
  const cropped = apply(
    k.zeroPadding2d({
      padding: [
        [0, 0],
        [0, 1],
      ],
    }),
    joined[4],
  );
  const all = apply(k.concatenate(), [...joined.slice(0, 4), cropped]);
  const wide = apply(k.concatenate({ axis: 1 }), [all, apply(k.reLU(), all)]);
  models.push(
    ready(
      "joins, shared layers, models within the model, two outputs",
      tf.model({
        inputs: x,
        outputs: [apply(k.dense({ units: 3, name: "kind" }), wide), apply(k.globalAveragePooling2d({}), all)],
      }),
    ),
  );
  return models;
}
