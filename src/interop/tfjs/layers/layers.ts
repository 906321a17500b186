import { dropout, gaussianNoise, spatialDropout1d, spatialDropout2d } from "../../../index.js";
import { onChannelsLast, type Read } from "../reading.js";
import { activationLayers } from "./activations.js";
import { convolutionLayers } from "./convolutions.js";
import { joinLayers } from "./joins.js";
import { normalizationLayers } from "./normalizations.js";
import { poolLayers } from "./pools.js";
import { recurrentLayers } from "./recurrent.js";
import { sequenceLayers } from "./sequences.js";
import { shapeLayers } from "./shapes.js";

/** What changes nothing, or nothing but in training, where lanewise has none of it. */
const same: Read = ({ x }) => x;

/** Dropout of whole channels, where the file says that all positions have one noise. */
const drop: Read = (reading) => {
  const { config, shape } = reading;
  const rate = config.at("rate").number();
  const noise = config.at("noise_shape");
  const sizes = noise.empty ? [] : noise.list().map(({ value }) => value);
  const ofChannels = sizes.length > 2 && sizes.length === shape.length + 1;
  if (!ofChannels || sizes.slice(1, -1).some((size) => size !== 1) || sizes.length > 4)
    return reading.apply(dropout(rate));
  return reading.apply(sizes.length === 3 ? spatialDropout1d(rate) : spatialDropout2d(rate));
};

const noise: Read = (reading) => {
  const deviation = reading.config.at("stddev").number();
  return deviation === 0 ? reading.x : reading.apply(gaussianNoise(deviation));
};

/** Layers that work on the last axis alone. */
const onLast = ["Activation", "Dense", "Dropout"];

/** A layer on each step. */
const timeDistributed: Read = (reading) => {
  const inner = reading.config.at("layer");
  const type = inner.at("class_name");
  if (!onLast.includes(type.text())) throw type.wrong(`${onLast.join(" or ")}, which work on the last axis`);
  return layers[type.text()](reading.within(inner));
};

/** How each layer of Keras is read. */
export const layers: Readonly<Record<string, Read>> = {
  ActivityRegularization: same,
  AlphaDropout: same,
  Dropout: drop,
  GaussianDropout: same,
  GaussianNoise: noise,
  Identity: same,
  RandomBrightness: same,
  RandomContrast: same,
  RandomFlip: same,
  RandomRotation: same,
  RandomTranslation: same,
  RandomZoom: same,
  TimeDistributed: timeDistributed,
  SpatialDropout1D: onChannelsLast((config) => spatialDropout1d(config.at("rate").number())),
  SpatialDropout2D: onChannelsLast((config) => spatialDropout2d(config.at("rate").number())),
  ...activationLayers,
  ...convolutionLayers,
  ...joinLayers,
  ...normalizationLayers,
  ...poolLayers,
  ...recurrentLayers,
  ...sequenceLayers,
  ...shapeLayers,
};
