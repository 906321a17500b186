export {
  type ColumnFinding,
  type ColumnKind,
  type FindColumnsOptions,
  type Findings,
  findColumns,
} from "./table/columns.js";
export type { TableSource } from "./table/decode.js";
export { encodeTable } from "./table/encode-table.js";
export { planEncoding } from "./table/plan.js";
export { type ReadTableOptions, readTable, readTableParts } from "./table/read.js";
export type { ClassScores, TableScores, ValueScores } from "./table/scores.js";
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
