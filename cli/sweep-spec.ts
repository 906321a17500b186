import { dirname } from "node:path";
import type { SweepSpec } from "lanewise/distributed";
import { naming, readFile } from "./read-file.js";

/**
 * The spec in a file of JSON, and the folder that its paths are relative to. Throws an Error that names it.
 */
export async function readSpec(path: string): Promise<{ spec: SweepSpec; folder: string }> {
  const text = Buffer.from(readFile(path))
    .toString("utf8")
    .replace(/^\ufeff/, "");
  const spec = await naming(path, () => JSON.parse(text) as SweepSpec);
  return { spec, folder: dirname(path) };
}
