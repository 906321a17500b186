import { describe, expect, it } from "vitest";
import {
  add,
  addRow,
  axpy,
  type Backend,
  createBackendSync,
  DisposedError,
  hadamard,
  losses,
  type Matrix,
  matmul,
  OutOfMemoryError,
  ShapeError,
  scale,
  subtract,
  sumRows,
  transpose,
  ValueError,
} from "../../src/index.js";
import { on, variants } from "../reference/backends.js";

it("a matrix is called Matrix in errors, also where a bundler has shortened the names of classes", () => {
  const matrix = createBackendSync().matrix(1, 1);
  expect(Object.prototype.toString.call(matrix)).toBe("[object Matrix]");
  Object.defineProperty(matrix, "constructor", { value: class t {} });
  expect(() => createBackendSync().matrix(2, 2, matrix as never)).toThrow(/got Matrix$/);
});

describe.each(variants)("matrices on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));
  const live = () => backend.memory.liveBlocks;

  it("starts with zeros, or with values flat or nested", () => {
    using zeros = backend.matrix(2, 3);
    expect(zeros.toArray()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(backend.matrix(2, 2, [1, 2, 3, 4]).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(backend.matrix(2, 2, [[1, 2], new Float32Array([3, 4])]).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(backend.matrix(0, 3).toArray()).toEqual([]);
    expect([zeros.rows, zeros.cols, zeros.length]).toEqual([2, 3, 6]);
  });

  it("is zeroed even where a block was used before", () => {
    const used = backend.matrix(10, 10, new Array(100).fill(7));
    used.dispose();
    using again = backend.matrix(10, 10);
    expect(again.data.every((value) => value === 0)).toBe(true);
  });

  it("gives a fresh view that survives growth of the memory", () => {
    using small = backend.matrix(1, 2, [1, 2]);
    using _large = backend.matrix(1000, 1000);
    expect([...small.data]).toEqual([1, 2]);
    small.data[0] = 5;
    expect(small.toArray()).toEqual([[5, 2]]);
  });

  it("an operand that was left out, or is no matrix, is named as such", () => {
    using a = backend.matrix(2, 2);
    const without = (operation: (a: Matrix, b: Matrix) => unknown) => () => operation(a, undefined as never);
    for (const operation of [
      matmul,
      add,
      subtract,
      hadamard,
      addRow,
      (x: Matrix, y: Matrix) => axpy(1, x, y),
    ]) {
      expect(without(operation)).toThrow(ValueError);
      expect(without(operation)).toThrow(/expected a Matrix, got undefined/);
    }
    for (const operation of [transpose, sumRows, (x: Matrix) => scale(x, 2)])
      expect(() => operation(3 as never)).toThrow(/expected a Matrix, got 3/);
    expect(() => losses.meanSquaredError().valueAndGradient(a, a, undefined as never)).toThrow(
      /expected a Matrix, got undefined/,
    );
  });

  it("rowRange looks into the same memory and gives nothing back", () => {
    const before = live();
    const matrix = backend.matrix(4, 2, [1, 2, 3, 4, 5, 6, 7, 8]);
    const rows = matrix.rowRange(1, 3);
    expect(rows.toArray()).toEqual([
      [3, 4],
      [5, 6],
    ]);
    rows.data[0] = 30;
    expect(matrix.toArray()[1]).toEqual([30, 4]);
    rows.dispose();
    expect(() => rows.data).toThrow(DisposedError);
    expect(matrix.rowRange(1, 1).rows).toBe(0);
    const other = matrix.rowRange(0, 1);
    matrix.dispose();
    expect(() => other.data).toThrow(DisposedError);
    expect(live()).toBe(before);
    const wrong = () => backend.matrix(4, 2).rowRange(3, 5);
    expect(wrong).toThrow(/rowRange of matrix \[4, 2\] expected end to be at most 4, got 5/);
  });

  it("computes each operation, into a new matrix or into out", () => {
    const a = backend.matrix(2, 3, [1, 2, 3, 4, 5, 6]);
    const b = backend.matrix(2, 3, [10, 20, 30, 40, 50, 60]);
    const row = backend.matrix(1, 3, [1, 0, -1]);
    expect(matmul(a, b, { transposeB: true }).toArray()).toEqual([
      [140, 320],
      [320, 770],
    ]);
    expect(matmul(a, b, { transposeA: true }).toArray()).toEqual([
      [170, 220, 270],
      [220, 290, 360],
      [270, 360, 450],
    ]);
    expect(matmul(transpose(a), b, { transposeA: true, transposeB: true }).toArray()).toEqual([
      [140, 320],
      [320, 770],
    ]);
    expect(matmul(a, transpose(b)).toArray()).toEqual([
      [140, 320],
      [320, 770],
    ]);
    expect(transpose(a).toArray()).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
    expect(addRow(a, row).toArray()).toEqual([
      [2, 2, 2],
      [5, 5, 5],
    ]);
    expect(sumRows(a).toArray()).toEqual([[5, 7, 9]]);
    expect(sumRows(a, { out: backend.matrix(1, 3, [1, 1, 1]) }).toArray()).toEqual([[5, 7, 9]]);
    expect(add(a, b).toArray()).toEqual([
      [11, 22, 33],
      [44, 55, 66],
    ]);
    expect(subtract(b, a).toArray()).toEqual([
      [9, 18, 27],
      [36, 45, 54],
    ]);
    expect(hadamard(a, b).toArray()).toEqual([
      [10, 40, 90],
      [160, 250, 360],
    ]);
    expect(scale(a, -2).toArray()).toEqual([
      [-2, -4, -6],
      [-8, -10, -12],
    ]);
    const out = backend.matrix(2, 3);
    expect(add(a, b, { out })).toBe(out);
    expect(add(a, out, { out: a }).toArray()).toEqual([
      [12, 24, 36],
      [48, 60, 72],
    ]);
    expect(axpy(2, row, row)).toBe(row);
    expect(row.toArray()).toEqual([[3, 0, -3]]);
  });

  it("an operation with out leaves the number of live blocks as it was", () => {
    using a = backend.matrix(5, 5);
    using out = backend.matrix(5, 5);
    matmul(a, a, { out });
    const before = live();
    for (let i = 0; i < 10; i++) {
      matmul(a, a, { out });
      transpose(a, { out });
      add(a, out, { out });
      scale(a, 2, { out });
    }
    expect(live()).toBe(before);
  });
});

describe("what matrices refuse", () => {
  const backend = createBackendSync();
  const a = backend.matrix(2, 3);
  const b = backend.matrix(4, 5);
  const other = createBackendSync();

  const cases: [string, () => unknown, new () => Error, RegExp][] = [
    [
      "too few values",
      () => backend.matrix(2, 3, [1, 2]),
      ShapeError,
      /matrix \[2, 3\] expected 6 values, got 2/,
    ],
    [
      "a row too short",
      () => backend.matrix(2, 2, [[1, 2], [3]]),
      ShapeError,
      /expected 2 values in row 1, got 1/,
    ],
    [
      "too many rows",
      () =>
        backend.matrix(1, 2, [
          [1, 2],
          [3, 4],
        ]),
      ShapeError,
      /expected 1 rows, got 2/,
    ],
    [
      "a sum of matrices with other columns",
      () => add(a, backend.matrix(2, 2)),
      ShapeError,
      /add expected two matrices of one shape, got \[2, 3\] and \[2, 2\]/,
    ],
    [
      "a factor that float32 does not hold",
      () => scale(a, 1e300),
      ValueError,
      /scale expected s to be a finite number, got 1e\+300/,
    ],
    [
      "no numbers",
      () => backend.matrix(1, 2, "ab" as never),
      ValueError,
      /expected values to be numbers, got "ab"/,
    ],
    [
      "negative rows",
      () => backend.matrix(-1, 2),
      ValueError,
      /backend.matrix expected rows to be an integer of at least 0, got -1/,
    ],
    [
      "half a column",
      () => backend.matrix(1, 2.5),
      ValueError,
      /expected cols to be an integer of at least 0, got 2.5/,
    ],
    [
      "more than the memory can hold",
      () => backend.matrix(65_536, 65_536),
      OutOfMemoryError,
      /cannot allocate 17179869184 bytes/,
    ],
    [
      "inner sizes that differ",
      () => matmul(a, b),
      ShapeError,
      /matmul expected inner sizes to be equal, got \[2, 3\] times \[4, 5\]/,
    ],
    [
      "inner sizes that differ, transposed",
      () => matmul(a, b, { transposeB: true }),
      ShapeError,
      /\[2, 3\] times \[4, 5\] transposed/,
    ],
    [
      "an out of the wrong shape",
      () => matmul(a, backend.matrix(3, 4), { out: a }),
      ShapeError,
      /matmul expected out \[2, 4\], got \[2, 3\]/,
    ],
    [
      "an out that is an input",
      () => matmul(backend.matrix(3, 3), a, { out: a, transposeB: true }),
      ShapeError,
      /out \[3, 2\]/,
    ],
    [
      "an out that a product reads",
      () => ((square: Matrix) => matmul(square, square, { out: square }))(backend.matrix(3, 3)),
      ValueError,
      /matmul: out overlaps a in memory/,
    ],
    [
      "an out that a transpose reads",
      () => ((square: Matrix) => transpose(square, { out: square }))(backend.matrix(3, 3)),
      ValueError,
      /transpose: out overlaps a/,
    ],
    [
      "an out shifted over an input",
      () =>
        ((rows: Matrix) => add(rows.rowRange(0, 2), rows.rowRange(0, 2), { out: rows.rowRange(1, 3) }))(
          backend.matrix(3, 3),
        ),
      ValueError,
      /add: out overlaps a/,
    ],
    [
      "shapes that differ",
      () => add(a, b),
      ShapeError,
      /add expected two matrices of one shape, got \[2, 3\] and \[4, 5\]/,
    ],
    ["a row of the wrong length", () => addRow(a, b), ShapeError, /addRow expected b \[1, 3\], got \[4, 5\]/],
    [
      "an infinite factor",
      () => scale(a, Number.POSITIVE_INFINITY),
      ValueError,
      /scale expected s to be a finite number, got Infinity/,
    ],
    [
      "matrices of two backends",
      () => add(a, other.matrix(2, 3)),
      Error,
      /add expected matrices of one backend/,
    ],
  ];
  it.each(cases)("%s", (_, act, type, message) => {
    const before = backend.memory.liveBlocks;
    expect(act).toThrow(type);
    expect(act).toThrow(message);
    expect(backend.memory.liveBlocks).toBeGreaterThanOrEqual(before);
  });

  it("leaves no block behind when the values of a new matrix are refused", () => {
    const before = backend.memory.liveBlocks;
    expect(() => backend.matrix(2, 3, [1])).toThrow(ShapeError);
    expect(backend.memory.liveBlocks).toBe(before);
  });

  const uses: [string, (gone: Matrix, good: Matrix) => unknown][] = [
    ["data", (gone) => gone.data],
    ["set", (gone) => gone.set([1, 2, 3, 4])],
    ["toArray", (gone) => gone.toArray()],
    ["rowRange", (gone) => gone.rowRange(0, 1)],
    ["matmul", (gone, good) => matmul(good, gone)],
    ["out", (gone, good) => matmul(good, good, { out: gone })],
    ["add", (gone, good) => add(gone, good)],
  ];
  it.each(uses)("a disposed matrix: %s", (_, use) => {
    const gone = backend.matrix(2, 2);
    gone.dispose();
    gone.dispose();
    // Another matrix may stand where it stood: the old one must not reach it.
    const good = backend.matrix(2, 2);
    expect(() => use(gone, good)).toThrow(DisposedError);
    expect(() => use(gone, good)).toThrow(/matrix \[2, 2\] was disposed/);
  });

  it("anything of a disposed backend", () => {
    const short: Backend = createBackendSync();
    const matrix = short.matrix(2, 2);
    short.dispose();
    short.dispose();
    expect(() => matrix.data).toThrow(/backend: used after dispose/);
    expect(() => short.matrix(1, 1)).toThrow(DisposedError);
    expect(() => matmul(matrix, matrix)).toThrow(DisposedError);
    matrix.dispose();
  });
});
