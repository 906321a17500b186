import { convolution } from "./convolution.js";
import { elementwise } from "./elementwise.js";
import { features } from "./features.js";
import { gemm } from "./gemm.js";
import { infer } from "./infer.js";
import { ragged } from "./ragged.js";
import { sequence } from "./sequence.js";
import { step } from "./step.js";
import type { Case } from "./suite.js";
import { train } from "./train.js";

/** What can be measured, by name, in the order in which it is. */
export const suites: ReadonlyMap<string, readonly Case[]> = new Map([
  ["gemm", gemm],
  ["elementwise", elementwise],
  ["train", train],
  ["step", step],
  ["convolution", convolution],
  ["sequence", sequence],
  ["ragged", ragged],
  ["features", features],
  ["infer", infer],
]);
