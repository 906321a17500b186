import { sizeOf, type Value } from "../graph/value.js";
import type { TargetPlace } from "../losses/targets.js";
import type { Pass } from "../network/pass.js";
import { NonFiniteError } from "../network/training-errors.js";
import type { Optimizer } from "../optimizers/optimizer.js";
import type { Objective } from "./objective.js";
import type { TrainedModel } from "./state.js";

/** Inputs and targets beyond this are named as a likely cause: scaled ones are around 1. */
const LARGE = 100;

/** A batch of training whose loss or gradients are not finite. */
export interface Batch {
  readonly pass: Pass;
  readonly objective: Objective;
  readonly targets: readonly TargetPlace[];
  readonly rows: number;
  /** The sum of the losses' terms. */
  readonly terms: number;
  readonly epoch: number;
  readonly batch: number;
  readonly optimizer: Optimizer;
  /** Puts the batch where the pass takes it once more. */
  stage(): void;
}

/** Whether the sum of the losses' terms is finite, and the optimizer can take a step along the gradients. */
export const canStep = (
  { backend, gradients, slabLength }: TrainedModel,
  optimizer: Optimizer,
  terms: number,
): boolean =>
  Number.isFinite(terms) && optimizer.canTake(backend.kernelsFor(slabLength), gradients.slab, slabLength);

/**
 * Ends training that blows up, while the weights are still those before the batch.
 * @throws NonFiniteError that names the epoch, the batch, the layer of the first value that is NaN or
 * infinite, in the order in which they are computed, and the likely cause
 */
export function throwNonFinite(model: TrainedModel, batch: Batch): never {
  const { epoch, optimizer, terms } = batch;
  checkWeights(model, epoch, optimizer);
  const impossible = batch.objective.heads.flatMap(({ loss, size }, i) => {
    const at = batch.pass.plan.address(batch.pass.heads[i]);
    return loss.impossible(model.backend.floats(at, batch.rows * size)) ?? [];
  });
  const { first, largestInput } = rerun(model, batch);
  const found = first ?? (Number.isFinite(terms) ? undefined : "the loss");
  const what = found ? `${found} is NaN or infinite` : optimizer.tooLarge(model);
  throw new NonFiniteError(
    `fit: epoch ${epoch}, batch ${batch.batch}: ${what}; the weights are those before this batch. ${causes(model, batch, impossible, largestInput).join(". ")}`,
  );
}

/**
 * Ends training whose last steps have made a weight NaN or infinite, which no later batch would bring back.
 * @throws NonFiniteError that names the epoch and the weight
 */
export function checkWeights({ backend, weights }: TrainedModel, epoch: number, optimizer: Optimizer): void {
  const { layout, slab } = weights;
  const at = backend.kernels.firstNonFinite(slab, layout.length);
  if (at < 0) return;
  const { name } = layout.tensors[layout.offsets.filter((offset) => offset <= at).length - 1];
  throw new NonFiniteError(
    `fit: epoch ${epoch}: ${name} is NaN or infinite after the steps so far: begin again with other weights. ${proposal(optimizer, false)}`,
  );
}

/**
 * Runs forward again, a step at a time, since later steps write over earlier values. The same random numbers
 * give the same bits.
 */
function rerun(
  model: TrainedModel,
  { pass, rows, stage }: Batch,
): { first: string | undefined; largestInput: number } {
  const { backend, structure } = model;
  const { kernels } = backend;
  const { plan } = pass;
  stage();
  let call: number | undefined;
  let largestInput: number | undefined;
  for (let i = 0; i < plan.forward && call === undefined; i++) {
    const { inputs, outputs, label } = plan.node(i);
    const floatsOf = ({ size, batched }: Value): number => size * (batched ? rows : 1);
    // What the first layer with parameters gets: after a scaling layer, scaled inputs.
    if (largestInput === undefined && inputs.some(({ kind }) => kind === "parameter"))
      largestInput = largestOf(backend.floats(plan.address(inputs[0]), floatsOf(inputs[0])));
    plan.steps[i](rows);
    const [output] = outputs;
    if (kernels.firstNonFinite(plan.address(output), floatsOf(output)) >= 0) call = Number(label);
  }
  const { learned, layout } = model.weights;
  const gradient = learned
    .filter(
      ({ shape }, i) =>
        kernels.firstNonFinite(model.gradients.slab + layout.offsets[i] * 4, sizeOf(shape)) >= 0,
    )
    .pop();
  const layer = call === undefined ? undefined : structure.layers[structure.calls[call].layer];
  return {
    first: layer
      ? `the output of layer ${layer.layer.name ?? layer.index}, ${model.callLabel(call as number)},`
      : gradient
        ? `the gradient of ${gradient.name}`
        : undefined,
    largestInput: largestInput ?? 0,
  };
}

/** What the batch shows of why, the surest first. */
function causes(
  model: TrainedModel,
  { objective, targets, rows, optimizer }: Batch,
  impossible: readonly string[],
  input: number,
): string[] {
  const found = [...impossible];
  if (!(input <= LARGE))
    found.push(`The largest input of the batch is ${short(input)}: scale the inputs, as standardScaler does`);
  const target = objective.heads.reduce((most, { loss, size }, i) => {
    const { values } = targets[i];
    return loss.ofValues && values
      ? Math.max(most, largestOf(model.backend.floats(values, rows * size)))
      : most;
  }, 0);
  if (!(target <= LARGE))
    found.push(`The largest target of the batch is ${short(target)}: scale the targets to around 1`);
  found.push(proposal(optimizer, found.length > 0));
  return found;
}

const proposal = ({ learningRate, clips, name }: Optimizer, otherwise: boolean): string =>
  `${otherwise ? "Otherwise lower" : "Lower"} the learning rate, now ${short(learningRate)}${clips ? "" : `, or set clipNorm of ${name} to 1`}`;

const short = (value: number): string => String(Number(value.toPrecision(3)));

const largestOf = (values: Float32Array): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
