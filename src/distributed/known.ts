import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ValueError } from "../index.js";
import { writeWhole } from "../node/write-whole.js";
import type { Json } from "./canonical.js";
import type { Output } from "./engine.js";

/** Bytes of blobs that are kept in memory. */
const MOST = 64 * 1024 * 1024;

/** Outputs that are known already, by the key of their job. */
export class Known {
  private readonly memory = new Map<string, Output>();
  private bytes = 0;

  /** folder: where outputs are kept beside the memory. @throws ValueError */
  constructor(private readonly folder: string | undefined) {
    if (folder !== undefined && (typeof folder !== "string" || folder === ""))
      throw new ValueError(
        `threads expected cache to be the path of a folder, got ${JSON.stringify(folder)}`,
      );
  }

  get(key: string): Output | undefined {
    const output = this.memory.get(key) ?? this.read(key);
    if (output && !this.memory.has(key)) this.add(key, output);
    return output;
  }

  /** @throws what the file system does */
  set(key: string, output: Output): void {
    this.add(key, output);
    if (this.folder !== undefined) writeWhole(this.path(this.folder, key), packed(output));
  }

  /** Keeps an output in memory alone. */
  add(key: string, output: Output): void {
    this.memory.set(key, output);
    this.bytes += sizeOf(output);
    // The oldest go first.
    for (const [old, { blobs }] of this.memory) {
      if (this.bytes <= MOST) break;
      if (!blobs?.size) continue;
      this.memory.delete(old);
      this.bytes -= sizeOf({ value: null, blobs });
    }
  }

  private read(key: string): Output | undefined {
    if (this.folder === undefined) return undefined;
    try {
      return unpacked(readFileSync(this.path(this.folder, key)));
    } catch {
      // Not there, or of a machine that lost it: it is computed again.
      return undefined;
    }
  }

  private path(folder: string, key: string): string {
    return join(folder, key.slice(0, 2), `${key}.job`);
  }
}

const sizeOf = ({ blobs }: Output): number => {
  let sum = 0;
  for (const bytes of blobs?.values() ?? []) sum += bytes.length;
  return sum;
};

interface Head {
  readonly value: Json;
  readonly blobs: readonly (readonly [name: string, bytes: number])[];
}

/** An output as a file: the SHA-256 of the rest, a line of JSON, and the bytes of the blobs. */
export function packed({ value, blobs = new Map() }: Output): Uint8Array {
  const head: Head = { value, blobs: [...blobs].map(([name, bytes]) => [name, bytes.length]) };
  const rest = Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), ...blobs.values()]);
  return Buffer.concat([Buffer.from(`${sha256(rest)}\n`), rest]);
}

/** The output in a file. @throws Error for one that is damaged */
export function unpacked(file: Uint8Array): Output {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const rest = bytes.subarray(65);
  if (bytes.toString("latin1", 0, 65) !== `${sha256(rest)}\n`) throw new Error("the output is damaged");
  let at = rest.indexOf("\n") + 1;
  const { value, blobs }: Head = JSON.parse(rest.toString("utf8", 0, at));
  const own = new Map<string, Uint8Array>();
  for (const [name, length] of blobs) {
    own.set(name, Uint8Array.from(rest.subarray(at, at + length)));
    at += length;
  }
  return own.size > 0 ? { value, blobs: own } : { value };
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
