import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { FormatError } from "../../index.js";
import { reasonOf } from "../../node/read-file.js";
import type { FileHash } from "./spec.js";

/** The hash and the name of a file. @throws FormatError that names it */
export async function fileHash(path: string): Promise<FileHash> {
  const hash = createHash("sha256");
  try {
    for await (const part of createReadStream(path)) hash.update(part);
  } catch (error) {
    throw new FormatError(`${path}: ${reasonOf(error)}`);
  }
  return { sha256: hash.digest("hex"), name: basename(path) };
}
