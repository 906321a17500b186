import type { LayerConfig } from "../../../layers/layer.js";
import { slopeOfGates } from "../../../layers/recurrent.js";
import { type AtPadding, type Packed, packed } from "./masks.js";
import type { Write, Writing } from "./writing.js";

/** Recurrent layers as LSTM, GRU and RNN (ONNX, "Operator Schemas"), and steps of sequences. */

interface Kind {
  readonly opType: string;
  /** The block of the file that each block of lanewise is. */
  readonly order: readonly number[];
  readonly states: number;
}

const kinds: Readonly<Record<string, Kind>> = {
  // The gates i, f, g and o, which are i, o, f and c there.
  lstm: { opType: "LSTM", order: [0, 2, 3, 1], states: 2 },
  // The gates r, z and n, which are z, r and h there.
  gru: { opType: "GRU", order: [1, 0, 2], states: 1 },
  simpleRnn: { opType: "RNN", order: [0], states: 1 },
};

/** A recurrent operator that is written. `places` are what its tensors begin with, for each direction. */
interface Cells {
  readonly kind: Kind;
  readonly units: number;
  readonly places: readonly string[];
  readonly writing: Writing;
  readonly config: LayerConfig;
  /** The input without its padding. */
  readonly packing?: Packed | undefined;
}

/** Tensors of all directions behind one another: of each, rows of the file by their numbers here. */
function stacked(
  { kind, units, places }: Cells,
  rowOf: (place: string, col: number) => readonly number[],
): Float32Array {
  const { order } = kind;
  const blocks = order.map((_, block) => order.indexOf(block));
  return Float32Array.from(
    places.flatMap((place) =>
      blocks.flatMap((block) =>
        Array.from({ length: units }, (_, j) => rowOf(place, block * units + j)).flat(),
      ),
    ),
  );
}

/** The weights [directions, blocks units, rows of the own tensor]. */
function weightOf(cells: Cells, name: string): string {
  const { kind, units, places, writing } = cells;
  const { writer, stored, nameOf } = writing;
  const cols = kind.order.length * units;
  const [rows] = stored(places[0] + name).shape;
  const values = stacked(cells, (place, col) => {
    const own = stored(place + name).values;
    return Array.from({ length: rows }, (_, k) => own[k * cols + col]);
  });
  return writer.floats(nameOf(name), [places.length, cols, rows], values);
}

/** Both biases [directions, 2 blocks units], or nothing. */
function biasOf(cells: Cells): string {
  const { kind, units, places, writing } = cells;
  const { writer, find, nameOf } = writing;
  if (!find(`${places[0]}bias`)) return "";
  const cols = kind.order.length * units;
  const values = places.flatMap((place) =>
    ["bias", "recurrentBias"].flatMap((name) =>
      Array.from(stacked({ ...cells, places: [place] }, (_, col) => [find(place + name)?.values[col] ?? 0])),
    ),
  );
  return writer.floats(nameOf("bias"), [places.length, 2 * cols], Float32Array.from(values));
}

/** The states before the first step, [directions, batch, units]. `inputs`: those of each direction. */
function statesOf({ kind, places, writing }: Cells): string[] {
  const { writer, inputs } = writing;
  if (inputs.length < 2) return [];
  const isSwapped = places[0] === "backward.";
  return Array.from({ length: kind.states }, (_, i) => {
    const each = places.map((_, d) => {
      const place = isSwapped ? places.length - 1 - d : d;
      const state = writer.arranged(inputs[1 + place * kind.states + i]);
      return writer.add("Unsqueeze", [state, writer.integers("axes", [0])]);
    });
    return each.length > 1 ? writer.add("Concat", each, { axis: 0n }) : each[0];
  });
}

/** The activations of gates that are hard sigmoids, each with its slope and a half. */
const hardGates = ({ opType }: Kind, places: readonly string[], slope: number) => ({
  activations: places.flatMap(() => ["HardSigmoid", "Tanh", ...(opType === "LSTM" ? ["Tanh"] : [])]),
  activation_alpha: places.map(() => slope),
  activation_beta: places.map(() => 0.5),
});

/** The outputs of the operator at these places: all h, the last h, the last c. */
function operator(cells: Cells, direction: string, outputs: readonly number[]): string[] {
  const { kind, units, places, writing, config, packing } = cells;
  const { writer, inputs } = writing;
  const own = packing ? packing.x : writer.arranged(inputs[0]);
  const x = writer.add("Transpose", [own], { perm: [1n, 0n, 2n] });
  const weights = [weightOf(cells, "weight"), weightOf(cells, "recurrentWeight"), biasOf(cells)];
  const states = statesOf(cells);
  const slope = slopeOfGates(config);
  const given = [x, ...weights, packing?.lengths ?? "", ...states];
  while (given.at(-1) === "") given.pop();
  return writer.several(kind.opType, given, outputs, {
    hidden_size: BigInt(units),
    ...(direction !== "forward" && { direction }),
    ...(kind.opType === "GRU" && config.resetAfter !== false && { linear_before_reset: 1n }),
    ...(config.activation === "relu" && { activations: places.map(() => "Relu") }),
    ...(slope !== 0 && hardGates(kind, places, slope)),
  });
}

const cellsOf = (writing: Writing, config: LayerConfig, places: readonly string[]): Cells => ({
  kind: kinds[config.type],
  units: config.units as number,
  places,
  writing,
  config,
  packing: packingOf(writing, config),
});

function packingOf(writing: Writing, config: LayerConfig): Packed | undefined {
  const { writer, inputs } = writing;
  const [x, state] = inputs;
  if (x.mask === undefined) return undefined;
  const { returnState, returnSequences, reverse } = config;
  const at: AtPadding | undefined =
    returnState === true
      ? { keeps: true, reverse: reverse === true, initial: state && writer.arranged(state) }
      : returnSequences === true
        ? { keeps: false }
        : undefined;
  return packed(writing, writer.arranged(x), x.mask, x.shape[0], at);
}

/** [time, 1, batch, units] as [batch, time, units]. */
const oneOf = ({ writer }: Writing, all: string): string =>
  writer.add("Transpose", [writer.add("Squeeze", [all, writer.integers("axes", [1])])], {
    perm: [1n, 0n, 2n],
  });

export const recurrent: Write = (writing) => {
  const { writer, config, to } = writing;
  const cells = cellsOf(writing, config, [""]);
  const direction = config.reverse === true ? "reverse" : "forward";
  if (config.returnState === true && cells.kind.states > 1) {
    const [all, last] = operator(cells, direction, [0, 2]);
    // Only the last c is asked for: it stands at every step.
    const c = lastOf(cells, writer.add("Squeeze", [last, axis0(writing)]), 2);
    const column = writer.add("Unsqueeze", [c, writer.integers("axes", [1])]);
    const repeated = writer.add("Tile", [column, writer.integers("repeats", [1, to[0], 1])]);
    const steps = oneOf(writing, all);
    const h = cells.packing?.unpacked(steps) ?? steps;
    return writer.value(writer.add("Concat", [h, repeated], { axis: 2n }), to);
  }
  if (config.returnState === true || config.returnSequences === true) {
    const all = oneOf(writing, operator(cells, direction, [0])[0]);
    return writer.value(cells.packing?.unpacked(all) ?? all, to);
  }
  const [last] = operator(cells, direction, [1]);
  return writer.value(lastOf(cells, writer.add("Squeeze", [last, axis0(writing)]), 1), to);
};

/** The first axis, which is that of directions. */
const axis0 = ({ writer }: Writing): string => writer.integers("axes", [0]);

/** A last state of [batch, units]. Without any real step it is the one before the first, input `i`. */
function lastOf({ packing, writing }: Cells, state: string, i: number): string {
  const { writer, inputs } = writing;
  return packing?.last(state, inputs[i] && writer.arranged(inputs[i])) ?? state;
}

/** The last states of both directions side by side, [batch, 2 units]. */
function lastOfBoth({ packing, writing, kind, places }: Cells, both: string): string | undefined {
  const { writer, inputs } = writing;
  if (!packing || inputs.length < 2) return undefined;
  const states = [1, 1 + kind.states].map((i) => writer.arranged(inputs[i]));
  const own = places[0] === "backward." ? states.reverse() : states;
  return packing.last(both, writer.add("Concat", own, { axis: 1n }));
}

const merges: Readonly<Record<string, string>> = { sum: "Add", average: "Mean", multiply: "Mul" };

export const bidirectional: Write = (writing) => {
  const { writer, config, to } = writing;
  const inner = config.layer as LayerConfig;
  const isSwapped = inner.reverse === true;
  const cells = cellsOf(writing, inner, isSwapped ? ["backward.", "forward."] : ["forward.", "backward."]);
  const { units } = cells;
  const isAll = inner.returnSequences === true;
  const [outputs] = operator(cells, "bidirectional", [isAll ? 0 : 1]);
  const perm = isAll ? [2n, 0n, 1n, 3n] : [1n, 0n, 2n];
  const turned = writer.add("Transpose", [outputs], { perm });
  const shape = [0, ...(isAll ? [to[0]] : []), 2 * units];
  const both = writer.add("Reshape", [turned, writer.integers("shape", shape)]);
  const joined = (isAll ? cells.packing?.unpacked(both) : lastOfBoth(cells, both)) ?? both;
  if (config.merge === "concatenate" && !isSwapped) return writer.value(joined, to);
  const axis = writer.integers("axis", [shape.length - 1]);
  const halves = [0, 1].map((d) =>
    writer.add("Slice", [
      joined,
      writer.integers("begin", [d * units]),
      writer.integers("end", [(d + 1) * units]),
      axis,
    ]),
  );
  if (config.merge !== "concatenate")
    return writer.value(writer.add(merges[config.merge as string], halves), to);
  return writer.value(writer.add("Concat", halves.reverse(), { axis: BigInt(shape.length - 1) }), to);
};

export const step: Write = ({ writer, config, inputs: [x], to }) =>
  writer.value(
    writer.add("Gather", [writer.arranged(x), writer.integer("index", config.index as number)], { axis: 1n }),
    to,
  );
