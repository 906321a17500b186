/**
 * From tables with names, dates, gaps and numbers to models, and their scores.
 *
 * @module lanewise/table
 */

export {
  type ColumnFinding,
  type ColumnKind,
  type FindColumnsOptions,
  type Findings,
  findColumns,
} from "./table/columns.js";
export {
  type CrossValidateOptions,
  type CrossValidation,
  type CrossValidationOf,
  crossValidate,
} from "./table/cross-validate.js";
export type { BlobLike, BodyLike, StreamLike, TableSource } from "./table/decode.js";
export { encodeTable } from "./table/encode-table.js";
export {
  type EvaluateTableOptions,
  evaluateTable,
  type TableEvaluation,
  type TableEvaluationOf,
  type TableModel,
} from "./table/evaluate.js";
export type { TableTargets } from "./table/folds.js";
export {
  type ColumnImportance,
  type PermutationImportanceOptions,
  permutationImportance,
} from "./table/importance.js";
export type { ClassIntervals, Interval, ScoreIntervals, ValueIntervals } from "./table/intervals.js";
export type { NetworkHistory } from "./table/net.js";
export type { OfClasses, OfTask, OfValues } from "./table/of-task.js";
export type { OpenParts } from "./table/parts.js";
export { planEncoding } from "./table/plan.js";
export type { HeldOutPredictions } from "./table/predictions.js";
export { type ReadTableOptions, readTable, readTableParts } from "./table/read.js";
export type { TableRecipe } from "./table/recipe.js";
export {
  type ScoredPredictions,
  type ScoredPredictionsOf,
  scorePredictions,
} from "./table/score-predictions.js";
export type {
  CalibrationBin,
  ClassScore,
  ClassScores,
  TableScores,
  ValueScores,
} from "./table/scores.js";
export { Table } from "./table/table.js";
export { type Problem, TableError } from "./table/table-error.js";
export type { TargetFinding, Task } from "./table/target.js";
export { type TableReport, type TableReportOf, type TrainedTable, trainTable } from "./table/train.js";
export type { TrainingOptions, TrainTableOptions } from "./table/train-options.js";
export { trainTableParts } from "./table/train-parts.js";
export { type TableTrial, type TuneTableOptions, type Tuning, tuneTable } from "./table/tune.js";
