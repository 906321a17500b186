// ml-matrix: a network written by hand on its matrices of float64, with its operations in place where it has
// them.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Matrix } from "ml-matrix";
import { randomFloats, samplesOf, serve, shapesOf, weightsOf } from "./harness.mjs";

const main = createRequire(import.meta.url).resolve("ml-matrix");
const { version } = JSON.parse(readFileSync(new URL("package.json", `file://${main}`), "utf8"));

const matrix = (values, rows, cols) => Matrix.from1DArray(rows, cols, values);

function layersOf(net) {
  const weights = weightsOf(net);
  return shapesOf(net).map(([rows, cols], i) => ({
    weight: matrix(weights[i], rows, cols),
    bias: Matrix.zeros(1, cols),
  }));
}

function activate(net, z) {
  return net.activation === "relu" ? Matrix.max(z, zerosLike(z)) : Matrix.tanh(z);
}

const zerosLike = ({ rows, columns }) => Matrix.zeros(rows, columns);

/** The input and the output of every layer. */
function forward(net, layers, x) {
  const outputs = [x];
  layers.forEach(({ weight, bias }, i) => {
    const z = outputs[i].mmul(weight).addRowVector(bias.getRow(0));
    outputs.push(i < layers.length - 1 ? activate(net, z) : z);
  });
  return outputs;
}

function outputGradient(net, z, target) {
  if (net.loss === "meanSquaredError") return Matrix.sub(z, target).mul(2 / (z.rows * z.columns));
  const powers = z.clone().subColumnVector(z.max("row")).exp();
  return powers.divColumnVector(powers.sum("row")).sub(target).div(z.rows);
}

function hiddenGradient(net, d, y) {
  if (net.activation !== "relu") return d.mul(Matrix.mul(y, y).neg().add(1));
  return d.mul(Matrix.sign(y));
}

class Adam {
  steps = 0;
  moments = new Map();

  update(parameter, gradient) {
    const { mean, square } = this.moments.get(parameter) ?? {
      mean: zerosLike(gradient),
      square: zerosLike(gradient),
    };
    this.moments.set(parameter, { mean, square });
    mean.mul(0.9).add(Matrix.mul(gradient, 0.1));
    square.mul(0.999).add(gradient.mul(gradient).mul(0.001));
    const correction = Math.sqrt(1 - 0.999 ** this.steps);
    const root = Matrix.sqrt(square).add(1e-8 * correction);
    parameter.sub(Matrix.div(mean, root).mul((1e-3 * correction) / (1 - 0.9 ** this.steps)));
  }
}

serve({
  version,
  gemm({ size }) {
    const [a, b] = [1, 2].map((seed) => matrix(randomFloats(size * size, seed), size, size));
    const run = (n) => {
      for (let i = 0; i < n; i++) a.mmul(b);
    };
    return { run };
  },
  train({ net }) {
    const { x, y } = samplesOf(net);
    const { batch, inputs, outputs } = net;
    const batches = Array.from({ length: net.samples / batch }, (_, i) => [
      matrix(x.subarray(i * batch * inputs, (i + 1) * batch * inputs), batch, inputs),
      matrix(y.subarray(i * batch * outputs, (i + 1) * batch * outputs), batch, outputs),
    ]);
    const layers = layersOf(net);
    const adam = new Adam();
    const run = (n) => {
      for (let step = 0; step < n; step++) {
        const [input, target] = batches[adam.steps++ % batches.length];
        const values = forward(net, layers, input);
        let d = outputGradient(net, values[layers.length], target);
        for (let i = layers.length - 1; i >= 0; i--) {
          const { weight, bias } = layers[i];
          const gradients = [values[i].transpose().mmul(d), Matrix.rowVector(d.sum("column"))];
          if (i > 0) d = hiddenGradient(net, d.mmul(weight.transpose()), values[i]);
          adam.update(weight, gradients[0]);
          adam.update(bias, gradients[1]);
        }
      }
    };
    return { run };
  },
  infer({ net, rows }) {
    const layers = layersOf(net);
    const x = matrix(randomFloats(rows * net.inputs, 1, 0, 1), rows, net.inputs);
    const run = (n) => {
      for (let i = 0; i < n; i++) forward(net, layers, x);
    };
    return { run };
  },
});
