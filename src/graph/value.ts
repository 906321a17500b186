/**
 * Where the memory of a value comes from. Only an activation is computed by the graph and belongs to its
 * plan; the owner of the plan sets the address of every other value.
 *
 *   input       samples, or the gradient of the loss: they may be a user's matrix and are never overwritten
 *   activation  computed by a node
 *   parameter   learned
 *   buffer      kept with the model and not learned
 *   gradient    of a parameter
 *   none        stands for no value
 */
export type Kind = "input" | "activation" | "parameter" | "buffer" | "gradient" | "none";

/** A tensor of the graph. */
export interface Value {
  /** Its index in the plan's table of addresses. Two values with one id share their memory. */
  readonly id: number;
  readonly kind: Kind;
  /** Without the batch. */
  readonly shape: readonly number[];
  /** Floats of the shape. */
  readonly size: number;
  /** Whether there is one for each sample. */
  readonly batched: boolean;
}

/** Stands for a value that is not there. Its address is 0. */
export const NONE: Value = { id: 0, kind: "none", shape: [], size: 0, batched: false };

/** The number of elements of a shape. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1);

/** The last axis of a shape, 1 for a scalar. */
export const lastOf = (shape: readonly number[]): number => shape[shape.length - 1] ?? 1;

/** A count that depends on the number of samples: rows * each + fixed. */
export interface Extent {
  readonly each: number;
  readonly fixed: number;
}

/** How many vectors of `width` floats a value has. */
export function extentOf({ size, batched }: Value, width = 1): Extent {
  const count = size / width;
  return batched ? { each: count, fixed: 0 } : { each: 0, fixed: count };
}
