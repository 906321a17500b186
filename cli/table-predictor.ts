import type { Encoding, Model } from "lanewise";
import { findColumns, type Table, TableError } from "lanewise/table";
import { isGap } from "../src/encoding/encode-values.js";
import { columnNamed } from "./column-names.js";
import { UsageError } from "./command.js";
import { type AskedRoles, type Predictor, sizeOf } from "./predictor.js";

/** A model for tables, as `evaluateTable` takes it. */
export interface TablePredictor extends Predictor {
  readonly encoding: Encoding;
  readonly metadata: Readonly<Record<string, string>>;
  /** Whether a missing value has no meaning to the model: it was not trained by lanewise on a table. */
  readonly isPlain: boolean;
}

/**
 * A model for a table: by its encoding, or else with the columns that were asked for, or that its file names,
 * or all but the target in their order, of which `say` is told. table: the whole or its first part. Throws an
 * Error where their number is not that of the inputs.
 */
export function forTable(
  path: string,
  predictor: Predictor,
  table: Table,
  asked: AskedRoles,
  say: (sentence: string) => void,
): TablePredictor {
  const { encoding } = predictor.model;
  if (encoding && asked.features)
    throw new UsageError(
      `--features is for models of other programs, and ${path} has the columns ${listed(encoding.columns.map(({ name }) => name))}`,
    );
  const metadata = predictor.model.metadata;
  if (encoding) return { ...predictor, metadata, encoding, isPlain: false };
  const features = featuresOf(path, predictor.model, table, asked, say);
  return { ...predictor, metadata, encoding: plainEncoding(table, features), isPlain: true };
}

function featuresOf(
  path: string,
  model: Model,
  table: Table,
  { features, target = model.metadata.target }: AskedRoles,
  say: (sentence: string) => void,
): readonly string[] {
  const named = (name: string) => columnNamed(table, name, say);
  const inputs = sizeOf(model.inputShape);
  if (features && features.length !== inputs)
    throw new UsageError(`--features expected ${inputs} columns, one for each input, got ${features.length}`);
  const known = features ?? namesFrom(model.metadata.features);
  if (known?.length === inputs) return known.map(named);
  const answer = target === undefined ? undefined : named(target);
  const left = table.columns.filter((name) => name !== answer);
  if (left.length !== inputs)
    throw new Error(
      `${path}: its model takes ${inputs} inputs and names no columns, the table has the columns ${listed(left)}; --features names those of the inputs`,
    );
  say(`inputs: the columns ${listed(left)}, by their order; --features names others`);
  return left;
}

/** Each column as the number that it is. */
function plainEncoding(table: Table, features: readonly string[]): Encoding {
  const formats = new Map(findColumns(table).columns.map(({ name, numberFormat }) => [name, numberFormat]));
  return {
    columns: features.map((name) => {
      const format = formats.get(name);
      return {
        name,
        kind: "number",
        ...(format && { format }),
        features: [{ of: "value", median: 0, mean: 0, deviation: 1 }],
      };
    }),
    others: table.columns.filter((name) => !features.includes(name)),
  };
}

/** Throws a TableError that lists the columns with missing values, if the model has no meaning for them. */
export function checkGaps({ encoding, isPlain }: TablePredictor, table: Table): void {
  if (!isPlain) return;
  const problems = encoding.columns.flatMap(({ name }) => {
    const cells = table.column(name);
    const gaps = cells.flatMap((cell, row) => (isGap(cell) ? [row] : []));
    const message = `column ${name}: expected a number, got ${JSON.stringify(cells[gaps[0]])}`;
    return gaps.length > 0 ? [{ message, line: table.lines[gaps[0]], count: gaps.length }] : [];
  });
  if (problems.length > 0) throw new TableError("predict", table.name, problems);
}

/** The column of right answers: asked for, or that of the model, or the only one that is no input. */
export function targetOf(
  path: string,
  { model, encoding, isPlain }: TablePredictor,
  { target = model.metadata.target }: AskedRoles,
  table: Table,
  say: (sentence: string) => void,
): string {
  if (target !== undefined) return columnNamed(table, target, say);
  const { columns } = table;
  const left = columns.filter((name) => !encoding.columns.some((column) => column.name === name));
  if (isPlain && left.length === 1) {
    say(`target: the column ${left[0]}, the only one that is no input`);
    return left[0];
  }
  throw new UsageError(
    `--target expected the column with the right answers, which ${path} does not name, one of ${listed(left.length > 0 ? left : columns)}`,
  );
}

const listed = (names: readonly string[]) =>
  (names.length > 12 ? [...names.slice(0, 12), `and ${names.length - 12} more`] : names).join(", ");

function namesFrom(json: string | undefined): string[] | undefined {
  try {
    const names: unknown = JSON.parse(json ?? "");
    return Array.isArray(names) ? names.map(String) : undefined;
  } catch {
    return undefined;
  }
}
