import { sizeOf } from "../graph/value.js";

interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * Offsets of the tensors of a model within a block of memory, a slab: one after another, each at a multiple
 * of 16 bytes. The weights, their gradients and the optimizer's moments are slabs of one layout.
 */
export class Layout {
  /** Where each begins, in floats. */
  readonly offsets: readonly number[];
  /** Floats of a slab. */
  readonly length: number;

  constructor(readonly tensors: readonly TensorSpec[]) {
    let length = 0;
    this.offsets = tensors.map(({ shape }) => {
      const offset = length;
      length += Math.ceil(sizeOf(shape) / 4) * 4;
      return offset;
    });
    this.length = length;
  }
}
