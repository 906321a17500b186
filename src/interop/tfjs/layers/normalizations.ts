import { divisible, SMALLEST_EPSILON } from "../../../files/factor.js";
import {
  batchNormalization,
  groupNormalization,
  layerNormalization,
  rmsNormalization,
  scaling,
  type Tensor,
} from "../../../index.js";
import type { Place } from "../../foreign-json.js";
import { axisOf, listOf, type Read, type Reading, type Values } from "../reading.js";

/** Keras's own, which keeps a deviation from being 0. */
const NORMALIZATION_EPSILON = 1e-7;
/** As many numbers any file may ask for; more only if it is as long. */
const FREE_NUMBERS = 65_536;

/** @throws FormatError for more channels than the file has weights for: a size alone is quickly written */
function checkCount({ config, progress }: Reading, channels: number): void {
  const { length } = progress.weights;
  if (channels > Math.max(length, FREE_NUMBERS))
    throw config.error(`expected weights for each of ${channels} inputs, got ${length} bytes`);
}

const lastOf = ({ shape }: Tensor): number => shape[shape.length - 1];

/** Applies `make` to the input with the axis of the layer moved to the end. */
const along = (reading: Reading, make: (x: Tensor) => Tensor): Tensor =>
  reading.withLast(axisOf(reading.config.at("axis"), reading.shape.length), ([x]) => make(x));

/**
 * y = factor x + term with a number for each channel, or one for all, which training leaves as they are: a
 * scaling of a row, and of an image a batch normalization that is not trained, which has fewer numbers.
 */
function affine(reading: Reading, x: Tensor, factor: ArrayLike<number>, term: ArrayLike<number>): Tensor {
  const channels = lastOf(x);
  checkCount(reading, channels);
  const each = (of: (i: number) => number) => Float64Array.from({ length: channels }, (_, i) => of(i));
  const factors = each((i) => factor[i % factor.length]);
  const terms = each((i) => term[i % term.length]);
  if (x.shape.length === 1) {
    const deviation = factors.map((value) => 1 / divisible(value));
    const mean = terms.map((value, i) => -value * deviation[i]);
    return reading.apply(scaling({ mean, deviation }), x);
  }
  const values = { gamma: factors, beta: terms, movingMean: each(() => 0), movingVariance: each(() => 1) };
  const layer = batchNormalization({ epsilon: SMALLEST_EPSILON, trainable: false });
  return reading.apply(layer, x, values);
}

const normalization: Read = (reading) =>
  along(reading, (x) => {
    const { config } = reading;
    const channels = lastOf(x);
    if (config.at("invert").flag(false)) throw config.at("invert").wrong("false");
    const given = (what: string) => {
      if (config.at(what).empty) return reading.take(what, [channels]);
      const numbers = listOf(config.at(what)).map((place) => place.number());
      if (numbers.length !== channels) throw config.at(what).wrong(`${channels} numbers`);
      return numbers;
    };
    const [mean, variance] = [given("mean"), given("variance")];
    reading.progress.weights.drop(reading.name, "count");
    if (!mean || !variance) return x;
    const factor = Array.from(variance, (value) => 1 / Math.max(Math.sqrt(value), NORMALIZATION_EPSILON));
    return affine(
      reading,
      x,
      factor,
      factor.map((value, i) => -mean[i] * value),
    );
  });

const rescaling: Read = (reading) => {
  const { config, x } = reading;
  const numbers = (place: Place) => {
    const all = place.empty ? [0] : listOf(place).map((each) => each.number());
    if (all.length !== 1 && all.length !== lastOf(x)) throw place.wrong(`1 number or ${lastOf(x)}`);
    return all;
  };
  const scale = config.at("scale");
  if (scale.empty) throw scale.wrong("a finite number");
  return affine(reading, x, numbers(scale), numbers(config.at("offset")));
};

/** The factors and summands that a normalization ends with. */
function ends(
  reading: Reading,
  shape: readonly number[],
): { scale: boolean; center: boolean; values: Values } {
  const { config } = reading;
  const [scale, center] = [config.at("scale").flag(true), config.at("center").flag(true)];
  return {
    scale,
    center,
    values: {
      ...(scale && { gamma: reading.take("gamma", shape) }),
      ...(center && { beta: reading.take("beta", shape) }),
    },
  };
}

/** Trains on with the statistics of the file. One that is not trained and has no epsilon is a scaling. */
const batchNorm: Read = (reading) =>
  along(reading, (x) => {
    const { config, options } = reading;
    const channels = lastOf(x);
    const epsilon = config.at("epsilon").number(0.001);
    const { layer, values } = reading.learned(() => {
      const { scale, center, values } = ends(reading, [channels]);
      const momentum = config.at("momentum").number(0.99);
      return {
        layer: batchNormalization({
          ...options,
          momentum,
          epsilon: Math.max(epsilon, SMALLEST_EPSILON),
          scale,
          center,
        }),
        values: {
          ...values,
          movingMean: reading.take("moving_mean", [channels]),
          movingVariance: reading.take("moving_variance", [channels]),
        },
      };
    });
    if (Object.values(values).includes(undefined)) return x;
    const { gamma, beta, movingMean: mean, movingVariance: variance } = values;
    if (epsilon > 0 || options.trainable !== false || !mean || !variance)
      return reading.apply(layer, x, values);
    const factor = Array.from(variance, (value, i) => (gamma?.[i] ?? 1) / Math.sqrt(value));
    return affine(
      reading,
      x,
      factor,
      factor.map((value, i) => (beta?.[i] ?? 0) - mean[i] * value),
    );
  });

/** The axes that a normalization of each sample works along, as lanewise counts them. @throws FormatError */
function axesOf({ config, shape }: Reading): number[] {
  const axes = listOf(config.at("axis")).map((axis) => axisOf(axis, shape.length));
  axes.sort((a, b) => a - b);
  if (axes.every((axis, i) => axis === shape.length - axes.length + i))
    return axes.map((axis) => axis - shape.length);
  throw config.at("axis").wrong("the last axes; put a Permute before and after it");
}

const layerNorm: Read = (reading) => {
  const { config, shape, options } = reading;
  if (config.at("rms_scaling").flag(false))
    throw config.at("rms_scaling").wrong("false; use RMSNormalization");
  const axis = axesOf(reading);
  const epsilon = Math.max(config.at("epsilon").number(0.001), SMALLEST_EPSILON);
  const { layer, values } = reading.learned(() => {
    const { scale, center, values } = ends(reading, shape.slice(-axis.length));
    return { layer: layerNormalization({ ...options, axis, epsilon, scale, center }), values };
  });
  return reading.apply(layer, reading.x, values);
};

const rmsNorm: Read = (reading) => {
  const { config, shape, options } = reading;
  const axis = axesOf(reading);
  const epsilon = Math.max(config.at("epsilon").number(1e-6), SMALLEST_EPSILON);
  const { layer, values } = reading.learned(() => ({
    layer: rmsNormalization({ ...options, axis, epsilon }),
    values: { gamma: reading.take("scale", shape.slice(-axis.length)) },
  }));
  return reading.apply(layer, reading.x, values);
};

const groupNorm: Read = (reading) =>
  along(reading, (x) => {
    const { config, options } = reading;
    const channels = lastOf(x);
    const groups = config.at("groups");
    const epsilon = Math.max(config.at("epsilon").number(0.001), SMALLEST_EPSILON);
    const { layer, values } = reading.learned(() => {
      const { scale, center, values } = ends(reading, [channels]);
      // -1 stands for instance normalization.
      const count = groups.empty ? 32 : groups.value === -1 ? channels : groups.count(1);
      return { layer: groupNormalization({ ...options, groups: count, epsilon, scale, center }), values };
    });
    return reading.apply(layer, x, values);
  });

/** Normalizations, learned or of numbers that are given. */
export const normalizationLayers: Readonly<Record<string, Read>> = {
  BatchNormalization: batchNorm,
  GroupNormalization: groupNorm,
  LayerNormalization: layerNorm,
  Normalization: normalization,
  RMSNormalization: rmsNorm,
  Rescaling: rescaling,
};
