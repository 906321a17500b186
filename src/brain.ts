export { importBrain } from "./formats/import-brain.js";
