import { checkModel, checkName, checkOptions } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import { sizeOf } from "../graph/value.js";
import type { AnyNetwork } from "../network/trainable.js";
import { fileArchitecture } from "./architecture.js";
import { keys } from "./model-file.js";
import { type TensorToWrite, writeSafetensors } from "./safetensors.js";

/** The options of `saveModel`. */
export interface SaveModelOptions {
  /**
   * The type of the learned values in the file: "float32" (default), exact, or "float16", half the size, each
   * value rounded to the nearest.
   */
  dtype?: "float32" | "float16";
}

/** From here on a float32 rounds to infinity as a half. */
const BEYOND_HALF = 65_520;

/**
 * The model as the bytes of a safetensors file: its tensors as float32, and in the metadata what it is made
 * of, its labels, its encoding, its seed and its own words. Saving what loadModel made of them gives the same
 * bytes. An optimizer's state is no part of it. As float16, buffers stay float32.
 *
 * @example
 * const model = new Sequential(backend, { inputShape: 4, layers: [dense(3)] });
 * await writeFile("model.safetensors", saveModel(model, { dtype: "float16" }));
 *
 * @throws ValueError when the model's metadata use a word of the format, and for a weight that float16 does
 * not hold; DisposedError
 */
export function saveModel(model: AnyNetwork, options: SaveModelOptions = {}): Uint8Array<ArrayBuffer> {
  checkModel("saveModel", model);
  checkOptions("saveModel", options, ["dtype"]);
  const { dtype = "float32" } = options;
  checkName("saveModel", "dtype", dtype, { float32: 0, float16: 0 });
  const learned = dtype === "float16" ? model.weights.layout.tensors.length : 0;
  return writeSafetensors(
    tensorsOf(model).map((tensor, i) => (i < learned ? halved(tensor) : tensor)),
    metadataOf(model),
  );
}

function halved(tensor: TensorToWrite): TensorToWrite {
  const large = tensor.values.find((value) => Math.abs(value) >= BEYOND_HALF && Number.isFinite(value));
  if (large !== undefined)
    throw new ValueError(`saveModel: ${tensor.name} has ${large}, more than float16 holds`);
  return { ...tensor, dtype: "F16" };
}

/** A model's tensors, to be written. */
export function tensorsOf(model: AnyNetwork): TensorToWrite[] {
  return model.tensors.map(({ name, shape, address }) => ({
    name,
    shape,
    values: model.backend.floats(address, sizeOf(shape)),
  }));
}

/** The metadata of a model file. @throws ValueError when the model's metadata use a word of the format */
export function metadataOf(model: AnyNetwork): Record<string, string> {
  const { encoding, labels, metadata, structure, life } = model;
  const taken = Object.values<string>(keys).find((key) => Object.hasOwn(metadata, key));
  if (taken)
    throw new ValueError(
      `saveModel: metadata use the key ${JSON.stringify(taken)}, which the file format reserves`,
    );
  const { version, architecture } = fileArchitecture(structure, life);
  return {
    [keys.format]: "lanewise",
    [keys.version]: String(version),
    [keys.architecture]: JSON.stringify(architecture),
    ...(labels && { [keys.labels]: JSON.stringify(labels) }),
    ...(encoding && { [keys.encoding]: JSON.stringify(encoding) }),
    ...metadata,
  };
}
