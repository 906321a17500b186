import { checkNumbers, show } from "../core/check.js";
import { ShapeError, ValueError } from "../core/errors.js";
import type { Matrix } from "../matrix/matrix.js";

/**
 * Samples that are read when they are needed, such as the images of a folder that is larger than memory.
 * Training reads each once to check it, and keeps them all where they take no more than 256 MiB; otherwise it
 * reads each again in every epoch.
 */
export interface SampleReader {
  /** The number of samples. */
  readonly length: number;
  /** The values of a sample. */
  readonly size: number;
  /** Writes the values of a sample to `to`, which has room for them and no more. */
  read(index: number, to: Float32Array): void;
}

/** Samples as users have them: a matrix, numbers flat or one array a row, or what reads them. */
export type Samples =
  | Matrix
  | SampleReader
  | Float32Array
  | Float64Array
  | Uint8Array
  | readonly number[]
  | readonly (readonly number[] | Float32Array)[];

const NONE: readonly ArrayLike<number>[] = [];

/** Samples of a known row length, to be copied into linear memory in ranges. */
export class Rows {
  /** The matrix, where the samples are in linear memory already. */
  readonly matrix: Matrix | undefined;

  protected constructor(
    readonly rows: number,
    readonly cols: number,
    private readonly flat?: ArrayLike<number>,
    private readonly nested: readonly ArrayLike<number>[] = NONE,
  ) {}

  /**
   * Those of an array. @throws ShapeError, with what was expected of `what`, ValueError for what is no array
   * of numbers
   */
  static from(who: string, what: string, values: unknown, cols: number): Rows {
    if (!Array.isArray(values) && !ArrayBuffer.isView(values)) {
      throw new ValueError(
        `${who} expected ${what} to be a Matrix, a typed array, number[] or number[][], got ${show(values)}`,
      );
    }
    if (Array.isArray(values) && typeof values[0] === "object") {
      const nested: readonly ArrayLike<number>[] = values;
      for (const [i, row] of nested.entries()) {
        checkNumbers(who, what, row, ` in row ${i}`);
        if (row.length !== cols)
          throw new ShapeError(
            `${who} expected ${what} [batch, ${cols}], got ${row.length} values in row ${i} of ${nested.length}`,
          );
      }
      return new Rows(nested.length, cols, undefined, nested);
    }
    checkNumbers(who, what, values);
    if (values.length % cols !== 0)
      throw new ShapeError(
        `${who} expected ${what} [batch, ${cols}], a multiple of ${cols} values, got ${values.length} values`,
      );
    return new Rows(values.length / cols, cols, values);
  }

  /** Copies rows begin to end - 1 to the front of `to`. */
  copy(to: Float32Array | Int32Array, begin: number, end: number): void {
    const { cols, flat } = this;
    if (ArrayBuffer.isView(flat))
      to.set(end - begin === this.rows ? flat : (flat as Float32Array).subarray(begin * cols, end * cols));
    else if (flat) for (let i = begin * cols; i < end * cols; i++) to[i - begin * cols] = flat[i];
    else for (let i = begin; i < end; i++) to.set(this.nested[i], (i - begin) * cols);
  }
}

/** Samples that are read one by one. */
class ReadRows extends Rows {
  constructor(private readonly reader: SampleReader) {
    super(reader.length, reader.size);
  }

  override copy(to: Float32Array, begin: number, end: number): void {
    const { cols, reader } = this;
    for (let i = begin; i < end; i++) reader.read(i, to.subarray((i - begin) * cols, (i - begin + 1) * cols));
  }
}

/** The samples of a reader. @throws ShapeError for samples of another size */
export function rowsOfReader(who: string, what: string, reader: SampleReader, cols: number): Rows {
  if (reader.size !== cols)
    throw new ShapeError(`${who} expected ${what} [batch, ${cols}], got samples of ${reader.size} values`);
  return new ReadRows(reader);
}

/** Whether it reads samples. */
export const isReader = (x: unknown): x is SampleReader =>
  typeof x === "object" && typeof (x as SampleReader | null)?.read === "function";

/** The index of the first largest of n values from `at`. */
export function largest(values: ArrayLike<number>, at: number, n: number): number {
  let index = 0;
  for (let j = 1; j < n; j++) if (values[at + j] > values[at + index]) index = j;
  return index;
}
