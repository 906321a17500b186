import { describe, expect, it } from "vitest";
import { addRow, createBackendSync, losses, matmul, sgd } from "../../src/index.js";
import { on, variants } from "../reference/backends.js";
import { expectClose } from "../reference/golden.js";
import { differences } from "../reference/network.js";
import { Random } from "../support/random.js";
import { apply, hadamard, kronecker, plus, type Rows, scaled, sum, times, transposed } from "./algebra.js";
import { activations } from "./functions.js";
import { gradientsOf, type Layer, layersOf, randomRows, subject } from "./model.js";

/**
 * styxofsyntax, "Mathematics for Neural Networks" (July 9, 2024), in its own symbols: m examples as the rows
 * of X, n inputs, k neurons. Its sums start at i = 0 where they mean i = 1. Within 2e-6: sums of a few
 * float32 terms of order 1.
 */
const TOLERANCE = 2e-6;

/** Section 2.1, the Kronecker product written out. */
function netInput(X: Rows, W: Rows, b: Rows): Rows {
  const j = X.map(() => [1]);
  return plus(times(X, W), kronecker(j, b));
}

/**
 * Section 2.2, E = 1/m times the sum over examples of (a_i - y_i)^2, the square of a vector being that of its
 * length.
 */
const error = (A: Rows, Y: Rows): number =>
  sum(A.map((a, i) => sum(a.map((value, j) => (value - Y[i][j]) ** 2)))) / A.length;

describe.each(variants)('styxofsyntax, "Mathematics for Neural Networks", on the %s build', (variant) => {
  const backend = createBackendSync(on(variant));
  const matrix = (rows: Rows) => backend.matrix(rows.length, rows[0].length, rows);

  it("2.1: the net input Z = X W + j (x) b", () => {
    const random = new Random(1);
    const [m, n, k] = [7, 5, 4];
    const [X, W, b] = [randomRows(random, m, n), randomRows(random, n, k), randomRows(random, 1, k)];
    const Z = netInput(X, W, b).flat();
    expectClose(
      "addRow(matmul(X, W), b)",
      addRow(matmul(matrix(X), matrix(W)), matrix(b)).data,
      Z,
      TOLERANCE,
    );

    const { model, layers } = subject(backend, random, [n, k], "linear");
    expectClose("a dense layer", model.predict(X), netInput(X, layers[0].W, layers[0].b).flat(), TOLERANCE);
  });

  it("2.2: the error, and its gradient 2/m (A - Y)", () => {
    const random = new Random(2);
    const [A, Y] = [randomRows(random, 7, 4), randomRows(random, 7, 4)];
    const loss = losses.meanSquaredError({ reduction: "batchMean" });
    expectClose("E", [loss.value(matrix(A), matrix(Y))], [error(A, Y)], TOLERANCE);
    expectClose(
      "dE/dA",
      loss.gradient(matrix(A), matrix(Y)).data,
      scaled(2 / A.length, plus(A, Y, -1)).flat(),
      TOLERANCE,
    );
  });

  it.each(["sigmoid", "tanh", "relu"] as const)(
    "2.3 and 2.4: the gradients of three layers of %s, and the parameters after a step",
    (name) => {
      const { f: h, derivative } = activations[name];
      const random = new Random(3);
      const [m, sizes] = [9, [5, 6, 4, 3]];
      const { model, layers } = subject(backend, random, sizes, name);
      const [X, Y] = [randomRows(random, m, sizes[0]), randomRows(random, m, 3)];

      // A[0] = X, and Z[l], A[l] of layer l.
      const A: Rows[] = [X];
      const Z: Rows[] = [[]];
      for (const [index, { W, b }] of layers.entries()) {
        Z.push(netInput(A[index], W, b));
        A.push(apply(h, Z[index + 1]));
      }
      const L = layers.length;
      const gradients: { W: Rows; B: Rows }[] = [];
      let d = scaled(2 / m, plus(A[L], Y, -1));
      for (let l = L; l > 0; l--) {
        const inner = hadamard(apply(derivative, Z[l]), d);
        gradients[l] = { W: times(transposed(A[l - 1]), inner), B: inner };
        d = times(inner, transposed(layers[l - 1].W));
      }
      const alpha = 0.1;
      const updated = layers.map(
        ({ W, b }, i): Layer => ({
          W: plus(W, gradients[i + 1].W, -alpha),
          b: gradients[i + 1].B.reduce((total, row) => plus(total, [row], -alpha), b),
        }),
      );

      const optimizer = sgd({ learningRate: alpha }).attach(model);
      const out = model.forward(matrix(X), { training: true });
      const dOut = losses.meanSquaredError({ reduction: "batchMean" }).gradient(out, matrix(Y));
      const dX = model.backward(dOut, { inputGradient: true });
      expectClose("dE/dX", dX?.data ?? [], d.flat(), TOLERANCE);
      for (const [i, { W, b }] of gradientsOf(model).entries()) {
        expectClose(`dE/dW of layer ${i + 1}`, W.flat(), gradients[i + 1].W.flat(), TOLERANCE);
        expectClose(`dE/db of layer ${i + 1}`, b.flat(), transposed(gradients[i + 1].B).map(sum), TOLERANCE);
      }
      optimizer.step();
      for (const [i, { W, b }] of layersOf(model).entries()) {
        expectClose(`W' of layer ${i + 1}`, W.flat(), updated[i].W.flat(), TOLERANCE);
        expectClose(`b' of layer ${i + 1}`, b.flat(), updated[i].b.flat(), TOLERANCE);
      }
    },
  );
});

/** Judged by central differences, which are good to about 1e-9. */
describe("where the note's own line is wrong", () => {
  it("2.2: the derivative by one a_j keeps one term of the sum, not all of them", () => {
    const random = new Random(4);
    const [a, y] = [randomRows(random, 6, 1), randomRows(random, 6, 1)].map((rows) => rows.flat());
    const m = a.length;
    const slopes = differences(a, () => error(transposed([a]), transposed([y])));
    const printed = (2 / m) * sum(a.map((value, i) => value - y[i]));
    for (const [j, slope] of slopes.entries()) {
      expect(Math.abs(slope - (2 / m) * (a[j] - y[j]))).toBeLessThan(1e-8);
      expect(Math.abs(slope - printed)).toBeGreaterThan(1e-3);
    }
  });

  it("2.1: adding the bias to the rows of W is not what j (x) b does", () => {
    const random = new Random(5);
    const [X, W, b] = [randomRows(random, 3, 3), randomRows(random, 3, 2), randomRows(random, 1, 2)];
    const printed = times(X, plus(W, kronecker([[1], [1], [1]], b)));
    expect(
      Math.max(
        ...plus(printed, netInput(X, W, b), -1)
          .flat()
          .map(Math.abs),
      ),
    ).toBeGreaterThan(0.1);
  });
});
