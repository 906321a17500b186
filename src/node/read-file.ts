import { readFileSync } from "node:fs";
import { FormatError } from "../index.js";

/** The bytes of a file. @throws FormatError that names it */
export function readBytes(path: string): Uint8Array<ArrayBuffer> {
  // Node would take a number for an open file, and wait for it.
  if (typeof path !== "string") throw new FormatError(`expected the path of a file, got ${path}`);
  try {
    return readFileSync(path);
  } catch (error) {
    throw new FormatError(`${path}: ${reasonOf(error)}`);
  }
}

/** Why the file system refuses. */
export function reasonOf(error: unknown): string {
  const code = (error as { code?: string }).code;
  return code === "ENOENT" ? "no such file or folder" : `cannot be read (${code ?? error})`;
}
