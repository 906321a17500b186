import { purposes, RandomStream } from "../core/random.js";
import type { Column } from "./column.js";
import type { Block, Rows } from "./row-file.js";

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

/** The blocks that have rows from..to of the file. */
export function partsWithin(blocks: readonly Block[], from: number, to: number): BlockPart[] {
  return blocks.flatMap(({ begin, rows }, block) => {
    const [low, high] = [Math.max(from - begin, 0), Math.min(to - begin, rows)];
    return low < high ? [{ block, from: low, to: high }] : [];
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
export function groupsOf(
  parts: readonly BlockPart[],
  order: EpochOrder,
  { buffer }: Shuffling,
): BlockPart[][] {
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

/** Rows of several blocks in a random order. */
export function shuffledRows(
  all: readonly { readonly rows: Rows; readonly part: BlockPart }[],
  order: EpochOrder,
): Rows {
  const count = all.reduce((sum, { part }) => sum + part.to - part.from, 0);
  const places = order.next(count);
  const source = new Uint32Array(count);
  const row = new Uint32Array(count);
  let begin = 0;
  all.forEach(({ part }, index) => {
    source.fill(index, begin, begin + part.to - part.from);
    for (let i = part.from; i < part.to; i++) row[begin++] = i;
  });
  const sources = places.map((place) => source[place]);
  const rows = places.map((place) => row[place]);
  const names = [...all[0].rows.columns.keys()];
  const picked = (name: string) => {
    const columns = all.map((each) => each.rows.columns.get(name) as Column);
    return new PickedColumn(columns, sources, rows);
  };
  return {
    rows: count,
    columns: new Map(names.map((name) => [name, picked(name)])),
    lineOf: (i) => all[sources[i]].rows.lineOf(rows[i]),
  };
}

/** A column of rows that are picked from several blocks. */
class PickedColumn implements Column {
  constructor(
    private readonly columns: readonly Column[],
    private readonly sources: Uint32Array,
    private readonly rows: Uint32Array,
  ) {}

  value(row: number): number | string {
    return this.columns[this.sources[row]].value(this.rows[row]);
  }

  text(row: number): string {
    return this.columns[this.sources[row]].text(this.rows[row]);
  }
}
