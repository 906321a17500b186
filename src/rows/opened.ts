import { stat } from "node:fs/promises";
import { openRows } from "./open-rows.js";
import type { FileReading } from "./reading.js";
import type { RowFile } from "./row-file.js";

/** A file that is open, and how often it is used now. */
interface Opened {
  readonly file: Promise<RowFile>;
  users: number;
}

/** Files that stay open when none uses them: a CSV file takes a pass to find its blocks. */
const MOST_IDLE = 4;

const opened = new Map<string, Opened>();

/**
 * Gives the values that `use` makes of an open file, which stays open for the next one. @throws TableError
 */
export async function* usingRows<Value>(
  path: string,
  reading: FileReading,
  use: (file: RowFile) => AsyncGenerator<Value, void, void>,
): AsyncGenerator<Value, void, void> {
  const key = JSON.stringify([path, reading, await stateOf(path)]);
  let taken = opened.get(key);
  if (!taken) {
    taken = { file: openRows(path, reading), users: 0 };
    opened.set(key, taken);
    taken.file.catch(() => opened.delete(key));
  }
  taken.users++;
  try {
    yield* use(await taken.file);
  } finally {
    taken.users--;
    await closeIdle();
  }
}

/** What changes when a file is written to; nothing where it cannot be read, which opening it tells. */
async function stateOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found ? `${found.size} ${found.mtimeMs}` : "";
}

async function closeIdle(): Promise<void> {
  const idle = [...opened].filter(([, { users }]) => users === 0);
  for (const [key, { file }] of idle.slice(0, Math.max(0, idle.length - MOST_IDLE))) {
    opened.delete(key);
    await (await file).close();
  }
}
