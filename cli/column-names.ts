import type { FindColumnsOptions, Table } from "lanewise/table";

/** Letters and digits alone, in lower case. */
const keyOf = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");

/**
 * The column that a name on the command line stands for: the one of that name, or else the only one that is
 * the same without case, spaces and signs, of which `say` is told. Other names are returned as they are.
 */
export function columnNamed({ columns }: Table, name: string, say: (sentence: string) => void): string {
  if (columns.includes(name)) return name;
  const alike = columns.filter((column) => keyOf(column) === keyOf(name));
  if (alike.length !== 1 || keyOf(name) === "") return name;
  say(`${JSON.stringify(name)} is taken for the column ${JSON.stringify(alike[0])}`);
  return alike[0];
}

/** Options with the names of columns that they stand for. */
export function withColumnNames<Options extends FindColumnsOptions>(
  table: Table,
  options: Options,
  say: (sentence: string) => void,
): Options {
  const named = (name: string) => columnNamed(table, name, say);
  const keysNamed = <Value>(record: Readonly<Record<string, Value>>) =>
    Object.fromEntries(Object.entries(record).map(([name, value]) => [named(name), value]));
  const { ignore, columns, dateFormat } = options;
  return {
    ...options,
    ...(ignore && { ignore: ignore.map(named) }),
    ...(columns && { columns: keysNamed(columns) }),
    ...(typeof dateFormat === "object" && { dateFormat: keysNamed(dateFormat) }),
  };
}
