import { checkFlag } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import { sizeOf } from "../graph/value.js";
import type { MakeLayer } from "../layers/by-type.js";
import { input, type Layer, type LayerConfig } from "../layers/layer.js";
import { flattenFrom, reshapeFrom } from "../layers/reshape.js";
import type { Tensor } from "../layers/tensor.js";
import { type Life, lifeFrom } from "../network/life.js";
import type { ModelOptions, SequentialOptions, Structure } from "../network/structure.js";
import { isRowwise } from "../ops/activation-kinds.js";

/**
 * What a model is made of beside its tensors, as JSON. Version 1 is a list of layers, each on the output of
 * the one before; its dense layers and its softmax take a whole sample as one row. Version 2 is any graph:
 * `calls` are layers with the tensors that they take, numbered from the inputs on.
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
export function fileArchitecture(
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
  { inputShape, layers }: ArchitectureV1,
  make: (config: unknown, i: number) => Layer,
): SequentialOptions {
  checkSizes("inputShape", inputShape);
  if (!Array.isArray(layers) || layers.length === 0) throw new ValueError("expected a list of layers");
  return { inputShape, layers: layers.map(make) };
}

/** @internal A layer of version 1, with what makes a sample one row before it, and brings its shape back. */
export function rowLayers(layer: Layer, shape: readonly number[]): Layer[] {
  if (shape.length === 1) return [layer];
  const { type, activation } = layer.config;
  const flatten = flattenFrom({ type: "flatten" });
  if (type === "dense") return [flatten, layer];
  if (type !== "activation" || !isRowwise(activation as never)) return [layer];
  return [flatten, layer, reshapeFrom({ type: "reshape", shape })];
}

/**
 * @internal The options of the model in an architecture of version 2. `calling` has each layer applied.
 * @throws ValueError, ShapeError
 */
export function optionsOfVersion2(
  architecture: ArchitectureV2,
  make: (config: unknown, i: number) => Layer,
  calling = (_call: number, apply: () => Tensor): Tensor => apply(),
): ModelOptions<Tensor | readonly Tensor[]> | SequentialOptions {
  const { layers: configs, calls: given, outputs, inputList, sequential } = architecture;
  if (!Array.isArray(configs)) throw new ValueError("expected a list of layers");
  if (!Array.isArray(given)) throw new ValueError("expected a list of calls");
  checkFlag("architecture", "inputList", inputList);
  checkFlag("architecture", "sequential", sequential);
  const inputs = inputsOf(architecture.inputs);
  const layers = configs.map(make);
  const calls = given.map((call, i) => callFrom(call, i, inputs.length));
  checkOrder(calls, layers.length);
  const out = (Array.isArray(outputs) ? outputs : [outputs]).map((tensor) =>
    numberOf("outputs", tensor, inputs.length + calls.length),
  );
  checkUsed(calls, out, inputs.length);
  if (sequential) {
    const isRow = calls.every(({ layer, taken }, i) => layer === i && taken.join() === String(i));
    if (inputs.length !== 1 || !isRow || inputList || Array.isArray(outputs) || out[0] !== calls.length)
      throw new ValueError("expected the calls of a model that is sequential to follow one another");
    return { inputShape: inputs[0].shape, layers };
  }
  const tensors = inputs.slice();
  for (const [i, { layer, taken }] of calls.entries())
    tensors.push(calling(i, () => layers[layer].apply(taken.map((input) => tensors[input]))));
  const results = out.map((i) => tensors[i]);
  return {
    inputs: inputs.length > 1 || inputList ? inputs : inputs[0],
    outputs: Array.isArray(outputs) ? results : results[0],
  };
}

interface Call {
  readonly layer: number;
  readonly taken: readonly number[];
}

/** @throws ValueError */
function inputsOf(given: unknown): Tensor[] {
  if (!Array.isArray(given) || given.length === 0) throw new ValueError("expected a list of inputs");
  return given.map((each: unknown, i) => {
    if (each === null || typeof each !== "object")
      throw new ValueError(`expected inputs[${i}] to be an object, got ${JSON.stringify(each)}`);
    const { name, shape } = each as { name?: string; shape: unknown };
    checkSizes(`inputs[${i}].shape`, shape);
    // A name that a model gives itself is no name of its own.
    const isOwn = name !== undefined && name !== (given.length > 1 ? `input${i}` : "input");
    return input(shape, isOwn ? { name } : {});
  });
}

/**
 * Call `i` takes the inputs and the outputs of the calls before it: there are no cycles. @throws ValueError
 */
function callFrom(call: unknown, i: number, inputs: number): Call {
  const [layer, taken]: unknown[] = Array.isArray(call) && call.length === 2 ? call : [];
  if (!Number.isSafeInteger(layer) || !Array.isArray(taken))
    throw new ValueError(`calls[${i}] expected a layer and the tensors that it takes, got ${short(call)}`);
  return {
    layer: layer as number,
    taken: taken.map((tensor) => numberOf(`calls[${i}]`, tensor, inputs + i)),
  };
}

/** @throws ValueError */
function numberOf(who: string, tensor: unknown, tensors: number): number {
  if (Number.isSafeInteger(tensor) && (tensor as number) >= 0 && (tensor as number) < tensors)
    return tensor as number;
  throw new ValueError(`${who} expected the number of a tensor below ${tensors}, got ${short(tensor)}`);
}

/**
 * Layers are numbered in the order of their first calls: their tensors are called by it. @throws ValueError
 */
function checkOrder(calls: readonly Call[], layers: number): void {
  let called = 0;
  for (const [i, { layer }] of calls.entries()) {
    if (layer < 0 || layer > called || layer >= layers)
      throw new ValueError(
        `calls[${i}] expected a layer of ${layers}, in the order of their first calls, got ${layer}`,
      );
    if (layer === called) called++;
  }
  if (called < layers) throw new ValueError(`layers[${called}] is not called`);
}

/** @throws ValueError for a call that no output depends on */
function checkUsed(calls: readonly Call[], outputs: readonly number[], inputs: number): void {
  const used = new Set(outputs);
  for (let i = calls.length - 1; i >= 0; i--) {
    if (!used.has(inputs + i)) throw new ValueError(`no output depends on calls[${i}]`);
    for (const tensor of calls[i].taken) used.add(tensor);
  }
}

/** As JSON in a message, cut off where it is long. */
function short(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function checkSizes(what: string, shape: unknown): asserts shape is readonly number[] {
  if (!Array.isArray(shape) || shape.length === 0)
    throw new ValueError(`expected ${what} to be a list of sizes`);
  if (!shape.every((size) => Number.isSafeInteger(size) && size > 0))
    throw new ValueError(`expected ${what} to hold sizes, got ${short(shape)}`);
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
      `layers[${i}] is of type ${short(type)}; known are ${Object.keys(makers).join(", ")}`,
    );
  };
}
