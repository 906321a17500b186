// jax-js on its WebAssembly backend: the step under jit, Adam by hand. It slows down unless every step's loss
// is read: so it is.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { blockUntilReady, defaultDevice, init, jit, nn, numpy as np, valueAndGrad } from "@jax-js/jax";
import {
  imagesOf,
  randomFloats,
  samplesOf,
  sequencesOf,
  serve,
  shapesOf,
  sizeOf,
  weightsOf,
} from "./harness.mjs";
import * as convolutional from "./jax-convolutional.mjs";
import * as sequential from "./jax-sequence.mjs";

const main = createRequire(import.meta.url).resolve("@jax-js/jax");
const { version } = JSON.parse(readFileSync(new URL("../package.json", `file://${main}`), "utf8"));

// Not of all: for WebGPU it looks at navigator, which Node 20 has not.
const devices = await init("wasm");
if (!devices.includes("wasm"))
  throw new Error(`its wasm backend does not start here: it has ${devices.join(", ")}`);
defaultDevice("wasm");

const matrix = (values, rows, cols) => np.array(values).reshape([rows, cols]);

/** The weight and the bias of each layer in turn. */
function parametersOf(net) {
  const weights = weightsOf(net);
  return shapesOf(net).flatMap(([rows, cols], i) => [matrix(weights[i], rows, cols), np.zeros([cols])]);
}

/** Takes ownership of everything, as functions of jax-js do. */
function forward(net, parameters, x) {
  let y = x;
  for (let i = 0; i < parameters.length; i += 2) {
    y = np.matmul(y, parameters[i]).add(parameters[i + 1]);
    if (i < parameters.length - 2) y = net.activation === "relu" ? nn.relu(y) : np.tanh(y);
  }
  return y;
}

const crossEntropy = (logits, target) => nn.logSoftmax(logits).mul(target).sum(-1).mean().mul(-1);

/** lossOf: the loss and the running statistics, of the parameters, those statistics, inputs and targets. */
function stepOf(lossOf) {
  const gradientOf = valueAndGrad(lossOf, { hasAux: true });
  return jit((parameters, statistics, means, squares, x, target, rate, epsilon) => {
    const [[loss, nextStatistics], gradients] = gradientOf(
      parameters.map((parameter) => parameter.ref),
      statistics,
      x,
      target,
    );
    const m = means.map((mean, i) => mean.mul(0.9).add(gradients[i].ref.mul(0.1)));
    const v = squares.map((square, i) => square.mul(0.999).add(np.square(gradients[i]).mul(0.001)));
    const next = parameters.map((parameter, i) => {
      const update = m[i].ref.div(np.sqrt(v[i].ref).add(epsilon.ref)).mul(rate.ref);
      return parameter.sub(update);
    });
    rate.dispose();
    epsilon.dispose();
    return [loss, next, nextStatistics, m, v];
  });
}

/** A loop over batches of [inputs, targets], with Adam. */
function loopOf(lossOf, parameters, statistics, batches) {
  const step = stepOf(lossOf);
  const zeros = () => parameters.map(({ shape }) => np.zeros(shape));
  let state = [parameters, statistics, zeros(), zeros()];
  let steps = 0;
  return async (n) => {
    for (let i = 0; i < n; i++) {
      const [inputs, targets] = batches[steps++ % batches.length];
      const correction = Math.sqrt(1 - 0.999 ** steps);
      const rate = np.array((1e-3 * correction) / (1 - 0.9 ** steps));
      const [loss, ...next] = step(...state, inputs.ref, targets.ref, rate, np.array(1e-8 * correction));
      state = next;
      await loss.data();
    }
  };
}

/** Predicts by the reference's weights; `outputs` are those of its input. */
function predictionOf(net, reference) {
  const tensors = convolutional.tensorsOf(reference);
  const logitsOf = jit((parameters, statistics, x) => {
    const [logits] = convolutional.forward(net, { parameters, statistics }, x, false);
    return logits;
  });
  const predict = (values) => {
    const [parameters, statistics] = [tensors.parameters, tensors.statistics].map((arrays) =>
      arrays.map((array) => array.ref),
    );
    return logitsOf(parameters, statistics, convolutional.imagesOf(net, values)).data();
  };
  return { predict, outputs: () => predict(Float32Array.from(reference.input)) };
}

/** The same of a network of sequences. */
function sequencePredictionOf(net, reference) {
  const { names, parameters } = sequential.tensorsOf(reference);
  const logitsOf = jit((weights, x) => sequential.forward(net, names, weights, x));
  const predict = (values) =>
    logitsOf(
      parameters.map((array) => array.ref),
      sequential.inputOf(net, values),
    ).data();
  return { predict, outputs: () => predict(Float32Array.from(reference.input)) };
}

/** The n-th slice of `size` numbers. */
const part = (values, n, size) => values.slice(n * size, (n + 1) * size);

serve({
  version,
  async gemm({ size }) {
    const [a, b] = [1, 2].map((seed) => matrix(randomFloats(size * size, seed), size, size));
    const product = jit((x, y) => np.matmul(x, y));
    const run = async (n) => {
      for (let i = 0; i < n; i++) {
        const c = product(a.ref, b.ref);
        await blockUntilReady(c);
        c.dispose();
      }
    };
    return { run };
  },
  async train({ net }) {
    const { x, y } = samplesOf(net);
    const { batch, inputs, outputs } = net;
    const batches = Array.from({ length: net.samples / batch }, (_, i) => [
      matrix(part(x, i, batch * inputs), batch, inputs),
      matrix(part(y, i, batch * outputs), batch, outputs),
    ]);
    const lossOf = (parameters, statistics, x, target) => {
      const z = forward(net, parameters, x);
      return [
        net.loss === "meanSquaredError" ? np.square(z.sub(target)).mean() : crossEntropy(z, target),
        statistics,
      ];
    };
    return { run: loopOf(lossOf, parametersOf(net), [], batches) };
  },
  async trainConvolutional({ net, reference }) {
    const { x, y } = imagesOf(net);
    const { batch, classes } = net;
    const batches = Array.from({ length: net.samples / batch }, (_, i) => [
      convolutional.imagesOf(net, part(x, i, batch * sizeOf(net))),
      matrix(part(y, i, batch * classes), batch, classes),
    ]);
    const lossOf = (parameters, statistics, x, target) => {
      const [logits, next] = convolutional.forward(net, { parameters, statistics }, x, true);
      return [crossEntropy(logits, target), next];
    };
    const { parameters, statistics } = convolutional.tensorsOf(reference);
    const { outputs } = predictionOf(net, reference);
    return { run: loopOf(lossOf, parameters, statistics, batches), outputs };
  },
  async inferConvolutional({ net, rows, reference }) {
    const { predict, outputs } = predictionOf(net, reference);
    const values = randomFloats(rows * sizeOf(net), 1, 0, 1);
    const run = async (n) => {
      for (let i = 0; i < n; i++) await predict(values);
    };
    return { run, outputs };
  },
  async trainSequence({ net, reference }) {
    const { batch, samples, target } = net;
    const batches = sequential.batchesOf(net, samples / batch);
    const { names, parameters } = sequential.tensorsOf(reference);
    const lossOf = (weights, statistics, x, expected) => {
      const z = sequential.forward(net, names, weights, x);
      return [
        target === "numbers" ? np.square(z.sub(expected)).mean() : crossEntropy(z, expected),
        statistics,
      ];
    };
    const { outputs } = sequencePredictionOf(net, reference);
    return { run: loopOf(lossOf, parameters, [], batches), outputs };
  },
  async inferSequence({ net, rows, reference }) {
    const { predict, outputs } = sequencePredictionOf(net, reference);
    const { x } = sequencesOf(net, rows);
    const run = async (n) => {
      for (let i = 0; i < n; i++) await predict(x);
    };
    return { run, outputs };
  },
  async infer({ net, rows }) {
    const parameters = parametersOf(net);
    const predict = jit((weights, x) => forward(net, weights, x));
    const values = randomFloats(rows * net.inputs, 1, 0, 1);
    const run = async (n) => {
      for (let i = 0; i < n; i++) {
        const output = predict(
          parameters.map((parameter) => parameter.ref),
          matrix(values, rows, net.inputs),
        );
        await output.data();
      }
    };
    return { run };
  },
});
