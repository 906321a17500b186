import { createHash } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { ValueError } from "../../core/errors.js";
import type { Blobs } from "../engine.js";
import { names } from "./records.js";
import type { Store } from "./store.js";

const MEGABYTE = 1024 * 1024;

/** Larger values would hold up a server that answers one command after the other. */
export const LARGEST = 32 * MEGABYTE;

/** The first byte of an entry says what follows: the bytes, or the name of a file that has them. */
const INLINE = 0;
const IN_FILE = 1;

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/**
 * Blobs as entries of a store. One of more than 32 MB becomes a file of a folder that all workers and the
 * producer see, named by its hash.
 *
 * @throws ValueError for a large one where there is no folder
 */
export async function entriesOf(
  blobs: Blobs | undefined,
  folder: string | undefined,
): Promise<Map<string, Uint8Array>> {
  const entries = new Map<string, Uint8Array>();
  for (const [name, bytes] of blobs ?? []) entries.set(names.blob(name), await entryOf(name, bytes, folder));
  return entries;
}

async function entryOf(name: string, bytes: Uint8Array, folder: string | undefined): Promise<Uint8Array> {
  if (bytes.length <= LARGEST) return Buffer.concat([Uint8Array.of(INLINE), bytes]);
  if (folder === undefined)
    throw new ValueError(
      `the engine on BullMQ expected blob "${name}" to have at most ${LARGEST / MEGABYTE} MB, got ` +
        `${(bytes.length / MEGABYTE).toFixed(1)} MB: give the producer and all workers a folder that they share ` +
        "(store: folder, or --store DIR)",
    );
  const hash = sha256(bytes);
  await mkdir(folder, { recursive: true });
  await writeWhole(join(folder, hash), bytes);
  return Buffer.concat([Uint8Array.of(IN_FILE), Buffer.from(hash)]);
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const beside = `${path}.${process.pid}.${Math.trunc(performance.now() * 1e3)}`;
  const file = await open(beside, "w");
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
}

/**
 * Reads blobs of a run.
 *
 * @returns what is there: names whose time to live is over are missing
 * @throws ValueError for one in a folder that is not given, or a file that is damaged
 */
export async function readBlobs(
  store: Store,
  run: string,
  wanted: readonly string[],
  folder: string | undefined,
): Promise<Blobs> {
  if (wanted.length === 0) return new Map();
  const entries = await store.read(run, wanted.map(names.blob));
  const blobs = new Map<string, Uint8Array>();
  for (const [i, entry] of entries.entries())
    if (entry !== undefined) blobs.set(wanted[i], await bytesOf(wanted[i], entry, folder));
  return blobs;
}

async function bytesOf(name: string, entry: Buffer, folder: string | undefined): Promise<Uint8Array> {
  // Typed arrays on the bytes need an offset that their elements divide.
  if (entry[0] === INLINE) return new Uint8Array(entry.subarray(1));
  const hash = entry.toString("utf8", 1);
  if (folder === undefined)
    throw new ValueError(`blob "${name}" is a file of the folder of large blobs: pass that folder as store`);
  const bytes = new Uint8Array(await readFile(join(folder, hash)));
  if (sha256(bytes) !== hash)
    throw new ValueError(`blob "${name}" is damaged: the file ${hash} in ${folder} has another hash`);
  return bytes;
}

/** Deletes the files of blobs that nothing reads any more. */
export async function dropFiles(
  store: Store,
  run: string,
  dropped: readonly string[],
  folder: string | undefined,
) {
  if (folder === undefined || dropped.length === 0) return;
  for (const entry of await store.read(run, dropped.map(names.blob)))
    if (entry?.[0] === IN_FILE) await rm(join(folder, entry.toString("utf8", 1)), { force: true });
}
