import { describe, expect, it } from "vitest";
import {
  activate,
  adam,
  addRow,
  createBackendSync,
  dense,
  type Loss,
  type LossName,
  losses,
  type Matrix,
  matmul,
  Network,
  type Optimizer,
  sgd,
  sumRows,
  type Targets,
  transpose,
} from "../../src/index.js";
import { on, variants } from "../reference/backends.js";
import { expectClose } from "../reference/golden.js";
import { SMALLEST } from "../support/floats.js";
import { Random } from "../support/random.js";

/**
 * Numbers and shapes at which mathematics is easy and arithmetic is not, where test/kernels has them not yet.
 */
describe.each(variants)("hard numbers on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));
  const lossNames = (Object.keys(losses) as LossName[]).filter((name) => (name as string) !== "custom");

  describe("a million terms, to 2e-6 of the value", () => {
    const N = 1_000_000;
    const filled = (rows: number, cols: number, value: number) =>
      backend.matrix(rows, cols, new Float32Array(rows * cols).fill(value));
    const p = Math.fround(0.1);
    const cases: [string, Loss, () => [Matrix, Targets], number][] = [
      ["meanSquaredError", losses.meanSquaredError(), () => [filled(N, 1, p), filled(N, 1, 0)], p * p],
      ["meanAbsoluteError", losses.meanAbsoluteError(), () => [filled(N, 1, p), filled(N, 1, 0)], p],
      ["huber", losses.huber(), () => [filled(N, 1, p), filled(N, 1, 0)], (p * p) / 2],
      [
        "binaryCrossEntropy",
        losses.binaryCrossEntropy(),
        () => [filled(N, 1, p), filled(N, 1, 0)],
        -Math.log1p(-p),
      ],
      [
        "binaryCrossEntropyWithLogits",
        losses.binaryCrossEntropyWithLogits(),
        () => [filled(N, 1, p), filled(N, 1, 0)],
        Math.log1p(Math.exp(p)),
      ],
      [
        "softmaxCrossEntropy of a million rows",
        losses.softmaxCrossEntropy(),
        () => [filled(N, 2, p), new Int32Array(N)],
        Math.LN2,
      ],
      [
        "softmaxCrossEntropy of a million classes",
        losses.softmaxCrossEntropy(),
        () => [filled(1, N, p), Int32Array.of(7)],
        Math.log(N),
      ],
      [
        "categoricalCrossEntropy of a million rows",
        losses.categoricalCrossEntropy(),
        () => [filled(N, 1, p), new Int32Array(N)],
        -Math.log(p),
      ],
    ];
    it.each(cases)("%s", (name, loss, make, expected) => {
      const [pred, targets] = make();
      expectClose(name, [loss.value(pred, targets)], [expected], 0, 2e-6);
      pred.dispose();
    });

    it("softmax of a million equal logits, and sumRows of a million rows", () => {
      expectClose(
        "softmax",
        activate("softmax", filled(1, N, 3)).data.subarray(0, 5),
        new Array(5).fill(1 / N),
        0,
        2e-6,
      );
      expectClose("sumRows", sumRows(filled(N, 2, p)).data, [N * p, N * p], 0, 2e-6);
    });
  });

  describe("subnormal numbers are kept", () => {
    // Multiples of the smallest float, and integers: products and sums are exact.
    const random = new Random(1);
    const integers = (n: number) => Array.from(random.integers(n, 200), (x) => x - 100);
    const tiny = (n: number) => integers(n).map((x) => x * SMALLEST);

    it("in matmul and sumRows, to the bit", () => {
      const [m, k, n] = [9, 30, 7];
      const [a, b] = [tiny(m * k), integers(k * n)];
      const product = Array.from({ length: m * n }, (_, at) =>
        Array.from({ length: k }, (_, i) => a[Math.floor(at / n) * k + i] * b[i * n + (at % n)]).reduce(
          (sum, x) => sum + x,
          0,
        ),
      );
      expectClose("matmul", matmul(backend.matrix(m, k, a), backend.matrix(k, n, b)).data, product, 0);
      const sums = Array.from({ length: k }, (_, j) =>
        Array.from({ length: m }, (_, i) => a[i * k + j]).reduce((sum, x) => sum + x, 0),
      );
      expectClose("sumRows", sumRows(backend.matrix(m, k, a)).data, sums, 0);
      expect(Math.max(...sums)).toBeGreaterThan(0);
    });

    it("in a mean, a step and a square", () => {
      const [p, t] = [tiny(64), tiny(64)];
      const sum = p.reduce((total, x, i) => total + Math.abs(x - t[i]), 0);
      expect(
        losses
          .meanAbsoluteError({ reduction: "sum" })
          .value(backend.matrix(8, 8, p), backend.matrix(8, 8, t)),
      ).toBe(sum);
      // 1e-20 squared is 1e-40, some 71,000 times the smallest float.
      const square = losses
        .meanSquaredError()
        .value(backend.matrix(1, 1, [1e-20]), backend.matrix(1, 1, [0]));
      expect(Math.abs(square - 1e-40)).toBeLessThan(1e-4 * 1e-40);

      using model = new Network(backend, { inputShape: 8, layers: [dense(8, { useBias: false })] });
      const [{ value, gradient }] = model.parameters;
      value.set(p);
      gradient.set(t);
      sgd({ learningRate: 1 }).attach(model).step();
      expectClose(
        "weights",
        value.data,
        p.map((x, i) => x - t[i]),
        0,
      );
    });

    it("in softmax: logits of no size are equal ones", () => {
      expect([
        ...activate("softmax", backend.matrix(1, 4, [SMALLEST, -SMALLEST, 0, 100 * SMALLEST])).data,
      ]).toEqual([0.25, 0.25, 0.25, 0.25]);
    });
  });

  it.each<[string, () => Optimizer]>([
    ["adam", () => adam({ learningRate: 0.5 })],
    ["sgd with momentum", () => sgd({ learningRate: 0.5, momentum: 0.9 })],
  ])("%s stays finite at gradients whose square underflows", (_, make) => {
    using model = new Network(backend, { inputShape: 3, layers: [dense(1, { useBias: false })] });
    const [{ value, gradient }] = model.parameters;
    value.set([1, 2, 3]);
    const optimizer = make().attach(model);
    for (let step = 0; step < 5; step++) {
      gradient.set([1e-30, -SMALLEST, 0]);
      optimizer.step();
    }
    expect(value.data.every(Number.isFinite)).toBe(true);
    expect([...value.data]).toEqual([1, 2, 3]);
  });

  describe("one row, one column, or none", () => {
    const sizes = [0, 1, 5];
    const shapes = sizes.flatMap((rows) => sizes.map((cols) => [rows, cols] as const));
    const random = new Random(2);
    const at = (i: number, j: number) => ((i * 7 + j * 3) % 11) - 5;
    const matrixOf = (rows: number, cols: number) =>
      backend.matrix(
        rows,
        cols,
        Array.from({ length: rows * cols }, (_, k) => at(Math.floor(k / cols), k % cols)),
      );

    it.each(shapes)(
      "%d x %d: transpose, addRow, sumRows and products with 0, 1 and 5 columns, exactly",
      (rows, cols) => {
        const a = matrixOf(rows, cols);
        const row = matrixOf(1, cols);
        const turned = transpose(a);
        expect([turned.rows, turned.cols]).toEqual([cols, rows]);
        for (let j = 0; j < cols; j++)
          expect([...turned.data.subarray(j * rows, (j + 1) * rows)]).toEqual(
            Array.from({ length: rows }, (_, i) => at(i, j)),
          );
        expect([...addRow(a, row).data]).toEqual(Array.from(a.data, (x, k) => x + at(0, k % cols)));
        expect([...sumRows(a).data]).toEqual(
          Array.from({ length: cols }, (_, j) =>
            Array.from({ length: rows }, (_, i) => at(i, j)).reduce((s, x) => s + x, 0),
          ),
        );
        for (const n of sizes) {
          const product = matmul(a, matrixOf(cols, n));
          const expected = Array.from({ length: rows * n }, (_, k) =>
            Array.from({ length: cols }, (_, p) => at(Math.floor(k / n), p) * at(p, k % n)).reduce(
              (s, x) => s + x,
              0,
            ),
          );
          expect([product.rows, product.cols]).toEqual([rows, n]);
          expect([...product.data]).toEqual(expected);
          expect([...matmul(a, transpose(matrixOf(cols, n)), { transposeB: true }).data]).toEqual(expected);
          expect([...matmul(transpose(a), matrixOf(cols, n), { transposeA: true }).data]).toEqual(expected);
        }
      },
    );

    it.each(shapes.filter(([rows, cols]) => rows * cols === 0))(
      "a loss of %d x %d values is 0, and its gradient empty",
      (rows, cols) => {
        for (const name of lossNames) {
          const [pred, target] = [backend.matrix(rows, cols), backend.matrix(rows, cols)];
          expect(losses[name]().value(pred, target), name).toBe(0);
          expect(losses[name]().gradient(pred, target).length).toBe(0);
        }
      },
    );

    it("softmax over one column is 1 and log-softmax 0, whatever the logit", () => {
      const column = backend.matrix(6, 1, [0, 1e4, -1e4, 3e38, -3e38, SMALLEST]);
      expect([...activate("softmax", column).data]).toEqual(new Array(6).fill(1));
      expect([...activate("logSoftmax", column).data].map((x) => x + 0)).toEqual(new Array(6).fill(0));
    });

    it.each([
      [1, 1, 1, 1],
      [1, 5, 1, 5],
      [5, 1, 5, 1],
    ])(
      "a network %d-%d-%d with a batch of %d learns a step as float64 has it",
      (inputs, units, outputs, batch) => {
        using model = new Network(backend, { inputShape: inputs, layers: [dense(units), dense(outputs)] });
        for (const { value } of model.parameters) value.set([...random.floats(value.length)]);
        const [w1, b1, w2, b2] = model.parameters.map(({ value }) => value.toArray());
        const x = Array.from({ length: batch }, () => [...random.floats(inputs)]);
        const g = Array.from({ length: batch }, () => [...random.floats(outputs)]);
        const hidden = x.map((row) =>
          b1[0].map((b, j) => row.reduce((sum, value, i) => sum + value * w1[i][j], b)),
        );
        const out = hidden.map((row) =>
          b2[0].map((b, j) => row.reduce((sum, value, i) => sum + value * w2[i][j], b)),
        );
        expectClose(
          "output",
          model.forward(backend.matrix(batch, inputs, x), { training: true }).data,
          out.flat(),
          2e-6,
        );
        model.backward(backend.matrix(batch, outputs, g));
        const dHidden = g.map((row) =>
          w2.map((weights) => weights.reduce((sum, weight, j) => sum + weight * row[j], 0)),
        );
        const outer = (left: number[][], right: number[][]) =>
          left[0].flatMap((_, i) =>
            right[0].map((_, j) => left.reduce((s, row, n) => s + row[i] * right[n][j], 0)),
          );
        const total = (rows: number[][]) => rows[0].map((_, j) => rows.reduce((s, row) => s + row[j], 0));
        const expected = [outer(x, dHidden), total(dHidden), outer(hidden, g), total(g)];
        for (const [i, { name, gradient }] of model.parameters.entries())
          expectClose(name, gradient.data, expected[i], 2e-6);
      },
    );
  });
});
