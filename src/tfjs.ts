export { exportTfjs, type TfjsFiles } from "./interop/tfjs/export/export.js";
export { importTfjs, tfjsShards } from "./interop/tfjs/import.js";
export type { TfjsShards } from "./interop/tfjs/weights.js";
