import { purposes, RandomStream } from "../core/random.js";
import { type Encoding, encodedWidth } from "../encoding/encoding.js";
import { encodeInto } from "./encode-table.js";
import type { HoldOut } from "./held-rows.js";
import { learnedFrom, type Predicted } from "./net.js";
import type { Parts } from "./parts.js";
import type { Table } from "./table.js";
import type { PartTargets } from "./target-reader.js";

/** Rows of a table as networks take them. */
export interface Block {
  readonly width: number;
  /** [rows, width] */
  readonly inputs: Float32Array;
  readonly targets: Float32Array | Int32Array;
  /** Of each row the network that does not learn from it, or -1. */
  readonly heldFrom: Int32Array;
  /** The rows in the order in which they are learned from. */
  order: Uint32Array;
}

/** What is read of a table in an epoch. */
export interface BlockSource {
  readonly parts: Parts;
  readonly encoding: Encoding;
  readonly targetsOf: (part: Table) => PartTargets;
  readonly predicted: Predicted;
  readonly holdOut: HoldOut;
}

/** How a table is cut into blocks. */
export interface Cutting {
  /** Rows of a block. */
  readonly size: number;
  /**
   * Passes over the table in an epoch. Where there are several, each takes its share of the rows from all
   * over the table, which is one of `shares`. Where there is one, it takes all rows.
   */
  readonly passes: number;
  readonly shares: number;
}

/**
 * The cutting of a table. Of one whose targets change along the rows, each pass takes no more than fits into
 * a block, so that a block has rows of all kinds: an epoch is then several passes.
 */
export function cuttingOf(rows: number, size: number, drifts: boolean): Cutting {
  // How many rows a share has is random: it is to fit into a block all the same.
  const shares = drifts ? Math.ceil((SPARE * rows) / size) : 1;
  return { size, passes: Math.min(shares, MOST_PASSES), shares };
}

const SPARE = 1.05;
/** An epoch of more passes would take too long: it has fewer rows instead. */
const MOST_PASSES = 10;

/**
 * The rows of a table in blocks, each in an order of its own that the seed decides. There is one block in
 * memory: the next one takes its place.
 */
export class Blocks {
  private readonly block: Block;
  private readonly share: RandomStream;
  private pass = 0;
  private blocks = 0;

  constructor(
    private readonly source: BlockSource,
    private readonly cutting: Cutting,
    private readonly seed: number,
    private readonly onRows: (rows: number) => void,
  ) {
    const width = encodedWidth(source.encoding);
    this.share = new RandomStream(seed, purposes.split, 1);
    this.block = {
      width,
      inputs: new Float32Array(cutting.size * width),
      targets: source.predicted.labels ? new Int32Array(cutting.size) : new Float32Array(cutting.size),
      heldFrom: new Int32Array(cutting.size),
      order: new Uint32Array(0),
    };
  }

  /** Features of a row. */
  get width(): number {
    return this.block.width;
  }

  /** The blocks of the next epoch. */
  async *next(): AsyncGenerator<Block, void, void> {
    for (let pass = 0; pass < this.cutting.passes; pass++) yield* this.nextPass();
  }

  private async *nextPass(): AsyncGenerator<Block, void, void> {
    const { size, shares } = this.cutting;
    const { parts, targetsOf } = this.source;
    const share = this.pass++ % shares;
    let filled = 0;
    for await (const { table, begin } of parts.read()) {
      const targets = targetsOf(table);
      const { rows, values } = shares === 1 ? targets : this.shareOf(targets, begin, share);
      for (let from = 0; from < rows.length; ) {
        const to = Math.min(rows.length, from + size - filled);
        this.fill(table, begin, { rows: rows.slice(from, to), values: values.slice(from, to) }, filled);
        filled += to - from;
        from = to;
        if (filled < size) continue;
        yield this.shuffled(filled);
        filled = 0;
      }
      this.onRows(table.rows);
    }
    if (filled > 0) yield this.shuffled(filled);
  }

  /** Those of a part's rows that are of a share of the whole table. */
  private shareOf({ rows, values }: PartTargets, begin: number, share: number): PartTargets {
    const { shares } = this.cutting;
    const isOfShare = (row: number) => Math.floor(this.share.uniform(begin + row) * shares) === share;
    return {
      rows: rows.filter(isOfShare),
      values: values.filter((_, i) => isOfShare(rows[i])),
    };
  }

  private shuffled(rows: number): Block {
    this.block.order = shuffledOrder(rows, new RandomStream(this.seed, purposes.shuffle, this.blocks++));
    return this.block;
  }

  /** Puts rows of a part into the block. */
  private fill(part: Table, begin: number, { rows, values }: PartTargets, at: number): void {
    const { encoding, holdOut, predicted } = this.source;
    const { inputs, targets, heldFrom, width } = this.block;
    const place = inputs.subarray(at * width, (at + rows.length) * width).fill(0);
    encodeInto(place, encoding, part, rows);
    targets.set(learnedFrom(values, predicted), at);
    rows.forEach((row, i) => {
      heldFrom[at + i] = holdOut.networkOf(begin + row);
    });
  }
}

/** The numbers below n in an order that the stream decides (Fisher and Yates). */
export function shuffledOrder(n: number, stream: RandomStream): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(stream.uniform(i) * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
