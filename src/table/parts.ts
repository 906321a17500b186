import type { AbortSignalLike } from "../core/platform.js";
import { ValueError } from "../index.js";
import { Yielder } from "../training/yield.js";
import { Table } from "./table.js";
import { TableError } from "./table-error.js";

/** Gives the parts of a table from the first one, each time that it is called. */
export type OpenParts = () => AsyncIterable<Table> | Iterable<Table>;

/** A part of a table. */
export interface Part {
  readonly table: Table;
  /** Which row of the whole table its first one is. */
  readonly begin: number;
}

/** A table that is read in several passes, and has to be the same in each. */
export class Parts {
  private first: Table | undefined;
  private count: number | undefined;

  constructor(
    readonly who: string,
    private readonly open: OpenParts,
    private readonly signal: AbortSignalLike | undefined,
  ) {}

  /** All rows, after a pass. */
  get rows(): number {
    return this.count ?? 0;
  }

  /** What the table is called in messages. */
  get name(): string {
    return this.first?.name ?? "table";
  }

  /**
   * One pass over all parts that have rows. The event loop gets its turns.
   * @throws ValueError for what are no parts; TableError for another table than that of the pass before; the
   * signal's reason
   */
  async *read(): AsyncGenerator<Part, void, void> {
    const yielder = new Yielder();
    let begin = 0;
    for await (const table of this.iterable()) {
      this.signal?.throwIfAborted();
      this.check(table);
      if (table.rows > 0) yield { table, begin };
      begin += table.rows;
      if (yielder.due(0)) await yielder.yield();
    }
    this.signal?.throwIfAborted();
    if (this.count === undefined && begin === 0) this.fail("expected rows, got none");
    this.count ??= begin;
    if (begin !== this.count)
      this.fail(
        `expected the ${this.count} rows of the first pass, got ${begin}: open must give the same table each time`,
      );
  }

  /** @throws TableError */
  fail(message: string): never {
    throw new TableError(this.who, this.name, [{ message, count: 1 }]);
  }

  private iterable(): AsyncIterable<Table> | Iterable<Table> {
    const parts: unknown = this.open();
    if (
      parts !== null &&
      typeof parts === "object" &&
      (Symbol.asyncIterator in parts || Symbol.iterator in parts)
    )
      return parts as AsyncIterable<Table>;
    throw new ValueError(
      `${this.who} expected open to return parts, such as () => readTableParts(file), got ${typeof parts}`,
    );
  }

  private check(table: unknown): asserts table is Table {
    if (!(table instanceof Table))
      throw new ValueError(
        `${this.who} expected each part to be a Table, as readTableParts gives them, got ${typeof table}`,
      );
    this.first ??= table;
    const { columns } = this.first;
    if (table.columns.length !== columns.length || table.columns.some((name, i) => name !== columns[i]))
      this.fail(
        `expected the columns of the first part, ${columns.join(", ")}, got ${table.columns.join(", ")}`,
      );
  }
}
