import { reshape, type Tensor } from "../../../index.js";
import type { Place } from "../../foreign-json.js";
import { listOf, type Reading } from "../reading.js";

export type Dimensions = 1 | 2;

/** A size for each axis of positions: [2, 2], [2] in one dimension, or one for all. @throws FormatError */
export function sizesAt(place: Place, dimensions: Dimensions, otherwise?: readonly number[]): number[] {
  if (place.empty && otherwise) return [...otherwise];
  const sizes = listOf(place).map((size) => size.count(1));
  const all = Array.isArray(place.value) ? sizes : new Array<number>(dimensions).fill(sizes[0]);
  if (all.length !== dimensions) throw place.wrong(`${dimensions === 1 ? "a size" : "2 sizes"}`);
  return all;
}

/** Sizes as an option of a layer of one dimension. */
export const inOne = ([size]: readonly number[]): number => size;

/** Sizes as an option of a layer of two dimensions. */
export const inTwo = ([height, width]: readonly number[]): [height: number, width: number] => [height, width];

/** Elements before and after an axis, which a file may have as one number. @throws FormatError */
function pairAt(place: Place): [before: number, after: number] {
  const [before, after, more] = listOf(place).map((size) => size.count(0));
  if (before === undefined || more !== undefined) throw place.wrong("a size, or one for each side");
  return [before, after ?? before];
}

/** The sides of a sequence: n or [before, after]. @throws FormatError */
export const sidesInOne = (place: Place): [before: number, after: number] => pairAt(place);

/** The sides of an image: n, [height, width] or [[top, bottom], [left, right]]. @throws FormatError */
export function sidesInTwo(place: Place): [[number, number], [number, number]] {
  if (!Array.isArray(place.value)) return [pairAt(place), pairAt(place)];
  const [rows, columns, more] = place.list();
  if (!rows || !columns || more) throw place.wrong("sides of rows and columns");
  return [pairAt(rows), pairAt(columns)];
}

/** Applies `make` to a sequence as an image of one row, and turns the result back into a sequence. */
export function asRow(reading: Reading, x: Tensor, make: (image: Tensor) => Tensor): Tensor {
  const y = make(reading.apply(reshape([1, ...x.shape]), x));
  return reading.apply(reshape(y.shape.slice(1)), y);
}
