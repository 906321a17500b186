export { exportTfjs, type TfjsFiles } from "./formats/export-tfjs.js";
export { importTfjs, tfjsShards } from "./formats/import-tfjs.js";
export type { TfjsShards } from "./formats/tfjs-weights.js";
