import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { type Encoding, FormatError, parseIdx, ValueError } from "../../index.js";
import { readBytes } from "../../node/read-file.js";
import type { FindColumnsOptions } from "../../table/columns.js";
import { encodeTable } from "../../table/encode-table.js";
import { foldsOf, type TableTargets, targetsOf } from "../../table/folds.js";
import { unitOf } from "../../table/net.js";
import { originOf } from "../../table/origin.js";
import { planEncoding } from "../../table/plan.js";
import { type PreparedTable, prepareTable } from "../../table/prepare.js";
import { type ReadTableOptions, readTable } from "../../table/read.js";
import { baselineOutputs } from "../../table/scores.js";
import type { Table } from "../../table/table.js";
import { columnOptions } from "../../table/train-options.js";
import { hashOf, type Json } from "../canonical.js";
import type { Context } from "../engine.js";
import { Recent } from "./recent.js";
import type { FileHash, ImageData, TableData } from "./spec.js";

export type Data = TableData<FileHash> | ImageData<FileHash>;

/** Rows of data, as a network takes them. */
export interface Samples {
  /** [rows, ...shape]. */
  readonly inputs: Float32Array;
  readonly targets: TableTargets;
}

/** What a network of some rows is told of the data. */
export interface Training {
  /** Of one sample. */
  readonly shape: readonly number[];
  readonly training: Samples;
  /** The other rows. */
  readonly test: Samples | undefined;
  /** How values are standardised; of classes 0 and 1. */
  readonly unit: { readonly mean: number; readonly deviation: number };
  readonly encoding: Encoding | undefined;
  /** Of a model's file. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Data that are read, and what is to be learned of them. */
export interface Prepared {
  readonly targets: TableTargets;
  /** What a network that learns from some of the rows is given. */
  take(training: ArrayLike<number>, test?: ArrayLike<number>): Training;
}

/** Numbers of encoded rows that a thread keeps, of four bytes each. */
const MOST_NUMBERS = 64 * 1024 * 1024;

const tables = new Recent<Promise<Table>>(1);
/** Tables and images that a thread has read, and what it made of the rows of a fold. */
const read = new Recent<Promise<Prepared>>(2);
const taken = new Recent<Training>(
  MOST_NUMBERS,
  ({ training, test }) => training.inputs.length + (test?.inputs.length ?? 0),
);

/** The data of a spec. @throws TableError, FormatError, Error for a file with other bytes */
export function prepared(data: Data, context: Pick<Context, "file">): Promise<Prepared> {
  return read.of(hashOf(data as unknown as Json), () =>
    "images" in data ? prepareImages(data, context) : prepareData(data, context),
  );
}

/** The rows of a fold, or all rows. @throws as prepared does; ValueError for more folds than rows */
export async function trainingOf(
  data: Data,
  context: Pick<Context, "file">,
  { folds, seed, fold }: { readonly folds: number; readonly seed: number; readonly fold?: number },
): Promise<Training> {
  const all = await prepared(data, context);
  const key = hashOf([data as unknown as Json, folds, seed, fold ?? null]);
  return taken.of(key, () => {
    const { length } = all.targets.values;
    if (fold === undefined) return all.take(Int32Array.from({ length }, (_, i) => i));
    checkFolds(folds, length);
    const { train, test } = foldsOf(all.targets, folds, seed)[fold];
    return all.take(train, test);
  });
}

/** @throws ValueError for more folds than rows */
export function checkFolds(folds: number, rows: number): void {
  if (folds > rows)
    throw new ValueError(`folds expected to be at most the number of rows ${rows}, got ${folds}`);
}

/** The bytes of a data file. @throws Error where they are not those of the spec */
async function bytesOf({ sha256, name }: FileHash, { file }: Pick<Context, "file">): Promise<Uint8Array> {
  const path = await file(sha256);
  const bytes = readBytes(path);
  const hash = createHash("sha256").update(bytes).digest("hex");
  if (hash !== sha256)
    throw new FormatError(
      `${name}: expected the bytes whose SHA-256 is ${sha256}, and ${path} has ${hash}: the file has changed`,
    );
  return bytes;
}

/** A table that is read, once a thread for one use after the other. @throws TableError */
export function tableOf(data: TableData<FileHash>, context: Pick<Context, "file">): Promise<Table> {
  const { file, format, encoding, delimiter, comment, columnNames, badRows } = data;
  const given = { name: file.name, format, encoding, delimiter, comment, columnNames, badRows };
  const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return tables.of(hashOf({ ...options, sha256: file.sha256 } as Json), async () =>
    readTable(await bytesOf(file, context), options as ReadTableOptions),
  );
}

async function prepareData(data: TableData<FileHash>, context: Pick<Context, "file">): Promise<Prepared> {
  return preparedTable(await tableOf(data, context), data);
}

/** A table as data of a spec. @throws TableError */
export async function preparedTable(table: Table, data: TableData<FileHash>): Promise<Prepared> {
  const { file: _, ...options } = data;
  const found = await prepareTable("sweep", table, {
    ...columnOptions(options as FindColumnsOptions),
    target: data.target,
  });
  return { targets: found.targets, take: (training, test) => takeRows(found, training, test) };
}

function takeRows(found: PreparedTable, training: ArrayLike<number>, test?: ArrayLike<number>): Training {
  const { table, findings, target, targets: all } = found;
  const rowsOf = (places: ArrayLike<number>) => Int32Array.from(places, (place) => target.rows[place]);
  const rows = rowsOf(training);
  const encoding = planEncoding(table, findings, rows);
  const samples = (places: ArrayLike<number>): Samples => ({
    inputs: encodeTable(encoding, table, rowsOf(places)),
    targets: targetsOf(all, places),
  });
  const own = samples(training);
  return {
    shape: [own.inputs.length / training.length],
    training: own,
    test: test && samples(test),
    unit: unitOf(own.targets),
    encoding,
    metadata: originOf(table, target, baselineOutputs(own.targets, 1)),
  };
}

/** Pixels from 0 to 1, [height, width, 1], and classes by their numbers. */
async function prepareImages(data: ImageData<FileHash>, context: Pick<Context, "file">): Promise<Prepared> {
  const idx = async (file: FileHash, dimensions: number) => {
    const bytes = await bytesOf(file, context);
    const isZipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return parseIdx(isZipped ? gunzipSync(bytes) : bytes, file.name, dimensions);
  };
  const images = await idx(data.images, 3);
  const classes = await idx(data.labels, 1);
  const [rows, height, width] = images.shape;
  if (classes.shape[0] !== rows)
    throw new FormatError(
      `${data.labels.name}: expected a label for each of ${rows} images, got ${classes.shape[0]}`,
    );
  const values = Array.from(classes.data);
  const labels = Array.from({ length: Math.max(...new Set(values)) + 1 }, (_, i) => String(i));
  const targets: TableTargets = { labels, values };
  const size = height * width;
  const samples = (places: ArrayLike<number>): Samples => {
    const inputs = new Float32Array(places.length * size);
    for (let i = 0; i < places.length; i++)
      for (let at = 0; at < size; at++) inputs[i * size + at] = images.data[places[i] * size + at] / 255;
    return { inputs, targets: targetsOf(targets, places) };
  };
  return {
    targets,
    take: (training, test) => ({
      shape: [height, width, 1],
      training: samples(training),
      test: test && samples(test),
      unit: { mean: 0, deviation: 1 },
      encoding: undefined,
      metadata: { task: "classification", images: JSON.stringify({ background: 0 }) },
    }),
  };
}
