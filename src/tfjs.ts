/**
 * Reads and writes models of TensorFlow.js, and reads those of Keras.
 *
 * @module lanewise/tfjs
 */

export type { JsonFile } from "./interop/foreign-json.js";
export { exportTfjs, type TfjsFiles } from "./interop/tfjs/export/export.js";
export { importTfjs, tfjsShards } from "./interop/tfjs/import.js";
export type { TfjsShards } from "./interop/tfjs/weights.js";
