import { createWriteStream, mkdirSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { constants } from "node:os";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { writeWhole as writeToDisk } from "lanewise/node";

/**
 * Writes files atomically: under a temporary name in the same folder, then renamed, so that no reader sees a
 * part of one.
 */

/** Writes a file, and the folders on the way to it. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  checkNoFolder(path);
  writeToDisk(path, content);
}

/**
 * Writes a file, and the folders on the way to it, from pieces as they come. A program that is interrupted
 * leaves nothing of it.
 */
export async function writeWholeInPieces(path: string, pieces: AsyncIterable<string>): Promise<void> {
  const unfinished = prepare(path);
  const remove = () => rmSync(unfinished, { force: true });
  const interrupt = (signal: NodeJS.Signals) => {
    remove();
    process.exit(128 + constants.signals[signal]);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, interrupt);
  try {
    // Opened at once: an interrupt finds the file there, not about to be.
    await pipeline(pieces, createWriteStream(unfinished, { fd: openSync(unfinished, "w") }));
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
