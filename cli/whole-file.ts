import { createWriteStream, existsSync, mkdirSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { constants } from "node:os";
import { dirname, extname } from "node:path";
import { pipeline } from "node:stream/promises";
import { writeWhole as writeToDisk } from "lanewise/node";

/**
 * Writes files atomically: under a temporary name in the same folder, then renamed, so that no reader sees a
 * part of one.
 */

/** The option of every command that writes files. */
export const forceOption = {
  type: "boolean",
  description: "overwrite a file that is there; otherwise it is kept under another name",
} as const;

/** Writes a file, and the folders on the way to it. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  checkNoFolder(path);
  writeToDisk(path, content);
}

/**
 * Writes a file, and the folders on the way to it. Without `force` a file that is there is renamed first, of
 * which `say` is told.
 */
export function writeKeeping(
  path: string,
  content: string | Uint8Array,
  force: boolean,
  say: (sentence: string) => void,
): void {
  checkNoFolder(path);
  keep(path, force, say);
  writeToDisk(path, content);
}

/** Renames a file that is in the way: model.safetensors to model.1.safetensors, or the next free number. */
function keep(path: string, force: boolean, say: (sentence: string) => void): void {
  if (force || !statSync(path, { throwIfNoEntry: false })?.isFile()) return;
  const end = extname(path);
  const start = path.slice(0, path.length - end.length);
  let number = 1;
  while (existsSync(`${start}.${number}${end}`)) number++;
  renameSync(path, `${start}.${number}${end}`);
  say(`kept the ${path} that was there as ${start}.${number}${end}; --force overwrites`);
}

/**
 * Writes a file, and the folders on the way to it, from pieces as they come, as `writeWholeBy` does.
 */
export function writeWholeInPieces(
  path: string,
  pieces: AsyncIterable<string>,
  force: boolean,
  say: (sentence: string) => void,
): Promise<void> {
  // Opened at once: an interrupt finds the file there, not about to be.
  return writeWholeBy(path, force, say, (unfinished) =>
    pipeline(pieces, createWriteStream(unfinished, { fd: openSync(unfinished, "w") })),
  );
}

/**
 * Writes a file, and the folders on the way to it, by a function that gets the name to write under meanwhile.
 * A program that is interrupted leaves nothing of it. What is there is kept or overwritten as by
 * `writeKeeping`.
 */
export async function writeWholeBy(
  path: string,
  force: boolean,
  say: (sentence: string) => void,
  write: (unfinished: string) => Promise<void>,
): Promise<void> {
  const there = statSync(path, { throwIfNoEntry: false });
  // No file takes the name of a device or a pipe, such as /dev/null.
  if (there && !there.isFile() && !there.isDirectory()) return write(path);
  const unfinished = prepare(path);
  const remove = () => rmSync(unfinished, { force: true });
  const interrupt = (signal: NodeJS.Signals) => {
    remove();
    process.exit(128 + constants.signals[signal]);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, interrupt);
  try {
    await write(unfinished);
    keep(path, force, say);
    renameSync(unfinished, path);
  } catch (error) {
    remove();
    throw error;
  } finally {
    for (const signal of signals) process.off(signal, interrupt);
  }
}

/** Makes the folders, and says where to write meanwhile. */
function prepare(path: string): string {
  checkNoFolder(path);
  mkdirSync(dirname(path), { recursive: true });
  return `${path}.${process.pid}.tmp`;
}

/** Throws an Error if this path cannot be written, before the work starts. */
export function checkNoFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new Error(`${path}: expected a file to write, got a folder`);
}
