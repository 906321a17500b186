import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { pid, platform } from "node:process";
import { ValueError } from "../index.js";

/**
 * Whether something is there that is neither a file nor a folder, such as /dev/null or a pipe. A file must
 * not take its name.
 */
export function isDevice(path: string): boolean {
  const there = statSync(path, { throwIfNoEntry: false });
  return there !== undefined && !there.isFile() && !there.isDirectory();
}

/**
 * Writes a file that is there whole or not at all, and the folders on the way to it: under another name,
 * brought to the disk and renamed, so that whoever reads it, and a machine that stops at any moment, finds
 * the old content or the new. A device or a pipe, such as /dev/null, is written to as it is.
 *
 * @example
 * writeWhole("results/scores.json", JSON.stringify({ accuracy: 0.97 }));
 *
 * @throws what the file system does, with the old file as it was
 */
export function writeWhole(path: string, content: string | Uint8Array): void {
  if (typeof path !== "string") throw new ValueError(`writeWhole expected a path, got ${path}`);
  if (isDevice(path)) {
    writeFileSync(path, content);
    return;
  }
  const folder = dirname(resolve(path));
  mkdirSync(folder, { recursive: true });
  const unfinished = `${path}.${pid}.tmp`;
  try {
    const file = openSync(unfinished, "w");
    try {
      writeFileSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(unfinished, path);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
  // The new name, too, has to be on the disk; Windows opens no folders.
  if (platform === "win32") return;
  const opened = openSync(folder, "r");
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}
