import { readFileSync } from "node:fs";
import { UsageError } from "./command.js";

/** The bytes of a file. Throws an Error that names it. */
export function readFile(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    throw new Error(
      code === "ENOENT" ? `${path}: no such file` : `${path}: cannot be read (${code ?? error})`,
    );
  }
}

/** Calls `read` on a file; its errors get the file's name. */
export async function naming<T>(path: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new Error(`${path}: ${error instanceof Error ? error.message : error}`);
  }
}
