import { BackendError } from "../core/errors.js";
import { Host } from "../core/host.js";
import type { Instance } from "../core/wasm.js";
import { Matrix, type Values } from "./matrix.js";

/**
 * The kernels of one build and the linear memory that they work in. All matrices and models belong to a
 * backend. Made by createBackend or createBackendSync.
 *
 * @example
 * const identity = backend.matrix(2, 2, [1, 0, 0, 1]);
 * console.log(backend.variant, identity.toArray()); // simd [ [ 1, 0 ], [ 0, 1 ] ]
 */
export class Backend extends Host {
  /** @internal @throws BackendError for a build that only runs models */
  constructor(instance: Instance) {
    super(instance);
    if (!instance.kernels.adam)
      throw new BackendError(
        "createBackend: the module is an inference build, which cannot train; use it with lanewise/inference",
      );
  }

  /**
   * A new matrix, of zeros or of `values`: rows x cols numbers, flat (row by row) or one array a row.
   * @throws ValueError, ShapeError, OutOfMemoryError, DisposedError
   */
  matrix(rows: number, cols: number, values?: Values): Matrix {
    return Matrix.allocate(this, rows, cols, values);
  }

  /** @internal */
  override get [Symbol.toStringTag](): string {
    return "Backend";
  }
}
