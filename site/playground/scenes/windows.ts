import type { Stage } from "../recipe.js";

/** How one number of a feature map is made of a window of what the stage takes. */

/** The place of a number in a map. */
export interface Cell {
  readonly row: number;
  readonly column: number;
}

/** What a map that the stage takes adds to the number. */
export interface Term {
  /** Row by row. Where it reaches over the edge it has zeros. */
  readonly window: readonly number[];
  readonly isInside: readonly boolean[];
  /** Empty of a pool. */
  readonly kernel: readonly number[];
  readonly products: readonly number[];
  readonly sum: number;
}

/** The values of a map among those of a stage, [maps, positions]. */
export const mapOf = (values: Float32Array, side: number, map: number): Float32Array =>
  values.subarray(map * side * side, (map + 1) * side * side);

/** Where the window begins in the map that the stage takes: beyond its edge if less than 0. */
export const windowAt = ({ kind, window }: Stage, { row, column }: Cell): Cell =>
  kind === "pool"
    ? { row: row * window, column: column * window }
    : { row: row - (window - 1) / 2, column: column - (window - 1) / 2 };

/** The kernel of a filter for one of the maps that a convolution takes, row by row. */
export function kernelOf(stage: Stage, weights: Float32Array, filter: number, map: number): number[] {
  const { window, units, from } = stage;
  return Array.from(
    { length: window * window },
    (_, tap) => weights[(tap * from.units + map) * units + filter],
  );
}

/** The window of an input map, its products with the kernel of the filter, and their sum. */
export function termOf(stage: Stage, input: Float32Array, cell: Cell, kernel: readonly number[] = []): Term {
  const { side } = stage.from;
  const begin = windowAt(stage, cell);
  const places = Array.from({ length: stage.window * stage.window }, (_, tap) => ({
    row: begin.row + Math.floor(tap / stage.window),
    column: begin.column + (tap % stage.window),
  }));
  const isInside = places.map(({ row, column }) => row >= 0 && column >= 0 && row < side && column < side);
  const window = places.map(({ row, column }, i) => (isInside[i] ? input[row * side + column] : 0));
  const products = kernel.map((weight, i) => weight * window[i]);
  return { window, isInside, kernel, products, sum: products.reduce((sum, product) => sum + product, 0) };
}

/** The place of the largest value. */
export function largestCell(values: Float32Array, side: number): Cell {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return { row: Math.floor(best / side), column: best % side };
}
