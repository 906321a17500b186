import { isGap, quantityOf } from "../encoding/encode-values.js";
import type { ColumnEncoding, Encoding } from "../encoding/encoding.js";
import { type Findings, isFewOddCells, ODD_CELLS } from "./columns.js";
import { isNoValue } from "./number-column.js";
import type { Table } from "./table.js";
import type { Problems } from "./table-error.js";

/** A cell that its column does not take, in one row or more. */
interface OddCell {
  rows: number;
  readonly line: number;
}

/** A column of numbers or dates, and what else is in it. */
interface LookedAt {
  readonly column: ColumnEncoding;
  /** Words for no value that were asked for. */
  readonly missing: readonly string[];
  /** No odd cell is taken where the kind was asked for. */
  readonly isAsked: boolean;
  /** Words for no value, found in any row. */
  readonly gaps: Set<string>;
  readonly odd: Map<string, OddCell>;
  /** Rows that have a cell, and those of them whose cell is odd. */
  present: number;
  oddRows: number;
}

/**
 * Cells that their columns do not take, in all rows of a table whose columns were found from some of them. As
 * in findColumns, a few count as missing.
 */
export class OddCells {
  private readonly columns: readonly LookedAt[];

  /** asked: the columns whose kind was asked for. missing: the option of findColumns. */
  constructor(
    private readonly encoding: Encoding,
    asked: readonly string[],
    missing: readonly string[],
  ) {
    this.columns = encoding.columns
      .filter(({ kind }) => kind === "number" || kind === "date")
      .map((column) => ({
        column,
        missing,
        isAsked: asked.includes(column.name),
        gaps: new Set(column.gaps),
        odd: new Map(),
        present: 0,
        oddRows: 0,
      }));
  }

  /** Looks at the next rows. Returns the encoding that takes all rows so far, if there can be one. */
  look(part: Table): Encoding | undefined {
    for (const each of this.columns) {
      const { column, missing } = each;
      const cells = part.column(column.name);
      for (let row = 0; row < cells.length; row++) {
        const cell = cells[row];
        if (isGap(cell, missing)) continue;
        each.present++;
        if (quantityOf(column, cell) !== undefined) continue;
        if (column.kind === "number" && isNoValue(cell)) each.gaps.add(cell);
        else addOdd(each, cell, part.lines[row]);
      }
    }
    return this.columns.some(({ odd, isAsked }) => odd.size > (isAsked ? 0 : ODD_CELLS))
      ? undefined
      : this.encodingOfAll();
  }

  /** The encoding, in which odd cells count as missing. */
  encodingOfAll(): Encoding {
    const columns = this.encoding.columns.map((column) => {
      const gaps = this.gapsOf(column.name);
      return gaps.length > (column.gaps?.length ?? 0) ? { ...column, gaps } : column;
    });
    return { ...this.encoding, columns };
  }

  /** The findings, with what counts as missing in all rows. */
  findingsOfAll(findings: Findings): Findings {
    const columns = findings.columns.map((found) => {
      const more = this.gapsOf(found.name).filter((word) => !found.gaps.includes(word));
      if (more.length === 0) return found;
      const reason = `${found.reason}; ${more.join(", ")} count as missing`;
      return { ...found, gaps: [...found.gaps, ...more], reason };
    });
    return { ...findings, columns };
  }

  /** Adds every odd cell of the columns in which they are too many to count as missing. */
  addProblems(problems: Problems, sampled: number): void {
    for (const { column, odd, oddRows, present, isAsked } of this.columns) {
      if (odd.size === 0 || (!isAsked && isFewOddCells(odd.size, oddRows, present))) continue;
      const so = isAsked ? "as asked" : `as in ${sampled} rows that were looked at first`;
      const words = [...odd.keys()];
      const remedy = `missing: ${JSON.stringify(words)} takes ${words.length > 1 ? "them" : "it"} for no value, columns: ${JSON.stringify({ [column.name]: "category" })} takes all cells for words`;
      for (const [cell, { rows, line }] of odd) {
        const message = `column ${column.name}: expected a ${column.kind} ${so}, got ${JSON.stringify(cell)}`;
        for (let row = 0; row < rows; row++)
          problems.add(`${column.name} ${cell}`, message, { line, remedy });
      }
      let others = oddRows;
      for (const { rows } of odd.values()) others -= rows;
      const message = `column ${column.name}: more different cells that are no ${column.kind}`;
      for (let row = 0; row < others; row++) problems.add(`${column.name} others`, message);
    }
  }

  private gapsOf(name: string): readonly string[] {
    const found = this.columns.find(({ column }) => column.name === name);
    return found ? [...new Set([...found.gaps, ...found.odd.keys()])] : [];
  }
}

/** Odd cells are listed up to one more than a column may have. */
function addOdd(column: LookedAt, cell: string, line: number): void {
  column.oddRows++;
  const known = column.odd.get(cell);
  if (known) known.rows++;
  else if (column.odd.size <= ODD_CELLS) column.odd.set(cell, { rows: 1, line });
}
