import type { Host } from "../core/host.js";
import type { Pointer } from "../core/kernels.js";
import { sizeOf } from "../graph/value.js";
import type { ParameterSpec } from "../layers/scope.js";
import { squaresMayVanish } from "./norm.js";
import type { Weights } from "./weights.js";

/** The regularizers and constraints of a model's parameters. */
export class Penalties {
  /** The parameters that have one, with their offsets in every slab, in bytes. */
  private readonly bound: readonly (ParameterSpec & { readonly at: number; readonly size: number })[];

  constructor(
    private readonly backend: Host,
    private readonly weights: Weights,
  ) {
    this.bound = weights.learned.flatMap((spec, i) =>
      spec.regularizer || spec.constraint
        ? { ...spec, at: weights.layout.offsets[i] * 4, size: sizeOf(spec.shape) }
        : [],
    );
  }

  /** Adds the regularizers' gradients, before an optimizer's step. */
  regularize(gradients: Pointer): void {
    const { kernels } = this.backend;
    for (const { regularizer, at, size } of this.bound) {
      const { l1 = 0, l2 = 0 } = regularizer ?? {};
      if (l1 > 0 || l2 > 0) kernels.penalize(this.weights.slab + at, gradients + at, size, l1, l2);
    }
  }

  /** Applies the constraints, after an optimizer's step. */
  constrain(): void {
    const { kernels } = this.backend;
    for (const { constraint, shape, at, size } of this.bound) {
      if (!constraint) continue;
      const weights = this.weights.slab + at;
      const cols = shape[shape.length - 1];
      const squares = this.backend.scratch((size + cols) * 4);
      const norms = squares + size * 4;
      kernels.hadamard(weights, weights, squares, size);
      kernels.sumRows(squares, norms, size / cols, cols, 0, cols);
      const { maxNorm } = constraint;
      kernels.normExcess(norms, norms, cols, maxNorm);
      this.correctExcess(weights, norms, size / cols, cols, maxNorm);
      // Each column has its divisor. Mostly all are 1.
      if (kernels.sum(norms, cols) !== cols)
        kernels.standardizeBackward(norms, weights, weights, size / cols, cols);
    }
  }

  /** Computes the divisors of the columns in float64 where squares are too large or too small for float32. */
  private correctExcess(weights: Pointer, excess: Pointer, rows: number, cols: number, limit: number): void {
    const { backend } = this;
    if (!squaresMayVanish(limit) && backend.kernels.firstNonFinite(excess, cols) < 0) return;
    const values = backend.floats(weights, rows * cols);
    const ratios = backend.floats(excess, cols);
    for (let j = 0; j < cols; j++) {
      let squares = 0;
      for (let i = j; i < values.length; i += cols) squares += values[i] * values[i];
      ratios[j] = Math.max(Math.sqrt(squares) / limit, 1);
    }
  }
}
