import type { NodeProto } from "onnx-buf";
import {
  bidirectional,
  concatenate,
  gru,
  type Layer,
  lstm,
  type StatefulLayer,
  simpleRnn,
  type Tensor,
  timeStep,
} from "../../../index.js";
import type { Made } from "../../model-of.js";
import { nameOf, numberOf, textOf, wrong } from "../graph.js";
import { isPlain, plainLayout } from "../layout.js";
import type { Origin } from "../padding.js";
import { type Operator, type Reading, shapeText, type Turned } from "../reading.js";
import type { Constant } from "../tensor.js";
import { turnedText } from "./turned.js";
import { keepsSteps, unpackingOf } from "./unpacking.js";

/** LSTM, GRU and RNN (ONNX, "Operator Schemas"). */

interface Kind {
  /** The block of the file that each block of lanewise is. */
  readonly order: readonly number[];
  /** The activations that the file may name. */
  readonly activations: readonly string[];
  readonly states: number;
  make(units: number, options: object): Layer | StatefulLayer;
}

const kinds: Readonly<Record<string, Kind>> = {
  // The gates i, o, f and c, which are i, f, g and o here.
  LSTM: {
    order: [0, 2, 3, 1],
    activations: ["Sigmoid,Tanh,Tanh", "HardSigmoid,Tanh,Tanh"],
    states: 2,
    make: lstm,
  },
  // The gates z, r and h, which are r, z and n here.
  GRU: { order: [1, 0, 2], activations: ["Sigmoid,Tanh", "HardSigmoid,Tanh"], states: 1, make: gru },
  RNN: { order: [0], activations: ["Tanh", "Relu"], states: 1, make: simpleRnn },
};

const directions: Readonly<Record<string, readonly boolean[]>> = {
  forward: [false],
  reverse: [true],
  bidirectional: [false, true],
};

/** What a node is: its cells, and whether each goes from the last step to the first. */
interface Cells {
  readonly kind: Kind;
  readonly units: number;
  readonly inputs: number;
  readonly reverse: readonly boolean[];
  readonly options: object;
  /** The values of the layer of each direction. */
  readonly values: readonly Made["values"][];
}

const isZero = ({ values }: Constant): boolean => Array.from(values).every((value) => value === 0);

/** The activations of each direction, joined. @throws FormatError for those that lanewise does not have */
function activationOf(node: NodeProto, { activations }: Kind, count: number): string {
  const words = node.attribute
    .filter(({ name }) => name === "activations")
    .flatMap(({ strings }) => strings.map((bytes) => new TextDecoder().decode(bytes)));
  if (words.length === 0) return activations[0];
  const each = words.length / count;
  const parts = Array.from({ length: count }, (_, i) => words.slice(i * each, (i + 1) * each).join());
  const [found] = activations.filter((known) =>
    parts.every((part) => part.toLowerCase() === known.toLowerCase()),
  );
  if (found) return found;
  throw wrong(
    nameOf(node),
    `expected the activations ${activations.join(" or ")}, got ${words.slice(0, 6).join().slice(0, 60)}`,
  );
}

/** The numbers of an attribute, of which each activation that has one takes the next. */
const floatsOf = (node: NodeProto, name: string): readonly number[] =>
  node.attribute.find((attribute) => attribute.name === name)?.floats ?? [];

/** The options of gates that are hard sigmoids. @throws FormatError for another than slope z + 1/2 */
function hardGates(node: NodeProto): object {
  const rounded = floatsOf(node, "activation_alpha").map((alpha) => Number(alpha.toPrecision(7)));
  const [alpha = 0.2, ...others] = rounded;
  const betas = floatsOf(node, "activation_beta");
  if (others.some((other) => other !== alpha) || betas.some((beta) => beta !== 0.5))
    throw wrong(
      nameOf(node),
      `expected gates of one slope (activation_alpha) and activation_beta 0.5, got ${shapeText([alpha, ...others])} and ${shapeText(betas)}`,
    );
  return { recurrentActivation: "hardSigmoid", slope: alpha };
}

/** Whether the reset gate of a GRU stands before the product. */
const isResetBefore = (node: NodeProto): boolean =>
  node.opType === "GRU" && numberOf(node, "linear_before_reset", 0) === 0;

/** @throws FormatError for what the layers of lanewise do not do */
function checkAttributes(reading: Reading, node: NodeProto, steps: number): void {
  const refuse = (problem: string) => {
    throw wrong(nameOf(node), problem);
  };
  const has = (name: string) => node.attribute.some((attribute) => attribute.name === name);
  if (has("clip")) refuse("expected no clip, which lanewise does not have");
  if (numberOf(node, "input_forget", 0) !== 0) refuse("expected a forget gate of its own (input_forget 0)");
  const lengths = reading.constants.get(node.input[4] ?? "");
  if (lengths && !Array.from(lengths.values).every((length) => length === steps))
    refuse("expected all sequences to have all steps, or lengths that depend on the graph's inputs");
  const peepholes = node.input[7] ? reading.constants.needed(node, 7, "its peepholes") : undefined;
  if (peepholes && !isZero(peepholes)) refuse("expected no peepholes, which lanewise does not have");
}

/** What may stand between samples that were sorted and a recurrent operator. */
const between = ["Transpose", "Squeeze", "Reshape", "Dropout", "LSTM", "GRU", "RNN"];
const MOST_BETWEEN = 64;

/** Whether the samples of a value stand in the order of their lengths. */
function isSorted(reading: Reading, name: string): boolean {
  let from: string | undefined = name;
  for (let i = 0; i < MOST_BETWEEN && from !== undefined && !reading.masks.sorted.has(from); i++) {
    const own: string = from;
    const maker = reading.nodes.find(({ output }) => output.includes(own));
    from = maker && between.includes(maker.opType) ? maker.input[0] : undefined;
  }
  return from !== undefined && reading.masks.sorted.has(from);
}

/** What says how many steps each sequence has. @throws FormatError for lengths of another origin */
function lengthsOf(reading: Reading, node: NodeProto, steps: number): Origin | undefined {
  const { masks } = reading;
  const [x, , , , name = ""] = node.input;
  const packed = reading.masks.packed.get(x);
  if (name === "" || reading.constants.get(name)) return undefined;
  const given = masks.find(name);
  const count = given && [given, masks.turned(given)].find((one) => masks.isCount(one));
  const isOwn = count && (!packed || packed === count.origin) && count.origin.time.size === steps;
  if (isOwn && (count.sorted === true) === isSorted(reading, x)) return count.origin;
  throw wrong(
    nameOf(node),
    "expected sequence_lens that are an input of the graph, or the number of steps that are no " +
      "padding, as (x != 0).sum(1) of the numbers of words",
  );
}

/** Reads the weights. @throws FormatError where they do not fit */
function cellsOf(reading: Reading, node: NodeProto, inputs: number): Cells {
  const kind = kinds[node.opType];
  const { order } = kind;
  const direction = textOf(node, "direction", "forward");
  if (!Object.hasOwn(directions, direction))
    throw wrong(
      nameOf(node),
      `expected the direction forward, reverse or bidirectional, got ${direction.slice(0, 60)}`,
    );
  const reverse = directions[direction];
  const count = reverse.length;
  const activation = activationOf(node, kind, count);
  const w = reading.constants.needed(node, 1, "its weights");
  const r = reading.constants.needed(node, 2, "its recurrent weights");
  const b = node.input[3] ? reading.constants.needed(node, 3, "its biases") : undefined;
  const units = r.dims[2] ?? 0;
  const rows = order.length * units;
  const isAs = (constant: Constant, ...dims: number[]) => constant.dims.join() === dims.join();
  const fits =
    units > 0 &&
    numberOf(node, "hidden_size", units) === units &&
    isAs(w, count, rows, inputs) &&
    isAs(r, count, rows, units) &&
    (!b || isAs(b, count, 2 * rows));
  if (!fits)
    throw wrong(
      nameOf(node),
      `expected weights for ${inputs} inputs in ${count} direction${count > 1 ? "s" : ""}, got ${[w, r, ...(b ? [b] : [])].map(({ dims }) => shapeText(dims)).join(", ")}`,
    );
  reading.constants.spend(node, w.values.length + r.values.length + (b?.values.length ?? 0));
  const useBias = b !== undefined && !isZero(b);
  const options = {
    useBias,
    ...(activation === "Relu" && { activation: "relu" }),
    ...(activation.startsWith("Hard") && hardGates(node)),
    ...(isResetBefore(node) && { resetAfter: false }),
    kernelInitializer: "zeros",
    recurrentInitializer: "zeros",
  };
  const rowOf = (col: number) => order[Math.floor(col / units)] * units + (col % units);
  const turned = ({ values }: Constant, d: number, cols: number) =>
    Float32Array.from({ length: cols * rows }, (_, at) => {
      const [k, col] = [Math.floor(at / rows), at % rows];
      return values[(d * rows + rowOf(col)) * cols + k];
    });
  const bias = (d: number, half: number) =>
    Float32Array.from({ length: rows }, (_, col) => b?.values[(2 * d + half) * rows + rowOf(col)] ?? 0);
  const values = reverse.map((_, d) => {
    const [own, ofState] = [bias(d, 0), bias(d, 1)];
    const weights = { weight: turned(w, d, inputs), recurrentWeight: turned(r, d, units) };
    if (!useBias) return weights;
    if (node.opType === "GRU" && !isResetBefore(node))
      return { ...weights, bias: own, recurrentBias: ofState };
    return { ...weights, bias: own.map((value, i) => value + ofState[i]) };
  });
  return { kind, units, inputs, reverse, options, values };
}

/** The states before the first step, those of each direction. @throws FormatError */
function initialStates(reading: Reading, node: NodeProto, cells: Cells): Tensor[][] {
  const { kind, units, reverse } = cells;
  const names = node.input.slice(5, 5 + kind.states);
  const isEmpty = names.map((name) => {
    const constant = name ? reading.constants.get(name) : undefined;
    if (constant && !isZero(constant))
      throw wrong(nameOf(node), "expected an initial state of zeros, or one that depends on the input");
    return !name || constant !== undefined;
  });
  if (isEmpty.every(Boolean)) return reverse.map(() => []);
  if (isEmpty.some(Boolean) || names.length < kind.states)
    throw wrong(nameOf(node), "expected both initial states, h and c, to depend on the input, or none");
  const states = names.map((_, i) => {
    const state = reading.turned(node, 5 + i);
    const { dims } = state.value;
    if (state.batchAt !== batchOf(node) || dims.join() !== [reverse.length, units].join())
      throw wrong(
        nameOf(node),
        `expected initial states of [${reverse.length}, batch, ${units}], got ${turnedText(state)}`,
      );
    if (reverse.length < 2) return [reading.arrange(node, reading.resized(node, state.value, [units]))];
    const maker = reading.made.find(({ output }) => output === state.value.tensor);
    const areOwn = maker?.inputs.every(({ shape }) => shape.join() === String(units));
    if (maker?.layer?.config.type === "concatenate" && areOwn && isPlain(state.value.layout))
      return [...maker.inputs];
    const tensor = reading.arrange(node, state.value);
    return reverse.map((_, d) => reading.apply(node, timeStep(d), [tensor]));
  });
  return reverse.map((_, d) => states.map((of) => of[d]));
}

/** Where the batch is in the states: behind the directions, with layout 0. */
const batchOf = (node: NodeProto): number => (numberOf(node, "layout", 0) === 0 ? 1 : 0);

/** All outputs, the last h and the last c, as far as they are used: [time, all units], [all units]. */
interface Outputs {
  readonly all?: Tensor | undefined;
  readonly h?: Tensor | undefined;
  readonly c?: Tensor | undefined;
}

/** Which outputs are used, and whether those of all steps keep the state where there is padding. */
interface Used {
  readonly all: boolean;
  readonly h: boolean;
  readonly c: boolean;
  readonly keeps: boolean;
}

/** One direction that gives all that is used. */
function oneDirection(
  reading: Reading,
  node: NodeProto,
  { kind, units, options, values, reverse }: Cells,
  d: number,
  inputs: readonly Tensor[],
  used: Used,
): Outputs {
  const own = { ...options, reverse: reverse[d] };
  const mask = reading.carried.of(inputs[0]);
  // Where there is padding, the last step has no state.
  if (!used.c && !used.keeps && !(mask && used.all && used.h)) {
    const layer = reading.layer(node, () => kind.make(units, { ...own, returnSequences: used.all }) as Layer);
    const tensor = reading.apply(node, layer, inputs, values[d]);
    if (!used.all) return { h: tensor };
    return {
      all: tensor,
      h: used.h ? reading.apply(node, timeStep(reverse[d] ? 0 : -1), [tensor]) : undefined,
    };
  }
  const made = { ...own, returnSequences: true, returnState: true };
  const [all, h, c] = reading.applyStateful(node, kind.make(units, made) as StatefulLayer, inputs, values[d]);
  return { all: mask && used.all && !used.keeps ? reading.carried.cleared(node, all, mask) : all, h, c };
}

/** Both directions as one layer, where only all outputs or only the last ones are used. */
function bothDirections(
  reading: Reading,
  node: NodeProto,
  { kind, units, options, values }: Cells,
  inputs: readonly Tensor[],
  all: boolean,
): Outputs {
  const layer = reading.layer(node, () =>
    bidirectional(kind.make(units, { ...options, returnSequences: all }) as Layer),
  );
  const named = values.flatMap((of, d) =>
    Object.entries(of).map(([name, numbers]) => [`${d === 0 ? "forward" : "backward"}.${name}`, numbers]),
  );
  const tensor = reading.apply(node, layer, inputs, Object.fromEntries(named));
  return all ? { all: tensor } : { h: tensor };
}

/**
 * Whether outputs of real steps that stand first keep the state where there is padding, once they are back at
 * their places; false where nothing is put first. @throws FormatError where they do not go back
 */
function unpacks(reading: Reading, node: NodeProto): boolean {
  const packed = reading.masks.packed.get(node.input[0]);
  if (!packed) return false;
  const back = unpackingOf(reading, node.output[0]);
  const keeps = back && keepsSteps(reading, back);
  if (!back || keeps === undefined)
    throw wrong(
      nameOf(node),
      "expected its outputs to be put back at their places, as its inputs were put first",
    );
  reading.masks.packed.set(back.output[0], packed);
  return keeps;
}

/** The sequence. @throws FormatError where its batch is not where the operator has it */
function sequenceOf(reading: Reading, node: NodeProto): Turned {
  const sequence = reading.turned(node, 0);
  const { value, batchAt } = sequence;
  if (value.dims.length === 2 && batchAt === batchOf(node) && reading.batched) return sequence;
  throw wrong(
    nameOf(node),
    batchOf(node) === 1
      ? `expected sequences [time, batch, inputs] that come of [batch, time, inputs] by a Transpose, got ${turnedText(sequence)}; export the model with batch_first=True`
      : `expected sequences [batch, time, inputs], got ${turnedText(sequence)}`,
  );
}

export const recurrent: Operator = (reading, node) => {
  const { value } = sequenceOf(reading, node);
  const [time, inputs] = value.dims;
  checkAttributes(reading, node, time);
  const cells = cellsOf(reading, node, inputs);
  const { units, reverse } = cells;
  const lengths = lengthsOf(reading, node, time);
  const x = reading.carried.with(node, reading.arrange(node, value), lengths);
  const states = initialStates(reading, node, cells);
  const [all, h, c] = [0, 1, 2].map((i) => !!node.output[i] && reading.uses(node.output[i]) > 0);
  const keeps = all && unpacks(reading, node);
  const count = reverse.length;
  let outputs: Outputs;
  if (count > 1 && !c && all !== h && !keeps)
    outputs = bothDirections(reading, node, cells, [x, ...states.flat()], all);
  else {
    const each = reverse.map((_, d) =>
      oneDirection(reading, node, cells, d, [x, ...states[d]], { all: all || !h, h, c, keeps }),
    );
    const joined = (tensors: readonly (Tensor | undefined)[]): Tensor | undefined => {
      const known = tensors.filter((tensor) => tensor !== undefined);
      return known.length > 1 ? reading.apply(node, concatenate(), known) : known[0];
    };
    outputs = {
      all: all ? joined(each.map((of) => of.all)) : undefined,
      h: h ? joined(each.map((of) => of.h)) : undefined,
      c: c ? joined(each.map((of) => of.c)) : undefined,
    };
  }
  // All steps that keep the state, and the last ones; both directions side by side.
  for (const [i, tensor] of [outputs.all, outputs.h, outputs.c].entries()) {
    const own = states.flatMap((of) => of.slice(i === 2 ? 1 : 0).slice(0, 1));
    if (lengths && tensor && own.length > 0 && (i > 0 || keeps)) reading.masks.begun.set(tensor, own);
  }
  const give = (i: number, tensor: Tensor | undefined, dims: readonly number[], batchAt: number) => {
    if (!tensor || !node.output[i]) return;
    const given = { tensor, dims, layout: plainLayout(dims), image: false, flipped: false };
    reading.giveTurned(node.output[i], given, batchAt);
  };
  const isFirst = batchOf(node) === 0;
  give(0, outputs.all, [time, count, units], isFirst ? 0 : 2);
  give(1, outputs.h, [count, units], isFirst ? 0 : 1);
  give(2, outputs.c, [count, units], isFirst ? 0 : 1);
};
