import { permutation, randomNumbers } from "./random.js";

/** Row indices to train on, and to score. */
export interface HeldOut {
  readonly training: number[];
  readonly held: number[];
}

/**
 * Holds out a fraction of the rows of values, as the seed decides, that is spread over the values as all rows
 * are. Two rows at least are held out, as R² needs, where as many are left to learn from.
 */
export function holdOutValues(values: ArrayLike<number>, fraction: number, seed: number): HeldOut {
  const rows = values.length;
  const count = Math.round(rows * fraction);
  const order = sortedRows(values, seed);
  return partsOf(rows, oneOfEachRun(order, count === 1 && rows >= 4 ? 2 : count, seed));
}

/**
 * Holds out a fraction of the rows of classes, as the seed decides: of each class its share, give or take a
 * row. The only row of a class is never held out, nor are all rows of a class: training sees each class.
 */
export function holdOutClasses(
  indices: ArrayLike<number>,
  classes: number,
  fraction: number,
  seed: number,
): HeldOut {
  const rows = indices.length;
  const left = new Uint32Array(classes);
  for (let row = 0; row < rows; row++) left[indices[row]]++;
  const order = sortedRows(indices, seed).filter((row) => left[indices[row]] > 1);
  const chosen = oneOfEachRun(order, Math.min(Math.round(rows * fraction), order.length), seed);
  return partsOf(
    rows,
    chosen.filter((row) => left[indices[row]] > 1 && left[indices[row]]-- > 0),
  );
}

/** All rows in the order of their targets; rows with equal targets are shuffled. */
function sortedRows(targets: ArrayLike<number>, seed: number): number[] {
  return permutation(targets.length, seed).sort((a, b) => targets[a] - targets[b]);
}

/** Cuts rows into as many runs of about the same length as rows are wanted, and takes one of each. */
function oneOfEachRun(rows: readonly number[], count: number, seed: number): number[] {
  const random = randomNumbers(~seed);
  return Array.from({ length: count }, (_, run) => {
    const begin = Math.floor((run * rows.length) / count);
    const end = Math.floor(((run + 1) * rows.length) / count);
    return rows[begin + Math.floor(random() * (end - begin))];
  });
}

function partsOf(count: number, held: readonly number[]): HeldOut {
  const isHeld = new Uint8Array(count);
  for (const row of held) isHeld[row] = 1;
  const all = Array.from(isHeld.keys());
  return { training: all.filter((row) => !isHeld[row]), held: all.filter((row) => isHeld[row]) };
}
