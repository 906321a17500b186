import type { Loss, TargetPlace } from "../nn/loss.js";
import type { Optimizer } from "../nn/optimizer.js";
import type { TrainableNetwork } from "../nn/trainable.js";
import { NonFiniteError } from "../nn/training-errors.js";

/** Inputs and targets beyond this are named as a likely cause: scaled ones are around 1. */
const LARGE = 100;

/**
 * Ends training that blows up, while the weights are still those before the batch: looks at the sum of the
 * loss's terms and at every gradient.
 * @throws NonFiniteError that names the epoch, the batch, the layer of the first value that is NaN or
 * infinite, in the order in which they are computed, and the likely cause
 */
export function checkFinite(
  model: TrainableNetwork,
  loss: Loss,
  target: TargetPlace,
  rows: number,
  terms: number,
  epoch: number,
  batch: number,
  optimizer: Optimizer,
): void {
  const { kernels } = model.backend;
  if (Number.isFinite(terms) && optimizer.canTake(kernels, model.gradients, model.slabLength)) return;
  checkWeights(model, epoch, optimizer);
  const first = model.firstNonFinite(rows) ?? (Number.isFinite(terms) ? undefined : "the loss");
  const what = first ? `${first} is NaN or infinite` : optimizer.tooLarge(model);
  throw new NonFiniteError(
    `fit: epoch ${epoch}, batch ${batch}: ${what}; the weights are those before this batch. ${causes(model, loss, target, rows, optimizer).join(". ")}`,
  );
}

/**
 * Ends training whose last steps have made a weight NaN or infinite, which no later batch would bring back.
 * @throws NonFiniteError that names the epoch and the weight
 */
export function checkWeights(model: TrainableNetwork, epoch: number, optimizer: Optimizer): void {
  const { kernels } = model.backend;
  const at = kernels.firstNonFinite(model.weights, model.slabLength);
  if (at < 0) return;
  const { tensors, offsets } = model.parameterLayout;
  const { name } = tensors[offsets.filter((offset) => offset <= at).length - 1];
  throw new NonFiniteError(
    `fit: epoch ${epoch}: ${name} is NaN or infinite after the steps so far: begin again with other weights. ${proposal(optimizer, false)}`,
  );
}

/** What the batch shows of why, the surest first. */
function causes(
  model: TrainableNetwork,
  loss: Loss,
  { values }: TargetPlace,
  rows: number,
  optimizer: Optimizer,
): string[] {
  const found: string[] = [];
  const wrong = loss.impossible(model.lastOutputs(rows));
  if (wrong) found.push(wrong);
  const input = model.largestInput(rows);
  if (!(input <= LARGE))
    found.push(`The largest input of the batch is ${short(input)}: scale the inputs, as standardScaler does`);
  const target =
    loss.ofValues && values ? largestOf(model.backend.floats(values, rows * model.outputSize)) : 0;
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
