import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { ValueError } from "../../core/errors.js";

interface Hashed {
  readonly size: number;
  readonly changed: number;
  readonly hash: string;
}

/** The SHA-256 of a file's bytes, in hexadecimal. */
export async function hashOfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

/** A folder of data files, which jobs name by the SHA-256 of their bytes and never by a path. */
export class DataFolder {
  /** By path: a file is read again when its size or its time of change is another. */
  private readonly known = new Map<string, Hashed>();
  private scanning: Promise<ReadonlyMap<string, string>> | undefined;

  constructor(private readonly folder: string | undefined) {}

  /** The path of the file with this hash. @throws ValueError if the folder has none */
  async file(hash: string): Promise<string> {
    const found = (await this.scan()).get(hash);
    if (found !== undefined) return found;
    throw new ValueError(
      this.folder === undefined
        ? `worker: a job reads the data file with SHA-256 ${hash.slice(0, 12)}, and this worker has no folder of ` +
            "data: start it with --data DIR"
        : `worker: no file in ${this.folder} has the SHA-256 ${hash.slice(0, 12)} that the job asks for: put the ` +
            "same file there, to the byte",
    );
  }

  /** One scan at a time: those who ask meanwhile wait for it. */
  private scan(): Promise<ReadonlyMap<string, string>> {
    this.scanning ??= this.read().finally(() => {
      this.scanning = undefined;
    });
    return this.scanning;
  }

  private async read(): Promise<ReadonlyMap<string, string>> {
    const { folder } = this;
    if (folder === undefined) return new Map();
    const byHash = new Map<string, string>();
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: Error) => {
      throw new ValueError(`worker: cannot read the folder of data ${folder}: ${cause.message}`, { cause });
    });
    for (const entry of entries) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      // A file may go while the folder is read.
      const { size, mtimeMs } = await stat(path).catch(() => ({ size: -1, mtimeMs: 0 }));
      if (size < 0) continue;
      let known = this.known.get(path);
      if (known?.size !== size || known.changed !== mtimeMs) {
        known = { size, changed: mtimeMs, hash: await hashOfFile(path) };
        this.known.set(path, known);
      }
      byHash.set(known.hash, path);
    }
    return byHash;
  }
}
