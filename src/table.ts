export {
  type ColumnFinding,
  type ColumnKind,
  type FindColumnsOptions,
  type Findings,
  findColumns,
} from "./table/columns.js";
export type { TableSource } from "./table/decode.js";
export { encodeTable } from "./table/encode-table.js";
export {
  type EvaluateTableOptions,
  evaluateTable,
  type TableEvaluation,
  type TableModel,
} from "./table/evaluate.js";
export {
  type ColumnImportance,
  type PermutationImportanceOptions,
  permutationImportance,
} from "./table/importance.js";
export type { ClassIntervals, Interval, ScoreIntervals, ValueIntervals } from "./table/intervals.js";
export { planEncoding } from "./table/plan.js";
export { type ReadTableOptions, readTable, readTableParts } from "./table/read.js";
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
export {
  type CrossValidateOptions,
  type CrossValidation,
  crossValidate,
  type TableReport,
  type TrainedTable,
  type TrainTableOptions,
  trainTable,
} from "./table/train.js";
