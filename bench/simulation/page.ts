import { deathTable, simulationTable } from "./table.js";

/** Where a page has the tables, each between two marks. */
const tables = { "of workers": simulationTable, "of deaths": deathTable };

/** The page with the tables as they are now. @throws Error where it has no marks */
export function withTables(page: string): string {
  return Object.entries(tables).reduce((text, [name, table]) => {
    const [begin, end] = [`<!-- simulation ${name} -->\n`, `\n<!-- end ${name} -->`];
    const [before, rest] = text.split(begin);
    const after = rest?.split(end)[1];
    if (after === undefined) throw new Error(`expected ${begin.trim()} and ${end.trim()}, got none`);
    return `${before}${begin}\n${table()}\n${end}${after}`;
  }, page);
}
