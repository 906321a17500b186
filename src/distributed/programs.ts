import type { Program } from "./engine.js";

/** The programs of the library. */
export const programs: readonly Program[] = [];
