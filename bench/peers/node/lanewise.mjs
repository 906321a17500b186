import { setFlagsFromString } from "node:v8";
import {
  activation,
  adam,
  batchNormalization,
  conv1d,
  conv2d,
  createBackend,
  dense,
  depthwiseConv2d,
  flatten,
  globalAveragePool2d,
  globalMaxPool1d,
  matmul,
  maxPool2d,
  Sequential,
} from "../../../dist/lanewise.js";
import { asEpochs, randomFloats, samplesOf, serve } from "./harness.mjs";

if (Number.parseInt(process.versions.node, 10) < 22) setFlagsFromString("--experimental-wasm-relaxed-simd");
const backend = await createBackend({ variant: process.argv[2] });

function modelOf({ inputs, hidden, activation, outputs }) {
  return new Sequential(backend, {
    inputShape: inputs,
    seed: 7,
    layers: [...hidden.map((units) => dense(units, { activation })), dense(outputs)],
  });
}

/** The layers of one of a ConvolutionalNet. */
const layersOf = {
  convolution: ({ filters, size, same, relu, bias = true }, dimensions) => [
    (dimensions === 1 ? conv1d : conv2d)(filters, size, {
      padding: same ? "same" : "valid",
      activation: relu ? "relu" : "linear",
      useBias: bias,
    }),
  ],
  depthwise: ({ size, strides }) => [depthwiseConv2d(size, { strides, padding: "same" })],
  batchNorm: ({ relu }) => [batchNormalization(), ...(relu ? [activation("relu")] : [])],
  maxPool: ({ size }) => [maxPool2d({ poolSize: size })],
  globalAverage: () => [globalAveragePool2d()],
  globalMax: () => [globalMaxPool1d()],
  flatten: () => [flatten()],
  dense: ({ units, relu }) => [dense(units, { activation: relu ? "relu" : "linear" })],
};

const convolutionalModelOf = ({ input, layers }) =>
  new Sequential(backend, {
    inputShape: input,
    seed: 7,
    layers: layers.flatMap((layer) => layersOf[layer.kind](layer, input.length - 1)),
  });

const sizeOf = ({ input }) => input.reduce((size, length) => size * length, 1);

serve({
  version: backend.variant,
  gemm({ size }) {
    const [a, b] = [1, 2].map((seed) => backend.matrix(size, size, randomFloats(size * size, seed)));
    const out = backend.matrix(size, size);
    const run = (n) => {
      for (let i = 0; i < n; i++) matmul(a, b, { out });
    };
    return { run, release: () => [a, b, out].forEach((matrix) => void matrix.dispose()) };
  },
  train({ net }) {
    const { x, labels, y } = samplesOf(net);
    const model = modelOf(net);
    const optimizer = adam();
    const run = async (n) => {
      const { epochs, samples, steps } = asEpochs(n, net);
      const targets = labels ? labels.subarray(0, samples) : y.subarray(0, samples * net.outputs);
      await model.fit(x.subarray(0, samples * net.inputs), targets, {
        loss: net.loss,
        optimizer,
        epochs,
        batchSize: net.batch,
      });
      return steps;
    };
    return { run, release: () => model.dispose() };
  },
  trainConvolutional({ net }) {
    const size = sizeOf(net);
    const x = randomFloats(net.samples * size, 1, 0, 1);
    const labels = Int32Array.from(randomFloats(net.samples, 2, 0, net.classes), Math.floor);
    const model = convolutionalModelOf(net);
    const optimizer = adam();
    const run = async (n) => {
      const { epochs, samples, steps } = asEpochs(n, net);
      await model.fit(x.subarray(0, samples * size), labels.subarray(0, samples), {
        loss: "softmaxCrossEntropy",
        optimizer,
        epochs,
        batchSize: net.batch,
      });
      return steps;
    };
    return { run, release: () => model.dispose() };
  },
  inferConvolutional({ net, rows }) {
    const model = convolutionalModelOf(net);
    const x = randomFloats(rows * sizeOf(net), 1, 0, 1);
    const out = new Float32Array(rows * net.classes);
    const run = (n) => {
      for (let i = 0; i < n; i++) model.predict(x, { out });
    };
    return { run, release: () => model.dispose() };
  },
  infer({ net, rows }) {
    const model = modelOf(net);
    const x = randomFloats(rows * net.inputs, 1, 0, 1);
    const out = new Float32Array(rows * net.outputs);
    const run = (n) => {
      for (let i = 0; i < n; i++) model.predict(x, { out });
    };
    return { run, release: () => model.dispose() };
  },
});
