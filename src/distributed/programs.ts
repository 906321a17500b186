import type { Program } from "./engine.js";
import { manyProgram } from "./many/program.js";
import { sweepProgram } from "./sweep/program.js";

/** The programs of the library. */
export const programs: readonly Program[] = [sweepProgram, manyProgram];
