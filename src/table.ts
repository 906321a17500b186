export type { TableSource } from "./table/decode.js";
export { type ReadTableOptions, readTable, readTableParts } from "./table/read.js";
export { Table } from "./table/table.js";
export { type Problem, TableError } from "./table/table-error.js";
