import { encodeColumn } from "../encoding/encode-values.js";
import { type Encoding, encodedWidth, widthOf } from "../encoding/encoding.js";
import { checkColumns, checkTable } from "./check-options.js";
import { addMissing } from "./missing-column.js";
import type { Table } from "./table.js";
import { Problems } from "./table-error.js";

/**
 * The samples that a network takes, from rows of a table. rows: indices; default all. Result: [rows,
 * encodedWidth(encoding)], row by row: what encodeRecords makes of the rows as records.
 *
 * @example
 * const table = await readTable("size,sort\n1,red\n3,blue\n2,red\n4,blue\n1,red\n3,blue\n");
 * const encoding = planEncoding(table, findColumns(table, { target: "sort" }));
 * const samples = encodeTable(encoding, table, [0, 1]); // the first two rows
 * console.log(samples.length); // 2
 *
 * @throws TableError with every column that is not there and every cell that its column does not take
 */
export function encodeTable(
  encoding: Encoding,
  table: Table,
  rows?: ArrayLike<number>,
): Float32Array<ArrayBuffer> {
  checkColumns("encodeTable", "an encoding, such as planEncoding gives", encoding);
  checkTable("encodeTable", table);
  const out = new Float32Array((rows?.length ?? table.rows) * encodedWidth(encoding));
  encodeInto(out, encoding, table, rows);
  return out;
}

/**
 * Writes the samples of encodeTable to the beginning of `out`, which is 0 there. @throws as encodeTable does
 */
export function encodeInto(
  out: Float32Array,
  encoding: Encoding,
  table: Table,
  rows?: ArrayLike<number>,
): void {
  const WHO = "encodeTable";
  const count = rows?.length ?? table.rows;
  const width = encodedWidth(encoding);
  const problems = new Problems();
  for (const { name } of encoding.columns)
    if (!table.columns.includes(name)) addMissing(problems, table, name);
  problems.throwAny(WHO, table.name);
  let begin = 0;
  for (const column of encoding.columns) {
    const cells = table.column(column.name, WHO);
    const rowOf = (row: number) => (rows ? rows[row] : row);
    const refuse = (row: number): never => {
      const message = `column ${column.name}: expected a ${column.kind}, got ${JSON.stringify(cells[rowOf(row)])}`;
      problems.add(column.name, message, { line: table.lines[rowOf(row)] });
      throw problems;
    };
    try {
      encodeColumn(column, count, (row) => cells[rowOf(row)], refuse, { out, width, begin });
    } catch (thrown) {
      if (thrown !== problems) throw thrown;
    }
    begin += column.features.reduce((sum, feature) => sum + widthOf(feature), 0);
  }
  problems.throwAny(WHO, table.name);
}
