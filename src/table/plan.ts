import { type DatePart, dateParts, turns } from "../encoding/date-format.js";
import { categoryOf, isGap, quantityOf, signedLog } from "../encoding/encode-values.js";
import type {
  CategoriesFeature,
  ColumnEncoding,
  DateEncoding,
  Encoding,
  NumberEncoding,
  ScaledFeature,
} from "../encoding/encoding.js";
import { checkColumns, checkTable } from "./check-options.js";
import type { ColumnFinding, Findings } from "./columns.js";
import type { Table } from "./table.js";
import { TableError } from "./table-error.js";

/** Categories of fewer rows than this have no feature of their own. */
const RARE = 10;
/** A number further from the mean than this many deviations counts as that far. */
const LIMIT = 8;
/** The features that the words of a text share. */
const BUCKETS = 256;
/** Numbers that are skewed by more than this are seen on a logarithmic scale, too. */
const SKEWED = 1.5;

/**
 * Plans how a table's columns become the numbers that a network takes, from training rows alone: medians,
 * means and deviations, categories, and which parts of dates vary. rows: indices; default all.
 *
 * @example
 * const table = await readTable(await readFile("iris.csv"));
 * const encoding = planEncoding(table, findColumns(table, { target: "species" }));
 * console.log(encoding.columns.length, encoding.columns[0].name); // 4 sepal_length
 *
 * @throws TableError if no column is left
 */
export function planEncoding(table: Table, findings: Findings, rows?: ArrayLike<number>): Encoding {
  checkTable("planEncoding", table);
  checkColumns("planEncoding", "what findColumns gives", findings);
  const used = findings.columns.filter((column) => column.used);
  const indices = rows ?? Array.from({ length: table.rows }, (_, row) => row);
  const columns = used
    .map((column) =>
      columnOf(
        column,
        Array.from(indices, (row) => table.column(column.name)[row]),
      ),
    )
    .filter(({ features }) => features.length > 0);
  if (columns.length === 0) {
    const reasons = findings.columns.map(({ name, reason }) => `${name} ${reason}`).join("; ");
    throw new TableError("planEncoding", table.name, [
      { message: `expected a column to learn from, got none: ${reasons}`, count: 1 },
    ]);
  }
  const names = new Set(columns.map(({ name }) => name));
  return { columns, others: table.columns.filter((name) => !names.has(name)) };
}

function columnOf(finding: ColumnFinding, cells: readonly string[]): ColumnEncoding {
  const { name, kind, gaps, numberFormat, dateFormat } = finding;
  const common = { name, ...(gaps.length > 0 && { gaps }) };
  if (kind === "number") {
    const hasFormat = numberFormat && Object.keys(numberFormat).length > 0;
    const column: NumberEncoding = {
      ...common,
      kind,
      ...(hasFormat && { format: numberFormat }),
      features: [],
    };
    return { ...column, features: numberFeatures(column, cells, finding.isCategory ?? false) };
  }
  if (kind === "date" && dateFormat) {
    const column: DateEncoding = { ...common, kind, format: dateFormat, features: [] };
    return { ...column, features: dateFeatures(column, cells) };
  }
  if (kind === "words") {
    const missing = cells.filter((cell) => isGap(cell, gaps)).length;
    const words = { of: "words", buckets: BUCKETS } as const;
    const all = missing > 0 ? [words, { of: "missing" } as const] : [words];
    return { ...common, kind, features: missing < cells.length ? all : [] };
  }
  const categories = cells.map((cell) => (isGap(cell, gaps) ? undefined : categoryOf(cell)));
  return { ...common, kind: "category", features: categoryFeatures(categories) };
}

/** The quantities of cells; undefined where missing. */
const quantities = (column: ColumnEncoding, cells: readonly string[]): (number | undefined)[] =>
  cells.map((cell) => (isGap(cell, column.gaps) ? undefined : quantityOf(column, cell)));

function numberFeatures(
  column: NumberEncoding,
  cells: readonly string[],
  isCategory: boolean,
): NumberEncoding["features"] {
  const values = quantities(column, cells);
  const present = values.filter((value) => value !== undefined);
  const features: NumberEncoding["features"][number][] = [];
  const { deviation, mean } = momentsOf(present);
  if (deviation > 0) {
    features.push({ of: "value", ...scaleOf(present), limit: LIMIT });
    const skew =
      present.reduce((sum, x) => {
        const z = (x - mean) / deviation;
        return sum + z * z * z;
      }, 0) / present.length;
    const unit = medianOf(present.map(Math.abs).filter((size) => size > 0));
    const logs = present.map((x) => signedLog(x, unit / 10));
    if (Math.abs(skew) > SKEWED && momentsOf(logs).deviation > 0)
      features.push({ of: "log", unit: unit / 10, ...scaleOf(logs), limit: LIMIT });
  }
  const hasGaps = present.length < values.length;
  if (isCategory)
    features.push(
      ...categoryFeatures(values.map((value) => (value === undefined ? undefined : String(value)))),
    );
  else if (hasGaps) features.push({ of: "missing" });
  return features;
}

function dateFeatures(column: DateEncoding, cells: readonly string[]): DateEncoding["features"] {
  const values = quantities(column, cells);
  const present = values.filter((value) => value !== undefined);
  const features: DateEncoding["features"][number][] = [];
  for (const part of Object.keys(dateParts) as DatePart[]) {
    const numbers = present.map(dateParts[part]);
    if (momentsOf(numbers).deviation === 0) continue;
    features.push({ of: part, ...scaleOf(numbers), limit: LIMIT });
    if (turns[part]) features.push({ of: "turn", part });
  }
  if (present.length < values.length) features.push({ of: "missing" });
  return features;
}

/** The categories in the order of their code units; rare ones together. */
function categoryFeatures(values: readonly (string | undefined)[]): CategoriesFeature[] {
  const counts = new Map<string, number>();
  for (const value of values) if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  const own = [...counts.keys()].filter((value) => (counts.get(value) ?? 0) >= RARE).sort();
  const features: CategoriesFeature = {
    of: "categories",
    values: own,
    ...(own.length < counts.size && { rare: true }),
    ...(values.includes(undefined) && { missing: true }),
  };
  return own.length + Number(features.rare ?? false) + Number(features.missing ?? false) > 1
    ? [features]
    : [];
}

function scaleOf(values: readonly number[]): Pick<ScaledFeature<"value">, "median" | "mean" | "deviation"> {
  const { mean, deviation } = momentsOf(values);
  return { median: medianOf(values), mean, deviation };
}

/** Mean and deviation; sums of differences from the first value lose no digit to what all have in common. */
export function momentsOf(values: ArrayLike<number>): { mean: number; deviation: number } {
  const first = values[0];
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] - first;
  const mean = first + sum / values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i] - mean) * (values[i] - mean);
  const deviation = Math.sqrt(squares / values.length);
  return { mean, deviation: Number.isFinite(1 / deviation) ? deviation : 0 };
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
