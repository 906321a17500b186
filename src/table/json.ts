import { reasonOf } from "../core/source.js";
import { Table } from "./table.js";
import { Problems, TableError } from "./table-error.js";

/** Characters that are parsed together. */
const TOGETHER = 1 << 18;

/** The objects of an array in JSON, which is parsed as a whole. @throws TableError */
export async function tableOfArray(who: string, name: string, chunks: AsyncIterable<string>): Promise<Table> {
  let text = "";
  for await (const chunk of chunks) text += chunk;
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch (cause) {
    const message = `expected an array of objects in JSON, got text that is none (${reasonOf(cause)})`;
    throw new TableError(who, name, [{ message, count: 1 }], { cause });
  }
  const problems = new Problems();
  const rows: Row[] = [];
  if (Array.isArray(values)) for (const [i, value] of values.entries()) rows.push({ value, line: i + 1 });
  else problems.add("array", "expected an array of objects in JSON, got another value");
  return tableOf(who, name, rows, [], problems);
}

/**
 * JSON lines, an object each, in tables of some rows each. The first of them has all columns. @throws
 * TableError
 */
export async function* tablesOfLines(
  who: string,
  name: string,
  chunks: AsyncIterable<string>,
): AsyncGenerator<Table, void, void> {
  let [rest, line, columns]: [string, number, readonly string[]] = ["", 1, []];
  const read = (text: string): Table => {
    const problems = new Problems();
    const rows: Row[] = [];
    for (const each of text.split(/\r\n?|\n/)) {
      try {
        if (each.trim() !== "") rows.push({ value: JSON.parse(each), line });
      } catch (cause) {
        problems.add("json", `expected an object in JSON, got text that is none (${reasonOf(cause)})`, {
          line,
        });
      }
      line++;
    }
    const table = tableOf(who, name, rows, columns, problems);
    columns = table.columns;
    return table;
  };
  for await (const chunk of chunks) {
    rest += chunk;
    const end = rest.lastIndexOf("\n");
    if (rest.length < TOGETHER || end < 0) continue;
    const table = read(rest.slice(0, end));
    rest = rest.slice(end + 1);
    yield table;
  }
  if (rest.trim() !== "" || columns.length === 0) yield read(rest);
}

interface Row {
  readonly value: unknown;
  readonly line: number;
}

/** The table of objects. A field that a row does not have is empty. Columns that are known already stay. */
function tableOf(
  who: string,
  name: string,
  rows: readonly Row[],
  known: readonly string[],
  problems: Problems,
): Table {
  const names = new Set(known);
  for (const { value, line } of rows) {
    if (value === null || typeof value !== "object" || Array.isArray(value)) {
      problems.add("object", `expected an object such as {"age": 29}, got ${JSON.stringify(value)}`, {
        line,
      });
      continue;
    }
    for (const key of Object.keys(value)) {
      if (known.length > 0 && !names.has(key))
        problems.add(`new ${key}`, `expected the fields of the lines before, got ${JSON.stringify(key)}`, {
          line,
        });
      names.add(key);
    }
  }
  if (rows.length === 0) problems.add("empty", "expected rows, got none");
  const columns = [...names];
  const cells = columns.map((column) =>
    rows.map(({ value, line }) => {
      const field = (value as Record<string, unknown> | null)?.[column];
      if (field !== null && typeof field === "object")
        problems.add(
          `nested ${column}`,
          `expected text, a number, true, false or null as ${JSON.stringify(column)}, got ${Array.isArray(field) ? "an array" : "an object"}`,
          { line, remedy: "write a field for each value in it" },
        );
      return field === null || field === undefined ? "" : String(field);
    }),
  );
  problems.throwAny(who, name);
  return new Table(
    name,
    columns,
    cells,
    rows.map(({ line }) => line),
  );
}
