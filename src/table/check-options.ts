import { ValueError } from "../index.js";
import { Table } from "./table.js";

/** An object of options with no key but the known ones. @throws ValueError */
export function checkOptions(who: string, options: object | undefined, known: readonly string[]): void {
  if (options === undefined) return;
  if (options === null || typeof options !== "object")
    throw new ValueError(`${who} expected an object of options, got ${options}`);
  for (const key of Object.keys(options))
    if (!known.includes(key))
      throw new ValueError(`${who}: unknown option ${JSON.stringify(key)}; known are ${known.join(", ")}`);
}

/** One of some words, or undefined. @throws ValueError */
export function checkWord(who: string, name: string, value: unknown, words: readonly string[]): void {
  if (value !== undefined && !words.includes(value as string))
    throw new ValueError(
      `${who} expected ${name} to be ${words.map((word) => JSON.stringify(word)).join(" or ")}, got ${JSON.stringify(value)}`,
    );
}

/** @throws ValueError */
export function checkTable(who: string, table: unknown): void {
  if (!(table instanceof Table))
    throw new ValueError(`${who} expected a Table, such as await readTable gives, got ${kindOf(table)}`);
}

/** What has columns: an encoding, findings. @throws ValueError */
export function checkColumns(who: string, what: string, value: unknown): void {
  if (!Array.isArray((value as { columns?: unknown } | null | undefined)?.columns))
    throw new ValueError(`${who} expected ${what}, got ${kindOf(value)}`);
}

const kindOf = (value: unknown): string =>
  value === null || typeof value !== "object" ? String(value) : (value.constructor?.name ?? "an object");
