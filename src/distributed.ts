/**
 * Sweeps, cross-validation and training on all cores of a machine, or on many machines. For Node.
 *
 * @module lanewise/distributed
 */

export type { Json } from "./distributed/canonical.js";
export type { Engine, Finished, Progress, Run, RunOptions } from "./distributed/engine.js";
