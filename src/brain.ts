/**
 * Reads networks of brain.js.
 *
 * @module lanewise/brain
 */

export type { JsonFile } from "./interop/foreign-json.js";
export { importBrain } from "./interop/import-brain.js";
