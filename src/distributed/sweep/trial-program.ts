import type { Json } from "../canonical.js";
import type { Program } from "../engine.js";
import { type CheckedSweep, checkKeys, checkSweep, checkWhole } from "./check.js";
import { compute, foldJobs } from "./program.js";
import { trialsOf } from "./trials.js";

interface TrialSpec {
  readonly sweep: CheckedSweep;
  readonly index: number;
}

/** The folds of one trial of a sweep, as the jobs that the sweep itself would run. */
export const trialProgram: Program<Json> = {
  name: "trial",
  check: (spec) => {
    checkKeys("trial", "the spec", spec, ["sweep", "index"]);
    const sweep = checkSweep("trial", spec.sweep);
    checkWhole("trial", "index", spec.index, 0, trialsOf(sweep, sweep.strategy).length - 1);
    return { sweep, index: spec.index } as unknown as Json;
  },
  start: (spec) => ({ state: null, jobs: jobsOf(spec as unknown as TrialSpec) }),
  compute: (spec, job, _, context) => compute((spec as unknown as TrialSpec).sweep, job, context),
  next: (spec, _, outcomes) => ({
    result: jobsOf(spec as unknown as TrialSpec).map(({ key }, i) => ({ key, ...outcomes[i] })),
  }),
};

const jobsOf = ({ sweep, index }: TrialSpec) => foldJobs(sweep, trialsOf(sweep, sweep.strategy)[index].parts);
