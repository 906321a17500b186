import { purposes, RandomStream } from "../core/random.js";
import { type Encoding, encodedWidth } from "../encoding/encoding.js";
import { encodeInto } from "./encode-table.js";
import type { Table } from "./table.js";
import type { PartTargets } from "./target-reader.js";

/** Which network each row of a table is held out from: none for most rows. A function of the seed. */
export class HoldOut {
  private readonly stream: RandomStream;

  /** part: of all rows, what each network has held out. */
  constructor(
    seed: number,
    readonly networks: number,
    private readonly part: number,
  ) {
    this.stream = new RandomStream(seed, purposes.split, 0);
  }

  /** The network that does not learn from a row of the table, or -1. */
  networkOf(row: number): number {
    const network = Math.floor(this.stream.uniform(row) / this.part);
    return network < this.networks ? network : -1;
  }
}

/** The rows that are held out from a network, as it takes them. */
export interface HeldExamples {
  readonly inputs: Float32Array;
  /** Which of `targets` they are. */
  readonly places: readonly number[];
}

/** Keeps the rows that are held out, in their order. */
export class HeldRows {
  /** The rows of the table, and their targets. */
  readonly rows: number[] = [];
  readonly values: number[] = [];
  private readonly places: number[][];
  private readonly parts: Float32Array[][];

  constructor(private readonly holdOut: HoldOut) {
    this.places = Array.from({ length: holdOut.networks }, () => []);
    this.parts = this.places.map(() => []);
  }

  /** Takes the next rows. begin: which row of the whole table the part's first one is. */
  add(encoding: Encoding, part: Table, begin: number, { rows, values }: PartTargets): void {
    const taken: number[][] = this.places.map(() => []);
    rows.forEach((row, i) => {
      const network = this.holdOut.networkOf(begin + row);
      if (network < 0) return;
      taken[network].push(row);
      this.places[network].push(this.rows.length);
      this.rows.push(begin + row);
      this.values.push(values[i]);
    });
    const width = encodedWidth(encoding);
    taken.forEach((own, network) => {
      if (own.length === 0) return;
      const inputs = new Float32Array(own.length * width);
      encodeInto(inputs, encoding, part, own);
      this.parts[network].push(inputs);
    });
  }

  /** What each network has held out. */
  examples(): HeldExamples[] {
    return this.parts.map((parts, network) => {
      const inputs = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
      let at = 0;
      for (const part of parts) {
        inputs.set(part, at);
        at += part.length;
      }
      parts.length = 0;
      return { inputs, places: this.places[network] };
    });
  }
}
