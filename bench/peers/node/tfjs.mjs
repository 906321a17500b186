// TensorFlow.js: tfjs.mjs wasm|cpu fit|core. "fit" is its layers, "core" its operations, gradients and
// optimizers without them.
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { asEpochs, randomFloats, samplesOf, serve, shapesOf, weightsOf } from "./harness.mjs";
import { inferConvolutional, trainConvolutional } from "./tfjs-convolutional.mjs";
import * as sequence from "./tfjs-sequence.mjs";

const require = createRequire(import.meta.url);
const [backend, way] = process.argv.slice(2);
const tf = require("@tensorflow/tfjs-core");
const layers = require("@tensorflow/tfjs-layers");
const wasm =
  backend === "wasm" ? require("@tensorflow/tfjs-backend-wasm") : require("@tensorflow/tfjs-backend-cpu");
if (backend === "wasm") wasm.setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
await tf.setBackend(backend);
await tf.ready();

function modelOf({ inputs, hidden, activation, outputs, loss }) {
  const model = layers.sequential();
  const sizes = [...hidden, outputs];
  sizes.forEach((units, i) => {
    const last = i === hidden.length ? (loss === "softmaxCrossEntropy" ? "softmax" : "linear") : activation;
    model.add(layers.layers.dense({ units, activation: last, inputShape: i === 0 ? [inputs] : undefined }));
  });
  return model;
}

function operationsOf(net) {
  const variables = weightsOf(net).map((values, i) => {
    const [rows, cols] = shapesOf(net)[i];
    return [tf.variable(tf.tensor2d(values, [rows, cols])), tf.variable(tf.zeros([cols]))];
  });
  const forward = (x) =>
    variables.reduce((input, [weight, bias], i) => {
      const z = tf.add(tf.matMul(input, weight), bias);
      return i === variables.length - 1 ? z : net.activation === "relu" ? tf.relu(z) : tf.tanh(z);
    }, x);
  return { forward, release: () => tf.dispose(variables) };
}

function byFit({ net }) {
  const { x, y } = samplesOf(net);
  const model = modelOf(net);
  model.compile({
    optimizer: tf.train.adam(1e-3),
    loss: net.loss === "softmaxCrossEntropy" ? "categoricalCrossentropy" : "meanSquaredError",
  });
  const inputs = tf.tensor2d(x, [net.samples, net.inputs]);
  const targets = tf.tensor2d(y, [net.samples, net.outputs]);
  const run = async (n) => {
    const { epochs, samples, steps } = asEpochs(n, net);
    const [a, b] = [tf.slice(inputs, 0, samples), tf.slice(targets, 0, samples)];
    await model.fit(a, b, { epochs, batchSize: net.batch, verbose: 0 });
    tf.dispose([a, b]);
    return steps;
  };
  return { run, release: () => model.dispose() };
}

function byOperations({ net }) {
  const { x, y } = samplesOf(net);
  const { forward, release } = operationsOf(net);
  const optimizer = tf.train.adam(1e-3);
  const batches = Array.from({ length: net.samples / net.batch }, (_, i) => [
    tf.tensor2d(x.subarray(i * net.batch * net.inputs, (i + 1) * net.batch * net.inputs), [
      net.batch,
      net.inputs,
    ]),
    tf.tensor2d(y.subarray(i * net.batch * net.outputs, (i + 1) * net.batch * net.outputs), [
      net.batch,
      net.outputs,
    ]),
  ]);
  const lossOf =
    net.loss === "softmaxCrossEntropy" ? tf.losses.softmaxCrossEntropy : tf.losses.meanSquaredError;
  const run = (n) => {
    for (let step = 0; step < n; step++) {
      const [inputs, targets] = batches[step % batches.length];
      optimizer.minimize(() => lossOf(targets, forward(inputs)));
    }
  };
  return { run, release };
}

serve({
  version: tf.version_core,
  gemm:
    way === "core"
      ? ({ size }) => {
          const [a, b] = [1, 2].map((seed) => tf.tensor2d(randomFloats(size * size, seed), [size, size]));
          const run = (n) => {
            for (let i = 0; i < n; i++) tf.matMul(a, b).dispose();
          };
          return { run, release: () => tf.dispose([a, b]) };
        }
      : undefined,
  train: way === "core" ? byOperations : byFit,
  trainConvolutional: way === "fit" ? (workload) => trainConvolutional(tf, layers, workload) : undefined,
  inferConvolutional: way === "fit" ? (workload) => inferConvolutional(tf, layers, workload) : undefined,
  trainSequence: (workload) =>
    way === "fit" ? sequence.trainByLayers(tf, layers, workload) : sequence.trainByOperations(tf, workload),
  inferSequence: (workload) =>
    way === "fit" ? sequence.inferByLayers(tf, layers, workload) : sequence.inferByOperations(tf, workload),
  stepSequence: way === "core" ? (workload) => sequence.stepByOperations(tf, workload) : undefined,
  infer({ net, rows }) {
    const x = randomFloats(rows * net.inputs, 1, 0, 1);
    const model = way === "fit" ? modelOf(net) : undefined;
    const operations = way === "core" ? operationsOf(net) : undefined;
    const run = (n) => {
      for (let i = 0; i < n; i++) {
        tf.tidy(() => {
          const input = tf.tensor2d(x, [rows, net.inputs]);
          (model ? model.predict(input) : operations.forward(input)).dataSync();
        });
      }
    };
    return { run, release: () => (model ? model.dispose() : operations.release()) };
  },
});
