import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { activate, add, createBackendSync, type Matrix, matmul, transpose } from "../../src/index.js";
import { on, variants } from "../reference/backends.js";
import { exact, U } from "../support/floats.js";
import { demandClose } from "../support/harness.js";
import type { Random } from "../support/random.js";
import { holds, random, size, taken, width } from "./property.js";

describe.each(variants)("matrices on the %s build, of 0 to 70 rows and columns", (variant) => {
  const backend = createBackendSync(on(variant));
  const draw = (from: Random, rows: number, cols: number): Matrix =>
    backend.matrix(rows, cols, from.floats(rows * cols));
  const magnitudes = (a: Matrix): Matrix => backend.matrix(a.rows, a.cols, a.data.map(Math.abs));

  it("(A B)^T = B^T A^T, to the bit: each sum has one order, whichever operand comes first", () => {
    holds(
      fc.property(random, size, size, size, (from, m, k, n) => {
        using a = draw(from, m, k);
        using b = draw(from, k, n);
        using product = matmul(a, b);
        using aTurned = transpose(a);
        using bTurned = transpose(b);
        const left = transpose(product);
        const right = matmul(bTurned, aTurned);
        expect([left.rows, left.cols]).toEqual([right.rows, right.cols]);
        demandClose(taken(left), taken(right), exact, "(A B)^T");
      }),
    );
  });

  it("a product with the options that transpose is that with the transposes, to the bit", () => {
    holds(
      fc.property(
        random,
        size,
        size,
        size,
        fc.boolean(),
        fc.boolean(),
        (from, m, k, n, transposeA, transposeB) => {
          using a = draw(from, m, k);
          using b = draw(from, k, n);
          using aTurned = transpose(a);
          using bTurned = transpose(b);
          const got = matmul(transposeA ? aTurned : a, transposeB ? bTurned : b, { transposeA, transposeB });
          demandClose(taken(got), taken(matmul(a, b)), exact, "op(A) op(B)");
        },
      ),
    );
  });

  /**
   * Each of the three products is off by k roundings of its terms' sizes at most, and three sums by one of
   * theirs.
   */
  it("A (B + C) = A B + A C within 2 (k + 3) half units of |A| (|B| + |C|)", () => {
    holds(
      fc.property(random, size, size, size, (from, m, k, n) => {
        using a = draw(from, m, k);
        using b = draw(from, k, n);
        using c = draw(from, k, n);
        using sum = add(b, c);
        using ab = matmul(a, b);
        using ac = matmul(a, c);
        using bSizes = magnitudes(b);
        using cSizes = magnitudes(c);
        using sumSizes = add(bSizes, cSizes);
        using aSizes = magnitudes(a);
        const sizes = taken(matmul(aSizes, sumSizes));
        demandClose(
          taken(matmul(a, sum)),
          taken(add(ab, ac)),
          (_, i) => 2 * (k + 3) * U * sizes[i] + Number.MIN_VALUE,
          "A (B + C)",
        );
      }),
    );
  });

  it("transposing twice is the identity, to the bit, -0 and subnormal numbers among them", () => {
    holds(
      fc.property(size, size, fc.array(fc.float({ noNaN: true }), { minLength: 1 }), (rows, cols, some) => {
        const values = Float32Array.from({ length: rows * cols }, (_, i) => some[(i * 7) % some.length]);
        using a = backend.matrix(rows, cols, values);
        using once = transpose(a);
        const twice = transpose(once);
        expect([once.rows, once.cols, twice.rows, twice.cols]).toEqual([cols, rows, rows, cols]);
        demandClose(
          once.data,
          values.map((_, at) => values[(at % rows) * cols + Math.floor(at / rows)]),
          exact,
          "once",
        );
        demandClose(taken(twice), values, exact, "twice");
      }),
    );
  });

  it("each row of a softmax is between 0 and 1 and adds to 1 within a half unit a column", () => {
    holds(
      fc.property(random, size, width, fc.constantFrom(0.01, 1, 30, 1e4), (from, rows, cols, spread) => {
        using logits = backend.matrix(rows, cols, from.floats(rows * cols, -spread, spread));
        const y = taken(activate("softmax", logits));
        const sums = Float64Array.from({ length: rows }, (_, i) =>
          y.subarray(i * cols, (i + 1) * cols).reduce((total, p) => total + p, 0),
        );
        expect(y.every((p) => p >= 0 && p <= 1)).toBe(true);
        demandClose(sums, new Float64Array(rows).fill(1), () => (cols + 2) * U, "sum of a row");
      }),
    );
  });

  /**
   * Logits of whole 64ths and whole shifts: the sums are exact, and with them the distances from the largest.
   */
  it.each(["softmax", "logSoftmax"] as const)("%s of shifted logits is the same, to the bit", (name) => {
    holds(
      fc.property(
        random,
        size,
        size,
        fc.integer({ min: -10_000, max: 10_000 }),
        (from, rows, cols, shift) => {
          const values = Float32Array.from(from.integers(rows * cols, 1024), (x) => (x - 512) / 64);
          using logits = backend.matrix(rows, cols, values);
          using shifted = backend.matrix(
            rows,
            cols,
            values.map((x) => x + shift),
          );
          demandClose(taken(activate(name, shifted)), taken(activate(name, logits)), exact, name);
        },
      ),
    );
  });
});
