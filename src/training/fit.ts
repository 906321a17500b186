import { ValueError } from "../core/errors.js";
import { labelsIn } from "../losses/labels.js";
import { Matrix } from "../matrix/matrix.js";
import { CHUNK, type Inputs, RAGGED_CHUNK } from "../network/network.js";
import { Augmenter } from "./augmenter.js";
import { Dataset } from "./batches.js";
import { lossScratch } from "./evaluate.js";
import type { History } from "./log.js";
import { checkMonitors, checkNames } from "./monitors.js";
import { type Objective, objectiveFrom, perOutput } from "./objective.js";
import { type Batches, type FitOptions, settingsFrom } from "./options.js";
import { Pieces } from "./pieces.js";
import { Whole } from "./portion.js";
import { Run } from "./run.js";
import { type BatchSource, isBatches, Order, readAll, ShuffledBatches, StreamedBatches } from "./sources.js";
import type { TargetsOf, TrainedModel } from "./state.js";
import { scoreNames } from "./tallies.js";
import { Yielder } from "./yield.js";

interface StreamedData {
  readonly batches: Batches;
}

/** The training data. */
export type TrainingData = { readonly x: Inputs; readonly y: TargetsOf } | StreamedData;

/**
 * What a call (x, y, options) or (batches, options) is to train on, and its options: where there are no
 * others, what stands for targets may be options.
 */
export function parseArguments(
  x: Inputs | Batches,
  y: TargetsOf | FitOptions,
  options: FitOptions | undefined,
): [TrainingData, FitOptions] {
  if (
    options !== undefined ||
    Array.isArray(y) ||
    ArrayBuffer.isView(y) ||
    y instanceof Matrix ||
    !isBatches(x)
  ) {
    return [{ x: x as Inputs, y: y as TargetsOf }, options as FitOptions];
  }
  return [{ batches: x }, y as FitOptions];
}

/**
 * Trains the model; Sequential.fit documents it. Everything is checked, and all memory is there, before
 * anything changes.
 */
export async function fit(model: TrainedModel, given: TrainingData, options: FitOptions): Promise<History> {
  model.check();
  model.checkIdle("fit");
  const settings = settingsFrom(options, model.fitted);
  const { validationData, validationSplit, batchSize, epochs, initialEpoch, optimizer, signal } = settings;
  const objective = objectiveFrom("fit", model, settings);
  const { heads } = objective;
  const validates = validationData !== undefined || validationSplit > 0;
  checkNames(objective, validates);
  checkMonitors(scoreNames(objective), validates, settings.earlyStopping, optimizer);
  checkAccumulation(objective, settings.accumulate);
  const { sampleWeights, classWeights, truncatedBackpropagation: steps } = settings;
  const pieces = steps === undefined ? undefined : new Pieces(model, objective, steps);
  if ("batches" in given && sampleWeights)
    throw new ValueError("fit expected batches [x, y, sampleWeights], not the option sampleWeights");
  if ("batches" in given && validationSplit > 0)
    throw new ValueError(
      "fit expected validationData, not validationSplit, for batches that come one by one",
    );
  if (settings.groupByLength && ("batches" in given || !model.lengths))
    throw new ValueError(
      "fit expected groupByLength for arrays of samples and a model whose layers all leave padding out",
    );
  const labels =
    model.labels ??
    ("batches" in given || heads.length > 1
      ? undefined
      : labelsIn("fit", perOutput("fit", "targets", model, given.y)[0], heads[0].cols));
  const data =
    "batches" in given
      ? undefined
      : new Dataset("fit", model, heads, given.x, given.y, { sampleWeights, classWeights, labels });
  const held =
    validationData &&
    new Dataset("fit: validationData", model, heads, validationData[0], validationData[1], {
      sampleWeights: validationData[2],
      classWeights,
      labels,
    });
  if (held?.rows === 0) throw new ValueError("fit: validationData expected at least one sample, got none");
  const augmenter = settings.augment && new Augmenter(model, settings.augment);
  signal?.throwIfAborted();
  const order = data && new Order(model, data.rows, validationSplit, settings.shuffle);
  const yielder = new Yielder();
  // What validation needs is there before the first step, not only after the first epoch.
  const reserveValidation = (of: Dataset, rows: number) => {
    if (rows === 0) return;
    const chunk = Math.min(of.lengths ? RAGGED_CHUNK : CHUNK, rows);
    model.reserve(model.predictingPass(objective.fused, of.lengthOf(0, 0, of.rows)), chunk);
    model.backend.scratch(lossScratch(objective, chunk));
  };
  try {
    const portion = pieces ?? new Whole(model, objective, data?.lengthOf(0, 0, data.rows));
    let source: BatchSource;
    model.busy = true;
    // Every row is read once for the check of it and once an epoch.
    const passes = 1 + epochs - initialEpoch;
    if (data && order) {
      const batch = Math.min(batchSize, data.rows);
      source = new ShuffledBatches(data, order, batch, augmenter, settings.groupByLength);
      data.reserve(Math.max(batch, validationSplit > 0 ? CHUNK : 0), passes);
      held?.reserve(CHUNK, passes);
      await readAll(data, yielder, model, signal);
      if (pieces) pieces.reserve(batch);
      else model.reserve(portion.pass, batch);
      model.backend.scratch(lossScratch(objective, batch));
      reserveValidation(data, order.validation.length);
    } else {
      const { batches } = given as StreamedData;
      source = new StreamedBatches(model, heads, batches, classWeights, signal, augmenter);
      held?.reserve(CHUNK, passes);
    }
    if (held) {
      await readAll(held, yielder, model, signal);
      reserveValidation(held, held.rows);
    }
    if (settings.accumulate > 1 || model.progress.partial?.waiting) model.gradients.reserve(true);
    // Only now, when nothing is wrong with the data, does the model's optimizer change.
    model.busy = false;
    optimizer.attach(model);
    model.fitted = optimizer;
    model.busy = true;
    if (labels) model.learnLabels(labels);
    const { progress } = model;
    if (progress.epoch !== initialEpoch)
      model.progress = { epoch: initialEpoch, history: [], best: undefined };
    else if (options.initialEpoch === undefined) progress.partial = undefined;
    const validation = held
      ? { data: held, order: undefined }
      : data && validationSplit > 0
        ? { data, order }
        : undefined;
    return await new Run({ model, settings, objective, portion, source, validation, yielder }).epochs();
  } finally {
    model.busy = false;
    model.invalidate();
    pieces?.release();
    order?.release();
    data?.release();
    held?.release();
  }
}

/** @throws ValueError for losses whose gradients over several batches do not add up by one factor */
function checkAccumulation({ heads }: Objective, accumulate: number): void {
  if (accumulate === 1) return;
  const [first, ...others] = heads.map(({ loss, cols }) => loss.divisor(2, cols) / loss.divisor(1, cols));
  if (others.some((ratio) => ratio !== first))
    throw new ValueError(
      "fit expected losses of one reduction for several outputs with accumulate, got means and sums",
    );
}
