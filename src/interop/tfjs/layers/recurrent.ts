import {
  type BidirectionalMerge,
  bidirectional,
  gru,
  type Layer,
  lstm,
  type StatefulLayer,
  simpleRnn,
  type Tensor,
} from "../../../index.js";
import type { Place } from "../../foreign-json.js";
import type { Learned, Read, Reading, Values } from "../reading.js";

/** Recurrent layers, whose kernels Keras has in the layout of lanewise. */

/** A recurrent layer of Keras. */
interface Kind {
  /** The block of the file that each block of lanewise is. */
  readonly order: readonly number[];
  readonly activations: readonly string[];
  make(units: number, options: object): Layer | StatefulLayer;
}

const kinds: Readonly<Record<string, Kind>> = {
  SimpleRNN: { order: [0], activations: ["tanh", "relu"], make: simpleRnn },
  LSTM: { order: [0, 1, 2, 3], activations: ["tanh"], make: lstm },
  // The gates z, r and h, which are r, z and n here.
  GRU: { order: [1, 0, 2], activations: ["tanh"], make: gru },
};

/** The word of an activation: a string, or an object that Keras made of a function. */
function wordAt(place: Place, otherwise: string): string {
  if (place.empty) return otherwise;
  if (typeof place.value === "string") return place.value;
  const kind = place.at("class_name");
  return (kind.value === "function" ? place.at("config") : kind).text();
}

/** @throws FormatError for an activation that the cell does not have */
function expectWord(place: Place, word: string, known: readonly string[]): void {
  if (known.includes(word)) return;
  throw place.error(
    `expected ${known.map((name) => JSON.stringify(name)).join(" or ")}, all that the cells of lanewise have, got ${JSON.stringify(word.slice(0, 60))}; train the model with that`,
  );
}

/** The options of the gates. hard_sigmoid has one of two slopes, by the version of Keras. */
function gatesOf(config: Place, hardSlope: number): object {
  const place = config.either("recurrent_activation", "recurrentActivation");
  const word = wordAt(place, "sigmoid").replace("hardSigmoid", "hard_sigmoid");
  expectWord(place, word, ["sigmoid", "hard_sigmoid"]);
  return word === "sigmoid" ? {} : { recurrentActivation: "hardSigmoid", slope: hardSlope };
}

/** Whether the reset gate of a GRU stands behind the product: not in TensorFlow.js and in early files. */
const resetsAfter = (config: Place): boolean => config.either("reset_after", "resetAfter").flag(false);

/** The options of a recurrent layer. @throws FormatError for what lanewise does not have */
function optionsOf({ progress }: Reading, type: string, config: Place): object {
  const activation = wordAt(config.at("activation"), "tanh");
  expectWord(config.at("activation"), activation, kinds[type].activations);
  for (const name of ["stateful", "time_major"])
    if (config.at(name).flag(false))
      throw config.at(name).wrong("false: each sample begins without a state, and has its steps first");
  return {
    ...(type === "SimpleRNN" && activation !== "tanh" && { activation }),
    ...(type !== "SimpleRNN" && gatesOf(config, progress.hardSigmoid)),
    ...(type === "GRU" && !resetsAfter(config) && { resetAfter: false }),
    returnSequences: config.at("return_sequences").flag(false),
    useBias: config.at("use_bias").flag(true),
  };
}

/** Numbers whose blocks of columns go into the order of lanewise. */
function blocksOf(values: Float32Array | undefined, cols: number, order: readonly number[]) {
  if (!values || order.every((block, i) => block === i)) return values;
  const size = cols / order.length;
  return Float32Array.from(values, (_, at) => {
    const [row, col] = [Math.floor(at / cols), at % cols];
    const block = Math.floor(col / size);
    return values[row * cols + order[block] * size + (col % size)];
  });
}

/** The values of a cell's tensors, which begin with `name` in the file. */
function valuesOf(reading: Reading, type: string, config: Place, inputs: number, name: string): Values {
  const { order } = kinds[type];
  const units = config.at("units").count(1);
  const cols = order.length * units;
  const take = (tensor: string, shape: readonly number[]) =>
    blocksOf(reading.takeOf(name, tensor, shape), cols, order);
  const weights = {
    weight: take("kernel", [inputs, cols]),
    recurrentWeight: take("recurrent_kernel", [units, cols]),
  };
  if (!config.at("use_bias").flag(true)) return weights;
  if (type !== "GRU" || !resetsAfter(config)) return { ...weights, bias: take("bias", [cols]) };
  const biases = take("bias", [2, cols]);
  return { ...weights, bias: biases?.subarray(0, cols), recurrentBias: biases?.subarray(cols) };
}

/** A sequence. @throws FormatError for another shape */
function inputsAt(reading: Reading, place: Place): number {
  const { shape } = reading;
  if (shape.length === 2) return shape[1];
  throw place.error(`expected sequences, [batch, time, inputs], got [${["batch", ...shape].join(", ")}]`);
}

const layerOf =
  (type: string): Read =>
  (reading) => {
    const { config } = reading;
    const reverse = config.at("go_backwards").flag(false);
    const options = { ...reading.options, ...optionsOf(reading, type, config), reverse };
    if (reverse && config.at("return_sequences").flag(false))
      throw config
        .at("go_backwards")
        .error(
          "expected false with return_sequences, for which Keras gives the steps from the last to the first; use Bidirectional, or return the last state alone",
        );
    const inputs = inputsAt(reading, config);
    const units = config.at("units").count(1);
    const returnState = config.at("return_state").flag(false);
    const values = () => valuesOf(reading, type, config, inputs, reading.name);
    if (!returnState) {
      const learned = reading.learned(
        (): Learned => ({ layer: kinds[type].make(units, options) as Layer, values: values() }),
      );
      return reading.apply(learned.layer, reading.inputs, learned.values);
    }
    const learned = reading.stateful(() => {
      const layer = kinds[type].make(units, { ...options, returnState }) as StatefulLayer;
      return { layer, values: values() };
    });
    return reading.applyStateful(learned.layer, learned.values);
  };

const merges: Readonly<Record<string, BidirectionalMerge>> = {
  concat: "concatenate",
  sum: "sum",
  ave: "average",
  mul: "multiply",
};

const bidirectionalLayer: Read = (reading): Tensor => {
  const { config } = reading;
  const inner = config.at("layer");
  const type = inner.at("class_name").text();
  if (!Object.hasOwn(kinds, type)) throw inner.at("class_name").wrong(Object.keys(kinds).join(" or "));
  const own = inner.at("config");
  const back = config.at("backward_layer");
  if (!back.empty)
    for (const name of [
      "units",
      "activation",
      "recurrent_activation",
      "reset_after",
      "use_bias",
      "return_sequences",
    ])
      if (JSON.stringify(back.at("config").at(name).value) !== JSON.stringify(own.at(name).value))
        throw back
          .at("config")
          .at(name)
          .wrong(`what the layer has, ${JSON.stringify(own.at(name).value)}`);
  for (const name of ["return_state", "go_backwards"])
    if (own.at(name).flag(false)) throw own.at(name).wrong("false within a Bidirectional");
  const mode = config.at("merge_mode");
  const word = mode.value === undefined ? "concat" : mode.value;
  if (typeof word !== "string" || !Object.hasOwn(merges, word))
    throw mode.wrong(Object.keys(merges).join(" or "));
  const inputs = inputsAt(reading, config);
  const options = optionsOf(reading, type, own);
  const { layer, values } = reading.learned((): Learned => {
    const base = own.at("name").empty
      ? ""
      : own
          .at("name")
          .text()
          .replace(/^(forward|backward)_/, "");
    const values = ["forward", "backward"].flatMap((direction) =>
      Object.entries(valuesOf(reading, type, own, inputs, `${reading.name}/${direction}_${base}`)).map(
        ([name, numbers]) => [`${direction}.${name}`, numbers] as const,
      ),
    );
    const cells = kinds[type].make(own.at("units").count(1), options) as Layer;
    return {
      layer: bidirectional(cells, { ...reading.options, merge: merges[word] }),
      values: Object.fromEntries(values),
    };
  });
  return reading.apply(layer, reading.inputs, values);
};

/** Recurrent layers. */
export const recurrentLayers: Readonly<Record<string, Read>> = {
  ...Object.fromEntries(Object.keys(kinds).map((type) => [type, layerOf(type)])),
  Bidirectional: bidirectionalLayer,
};
