import {
  checkFlag,
  checkNumber,
  checkOptions,
  checkSameShape,
  checkShape,
  shapeText,
  show,
} from "../core/check.js";
import { ShapeError, ValueError } from "../core/errors.js";
import { checkOneBackend, checkOwned } from "../core/host.js";
import type { Backend } from "./backend.js";
import { Matrix } from "./matrix.js";

/**
 * Operations on matrices. Each writes into `out` when that is given and returns it, else a new matrix.
 */

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

/**
 * Whether the result may overlap its inputs in memory: only elementwise operations may write over an input.
 */
type Overlap = "same" | "none";

/**
 * @internal The matrix that a result of this shape goes into: `out`, or a new one when nothing is left to
 * check.
 * @throws ShapeError, ValueError, DisposedError, BackendError
 */
export function resultMatrix(
  who: string,
  backend: Backend,
  rows: number,
  cols: number,
  options: OutOptions | undefined,
  overlap: Overlap,
  inputs: Readonly<Record<string, Matrix>>,
): Matrix {
  for (const name in inputs) {
    if (!(inputs[name] instanceof Matrix))
      throw new ValueError(`${who} expected ${name} to be a matrix, got ${show(inputs[name])}`);
    inputs[name].checkUsable();
  }
  const out = options?.out;
  if (!out) return backend.matrix(rows, cols);
  checkOneBackend(who, { backend }, out);
  checkShape(who, "out", out, rows, cols);
  out.checkWritable(who);
  for (const name in inputs) checkOverlap(who, out, inputs[name], name, overlap);
  return out;
}

/**
 * @internal @throws ValueError when `out` shares memory with an input, but for being that very input where
 * that may be
 */
export function checkOverlap(who: string, out: Matrix, input: Matrix, name: string, overlap: Overlap): void {
  const begin = out.pointer;
  const inputBegin = input.pointer;
  if (overlap === "same" && begin === inputBegin) return;
  if (begin < inputBegin + input.length * 4 && inputBegin < begin + out.length * 4) {
    throw new ValueError(`${who}: out overlaps ${name} in memory, give it a matrix of its own`);
  }
}

/**
 * The matrix product op(a) op(b), op being the transpose where its option says so.
 * a: [m, k] (transposed [k, m]), b: [k, n] (transposed [n, k]), result: [m, n]; out overlaps neither.
 * @throws ShapeError, ValueError, DisposedError
 */
export function matmul(a: Matrix, b: Matrix, options: MatmulOptions = {}): Matrix {
  const backend = checkOneBackend("matmul", a, b);
  checkOptions("matmul", options, ["transposeA", "transposeB", "out"]);
  const { transposeA = false, transposeB = false } = options;
  checkFlag("matmul", "transposeA", transposeA);
  checkFlag("matmul", "transposeB", transposeB);
  const m = transposeA ? a.cols : a.rows;
  const k = transposeA ? a.rows : a.cols;
  const n = transposeB ? b.rows : b.cols;
  if (k !== (transposeB ? b.cols : b.rows)) {
    const shape = (matrix: Matrix, transposed: boolean) =>
      shapeText(matrix.rows, matrix.cols) + (transposed ? " transposed" : "");
    throw new ShapeError(
      `matmul expected inner sizes to be equal, got ${shape(a, transposeA)} times ${shape(b, transposeB)}`,
    );
  }
  const out = resultMatrix("matmul", backend, m, n, options, "none", { a, b });
  const { kernels } = backend;
  const workspace = backend.scratch(kernels.gemmWorkspace(m, n, k));
  kernels.gemm(
    a.pointer,
    b.pointer,
    out.pointer,
    0,
    m,
    n,
    k,
    a.cols,
    b.cols,
    n,
    0,
    transposeA ? 1 : 0,
    transposeB ? 1 : 0,
    workspace,
  );
  return out;
}

/**
 * The transpose. a: [rows, cols], result: [cols, rows]; out overlaps no a.
 *
 * @example
 * const a = backend.matrix(2, 3, [1, 2, 3, 4, 5, 6]);
 * console.log(transpose(a).toArray()); // [ [ 1, 4 ], [ 2, 5 ], [ 3, 6 ] ]
 *
 * @throws ShapeError, ValueError, DisposedError
 */
export function transpose(a: Matrix, options?: OutOptions): Matrix {
  const backend = checkOwned("transpose", a);
  checkOptions("transpose", options, ["out"]);
  const out = resultMatrix("transpose", backend, a.cols, a.rows, options, "none", { a });
  backend.kernels.transpose(a.pointer, out.pointer, a.rows, a.cols, a.cols);
  return out;
}

/**
 * z with the row b added to each of its rows. z: [rows, cols], b: [1, cols], result: [rows, cols]; out may be
 * z. @throws ShapeError, ValueError, DisposedError
 */
export function addRow(z: Matrix, b: Matrix, options?: OutOptions): Matrix {
  const backend = checkOneBackend("addRow", z, b);
  checkOptions("addRow", options, ["out"]);
  checkShape("addRow", "b", b, 1, z.cols);
  const out = resultMatrix("addRow", backend, z.rows, z.cols, options, "same", { z, b });
  if (options?.out && out !== z) checkOverlap("addRow", out, b, "b", "none");
  backend.kernels.addRow(z.pointer, b.pointer, out.pointer, z.rows, z.cols);
  return out;
}

/**
 * The sums over rows, one a column: the adjoint of addRow. a: [rows, cols], result: [1, cols].
 *
 * @example
 * const deltas = backend.matrix(3, 2, [1, 10, 2, 20, 3, 30]);
 * console.log(sumRows(deltas).toArray()); // [ [ 6, 60 ] ]
 *
 * @throws ShapeError, ValueError, DisposedError
 */
export function sumRows(a: Matrix, options?: OutOptions): Matrix {
  const backend = checkOwned("sumRows", a);
  checkOptions("sumRows", options, ["out"]);
  const out = resultMatrix("sumRows", backend, 1, a.cols, options, "none", { a });
  backend.kernels.sumRows(a.pointer, out.pointer, a.rows, a.cols, 0, a.cols);
  return out;
}

function elementwise(
  who: "add" | "subtract" | "hadamard",
  a: Matrix,
  b: Matrix,
  options?: OutOptions,
): Matrix {
  const backend = checkOneBackend(who, a, b);
  checkOptions(who, options, ["out"]);
  checkSameShape(who, a, b);
  const out = resultMatrix(who, backend, a.rows, a.cols, options, "same", { a, b });
  backend.kernels[who](a.pointer, b.pointer, out.pointer, a.length);
  return out;
}

/**
 * a + b, element by element. All [rows, cols]; out may be a or b. @throws ShapeError, ValueError,
 * DisposedError
 */
export function add(a: Matrix, b: Matrix, options?: OutOptions): Matrix {
  return elementwise("add", a, b, options);
}

/**
 * a - b, element by element. All [rows, cols]; out may be a or b. @throws ShapeError, ValueError,
 * DisposedError
 */
export function subtract(a: Matrix, b: Matrix, options?: OutOptions): Matrix {
  return elementwise("subtract", a, b, options);
}

/**
 * The Hadamard product: a times b, element by element. All [rows, cols]; out may be a or b.
 *
 * @example
 * const delta = backend.matrix(1, 3, [1, 2, 3]);
 * const slope = backend.matrix(1, 3, [0, 1, 0.5]);
 * console.log(hadamard(delta, slope).toArray()); // [ [ 0, 2, 1.5 ] ]
 *
 * @throws ShapeError, ValueError, DisposedError
 */
export function hadamard(a: Matrix, b: Matrix, options?: OutOptions): Matrix {
  return elementwise("hadamard", a, b, options);
}

/** s times a. a and the result: [rows, cols]; out may be a. @throws ShapeError, ValueError, DisposedError */
export function scale(a: Matrix, s: number, options?: OutOptions): Matrix {
  const backend = checkOwned("scale", a);
  checkOptions("scale", options, ["out"]);
  checkNumber("scale", "s", s, Number.NEGATIVE_INFINITY);
  const out = resultMatrix("scale", backend, a.rows, a.cols, options, "same", { a });
  backend.kernels.scale(a.pointer, out.pointer, a.length, s);
  return out;
}

/**
 * y = s x + y, in place; returns y. Both [rows, cols].
 *
 * @example
 * const gradient = backend.matrix(1, 2, [4, -8]);
 * const weights = backend.matrix(1, 2, [1, 1]);
 * axpy(-0.25, gradient, weights); // one step of gradient descent
 * console.log(weights.toArray()); // [ [ 0, 3 ] ]
 *
 * @throws ShapeError, ValueError, DisposedError
 */
export function axpy(s: number, x: Matrix, y: Matrix): Matrix {
  const backend = checkOneBackend("axpy", x, y);
  checkNumber("axpy", "s", s, Number.NEGATIVE_INFINITY);
  checkSameShape("axpy", x, y);
  y.checkWritable("axpy");
  checkOverlap("axpy", y, x, "x", "same");
  backend.kernels.axpy(x.pointer, y.pointer, x.length, s);
  return y;
}
