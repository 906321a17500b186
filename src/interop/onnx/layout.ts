import { sizeOf } from "./tensor.js";

/**
 * Where the elements of a sample lie in memory. ONNX has images as [channels, height, width], lanewise as
 * [height, width, channels]: the same elements in another order. A layout lets a graph be read without a copy
 * for each change of axes.
 */
export interface Layout {
  /** The sizes above 1 whose product is the sample, in the order of the sample's own axes. */
  readonly factors: readonly number[];
  /** The factors in the order in which they lie in memory, row-major. */
  readonly order: readonly number[];
}

/** The layout of a sample that lies in memory in the order of its axes. */
export function plainLayout(dims: readonly number[]): Layout {
  const factors = dims.filter((size) => size !== 1);
  return { factors, order: [...factors.keys()] };
}

/** Whether the elements lie in the order of the sample's axes. */
export const isPlain = ({ order }: Layout): boolean => order.every((factor, i) => factor === i);

/**
 * The same elements with factors of which each axis of `dims` is a run; undefined where an axis would need a
 * part of a factor that is no divisor of it, as [2, 3] seen as [3, 2].
 */
export function refined({ factors, order }: Layout, dims: readonly number[]): Layout | undefined {
  const ends = (sizes: readonly number[]): number[] => {
    let product = 1;
    return sizes.map((size) => (product *= size));
  };
  const cuts = [...new Set([...ends(factors), ...ends(dims)])].filter((end) => end > 1).sort((a, b) => a - b);
  const split = cuts.map((end, i) => end / (cuts[i - 1] ?? 1));
  if (!split.every(Number.isInteger)) return undefined;
  const before = ends(factors);
  return {
    factors: split,
    order: order.flatMap((factor) => {
      const [from, to] = [before[factor - 1] ?? 1, before[factor]];
      return [...split.keys()].filter((i) => cuts[i] > from && cuts[i] <= to);
    }),
  };
}

/** The factors of each axis. The layout is refined for `dims`. */
export function factorsOfAxes({ factors }: Layout, dims: readonly number[]): number[][] {
  let next = 0;
  return dims.map((size) => {
    const own: number[] = [];
    for (let product = 1; product < size; product *= factors[next++]) own.push(next);
    return own;
  });
}

/** The factors in the order of these axes. */
export function orderOfAxes(layout: Layout, dims: readonly number[], axes: readonly number[]): number[] {
  const own = factorsOfAxes(layout, dims);
  return axes.flatMap((axis) => own[axis]);
}

/** Whether the elements of a sample lie in memory in the order of these axes. */
export const liesAs = (layout: Layout, dims: readonly number[], axes: readonly number[]): boolean =>
  orderOfAxes(layout, dims, axes).join() === layout.order.join();

/** The layout of the sample with its axes in the order `axes`: what a Transpose makes. */
export function turnedLayout(layout: Layout, dims: readonly number[], axes: readonly number[]): Layout {
  const order = orderOfAxes(layout, dims, axes);
  return {
    factors: order.map((factor) => layout.factors[factor]),
    order: layout.order.map((factor) => order.indexOf(factor)),
  };
}

/** The sizes of the factors as they lie in memory. */
export const sizesInMemory = ({ factors, order }: Layout): number[] => order.map((i) => factors[i]);

/** The place in the sample, row-major, of each element as they lie in memory. */
export function placesInMemory(layout: Layout): number[] {
  const strides = layout.factors.map((_, i) => sizeOf(layout.factors.slice(i + 1)));
  let places = [0];
  for (const factor of layout.order)
    places = places.flatMap((place) =>
      Array.from({ length: layout.factors[factor] }, (_, i) => place + i * strides[factor]),
    );
  return places;
}
