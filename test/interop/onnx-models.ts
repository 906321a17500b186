import {
  activation,
  activationNames,
  add,
  average,
  averagePool1d,
  averagePool2d,
  type Backend,
  batchNormalization,
  bidirectional,
  concatenate,
  conv1d,
  conv2d,
  conv2dTranspose,
  cropping2d,
  dense,
  depthwiseConv2d,
  dropout,
  flatten,
  gaussianNoise,
  globalAveragePool2d,
  globalMaxPool1d,
  globalMaxPool2d,
  groupNormalization,
  gru,
  input,
  layerNormalization,
  lstm,
  Model,
  maxPool1d,
  maxPool2d,
  multiply,
  permute,
  prelu,
  reshape,
  resizing,
  rmsNormalization,
  Sequential,
  scaling,
  separableConv2d,
  simpleRnn,
  slice,
  subtract,
  timeStep,
  upSampling1d,
  upSampling2d,
  zeroPadding2d,
} from "../support/published.js";
import { Random } from "../support/random.js";

/**
 * Models that together have every layer and activation, inputs and outputs of one dimension and of several,
 * with weights and without.
 */
export function everyLayer(backend: Backend): readonly { readonly name: string; readonly model: Model }[] {
  const random = new Random(5);
  const scale = (size: number) =>
    scaling({ mean: random.floats(size), deviation: random.floats(size, 0.5, 2) });
  const models = [
    ...activationNames.map((name) => ({
      name,
      model: new Sequential(backend, {
        inputShape: 6,
        seed: 2,
        layers: [dense(5, { activation: name }), dense(3)],
      }),
    })),
    ...activationNames.map((name) => ({
      name: `${name}-layer`,
      model: new Sequential(backend, { inputShape: [2, 3], layers: [activation(name)] }),
    })),
    {
      name: "all-layers",
      model: new Sequential(backend, {
        inputShape: [2, 3],
        labels: ["a", "b", "c"],
        metadata: { note: "words" },
        layers: [
          scale(6),
          flatten(),
          dense(4, { useBias: false, name: "first" }),
          dropout(0.5),
          activation("gelu"),
          gaussianNoise(0.1),
          dense(3),
          scale(3),
          activation("softmax"),
        ],
      }),
    },
    {
      name: "slopes",
      model: new Sequential(backend, {
        inputShape: [2, 3],
        layers: [
          prelu({ sharedAxes: [2] }),
          flatten(),
          dense(4),
          activation("leakyRelu", { slope: 2 }),
          prelu(),
          activation("elu", { alpha: 0.5 }),
          dense(3),
          prelu({ sharedAxes: "all" }),
          activation("hardSigmoid", { slope: 1 }),
        ],
      }),
    },
    {
      name: "nothing-but-dropout",
      model: new Sequential(backend, { inputShape: 3, layers: [dropout(0.5)] }),
    },
  ];
  for (const { model } of models)
    for (const { value } of model.parameters) value.set(random.floats(value.length));
  const images = [...imageModels(backend), ...recurrentModels(backend)];
  for (const { model } of images) {
    // Sums of many products that cancel out have few digits.
    for (const { value } of model.parameters) value.set(random.floats(value.length, -0.5, 0.5));
    for (const { name, value } of model.buffers)
      if (name.includes(".moving")) value.set(random.floats(value.length, 0.5, 2));
  }
  return [...models, ...images];
}

/** Models with every layer of images and sequences, in a row and with branches. */
function imageModels(backend: Backend): { name: string; model: Model }[] {
  const rows = {
    convolutions: [
      conv2d(6, [3, 2], { strides: [2, 1], padding: "same", activation: "relu" }),
      conv2d(6, 3, { dilation: 2, padding: 2, groups: 2 }),
      depthwiseConv2d(3, { depthMultiplier: 2, padding: "same", activation: "silu" }),
      separableConv2d(4, 3, { padding: "same" }),
      conv2dTranspose(4, [3, 2], { strides: [2, 3], padding: "same", activation: "hardSwish" }),
      conv2dTranspose(4, 4, {
        strides: 3,
        padding: [
          [1, 0],
          [2, 1],
        ],
        outputPadding: [2, 0],
        groups: 2,
      }),
      prelu({ sharedAxes: [1, 2] }),
      flatten(),
      dense(3),
    ],
    pools: [
      maxPool2d({ poolSize: 3, strides: 2, padding: "same" }),
      conv2d(4, 1),
      averagePool2d({ poolSize: 3, strides: 1, padding: 1 }),
      averagePool2d({ poolSize: [2, 3], strides: 2, padding: 1, countPadding: true }),
      globalMaxPool2d(),
      dense(3),
    ],
    normalizations: [
      conv2d(4, 3),
      batchNormalization(),
      groupNormalization({ groups: 2 }),
      layerNormalization(),
      rmsNormalization(),
      flatten(),
      batchNormalization({ epsilon: 0.25 }),
      layerNormalization(),
      dense(3),
    ],
    sizes: [
      upSampling2d({ size: [2, 1] }),
      conv2d(4, 1),
      upSampling2d({ interpolation: "bilinear" }),
      resizing({ height: 9, width: 7 }),
      resizing({ height: 5, width: 11, interpolation: "nearest" }),
      zeroPadding2d({
        padding: [
          [1, 0],
          [0, 2],
        ],
      }),
      cropping2d({
        cropping: [
          [0, 1],
          [2, 1],
        ],
      }),
      permute([3, 1, 2]),
      reshape([10, 20]),
      dense(3),
    ],
  };
  const sequence = [
    conv1d(6, 3, { padding: "causal", dilation: 2, activation: "tanh" }),
    maxPool1d({ poolSize: 3, strides: 2, padding: "same" }),
    batchNormalization(),
    upSampling1d({ size: 3 }),
    averagePool1d({ poolSize: 2 }),
    globalMaxPool1d(),
    dense(3),
  ];
  const x = input([8, 6, 3]);
  const a = conv2d(4, 3, { padding: "same", activation: "silu" }).apply(x);
  const low = conv2d(4, 3, { padding: "same", activation: "gelu" }).apply(maxPool2d().apply(a));
  const up = conv2dTranspose(4, 2, { strides: 2 }).apply(low);
  const gate = dense(4, { activation: "sigmoid" }).apply(globalAveragePool2d({ keepDims: true }).apply(a));
  const gated = multiply(a, upSampling2d({ size: [8, 6] }).apply(gate));
  const joined = [add(a, up, gated), subtract(a, up), average(up, gated), slice(up, 1, 3)];
  const y = activation("softmax").apply(conv2d(2, 1).apply(concatenate(joined)));
  return [
    ...Object.entries(rows).map(([name, layers]) => ({
      name: `images-${name}`,
      model: new Sequential(backend, { inputShape: [8, 6, 3], layers }),
    })),
    { name: "sequences", model: new Sequential(backend, { inputShape: [9, 3], layers: sequence }) },
    { name: "branches", model: new Model(backend, { inputs: x, outputs: y }) },
  ];
}

/** Models with every recurrent layer, in all directions. */
function recurrentModels(backend: Backend): { name: string; model: Model }[] {
  const sequences = { returnSequences: true } as const;
  const rows = {
    lstm: [lstm(6, sequences), lstm(5, { reverse: true, useBias: false }), dense(3)],
    gru: [gru(6, sequences), gru(5, { ...sequences, recurrentBias: false }), timeStep(1), dense(3)],
    rnn: [
      simpleRnn(6, sequences),
      simpleRnn(5, { ...sequences, reverse: true, activation: "relu" }),
      dense(3),
    ],
    directions: [
      bidirectional(lstm(6, sequences)),
      bidirectional(gru(5, { ...sequences, reverse: true })),
      bidirectional(simpleRnn(4, { ...sequences, activation: "relu" }), { merge: "average" }),
      bidirectional(lstm(4), { merge: "multiply" }),
      dense(3),
    ],
  };
  const x = input([7, 3]);
  const [, h, c] = lstm(5, { returnState: true }).apply(x);
  const [all, state] = gru(5, { returnState: true, ...sequences }).apply([x, h]);
  const decoded = lstm(5, sequences).apply([all, state, c]);
  const read = bidirectional(gru(5)).apply([decoded, h, state]);
  return [
    ...Object.entries(rows).map(([name, layers]) => ({
      name: `recurrent-${name}`,
      model: new Sequential(backend, { inputShape: [7, 3], layers }),
    })),
    { name: "recurrent-states", model: new Model(backend, { inputs: x, outputs: dense(3).apply(read) }) },
  ];
}

/** Rows of inputs between -4 and 4. */
export const someInputs = (rows: number, size: number): Float32Array =>
  new Random(6).floats(rows * size, -4, 4);
