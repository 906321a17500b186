import { isGap } from "../encoding/encode-values.js";
import type { Encoding } from "../index.js";
import { type Findings, findColumnsOf } from "./columns.js";
import type { Parts } from "./parts.js";
import { planEncoding } from "./plan.js";
import { Reservoir } from "./reservoir.js";
import type { Table } from "./table.js";
import { TargetCounts, type TargetFinding } from "./target.js";
import { columnOptions, type TrainingOptions } from "./train-options.js";

/** More different cells of a target than this are no classes. */
const MOST_CLASSES = 10_000;
/** Of fewer rows with a target among more than fit into the sample, none can be held out. */
const LEAST_TARGETS = 20;

/** What the first pass over a table found. */
export interface Survey {
  /** What the columns are, as far as the sample tells. The target is that of all rows. */
  readonly findings: Findings;
  readonly encoding: Encoding;
  readonly target: TargetFinding;
  /** Rows in the sample. */
  readonly sampled: number;
  /** Rows with a target, and those of each class. */
  readonly targets: number;
  readonly classRows: readonly number[] | undefined;
}

/**
 * The first pass: samples rows, counts the cells of the target, and finds what the columns are. A table whose
 * rows all fit into the sample is returned itself. @throws as findColumns and planEncoding do
 */
export async function surveyParts(
  parts: Parts,
  options: TrainingOptions,
  size: number,
): Promise<Survey | Table> {
  const { target: name, seed = 1, missing = [] } = options;
  const reservoir = new Reservoir(size, seed);
  const counts = new TargetCounts(name, MOST_CLASSES);
  for await (const { table } of parts.read()) {
    reservoir.add(table);
    // findColumns refuses a target that is not there, together with all other such columns.
    if (!table.columns.includes(name)) continue;
    table.column(name).forEach((cell, row) => {
      if (!isGap(cell, missing)) counts.add(cell, table.lines[row]);
    });
  }
  const { table, positions } = reservoir.rows();
  if (table.rows === parts.rows) return table;
  const whole = { counts, rows: parts.rows };
  const findings = findColumnsOf({ table, positions, target: whole }, columnOptions(options));
  const target = findings.target as TargetFinding;
  const targets = parts.rows - target.missing;
  if (targets < LEAST_TARGETS)
    parts.fail(`expected at least ${LEAST_TARGETS} rows with a target among ${parts.rows}, got ${targets}`);
  return {
    findings,
    encoding: planEncoding(table, findings, target.rows),
    target,
    sampled: table.rows,
    targets,
    classRows: target.labels?.map((label) => counts.rowsOf(label)),
  };
}
