import { describe, it } from "vitest";
import {
  createBackendSync,
  dense,
  hadamard as hadamardOf,
  losses,
  matmul,
  Network,
} from "../../src/index.js";
import { on, variants } from "../reference/backends.js";
import { expectClose } from "../reference/golden.js";
import { Random } from "../support/random.js";
import { apply, hadamard, plus, type Rows, sum, times, transposed } from "./algebra.js";
import { activations } from "./functions.js";
import { gradientsOf, randomRows, subject } from "./model.js";

/**
 * "Mathematics behind Neural Networks", a question and its answer, in the answer's own symbols: one sample as
 * rows Y = f(H W + B) of y outputs and H of h inputs, J half of a squared distance, * the Hadamard product,
 * delta_ij Kronecker's. Within 2e-6: sums of a few float32 terms of order 1.
 */
const TOLERANCE = 2e-6;
const kroneckerDelta = (i: number, j: number): number => (i === j ? 1 : 0);
const indices = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** J = 1/2 (Y - Y*)(Y - Y*)^T, the scalar product of a row with itself. */
const halfSquare = (Y: Rows, target: Rows): number =>
  times(plus(Y, target, -1), transposed(plus(Y, target, -1)))[0][0] / 2;

describe.each(variants)('"Mathematics behind Neural Networks" on the %s build', (variant) => {
  const backend = createBackendSync(on(variant));
  const matrix = (rows: Rows) => backend.matrix(rows.length, rows[0].length, rows);
  const random = new Random(1);

  describe("the four kinds of product", () => {
    const [a, b] = [randomRows(random, 3, 5), randomRows(random, 5, 4)];
    const [u, v, w] = [randomRows(random, 1, 6), randomRows(random, 1, 6), randomRows(random, 1, 3)];

    it("1, the ordinary matrix product: matmul", () => {
      expectClose("A B", matmul(matrix(a), matrix(b)).data, times(a, b).flat(), TOLERANCE);
    });

    it("2, the scalar product of rows: matmul with the second one transposed, one number", () => {
      const product = sum(u[0].map((value, i) => value * v[0][i]));
      expectClose("u v^T", matmul(matrix(u), matrix(v), { transposeB: true }).data, [product], TOLERANCE);
    });

    it("3, the Hadamard product: hadamard", () => {
      expectClose("u * v", hadamardOf(matrix(u), matrix(v)).data, hadamard(u, v).flat(), TOLERANCE);
    });

    it("4, the outer product of rows of any lengths: matmul with the first one transposed", () => {
      const product = u[0].flatMap((x) => w[0].map((y) => x * y));
      expectClose("u^T w", matmul(matrix(u), matrix(w), { transposeA: true }).data, product, TOLERANCE);
    });
  });

  it.each(["sigmoid", "tanh"] as const)(
    "J and its gradients by B and W, by the sums over i with %s",
    (name) => {
      const { f, derivative } = activations[name];
      const [h, y] = [5, 4];
      const { model, layers } = subject(backend, random, [h, y], name);
      const [{ W, b: B }] = layers;
      const [H, target] = [randomRows(random, 1, h), randomRows(random, 1, y)];
      const Y = [indices(y).map((i) => f(sum(H[0].map((value, j) => value * W[j][i])) + B[0][i]))];
      const slope = apply(derivative, plus(times(H, W), B));

      const dJdY = indices(y).map((i) =>
        sum(indices(y).map((j) => ((2 * (Y[0][j] - target[0][j])) / 2) * kroneckerDelta(i, j))),
      );
      const dJdB = indices(y).map((k) =>
        sum(indices(y).map((i) => dJdY[i] * slope[0][i] * kroneckerDelta(i, k))),
      );
      const dYdW = (i: number, k: number, l: number) =>
        slope[0][i] * sum(indices(h).map((j) => H[0][j] * kroneckerDelta(j, k) * kroneckerDelta(i, l)));
      const dJdW = indices(h).map((k) =>
        indices(y).map((l) => sum(indices(y).map((i) => dJdY[i] * dYdW(i, k, l)))),
      );
      // The results that these come to.
      const inner = hadamard(plus(Y, target, -1), slope);
      expectClose("(Y - Y*) * f'(H W + B)", inner.flat(), dJdB, 1e-14);
      expectClose("H^T ((Y - Y*) * f'(H W + B))", times(transposed(H), inner).flat(), dJdW.flat(), 1e-14);

      const loss = losses.meanSquaredError({ reduction: "halfSum" });
      const out = model.forward(matrix(H), { training: true });
      expectClose("Y", out.data, Y.flat(), TOLERANCE);
      const dOut = backend.matrix(1, y);
      expectClose(
        "J",
        [loss.valueAndGradient(out, matrix(target), dOut)],
        [halfSquare(Y, target)],
        TOLERANCE,
      );
      expectClose("dJ/dY", dOut.data, dJdY, TOLERANCE);
      model.backward(dOut);
      const [gradient] = gradientsOf(model);
      expectClose("dJ/dB", gradient.b.flat(), dJdB, TOLERANCE);
      expectClose("dJ/dW", gradient.W.flat(), dJdW.flat(), TOLERANCE);
    },
  );

  it("a hidden layer and a batch: the gradients by B_2 and W_2 are the sums of those of each sample", () => {
    const { f, derivative } = activations.sigmoid;
    const { model, layers } = subject(backend, random, [3, 6, 2], "sigmoid");
    const [X, target] = [randomRows(random, 7, 3), randomRows(random, 7, 2)];
    const dW = apply(() => 0, layers[1].W);
    const dB = [0, 0];
    let J = 0;
    for (const [s, x] of X.entries()) {
      const H = apply(f, plus(times([x], layers[0].W), layers[0].b));
      const sums = plus(times(H, layers[1].W), layers[1].b);
      const Y = apply(f, sums);
      J += halfSquare(Y, [target[s]]);
      const inner = hadamard(plus(Y, [target[s]], -1), apply(derivative, sums));
      for (const [l, value] of inner[0].entries()) {
        dB[l] += value;
        for (const [k, row] of dW.entries()) row[l] += H[0][k] * value;
      }
    }
    const loss = losses.meanSquaredError({ reduction: "halfSum" });
    const dOut = backend.matrix(7, 2);
    expectClose(
      "J",
      [loss.valueAndGradient(model.forward(matrix(X), { training: true }), matrix(target), dOut)],
      [J],
      TOLERANCE,
    );
    model.backward(dOut);
    expectClose("dJ/dW_2", gradientsOf(model)[1].W.flat(), dW.flat(), TOLERANCE);
    expectClose("dJ/dB_2", gradientsOf(model)[1].b.flat(), dB, TOLERANCE);
  });

  it("a derivative has the shape of what it is by", () => {
    const model = new Network(backend, { inputShape: 5, layers: [dense(4)] });
    for (const { value, gradient } of model.parameters)
      expectClose("shape", [gradient.rows, gradient.cols], [value.rows, value.cols], 0);
  });
});
