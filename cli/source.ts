import { statSync } from "node:fs";
import { type CsvOptions, openCsv } from "./csv.js";
import { readIdxImages } from "./idx-folder.js";

/** A value of the target column as it was read. */
export interface Cell {
  readonly text: string;
  /** Where it stands, for messages: "iris.csv, line 7". */
  readonly place: string;
  /** The text with the spaces around it, where it was read without them. */
  readonly written?: string;
}

/** Numbers as they were read. float32 could not tell large ones apart: times in seconds since 1970, ids. */
export type Inputs = Float64Array | Uint8Array;

/** A chunk of samples. */
export interface Chunk {
  readonly rows: number;
  /** rows x features. */
  readonly inputs: Inputs;
  /** One a row; none when no target was asked for. */
  readonly targets: readonly Cell[];
}

export interface ReadOptions {
  /** Columns whose numbers may have leading zeros. */
  readonly numbers?: readonly string[];
  /** Takes notes about the numbers, a sentence at a time. */
  readonly say?: (sentence: string) => void;
}

/** Samples in named columns, wherever they come from. */
export interface Source {
  /** What it is called in messages. */
  readonly name: string;
  readonly columns: readonly string[];
  /** Columns that have no name in the header. They are not used as inputs. */
  readonly unnamed?: readonly string[];
  /** Names that were made up, in a sentence each. */
  readonly notes?: readonly string[];
  /**
   * Where all features are of one kind: their largest possible value, and the target column. Pixels go to
   * 255.
   */
  readonly images?: { readonly largest: number; readonly target: string };
  /** The samples in chunks, in order, once. Throws an Error with the line of what is wrong. */
  read(features: readonly string[], target?: string, options?: ReadOptions): AsyncIterable<Chunk>;
}

/** The column of an IDX folder that says what an image shows. */
const IDX_LABEL = "label";

/** Opens a CSV file (- is standard input), or a part of a folder of IDX files. */
export async function openSource(
  path: string,
  part: "train" | "t10k",
  options: CsvOptions = {},
): Promise<Source> {
  const folder = path !== "-" && statSync(path, { throwIfNoEntry: false })?.isDirectory();
  return folder ? openIdxFolder(path, part) : openCsv(path, options);
}

/** All samples of a source. */
export async function readAll(
  source: Source,
  features: readonly string[],
  target: string,
  options?: ReadOptions,
): Promise<{ inputs: Inputs; targets: Cell[] }> {
  const parts: Inputs[] = [];
  const targets: Cell[] = [];
  for await (const chunk of source.read(features, target, options)) {
    parts.push(chunk.inputs);
    for (const cell of chunk.targets) targets.push(cell);
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  // Pixels stay bytes: there may be many.
  const bytes = parts.every((part) => part instanceof Uint8Array);
  const inputs = bytes ? new Uint8Array(length) : new Float64Array(length);
  let at = 0;
  for (const part of parts) {
    inputs.set(part, at);
    at += part.length;
  }
  return { inputs, targets };
}

/** Throws an Error that lists the columns when one is not there. */
export function checkColumns(source: Pick<Source, "name" | "columns">, wanted: readonly string[]): void {
  const missing = wanted.find((column) => !source.columns.includes(column));
  if (missing === undefined) return;
  const { columns } = source;
  const listed = columns.length > 20 ? [...columns.slice(0, 20), `and ${columns.length - 20} more`] : columns;
  throw new Error(`${source.name}: expected a column ${missing}, got the columns ${listed.join(", ")}`);
}

function openIdxFolder(folder: string, part: "train" | "t10k"): Source {
  const { path, labelsPath, count, height, width, pixels, labels } = readIdxImages(folder, part);
  const size = height * width;
  const columns = [...Array.from({ length: size }, (_, i) => `pixel${i}`), IDX_LABEL];
  return {
    name: path,
    columns,
    images: { largest: 255, target: IDX_LABEL },
    async *read(features, target) {
      checkColumns({ name: path, columns }, target === undefined ? features : [...features, target]);
      const whole = features.length === size && features.every((name, i) => name === columns[i]);
      if (!whole)
        throw new Error(`${path}: expected images of ${features.length} pixels, got ${height} x ${width}`);
      if (target !== undefined && target !== IDX_LABEL)
        throw new Error(`${path}: expected the target ${IDX_LABEL} of images, got ${target}`);
      const together = 1024;
      for (let begin = 0; begin < count; begin += together) {
        const end = Math.min(begin + together, count);
        const cell = (label: number, i: number): Cell => ({
          text: String(label),
          place: `${labelsPath}, position ${begin + i}`,
        });
        const targets = target === undefined ? [] : Array.from(labels.subarray(begin, end), cell);
        yield { rows: end - begin, inputs: pixels.subarray(begin * size, end * size), targets };
      }
    },
  };
}
