import { permutation, randomNumbers } from "./random.js";

/** Row indices to learn from, and to be judged on. */
export interface HeldOut {
  readonly training: number[];
  readonly held: number[];
}

/**
 * Holds out a fraction of the rows, as the seed decides, that is spread over the targets as all rows are: the
 * rows sorted by target, equal ones shuffled, are cut into as many runs as rows are to be held out, and each
 * run gives one. So every class and every range has its share.
 */
export function holdOut(targets: ArrayLike<number>, fraction: number, seed: number): HeldOut {
  const rows = targets.length;
  const count = Math.round(rows * fraction);
  const order = permutation(rows, seed).sort((a, b) => targets[a] - targets[b]);
  const random = randomNumbers(~seed);
  const isHeld = new Uint8Array(rows);
  for (let run = 0; run < count; run++) {
    const begin = Math.floor((run * rows) / count);
    const end = Math.floor(((run + 1) * rows) / count);
    isHeld[order[begin + Math.floor(random() * (end - begin))]] = 1;
  }
  const all = Array.from(isHeld.keys());
  return { training: all.filter((row) => !isHeld[row]), held: all.filter((row) => isHeld[row]) };
}
