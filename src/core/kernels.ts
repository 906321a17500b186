import type { Kernels } from "./generated/kernels.js";

export type { Kernels };

/** An address in linear memory, in bytes. */
export type Pointer = number;

/** y = f(z), row by row or element by element. Activations without a parameter ignore it. */
export type ForwardKernel = (z: Pointer, y: Pointer, rows: number, cols: number, parameter: number) => void;
/** dz = dy f'(saved). */
export type BackwardKernel = (
  saved: Pointer,
  dy: Pointer,
  dz: Pointer,
  rows: number,
  cols: number,
  parameter: number,
) => void;

/** The losses that are a sum over elements: each has a kernel, and one for its gradient. */
export type ElementwiseLossKernel = {
  [name in keyof Kernels]: `${name}Gradient` extends keyof Kernels
    ? Kernels[name] extends (...values: never) => number
      ? name
      : never
    : never;
}[keyof Kernels];
