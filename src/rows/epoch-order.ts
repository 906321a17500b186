import { purposes, RandomStream } from "../core/random.js";
import type { Block } from "./row-file.js";

/** How rows are put in order: a function of the seed and the epoch. */
export interface Shuffling {
  readonly seed: number;
  readonly epoch: number;
  /** Rows that are shuffled together, at least. */
  readonly buffer: number;
}

/** The part of a block that is read: its rows from..to. */
export interface BlockPart {
  readonly block: number;
  readonly from: number;
  readonly to: number;
}

/** The blocks that have rows from..to of the file, in parts of at most `most` rows. */
export function partsWithin(blocks: readonly Block[], from: number, to: number, most: number): BlockPart[] {
  return blocks.flatMap(({ begin, rows }, block) => {
    const [low, high] = [Math.max(from - begin, 0), Math.min(to - begin, rows)];
    const count = Math.ceil(Math.max(0, high - low) / most);
    return Array.from({ length: count }, (_, i) => {
      const first = low + i * most;
      return { block, from: first, to: Math.min(first + most, high) };
    });
  });
}

/** Draws the orders of an epoch: each number once. */
export class EpochOrder {
  private readonly stream: RandomStream;
  private drawn = 0;

  constructor({ seed, epoch }: Shuffling) {
    this.stream = new RandomStream(seed, purposes.shuffle, epoch);
  }

  /** The numbers below n in a random order (Fisher and Yates). */
  next(n: number): Uint32Array {
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = Math.floor(this.stream.uniform(this.drawn + i) * (i + 1));
      const other = order[i];
      order[i] = order[j];
      order[j] = other;
    }
    this.drawn += n;
    return order;
  }
}

/** The parts in the order of an epoch, as many together as are shuffled together. */
export function groupsOf(parts: readonly BlockPart[], order: EpochOrder, buffer: number): BlockPart[][] {
  const groups: BlockPart[][] = [];
  let rows = buffer;
  for (const place of order.next(parts.length)) {
    const part = parts[place];
    if (rows >= buffer) {
      groups.push([]);
      rows = 0;
    }
    groups[groups.length - 1].push(part);
    rows += part.to - part.from;
  }
  return groups;
}

/** The rows order[from..to] of a matrix whose rows have `width` numbers. */
export function gathered<Numbers extends Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>>(
  matrix: Numbers,
  width: number,
  order: Uint32Array,
  from: number,
  to: number,
): Numbers {
  const out = new (matrix.constructor as new (length: number) => Numbers)((to - from) * width);
  for (let i = from, at = 0; i < to; i++) {
    const begin = order[i] * width;
    for (let k = 0; k < width; k++) out[at++] = matrix[begin + k];
  }
  return out;
}
