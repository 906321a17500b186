import type { Backend } from "./backend.js";
import { checkCount, shapeText, show } from "./check.js";
import { DisposedError, ShapeError, ValueError } from "./errors.js";
import type { Pointer } from "./kernels.js";

/** Numbers for a matrix: flat, row by row, or one array a row. */
export type Values = ArrayLike<number> | readonly ArrayLike<number>[];

/**
 * Who holds the memory that matrices look into. A matrix is good as long as its owner is at the generation at which the matrix was
 * made: giving memory back, or using it for something else, raises that number.
 */
export interface Owner {
  generation: number;
  /** What the error says of a matrix of an earlier generation. */
  readonly gone: string;
  /** Whose the memory is, when the matrix's user may not give it back. */
  readonly keeper?: string;
  /** Gives the memory back. */
  release?(): void;
}

/** A matrix of float32 in the linear memory of its backend, row-major. */
export class Matrix {
  private readonly generation: number;
  private detached = false;

  /** @internal Use backend.matrix(). */
  constructor(
    readonly backend: Backend,
    private readonly address: Pointer,
    readonly rows: number,
    readonly cols: number,
    private readonly owner: Owner,
    private readonly isView = false,
  ) {
    this.generation = owner.generation;
  }

  /** @internal */
  static allocate(backend: Backend, rows: number, cols: number, values?: Values): Matrix {
    backend.check();
    checkCount("backend.matrix", "rows", rows, 0);
    checkCount("backend.matrix", "cols", cols, 0);
    const address = backend.allocate(rows * cols * 4);
    const matrix = new Matrix(backend, address, rows, cols, { generation: 0, gone: "was disposed", release: () => backend.release(address) });
    if (values === undefined) {
      matrix.data.fill(0);
      return matrix;
    }
    try {
      return matrix.set(values);
    } catch (error) {
      matrix.dispose();
      throw error;
    }
  }

  /** @internal The address, of a matrix that may still be used. @throws DisposedError */
  get pointer(): Pointer {
    this.backend.check();
    if (this.detached || this.generation !== this.owner.generation) {
      throw new DisposedError(`matrix ${shapeText(this.rows, this.cols)} ${this.detached ? "was disposed" : this.owner.gone}`);
    }
    return this.address;
  }

  /** The number of elements. */
  get length(): number {
    return this.rows * this.cols;
  }

  /** The elements, row by row, where they are. The view is made afresh: any later allocation may detach it. @throws DisposedError */
  get data(): Float32Array<ArrayBufferLike> {
    return this.backend.floats(this.pointer, this.length);
  }

  /** Replaces every element: rows x cols numbers, flat or one array a row. @throws ShapeError, ValueError, DisposedError */
  set(values: Values): this {
    const who = `matrix ${shapeText(this.rows, this.cols)}`;
    if (values === null || typeof values !== "object" || typeof values.length !== "number")
      throw new ValueError(`${who} expected numbers, got ${show(values)}`);
    const data = this.data;
    if (typeof values[0] === "number" || values.length === 0) {
      if (values.length !== this.length) throw new ShapeError(`${who} expected ${this.length} values, got ${values.length}`);
      data.set(values as ArrayLike<number>);
      return this;
    }
    const rows = values as readonly ArrayLike<number>[];
    if (rows.length !== this.rows) throw new ShapeError(`${who} expected ${this.rows} rows, got ${rows.length}`);
    for (let i = 0; i < rows.length; i++) {
      const length = rows[i]?.length;
      if (length !== this.cols) throw new ShapeError(`${who} expected ${this.cols} values in row ${i}, got ${length ?? show(rows[i])}`);
    }
    for (let i = 0; i < rows.length; i++) data.set(rows[i], i * this.cols);
    return this;
  }

  /** A copy, one array a row. @throws DisposedError */
  toArray(): number[][] {
    const data = this.data;
    return Array.from({ length: this.rows }, (_, i) => Array.from(data.subarray(i * this.cols, (i + 1) * this.cols)));
  }

  /**
   * Rows begin to end - 1 as a matrix over the same memory, good as long as this one is. Disposing it gives nothing back.
   * @throws ValueError when the range is not within the rows
   */
  rowRange(begin: number, end: number): Matrix {
    const address = this.pointer;
    const who = `rowRange of matrix ${shapeText(this.rows, this.cols)}`;
    checkCount(who, "begin", begin, 0);
    checkCount(who, "end", end, begin);
    if (end > this.rows) throw new ValueError(`${who} expected end to be at most ${this.rows}, got ${end}`);
    return new Matrix(this.backend, address + begin * this.cols * 4, end - begin, this.cols, this.owner, true);
  }

  /** Gives the memory back. Disposing again does nothing. @throws DisposedError for a matrix that a model owns */
  dispose(): void {
    if (this.owner.keeper) throw new DisposedError(`matrix ${shapeText(this.rows, this.cols)} belongs to ${this.owner.keeper}, which disposes it`);
    if (this.detached || this.generation !== this.owner.generation) return;
    this.detached = true;
    if (this.isView) return;
    this.owner.generation++;
    this.owner.release?.();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
