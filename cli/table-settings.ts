import type { FindColumnsOptions, TableRecipe } from "lanewise/table";
import type { Reading } from "./table-file.js";
import type { ThreadCount } from "./threads.js";

/** What `lanewise train` was told about a table. */
export interface TableSettings {
  readonly data: string;
  readonly target: string | undefined;
  readonly reading: Reading;
  /** What columns are. */
  readonly columns: Omit<FindColumnsOptions, "target">;
  readonly recipe: Partial<TableRecipe>;
  readonly classWeights: "balanced" | undefined;
  /** 0 for no cross-validation; undefined for what suits the number of rows. */
  readonly folds: number | undefined;
  /** A table to score the model on. */
  readonly test: string | undefined;
  /** The fraction of the rows to keep back for a score. */
  readonly validation: number;
  /** Seconds to search a better recipe for. */
  readonly tune: number | undefined;
  /** A model to go on from. */
  readonly from: string | undefined;
  /** The page to write. */
  readonly report: string | undefined;
  readonly seed: number;
  readonly variant: "auto" | "fastest" | "relaxed" | "simd" | "scalar";
  readonly threads: ThreadCount;
  readonly out: string;
  readonly force: boolean;
  readonly json: boolean;
}
