import type { ClassIntervals, ValueIntervals } from "./intervals.js";
import type { ClassScores, ValueScores } from "./scores.js";

/** What a result has where the target is classes. */
export interface OfClasses {
  readonly task: "classification";
  readonly scores: ClassScores;
  readonly intervals: ClassIntervals;
}

/** What a result has where the target is values. */
export interface OfValues {
  readonly task: "regression";
  readonly scores: ValueScores;
  readonly intervals: ValueIntervals;
}

/** Results are unions over these, so that their `task` tells the compiler which scores they have. */
export type OfTask = OfClasses | OfValues;
