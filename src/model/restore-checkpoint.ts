import { checkCount, checkNumbers, show } from "../core/check.js";
import { FormatError, ShapeError, ValueError } from "../core/errors.js";
import { checkBackend } from "../core/host.js";
import { bytesOf, classOf, reasonOf } from "../core/source.js";
import { modelIn } from "../files/model-file.js";
import { insteadOf, tensorFileOf } from "../files/recognize.js";
import { floatsOf, parseSafetensors, type Tensor } from "../files/safetensors.js";
import type { Tensor as SymbolicTensor } from "../layers/tensor.js";
import type { Backend } from "../matrix/backend.js";
import { type Life, lifeFrom } from "../network/life.js";
import type { Optimizer } from "../optimizers/optimizer.js";
import { optimizerFrom } from "../optimizers/optimizer-from.js";
import type { History } from "../training/log.js";
import type { Progress, TrainedModel } from "../training/state.js";
import {
  BEST,
  type CheckpointMetadata,
  FORMAT,
  fromJson,
  GRADIENTS,
  KEYS,
  LAST,
  rightChecksum,
  SLABS,
  VERSION,
  WHO,
} from "./checkpoint.js";
import { type LoadModelOptions, loaderWith } from "./load-model.js";
import type { Model } from "./model.js";

/** A training to continue. */
export interface Restored<Outputs extends SymbolicTensor | readonly SymbolicTensor[] = SymbolicTensor> {
  readonly model: Model<Outputs>;
  /** Attached to the model. */
  readonly optimizer: Optimizer;
  /** Epochs done: what fit takes as initialEpoch. */
  readonly epoch: number;
  readonly history: History;
}

/**
 * The training in a checkpoint. With its old options,
 * `model.fit(x, y, { optimizer, initialEpoch: epoch, ... })` continues it and ends with the bits of a
 * training that was never interrupted. It continues after the last step, even if early stopping has restored
 * the best weights, and in the middle of an epoch if need be. `options` as loadModel takes them; a model with
 * an array of outputs has the type of `restoreCheckpoint<Tensor[]>(…)`.
 *
 * @example
 * const fitOptions = { loss: "meanSquaredError", batchSize: 2 } as const;
 * const [x, y] = [[1, 2, 3, 4], [2, 4, 6, 8]];
 * const model = new Sequential(backend, { inputShape: 1, seed: 5, layers: [dense(1)] });
 * const optimizer = adam({ learningRate: 0.1 });
 * await model.fit(x, y, { ...fitOptions, optimizer, epochs: 3 });
 *
 * const restored = restoreCheckpoint(backend, model.checkpoint(optimizer));
 * await restored.model.fit(x, y, {
 *   ...fitOptions, optimizer: restored.optimizer, initialEpoch: restored.epoch, epochs: 6,
 * });
 * console.log(restored.epoch); // 3
 *
 * @throws FormatError for what is no whole checkpoint, with where and why, before anything is made;
 * OutOfMemoryError, DisposedError
 */
export function restoreCheckpoint<
  Outputs extends SymbolicTensor | readonly SymbolicTensor[] = SymbolicTensor,
>(backend: Backend, file: ArrayBuffer | ArrayBufferView, options: LoadModelOptions = {}): Restored<Outputs> {
  checkBackend(WHO, backend);
  const bytes = bytesOf(file);
  if (!bytes) throw new FormatError(`${WHO}: expected the bytes of a checkpoint, got ${classOf(file)}`);
  const loader = loaderWith<Outputs>("restoreCheckpoint", options);
  const { metadata, tensors } = parseSafetensors(bytes, WHO);
  const words = checkMetadata(bytes, metadata);
  let model: Model<Outputs> | undefined;
  try {
    const progress = parsed<Progress & { life: Life; step: number }>("progress", words);
    const { epoch, history } = progress;
    checkCount("progress", "epoch", epoch, 0);
    if (!Array.isArray(history))
      throw new ValueError(`progress expected history to be an array, got ${show(history)}`);
    const life = lifeFrom("progress", words.version === "1" ? lifeOfStep(progress.step) : progress.life);
    const optimizer = optimizerFrom(parsed("optimizer", words));
    const own = new Set([BEST, LAST, GRADIENTS, ...optimizer.slabs.map((name) => SLABS + name)]);
    const ofModel = new Map([...tensors].filter(([name]) => !own.has(name)));
    model = modelIn(loader, backend, parsed<Record<string, string>>("model", words), ofModel);
    optimizer.attach(model);
    model.fitted = optimizer;
    for (const { name, address } of optimizer.memory)
      fillSlab(model, tensors.get(SLABS + name), SLABS + name, address);
    optimizer.restoreState(parsed("state", words));
    const { length } = model.tensorValues;
    const kept = (name: string) => {
      const tensor = tensors.get(name);
      return tensor && valuesOf(tensor, name, length).slice();
    };
    const best = progress.best && { ...progress.best, tensors: kept(BEST) };
    const { partial } = progress;
    if (partial) {
      for (const count of ["life", "batch", "batchSize", "rows", "waiting", "first", "together"] as const)
        checkCount("progress", `partial.${count}`, partial[count], 0);
      for (const [name, sums] of Object.entries(partial.sums ?? {}))
        for (const values of sums) checkNumbers("progress", `partial.sums.${name}`, values);
      if (partial.waiting > 0) fillSlab(model, tensors.get(GRADIENTS), GRADIENTS, model.gradients.slab);
    }
    model.progress = { epoch, history, best, last: kept(LAST), partial };
    model.life = life;
    return { model, optimizer, epoch, history: { epochs: history.map((log) => ({ ...log })) } };
  } catch (cause) {
    model?.dispose();
    // The checksum is right, but lanewise did not write this content.
    if (cause instanceof ValueError || cause instanceof ShapeError || cause instanceof TypeError)
      throw new FormatError(`${WHO}: ${cause.message}`, { cause });
    throw cause;
  }
}

/** @throws FormatError */
function checkMetadata(bytes: Uint8Array, metadata: Readonly<Record<string, string>>): CheckpointMetadata {
  if (metadata.format !== FORMAT)
    throw new FormatError(`${WHO}: ${insteadOf("a checkpoint of lanewise", tensorFileOf(metadata.format))}`);
  const sum = rightChecksum(bytes);
  if (metadata.checksum !== sum)
    throw new FormatError(
      `${WHO}: is damaged: its checksum is ${show(metadata.checksum)}, that of its bytes ${show(sum)}`,
    );
  if (!/^[12]$/.test(metadata.version))
    throw new FormatError(
      `${WHO}: is of version ${metadata.version}, this version of lanewise reads up to ${VERSION}`,
    );
  for (const key of KEYS)
    if (metadata[key] === undefined) throw new FormatError(`${WHO}: its metadata lack ${key}`);
  return metadata as CheckpointMetadata;
}

/** Checkpoints of version 1 have the epoch and the step in one number. */
function lifeOfStep(step: number): Life {
  checkCount("progress", "step", step, 0);
  return { epoch: Math.floor(step / 4_294_967_296), step: step % 4_294_967_296 };
}

function parsed<Value>(key: keyof CheckpointMetadata, words: CheckpointMetadata): Value {
  try {
    return fromJson(words[key]) as Value;
  } catch (cause) {
    throw new FormatError(`${WHO}: ${key} is no JSON (${reasonOf(cause)})`, { cause });
  }
}

function fillSlab(model: TrainedModel, tensor: Tensor | undefined, name: string, address: number): void {
  const { slabLength } = model;
  model.backend.floats(address, slabLength).set(valuesOf(tensor, name, slabLength));
}

/** @throws FormatError */
function valuesOf(tensor: Tensor | undefined, name: string, length: number): Float32Array {
  if (tensor?.shape.join() === String(length)) return floatsOf(tensor);
  const shape = tensor ? `[${tensor.shape.join(", ")}]` : "none";
  throw new FormatError(`${WHO}: expected tensor ${name} [${length}], got ${shape}`);
}
