/** A tensor of a layer: "weight" of [inputs, units], "bias" of [units] ... */
export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
}

/** The number of elements of a shape. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1);

/**
 * Where the tensors of a model stand within a block of memory: one after another, each from a multiple of 16
 * bytes on. Slabs of one layout are alike.
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
