import { checkOptions, show } from "../core/check.js";
import { ShapeError, ValueError } from "../core/errors.js";
import { checkBackend, type Host } from "../core/host.js";
import { checkEncoding } from "../encoding/check-encoding.js";
import type { Encoding } from "../encoding/encoding.js";
import { lastOf, sizeOf } from "../graph/value.js";
import { type Layer, LayerCopy, SymbolicTensor, sampleShape } from "../layers/layer.js";
import { batchShape, type Tensor } from "../layers/tensor.js";

interface CommonOptions {
  /**
   * Any safe integer: the initial weights depend on it, and in training the shuffles, dropout and noise.
   * Default 0.
   */
  seed?: number;
  /**
   * What the outputs stand for, a name for each; the two classes of a single output may be named. Saved with
   * the model.
   */
  labels?: readonly string[];
  /** Text of your own about the model, saved with it. */
  metadata?: Readonly<Record<string, string>>;
  /**
   * How records become samples, from `planEncoding` of lanewise/table: the model then takes records, too.
   * For a model with one input. Saved with the model.
   */
  encoding?: Encoding;
}

/** A model as a list of layers, each on the output of the one before. */
export interface SequentialOptions extends CommonOptions {
  /** The shape of one sample, without the batch; a number n stands for [n]. */
  inputShape: number | readonly number[];
  /** The layers in order, from dense(...), activation(...), dropout(...) and the like. */
  layers: readonly Layer[];
}

/** A model as a graph of layers. */
export interface ModelOptions<Outputs extends Tensor | readonly Tensor[] = Tensor> extends CommonOptions {
  /** One tensor, or several, from `input(shape)`. */
  inputs: Tensor | readonly Tensor[];
  /** One tensor, or several, that the inputs give by `layer.apply`. */
  outputs: Outputs;
}

/** A use of a layer in a structure. Tensors are numbered: first the inputs, then the outputs of the calls. */
export interface StructureCall {
  /** An index of `layers`. */
  readonly layer: number;
  readonly inputs: readonly number[];
  readonly output: number;
}

/** A layer of a structure. */
export interface NamedLayer {
  readonly layer: Layer;
  /** What its tensors are called by: its name, or its index. */
  readonly name: string;
  /** The index that decides its random numbers, and names it unless it has a name; -1 without one. */
  readonly index: number;
}

/** What a model is made of, checked. It holds no memory. */
export interface Structure {
  readonly layers: readonly NamedLayer[];
  readonly calls: readonly StructureCall[];
  /** The names and shapes of the inputs, and of the outputs. */
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** The tensors that are outputs. */
  readonly outputTensors: readonly number[];
  /** Whether inputs or outputs come as an array, also if it has one. */
  readonly severalInputs: boolean;
  readonly severalOutputs: boolean;
  /** Whether it was given as a list of layers. */
  readonly isSequential: boolean;
  readonly shapes: readonly (readonly number[])[];
  readonly seed: number;
  readonly labels: readonly string[] | undefined;
  readonly metadata: Record<string, string>;
  readonly encoding: Encoding | undefined;
}

/** An input or an output of a model. */
export interface Port {
  readonly name: string;
  /** Of one sample, without the batch. */
  readonly shape: readonly number[];
}

const WHO = "network";
const SHARED = ["seed", "labels", "metadata", "encoding"];

/** What stands for a layer of a list on an input of a shape: the layer, with others before and after it. */
export type Expand = (layer: Layer, input: readonly number[]) => readonly Layer[];

/**
 * The structure of a model, which options may already be. Layers that `expand` adds to a list, which an old
 * file needs, have no index. @throws ValueError, ShapeError, DisposedError
 */
export function structureFrom(
  backend: Host,
  options: SequentialOptions | ModelOptions<Tensor | readonly Tensor[]> | Structure,
  expand?: Expand,
): Structure {
  checkBackend(WHO, backend);
  if (isStructure(options)) return options;
  const isModel =
    options !== null && typeof options === "object" && ("inputs" in options || "outputs" in options);
  const structure = isModel ? ofTensors(options) : ofList(options as SequentialOptions, expand);
  const { seed = 0, labels, metadata = {}, encoding } = options;
  if (!Number.isSafeInteger(seed))
    throw new ValueError(`${WHO} expected seed to be a safe integer, got ${show(seed)}`);
  checkLabels(labels, structure.outputs);
  if (encoding !== undefined) checkEncodingFor(encoding, structure.inputs);
  return {
    ...structure,
    seed,
    labels: labels && [...labels],
    metadata: checkMetadata(metadata),
    encoding: encoding && structuredClone(encoding),
  };
}

const isStructure = (options: object): options is Structure =>
  options !== null && typeof options === "object" && "outputTensors" in options;

type Shape = Omit<Structure, "seed" | "labels" | "metadata" | "encoding">;

function ofList(options: SequentialOptions, expand: Expand = (layer) => [layer]): Shape {
  checkOptions(WHO, options ?? null, ["inputShape", "layers", ...SHARED]);
  const { inputShape, layers } = options;
  const input = new SymbolicTensor(sampleShape(WHO, "inputShape", inputShape));
  if (!Array.isArray(layers))
    throw new ValueError(`${WHO} expected layers to be an array, got ${show(layers)}`);
  if (layers.length === 0) throw new ValueError(`${WHO} expected at least one layer, got none`);
  for (const layer of layers) {
    if (typeof layer?.build !== "function")
      throw new ValueError(`${WHO} expected layers such as dense(10), got ${show(layer)}`);
  }
  const seen = new Set<Layer>();
  const unnumbered = new Set<Layer>();
  let output: Tensor = input;
  for (const given of layers as readonly Layer[]) {
    // Each place of the list has weights of its own, also if it has the same object.
    const layer = seen.has(given) ? new LayerCopy(given) : given;
    seen.add(given);
    for (const each of expand(layer, output.shape)) {
      if (each !== layer) unnumbered.add(each);
      output = each.apply(output);
    }
  }
  return { ...shapeOf([input], [output as SymbolicTensor], false, false, unnumbered), isSequential: true };
}

function ofTensors(options: ModelOptions<Tensor | readonly Tensor[]>): Shape {
  checkOptions(WHO, options, ["inputs", "outputs", ...SHARED]);
  const { inputs, outputs } = options;
  return {
    ...shapeOf(
      symbols("inputs", inputs),
      symbols("outputs", outputs),
      Array.isArray(inputs),
      Array.isArray(outputs),
    ),
    isSequential: false,
  };
}

function symbols(what: string, given: Tensor | readonly Tensor[]): SymbolicTensor[] {
  const tensors: readonly Tensor[] = Array.isArray(given) ? given : [given];
  if (tensors.length === 0) throw new ValueError(`${WHO} expected at least one tensor in ${what}, got none`);
  return tensors.map((tensor) => {
    const isInput = tensor instanceof SymbolicTensor && !tensor.call;
    if (tensor instanceof SymbolicTensor && (what === "outputs" || isInput)) return tensor;
    const expected = what === "inputs" ? "tensors from input(shape)" : "tensors from layer.apply(tensor)";
    throw new ValueError(`${WHO} expected ${what} to be ${expected}, got ${show(tensor)}`);
  });
}

/** The calls between inputs and outputs, in the order in which they were written. */
function shapeOf(
  inputs: readonly SymbolicTensor[],
  outputs: readonly SymbolicTensor[],
  severalInputs: boolean,
  severalOutputs: boolean,
  unnumbered: ReadonlySet<Layer> = new Set(),
): Omit<Shape, "isSequential"> {
  const needed = new Set<SymbolicTensor>();
  const left = [...outputs];
  for (let tensor = left.pop(); tensor; tensor = left.pop()) {
    if (needed.has(tensor)) continue;
    needed.add(tensor);
    if (!tensor.call && !inputs.includes(tensor))
      throw new ValueError(
        `${WHO} expected outputs that its inputs give, got one that needs the input ${tensor.name === undefined ? "" : `${tensor.name} `}${batchShape(tensor.shape)}, which is not among inputs; add it there`,
      );
    left.push(...(tensor.call?.inputs ?? []));
  }
  if (new Set(inputs).size < inputs.length)
    throw new ValueError(`${WHO} expected each input once, got one twice in inputs`);
  const inputPorts = inputs.map(({ name, shape }, i) => ({
    name: name ?? numbered("input", i, inputs.length),
    shape,
  }));
  checkDistinct("inputs", inputPorts);
  const unused = inputPorts.find((_, i) => !needed.has(inputs[i]));
  if (unused)
    throw new ValueError(
      `${WHO} expected inputs that an output depends on, got ${unused.name} ${batchShape(unused.shape)}, which none does; use it, or leave it out of inputs`,
    );
  const outputPorts = outputs.map(({ call, name, shape }, i) => ({
    name: call?.layer.name ?? name ?? numbered("output", i, outputs.length),
    shape,
  }));
  const computed = [...needed].filter(({ call }) => call).sort((a, b) => a.order - b.order);
  const tensors = [...inputs, ...computed];
  const numbers = new Map(tensors.map((tensor, i) => [tensor, i]));
  const numberOf = (tensor: SymbolicTensor): number => numbers.get(tensor) as number;
  const layers: NamedLayer[] = [];
  const places = new Map<Layer, number>();
  let index = 0;
  const placeOf = (layer: Layer): number => {
    let place = places.get(layer);
    if (place === undefined) {
      place = layers.length;
      places.set(layer, place);
      const own = unnumbered.has(layer) ? -1 : index++;
      layers.push({ layer, name: layer.name ?? String(own), index: own });
    }
    return place;
  };
  const calls = computed.map((tensor) => ({
    layer: placeOf((tensor.call as NonNullable<SymbolicTensor["call"]>).layer),
    inputs: (tensor.call?.inputs ?? []).map(numberOf),
    output: numberOf(tensor),
  }));
  return {
    layers,
    calls,
    inputs: inputPorts,
    outputs: distinct(outputPorts),
    outputTensors: outputs.map(numberOf),
    severalInputs,
    severalOutputs,
    shapes: tensors.map(({ shape }) => shape),
  };
}

/** Outputs of one layer, or of one tensor, have its name with a number: price0, price1. @throws ValueError */
function distinct(ports: readonly Port[]): Port[] {
  const count = (all: readonly Port[], name: string): number =>
    all.filter((port) => port.name === name).length;
  const numberedOnes = ports.map(({ name, shape }, i) => ({
    name: count(ports, name) > 1 ? name + count(ports.slice(0, i), name) : name,
    shape,
  }));
  checkDistinct("outputs", numberedOnes);
  return numberedOnes;
}

/** @throws ValueError for two of one name */
function checkDistinct(what: string, ports: readonly Port[]): void {
  const names = ports.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined)
    throw new ValueError(
      `${WHO} expected ${what} of different names, got two called ${show(twice)}; ${what === "inputs" ? "pass input() other names" : "give their layers other names"}`,
    );
}

const numbered = (name: string, i: number, count: number): string => (count > 1 ? `${name}${i}` : name);

function checkLabels(labels: unknown, outputs: readonly Port[]): void {
  if (labels === undefined) return;
  if (outputs.length > 1)
    throw new ValueError(`${WHO} expected labels for a model with one output, got ${outputs.length} outputs`);
  const { shape } = outputs[0];
  const size = sizeOf(shape);
  if (!Array.isArray(labels) || labels.some((label) => typeof label !== "string"))
    throw new ValueError(`${WHO} expected labels to be an array of strings, got ${show(labels)}`);
  const twice = labels.find((label, i) => labels.indexOf(label) < i);
  if (twice !== undefined)
    throw new ValueError(`${WHO} expected labels that differ from each other, got ${show(twice)} twice`);
  // Of outputs of several rows each row has a class.
  const fits = [size, lastOf(shape)].some((n) => labels.length === n || (n === 1 && labels.length === 2));
  if (!fits)
    throw new ShapeError(`${WHO} expected a label for each of ${size} outputs, got ${labels.length}`);
}

function checkEncodingFor(encoding: unknown, inputs: readonly Port[]): void {
  if (inputs.length > 1)
    throw new ValueError(`${WHO} expected encoding for a model with one input, got ${inputs.length} inputs`);
  checkEncoding(WHO, encoding, sizeOf(inputs[0].shape));
}

function checkMetadata(metadata: Readonly<Record<string, string>>): Record<string, string> {
  if (metadata === null || typeof metadata !== "object")
    throw new ValueError(`${WHO} expected metadata to be an object of strings, got ${show(metadata)}`);
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== "string")
      throw new ValueError(`${WHO} expected metadata to be strings, got ${show(value)} for ${key}`);
  }
  return { ...metadata };
}
