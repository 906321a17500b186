import { describe, expect, it } from "vitest";
import { builds, scalar, simd } from "../support/builds.js";
import { U } from "../support/floats.js";
import {
  call,
  demandClose,
  demandSameBits,
  input,
  matrix,
  output,
  resultOf,
  roomOf,
  run,
} from "../support/harness.js";
import { Random } from "../support/random.js";
import { describeAgainstTwins } from "../support/suite.js";

describeAgainstTwins("gemm");

const OPERANDS = [
  { operands: "A B", transposeA: 0, transposeB: 0 },
  { operands: "A' B", transposeA: 1, transposeB: 0 },
  { operands: "A B'", transposeA: 0, transposeB: 1 },
  { operands: "A' B'", transposeA: 1, transposeB: 1 },
];

function transposed(x: Float32Array, rows: number, cols: number): Float32Array {
  return x.map((_, at) => x[(at % rows) * cols + Math.floor(at / rows)]);
}

describe.each(builds)("a large product in the $variant build keeps the checksum C t = A (B t)", (build) => {
  it.each(OPERANDS)("$operands", ({ transposeA, transposeB }) => {
    const [m, n, k] = [300, 700, 600];
    const random = new Random(m);
    const [a, b] = [random.floats(m * k), random.floats(k * n)];
    const t = Float64Array.from({ length: n }, () => (random.word() & 1 ? 1 : -1));
    const c = output(m * n);
    const [lda, ldb] = [transposeA ? m : k, transposeB ? k : n];
    const [aSlot, bSlot] = [
      input(transposeA ? transposed(a, m, k) : a),
      input(transposeB ? transposed(b, k, n) : b),
    ];
    const workspace = roomOf((kernels) => kernels.gemmWorkspace(m, n, k));
    const got = resultOf(
      run(
        build,
        call("gemm", aSlot, bSlot, c, 0, m, n, k, lda, ldb, n, 0, transposeA, transposeB, workspace),
      ),
      c,
    );

    const times = (x: Float32Array, rows: number, cols: number, y: Float64Array) =>
      Float64Array.from({ length: rows }, (_, i) =>
        y.reduce((total, value, j) => total + x[i * cols + j] * value, 0),
      );
    // The walk of n k roundings of numbers below 16 is about 5e-4 long. One product more or less would be off
    // by a quarter.
    demandClose(times(got, m, n, t), times(a, m, k, times(b, k, n, t)), () => 4e-3, "checksum");
  });
});

describe.each([scalar, simd])(
  "in the $variant build a row of the result has the same bits alone and in any batch, at any position",
  (build) => {
    const ROWS = 200;
    const BATCHES = [...Array.from({ length: 39 }, (_, i) => i + 2), 64, 97, ROWS];
    const SHAPES = [
      [1, 3],
      [1, 300],
      [5, 64],
      [10, 300],
      [17, 257],
      [33, 40],
      [64, 31],
      [64, 260],
      [520, 9],
    ];

    it.each(SHAPES.flatMap(([n, k]) => OPERANDS.map((flags) => ({ n, k, ...flags }))))(
      "$operands, n $n, k $k",
      ({ n, k, transposeA, transposeB }) => {
        const random = new Random(n * k);
        const [a, b, bias] = [random.floats(ROWS * k), random.floats(k * n), random.floats(n)];
        const bSlot = input(transposeB ? transposed(b, k, n) : b);

        /** Rows [begin, begin + m) of A B + bias. */
        const product = (begin: number, m: number): Uint32Array => {
          const rows = a.subarray(begin * k, (begin + m) * k);
          const aSlot = input(transposeA ? transposed(rows, m, k) : rows);
          const c = output(m * n);
          const [lda, ldb] = [transposeA ? m : k, transposeB ? k : n];
          const workspace = roomOf((kernels) => kernels.gemmWorkspace(m, n, k));
          const outcome = run(
            build,
            call(
              "gemm",
              aSlot,
              bSlot,
              c,
              input(bias),
              m,
              n,
              k,
              lda,
              ldb,
              n,
              0,
              transposeA,
              transposeB,
              workspace,
            ),
          );
          return outcome.words.get(c) ?? new Uint32Array(0);
        };

        const alone = new Uint32Array(ROWS * n);
        for (let i = 0; i < ROWS; i++) alone.set(product(i, 1), i * n);
        for (const m of BATCHES) {
          for (const begin of new Set([0, Math.min(11, ROWS - m), ROWS - m])) {
            demandSameBits(
              product(begin, m),
              alone.subarray(begin * n, (begin + m) * n),
              `rows ${begin} to ${begin + m} of ${build.variant} gemm`,
            );
          }
        }
      },
    );
  },
);

describe.each(builds)("the workspace of the $variant build", ({ kernels }) => {
  const SIZES = [0, 1, 4, 5, 6, 8, 90, 96, 97, 255, 256, 257, 511, 512, 513, 4000];

  // That it is enough is seen in every other test here: the workspace has this very size, and what surrounds
  // it stays as it was.
  it("for some sizes is enough for smaller ones: a model asks once, for its largest batch", () => {
    const shrinks = SIZES.flatMap((m) => SIZES.map((n) => [m, n]))
      .flatMap(([m, n]) => SIZES.map((k) => [m, n, k]))
      .filter((sizes) =>
        [0, 1, 2].some(
          (i) =>
            sizes[i] > 0 &&
            kernels.gemmWorkspace(...less(sizes, i)) > kernels.gemmWorkspace(...less(sizes, -1)),
        ),
      );
    expect(shrinks).toEqual([]);
  });

  it("is whole floats and stays small", () => {
    expect(kernels.gemmWorkspace(4000, 4000, 4000) % 4).toBe(0);
    expect(kernels.gemmWorkspace(4000, 4000, 4000)).toBeLessThan(1024 * 1024);
  });
});

/** The sizes with the one at i smaller by 1. */
function less([m, n, k]: number[], i: number): [number, number, number] {
  return [m - Number(i === 0), n - Number(i === 1), k - Number(i === 2)];
}

describe.each(builds)("gemm in the $variant build", (build) => {
  it("adds a column whose rows stand apart to a result whose rows do not", () => {
    const [m, k, ldd] = [21, 9, 4];
    const random = new Random(7);
    const [a, b, d] = [random.floats(m * k, 0.5, 1), random.floats(k, 0.5, 1), random.floats(m, 0.5, 1)];
    const expected = Float64Array.from(d, (addend, i) =>
      b.reduce((sum, value, p) => sum + a[i * k + p] * value, addend),
    );
    const c = output(m);
    const added = matrix("input", m, 1, ldd, d);
    const workspace = roomOf((kernels) => kernels.gemmWorkspace(m, 1, k));
    const got = resultOf(
      run(build, call("gemm", input(a), input(b), c, added, m, 1, k, k, 1, 1, ldd, 0, 0, workspace)),
      c,
    );
    demandClose(got, expected, () => (k + 2) * U * (k + 1), "gemm");
  });

  it("keeps an infinity and a NaN to the rows and columns that they stand in", () => {
    const [m, n, k] = [13, 21, 9];
    const random = new Random(5);
    const [a, b] = [random.floats(m * k, 0.5, 1), random.floats(k * n, 0.5, 1)];
    a[4 * k + 2] = Number.NaN;
    a[12 * k + 8] = Number.POSITIVE_INFINITY;
    b[7 * n + 20] = Number.NEGATIVE_INFINITY;
    const expected = new Float64Array(m * n);
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++)
        for (let p = 0; p < k; p++) expected[i * n + j] += a[i * k + p] * b[p * n + j];
    const c = matrix("output", m, n, n + 2, new Float32Array(m * n));
    const workspace = roomOf((kernels) => kernels.gemmWorkspace(m, n, k));
    const got = resultOf(
      run(build, call("gemm", input(a), input(b), c, 0, m, n, k, k, n, n + 2, 0, 0, 0, workspace)),
      c,
    );
    demandClose(
      Array.from(expected, (_, at) => got[Math.floor(at / n) * (n + 2) + (at % n)]),
      expected,
      () => 2 * k * k * U,
      "gemm",
    );
    // The NaN's row, and the element where the infinities meet.
    expect(expected.filter(Number.isNaN).length).toBe(n + 1);
  });
});
