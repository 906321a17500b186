import type { FindColumnsOptions } from "lanewise/table";
import type { Reading } from "./table-file.js";
import type { ThreadCount } from "./threads.js";

/** What `lanewise train --forecast` was told about a series. */
export interface SeriesSettings {
  readonly data: string;
  readonly target: string | undefined;
  readonly reading: Reading;
  /** What columns are. */
  readonly columns: Omit<FindColumnsOptions, "target">;
  /** Rows to forecast. */
  readonly ahead: number;
  /** Rows after which the series repeats itself, 0 for never. */
  readonly season: number | undefined;
  /** Rows that the network sees. */
  readonly window: number | undefined;
  readonly hidden: readonly number[] | undefined;
  readonly epochs: number | undefined;
  readonly batchSize: number | undefined;
  readonly learningRate: number | undefined;
  readonly weightDecay: number;
  /** The fraction of the rows to score by, the last ones. */
  readonly validation: number;
  /** The file for the forecast. */
  readonly forecasts: string;
  readonly seed: number;
  readonly variant: "auto" | "fastest" | "relaxed" | "simd" | "scalar";
  readonly threads: ThreadCount;
  readonly out: string;
  readonly force: boolean;
  readonly json: boolean;
}
