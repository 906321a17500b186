import { checkNumber } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import type { OutputRange } from "../layers/output-range.js";
import type { Loss, Weights } from "../losses/loss.js";
import { type LossAlias, type LossName, resolveLoss } from "../losses/losses.js";
import { isNested, type RowsOfSample } from "../losses/targets.js";
import { type Metric, type MetricAlias, type NamedMetric, resolveMetrics } from "../metrics/metrics.js";
import { eachOf, isRecord } from "../network/each-of.js";
import type { Pass } from "../network/pass.js";
import type { AnyNetwork } from "../network/trainable.js";

/** One of `losses`, or its name. */
export type LossOption = Loss | LossName | LossAlias;

/** One of `metrics`, or its name. */
export type MetricOption = Metric | NamedMetric | MetricAlias;

/** The options of fit and evaluate that decide the loss. */
export interface ObjectiveOptions {
  /**
   * One of `losses`, or its name. Of several outputs one for each: an array in their order, or an object by
   * their names.
   */
  loss: LossOption | readonly LossOption[] | Readonly<Record<string, LossOption>>;
  /**
   * What the loss of each output counts in the sum of all: an array, or an object by the outputs' names.
   * Default 1 each.
   */
  lossWeights?: readonly number[] | Readonly<Record<string, number>>;
  /**
   * What to compute beside the loss: of `metrics`, or their names. Of several outputs an array for each.
   * Default none.
   */
  metrics?:
    | readonly MetricOption[]
    | readonly (readonly MetricOption[])[]
    | Readonly<Record<string, readonly MetricOption[]>>;
}

/** An output of a model with its loss and its metrics. */
export interface Head {
  readonly name: string;
  /** Floats of a sample. */
  readonly size: number;
  /** Of how many rows, of how many numbers, the loss takes a sample: over classes one for each time step. */
  readonly each: number;
  readonly cols: number;
  /** Whether those are time steps or positions, of which there may be one. */
  readonly areSteps: boolean;
  /** The loss as it is computed: fused with the last activation where the two have a form together. */
  readonly loss: Loss;
  readonly fused: boolean;
  /** What the loss counts. */
  readonly weight: number;
  readonly metrics: readonly Metric[];
  readonly range: OutputRange | undefined;
}

/** What a model is trained for: a loss and metrics for each output. */
export interface Objective {
  readonly heads: readonly Head[];
  /** For each output, whether its loss starts from what the last activation was applied to. */
  readonly fused: readonly boolean[];
}

/** @throws ValueError for a loss or metric that an output is not made for */
export function objectiveFrom(
  who: string,
  model: AnyNetwork,
  options: ObjectiveOptions & Pick<Weights, "sampleWeights">,
): Objective {
  const { severalOutputs } = model.structure;
  const losses = perOutput(who, "loss", model, options.loss);
  const metrics = perOutput(who, "metrics", model, options.metrics ?? (severalOutputs ? undefined : []));
  if (!severalOutputs && options.lossWeights !== undefined)
    throw new ValueError(`${who} expected lossWeights for a model with an array of outputs only`);
  const weights = perOutput(who, "lossWeights", model, options.lossWeights);
  const heads = model.outputs.map(({ name }, i) => {
    const where = model.outputs.length > 1 ? `${who}: output ${name}` : who;
    const size = model.outputSizes[i];
    const range = model.rangeOf(i);
    const loss = resolveLoss(where, losses[i]);
    const { each, cols, areSteps } = rowsOf(where, model, i, loss, options);
    loss.checkOutputs(where, range, cols);
    const fused = loss.after(model.activationOf(i).name);
    const weight = weights[i] ?? 1;
    checkNumber(who, `lossWeights of ${name}`, weight, 0);
    return {
      name,
      size,
      each,
      cols,
      areSteps,
      loss: fused ?? loss,
      fused: fused !== undefined,
      weight,
      metrics: resolveMetrics(where, metrics[i] ?? [], fused ?? loss, cols, range),
      range,
    };
  });
  return { heads, fused: heads.map(({ fused }) => fused) };
}

/** The objective on a plan of a length, whose outputs may have fewer steps. */
export const objectiveOn = ({ masks }: Pass, objective: Objective): Objective => ({
  ...objective,
  heads: objective.heads.map((head, i) => {
    const each = masks[i]?.size ?? head.each;
    return each === head.each ? head : { ...head, each, size: each * head.cols };
  }),
});

/**
 * @internal The rows that a sample of an output is: one for each answer over classes, one for each time step
 * where these may count differently. @throws ValueError for a mask of other steps
 */
export function rowsOf(
  where: string,
  model: AnyNetwork,
  output: number,
  { overClasses }: Loss,
  { sampleWeights }: Pick<Weights, "sampleWeights">,
): Required<RowsOfSample> {
  const { shape } = model.outputs[output];
  const steps = model.maskedSteps(output);
  const areOfSteps = isNested(sampleWeights) && shape.length > 1;
  const each = overClasses
    ? model.outputSizes[output] / model.classRow(output)
    : steps > 0 || areOfSteps
      ? shape[0]
      : 1;
  const areSteps = each > 1 || (shape.length > 1 && (overClasses || steps > 0));
  if (steps === 0 || steps === each) return { each, cols: model.outputSizes[output] / each, areSteps };
  throw new ValueError(
    `${where} expected an output of one row for each time step where there is a mask, got [batch, ${shape.join(", ")}]`,
  );
}

/**
 * One value for each output: the value itself for one output; for several an array in their order, or an
 * object by their names. @throws ValueError
 */
export function perOutput(
  who: string,
  what: "loss" | "lossWeights" | "metrics" | "targets",
  model: AnyNetwork,
  given: unknown,
): readonly unknown[] {
  const { outputs, structure } = model;
  if (!structure.severalOutputs && !isRecord(given)) return [given];
  const isOptional = what === "lossWeights" || what === "metrics";
  if (given === undefined && isOptional) return outputs.map(() => undefined);
  const names = outputs.map(({ name }) => name);
  const each = what === "loss" ? "a loss" : what;
  return eachOf(`${who} expected ${each} for each output,`, names, given, isOptional);
}
