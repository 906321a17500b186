import { show } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import { encodeColumn, type FieldValue } from "./encode-values.js";
import { type ColumnEncoding, type Encoding, encodedWidth, widthOf } from "./encoding.js";
import { meant } from "./meant.js";

/** A row of a table as an object: a value for each column. */
export type DataRecord = Readonly<Record<string, FieldValue>>;

/**
 * The samples that a network takes, from records. Result: [records, encodedWidth(encoding)], row by row.
 * null, undefined, NaN and words such as "" and "NA" are missing values; the fields themselves must all be
 * there.
 *
 * @example
 * const encoding: Encoding = {
 *   columns: [{ name: "sex", kind: "category", features: [{ of: "categories", values: ["f", "m"] }] }],
 * };
 * console.log(Array.from(encodeRecords(encoding, [{ sex: "m" }, { sex: "f" }]))); // [ 0, 1, 1, 0 ]
 *
 * @throws ValueError with all fields that are missing or unknown; for a value of a wrong type, with its
 * record
 */
export function encodeRecords(encoding: Encoding, records: readonly DataRecord[]): Float32Array<ArrayBuffer> {
  const WHO = "encodeRecords";
  const isRecord = (value: unknown) => value !== null && typeof value === "object" && !Array.isArray(value);
  if (!(Array.isArray(records) && records.every(isRecord)))
    throw new ValueError(`${WHO} expected an array of records such as { age: 29 }, got ${show(records)}`);
  const given: unknown = encoding?.columns;
  if (!Array.isArray(given))
    throw new ValueError(`${WHO} expected an encoding, such as that of a model, got ${show(encoding)}`);
  checkFields(WHO, encoding, records);
  const { columns } = encoding;
  const width = encodedWidth(encoding);
  const out = new Float32Array(records.length * width);
  let begin = 0;
  for (const column of columns) {
    const refuse = (row: number): never => {
      throw new ValueError(
        `${WHO}: record ${row}, field ${show(column.name)}: expected ${expected(column)}, got ${show(records[row][column.name])}`,
      );
    };
    encodeColumn(column, records.length, (row) => records[row][column.name], refuse, { out, width, begin });
    begin += column.features.reduce((sum, feature) => sum + widthOf(feature), 0);
  }
  return out;
}

const expected = (column: ColumnEncoding): string =>
  column.kind === "number"
    ? "a number or null"
    : column.kind === "date"
      ? `a date (${column.format}) or null`
      : "text, a number, true, false or null";

/** Names every field that is missing or unknown, and the first record where it is so. */
function checkFields(who: string, { columns, others = [] }: Encoding, records: readonly DataRecord[]): void {
  const names = columns.map(({ name }) => name);
  const known = new Set([...names, ...others]);
  const problems = new Map<string, string>();
  records.forEach((record, row) => {
    for (const name of names)
      if (!Object.hasOwn(record, name) && !problems.has(name))
        problems.set(name, `${show(name)} is missing in record ${row}`);
    for (const name of Object.keys(record))
      if (!known.has(name) && !problems.has(name)) {
        const other = meant(name, names);
        problems.set(
          name,
          `${show(name)} in record ${row} is unknown${other === undefined ? "" : ` (did you mean ${show(other)}?)`}`,
        );
      }
  });
  if (problems.size > 0)
    throw new ValueError(
      `${who} expected records with the fields ${names.map(show).join(", ")}: ${[...problems.values()].join("; ")}`,
    );
}
