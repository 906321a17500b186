import type { TableTargets } from "./folds.js";

/** What models predicted for rows that they had not learned from. */
export interface HeldOutPredictions {
  /** The rows of the table, in ascending order. */
  readonly rows: Int32Array;
  /** What each row's target is: a class as its index in the labels, or a value. */
  readonly targets: readonly number[];
  /** What was predicted: [rows, labels] probabilities of the classes, or [rows] values. */
  readonly outputs: Float32Array;
}

/**
 * The predictions for some of a table's targets, in the order of their rows. places: which of the targets
 * `outputs` are for, in any order; tableRows: the row in the table of each target.
 */
export function heldOutPredictions(
  { labels, values }: TableTargets,
  tableRows: Int32Array,
  places: ArrayLike<number>,
  outputs: Float32Array,
): HeldOutPredictions {
  const width = labels?.length ?? 1;
  const order = Array.from({ length: places.length }, (_, i) => i).sort((a, b) => places[a] - places[b]);
  const sorted = new Float32Array(outputs.length);
  order.forEach((from, to) => {
    sorted.set(outputs.subarray(from * width, (from + 1) * width), to * width);
  });
  return {
    rows: Int32Array.from(order, (i) => tableRows[places[i]]),
    targets: order.map((i) => values[places[i]]),
    outputs: sorted,
  };
}
