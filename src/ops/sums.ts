import type { Sums } from "../graph/differentiate.js";
import { add, addIntoOp } from "./add.js";

/** How differentiate adds up gradients. */
export const sums: Sums = { add, addInto: addIntoOp };
