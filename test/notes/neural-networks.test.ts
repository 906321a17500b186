import { describe, expect, it } from "vitest";
import {
  activate,
  activationGradient,
  createBackendSync,
  hadamard as hadamardOf,
  losses,
  type Matrix,
  matmul,
} from "../../src/index.js";
import { on, variants } from "../reference/backends.js";
import { expectClose } from "../reference/golden.js";
import { differences } from "../reference/network.js";
import { Random } from "../support/random.js";
import { apply, column, plus, type Rows, sum, times, transposed } from "./algebra.js";
import { activations } from "./functions.js";
import { gradientsOf, randomRows, subject } from "./model.js";

/**
 * Aditya Mehrotra, "Neural Networks" (November 2020), in its own symbols: one example as a column, w^l with
 * one row a neuron of layer l, weighted inputs z^l, activations a^l = sigma(z^l), errors delta^l = dC/dz^l.
 * Within 2e-6: sums of a few float32 terms of order 1.
 */
const TOLERANCE = 2e-6;
const { f: sigma, derivative: sigmaPrime } = activations.sigmoid;

interface Parameters {
  w: Rows;
  b: Rows;
}

/** Section 1 for an example x: a[0] = x, and z[l], a[l] of layer l in 1 .. L. */
function forward(layers: readonly Parameters[], x: readonly number[]): { z: Rows[]; a: Rows[] } {
  const z: Rows[] = [[]];
  const a: Rows[] = [column(x)];
  for (const { w, b } of layers) {
    z.push(plus(times(w, a[a.length - 1]), b));
    a.push(apply(sigma, z[z.length - 1]));
  }
  return { z, a };
}

/** Section 1: C = 1/(2N) times the sum over examples of ||a^L(x) - y(x)||^2. */
const cost = (layers: readonly Parameters[], xs: Rows, ys: Rows): number =>
  sum(xs.map((x, i) => sum(forward(layers, x).a[layers.length].map(([a], j) => (a - ys[i][j]) ** 2)))) /
  (2 * xs.length);

/** Section 2, equations 1 and 2, delta by delta. */
function errors(
  layers: readonly Parameters[],
  z: readonly Rows[],
  a: readonly Rows[],
  y: readonly number[],
): number[][] {
  const L = layers.length;
  const delta: number[][] = [];
  delta[L] = a[L].map(([activation], j) => (activation - y[j]) * sigmaPrime(z[L][j][0]));
  for (let l = L - 1; l > 0; l--) {
    delta[l] = z[l].map(
      ([zj], j) => sum(layers[l].w.map((row, i) => row[j] * delta[l + 1][i])) * sigmaPrime(zj),
    );
  }
  return delta;
}

describe.each(variants)('Aditya Mehrotra, "Neural Networks", on the %s build', (variant) => {
  const backend = createBackendSync(on(variant));
  const matrix = (rows: Rows) => backend.matrix(rows.length, rows[0].length, rows);
  const random = new Random(1);
  const sizes = [4, 6, 5, 3];
  const { model, layers: ours } = subject(backend, random, sizes, "sigmoid");
  const layers: Parameters[] = ours.map(({ W, b }) => ({ w: transposed(W), b: transposed(b) }));
  const L = layers.length;
  const [xs, ys] = [randomRows(random, 7, sizes[0]), randomRows(random, 7, 3)];
  const loss = losses.meanSquaredError({ reduction: "halfBatchMean" });

  /** The library's gradients for a batch. */
  function gradients(x: Rows, y: Rows) {
    model.zeroGradients();
    const out = model.forward(matrix(x), { training: true });
    const dOut = backend.matrix(out.rows, out.cols);
    loss.valueAndGradient(out, matrix(y), dOut);
    model.backward(dOut);
    return gradientsOf(model);
  }

  it("1: a^L, and the cost of all examples and of one", () => {
    const expected = xs.flatMap((x) => forward(layers, x).a[L].flat());
    expectClose("a^L", model.predict(xs), expected, TOLERANCE);
    expectClose("C", [loss.value(model.forward(xs), matrix(ys))], [cost(layers, xs, ys)], TOLERANCE);
    expectClose(
      "C of one",
      [loss.value(model.forward([xs[0]]), matrix([ys[0]]))],
      [cost(layers, [xs[0]], [ys[0]])],
      TOLERANCE,
    );
  });

  /** The weighted inputs and errors of one example, as the rows that the library has. */
  function layerByLayer(x: readonly number[], y: readonly number[]) {
    const { z, a } = forward(layers, x);
    const delta = errors(layers, z, a, y);
    const row = (values: Rows | number[]): Matrix => matrix([values.flat()]);
    return { a: a.map(row), z: z.map((values, l) => (l > 0 ? row(values) : row([0]))), delta };
  }

  it("2.1, equation 1: delta^L = gradient of C by a^L o sigma'(z^L), by the library's operations", () => {
    const { z, delta } = layerByLayer(xs[0], ys[0]);
    const gradient = loss.gradient(activate("sigmoid", z[L]), matrix([ys[0]]));
    expectClose(
      "delta^L",
      hadamardOf(gradient, activationGradient("sigmoid", z[L])).data,
      delta[L],
      TOLERANCE,
    );
  });

  it("2.2, equation 2: delta^l = ((w^(l+1))^T delta^(l+1)) o sigma'(z^l), by the library's operations", () => {
    const { z, delta } = layerByLayer(xs[1], ys[1]);
    for (let l = L - 1; l > 0; l--) {
      const carried = matmul(matrix([delta[l + 1]]), matrix(ours[l].W), { transposeB: true });
      expectClose(
        `delta^${l}`,
        hadamardOf(carried, activationGradient("sigmoid", z[l])).data,
        delta[l],
        TOLERANCE,
      );
    }
  });

  it("2.3 and 2.4, equations 3 and 4: the gradients of one example are delta^l and delta^l (a^(l-1))^T", () => {
    for (const [s, x] of xs.entries()) {
      const { z, a } = forward(layers, x);
      const delta = errors(layers, z, a, ys[s]);
      for (const [i, { W, b }] of gradients([x], [ys[s]]).entries()) {
        const l = i + 1;
        expectClose(`dC/db^${l}`, b.flat(), delta[l], TOLERANCE);
        expectClose(
          `dC/dw^${l}`,
          transposed(W).flat(),
          times(column(delta[l]), transposed(a[l - 1])).flat(),
          TOLERANCE,
        );
        expectClose(
          `dC/dw^${l}, entry by entry`,
          transposed(W).flat(),
          delta[l].flatMap((dj) => a[l - 1].map(([ak]) => ak * dj)),
          TOLERANCE,
        );
      }
    }
  });

  it("the gradients of a batch are the means of those of its examples", () => {
    const means = layers.map(({ w, b }) => ({ w: apply(() => 0, w), b: apply(() => 0, b) }));
    for (const [s, x] of xs.entries()) {
      const { z, a } = forward(layers, x);
      const delta = errors(layers, z, a, ys[s]).map(column);
      for (const [i, mean] of means.entries()) {
        mean.w = plus(mean.w, times(delta[i + 1], transposed(a[i])), 1 / xs.length);
        mean.b = plus(mean.b, delta[i + 1], 1 / xs.length);
      }
    }
    for (const [i, { W, b }] of gradients(xs, ys).entries()) {
      expectClose(`dC/dw^${i + 1}`, transposed(W).flat(), means[i].w.flat(), TOLERANCE);
      expectClose(`dC/db^${i + 1}`, transposed(b).flat(), means[i].b.flat(), TOLERANCE);
    }
  });
});

/** Judged by central differences, which are good to about 1e-9. */
describe("where the note's own line is wrong", () => {
  const random = new Random(2);
  const sizes = [4, 3, 2];
  const layers: Parameters[] = sizes
    .slice(1)
    .map((units, i) => ({ w: randomRows(random, units, sizes[i]), b: randomRows(random, units, 1) }));
  const [x, y] = [randomRows(random, 1, 4), randomRows(random, 1, 2)];
  const { z, a } = forward(layers, x[0]);
  const delta = errors(layers, z, a, y[0]).map(column);
  const distance = (p: Rows, q: Rows) => Math.max(...plus(p, q, -1).flat().map(Math.abs));

  it("2.4: the row in the product begins with a_1^(l-1); with a_1^l its first column is wrong", () => {
    const dw = layers[1].w.map((row) => differences(row, () => cost(layers, x, y)));
    expect(distance(times(delta[2], transposed(a[1])), dw)).toBeLessThan(1e-8);
    const printed = [[a[2][0][0], ...a[1].flat().slice(1)]];
    const wrong = plus(times(delta[2], printed), dw, -1);
    expect(Math.max(...wrong.map(([first]) => Math.abs(first)))).toBeGreaterThan(1e-3);
    expect(Math.max(...wrong.flatMap((row) => row.slice(1)).map(Math.abs))).toBeLessThan(1e-8);
  });

  it("2.4: dz_j/dw_jk = a_k^(l-1) is the same for every j, of layer l, and not for every k, of layer l-1", () => {
    const slopes = layers[0].w.map((row, j) => differences(row, () => forward(layers, x[0]).z[1][j][0]));
    for (const row of slopes) expect(distance([row], x)).toBeLessThan(1e-8);
    expect(Math.max(...x[0]) - Math.min(...x[0])).toBeGreaterThan(0.1);
  });

  it("1: what it calls a regular mean squared error is half of that", () => {
    const [xs, ys] = [randomRows(random, 5, 4), randomRows(random, 5, 2)];
    const squares = xs.map((each, i) =>
      sum(forward(layers, each).a[2].map(([value], j) => (value - ys[i][j]) ** 2)),
    );
    expect(cost(layers, xs, ys)).toBeCloseTo(sum(squares) / 5 / 2, 14);
  });
});
