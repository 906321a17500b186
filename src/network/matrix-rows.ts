import { shapeText } from "../core/check.js";
import { ShapeError } from "../core/errors.js";
import { Matrix } from "../matrix/matrix.js";
import { type Ragged, Rows } from "./rows.js";

/** The rows of a matrix: samples that are in linear memory. */
class MatrixRows extends Rows {
  constructor(override readonly matrix: Matrix) {
    super(matrix.rows, matrix.cols);
  }

  override copy(to: Float32Array | Int32Array, begin: number, end: number): void {
    to.set(this.matrix.data.subarray(begin * this.cols, end * this.cols));
  }
}

/**
 * Samples of any kind. @throws ShapeError, with what was expected of `what`, ValueError for what is neither a
 * matrix nor an array of numbers
 */
export function rowsFrom(who: string, what: string, values: unknown, cols: number, ragged?: Ragged): Rows {
  if (!(values instanceof Matrix)) return Rows.from(who, what, values, cols, ragged);
  if (values.cols !== cols)
    throw new ShapeError(
      `${who} expected ${what} [batch, ${cols}], got ${shapeText(values.rows, values.cols)}`,
    );
  return new MatrixRows(values);
}
