import { type Network, saveModel } from "../../index.js";

/** A layer as a model file describes it: its type and its options. */
export interface LayerConfig {
  readonly type: string;
  readonly name?: string;
  readonly activation?: string;
  /** The parameter of an activation, where it is not the default. */
  readonly slope?: number;
  readonly alpha?: number;
  readonly [option: string]: unknown;
}

/** A tensor of a model file. */
interface SavedTensor {
  readonly shape: readonly number[];
  /** A view of the file. */
  readonly values: Float32Array<ArrayBuffer>;
}

/** What a model is made of, as the file tells it that saveModel writes. */
export interface SavedModel {
  readonly file: Uint8Array;
  readonly inputShape: readonly number[];
  readonly layers: readonly LayerConfig[];
  readonly labels: readonly string[] | undefined;
  /** The model's own words. */
  readonly metadata: readonly (readonly [key: string, value: string])[];
  readonly tensors: ReadonlyMap<string, SavedTensor>;
}

/** The words of the metadata that are the file format's. */
export const formatWords: readonly string[] = ["format", "format_version", "architecture", "labels"];

/**
 * Saves a model and takes the file apart (Hugging Face, "Safetensors", section "Format"): a file is what the
 * library tells of a model to those outside of it.
 * @throws ValueError, DisposedError
 */
export function savedModel(model: Network): SavedModel {
  const file = saveModel(model);
  const { buffer, byteOffset } = file as Uint8Array<ArrayBuffer>;
  const start = 8 + Number(new DataView(buffer, byteOffset).getBigUint64(0, true));
  const { __metadata__: words, ...entries } = JSON.parse(new TextDecoder().decode(file.subarray(8, start)));
  const { inputShape, layers } = JSON.parse(words.architecture);
  const tensors = new Map<string, SavedTensor>();
  for (const [name, { shape, data_offsets }] of Object.entries<{
    shape: number[];
    data_offsets: [number, number];
  }>(entries)) {
    const [begin, end] = data_offsets;
    tensors.set(name, {
      shape,
      values: new Float32Array(buffer, byteOffset + start + begin, (end - begin) / 4),
    });
  }
  const metadata = Object.entries<string>(words).filter(([key]) => !formatWords.includes(key));
  return { file, inputShape, layers, labels: words.labels && JSON.parse(words.labels), metadata, tensors };
}
