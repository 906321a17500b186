import type { Encoding } from "../index.js";
import type { Findings } from "./columns.js";
import { Drift } from "./drift.js";
import { HeldRows, type HoldOut } from "./held-rows.js";
import type { Predicted } from "./net.js";
import { OddCells } from "./odd-cells.js";
import type { Parts } from "./parts.js";
import type { Survey } from "./survey-parts.js";
import { Problems } from "./table-error.js";
import type { TargetReader } from "./target-reader.js";
import type { TrainingOptions } from "./train-options.js";

/** What the second pass over a table found. */
export interface Checked {
  /** The encoding that takes every row, and the findings that say so. */
  readonly encoding: Encoding;
  readonly findings: Findings;
  readonly held: HeldRows;
  readonly unit: Predicted["unit"];
  /** How much the target changes along the table, by blocks. */
  readonly drift: number;
}

export interface CheckOptions {
  readonly reader: TargetReader;
  readonly holdOut: HoldOut;
  /** Rows of the runs between which the target may drift. */
  readonly blockSize: number;
  /** Called with the number of rows that were read more. */
  readonly onRows: (rows: number) => void;
}

/**
 * The second pass: looks at every cell of the columns that are used, and encodes the rows that are held out.
 * @throws TableError with all cells that training could not take, and for a table that has changed
 */
export async function checkParts(
  parts: Parts,
  survey: Survey,
  { columns = {}, missing = [] }: TrainingOptions,
  { reader, holdOut, blockSize, onRows }: CheckOptions,
): Promise<Checked> {
  const { target, targets: expected } = survey;
  const odd = new OddCells(survey.encoding, Object.keys(columns), missing);
  const held = new HeldRows(holdOut);
  const rows = new Int32Array(expected);
  const moments = new Moments();
  const drift = new Drift(target.labels?.length, blockSize);
  const problems = new Problems();
  let count = 0;
  for await (const { table, begin } of parts.read()) {
    const targets = reader.read(table, problems);
    for (const row of targets.rows) rows[count++] = begin + row;
    for (const value of targets.values) {
      moments.add(value);
      drift.add(value);
    }
    const encoding = odd.look(table);
    if (encoding) held.add(encoding, table, begin, targets);
    onRows(table.rows);
  }
  odd.addProblems(problems, survey.sampled);
  problems.throwAny(parts.who, parts.name);
  if (count !== expected)
    parts.fail(
      `expected ${expected} rows with a target as in the first pass, got ${count}: open must give the same table each time`,
    );
  return {
    encoding: odd.encodingOfAll(),
    findings: { ...odd.findingsOfAll(survey.findings), target: { ...target, rows } },
    held,
    unit: target.labels ? { mean: 0, deviation: 1 } : moments.unit(),
    drift: drift.share(),
  };
}

/** Mean and deviation of values that come one by one (Welford 1962). */
class Moments {
  private count = 0;
  private mean = 0;
  private squares = 0;

  add(value: number): void {
    this.count++;
    const difference = value - this.mean;
    this.mean += difference / this.count;
    this.squares += difference * (value - this.mean);
  }

  /** A deviation of 0, which nothing can be divided by, counts as 1. */
  unit(): Predicted["unit"] {
    const deviation = Math.sqrt(this.squares / this.count);
    return { mean: this.mean, deviation: Number.isFinite(1 / deviation) ? deviation : 1 };
  }
}
