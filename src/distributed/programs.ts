import type { Program } from "./engine.js";
import { manyProgram } from "./many/program.js";
import { scoreProgram } from "./score/program.js";
import { selfTestProgram } from "./self-test.js";
import { shardsProgram } from "./shards/program.js";
import { sweepProgram } from "./sweep/program.js";
import { trialProgram } from "./sweep/trial-program.js";

/** The programs of the library. */
export const programs: readonly Program[] = [
  sweepProgram,
  trialProgram,
  manyProgram,
  shardsProgram,
  scoreProgram,
  selfTestProgram as Program,
];
