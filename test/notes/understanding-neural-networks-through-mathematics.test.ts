import { describe, expect, it } from "vitest";
import {
  activate,
  activationGradient,
  adam,
  createBackendSync,
  losses,
  matmul,
  type Optimizer,
  sgd,
} from "../../src/index.js";
import { on, variants } from "../reference/backends.js";
import { expectClose } from "../reference/golden.js";
import { Random } from "../support/random.js";
import { apply, column, hadamard, plus, type Rows, sum, times, transposed } from "./algebra.js";
import { activations } from "./functions.js";
import { type Layer, layersOf, randomRows, subject } from "./model.js";

/**
 * "Understanding Neural Networks Through Mathematics", in its own symbols: a sample as a column a^(0), a^(l)
 * = f(W^(l) a^(l-1) + b^(l)). Within 2e-6: sums of a few float32 terms of order 1.
 */
const TOLERANCE = 2e-6;
const STEPS = 50;
/** After 50 steps, of which each rounds. Adam's first steps divide a gradient by its own size. */
const TOLERANCE_OF_STEPS = 1e-5;

describe.each(variants)('"Understanding Neural Networks Through Mathematics" on the %s build', (variant) => {
  const backend = createBackendSync(on(variant));
  const matrix = (rows: Rows) => backend.matrix(rows.length, rows[0].length, rows);

  it("a neuron: z = w^T x + b", () => {
    const random = new Random(1);
    const { model, layers } = subject(backend, random, [6, 1], "linear");
    const x = randomRows(random, 6, 1);
    const z = times(transposed(layers[0].W), x)[0][0] + layers[0].b[0][0];
    expectClose("z", model.predict(transposed(x)), [z], TOLERANCE);
    expectClose(
      "w^T x",
      matmul(matrix(layers[0].W), matrix(x), { transposeA: true }).data,
      [z - layers[0].b[0][0]],
      TOLERANCE,
    );
  });

  const grid = [Array.from({ length: 321 }, (_, i) => (i - 160) / 16)];

  it("the sigmoid, and its derivative sigma(z)(1 - sigma(z)), from -10 to 10", () => {
    const sigma = grid[0].map((z) => 1 / (1 + Math.exp(-z)));
    expectClose("sigma", activate("sigmoid", matrix(grid)).data, sigma, 0, 2e-7);
    expectClose(
      "sigma'",
      activationGradient("sigmoid", matrix(grid)).data,
      sigma.map((s) => s * (1 - s)),
      1e-7,
    );
  });

  it("ReLU(z): z above 0, else 0, to the bit, and its derivative 0 at 0", () => {
    expect([...activate("relu", matrix(grid)).data]).toEqual(grid[0].map((z) => (z > 0 ? z : 0)));
    expect([...activationGradient("relu", matrix(grid)).data]).toEqual(grid[0].map((z) => (z > 0 ? 1 : 0)));
  });

  it("MSE = 1/n times the sum of (y_i - yhat_i)^2: the mean over all values", () => {
    const random = new Random(2);
    const [y, yhat] = [randomRows(random, 5, 3), randomRows(random, 5, 3)];
    const n = y.flat().length;
    const mse = sum(y.flat().map((value, i) => (value - yhat.flat()[i]) ** 2)) / n;
    const loss = losses.meanSquaredError();
    expectClose("MSE", [loss.value(matrix(yhat), matrix(y))], [mse], TOLERANCE);
    expectClose(
      "its gradient",
      loss.gradient(matrix(yhat), matrix(y)).data,
      y.flat().map((value, i) => (2 / n) * (yhat.flat()[i] - value)),
      TOLERANCE,
    );
  });

  it("CE = -sum of y_i log yhat_i, of probabilities and of logits, the mean over samples", () => {
    const random = new Random(3);
    const logits = apply((value) => 3 * value, randomRows(random, 6, 4));
    const yhat = logits.map((row) => {
      const powers = row.map(Math.exp);
      return powers.map((power) => power / sum(powers));
    });
    const labels = yhat.map((_, i) => i % 4);
    const y = labels.map((label) => [0, 1, 2, 3].map((j) => (j === label ? 1 : 0)));
    const CE = y.map((row, i) => -sum(row.map((value, j) => value * Math.log(yhat[i][j]))));
    for (const targets of [matrix(y), labels]) {
      expectClose(
        "of probabilities",
        [losses.categoricalCrossEntropy().value(matrix(yhat), targets)],
        [sum(CE) / 6],
        TOLERANCE,
      );
      expectClose(
        "of logits",
        [losses.softmaxCrossEntropy().value(matrix(logits), targets)],
        [sum(CE) / 6],
        TOLERANCE,
      );
    }
  });

  /**
   * theta: all the weights and biases as one row, and the gradient of L(theta), the MSE of a network, sample
   * by sample by the note's rules.
   */
  const [inputs, hidden, outputs, samples] = [3, 5, 2, 8];
  const random = new Random(4);
  const [X, T] = [randomRows(random, samples, inputs), randomRows(random, samples, outputs)];
  const { f, derivative } = activations.sigmoid;

  function gradient(layers: readonly Layer[]): number[] {
    const totals = layers.map(({ W, b }) => ({ W: apply(() => 0, W), b: apply(() => 0, b) }));
    for (const [s, x] of X.entries()) {
      const a = [column(x)];
      const z: Rows[] = [[]];
      for (const [i, { W, b }] of layers.entries()) {
        z.push(plus(times(transposed(W), a[i]), transposed(b)));
        a.push(apply(f, z[i + 1]));
      }
      // dMSE/dyhat for the values of this sample, of samples x outputs in all.
      let da = apply((e) => (2 * e) / (samples * outputs), plus(a[layers.length], column(T[s]), -1));
      for (let l = layers.length; l > 0; l--) {
        const delta = hadamard(da, apply(derivative, z[l]));
        const total = totals[l - 1];
        // dL/dw_ij = dL/dz_j dz_j/dw_ij = delta_j a_i: i counts the inputs, j the units.
        total.W = total.W.map((row, i) => row.map((value, j) => value + delta[j][0] * a[l - 1][i][0]));
        total.b = plus(total.b, transposed(delta));
        da = times(layers[l - 1].W, delta);
      }
    }
    return totals.flatMap(({ W, b }) => [...W.flat(), ...b.flat()]);
  }

  /** theta laid out as the layers of a network. */
  function unflatten(theta: readonly number[], like: readonly Layer[]): Layer[] {
    let at = 0;
    const take = (rows: Rows): Rows => rows.map((row) => row.map(() => theta[at++]));
    return like.map(({ W, b }) => ({ W: take(W), b: take(b) }));
  }

  /**
   * One step of a rule: the next theta_i from theta_i, the gradient's entry and what the rule remembers of i;
   * t counts from 1.
   */
  type Rule = (theta: number, g: number, memory: { m: number; v: number }, t: number) => number;
  const alpha = 0.5;
  const beta = 0.9;
  const [rate, beta1, beta2, epsilon] = [0.01, 0.9, 0.999, 1e-8];

  const rules: [string, () => Optimizer, Rule][] = [
    [
      "gradient descent: theta - alpha g",
      () => sgd({ learningRate: alpha }),
      (theta, g) => theta - alpha * g,
    ],
    [
      "momentum: v = beta v + alpha g, theta - v",
      () => sgd({ learningRate: alpha, momentum: beta, velocity: "scaled" }),
      (theta, g, memory) => {
        memory.v = beta * memory.v + alpha * g;
        return theta - memory.v;
      },
    ],
    [
      "Adam",
      () => adam({ learningRate: rate, beta1, beta2, epsilon }),
      (theta, g, memory, t) => {
        memory.m = beta1 * memory.m + (1 - beta1) * g;
        memory.v = beta2 * memory.v + (1 - beta2) * g ** 2;
        const mHat = memory.m / (1 - beta1 ** t);
        const vHat = memory.v / (1 - beta2 ** t);
        return theta - (rate / (Math.sqrt(vHat) + epsilon)) * mHat;
      },
    ],
  ];

  it.each(rules)("%s: every weight after each of 50 steps", (name, make, rule) => {
    const { model, layers: start } = subject(backend, new Random(5), [inputs, hidden, outputs], "sigmoid");
    const optimizer = make().attach(model);
    const [x, y] = [matrix(X), matrix(T)];
    const dOut = backend.matrix(samples, outputs);
    const loss = losses.meanSquaredError();

    let theta = start.flatMap(({ W, b }) => [...W.flat(), ...b.flat()]);
    const memories = theta.map(() => ({ m: 0, v: 0 }));
    for (let t = 1; t <= STEPS; t++) {
      const g = gradient(unflatten(theta, start));
      theta = theta.map((value, i) => rule(value, g[i], memories[i], t));

      model.zeroGradients();
      loss.valueAndGradient(model.forward(x, { training: true }), y, dOut);
      model.backward(dOut);
      optimizer.step();
      const got = layersOf(model).flatMap(({ W, b }) => [...W.flat(), ...b.flat()]);
      expectClose(`${name}, step ${t}`, got, theta, TOLERANCE_OF_STEPS);
    }
  });

  it("momentum: a velocity of steps and one of gradients part once the rate changes", () => {
    const paths = (["scaled", "torch"] as const).map((velocity) => {
      const { model } = subject(backend, new Random(5), [inputs, hidden, outputs], "sigmoid");
      const optimizer = sgd({ learningRate: alpha, momentum: beta, velocity }).attach(model);
      const dOut = backend.matrix(samples, outputs);
      return Array.from({ length: 20 }, (_, step) => {
        if (step === 10) optimizer.learningRate = alpha / 10;
        model.zeroGradients();
        losses.meanSquaredError().valueAndGradient(model.forward(X, { training: true }), matrix(T), dOut);
        model.backward(dOut);
        optimizer.step();
        return layersOf(model).flatMap(({ W, b }) => [...W.flat(), ...b.flat()]);
      });
    });
    const apart = paths[0].map((theta, step) =>
      Math.max(...theta.map((value, i) => Math.abs(value - paths[1][step][i]))),
    );
    expect(Math.max(...apart.slice(0, 10))).toBeLessThan(TOLERANCE_OF_STEPS);
    expect(apart[19]).toBeGreaterThan(0.01);
  });
});

describe("where the note's own lines do not agree", () => {
  it("w_ij of the gradient is W_ji of the forward pass: delta_j a_i, laid out by i and j, has the shape of W^T", () => {
    const random = new Random(6);
    const [W, a] = [randomRows(random, 2, 4), randomRows(random, 4, 1)];
    const delta = times(W, a);
    const byIndices = a.map(([ai]) => delta.map(([dj]) => dj * ai));
    expect(() => plus(W, byIndices)).toThrow(/shapes differ: 2 x 4 and 4 x 2/);
    expect(plus(W, transposed(byIndices))).toEqual(plus(W, times(delta, transposed(a))));
  });
});
