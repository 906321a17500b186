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

/**
 * The rows of a table in blocks of some size, each in an order of its own that the seed and the epoch decide.
 * There is one block in memory: the next one takes its place.
 */
export class Blocks {
  private readonly block: Block;
  private epoch = 0;

  constructor(
    private readonly source: BlockSource,
    private readonly size: number,
    private readonly seed: number,
    private readonly onRows: (rows: number) => void,
  ) {
    const width = encodedWidth(source.encoding);
    this.block = {
      width,
      inputs: new Float32Array(size * width),
      targets: source.predicted.labels ? new Int32Array(size) : new Float32Array(size),
      heldFrom: new Int32Array(size),
      order: new Uint32Array(0),
    };
  }

  /** Features of a row. */
  get width(): number {
    return this.block.width;
  }

  /** The blocks of the next epoch. */
  async *next(): AsyncGenerator<Block, void, void> {
    const { block, size } = this;
    const { parts, targetsOf } = this.source;
    const epoch = this.epoch++;
    let [filled, blocks] = [0, 0];
    const shuffled = () => {
      // Epochs of a network and blocks of an epoch are fewer than a million.
      const stream = new RandomStream(this.seed, purposes.shuffle, epoch * 1_000_000 + blocks++);
      block.order = shuffledOrder(filled, stream);
      filled = 0;
      return block;
    };
    for await (const { table, begin } of parts.read()) {
      const { rows, values } = targetsOf(table);
      for (let from = 0; from < rows.length; ) {
        const to = Math.min(rows.length, from + size - filled);
        this.fill(table, begin, { rows: rows.slice(from, to), values: values.slice(from, to) }, filled);
        filled += to - from;
        from = to;
        if (filled === size) yield shuffled();
      }
      this.onRows(table.rows);
    }
    if (filled > 0) yield shuffled();
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
