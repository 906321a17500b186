/**
 * Files for Node: rows of Parquet and CSV files of any size, folders of images, image files, IDX files and
 * checkpoints.
 *
 * @module lanewise/node
 */

import { ValueError } from "./index.js";
import { writeWhole } from "./node/write-whole.js";
import type { Callback, Training } from "./training/callbacks.js";

export {
  type ImageFolder,
  type ImageFolderOptions,
  type ImageSamples,
  imageFiles,
  imageFolder,
} from "./node/image-folder.js";
export { readIdx } from "./node/read-idx.js";
export { type ImageInfo, imageInfo, readImage } from "./node/read-image.js";
export type { ColumnType } from "./rows/column.js";
export {
  type FileBatch,
  type FileBatches,
  type FileBatchesOptions,
  fileBatches,
} from "./rows/file-batches.js";
export { fileParts } from "./rows/file-parts.js";
export {
  type FileMatrixOptions,
  type FileSamplesOptions,
  fileMatrix,
  fileOutline,
  fileSamples,
} from "./rows/file-rows.js";
export type { ReadFileOptions } from "./rows/options.js";
export type { FileColumn } from "./rows/row-file.js";
export type { Outline as FileOutline, Samples as FileSamples } from "./rows/tasks.js";
export { writeWhole };

/** The options of `checkpointFile`. */
export interface CheckpointFileOptions {
  /** Epochs from one writing to the next. Default 1. */
  every?: number;
}

/**
 * A callback for fit that writes a checkpoint to a file after every `every` epochs, and after the last. A
 * process that is killed at any moment leaves the last whole one, with which
 * `restoreCheckpoint(backend, readFileSync(path))` goes on.
 *
 * @example
 * const model = new Sequential(backend, { inputShape: 1, layers: [dense(1)] });
 * await model.fit([1, 2], [3, 5], {
 *   loss: "meanSquaredError", epochs: 20, callbacks: [checkpointFile("run.checkpoint", { every: 10 })],
 * });
 * console.log(restoreCheckpoint(backend, readFileSync("run.checkpoint")).epoch); // 20
 *
 * @throws ValueError for a path that is no text, and for options that are unknown or out of range; in
 * training what the file system does, which ends it
 */
export function checkpointFile(path: string, options: CheckpointFileOptions = {}): Callback {
  const { every = 1, ...others } = options ?? {};
  if (typeof path !== "string") throw new ValueError(`checkpointFile expected a path, got ${path}`);
  if (!(Number.isInteger(every) && every >= 1))
    throw new ValueError(`checkpointFile expected every to be an integer of at least 1, got ${every}`);
  for (const name of Object.keys(others))
    throw new ValueError(`checkpointFile: unknown option "${name}"; known are every`);
  const write = ({ model, optimizer }: Training) => writeWhole(path, model.checkpoint(optimizer));
  return {
    onEpochEnd: ({ epoch }, training) => {
      if (epoch % every === 0) write(training);
    },
    // Early stopping may have brought back other weights since.
    onTrainEnd: (_, training) => write(training),
  };
}
