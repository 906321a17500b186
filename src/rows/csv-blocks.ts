import type { FileHandle } from "node:fs/promises";
import { RecordCutter } from "../table/records.js";
import { failedRead } from "./failed-read.js";
import type { CsvBlock } from "./row-file.js";

/** Bytes of a block, which readTableParts makes one table of. */
const BYTES = 1 << 18;
/** A record of more bytes has a quote that is never closed. */
const LONGEST = 1 << 23;

/** Where the rows of a CSV file begin. */
export interface CsvStart {
  readonly byte: number;
  readonly line: number;
}

/**
 * Cuts a CSV file into blocks, by one pass over its bytes. As in readTable, a line ends outside quotes.
 * @throws TableError for a file whose quotes never close
 */
export async function csvBlocks(
  path: string,
  handle: FileHandle,
  start: CsvStart,
  comment: string | undefined,
): Promise<CsvBlock[]> {
  const blocks: CsvBlock[] = [];
  const { size } = await handle.stat();
  // Every byte is a character: lines, quotes, spaces and the mark of comments are the same as in the text.
  const decoder = new TextDecoder("latin1");
  const mark = comment === undefined ? undefined : decoder.decode(new TextEncoder().encode(comment));
  let [from, line, begin, length] = [start.byte, start.line, 0, BYTES];
  while (from < size) {
    const bytes = await readBytes(handle, from, Math.min(length, size - from));
    const isLast = from + bytes.length >= size;
    const end = isLast ? bytes.length : endOfRecords(bytes);
    if (end === 0) {
      length *= 2;
      if (length > LONGEST)
        throw failedRead(
          path,
          `line ${line}: expected a line that ends, got ${bytes.length} bytes without an end`,
          "close the quotes, and end lines by LF",
        );
      continue;
    }
    const cutter = new RecordCutter(mark, line);
    const rows = cutter.cut(decoder.decode(bytes.subarray(0, end)), true).lines.length;
    if (rows > 0) blocks.push({ begin, rows, from, to: from + end, line });
    line += linesIn(bytes, end);
    begin += rows;
    from += end;
    length = BYTES;
  }
  return blocks;
}

/** The bytes of a file from a place. @throws Error if there are fewer */
export async function readBytes(
  handle: FileHandle,
  from: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, from + filled);
    if (bytesRead === 0) throw new Error(`expected ${from + length} bytes, got ${from + filled}`);
    filled += bytesRead;
  }
  return bytes;
}

const [QUOTE, LF] = [34, 10];

/** Where the last whole record ends; 0 if none does. */
function endOfRecords(bytes: Uint8Array): number {
  if (!bytes.includes(QUOTE)) return bytes.lastIndexOf(LF) + 1;
  let [end, inQuotes] = [0, false];
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] === QUOTE) inQuotes = !inQuotes;
    else if (bytes[i] === LF && !inQuotes) end = i + 1;
  }
  return end;
}

function linesIn(bytes: Uint8Array, end: number): number {
  let lines = 0;
  for (let at = bytes.indexOf(LF); at >= 0 && at < end; at = bytes.indexOf(LF, at + 1)) lines++;
  return lines;
}
