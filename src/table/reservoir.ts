import { purposes, RandomStream } from "../core/random.js";
import { Table } from "./table.js";

/**
 * Keeps a number of rows of a table that comes in parts. Each row is kept with the same probability; which
 * ones depends on the seed and the number of rows alone (Vitter 1985, "Random sampling with a reservoir",
 * algorithm R).
 */
export class Reservoir {
  private readonly stream: RandomStream;
  private readonly positions: number[] = [];
  private readonly lines: number[] = [];
  private cells: string[][] = [];
  private seen = 0;
  private last: Table | undefined;

  constructor(
    private readonly size: number,
    seed: number,
  ) {
    this.stream = new RandomStream(seed, purposes.sample, 0);
  }

  /** Takes the next rows. */
  add(part: Table): void {
    this.last = part;
    if (this.cells.length === 0) this.cells = part.columns.map(() => []);
    for (let row = 0; row < part.rows; row++) {
      const position = this.seen++;
      const place =
        position < this.size ? position : Math.floor(this.stream.uniform(position) * (position + 1));
      if (place >= this.size) continue;
      this.positions[place] = position;
      this.lines[place] = part.lines[row];
      this.cells.forEach((kept, column) => {
        kept[place] = copyOf(part.cells[column][row]);
      });
    }
  }

  /** The rows that are kept, in their order, and which rows of the whole table they are. */
  rows(): { readonly table: Table; readonly positions: Int32Array } {
    const { name = "table", columns = [], notes, unnamed, delimiter } = this.last ?? {};
    const kept = new Table(name, columns, this.cells, this.lines, notes, unnamed, delimiter);
    const order = Int32Array.from(this.positions.keys()).sort(
      (a, b) => this.positions[a] - this.positions[b],
    );
    return { table: kept.take(order), positions: order.map((place) => this.positions[place]) };
  }
}

/** Engines keep the whole text of a part in memory for as long as they keep one slice of it. */
const copyOf = (slice: string): string => ` ${slice}`.slice(1);
