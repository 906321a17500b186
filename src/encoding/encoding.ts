import type { DateFormat, DatePart } from "./date-format.js";
import type { NumberFormat } from "./number-format.js";

/**
 * How records become the numbers that a network takes, as JSON. It is part of a model's file, so that the
 * model predicts records as they come.
 */
export interface Encoding {
  /** The columns that are encoded, in order. Their features stand one after another in a sample. */
  readonly columns: readonly ColumnEncoding[];
  /** Columns that records may have beside these, which are not read: the target, those left out. */
  readonly others?: readonly string[];
}

/** How the values of one column become features. */
export type ColumnEncoding = NumberEncoding | DateEncoding | CategoryEncoding | WordsEncoding;

interface CommonEncoding {
  readonly name: string;
  /** Words that stand for no value in this column, beside those of every column. */
  readonly gaps?: readonly string[];
}

/** A column of numbers. */
export interface NumberEncoding extends CommonEncoding {
  readonly kind: "number";
  /** How text has its numbers. Default 1234.5. */
  readonly format?: NumberFormat;
  readonly features: readonly (ScaledFeature<"value" | "log"> | MissingFeature | CategoriesFeature)[];
}

/** A column of dates. */
export interface DateEncoding extends CommonEncoding {
  readonly kind: "date";
  readonly format: DateFormat;
  readonly features: readonly (ScaledFeature<DatePart> | TurnFeature | MissingFeature)[];
}

/** A column of categories: one feature for each. */
export interface CategoryEncoding extends CommonEncoding {
  readonly kind: "category";
  readonly features: readonly CategoriesFeature[];
}

/** A column of free text. */
export interface WordsEncoding extends CommonEncoding {
  readonly kind: "words";
  readonly features: readonly (WordsFeature | MissingFeature)[];
}

/**
 * A number x as (x - mean) / deviation, held within `limit` of 0; a missing one counts as the median of the
 * training rows. "log" takes sign(x) log(1 + |x| / unit) for x.
 */
export interface ScaledFeature<Of extends string> {
  readonly of: Of;
  readonly median: number;
  readonly mean: number;
  readonly deviation: number;
  readonly limit?: number;
  readonly unit?: number;
}

/**
 * A part of a date that repeats, as a point on a circle: two features, its sine and cosine; 0 where missing.
 */
export interface TurnFeature {
  readonly of: "turn";
  readonly part: DatePart;
}

/** 1 where the value is missing, else 0. */
export interface MissingFeature {
  readonly of: "missing";
}

/**
 * A feature for each category, 1 where the value is that one. With `rare` one more for all categories that
 * have none of their own, with `missing` one for no value.
 */
export interface CategoriesFeature {
  readonly of: "categories";
  readonly values: readonly string[];
  readonly rare?: true;
  readonly missing?: true;
}

/**
 * The words of a text, which are runs of letters and digits in lower case. The hash of each decides its
 * bucket and whether it counts as 1 or -1. A feature for each bucket: sign(n) log(1 + |n|) of its sum n. All
 * are 0 where the text is missing.
 */
export interface WordsFeature {
  readonly of: "words";
  readonly buckets: number;
}

/** Words that stand for no value in every column. */
export const GAPS: ReadonlySet<string> = new Set([
  "",
  "NA",
  "N/A",
  "n/a",
  "#N/A",
  "<NA>",
  "NaN",
  "nan",
  "NULL",
  "null",
  "-",
  "?",
]);

/** The number of features that one feature's description stands for. */
export function widthOf(feature: ColumnEncoding["features"][number]): number {
  if (feature.of === "turn") return 2;
  if (feature.of === "words") return feature.buckets;
  if (feature.of !== "categories") return 1;
  return feature.values.length + Number(feature.rare ?? false) + Number(feature.missing ?? false);
}

/** The number of features of a sample. */
export function encodedWidth({ columns }: Encoding): number {
  return columns.reduce((sum, { features }) => features.reduce((all, each) => all + widthOf(each), sum), 0);
}
