import { createHash } from "node:crypto";
import {
  type Backend,
  type FitOptions,
  type FitSpec,
  fitOptionsFrom,
  type History,
  type Model,
  type ModelSpec,
  modelFrom,
  NonFiniteError,
  saveModel,
} from "../../index.js";
import { learnedFrom } from "../../table/net.js";
import type { Json } from "../canonical.js";
import { ownLayers } from "../own-layers.js";
import type { Samples, Training } from "./data.js";
import { metricOf } from "./metric.js";
import type { Parts } from "./spec.js";

/** What a training with early stopping holds out to stop by, of its training rows. */
const HELD_OUT = 0.2;
/** Points of a learning curve. */
const POINTS = 64;

/** How a trial did in one fold. */
export interface FoldResult {
  /** The value of the metric on the rows of the fold; null where it is no number. */
  readonly score: number | null;
  /** The loss on these rows; of values that are learned standardised, of those. */
  readonly loss: number | null;
  /** The epoch whose weights it has, and how many epochs it was trained. */
  readonly epochs: number;
  readonly trained: number;
  /** The SHA-256 of the weights. */
  readonly weights: string | null;
  /** Why there is no score, or no training at all. */
  readonly why?: string;
  /** The training loss over the epochs, at most 64 points at equal distances, of six digits. */
  readonly curve?: readonly number[];
  /** The loss on the rows that training stopped by, likewise. */
  readonly validationCurve?: readonly number[];
}

type Layers = readonly Json[];

/** A model as JSON for the rows of data. */
function specFor(model: Json, { shape, training }: Training, seed: number): ModelSpec {
  const given = model as { readonly layers: Layers; readonly inputs?: Json; readonly calls?: Json };
  const units = training.targets.labels?.length ?? 1;
  const layers = given.layers.map((layer) => (layer === "output" ? { type: "dense", units } : layer));
  const whole = given.calls
    ? { inputs: [{ shape }], ...given, layers, seed }
    : { inputShape: shape, layers, seed };
  return whole as unknown as ModelSpec;
}

/** The model with fresh weights. @throws ValueError, ShapeError for parts that do not fit together */
export function modelOf(backend: Backend, parts: Parts, training: Training, seed: number): Model {
  return modelFrom(backend, specFor(parts.model as Json, training, seed), { layers: ownLayers() });
}

/** The loss that the targets ask for. */
const defaultLoss = ({ training }: Training): Json =>
  training.targets.labels ? "softmaxCrossEntropy" : "meanSquaredError";

/** What fit is told of parts. @throws ValueError */
export function fitOptions(parts: Parts, training: Training, metric: Json): FitOptions {
  const fit = parts.fit as Partial<FitSpec>;
  const { earlyStopping, validationSplit = earlyStopping ? HELD_OUT : 0 } = fit;
  const json = {
    ...fit,
    validationSplit,
    loss: parts.loss ?? defaultLoss(training),
    optimizer: parts.optimizer,
    metrics: metric === "loss" ? [] : [metric],
  };
  return fitOptionsFrom(json as unknown as FitSpec);
}

/** Inputs and what a model with outputs of a size learns of the targets. */
export function pairOf(model: Model, { inputs, targets }: Samples, { unit }: Training) {
  const learned = learnedFrom(targets.values, { labels: targets.labels, unit });
  const isOne = model.outputShape.reduce((size, length) => size * length, 1) === 1;
  return [inputs, isOne ? Float32Array.from(learned) : learned] as const;
}

/** Checks that parts fit the data: all that training checks before its first step. @throws as fit does */
export async function rehearse(
  backend: Backend,
  parts: Parts,
  training: Training,
  metric: Json,
): Promise<void> {
  const model = modelOf(backend, parts, training, 0);
  try {
    const options = fitOptions(parts, training, metric);
    await model.fit(...pairOf(model, training.training, training), { ...options, epochs: 0 });
    modelFrom(backend, servedSpec(parts, training, 0), { layers: ownLayers() }).dispose();
  } finally {
    model.dispose();
  }
}

/** Trains on the rows of a fold, and scores it on the others. @throws ValueError, ShapeError */
export async function trainFold(
  backend: Backend,
  parts: Parts,
  training: Training,
  metric: Json,
  seed: number,
): Promise<FoldResult> {
  const model = modelOf(backend, parts, training, seed);
  try {
    const options = fitOptions(parts, training, metric);
    const history = await model.fit(...pairOf(model, training.training, training), options);
    const { loss, metrics } = options;
    const evaluation = model.evaluate(...pairOf(model, training.test as Samples, training), {
      loss,
      metrics,
    });
    const { name } = metricOf(metric);
    const value = (evaluation as unknown as Record<string, number>)[name];
    const unit =
      name === "meanAbsoluteError" || name === "rootMeanSquaredError" ? training.unit.deviation : 1;
    const hasScore = Number.isFinite(value) && Number.isFinite(evaluation.loss);
    return {
      score: hasScore ? value * unit : null,
      loss: hasScore ? evaluation.loss : null,
      epochs: history.bestEpoch ?? history.epochs.length,
      trained: history.epochs.length,
      weights: await model.weightsDigest(),
      ...curvesOf(history),
      ...(!hasScore && { why: `${name} of the rows that are held out is ${value}` }),
    };
  } catch (error) {
    if (!(error instanceof NonFiniteError)) throw error;
    return { score: null, loss: null, epochs: 0, trained: 0, weights: null, why: error.message };
  } finally {
    model.dispose();
  }
}

const nameOf = (metric: Json): string =>
  typeof metric === "string" ? metric : (metric as { readonly name: string }).name;

function curvesOf({ epochs }: History): Pick<FoldResult, "curve" | "validationCurve"> {
  const validation = epochs.flatMap(({ validationLoss }) => validationLoss ?? []);
  return {
    curve: thinned(epochs.map(({ loss }) => loss)),
    ...(validation.length > 0 && { validationCurve: thinned(validation) }),
  };
}

/** Point i of m is that of epoch ⌊(i + 1) n / m⌋ of n. */
function thinned(values: readonly number[]): number[] {
  const count = Math.min(POINTS, values.length);
  return Array.from({ length: count }, (_, i) => {
    const value = values[Math.floor(((i + 1) * values.length) / count) - 1];
    return Number(value.toPrecision(6));
  }).filter(Number.isFinite);
}

/** A model that was trained on all rows. */
export interface TrainedModelFile {
  /** The SHA-256 of the file. */
  readonly sha256: string;
  readonly weights: string;
  readonly rows: number;
  /** The training loss of the last epoch. */
  readonly loss: number;
  readonly epochs: number;
}

/**
 * Trains on all rows. The file is a model of what is predicted: probabilities of classes, or values in the
 * unit of the target, with its labels and encoding.
 * @throws ValueError, ShapeError; NonFiniteError
 */
export async function trainAll(
  backend: Backend,
  parts: Parts,
  training: Training,
  seed: number,
): Promise<{ readonly file: Uint8Array; readonly value: TrainedModelFile }> {
  const model = modelOf(backend, parts, training, seed);
  try {
    const options = fitOptions(parts, training, "loss");
    const history = await model.fit(...pairOf(model, training.training, training), options);
    return await modelFile(backend, model, parts, training, seed, {
      loss: history.epochs.at(-1)?.loss ?? 0,
      epochs: history.bestEpoch ?? history.epochs.length,
    });
  } finally {
    model.dispose();
  }
}

/** The file of a model that was trained, as trainAll gives it. @throws ValueError, ShapeError */
export async function modelFile(
  backend: Backend,
  model: Model,
  parts: Parts,
  training: Training,
  seed: number,
  trained: Pick<TrainedModelFile, "loss" | "epochs">,
): Promise<{ readonly file: Uint8Array; readonly value: TrainedModelFile }> {
  const served = modelFrom(backend, servedSpec(parts, training, seed), { layers: ownLayers() });
  try {
    const values = new Map(served.tensors.map((tensor) => [tensor.name, tensor]));
    for (const { name, shape, address } of model.tensors) {
      const size = shape.reduce((product, length) => product * length, 1);
      const to = values.get(name);
      if (to) backend.floats(to.address, size).set(backend.floats(address, size));
    }
    const file = saveModel(served);
    return {
      file,
      value: {
        sha256: createHash("sha256").update(file).digest("hex"),
        weights: await model.weightsDigest(),
        rows: training.training.targets.values.length,
        ...trained,
      },
    };
  } finally {
    served.dispose();
  }
}

/** The model that predicts, as JSON: with a layer at the end, its labels and its encoding. */
function servedSpec(parts: Parts, training: Training, seed: number): ModelSpec {
  const spec = specFor(parts.model as Json, training, seed) as unknown as {
    readonly inputs?: readonly unknown[];
    readonly layers: readonly Json[];
    readonly calls?: readonly (readonly [number, readonly number[]])[];
    readonly outputs?: number | readonly number[];
  };
  const { encoding, metadata } = training;
  const { labels } = training.training.targets;
  const end = endOf(parts, training);
  const layers = end ? [...spec.layers, end] : spec.layers;
  const own = [spec.outputs].flat()[0] as number;
  const graph = spec.calls &&
    spec.inputs &&
    end && {
      calls: [...spec.calls, [spec.layers.length, [own]]],
      outputs: spec.inputs.length + spec.calls.length,
    };
  return {
    ...spec,
    layers,
    ...graph,
    metadata,
    ...(labels && { labels }),
    ...(encoding && { encoding }),
  } as unknown as ModelSpec;
}

/** What makes probabilities of logits, or values in the unit of the target. */
function endOf(parts: Parts, training: Training): Json | undefined {
  const loss = parts.loss ?? defaultLoss(training);
  if (training.training.targets.labels)
    return nameOf(loss) === "softmaxCrossEntropy" ? { type: "activation", activation: "softmax" } : undefined;
  const { mean, deviation } = training.unit;
  return { type: "scaling", mean: [-mean / deviation], deviation: [1 / deviation], name: "unit" };
}
