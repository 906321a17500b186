/**
 * Reads networks of brain.js.
 *
 * @module lanewise/brain
 */

export { importBrain } from "./interop/import-brain.js";
