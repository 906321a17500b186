import type { Sequential } from "lanewise";
import type { Inputs } from "./source.js";
import type { Scale } from "./standardise.js";

/**
 * Models run on float32, which cannot tell times in seconds since 1970 apart that are less than a minute from
 * each other. So `train` keeps means and deviations as float64 in the model's metadata, beside the scaling
 * layers that have them as float32. Here the numbers of a table are scaled in float64, the network sees the
 * scaled ones, and what it gives is brought back to the target's unit in float64. Any other program may still
 * give the model numbers as they come, at the precision of float32.
 */

/** How a model's inputs and its one output are scaled. */
export interface Scaling {
  readonly features: Scale;
  /** In a regression: what the target was shifted by and divided by. */
  readonly target?: { readonly mean: number; readonly deviation: number } | undefined;
}

/** The scaling layer that brings values back to the unit of a target. */
export function inverse({ mean, deviation }: { mean: number; deviation: number }): Scale {
  return { mean: [-mean / deviation], deviation: [1 / deviation] };
}

/**
 * The entries of a model's metadata for a scaling. A division alone, as of pixels, is the same in float32: it
 * needs none.
 */
export function scalingMetadata({ features, target }: Scaling): Record<string, string> {
  if (!target && features.mean.every((mean) => mean === 0)) return {};
  return {
    means: JSON.stringify(features.mean),
    deviations: JSON.stringify(features.deviation),
    ...(target && { targetMean: String(target.mean), targetDeviation: String(target.deviation) }),
  };
}

/** What a model gives for inputs as they were read; inputs: samples x features. */
export function predict(model: Sequential, inputs: Inputs): Float64Array {
  const scaling = scalingOf(model);
  if (!scaling) return Float64Array.from(model.predict(Float32Array.from(inputs)));
  const outputs = unscaled(model, () => model.predict(standardised(inputs, scaling.features)));
  const { mean, deviation } = scaling.target ?? { mean: 0, deviation: 1 };
  return Float64Array.from(outputs, (value) => value * deviation + mean);
}

/** The mean cross-entropy of a classifier; inputs: samples x features, actual: the class of each sample. */
export function crossEntropy(model: Sequential, inputs: Inputs, actual: Int32Array): number {
  const scaling = scalingOf(model);
  const loss = (samples: Float32Array) =>
    model.evaluate(samples, actual, { loss: "categoricalCrossEntropy" }).loss;
  if (!scaling) return loss(Float32Array.from(inputs));
  return unscaled(model, () => loss(standardised(inputs, scaling.features)));
}

/** Numbers less their column's mean and divided by its deviation: in float64, then rounded. */
export function standardised(inputs: ArrayLike<number>, { mean, deviation }: Scale): Float32Array {
  const cols = mean.length;
  const scaled = new Float32Array(inputs.length);
  for (let i = 0, col = 0; i < inputs.length; i++) {
    scaled[i] = (inputs[i] - mean[col]) / deviation[col];
    if (++col === cols) col = 0;
  }
  return scaled;
}

/** The scaling in a model's metadata, if its layers have just that. */
function scalingOf(model: Sequential): Scaling | undefined {
  const { means, deviations, targetMean, targetDeviation } = model.metadata;
  const mean = numbersFrom(means);
  const deviation = numbersFrom(deviations);
  if (!mean || !deviation) return undefined;
  const target =
    targetMean === undefined ? undefined : { mean: Number(targetMean), deviation: Number(targetDeviation) };
  const back = target && inverse(target);
  const expected = [mean, deviation, ...(back ? [back.mean, back.deviation] : [])];
  const { buffers } = model;
  const same =
    buffers.length === expected.length &&
    buffers.every(
      ({ value }, i) =>
        value.data.length === expected[i].length &&
        value.data.every((number, j) => number === Math.fround(expected[i][j])),
    );
  return same ? { features: { mean, deviation }, target } : undefined;
}

function numbersFrom(text: string | undefined): number[] | undefined {
  try {
    const numbers: unknown = JSON.parse(text ?? "");
    return Array.isArray(numbers) && numbers.every((number) => typeof number === "number")
      ? numbers
      : undefined;
  } catch {
    return undefined;
  }
}

/** Runs an action while the scaling layers of a model let numbers through as they are. */
function unscaled<Result>(model: Sequential, action: () => Result): Result {
  const kept = model.buffers.map(({ value }) => value.data.slice());
  const set = (values: (i: number) => Float32Array | number) =>
    model.buffers.forEach(({ value }, i) => {
      const given = values(i);
      if (typeof given === "number") value.data.fill(given);
      else value.data.set(given);
    });
  // Means, deviations, and of a regression the same of the last layer.
  set((i) => i % 2);
  try {
    return action();
  } finally {
    set((i) => kept[i]);
  }
}
