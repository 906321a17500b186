import { mkdirSync, rmSync } from "node:fs";
import { type FileHandle, open, rename } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { isDevice } from "../../node/write-whole.js";
import { headerOf, type Layout } from "./lines.js";
import { unpackOutputs } from "./packed.js";
import { PredictionFile } from "./parquet.js";
import type { PredictionFormat } from "./spec.js";

/** Takes the predictions of the next part. */
type Take = (name: string, bytes: Uint8Array) => Promise<void>;

/**
 * Writes predictions as `run` hands them over. The file gets its name when it is whole; until then it has
 * another one, under which it does not outlive the process. A device is written to as it is.
 */
export async function writeScores<Result>(
  out: string,
  layout: Layout,
  format: PredictionFormat,
  run: (take: Take) => Promise<Result>,
): Promise<Result> {
  const write = format === "parquet" ? writeTable : writeText;
  if (isDevice(out)) return write(out, layout, format, run);
  mkdirSync(dirname(resolve(out)), { recursive: true });
  const unfinished = `${out}.${process.pid}.tmp`;
  const remove = (): void => rmSync(unfinished, { force: true });
  process.once("exit", remove);
  try {
    const result = await write(unfinished, layout, format, run);
    await toDisk(unfinished);
    await rename(unfinished, out);
    return result;
  } catch (error) {
    remove();
    throw error;
  } finally {
    process.off("exit", remove);
  }
}

async function writeText<Result>(
  path: string,
  layout: Layout,
  format: PredictionFormat,
  run: (take: Take) => Promise<Result>,
): Promise<Result> {
  const file = await open(path, "w");
  try {
    if (format === "csv") await file.appendFile(headerOf(layout));
    return await run((_, bytes) => file.appendFile(bytes));
  } finally {
    await file.close();
  }
}

async function writeTable<Result>(
  path: string,
  layout: Layout,
  _format: PredictionFormat,
  run: (take: Take) => Promise<Result>,
): Promise<Result> {
  const file = new PredictionFile(path, layout);
  const result = await run((_, bytes) => file.add(unpackOutputs(bytes)));
  await file.finish();
  return result;
}

async function toDisk(path: string): Promise<void> {
  const file: FileHandle = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
