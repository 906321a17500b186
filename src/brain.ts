export { importBrain } from "./interop/import-brain.js";
