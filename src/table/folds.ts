import { kFold, type Split } from "../index.js";

/** Values of a regression that stand together in order, so that each fold has its share of them. */
const RUN = 25;

/** Targets of rows: classes by their index, or values. */
export interface TableTargets {
  /** The names of the classes; undefined for values. */
  readonly labels: readonly string[] | undefined;
  readonly values: readonly number[];
}

/** The targets of some rows. */
export const targetsOf = ({ labels, values }: TableTargets, rows: ArrayLike<number>): TableTargets => ({
  labels,
  values: Array.from(rows, (row) => values[row]),
});

/** The number of rows that can be held out: a row that is the only one of its class never is. */
export function rowsToHoldOut({ labels, values }: TableTargets): number {
  if (!labels) return values.length;
  const counts = new Array<number>(labels.length).fill(0);
  for (const label of values) counts[label]++;
  return counts.reduce((sum, count) => sum + (count > 1 ? count : 0), 0);
}

/**
 * k splits of rows in each of which another part is held out, as the seed decides. Each part has its share of
 * each class, or of small and large values.
 */
export function foldsOf({ labels, values }: TableTargets, k: number, seed: number): Split[] {
  return kFold(values.length, k, { seed, stratify: labels ? values : runsOf(values) });
}

function runsOf(values: readonly number[]): number[] {
  const order = Array.from(values.keys()).sort((a, b) => values[a] - values[b] || a - b);
  const runs = new Array<number>(values.length);
  // A run of one row would be held out in no fold.
  const last = Math.max(0, Math.ceil((values.length - 1) / RUN) - 1);
  order.forEach((row, i) => {
    runs[row] = Math.min(Math.floor(i / RUN), last);
  });
  return runs;
}
