import { show } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import { crc32 } from "../files/crc32.js";
import { writeSafetensors } from "../files/safetensors.js";
import { metadataOf, tensorsOf } from "../files/save-model.js";
import { Optimizer } from "../optimizers/optimizer.js";
import type { TrainedModel } from "../training/state.js";

/**
 * A checkpoint is a safetensors file: the model's tensors by their names, under "optimizer/" the optimizer's
 * slabs, "best" the tensors of the best epoch, "last" those after the last step where the best have come back
 * since, "gradients" those that wait for a step in the middle of an epoch, and in `__metadata__` the strings
 * below, the first of which is the CRC-32 of the file with zeros in its place.
 */
export const WHO = "checkpoint";
export const FORMAT = "lanewise checkpoint";
export const VERSION = 2;
export const KEYS = ["format", "version", "model", "optimizer", "state", "progress"] as const;
export const SLABS = "optimizer/";
export const BEST = "best";
export const LAST = "last";
export const GRADIENTS = "gradients";
/** The position of the checksum, after the length of the header and the text before it. */
const CHECKSUM_AT = 8 + `{"__metadata__":{"checksum":"`.length;
const NO_CHECKSUM = "0".repeat(8);

export type CheckpointMetadata = Readonly<Record<(typeof KEYS)[number], string>>;

/** The state of a training as bytes; Model.checkpoint documents it. */
export function checkpoint(model: TrainedModel, optimizer: Optimizer): Uint8Array<ArrayBuffer> {
  if (!(optimizer instanceof Optimizer))
    throw new ValueError(`${WHO} expected the optimizer that trains the model, got ${show(optimizer)}`);
  if (optimizer.model !== model)
    throw new ValueError(
      `${WHO} expected the optimizer that is attached to the model, got another ${optimizer.name}`,
    );
  const { backend, slabLength, progress } = model;
  const { best, last, partial: begun, ...rest } = progress;
  const partial = begun && begun.batch > 0 ? begun : undefined;
  const { tensors: bestTensors, ...bestWords } = best ?? { tensors: undefined };
  const flat = (name: string, values: Float32Array) => ({ name, shape: [values.length], values });
  const words: CheckpointMetadata = {
    format: FORMAT,
    version: String(VERSION),
    model: JSON.stringify(metadataOf(model)),
    optimizer: JSON.stringify(optimizer.config),
    state: toJson(optimizer.state),
    progress: toJson({ ...rest, life: model.life, best: best && bestWords, partial }),
  };
  const file = writeSafetensors(
    [
      ...tensorsOf(model),
      ...optimizer.memory.map(({ name, address }) => flat(SLABS + name, backend.floats(address, slabLength))),
      ...(bestTensors ? [flat(BEST, bestTensors)] : []),
      ...(last ? [flat(LAST, last)] : []),
      ...(partial?.waiting ? [flat(GRADIENTS, backend.floats(model.gradients.slab, slabLength))] : []),
    ],
    { checksum: NO_CHECKSUM, ...words },
  );
  writeChecksum(file, checksumOf(file));
  return file;
}

/**
 * JSON that keeps every number to the bit: those that it has no way to write go as text in an object. An
 * array of float64 becomes one of numbers.
 */
const toJson = (value: object): string =>
  JSON.stringify(value, (_, part) => {
    if (part instanceof Float64Array) return Array.from(part);
    return typeof part === "number" && (!Number.isFinite(part) || Object.is(part, -0))
      ? { number: part === 0 ? "-0" : String(part) }
      : part;
  });

export const fromJson = (text: string): unknown =>
  JSON.parse(text, (_, part) => (typeof part?.number === "string" ? Number(part.number) : part));

/** That of a file whose checksum is not written yet. */
const checksumOf = (file: Uint8Array): string => crc32(file).toString(16).padStart(8, "0");

/** The checksum that a checkpoint should have. */
export function rightChecksum(file: Uint8Array): string {
  const copy = file.slice();
  writeChecksum(copy, NO_CHECKSUM);
  return checksumOf(copy);
}

function writeChecksum(file: Uint8Array, sum: string): void {
  for (let i = 0; i < sum.length; i++) file[CHECKSUM_AT + i] = sum.charCodeAt(i);
}
