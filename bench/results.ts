import type { Variant } from "lanewise";
import type { Summary } from "./method/statistics.js";

/** One measured thing. A file of results is an array of these. */
export interface Row {
  readonly suite: string;
  readonly name: string;
  readonly variant: Variant;
  readonly threads: number;
  /** m x n x k of a product, rows x cols of a matrix, or the layers of a net. */
  readonly size: string;
  /** The median; in the gemm suite the fastest repetition. */
  readonly value: number;
  readonly unit: string;
  /**
   * The multiply-add peak of the core, measured between the repetitions: its fastest. In the unit of value.
   */
  readonly peak?: number;
  /** value / peak. */
  readonly ratio?: number;
  /** By the fastest repetition. */
  readonly fastest?: number;
  readonly median?: number;
  /** The distance between the quartiles, in percent of the median. */
  readonly spread?: number;
  readonly repetitions?: number;
}

/** A rate, such as samples a second: `amount` of `unit` in each of the calls whose seconds are given. */
export function rateOf(
  { min, median, interquartile, count }: Summary,
  amount: number,
): Pick<Row, "value" | "fastest" | "median" | "spread" | "repetitions"> {
  return {
    value: amount / median,
    fastest: amount / min,
    median: amount / median,
    spread: (100 * interquartile) / median,
    repetitions: count,
  };
}

/** A time, such as microseconds a call: the seconds given, times `factor`. */
export function timeOf(
  { min, median, interquartile, count }: Summary,
  factor: number,
): Pick<Row, "value" | "fastest" | "median" | "spread" | "repetitions"> {
  return {
    value: median * factor,
    fastest: min * factor,
    median: median * factor,
    spread: (100 * interquartile) / median,
    repetitions: count,
  };
}
