import { isGap } from "../encoding/encode-values.js";
import { numberFrom } from "../encoding/number-format.js";
import { isNoValue } from "./number-column.js";
import type { Table } from "./table.js";
import type { Problems } from "./table-error.js";
import type { TargetFinding } from "./target.js";

/** The rows of a part of a table that have a target, and the targets: classes by their index, or values. */
export interface PartTargets {
  readonly rows: readonly number[];
  readonly values: readonly number[];
}

/** Reads the targets of a table that comes in parts. */
export class TargetReader {
  private readonly places: ReadonlyMap<string, number>;

  /** missing: the option of findColumns. */
  constructor(
    private readonly target: TargetFinding,
    private readonly missing: readonly string[],
  ) {
    this.places = new Map(target.labels?.map((label, i) => [label, i]));
  }

  /** problems: collects cells that are no number where values are to be predicted. */
  read(part: Table, problems?: Problems): PartTargets {
    const { name, labels, format } = this.target;
    const rows: number[] = [];
    const values: number[] = [];
    part.column(name).forEach((cell, row) => {
      if (isGap(cell, this.missing)) return;
      const value = labels ? this.places.get(cell) : numberFrom(cell, format);
      if (value !== undefined) {
        rows.push(row);
        values.push(value);
      } else if (!labels && !isNoValue(cell)) {
        const message = `target ${name}: expected a number, got ${JSON.stringify(cell)}`;
        const remedy = `missing: [${JSON.stringify(cell)}] leaves such rows out`;
        problems?.add(name, message, { line: part.lines[row], remedy });
      }
    });
    return { rows, values };
  }
}
