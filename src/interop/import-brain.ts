import { type ActivationName, activation, type Backend, dense, Sequential } from "../index.js";
import { type JsonFile, Place } from "./foreign-json.js";

const activations: Readonly<Record<string, ActivationName>> = {
  sigmoid: "sigmoid",
  relu: "relu",
  "leaky-relu": "leakyRelu",
  tanh: "tanh",
};

/** A layer of units: kernel [inputs, units], bias [units]. */
interface Units {
  readonly count: number;
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
}

/**
 * A trained `brain.NeuralNetwork` of brain.js 1 or 2, from what its toJSON() gave (the object, its text or
 * the bytes of that), ready to predict and to train further. Names of outputs become labels; those of
 * inputs, in the order in which the model takes them, a list in JSON under `metadata.features`.
 *
 * @example
 * // What new brain.NeuralNetwork({ hiddenLayers: [3] }).toJSON() gives after training.
 * const network = JSON.parse(await readFile("brain.json", "utf8"));
 * const model = importBrain(backend, network);
 * console.log(model.inputShape, model.outputShape); // [ 2 ] [ 1 ]
 *
 * @throws FormatError for anything else, with where and why; OutOfMemoryError, DisposedError
 */
export function importBrain(backend: Backend, json: JsonFile): Sequential {
  const file = Place.of(json, "brain.js", "brain", "the JSON of brain.js");
  const type = file.at("type");
  if (!type.empty && type.value !== "NeuralNetwork" && type.value !== "NeuralNetworkGPU")
    throw type.wrong('"NeuralNetwork"');
  const places = file.at("layers").list();
  if (places.length < 2) throw file.at("layers").wrong("an input layer and at least one more");
  const isList = Array.isArray(places[1].at("weights").value);
  const { inputs, layers, features, labels } = isList ? ofLists(file, places) : ofNodes(file, places);
  const { name, slope, factor } = activationOf(file, isList);
  const model = new Sequential(backend, {
    inputShape: inputs,
    layers: layers.flatMap(({ count }) =>
      slope === undefined
        ? [dense(count, { activation: name })]
        : [dense(count), activation(name, { slope })],
    ),
    labels,
    metadata: features && { features: JSON.stringify(features) },
  });
  const values = layers
    .flatMap(({ kernel, bias }) => [kernel, bias])
    .map((numbers) => (factor === 1 ? numbers : numbers.map((value) => value * factor)));
  for (const [i, { value }] of model.parameters.entries()) value.set(values[i]);
  return model;
}

interface Read {
  readonly inputs: number;
  readonly layers: readonly Units[];
  readonly features: readonly string[] | undefined;
  readonly labels: readonly string[] | undefined;
}

/** Version 2: a matrix [units, inputs] and biases a layer, and the places of named inputs and outputs. */
function ofLists(file: Place, places: readonly Place[]): Read {
  const inputs = file.at("sizes").list()[0]?.count(1);
  if (inputs === undefined) throw file.at("sizes").wrong("the size of each layer");
  let from = inputs;
  const layers = places.slice(1).map((place) => {
    const bias = place.at("biases").numbers();
    const rows = place.at("weights").list();
    if (bias.length === 0 || rows.length !== bias.length)
      throw place.error(`expected weights and biases of each unit, got ${rows.length} and ${bias.length}`);
    const kernel = unitsFrom(
      from,
      rows.map((row) => {
        const numbers = row.numbers();
        if (numbers.length !== from) throw row.error(`expected ${from} weights, got ${numbers.length}`);
        return numbers;
      }),
    );
    from = bias.length;
    return { count: from, kernel, bias: Float32Array.from(bias) };
  });
  return {
    inputs,
    layers,
    features: namesAt(file.at("inputLookup"), inputs),
    labels: namesAt(file.at("outputLookup"), from),
  };
}

/**
 * Version 1: an object of nodes a layer, by place or by name, each with its bias and its weights by node of
 * the layer before.
 */
function ofNodes(file: Place, places: readonly Place[]): Read {
  let before = places[0].names();
  const inputs = before.length;
  if (inputs === 0) throw places[0].wrong("inputs");
  const named = (lookup: string, names: readonly string[]) => {
    const { value } = file.at(lookup);
    return value === true || (typeof value === "object" && value !== null) ? names : undefined;
  };
  const features = named("inputLookup", before);
  const layers = places.slice(1).map((place) => {
    const names = place.names();
    if (names.length === 0) throw place.wrong("units");
    const nodes = names.map((name) => place.at(name));
    const kernel = unitsFrom(
      before.length,
      nodes.map((node) => {
        const weights = node.at("weights");
        const count = weights.names().length;
        if (count !== before.length) throw weights.error(`expected ${before.length} weights, got ${count}`);
        return before.map((name) => weights.at(name).number());
      }),
    );
    before = names;
    return {
      count: names.length,
      kernel,
      bias: Float32Array.from(nodes, (node) => node.at("bias").number()),
    };
  });
  return { inputs, layers, features, labels: named("outputLookup", before) };
}

/** The kernel [inputs, units] of one row of weights a unit. */
function unitsFrom(inputs: number, rows: readonly (readonly number[])[]): Float32Array {
  const kernel = new Float32Array(inputs * rows.length);
  for (const [unit, row] of rows.entries())
    for (let input = 0; input < inputs; input++) kernel[input * rows.length + unit] = row[input];
  return kernel;
}

/** Names by their places, which are 0, 1, 2 ... in any order. */
function namesAt(lookup: Place, count: number): string[] | undefined {
  if (lookup.empty) return undefined;
  const names: string[] = [];
  for (const name of lookup.names()) {
    const place = lookup.at(name).count(0);
    if (place >= count || names[place] !== undefined)
      throw lookup.at(name).wrong(`a place of its own below ${count}`);
    names[place] = name;
  }
  if (Object.keys(names).length !== count) throw lookup.wrong(`${count} names`);
  return names;
}

/**
 * The activation of all layers, the slope of a leaky ReLU that has another than 0.01, and a factor of the
 * weights.
 */
interface Found {
  readonly name: ActivationName;
  readonly slope?: number;
  readonly factor: number;
}

/**
 * One for all layers. Version 1 keeps it beside the layers, version 2 with the options of training or of the
 * network. What version 1 calls leaky-relu is 0 for z < 0, else alpha z (1.6.1, neural-network.js): the relu
 * of alpha z, so that weights and biases take the factor. Version 2 has max(z, alpha z), which is a leaky
 * ReLU for an alpha of at most 1.
 */
function activationOf(file: Place, isList: boolean): Found {
  const options = ["trainOpts", "options"].map((name) => file.at(name)).filter(({ empty }) => !empty);
  const places = [file, ...options];
  const place = places.map((of) => of.at("activation")).find(({ empty }) => !empty);
  if (!place) return { name: "sigmoid", factor: 1 };
  if (!Object.hasOwn(activations, place.text()))
    throw place.wrong(`one of ${Object.keys(activations).join(", ")}`);
  const name = activations[place.text()];
  const given = places.map((of) => of.at("leakyReluAlpha")).find(({ empty }) => !empty);
  if (name !== "leakyRelu") return { name, factor: 1 };
  const alpha = given?.number() ?? 0.01;
  if (!isList) {
    if (given && alpha <= 0) throw given.wrong("a number above 0");
    return { name: "relu", factor: alpha };
  }
  if (given && alpha > 1) throw given.wrong("a number of at most 1");
  return { name, factor: 1, ...(alpha !== 0.01 && { slope: alpha }) };
}
