import { ValueError } from "../core/errors.js";
import { sizeOf } from "../graph/value.js";
import type { MakeLayer } from "../layers/by-type.js";
import { input, type Layer, type LayerConfig, type SymbolicTensor } from "../layers/layer.js";
import { flattenFrom, reshapeFrom } from "../layers/reshape.js";
import type { Tensor } from "../layers/tensor.js";
import { type Life, lifeFrom } from "../network/life.js";
import {
  type ModelOptions,
  type SequentialOptions,
  type Structure,
  unnumbered,
} from "../network/structure.js";
import { isRowwise } from "../ops/activation-kinds.js";

/**
 * What a model is made of beside its tensors, as JSON. Version 1 is a list of layers, each on the output of the
 * one before; its dense layers and its softmax take a whole sample as one row. Version 2 is any graph: `calls`
 * are layers with the tensors that they take, numbered from the inputs on.
 */
export interface ArchitectureV1 {
  readonly inputShape: readonly number[];
  readonly seed: number;
  readonly life?: Life;
  readonly layers: readonly LayerConfig[];
}

export interface ArchitectureV2 {
  readonly inputs: readonly { readonly name?: string; readonly shape: readonly number[] }[];
  readonly seed: number;
  readonly life?: Life;
  readonly layers: readonly LayerConfig[];
  readonly calls: readonly (readonly [layer: number, inputs: readonly number[]])[];
  /** A number where the model has one output, not an array of one. */
  readonly outputs: number | readonly number[];
  /** Whether inputs are given as an array although there is one. */
  readonly inputList?: true;
  /** Whether the model was made as a list of layers. */
  readonly sequential?: true;
}

/** @internal The architecture of a model, and its version. */
export function architectureOf(
  structure: Structure,
  life: Life,
): { version: number; architecture: ArchitectureV1 | ArchitectureV2 } {
  const { layers, calls, inputs, seed, outputTensors, severalInputs, severalOutputs } = structure;
  const lived = life.epoch + life.step > 0 && { life };
  if (isVersion1(structure))
    return {
      version: 1,
      architecture: {
        inputShape: inputs[0].shape,
        seed,
        ...lived,
        layers: layers.flatMap(({ layer, index }) => (index < 0 ? [] : [layer.config])),
      },
    };
  return {
    version: 2,
    architecture: {
      inputs,
      seed,
      ...lived,
      layers: layers.map(({ layer }) => layer.config),
      calls: calls.map(({ layer, inputs }) => [layer, inputs]),
      outputs: severalOutputs ? outputTensors : outputTensors[0],
      ...(severalInputs && inputs.length === 1 && { inputList: true as const }),
      ...(structure.isSequential && { sequential: true as const }),
    },
  };
}

/** Whether version 1 can hold a model, and means the same. */
const isVersion1 = ({ layers, calls, shapes, isSequential }: Structure): boolean =>
  isSequential &&
  calls.every(({ layer, inputs: [input] }) => {
    const { layer: made, index } = layers[layer];
    return index < 0 || made.fileVersion(shapes[input]) === 1;
  });

/** @internal The options of the model in an architecture of version 1. @throws ValueError */
export function optionsOfVersion1(
  architecture: ArchitectureV1,
  make: (config: unknown, i: number) => Layer,
): SequentialOptions {
  const { inputShape, layers: configs } = architecture;
  checkSizes("inputShape", inputShape);
  if (!Array.isArray(configs) || configs.length === 0) throw new ValueError("expected a list of layers");
  const layers: Layer[] = [];
  let shape: readonly number[] = inputShape;
  for (const [i, config] of configs.entries()) {
    const layer = make(config, i);
    const added = rowLayers(layer, shape);
    for (const each of added) shape = (each.apply(input(shape)) as SymbolicTensor).shape;
    layers.push(...added);
  }
  return { inputShape, layers };
}

/** A layer of version 1, with what makes a sample one row before it, and brings its shape back. */
function rowLayers(layer: Layer, shape: readonly number[]): Layer[] {
  if (shape.length === 1) return [layer];
  const { type, activation } = layer.config;
  const hidden = (added: Layer): Layer => {
    unnumbered.add(added);
    return added;
  };
  const flatten = () => hidden(flattenFrom({ type: "flatten" }));
  if (type === "dense") return [flatten(), layer];
  if (type !== "activation" || !isRowwise(activation as never)) return [layer];
  return [flatten(), layer, hidden(reshapeFrom({ type: "reshape", shape }))];
}

/** @internal The options of the model in an architecture of version 2. @throws ValueError, ShapeError */
export function optionsOfVersion2(
  architecture: ArchitectureV2,
  make: (config: unknown, i: number) => Layer,
): ModelOptions<Tensor | readonly Tensor[]> | SequentialOptions {
  const { inputs, layers: configs, calls, outputs, inputList, sequential } = architecture;
  if (!Array.isArray(inputs) || inputs.length === 0) throw new ValueError("expected inputs");
  if (!Array.isArray(configs)) throw new ValueError("expected a list of layers");
  if (!Array.isArray(calls)) throw new ValueError("expected a list of calls");
  for (const { shape } of inputs) checkSizes("the shape of an input", shape);
  const layers = configs.map(make);
  const tensors: Tensor[] = inputs.map(({ name, shape }, i) =>
    input(shape, { ...(isOwnName(name, i, inputs.length) && { name }) }),
  );
  const given = tensors.slice();
  const tensorOf = (i: unknown, of: string): Tensor => {
    if (Number.isInteger(i) && (i as number) >= 0 && (i as number) < tensors.length)
      return tensors[i as number];
    throw new ValueError(`${of} has no tensor ${JSON.stringify(i)}`);
  };
  if (sequential) return { inputShape: inputs[0].shape, layers: listOf(calls, layers) };
  for (const [i, call] of calls.entries()) {
    const [layer, taken] = Array.isArray(call) ? call : [];
    if (!Number.isInteger(layer) || !Object.hasOwn(layers, layer) || !Array.isArray(taken))
      throw new ValueError(`call ${i} expected a layer and its inputs, got ${JSON.stringify(call)}`);
    tensors.push(layers[layer].apply(taken.map((tensor) => tensorOf(tensor, `call ${i}`))));
  }
  return {
    inputs: given.length > 1 || inputList ? given : given[0],
    outputs: Array.isArray(outputs)
      ? outputs.map((tensor) => tensorOf(tensor, "outputs"))
      : tensorOf(outputs, "outputs"),
  };
}

/** The layers of a model that was made as a list. @throws ValueError */
function listOf(calls: ArchitectureV2["calls"], layers: readonly Layer[]): Layer[] {
  return calls.map((call, i) => {
    const [layer, taken] = call;
    if (
      layer === i &&
      Object.hasOwn(layers, i) &&
      Array.isArray(taken) &&
      taken.length === 1 &&
      taken[0] === i
    )
      return layers[i];
    throw new ValueError(`call ${i} expected layer ${i} on the output of the one before`);
  });
}

/** A name that a model gives itself is no name of its own. */
const isOwnName = (name: unknown, i: number, count: number): name is string =>
  typeof name === "string" && name !== (count > 1 ? `input${i}` : "input");

function checkSizes(what: string, shape: unknown): asserts shape is readonly number[] {
  if (!Array.isArray(shape) || shape.length === 0)
    throw new ValueError(`expected ${what} to be a list of sizes`);
  if (!shape.every((size) => Number.isSafeInteger(size) && size > 0))
    throw new ValueError(`expected ${what} to hold sizes, got ${JSON.stringify(shape)}`);
  if (!Number.isSafeInteger(sizeOf(shape)))
    throw new ValueError("a shape has more elements than can be counted");
}

/** @internal The life in an architecture, where there is one. @throws ValueError */
export const lifeIn = ({ life }: { readonly life?: Life }): Life | undefined =>
  life === undefined ? undefined : lifeFrom("architecture", life);

/** @internal Makes a layer by its type. @throws ValueError for an unknown type */
export function maker(makers: Readonly<Record<string, MakeLayer>>) {
  return (config: unknown, i: number): Layer => {
    const type = (config as LayerConfig | null)?.type;
    if (typeof type === "string" && Object.hasOwn(makers, type)) return makers[type](config as LayerConfig);
    throw new ValueError(
      `layer ${i} is of type ${JSON.stringify(type)}; known are ${Object.keys(makers).join(", ")}`,
    );
  };
}
