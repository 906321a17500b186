import { TableError } from "../table/table-error.js";

/** What is thrown for a file that cannot be read. */
export function failedRead(path: string, message: string, remedy?: string): TableError {
  return new TableError("file", path, [{ message, count: 1, ...(remedy && { remedy }) }]);
}
