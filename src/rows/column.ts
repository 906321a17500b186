import { type TimeElement, textOf } from "./text-of.js";

/** What a column holds, where its file says so. */
export type ColumnType = "integer" | "number" | "text";

/** The values of a column in some rows. */
export interface Column {
  /** The value of a row: numbers as they are, anything else as text; "" where there is none. */
  value(row: number): number | string;
  /** The value of a row as the text that CSV would have. */
  text(row: number): string;
}

/** A column of cells. */
export class TextColumn implements Column {
  constructor(private readonly cells: readonly string[]) {}

  value(row: number): string {
    return this.cells[row];
  }

  text(row: number): string {
    return this.cells[row];
  }
}

/** A column of values of any types, of which null is none. */
export class ValueColumn implements Column {
  private readonly isTime: boolean;

  constructor(
    private readonly values: ArrayLike<unknown>,
    private readonly element: TimeElement,
  ) {
    this.isTime = element.logical_type?.type === "TIME";
  }

  value(row: number): number | string {
    const value = this.values[row];
    // As text, -0 would be 0, too.
    if (typeof value === "number" && !this.isTime) return value + 0;
    return typeof value === "bigint" && !this.isTime ? Number(value) : textOf(value, this.element);
  }

  text(row: number): string {
    return textOf(this.values[row], this.element);
  }
}
