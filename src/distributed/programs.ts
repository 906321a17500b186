import type { Program } from "./engine.js";
import { selfTestProgram } from "./self-test.js";

/** The programs of the library. */
export const programs: readonly Program[] = [selfTestProgram as Program];
