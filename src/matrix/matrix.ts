import { checkCount, checkNumbers, shapeText } from "../core/check.js";
import { DisposedError, ShapeError, ValueError } from "../core/errors.js";
import type { Host } from "../core/host.js";
import type { Pointer } from "../core/kernels.js";
import type { Lease } from "../core/lease.js";

/** Numbers for a matrix: flat, row by row, or one array a row. */
export type Values = ArrayLike<number> | readonly ArrayLike<number>[];

/** The backend of matrices: it makes them. */
export interface MatrixBackend extends Host {
  matrix(rows: number, cols: number, values?: Values): Matrix;
}

/**
 * The owner of the memory of matrices. A matrix is valid while its owner has the generation at which the
 * matrix was made: freeing the memory or using it for something else increments the generation.
 */
export interface Owner {
  generation: number;
  /** The text of the error about a matrix of an earlier generation. */
  readonly gone: string;
  /** Whose the memory is, when the matrix's user may not give it back. */
  readonly keeper?: string;
  /** Whether only the keeper may write. */
  readonly readOnly?: boolean;
  /** The keeper, which stays alive as long as a matrix of it does: the memory is its own. */
  readonly model?: object;
  /** The memory, where the matrix's user may give it back. */
  lease?: Lease;
}

/** @internal What a model's output for training was computed from. */
export interface Origin {
  /** The last activation, and where the values are that it was applied to, of the shape of the output. */
  readonly activation: string;
  readonly logits: Pointer;
  /** Hears of the gradient of a loss by the output, and by those values. */
  remember(dOut: Float32Array, dLogits: Float32Array): void;
}

/** @internal How a row of a model's output, of several axes, is made of several. */
export interface Sequence {
  /** How many of them a loss over classes takes the class of. */
  readonly classRows: number;
  /** The size of the first axis. */
  readonly steps: number;
  /** Where the mask [rows, steps] of the output is, which tells the real steps by a 1; 0 for none. */
  readonly mask: Pointer;
}

/** The owner of the memory that a view looks into: it stays alive as long as the view does. */
const owners = new WeakMap<Float32Array, Owner>();

/** Whether values come one array a row. */
function isNested(values: Values): values is readonly ArrayLike<number>[] {
  return Array.isArray(values) && typeof values[0] === "object";
}

/**
 * A matrix of float32 in the linear memory of its backend, row-major. The memory is given back once neither
 * the matrix, nor a `rowRange` of it, nor its `data` is referenced and the engine has collected them, in a
 * later turn of the event loop. `dispose()`, or `using`, gives it back at once.
 */
export class Matrix {
  private readonly generation: number;
  private detached = false;
  /** @internal Of a model's output for training. */
  origin: Origin | undefined;
  /** @internal Of a model's output of several axes. */
  sequence: Sequence | undefined;
  private view: Float32Array<ArrayBufferLike> | undefined;

  /** @internal Use backend.matrix(). */
  constructor(
    readonly backend: MatrixBackend,
    private readonly address: Pointer,
    readonly rows: number,
    readonly cols: number,
    private readonly owner: Owner,
    private readonly isView = false,
  ) {
    this.generation = owner.generation;
  }

  /** @internal */
  static allocate(backend: MatrixBackend, rows: number, cols: number, values?: Values): Matrix {
    backend.check();
    checkCount("backend.matrix", "rows", rows, 0);
    checkCount("backend.matrix", "cols", cols, 0);
    const own = backend.own(values);
    const owner: Owner = { generation: 0, gone: "was disposed" };
    owner.lease = backend.lease(owner);
    const address = owner.lease.allocate(rows * cols * 4);
    const matrix = new Matrix(backend, address, rows, cols, owner);
    if (own === undefined) {
      backend.kernels.zero(address, rows * cols);
      return matrix;
    }
    try {
      return matrix.set(own);
    } catch (error) {
      matrix.dispose();
      throw error;
    }
  }

  /** @internal The address, of a matrix that may still be used. @throws DisposedError */
  get pointer(): Pointer {
    this.checkUsable();
    return this.address;
  }

  /** @internal @throws DisposedError */
  checkUsable(): void {
    this.backend.check();
    if (this.detached || this.generation !== this.owner.generation) {
      throw new DisposedError(
        `matrix ${shapeText(this.rows, this.cols)} ${this.detached ? "was disposed" : this.owner.gone}`,
      );
    }
  }

  /** The number of elements. */
  get length(): number {
    return this.rows * this.cols;
  }

  /**
   * The elements, row by row, where they are. Any later allocation may detach the view; this then makes
   * another. As long as the view is referenced, the matrix keeps its memory. A subarray of it is another
   * array, and does not keep it: keep the matrix too, or take a `rowRange` of it.
   * @throws DisposedError
   */
  get data(): Float32Array<ArrayBufferLike> {
    const { pointer, length, view } = this;
    // A detached view has no length.
    if (view && view.length === length) return view;
    const made = this.backend.floats(pointer, length);
    this.view = made;
    owners.set(made, this.owner);
    return made;
  }

  /**
   * Replaces every element: rows x cols numbers, flat or one array a row. @throws ShapeError, ValueError,
   * DisposedError
   */
  set(values: Values): this {
    const who = `matrix ${shapeText(this.rows, this.cols)}`;
    const data = this.backend.floats(this.pointer, this.length);
    if (!isNested(values)) {
      checkNumbers(who, "values", values);
      if (values.length !== this.length)
        throw new ShapeError(`${who} expected ${this.length} values, got ${values.length}`);
      data.set(values);
      return this;
    }
    if (values.length !== this.rows)
      throw new ShapeError(`${who} expected ${this.rows} rows, got ${values.length}`);
    for (const [i, row] of values.entries()) {
      checkNumbers(who, "values", row, ` in row ${i}`);
      if (row.length !== this.cols)
        throw new ShapeError(`${who} expected ${this.cols} values in row ${i}, got ${row.length}`);
    }
    for (const [i, row] of values.entries()) data.set(row, i * this.cols);
    return this;
  }

  /** A copy, one array a row. @throws DisposedError */
  toArray(): number[][] {
    const data = this.backend.floats(this.pointer, this.length);
    return Array.from({ length: this.rows }, (_, i) =>
      Array.from(data.subarray(i * this.cols, (i + 1) * this.cols)),
    );
  }

  /**
   * Rows begin to end - 1 as a matrix over the same memory, which it keeps as this one does. Disposing it
   * gives nothing back; disposing this one ends both.
   * @throws ValueError when the range is not within the rows
   */
  rowRange(begin: number, end: number): Matrix {
    const address = this.pointer;
    const who = `rowRange of matrix ${shapeText(this.rows, this.cols)}`;
    checkCount(who, "begin", begin, 0);
    checkCount(who, "end", end, begin);
    if (end > this.rows) throw new ValueError(`${who} expected end to be at most ${this.rows}, got ${end}`);
    return new Matrix(
      this.backend,
      address + begin * this.cols * 4,
      end - begin,
      this.cols,
      this.owner,
      true,
    );
  }

  /** @internal Whether the owner is this one. */
  isOf(owner: Owner): boolean {
    return this.owner === owner;
  }

  /** @internal @throws ValueError for a matrix that only its model may write */
  checkWritable(who: string): void {
    if (this.owner.readOnly)
      throw new ValueError(`${who}: out belongs to ${this.owner.keeper}, and only that may write it`);
  }

  /**
   * Gives the memory back at once. This is optional, see above. Disposing again does nothing. @throws
   * DisposedError for a matrix that a model owns
   */
  dispose(): void {
    if (this.owner.keeper && !this.isView)
      throw new DisposedError(
        `matrix ${shapeText(this.rows, this.cols)} belongs to ${this.owner.keeper}, which disposes it`,
      );
    if (this.detached || this.generation !== this.owner.generation) return;
    this.detached = true;
    this.view = undefined;
    if (this.isView) return;
    this.owner.generation++;
    this.owner.lease?.end();
  }

  get [Symbol.toStringTag](): string {
    return "Matrix";
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
