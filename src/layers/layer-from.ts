import { checkFlag, checkOptions, show } from "../core/check.js";
import { reading, within } from "../core/describe.js";
import { ValueError } from "../core/errors.js";
import { activation } from "./activation.js";
import { multiHeadAttention } from "./attention.js";
import { batchNormalization } from "./batch-normalization.js";
import { type BidirectionalOptions, bidirectional } from "./bidirectional.js";
import { conv1d, conv2d, conv2dTranspose } from "./convolution.js";
import { dense } from "./dense.js";
import { depthwiseConv2d, separableConv2d } from "./depthwise.js";
import { embedding } from "./embedding.js";
import { additiveAttention, dotAttention } from "./encoder-attention.js";
import type { Layer, LayerConfig } from "./layer.js";
import { masking } from "./masking.js";
import { groupNormalization, layerNormalization, rmsNormalization } from "./normalization.js";
import { operationFrom, operationNames } from "./operation.js";
import { cropping1d, cropping2d, zeroPadding1d, zeroPadding2d } from "./padding.js";
import { permute } from "./permute.js";
import {
  averagePool1d,
  averagePool2d,
  globalAveragePool1d,
  globalAveragePool2d,
  globalMaxPool1d,
  globalMaxPool2d,
  maxPool1d,
  maxPool2d,
} from "./pooling.js";
import { positionalEncoding, positionEmbedding } from "./positions.js";
import { prelu } from "./prelu.js";
import { dropout, gaussianNoise, spatialDropout1d, spatialDropout2d } from "./random.js";
import { gru, lstm, StatefulLayer, simpleRnn } from "./recurrent.js";
import { resizing, upSampling1d, upSampling2d } from "./resampling.js";
import { flatten, reshape } from "./reshape.js";
import { scaling } from "./scaling.js";
import { transformerDecoder, transformerEncoder } from "./transformer.js";

/** The functions of layers, by the names of the arguments that they take before their options. */
const functions = () => ({
  "": {
    maxPool1d,
    maxPool2d,
    averagePool1d,
    averagePool2d,
    globalMaxPool1d,
    globalMaxPool2d,
    globalAveragePool1d,
    globalAveragePool2d,
    upSampling1d,
    upSampling2d,
    resizing,
    zeroPadding1d,
    zeroPadding2d,
    cropping1d,
    cropping2d,
    prelu,
    masking,
    scaling,
    batchNormalization,
    layerNormalization,
    rmsNormalization,
    groupNormalization,
    multiHeadAttention,
    dotAttention,
    positionalEncoding,
    positionEmbedding,
    transformerEncoder,
    transformerDecoder,
    flatten,
  },
  units: { dense, simpleRnn, lstm, gru, additiveAttention },
  "filters kernelSize": { conv1d, conv2d, conv2dTranspose, separableConv2d },
  kernelSize: { depthwiseConv2d },
  "vocabulary units": { embedding },
  rate: { dropout, spatialDropout1d, spatialDropout2d },
  deviation: { gaussianNoise },
  activation: { activation },
  dims: { permute },
  shape: { reshape },
  layer: { bidirectional },
});

type Functions = ReturnType<typeof functions>;

/** The arguments of a function as one object: those before its options by their names, and the options. */
type ArgumentsOf<First, Given extends readonly unknown[]> = First extends ""
  ? NonNullable<Given[0]>
  : First extends `${infer A} ${infer B}`
    ? { readonly [Name in A]: Given[0] } & { readonly [Name in B]: Given[1] } & NonNullable<Given[2]>
    : { readonly [Name in First & string]: Given[0] } & NonNullable<Given[1]>;

/** The layers of functions with such arguments. */
type SpecsOf<First extends keyof Functions> = {
  [Type in keyof Functions[First]]: {
    readonly type: Type;
    readonly trainable?: boolean;
  } & (Functions[First][Type] extends (...given: infer Given) => unknown ? ArgumentsOf<First, Given> : never);
}[keyof Functions[First]];

/** What has a type and a name alone. */
interface Joined<Type> {
  readonly type: Type;
  readonly name?: string;
  readonly trainable?: boolean;
}

/**
 * A layer as JSON: its type, which is the name of its function, the arguments of that by their names, and its
 * options. A frozen layer of any type has `trainable: false`.
 */
export type LayerSpec =
  | { [First in Exclude<keyof Functions, "layer">]: SpecsOf<First> }[Exclude<keyof Functions, "layer">]
  | (Joined<"bidirectional"> & BidirectionalOptions & { readonly layer: SpecsOf<"units"> })
  | Joined<"add" | "subtract" | "multiply" | "average" | "concatenate">
  | (Joined<"scale"> & { readonly factor: number })
  | (Joined<"slice"> & { readonly begin: number; readonly end: number })
  | (Joined<"timeStep"> & { readonly index: number });

/** What operations take beside their inputs. */
const attributes: Readonly<Record<string, readonly string[]>> = {
  scale: ["factor"],
  slice: ["begin", "end"],
  timeStep: ["index"],
};

/** Makes the layer that a description at a place stands for. @throws ValueError, ShapeError */
export type MakeLayerAt = (place: string, config: LayerConfig) => Layer;

/**
 * @internal The layers of the library by their types, as their functions make them: with the defaults of
 * these, and no other options. A function, so that it is only in bundles that read descriptions.
 */
export function layerFunctions(): Readonly<Record<string, MakeLayerAt>> {
  const table: Record<string, MakeLayerAt> = {};
  for (const name of operationNames())
    table[name] = (place, config) =>
      reading(place, config, () => {
        checkOptions(name, config, ["type", "name", "trainable", ...(attributes[name] ?? [])]);
        return operationFrom(config);
      });
  for (const [first, of] of Object.entries(functions()))
    for (const [type, make] of Object.entries(of))
      table[type] = (place, config) =>
        reading(place, config, () => made(table, place, first, make as LayerFunction, config));
  return table;
}

type LayerFunction = (...given: unknown[]) => Layer | StatefulLayer;

/** What a function makes of a description, which has its first arguments under their names. */
function made(
  table: Readonly<Record<string, MakeLayerAt>>,
  place: string,
  first: string,
  make: LayerFunction,
  config: LayerConfig,
): Layer {
  const { type, trainable, ...options }: Record<string, unknown> & LayerConfig = config;
  checkFlag(type, "trainable", trainable);
  const values = first.split(" ").flatMap((name) => {
    const { [name]: value } = options;
    delete options[name];
    if (name === "layer") return [recurrentLayer(table, within(place, name), value)];
    return name ? [value] : [];
  });
  // A layer within another one is no copy.
  if (first === "units") return layerOf(make(...values, { ...options, trainable }));
  const layer = layerOf(make(...values, options));
  return trainable === false ? layer.frozen() : layer;
}

const layerOf = (given: Layer | StatefulLayer): Layer =>
  given instanceof StatefulLayer ? given.layer : given;

/** @throws ValueError for what is no recurrent layer, and for one with several outputs */
function recurrentLayer(table: Readonly<Record<string, MakeLayerAt>>, place: string, config: unknown): Layer {
  const { type, returnState } = Object(config) as LayerConfig;
  if ((type === "simpleRnn" || type === "lstm" || type === "gru") && !returnState)
    return table[type](place, config as LayerConfig);
  throw new ValueError(`${place} expected a recurrent layer without returnState, got ${show(config)}`);
}
