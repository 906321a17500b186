/** A network in float64, written for clarity: what a gradient is checked against by finite differences. */

const erf = (x: number): number => {
  // Abramowitz and Stegun 7.1.5, the Maclaurin series; 1 beyond where its terms lose digits.
  if (Math.abs(x) > 5) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; n < 200; n++) {
    term *= -(x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
};

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

const rowSoftmax = (z: readonly number[]): number[] => {
  const largest = Math.max(...z);
  const exps = z.map((value) => Math.exp(value - largest));
  const total = exps.reduce((sum, value) => sum + value, 0);
  return exps.map((value) => value / total);
};

const elementwise: Record<string, (z: number) => number> = {
  linear: (z) => z,
  relu: (z) => Math.max(z, 0),
  relu6: (z) => Math.min(Math.max(z, 0), 6),
  leakyRelu: (z) => (z > 0 ? z : 0.01 * z),
  elu: (z) => (z > 0 ? z : Math.expm1(z)),
  selu: (z) => 1.0507009873554805 * (z > 0 ? z : 1.6732632423543772 * Math.expm1(z)),
  gelu: (z) => 0.5 * z * (1 + erf(z / Math.SQRT2)),
  geluTanh: (z) => 0.5 * z * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (z + 0.044715 * z ** 3))),
  silu: (z) => z * sigmoid(z),
  sigmoid,
  tanh: Math.tanh,
  softplus: (z) => Math.log1p(Math.exp(z)),
  hardSwish: (z) => (z * Math.min(Math.max(z + 3, 0), 6)) / 6,
  hardSigmoid: (z) => Math.min(Math.max(z / 6 + 0.5, 0), 1),
  softsign: (z) => z / (1 + Math.abs(z)),
  mish: (z) => z * Math.tanh(Math.log1p(Math.exp(z))),
  exp: Math.exp,
};

export const activationNames = [...Object.keys(elementwise), "softmax", "logSoftmax"] as const;

export function activateRow(name: string, z: readonly number[]): number[] {
  if (name === "softmax") return rowSoftmax(z);
  if (name === "logSoftmax") return rowSoftmax(z).map(Math.log);
  return z.map(elementwise[name]);
}

/** A layer Y = f(X W + b) by its parameters, W as [inputs][units]. */
export interface ReferenceLayer {
  activation: string;
  weight: number[][];
  bias: number[];
}

export function forward(layers: readonly ReferenceLayer[], x: readonly (readonly number[])[]): number[][] {
  let rows = x.map((row) => [...row]);
  for (const { activation, weight, bias } of layers) {
    rows = rows.map((row) =>
      activateRow(
        activation,
        bias.map((b, j) => row.reduce((sum, value, p) => sum + value * weight[p][j], b)),
      ),
    );
  }
  return rows;
}

const dot = (a: readonly number[], b: readonly number[]): number => sum(a, (value, j) => value * b[j]);
const logSigmoid = (z: number): number => -Math.log1p(Math.exp(-z));

/**
 * The mean losses, as PyTorch or Keras defines them; targets have the shape of the predictions, one-hot for
 * classes.
 */
export const lossValues: Record<string, (p: readonly number[][], t: readonly number[][]) => number> = {
  meanSquaredError: mean((p, t) => (p - t) ** 2),
  meanAbsoluteError: mean((p, t) => Math.abs(p - t)),
  huber: mean((p, t) => (Math.abs(p - t) <= 1 ? 0.5 * (p - t) ** 2 : Math.abs(p - t) - 0.5)),
  binaryCrossEntropy: mean((p, t) => -(t * Math.log(p) + (1 - t) * Math.log1p(-p))),
  binaryCrossEntropyWithLogits: mean((p, t) => Math.log1p(Math.exp(p)) - t * p),
  softmaxCrossEntropy: (p, t) =>
    -sum(p, (row, i) => sum(rowSoftmax(row), (value, j) => t[i][j] * Math.log(value))) / p.length,
  categoricalCrossEntropy: (p, t) =>
    -sum(p, (row, i) => sum(row, (value, j) => t[i][j] * Math.log(value))) / p.length,
  logCosh: mean((p, t) => Math.log(Math.cosh(p - t))),
  poisson: mean((p, t) => p - t * Math.log(p + 1e-7)),
  cosineSimilarity: (p, t) =>
    -sum(p, (row, i) => dot(row, t[i]) / Math.sqrt(dot(row, row) * dot(t[i], t[i]))) / p.length,
  hinge: mean((p, t) => Math.max(0, 1 - (t > 0 ? p : -p))),
  squaredHinge: mean((p, t) => Math.max(0, 1 - (t > 0 ? p : -p)) ** 2),
  binaryFocalWithLogits: mean(
    (p, t) => -((1 - Math.exp(logSigmoid(t ? p : -p))) ** 2) * logSigmoid(t ? p : -p),
  ),
  categoricalFocal: (p, t) =>
    -sum(p, (row, i) => sum(row, (value, j) => t[i][j] * (1 - value) ** 2 * Math.log(value))) / p.length,
  kullbackLeiblerDivergence: (p, t) =>
    sum(p, (row, i) => sum(row, (value, j) => (t[i][j] ? t[i][j] * Math.log(t[i][j] / value) : 0))) /
    p.length,
};

function sum<T>(items: readonly T[], of: (item: T, index: number) => number): number {
  return items.reduce((total, item, index) => total + of(item, index), 0);
}

function mean(
  of: (p: number, t: number) => number,
): (p: readonly number[][], t: readonly number[][]) => number {
  return (p, t) => sum(p, (row, i) => sum(row, (value, j) => of(value, t[i][j]))) / (p.length * p[0].length);
}

/** d f / d values[i] by central differences, each value being put back. */
export function differences(values: number[], f: () => number, step = 1e-5): number[] {
  return values.map((value, i) => {
    values[i] = value + step;
    const above = f();
    values[i] = value - step;
    const below = f();
    values[i] = value;
    return (above - below) / (2 * step);
  });
}
