import { createHash } from "node:crypto";
import { join } from "node:path";
import { ValueError } from "../../index.js";
import { writeWhole } from "../../node/write-whole.js";
import { runOf } from "../run.js";
import { hashed, type SweepOptions } from "../sweep/study.js";
import { threads } from "../threads.js";
import { type ManyResult, type ManySpec, manyProgram } from "./program.js";

/** The options of `trainMany`. */
export interface ManyOptions extends SweepOptions {
  /**
   * The folder for the models, `<group>.safetensors` each, written whole, and for `models.json`, which has
   * the result and the names of the files. Default: none are written.
   */
  out?: string;
}

/** What `trainMany` resolves to. */
export interface ManyModels extends ManyResult {
  /** The bytes of each model's file, by its group. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** Characters of a file's name. */
const LONGEST = 100;

/**
 * Trains a model for each group of rows of a table, a job each: for each shop, machine or region its own. A
 * group of too few rows, and one that cannot be learned, such as of one class, is reported, and the others
 * are trained.
 *
 * @example
 * const { groups, files } = await trainMany({
 *   data: { file: "penguins.csv", target: "Body Mass (g)" }, groupBy: "Island", fit: { epochs: 5 },
 * });
 * console.log(groups.map(({ group }) => group).join(), files.size); // Torgersen,Biscoe,Dream 3
 *
 * @throws ValueError for a spec that is wrong, with the path; FormatError for a file; Error for a table that
 * cannot be read; the signal's reason
 */
export async function trainMany(spec: ManySpec, options: ManyOptions = {}): Promise<ManyModels> {
  const { engine = threads(), onProgress, signal, folder, out } = options;
  if (out !== undefined && typeof out !== "string")
    throw new ValueError(`trainMany expected out to be the path of a folder, got ${JSON.stringify(out)}`);
  try {
    await engine.ready?.();
    const { data, files } = await hashed("trainMany", spec?.data, folder);
    const run = runOf(manyProgram, { ...spec, data });
    const { result, blobs } = await engine.run(run, { files, onProgress, signal });
    const many = result as unknown as ManyResult;
    const models = new Map(
      many.groups.flatMap(({ group }) => {
        const bytes = blobs.get(`group ${group}`);
        return bytes ? [[group, bytes] as const] : [];
      }),
    );
    if (out !== undefined) write(out, many, models);
    return { ...many, files: models };
  } finally {
    if (!options.engine) await engine.close();
  }
}

function write(out: string, { groups, digest }: ManyResult, models: ReadonlyMap<string, Uint8Array>): void {
  const taken = new Set<string>();
  const listed = groups.map((each) => {
    const bytes = models.get(each.group);
    if (!bytes) return each;
    const file = fileName(each.group, taken);
    writeWhole(join(out, file), bytes);
    return { ...each, file };
  });
  writeWhole(join(out, "models.json"), `${JSON.stringify({ groups: listed, digest }, null, 2)}\n`);
}

/** A name that every file system takes, and that none of the others has. */
function fileName(group: string, taken: Set<string>): string {
  const plain = encodeURIComponent(group).replace(
    /[.*'~()!]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  );
  const hash = createHash("sha256").update(group).digest("hex").slice(0, 12);
  // Not every file system tells A from a.
  const name =
    plain.length > LONGEST || taken.has(plain.toLowerCase()) ? `${plain.slice(0, LONGEST)}-${hash}` : plain;
  taken.add(name.toLowerCase());
  return `${name}.safetensors`;
}
