// The networks of convolutions in layers of TensorFlow.js, with the weights of the reference.
import { asEpochs, imagesOf, layersOfFile, randomFloats, sizeOf } from "./harness.mjs";

/** The layers of one of a ConvolutionalNet. */
const layersOf = {
  convolution: ({ layers }, { filters, size, same, relu, bias = true }, dimensions) => [
    layers[dimensions === 1 ? "conv1d" : "conv2d"]({
      filters,
      kernelSize: size,
      padding: same ? "same" : "valid",
      activation: relu ? "relu" : "linear",
      useBias: bias,
    }),
  ],
  depthwise: ({ layers }, { size, strides }) => [
    layers.depthwiseConv2d({ kernelSize: size, strides, padding: "same" }),
  ],
  batchNorm: ({ layers }, { relu }) => [
    layers.batchNormalization(),
    ...(relu ? [layers.activation({ activation: "relu" })] : []),
  ],
  maxPool: ({ layers }, { size }) => [layers.maxPooling2d({ poolSize: size })],
  globalAverage: ({ layers }) => [layers.globalAveragePooling2d({})],
  globalMax: ({ layers }) => [layers.globalMaxPooling1d()],
  flatten: ({ layers }) => [layers.flatten()],
  dense: ({ layers }, { units, relu }) => [layers.dense({ units, activation: relu ? "relu" : "linear" })],
};

/** The tensors of a layer in the order of TensorFlow.js. */
const ORDER = ["weight", "bias", "gamma", "beta", "movingMean", "movingVariance"];

function modelOf(tf, library, { input, layers }, { model: file }) {
  const model = library.sequential({
    layers: [
      library.layers.inputLayer({ inputShape: input }),
      ...layers.flatMap((layer) => layersOf[layer.kind](library, layer, input.length - 1)),
    ],
  });
  const weights = layersOfFile(file);
  for (const layer of model.layers.filter((layer) => layer.weights.length > 0)) {
    const tensors = weights.shift();
    const ordered = ORDER.filter((name) => name in tensors).map((name) => tensors[name]);
    tf.tidy(() => layer.setWeights(ordered.map(({ values, shape }) => tf.tensor(values, shape))));
  }
  return model;
}

/** Reads the outputs of a model for samples in a row, channels last. */
const outputsOf = (tf, model, net, values) =>
  tf.tidy(() => {
    const samples = values.length / sizeOf(net);
    return model.predict(tf.tensor(values, [samples, ...net.input])).dataSync();
  });

export function trainConvolutional(tf, library, { net, reference }) {
  const { x, y } = imagesOf(net);
  const model = modelOf(tf, library, net, reference);
  model.compile({
    optimizer: tf.train.adam(1e-3),
    loss: (labels, logits) => tf.losses.softmaxCrossEntropy(labels, logits),
  });
  const inputs = tf.tensor(x, [net.samples, ...net.input]);
  const targets = tf.tensor2d(y, [net.samples, net.classes]);
  const run = async (n) => {
    const { epochs, samples, steps } = asEpochs(n, net);
    const [a, b] = [tf.slice(inputs, 0, samples), tf.slice(targets, 0, samples)];
    await model.fit(a, b, { epochs, batchSize: net.batch, verbose: 0 });
    tf.dispose([a, b]);
    return steps;
  };
  const outputs = () => outputsOf(tf, model, net, Float32Array.from(reference.input));
  const release = () => {
    tf.dispose([inputs, targets]);
    model.dispose();
  };
  return { run, outputs, release };
}

export function inferConvolutional(tf, library, { net, rows, reference }) {
  const model = modelOf(tf, library, net, reference);
  const x = randomFloats(rows * sizeOf(net), 1, 0, 1);
  const run = (n) => {
    for (let i = 0; i < n; i++) outputsOf(tf, model, net, x);
  };
  const outputs = () => outputsOf(tf, model, net, Float32Array.from(reference.input));
  return { run, outputs, release: () => model.dispose() };
}
