// jax-js on its WebAssembly backend: the step under jit, Adam by hand. It slows down unless every step's loss
// is read: so it is.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { blockUntilReady, defaultDevice, init, jit, nn, numpy as np, valueAndGrad } from "@jax-js/jax";
import { randomFloats, samplesOf, serve, shapesOf, weightsOf } from "./harness.mjs";

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

function lossOf(net, parameters, x, target) {
  const y = forward(net, parameters, x);
  if (net.loss === "meanSquaredError") return np.square(y.sub(target)).mean();
  return nn.logSoftmax(y).mul(target).sum(-1).mean().mul(-1);
}

function stepOf(net) {
  const gradientOf = valueAndGrad((parameters, x, target) => lossOf(net, parameters, x, target));
  return jit((parameters, means, squares, x, target, rate, epsilon) => {
    const [loss, gradients] = gradientOf(
      parameters.map((parameter) => parameter.ref),
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
    return [loss, next, m, v];
  });
}

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
      matrix(x.slice(i * batch * inputs, (i + 1) * batch * inputs), batch, inputs),
      matrix(y.slice(i * batch * outputs, (i + 1) * batch * outputs), batch, outputs),
    ]);
    let parameters = parametersOf(net);
    let means = parameters.map(({ shape }) => np.zeros(shape));
    let squares = parameters.map(({ shape }) => np.zeros(shape));
    const step = stepOf(net);
    let steps = 0;
    const run = async (n) => {
      for (let i = 0; i < n; i++) {
        const [inputs, targets] = batches[steps++ % batches.length];
        const correction = Math.sqrt(1 - 0.999 ** steps);
        const rate = np.array((1e-3 * correction) / (1 - 0.9 ** steps));
        const [loss, ...state] = step(
          parameters,
          means,
          squares,
          inputs.ref,
          targets.ref,
          rate,
          np.array(1e-8 * correction),
        );
        [parameters, means, squares] = state;
        await loss.data();
      }
    };
    return { run };
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
