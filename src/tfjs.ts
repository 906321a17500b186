export { exportTfjs, type TfjsFiles } from "./interop/export-tfjs.js";
export { importTfjs, tfjsShards } from "./interop/import-tfjs.js";
export type { TfjsShards } from "./interop/tfjs-weights.js";
