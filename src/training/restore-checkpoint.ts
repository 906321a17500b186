import type { Backend } from "../core/backend.js";
import { show } from "../core/check.js";
import { FormatError, ShapeError, ValueError } from "../core/errors.js";
import { bytesOf, classOf, reasonOf } from "../core/source.js";
import { modelFrom } from "../formats/model-file.js";
import { floatsOf, parseSafetensors, type Tensor } from "../formats/safetensors.js";
import type { Optimizer } from "../nn/optimizer.js";
import { optimizerFromConfig } from "../nn/optimizers/from-config.js";
import { BEST, FORMAT, KEYS, rightChecksum, SLABS, VERSION, WHO, type Words } from "./checkpoint.js";
import { type LoadModelOptions, makersWith, makeSequential } from "./load-model.js";
import type { History } from "./log.js";
import type { Progress, Sequential } from "./sequential.js";

/** A training that goes on. */
export interface Restored {
  readonly model: Sequential;
  /** Attached to the model. */
  readonly optimizer: Optimizer;
  /** Epochs done: what fit takes as initialEpoch. */
  readonly epoch: number;
  readonly history: History;
}

/**
 * The training in a checkpoint. `model.fit(x, y, { optimizer, initialEpoch: epoch, ... })` then goes on to the very bits of a training that was never
 * interrupted, with the options that it had. `options` as loadModel takes them.
 * @throws FormatError for what is no whole checkpoint, with where and why, before anything is made; OutOfMemoryError, DisposedError
 */
export function restoreCheckpoint(backend: Backend, file: ArrayBuffer | ArrayBufferView, options: LoadModelOptions = {}): Restored {
  backend.check();
  const bytes = bytesOf(file);
  if (!bytes) throw new FormatError(`${WHO}: expected the bytes of a checkpoint, got ${classOf(file)}`);
  const { metadata, tensors } = parseSafetensors(bytes, WHO);
  const words = checkWords(bytes, metadata);
  const progress = parsed<Progress & { step: number }>("progress", words);
  const optimizer = optimizerOf(words);
  const ofModel = new Map([...tensors].filter(([name]) => name !== BEST && !name.startsWith(SLABS)));
  const model = modelFrom(makersWith("restoreCheckpoint", options), makeSequential, backend, parsed<Record<string, string>>("model", words), ofModel);
  try {
    optimizer.attach(model);
    for (const { name, address } of optimizer.memory) fillSlab(model, tensors.get(SLABS + name), SLABS + name, address);
    optimizer.restoreState(parsed("state", words));
    const best = progress.best && { ...progress.best, tensors: tensors.has(BEST) ? floatsOf(tensors.get(BEST) as Tensor).slice() : undefined };
    model.progress = { epoch: progress.epoch, history: progress.history, best };
    model.step = progress.step;
    return { model, optimizer, epoch: progress.epoch, history: { epochs: progress.history.map((log) => ({ ...log })) } };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** @throws FormatError */
function checkWords(bytes: Uint8Array, metadata: Readonly<Record<string, string>>): Words {
  if (metadata.format !== FORMAT) {
    const model = metadata.format === "lanewise" ? "; a model that was saved is loaded by loadModel" : "";
    throw new FormatError(`${WHO}: its metadata tell of no checkpoint of lanewise${model}`);
  }
  const sum = rightChecksum(bytes);
  if (metadata.checksum !== sum) throw new FormatError(`${WHO}: is damaged: its checksum is ${show(metadata.checksum)}, that of its bytes ${show(sum)}`);
  if (metadata.version !== String(VERSION)) throw new FormatError(`${WHO}: is of version ${metadata.version}, this version of lanewise reads ${VERSION}`);
  for (const key of KEYS) if (metadata[key] === undefined) throw new FormatError(`${WHO}: its metadata lack ${key}`);
  return metadata as Words;
}

function optimizerOf(words: Words): Optimizer {
  const config = parsed<never>("optimizer", words);
  try {
    return optimizerFromConfig(config);
  } catch (cause) {
    if (cause instanceof ValueError || cause instanceof ShapeError) throw new FormatError(`${WHO}: optimizer: ${cause.message}`, { cause });
    throw cause;
  }
}

function parsed<Value>(key: keyof Words, words: Words): Value {
  try {
    return JSON.parse(words[key]) as Value;
  } catch (cause) {
    throw new FormatError(`${WHO}: ${key} is no JSON (${reasonOf(cause)})`, { cause });
  }
}

function fillSlab(model: Sequential, tensor: Tensor | undefined, name: string, address: number): void {
  const { slabLength } = model;
  if (tensor?.shape.join() !== String(slabLength)) {
    throw new FormatError(`${WHO}: expected tensor ${name} [${slabLength}], got ${tensor ? `[${tensor.shape.join(", ")}]` : "none"}`);
  }
  model.backend.floats(address, slabLength).set(floatsOf(tensor));
}
