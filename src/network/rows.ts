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
  | readonly (readonly number[] | Float32Array | Int32Array | Uint8Array | Uint16Array)[]
  | readonly (readonly (readonly number[] | Float32Array)[])[];

/** How samples that are shorter than others are filled up: at the end, by whole steps. */
export interface Ragged {
  /** What stands behind the end of a sample. */
  readonly padding: number;
  /** Numbers of a step. */
  readonly step: number;
}

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
    private readonly padding = 0,
    /** Whether some sample is shorter than the others. */
    readonly isRagged = false,
  ) {}

  /**
   * Those of an array. @throws ShapeError, with what was expected of `what`, ValueError for what is no array
   * of numbers
   */
  static from(who: string, what: string, values: unknown, cols: number, ragged?: Ragged): Rows {
    if (!Array.isArray(values) && !ArrayBuffer.isView(values)) {
      throw new ValueError(
        `${who} expected ${what} to be a Matrix, a typed array, number[] or number[][], got ${show(values)}`,
      );
    }
    if (Array.isArray(values) && typeof values[0] === "object") {
      const nested: readonly ArrayLike<number>[] = values.map(oneRow);
      let isRagged = false;
      for (const [i, row] of nested.entries()) {
        checkNumbers(who, what, row, ` in row ${i}`);
        if (row.length === cols) continue;
        if (!ragged || row.length > cols || row.length % ragged.step !== 0)
          throw new ShapeError(
            `${who} expected ${what} [batch, ${cols}], got ${row.length} values in row ${i} of ${nested.length}${adviceFor(row.length, cols, ragged)}`,
          );
        isRagged = true;
      }
      return new Rows(nested.length, cols, undefined, nested, ragged?.padding, isRagged);
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
    else
      for (let i = begin; i < end; i++) {
        const at = (i - begin) * cols;
        const row = this.nested[i];
        to.set(row, at);
        if (row.length < cols) to.fill(this.padding, at + row.length, at + cols);
      }
  }

  /** Copies the first `count` numbers of a row to the front of `to`. */
  copyStart(to: Float32Array | Int32Array, row: number, count: number): void {
    const whole = new Float32Array(this.cols);
    this.copy(whole, row, row + 1);
    to.set(whole.subarray(0, count));
  }

  /** The numbers of a row before those at its end that are all `padding`. `room` has the size of a row. */
  countOf(row: number, padding: number, room: Float32Array): number {
    let end = this.lengthOf(row);
    this.copy(room, row, row + 1);
    while (end > 0 && room[end - 1] === padding) end--;
    return end;
  }

  /** How many numbers there are of a row: the others are padding. */
  lengthOf(row: number): number {
    return this.isRagged ? this.nested[row].length : this.cols;
  }
}

/** A sample as one array: of an array for each step all numbers. */
const oneRow = (row: unknown): ArrayLike<number> =>
  Array.isArray(row) && row[0] !== null && typeof row[0] === "object"
    ? row.flatMap((step) => Array.from(step as ArrayLike<number>))
    : (row as ArrayLike<number>);

/** What to do about a sample of another length. */
function adviceFor(length: number, cols: number, ragged: Ragged | undefined): string {
  if (length > cols && ragged)
    return `: it is longer than the model's ${cols / ragged.step} steps; make the model for more, or cut the sample`;
  return ragged ? `: a step has ${ragged.step} values` : "";
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

  /** To know of padding it would have to read the sample. */
  override countOf(): number {
    return this.cols;
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
