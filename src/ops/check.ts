import { ShapeError, ValueError } from "../core/errors.js";
import type { Value } from "../graph/value.js";

/** As in a message: with "batch" where there is one a sample. */
export const shapeOf = ({ shape, batched }: Value): string =>
  `[${[...(batched ? ["batch"] : []), ...shape].join(", ")}]`;

/** One shape, and one value a sample in both or in neither. @throws ShapeError */
export function checkSameShape(who: string, a: Value, b: Value): void {
  if (shapeOf(a) === shapeOf(b)) return;
  throw new ShapeError(`${who} expected tensors of one shape, got ${shapeOf(a)} and ${shapeOf(b)}`);
}

/** x is made of whole vectors as long as `part`. @throws ShapeError */
export function checkSplits(who: string, x: Value, part: Value): void {
  if (x.size % part.size === 0) return;
  throw new ShapeError(`${who} expected x to be vectors of ${part.size} elements, got ${shapeOf(x)}`);
}

/** @throws ValueError for a number that is no index, by its position among those of all samples */
export function throwNoIndex(
  who: string,
  value: number,
  vocabulary: number,
  at: number,
  size: number,
  first = 0,
): never {
  const place = `sample ${first + Math.floor(at / size)}, position ${at % size}`;
  throw new ValueError(
    `${who} expected whole numbers from 0 to ${vocabulary - 1}, got ${value} for ${place}; raise its vocabulary, or give such words a number of their own`,
  );
}
