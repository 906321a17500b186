import type { Pointer } from "../core/kernels.js";
import type { Weights } from "../losses/loss.js";
import { activationOf } from "../matrix/activation.js";
import type { Scores } from "../metrics/metrics.js";
import { CHUNK, RAGGED_CHUNK } from "../network/network.js";
import type { AnyNetwork } from "../network/trainable.js";
import type { Dataset } from "./batches.js";
import { type Objective, type ObjectiveOptions, objectiveOn } from "./objective.js";
import { Tallies } from "./tallies.js";

export interface EvaluateOptions extends Weights, ObjectiveOptions {}

/** The loss, and the metrics that were asked for. */
export type Evaluation = Scores;

/** Tallies for a model's outputs. */
export function talliesOf(model: AnyNetwork, objective: Objective): Tallies {
  const { kernels } = model.backend;
  return new Tallies(
    objective,
    objective.heads.map(({ fused, loss, cols }, i) => {
      // Of classes the largest logit is the largest output: nothing needs to be done.
      if (!fused || loss.overClasses) return undefined;
      const { name, parameter } = model.activationOf(i);
      const { forward } = activationOf(kernels, name, parameter);
      return forward && ((at: Pointer, rows: number) => forward(at, at, rows, cols, parameter));
    }),
  );
}

/** Bytes of scratch memory that the losses of an objective need for a batch of this size. */
export function lossScratch({ heads }: Objective, rows: number): number {
  let most = 0;
  for (let i = 0; i < heads.length; i++)
    most = Math.max(most, heads[i].loss.scratchBytes(rows * heads[i].each, heads[i].cols));
  return most;
}

/** Samples `begin` to `end` - 1 of `order`, or of the dataset itself if that is 0. */
interface Part {
  readonly data: Dataset;
  readonly order: Pointer;
  readonly begin: number;
  readonly end: number;
}

/** Adds samples to the tallies, a chunk at each turn of the generator, which yields its multiply-adds. */
export function* evaluation(
  model: AnyNetwork,
  { data, order, begin, end }: Part,
  objective: Objective,
  tallies: Tallies,
): Generator<number, void, void> {
  const { backend } = model;
  const sorted = data.sort(order, begin, end - begin);
  const chunk = sorted ? RAGGED_CHUNK : CHUNK;
  // What is sorted begins at 0.
  const first = sorted ? begin : 0;
  for (let from = begin; from < end; from += chunk) {
    const rows = Math.min(chunk, end - from);
    const at = from - first;
    const pass = model.predictingPass(objective.fused, data.lengthOf(sorted || order, at, rows));
    const { heads } = objectiveOn(pass, objective);
    model.reserve(pass, rows);
    const scratch = backend.scratch(lossScratch(objective, rows));
    data.stage(pass, sorted || order, at, rows);
    model.run(pass, rows);
    heads.forEach(({ loss, each, cols }, i) => {
      const output = pass.plan.address(pass.heads[i]);
      const target = data.targets[i];
      const counted = data.weigh(i, pass.maskOf(i), rows);
      const terms = loss.terms(backend, output, target, 0, rows * each, cols, 0, scratch);
      tallies.add(i, backend, output, target, rows, terms, counted, each);
    });
    yield rows * pass.plan.work;
  }
}
