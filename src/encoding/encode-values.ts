import { cosineOfTurns, log } from "../core/reproducible-math.js";
import { dateFrom, dateParts, turns } from "./date-format.js";
import { type ColumnEncoding, GAPS, widthOf } from "./encoding.js";
import { numberFrom } from "./number-format.js";
import { countWords } from "./words.js";

/** What a column can hold: text as a table has it, or the values of a program. */
export type FieldValue = string | number | boolean | Date | null | undefined;

/** Whether a value stands for none. */
export function isGap(value: unknown, gaps: readonly string[] = []): boolean {
  if (typeof value === "string") return GAPS.has(value) || gaps.includes(value);
  return value === null || value === undefined || Number.isNaN(value);
}

/** The category of a value: numbers and truths by their text. Undefined for what can be none. */
export function categoryOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

/** The number or the time that a value of a column stands for; undefined for what is none. */
export function quantityOf(column: ColumnEncoding, value: unknown): number | undefined {
  if (column.kind === "number") {
    if (typeof value === "string") return numberFrom(value, column.format);
    const number = typeof value === "boolean" ? Number(value) : value;
    return typeof number === "number" && Number.isFinite(number) ? number : undefined;
  }
  if (column.kind !== "date") return undefined;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.getTime();
  return dateFrom(String(value), column.format);
}

/** sign(x) log(1 + |x| / unit). */
export function signedLog(x: number, unit: number): number {
  const size = log(1 + Math.abs(x) / unit);
  return x < 0 ? -size : size;
}

/**
 * Writes the features of a column for a number of rows into samples of `width` numbers, from the feature
 * `begin` on. `read` gives the value of a row; `refuse` throws for one that the column does not take.
 */
export function encodeColumn(
  column: ColumnEncoding,
  rows: number,
  read: (row: number) => unknown,
  refuse: (row: number) => never,
  { out, width, begin }: { out: Float32Array; width: number; begin: number },
): void {
  const gap = (value: unknown) => isGap(value, column.gaps);
  const isText = column.kind === "category" || column.kind === "words";
  const quantities = isText ? undefined : new Float64Array(rows).fill(Number.NaN);
  for (let row = 0; quantities && row < rows; row++) {
    const value = read(row);
    if (!gap(value)) quantities[row] = quantityOf(column, value) ?? refuse(row);
  }
  let at = begin;
  for (const feature of column.features) {
    if (feature.of === "categories") {
      const { values, rare, missing } = feature;
      const places = new Map<string | undefined, number | undefined>(values.map((value, i) => [value, i]));
      const other = rare && values.length;
      const none = missing && values.length + Number(rare ?? false);
      for (let row = 0; row < rows; row++) {
        const value = quantities?.[row] ?? read(row);
        const category = gap(value) ? undefined : (categoryOf(value) ?? refuse(row));
        const place = category === undefined ? none : (places.get(category) ?? other);
        if (place !== undefined) out[row * width + at + place] = 1;
      }
    } else if (feature.of === "words") {
      for (let row = 0; row < rows; row++) {
        const value = read(row);
        if (gap(value)) continue;
        for (const [bucket, count] of countWords(categoryOf(value) ?? refuse(row), feature.buckets))
          out[row * width + at + bucket] = signedLog(count, 1);
      }
    } else if (feature.of === "missing")
      for (let row = 0; row < rows; row++) out[row * width + at] = Number(gap(read(row)));
    else
      for (let row = 0; row < rows; row++)
        writeQuantity(feature, quantities?.[row] ?? Number.NaN, out, row * width + at);
    at += widthOf(feature);
  }
}

type QuantityFeature = Exclude<
  ColumnEncoding["features"][number],
  { of: "categories" } | { of: "words" } | { of: "missing" }
>;

/** Writes a feature of a quantity, NaN where it is missing. */
function writeQuantity(feature: QuantityFeature, quantity: number, out: Float32Array, at: number): void {
  const isMissing = Number.isNaN(quantity);
  if (feature.of === "turn") {
    if (isMissing) return;
    const [length, start] = turns[feature.part] ?? [1, 0];
    const turn = (dateParts[feature.part](quantity) - start) / length;
    out[at] = cosineOfTurns((turn + 0.75) % 1);
    out[at + 1] = cosineOfTurns(turn % 1);
  } else {
    const { of, median, mean, deviation, limit = Number.POSITIVE_INFINITY, unit = 1 } = feature;
    const x = isMissing
      ? median
      : of === "value"
        ? quantity
        : of === "log"
          ? signedLog(quantity, unit)
          : dateParts[of](quantity);
    out[at] = Math.max(-limit, Math.min(limit, (x - mean) / deviation));
  }
}
