import { ValueError } from "../core/errors.js";
import { sizeOf } from "../nn/slab.js";
import type { TrainableNetwork } from "../nn/trainable.js";
import { FORMAT_VERSION, keys } from "./model-file.js";
import { type TensorToWrite, writeSafetensors } from "./safetensors.js";

/**
 * The model as the bytes of a safetensors file: its tensors as float32, and in the metadata what it is made of, its labels, its seed and its own words.
 * Saving what loadModel made of them gives the same bytes. An optimizer's state is no part of it.
 * @throws ValueError when the model's metadata use a word of the format, DisposedError
 */
export function saveModel(model: TrainableNetwork): Uint8Array {
  return writeSafetensors(tensorsOf(model), wordsOf(model));
}

/** A model's tensors, to be written. */
export function tensorsOf(model: TrainableNetwork): TensorToWrite[] {
  return model.tensors.map(({ name, shape, address }) => ({ name, shape, values: model.backend.floats(address, sizeOf(shape)) }));
}

/** What a file tells of a model beside its tensors. @throws ValueError when the model's metadata use a word of the format */
export function wordsOf(model: TrainableNetwork): Record<string, string> {
  const { labels, metadata, architecture } = model;
  const taken = Object.values<string>(keys).find((key) => Object.hasOwn(metadata, key));
  if (taken) throw new ValueError(`saveModel: metadata use the word ${JSON.stringify(taken)}, which is the file format's`);
  return {
    [keys.format]: "lanewise",
    [keys.version]: String(FORMAT_VERSION),
    [keys.architecture]: JSON.stringify(architecture),
    ...(labels && { [keys.labels]: JSON.stringify(labels) }),
    ...metadata,
  };
}
