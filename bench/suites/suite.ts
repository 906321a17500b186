import type { Backend } from "lanewise";
import type { Pace } from "../method/measure.js";
import type { PeakMeter } from "../peak/meter.js";
import type { Row } from "../results.js";

/** What a case measures with. */
export interface Bench {
  readonly backend: Backend;
  readonly meter: PeakMeter;
  /** A pace as it is, or quicker. */
  pace(usual: Pace): Pace;
}

/** What is common to all rows of a case is filled in by who runs it. */
export type Result = Omit<Row, "suite" | "variant" | "threads">;

/** Something to measure on a build. */
export interface Case {
  /** For the progress line. */
  readonly title: string;
  run(bench: Bench): Promise<Result[]>;
}
