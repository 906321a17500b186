import { type Backend, checkOneBackend } from "./backend.js";
import { checkNumber, checkSameShape, checkShape, shapeText } from "./check.js";
import { ShapeError, ValueError } from "./errors.js";
import type { Pointer } from "./kernels.js";
import type { Matrix } from "./matrix.js";

/** Operations on matrices. Each writes into `out` when that is given and returns it, else a new matrix that the caller disposes. */

export interface OutOptions {
  /** Where the result goes; of the result's shape. */
  out?: Matrix;
}

export interface MatmulOptions extends OutOptions {
  /** Multiply by the transpose of a. */
  transposeA?: boolean;
  /** Multiply by the transpose of b. */
  transposeB?: boolean;
}

/** @internal The matrix that a result of this shape goes into. */
export function outMatrix(who: string, backend: Backend, rows: number, cols: number, out: Matrix | undefined): Matrix {
  if (!out) return backend.matrix(rows, cols);
  checkOneBackend(who, { backend }, out);
  checkShape(who, "out", out, rows, cols);
  return out;
}

/** An output that a kernel writes while it still reads the input must not share memory with it. */
function checkApart(who: string, out: Matrix, input: Matrix, name: string): void {
  const begin = out.pointer;
  const inputBegin = input.pointer;
  if (begin < inputBegin + input.length * 4 && inputBegin < begin + out.length * 4)
    throw new ValueError(`${who}: out overlaps ${name} in memory, give it a matrix of its own`);
}

/** @internal An output of an elementwise operation may be the input itself, but not overlap it shifted. */
export function checkApartOrSame(who: string, out: Matrix, input: Matrix, name: string): void {
  if (out.pointer !== input.pointer) checkApart(who, out, input, name);
}

/** @internal C[m,n] = op(A)[m,k] op(B)[k,n] + D by addresses of tightly packed matrices; see assembly/gemm.ts for d and ldd. */
export function gemm(
  backend: Backend,
  a: Pointer,
  b: Pointer,
  c: Pointer,
  d: Pointer,
  m: number,
  n: number,
  k: number,
  ldd: number,
  transposeA: boolean,
  transposeB: boolean,
): void {
  const { kernels } = backend;
  const workspace = backend.scratch(kernels.gemmWorkspace(m, n, k));
  kernels.gemm(a, b, c, d, m, n, k, transposeA ? m : k, transposeB ? k : n, n, ldd, transposeA ? 1 : 0, transposeB ? 1 : 0, workspace);
}

/**
 * The matrix product op(a) op(b), op being the transpose where its option says so.
 * a: [m, k] (transposed [k, m]), b: [k, n] (transposed [n, k]), result: [m, n]; out overlaps neither.
 * @throws ShapeError, ValueError, DisposedError
 */
export function matmul(a: Matrix, b: Matrix, options: MatmulOptions = {}): Matrix {
  const { transposeA = false, transposeB = false } = options;
  const backend = checkOneBackend("matmul", a, b);
  const m = transposeA ? a.cols : a.rows;
  const k = transposeA ? a.rows : a.cols;
  const n = transposeB ? b.rows : b.cols;
  if (k !== (transposeB ? b.cols : b.rows)) {
    const shape = (matrix: Matrix, transposed: boolean) => shapeText(matrix.rows, matrix.cols) + (transposed ? " transposed" : "");
    throw new ShapeError(`matmul expected inner sizes to be equal, got ${shape(a, transposeA)} times ${shape(b, transposeB)}`);
  }
  const out = outMatrix("matmul", backend, m, n, options.out);
  if (options.out) {
    checkApart("matmul", out, a, "a");
    checkApart("matmul", out, b, "b");
  }
  gemm(backend, a.pointer, b.pointer, out.pointer, 0, m, n, k, 0, transposeA, transposeB);
  return out;
}

/** The transpose. a: [rows, cols], result: [cols, rows]; out overlaps no a. @throws ShapeError, ValueError, DisposedError */
export function transpose(a: Matrix, options: OutOptions = {}): Matrix {
  const out = outMatrix("transpose", a.backend, a.cols, a.rows, options.out);
  checkApart("transpose", out, a, "a");
  a.backend.kernels.transpose(a.pointer, out.pointer, a.rows, a.cols);
  return out;
}

/** z with the row b added to each of its rows. z: [rows, cols], b: [1, cols], result: [rows, cols]; out may be z. @throws ShapeError, ValueError, DisposedError */
export function addRow(z: Matrix, b: Matrix, options: OutOptions = {}): Matrix {
  const backend = checkOneBackend("addRow", z, b);
  checkShape("addRow", "b", b, 1, z.cols);
  const out = outMatrix("addRow", backend, z.rows, z.cols, options.out);
  checkApartOrSame("addRow", out, z, "z");
  checkApart("addRow", out, b, "b");
  backend.kernels.addRow(z.pointer, b.pointer, out.pointer, z.rows, z.cols);
  return out;
}

/** The sums over rows, one a column: the adjoint of addRow. a: [rows, cols], result: [1, cols]. @throws ShapeError, ValueError, DisposedError */
export function sumRows(a: Matrix, options: OutOptions = {}): Matrix {
  const out = outMatrix("sumRows", a.backend, 1, a.cols, options.out);
  checkApart("sumRows", out, a, "a");
  a.backend.kernels.sumRows(a.pointer, out.pointer, a.rows, a.cols, 0);
  return out;
}

function elementwise(who: "add" | "subtract" | "hadamard", a: Matrix, b: Matrix, options: OutOptions = {}): Matrix {
  const backend = checkOneBackend(who, a, b);
  checkSameShape(who, a, b);
  const out = outMatrix(who, backend, a.rows, a.cols, options.out);
  checkApartOrSame(who, out, a, "a");
  checkApartOrSame(who, out, b, "b");
  backend.kernels[who](a.pointer, b.pointer, out.pointer, a.length);
  return out;
}

/** a + b, element by element. All [rows, cols]; out may be a or b. @throws ShapeError, ValueError, DisposedError */
export function add(a: Matrix, b: Matrix, options?: OutOptions): Matrix {
  return elementwise("add", a, b, options);
}

/** a - b, element by element. All [rows, cols]; out may be a or b. @throws ShapeError, ValueError, DisposedError */
export function subtract(a: Matrix, b: Matrix, options?: OutOptions): Matrix {
  return elementwise("subtract", a, b, options);
}

/** The Hadamard product: a times b, element by element. All [rows, cols]; out may be a or b. @throws ShapeError, ValueError, DisposedError */
export function hadamard(a: Matrix, b: Matrix, options?: OutOptions): Matrix {
  return elementwise("hadamard", a, b, options);
}

/** s times a. a and the result: [rows, cols]; out may be a. @throws ShapeError, ValueError, DisposedError */
export function scale(a: Matrix, s: number, options: OutOptions = {}): Matrix {
  checkNumber("scale", "s", s, Number.NEGATIVE_INFINITY);
  const out = outMatrix("scale", a.backend, a.rows, a.cols, options.out);
  checkApartOrSame("scale", out, a, "a");
  a.backend.kernels.scale(a.pointer, out.pointer, a.length, s);
  return out;
}

/** y = s x + y, in place; returns y. Both [rows, cols]. @throws ShapeError, ValueError, DisposedError */
export function axpy(s: number, x: Matrix, y: Matrix): Matrix {
  checkNumber("axpy", "s", s, Number.NEGATIVE_INFINITY);
  const backend = checkOneBackend("axpy", x, y);
  checkSameShape("axpy", x, y);
  checkApartOrSame("axpy", y, x, "x");
  backend.kernels.axpy(x.pointer, y.pointer, x.length, s);
  return y;
}
