import type { Tensor } from "../../index.js";
import { factorsOfAxes } from "./layout.js";
import { sizeOf } from "./tensor.js";
import type { Turned } from "./value.js";

/** A size above 1 that is a part of a sample. */
export interface Factor {
  readonly size: number;
}

/** The factor that stands for the samples, of which there may be any number. */
export const BATCH: Factor = { size: Number.NaN };

/**
 * A value whose batch may stand anywhere, and together with other sizes: exporters write attention on [batch
 * heads, time, size]. Each axis is a row of factors, of which one is the batch.
 */
export interface Folded {
  readonly tensor: Tensor;
  /** The factors whose product is a sample, as they lie in the tensor. */
  readonly memory: readonly Factor[];
  readonly axes: readonly (readonly Factor[])[];
  /** What the elements are multiplied by. */
  readonly scale: number;
}

/** How many elements there are in these factors, without the batch. */
export const countOf = (factors: readonly Factor[]): number =>
  sizeOf(factors.map((factor) => (factor === BATCH ? 1 : factor.size)));

/** The places in the tensor, of those of a row of factors, with the last changing first. */
export function placesOf({ memory }: Folded, factors: readonly Factor[]): number[] {
  let places = [0];
  for (const factor of factors) {
    const stride = countOf(memory.slice(memory.indexOf(factor) + 1));
    places = places.flatMap((place) => Array.from({ length: factor.size }, (_, i) => place + i * stride));
  }
  return places;
}

/** A value as factors. */
export function foldedOf({ value, batchAt }: Turned): Folded {
  const { tensor, dims, layout } = value;
  const factors = layout.factors.map((size): Factor => ({ size }));
  const axes = factorsOfAxes(layout, dims).map((own) => own.map((i) => factors[i]));
  return {
    tensor,
    memory: layout.order.map((i) => factors[i]),
    axes: [...axes.slice(0, batchAt), [BATCH], ...axes.slice(batchAt)],
    scale: 1,
  };
}

/** The value, where the batch is an axis of its own and nothing is multiplied. */
export function turnedOf({ tensor, memory, axes, scale }: Folded): Turned | undefined {
  const batchAt = axes.findIndex((axis) => axis.length === 1 && axis[0] === BATCH);
  if (batchAt < 0 || scale !== 1 || axes.length < 2) return undefined;
  const own = axes.filter((_, i) => i !== batchAt);
  const order = own.flat();
  const layout = {
    factors: order.map(({ size }) => size),
    order: memory.map((factor) => order.indexOf(factor)),
  };
  return { value: { tensor, dims: own.map(countOf), layout, image: false, flipped: false }, batchAt };
}

export const transposed = (folded: Folded, order: readonly number[]): Folded => ({
  ...folded,
  axes: order.map((axis) => folded.axes[axis]),
});

/** The factors that are left while a shape is read, and how they lie in the tensor. */
interface Rest {
  memory: readonly Factor[];
  left: readonly Factor[];
}

/** Takes factors of this product, from the front or from the back. Undefined where there are none. */
function take(rest: Rest, size: number, batch: number | undefined, fromBack: boolean): Factor[] | undefined {
  const found: Factor[] = [];
  for (let product = 1; product !== size; ) {
    const factor = rest.left[fromBack ? rest.left.length - 1 : 0];
    const own = factor === BATCH ? batch : factor?.size;
    if (own === undefined) return undefined;
    const part = size / product;
    if (own > part && (factor === BATCH || !Number.isInteger(part) || own % part !== 0)) return undefined;
    const isWhole = own <= part;
    const [first, second] = fromBack ? [own / part, part] : [part, own / part];
    const parts = isWhole ? [factor] : [{ size: first }, { size: second }];
    const replaced = (factors: readonly Factor[]) =>
      factors.flatMap((other) => (other === factor ? parts : [other]));
    rest.memory = replaced(rest.memory);
    rest.left = replaced(rest.left);
    const taken = rest.left[fromBack ? rest.left.length - 1 : 0];
    rest.left = fromBack ? rest.left.slice(0, -1) : rest.left.slice(1);
    if (fromBack) found.unshift(taken);
    else found.push(taken);
    product *= isWhole ? own : part;
    if (product > size) return undefined;
  }
  return found;
}

/**
 * Another shape of as many elements. `batch`: the number of samples, where the file says it. In a shape that
 * comes of the shapes of values, 0 stands for what depends on the batch. Undefined where the factors do not
 * fit.
 */
export function reshaped(
  folded: Folded,
  shape: readonly number[],
  batch: number | undefined,
): Folded | undefined {
  const copied = shape.map((size, i) => {
    const own = folded.axes[i];
    return size === 0 && own && !own.includes(BATCH) ? countOf(own) : size;
  });
  return regrouped(folded, copied, batch) ?? regrouped(folded, shape, batch);
}

function regrouped(folded: Folded, sizes: readonly number[], batch: number | undefined): Folded | undefined {
  // Beside a size that is left open, 0 is the batch alone.
  const both = sizes.includes(0) && sizes.includes(-1);
  const open = sizes.findIndex((size) => size === -1 || (!both && size === 0));
  if (sizes.filter((size) => size === 0 || size === -1).length > (both ? 2 : 1)) return undefined;
  const rest: Rest = { memory: folded.memory, left: folded.axes.flat() };
  const axes: (readonly Factor[])[] = sizes.map(() => []);
  const read = (i: number, fromBack: boolean): boolean => {
    if (sizes[i] === 0) {
      if (rest.left[fromBack ? rest.left.length - 1 : 0] !== BATCH) return false;
      rest.left = rest.left.filter((factor) => factor !== BATCH);
      axes[i] = [BATCH];
      return true;
    }
    const found = take(rest, sizes[i], batch, fromBack);
    if (found) axes[i] = found;
    return found !== undefined;
  };
  const end = open < 0 ? sizes.length : open;
  for (let i = 0; i < end; i++) if (!read(i, false)) return undefined;
  for (let i = sizes.length - 1; i > end; i--) if (!read(i, true)) return undefined;
  if (open >= 0) axes[open] = rest.left;
  else if (rest.left.length > 0) return undefined;
  return { ...folded, memory: rest.memory, axes };
}
