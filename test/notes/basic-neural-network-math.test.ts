import { describe, expect, it } from "vitest";
import { createBackendSync } from "../../src/index.js";
import { on, variants } from "../reference/backends.js";
import { expectClose } from "../reference/golden.js";
import { differences } from "../reference/network.js";
import { Random } from "../support/random.js";
import { apply, column, hadamard, plus, type Rows, sum, times, transposed } from "./algebra.js";
import { activations } from "./functions.js";
import { gradientsOf, randomRows, subject } from "./model.js";

/**
 * Jeffrey Zhou, "Basic Neural Network Math", in its own symbols: one sample as a column X of n inputs, Y the
 * sums of m nodes, Z = F(Y) the outputs, W with one row a node. The bias, which (2) and (3) leave out and its
 * section 2 has, is a column B. Within 2e-6: sums of a few float32 terms of order 1. Its two figures are held
 * by test/examples.test.ts.
 */
const TOLERANCE = 2e-6;

interface Node {
  w: number[];
  b: number;
}

/** Section 2 before the matrices, node by node: z_a = F(y_a), y_a = (sum over i of w_ai x_i) + b_a. */
function byNodes(
  F: (y: number) => number,
  nodes: readonly Node[],
  x: readonly number[],
): { y: number[]; z: number[] } {
  const y = nodes.map(({ w, b }) => sum(w.map((weight, i) => weight * x[i])) + b);
  return { y, z: y.map(F) };
}

/**
 * What a layer's three derivatives are by sections 3.1 to 3.3, each from the formula of one entry. dZ: dE/dZ,
 * an entry a node.
 */
function derivatives(
  dF: (y: number) => number,
  W: Rows,
  x: readonly number[],
  y: readonly number[],
  dZ: readonly number[],
) {
  return {
    dW: y.map((yi, i) => x.map((xj) => xj * dF(yi) * dZ[i])),
    dB: y.map((yi, i) => dF(yi) * dZ[i]),
    // (7)
    dX: x.map((_, j) => sum(y.map((yi, i) => dZ[i] * dF(yi) * W[i][j]))),
  };
}

describe.each(variants)('Jeffrey Zhou, "Basic Neural Network Math", on the %s build', (variant) => {
  const backend = createBackendSync(on(variant));

  it.each(["sigmoid", "tanh", "relu"] as const)(
    "sections 2 and 3: forward and backward through three layers of %s, sample by sample",
    (name) => {
      const { f: F, derivative: dF } = activations[name];
      const random = new Random(1);
      const sizes = [4, 6, 5, 3];
      const { model, layers } = subject(backend, random, sizes, name);
      const samples = randomRows(random, 8, sizes[0]);
      const upstream = randomRows(random, 8, 3);
      const weights = layers.map(({ W }) => transposed(W));
      const biases = layers.map(({ b }) => transposed(b));

      const totals = layers.map(({ W, b }) => ({
        dW: apply(() => 0, transposed(W)),
        dB: apply(() => 0, transposed(b)),
      }));
      const outputs: number[][] = [];
      const dInputs: number[][] = [];
      for (const [s, sample] of samples.entries()) {
        // (2) and (3) with the bias: Y = W X + B, Z = F(Y), and Z is the X of the next layer.
        const X = [column(sample)];
        const Y: Rows[] = [];
        for (const [l, W] of weights.entries()) {
          Y.push(plus(times(W, X[l]), biases[l]));
          X.push(apply(F, Y[l]));
          const nodes = W.map((w, a) => ({ w, b: biases[l][a][0] }));
          expectClose("z node by node", byNodes(F, nodes, X[l].flat()).z, X[l + 1].flat(), 1e-14);
        }
        outputs.push(X[layers.length].flat());

        let dZ = column(upstream[s]);
        for (let l = layers.length - 1; l >= 0; l--) {
          // (4), (5) and (8), corrected.
          const dB = hadamard(apply(dF, Y[l]), dZ);
          const dW = times(dB, transposed(X[l]));
          const dX = times(transposed(weights[l]), dB);
          const entries = derivatives(dF, weights[l], X[l].flat(), Y[l].flat(), dZ.flat());
          expectClose("dW by entries", entries.dW.flat(), dW.flat(), 1e-14);
          expectClose("dB by entries", entries.dB, dB.flat(), 1e-14);
          expectClose("dX by entries", entries.dX, dX.flat(), 1e-14);
          totals[l] = { dW: plus(totals[l].dW, dW), dB: plus(totals[l].dB, dB) };
          dZ = dX;
        }
        dInputs.push(dZ.flat());
      }

      const matrix = (rows: Rows) => backend.matrix(rows.length, rows[0].length, rows);
      const out = model.forward(matrix(samples), { training: true });
      expectClose("Z", out.data, outputs.flat(), TOLERANCE);
      const dX = model.backward(matrix(upstream), { inputGradient: true });
      expectClose("dE/dX", dX?.data ?? [], dInputs.flat(), TOLERANCE);
      for (const [l, { W, b }] of gradientsOf(model).entries()) {
        expectClose(`dE/dW of layer ${l + 1}`, transposed(W).flat(), totals[l].dW.flat(), TOLERANCE);
        expectClose(`dE/dB of layer ${l + 1}`, b.flat(), totals[l].dB.flat(), TOLERANCE);
      }
    },
  );
});

/**
 * Judged by central differences of E = the sum over the outputs of g_i F(y_i), which are good to about 1e-9.
 */
describe("where the note's own line is wrong", () => {
  const random = new Random(2);
  const { f: F, derivative: dF } = activations.tanh;
  const [m, n] = [3, 4];
  const [W, B, dZ] = [randomRows(random, m, n), randomRows(random, m, 1), randomRows(random, m, 1)];
  const x = randomRows(random, 1, n)[0];
  const X = column(x);
  const Y = plus(times(W, X), B);
  const Z = apply(F, Y);
  const E = (w: Rows, inputs: readonly number[]) =>
    sum(hadamard(dZ, apply(F, plus(times(w, column(inputs)), B))).flat());
  const dX = differences(x, () => E(W, x));
  const dW = W.map((row) => differences(row, () => E(W, x)));
  const distance = (a: Rows, b: Rows) => Math.max(...plus(a, b, -1).flat().map(Math.abs));

  it("(1): F(Y) is the column of the outputs; F(Y^T) is a row", () => {
    expect(Z.flat()).toEqual(Y.flat().map(F));
    expect(() => plus(Z, apply(F, transposed(Y)))).toThrow(/shapes differ: 3 x 1 and 1 x 3/);
  });

  it("(2) and (3): without the bias the sums are others", () => {
    expect(distance(Y, times(W, X))).toBeGreaterThan(0.1);
  });

  it("(4): (F'(Y) o dE/dZ) X^T is dE/dW; X F'(Y) o dE/dZ is no product", () => {
    expect(distance(times(hadamard(apply(dF, Y), dZ), transposed(X)), dW)).toBeLessThan(1e-8);
    expect(() => hadamard(times(X, apply(dF, Y)), dZ)).toThrow(/no product of 4 x 1 and 3 x 1/);
  });

  it("the product before (4), with the n entries that x has, is the transpose of dE/dW", () => {
    const printed = times(X, transposed(hadamard(apply(dF, Y), dZ)));
    expect(distance(transposed(printed), dW)).toBeLessThan(1e-8);
    expect(() => plus(printed, dW)).toThrow(/shapes differ: 4 x 3 and 3 x 4/);
  });

  it("the line before (8) multiplies W^T by dE/dZ alone: the Hadamard product comes first", () => {
    expect(() => hadamard(times(transposed(W), dZ), apply(dF, Y))).toThrow(/shapes differ: 4 x 1 and 3 x 1/);
  });

  it("(8): W^T (dE/dZ o F'(Y)) is dE/dX; with Z in the place of dE/dZ it is not", () => {
    expect(distance(times(transposed(W), hadamard(dZ, apply(dF, Y))), column(dX))).toBeLessThan(1e-8);
    expect(distance(times(transposed(W), hadamard(Z, apply(dF, Y))), column(dX))).toBeGreaterThan(0.1);
  });

  it("the first display of 3.3 has one of the m terms of (7)", () => {
    const first = W[0].map((weight) => weight * dF(Y[0][0]) * dZ[0][0]);
    expect(distance([first], [dX])).toBeGreaterThan(0.01);
  });
});
