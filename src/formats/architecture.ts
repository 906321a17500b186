import { type Network, saveModel } from "../index.js";

/** A layer as a model file describes it. */
export interface LayerInFile {
  readonly type: string;
  readonly name?: string;
  readonly [option: string]: unknown;
}

/** What a model is made of but for its tensors. */
export interface ArchitectureInFile {
  readonly inputShape: readonly number[];
  readonly layers: readonly LayerInFile[];
}

/**
 * What a model is made of, as the file says that saveModel writes: that is public, and stays. @throws
 * DisposedError
 */
export function architectureOf(model: Network): ArchitectureInFile {
  const file = saveModel(model);
  const length = new DataView(file.buffer).getUint32(0, true);
  return JSON.parse(
    JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length))).__metadata__.architecture,
  );
}
