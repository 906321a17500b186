import { closeSync, openSync, readSync, statSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { readFile } from "./read-file.js";

/** Files of prose. */

/** Bytes that tell what a file is. */
const GLANCE = 1 << 16;
/** Lines of a table, at most. */
const LINES = 20;
/** The part of the characters of prose that are letters, marks or spaces. */
const MOSTLY = 0.8;
/** What separates the cells of a table. */
const DELIMITERS = ["\t", ",", ";", "|"];
const TABLE = /\.(csv|tsv|tab|jsonl?|ndjson|parquet|gz)$/i;
const TEXT = /\.(txt|text|md|markdown)$/i;

/**
 * Reads a text, gzipped or not, in an encoding, or else in what its byte order mark says, or UTF-8. Ends of
 * lines become \n. - is standard input. Throws an Error that names the file.
 */
export async function readText(path: string, encoding: string | undefined): Promise<string> {
  if (path !== "-" && statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new Error(`${path}: expected a file of text, got a folder`);
  const file = path === "-" ? new Uint8Array(await buffer(process.stdin)) : readFile(path);
  const bytes = file[0] === 0x1f && file[1] === 0x8b ? gunzipSync(file) : file;
  const label = encoding ?? encodingOf(bytes);
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes).replace(/\r\n?/g, "\n");
  } catch {
    throw new Error(
      `${path}: expected text in ${label}, got bytes that are none; --encoding names another encoding, such as windows-1252`,
    );
  }
}

/** What the byte order mark says, or UTF-8. */
function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
}

/**
 * Whether a file is text to learn to write from, and no table: by its name, or else by what it begins with.
 * A .txt may be a table, too.
 */
export function isProse(path: string): boolean {
  if (path === "-" || TABLE.test(path) || !statSync(path, { throwIfNoEntry: false })?.isFile()) return false;
  const begin = beginningOf(path);
  // A character that the end cuts through is none that is wrong.
  const text = new TextDecoder(encodingOf(begin)).decode(begin, { stream: true });
  if (text.includes("\0") || isTable(text)) return false;
  if (TEXT.test(path)) return true;
  const letters = text.match(/[\p{L}\p{M}\s]/gu)?.length ?? 0;
  return /\s/.test(text.trim()) && letters > MOSTLY * text.length;
}

/** Whether all lines have as many of a delimiter, and some. */
function isTable(text: string): boolean {
  const lines = text
    .split(/\r\n?|\n/)
    .slice(0, -1)
    .filter((line) => line.trim() !== "")
    .slice(0, LINES);
  return (
    lines.length > 1 &&
    DELIMITERS.some((delimiter) => {
      const counts = new Set(lines.map((line) => line.replace(/"[^"]*"/g, "").split(delimiter).length));
      return counts.size === 1 && !counts.has(1);
    })
  );
}

function beginningOf(path: string): Uint8Array {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(GLANCE);
    return bytes.subarray(0, readSync(file, bytes));
  } finally {
    closeSync(file);
  }
}
