import type { NodeProto } from "onnx-buf";
import type { Tensor } from "../../index.js";
import { elementwise, isTruth } from "./elementwise.js";
import { BATCH, countOf, type Factor } from "./folded.js";
import { axisOf } from "./folds/axes.js";
import { attributesOf, type GraphInput, numberOf } from "./graph.js";
import { joinedAxes, movedAxes, reducedAxes } from "./mask-axes.js";
import type { Around, Known, Order, Origin } from "./padding.js";
import { BOOL, type Constant, isInteger } from "./tensor.js";

/**
 * Which steps of sequences are padding, by values that a graph computes from one origin: numbers of words of
 * which one means padding, features that all equal a number, true and false, or lengths. Such a value is
 * known by what it is for a step of padding and for a real one, however the graph computes it.
 */

/** More than stand between words and the table that they are looked up in. */
const MOST_CASTS = 4;

/** More steps than any sequence has. */
const MOST_STEPS = 65_536;

/** What hides a number in a softmax or from a maximum. */
const HIDDEN = -1e4;

const all = (numbers: readonly number[], value: number): boolean => numbers.every((one) => one === value);

/** What a value is for steps of padding, and for real ones: one number of each, or one for each step. */
const halves = ({ numbers }: Known): readonly [padding: readonly number[], real: readonly number[]] => {
  const time = numbers.length / 2;
  return [numbers.slice(0, time), numbers.slice(time)];
};

export class Masks {
  private readonly known = new Map<string, Known>();
  private readonly orders = new Map<string, Order>();
  private readonly origins: Origin[] = [];
  private readonly vocabularies = new Map<Tensor, number>();
  private readonly paddings = new Map<Tensor, number | undefined>();

  /** Values whose real steps stand first, and those whose samples stand in the order of their lengths. */
  readonly packed = new Map<string, Origin>();
  readonly sorted = new Set<string>();
  /** What outputs of recurrent layers are without any real step: states that they began with. */
  readonly begun = new Map<Tensor, readonly Tensor[]>();

  constructor(private readonly reading: Around) {}

  find(name = ""): Known | undefined {
    return this.known.get(name);
  }

  orderOf(name = ""): Order | undefined {
    return this.orders.get(name);
  }

  /** The sizes of a value, with 0 for the batch. */
  sizesOf(name: string): readonly number[] | undefined {
    const axes = (this.known.get(name) ?? this.orders.get(name))?.axes;
    return axes?.map((axis) => (axis.includes(BATCH) ? 0 : countOf(axis)));
  }

  /** The only object for an origin. */
  origin(of: Tensor, padding: number, kind: Origin["kind"], time: number): Origin {
    const same = this.origins.find((one) => one.of === of && Object.is(one.padding, padding));
    if (same) return same;
    const made = { of, padding, kind, time: { size: time } };
    this.origins.push(made);
    return made;
  }

  /**
   * Takes an input that says by itself which steps there are: true and false or 1 and 0, or lengths. Says
   * whether it can be nothing else. `tensor`: what it is in lanewise.
   */
  addInput({ name, dims, type }: GraphInput, tensor: Tensor): boolean {
    const { inputs } = this.reading.graph;
    if (dims.length === 0) {
      const sequence = inputs.find((other) => other.dims.length > 1);
      const words = inputs.find((other) => other.dims.length === 1 && isInteger(other.type));
      const time = Math.min((sequence ?? words)?.dims[0] ?? 1, MOST_STEPS);
      const origin = this.origin(tensor, Number.NaN, "lengths", time);
      const numbers = Array.from({ length: time + 1 }, (_, n) => n);
      this.known.set(name, { origin, kind: "count", numbers, axes: [[BATCH]] });
      return true;
    }
    const isOfSteps = inputs.some((other) => other.name !== name && other.dims[0] === dims[0]);
    const isTruth = type === BOOL || (isInteger(type) && isOfSteps && !this.isWords(name));
    if (!isTruth || dims.length !== 1) return false;
    this.known.set(name, this.steps(this.origin(tensor, 1, "truth", dims[0]), [1, 0]));
    // Whole numbers may be anything else.
    return type === BOOL;
  }

  /** Whether a value is looked up in a table, perhaps as another type. */
  private isWords(name: string): boolean {
    return this.tableOf(name) !== undefined;
  }

  /** The first table that a value is looked up in. */
  private tableOf(name: string, casts = MOST_CASTS): Constant | undefined {
    for (const { opType, input, output } of this.reading.users(name)) {
      const isLookUp = opType === "Gather" && input[1] === name;
      const own = isLookUp ? this.reading.constants.get(input[0]) : undefined;
      const table = own ?? (opType === "Cast" && casts > 0 ? this.tableOf(output[0], casts - 1) : undefined);
      if (table) return table;
    }
    return undefined;
  }

  /** The index that a graph takes for padding, of words that an embedding looks up. */
  paddingOf(words: Tensor, vocabulary: number): number | undefined {
    const { reading, paddings } = this;
    if (!paddings.has(words)) {
      const compared = reading.nodes
        .filter(({ opType }) => isTruth(opType))
        .map((node) => {
          const at = node.input.findIndex((name) => reading.find(name)?.tensor === words);
          return at < 0 ? undefined : this.compared(node, at, vocabulary);
        });
      const isWord = (padding = -1) => Number.isInteger(padding) && padding >= 0 && padding < vocabulary;
      paddings.set(words, compared.find(isWord));
    }
    return paddings.get(words);
  }

  /** The number of which a comparison with a constant says something else than of all others. */
  private compared(node: NodeProto, at: number, vocabulary: number): number | undefined {
    if (!isTruth(node.opType) || node.input.length !== 2) return undefined;
    const constant = this.reading.constants.get(node.input[1 - at] ?? "");
    if (constant?.values.length !== 1) return undefined;
    const [value] = Array.from(constant.values);
    if (node.opType === "Equal") return value;
    const holds = elementwise[node.opType](attributesOf(node));
    // Numbers of words begin at 0, which alone is told apart by an inequality, or the last is.
    const truths = [0, 1, vocabulary - 2, vocabulary - 1].map((word) =>
      at === 0 ? holds(word, value) : holds(value, word),
    );
    if (truths[0] !== truths[1] && truths[1] === truths[3]) return 0;
    return truths[3] !== truths[2] && truths[0] === truths[2] ? vocabulary - 1 : undefined;
  }

  /** Takes a node that works on such values alone, or begins one. Says whether it was one. */
  add(node: NodeProto): boolean {
    const { input, output } = node;
    const own = input.map((name) => this.known.get(name));
    if (!own.some(Boolean)) return this.addOrder(node) || this.begin(node);
    const isOther = input.some((name, i) => name !== "" && !own[i] && !this.reading.constants.get(name));
    if (isOther) return false;
    const made = this.elements(node, own) ?? this.made(node, own[0]);
    if (made) this.known.set(output[0], made);
    return made !== undefined || this.addOrder(node);
  }

  /** A comparison of numbers with a constant. */
  private begin(node: NodeProto): boolean {
    const { reading } = this;
    if (!isTruth(node.opType)) return false;
    const at = node.input.findIndex((name) => reading.find(name));
    const value = reading.find(node.input[at] ?? "");
    if (!value || value.flipped || !reading.batched) return false;
    const { tensor, dims } = value;
    const isOfWords = dims.length === 1;
    const padding = this.compared(node, at, isOfWords ? this.vocabularyOf(tensor) : 0);
    if (padding === undefined || (!isOfWords && node.opType !== "Equal")) return false;
    if (isOfWords && this.vocabularyOf(tensor) === 0) return false;
    const origin = this.origin(tensor, padding, isOfWords ? "words" : "features", dims[0]);
    const holds = elementwise[node.opType](attributesOf(node));
    const constant = reading.constants.get(node.input[1 - at])?.values[0] as number;
    const truth = (word: number) => (at === 0 ? holds(word, constant) : holds(constant, word));
    const numbers = [truth(padding), truth(padding === 0 ? 1 : padding - 1)];
    const features = dims.slice(1).map((size): Factor[] => (size === 1 ? [] : [{ size }]));
    const steps = this.steps(origin, numbers);
    this.known.set(
      node.output[0],
      isOfWords ? steps : { origin, kind: "features", numbers, axes: [...steps.axes, ...features] },
    );
    return true;
  }

  /** The words of the table that numbers are looked up in; of several, of the first. */
  vocabularyOf(words: Tensor): number {
    const { reading, vocabularies } = this;
    const known = vocabularies.get(words);
    if (known !== undefined) return known;
    const names = reading.nodes.flatMap(({ input }) => input.slice(0, 2));
    const name = names.find((one) => reading.find(one)?.tensor === words && this.isWords(one));
    const vocabulary = (name === undefined ? undefined : this.tableOf(name))?.dims[0] ?? 0;
    vocabularies.set(words, vocabulary);
    return vocabulary;
  }

  private steps(origin: Origin, numbers: readonly number[]): Known {
    const { time } = origin;
    return { origin, kind: "steps", numbers, axes: [[BATCH], time.size === 1 ? [] : [time]] };
  }

  /** What an operator makes of them element by element. */
  private elements(node: NodeProto, own: readonly (Known | undefined)[]): Known | undefined {
    const { opType, input } = node;
    if (!Object.hasOwn(elementwise, opType)) return undefined;
    const values = own.filter((one) => one !== undefined);
    const [first] = [...values].sort((a, b) => b.axes.length - a.axes.length);
    const { origin, kind } = first;
    if (first.base) return this.timesOne(node, first);
    if (values.some((one) => one.origin !== origin || one.kind !== kind || one.base)) return undefined;
    const axes = joinedAxes(values.map((one) => one.axes));
    if (!axes) return undefined;
    const constants = input.map((name) => this.reading.constants.get(name));
    const compared = this.comparedLengths(node, own, constants);
    if (compared) return compared;
    const rows = own.map((one, i) => one?.numbers ?? this.rowOf(constants[i], first));
    if (input.some((name, i) => name !== "" && !rows[i])) return this.withBase(node, own, constants);
    const count = Math.max(...rows.map((row) => row?.length ?? 0));
    this.reading.constants.spend(node, count);
    const apply = elementwise[opType](attributesOf(node));
    const sorted = values.some((one) => one.sorted === true);
    // Of steps that are all alike there are two numbers, one for padding and one for others.
    const at = (row: readonly number[], i: number) => row[Math.floor((i * row.length) / count)];
    const numbers = Array.from({ length: count }, (_, i) =>
      apply(...rows.map((row) => (row && at(row, i)) as number)),
    );
    return { ...first, axes, sorted, numbers };
  }

  /** A mask of the causal kind with one of padding, as it is. */
  private timesOne({ opType, input }: NodeProto, mask: Known): Known | undefined {
    const by = this.reading.constants.get(input[opType === "Mul" && this.known.has(input[1]) ? 0 : 1] ?? "");
    return by?.values.length === 1 && by.values[0] === 1 && ["Mul", "Div"].includes(opType)
      ? mask
      : undefined;
  }

  /** A constant that is one number, or one for each step, as it goes with the numbers of a value. */
  private rowOf(constant: Constant | undefined, { kind, origin, axes }: Known): number[] | undefined {
    if (!constant || constant.values.length === 0) return undefined;
    const values = Array.from(constant.values);
    if (values.every((value) => Object.is(value, values[0]))) return [values[0]];
    const isRow = values.length === constant.dims[constant.dims.length - 1];
    const isOfSteps = kind === "steps" && isRow && values.length === origin.time.size;
    return isOfSteps && axes[axes.length - 1][0] === origin.time ? [...values, ...values] : undefined;
  }

  /** A comparison of lengths with the numbers of steps, 0, 1, 2 ... */
  private comparedLengths(
    node: NodeProto,
    own: readonly (Known | undefined)[],
    constants: readonly (Constant | undefined)[],
  ): Known | undefined {
    const at = own.findIndex((one) => one !== undefined);
    const row = constants[1 - at];
    const known = own[at];
    if (!known || !row || !isTruth(node.opType) || !this.isCount(known)) return undefined;
    const { origin, axes } = known;
    const { size } = origin.time;
    const isRow = row.dims[row.dims.length - 1] === size && Array.from(row.values).every((t, i) => t === i);
    if (!isRow || row.values.length !== size || size < 2 || axes.length !== 2 || axes[1].length > 0)
      return undefined;
    const compare = elementwise[node.opType](attributesOf(node));
    const holds = (length: number, t: number) => (at === 0 ? compare(length, t) : compare(t, length));
    const real = [holds(1, 0), holds(size, 0), holds(size, size - 1)];
    const padding = [holds(0, 0), holds(1, 1), holds(0, size - 1)];
    if (!all(real, real[0]) || !all(padding, padding[0])) return undefined;
    return this.steps(origin, [padding[0], real[0]]);
  }

  /** What hides steps of padding beside a constant for each query and key. */
  private withBase(
    node: NodeProto,
    own: readonly (Known | undefined)[],
    constants: readonly (Constant | undefined)[],
  ): Known | undefined {
    const { opType } = node;
    const at = own.findIndex((one) => one !== undefined);
    const mask = own[at] as Known;
    if (mask.kind !== "steps" || own.filter(Boolean).length > 1) return undefined;
    if (opType === "Add") return { ...mask, base: constants[1 - at] };
    const chosen = opType === "Where" && at === 0 ? this.chosen(node, mask) : undefined;
    return chosen && { ...chosen.known, base: this.reading.constants.get(chosen.other) };
  }

  /** What is chosen for steps of padding by a Where, beside another value: 0 stands for that. */
  chosen({ input }: NodeProto, mask: Known): { known: Known; other: string } | undefined {
    if (mask.kind !== "steps" || mask.base) return undefined;
    const [a, b] = [1, 2].map((i) => this.rowOf(this.reading.constants.get(input[i] ?? ""), mask));
    const chosen = a ?? b;
    if (chosen?.length !== 1 || (a && b)) return undefined;
    const numbers = mask.numbers.map((value) => ((value !== 0) === (a !== undefined) ? chosen[0] : 0));
    return { known: { ...mask, numbers }, other: input[a ? 2 : 1] };
  }

  /** What other operators make of a value. */
  private made(node: NodeProto, known: Known | undefined): Known | undefined {
    if (!known) return undefined;
    const { opType } = node;
    if (["ReduceSum", "ReduceMax", "ReduceMin"].includes(opType)) return this.reduced(node, known);
    if (opType === "CumSum") return this.summed(node, known);
    const axes = movedAxes(this.reading, node, known);
    return axes && { ...known, axes };
  }

  private constantAt({ input }: NodeProto, i: number): Constant | undefined {
    return this.reading.constants.get(input[i] ?? "");
  }

  /** How many real steps there are, or whether any feature of a step is another number. */
  private reduced(node: NodeProto, known: Known): Known | undefined {
    const { kind, origin, numbers, axes } = known;
    const { gone, left } = reducedAxes(this.reading, node, axes);
    if (kind === "features" && node.opType !== "ReduceSum") {
      const [padding, other] = numbers;
      const fits = node.opType === "ReduceMax" ? other > padding : other < padding;
      const features = axes.slice(2).flat();
      if (!fits || gone.flat().some((factor) => !features.includes(factor))) return undefined;
      return gone.flat().length === features.length
        ? { ...this.steps(origin, numbers), axes: left }
        : undefined;
    }
    const { size } = origin.time;
    const isOverTime = gone.length === 1 && gone[0].length === 1 && gone[0][0] === origin.time;
    if (kind !== "steps" || node.opType === "ReduceMin" || !isOverTime || known.base) return undefined;
    const [padding, real] = halves(known).map(([first, ...others]) =>
      all(others, first) ? first : Number.NaN,
    );
    if (Number.isNaN(padding + real)) return undefined;
    this.reading.constants.spend(node, size);
    const counted = Array.from({ length: size + 1 }, (_, n) => {
      if (node.opType === "ReduceSum") return n * real + (size - n) * padding;
      return n === 0 ? padding : n === size ? real : Math.max(padding, real);
    });
    return { origin, kind: "count", numbers: counted, axes: left };
  }

  /** How many real steps there are up to each, or before it. */
  private summed(node: NodeProto, known: Known): Known | undefined {
    const { kind, origin, axes } = known;
    const axis = this.constantAt(node, 1)?.values[0];
    if (kind !== "steps" || axis === undefined) return undefined;
    const [along] = axes[axisOf(node, axis, axes.length)];
    const isExclusive = numberOf(node, "exclusive", 0) !== 0;
    const isReverse = numberOf(node, "reverse", 0) !== 0;
    if (!this.isMask(known) || along !== origin.time || (isExclusive && isReverse)) return undefined;
    this.reading.constants.spend(node, origin.time.size);
    const numbers = Array.from({ length: origin.time.size + 1 }, (_, n) => n);
    return { origin, kind: isExclusive ? "before" : isReverse ? "left" : "seen", numbers, axes };
  }

  /** Takes a node that gives an order of steps or of samples. Says whether it was one. */
  private addOrder(node: NodeProto): boolean {
    const { opType, input, output } = node;
    const known = this.known.get(input[0]);
    const order = this.orders.get(input[opType === "ScatterElements" ? 1 : 0]);
    if (order) {
      const isBack = opType === "ScatterElements" && order.to === "sorted" && this.isOwnOrder(node);
      const axes = opType === "Unsqueeze" ? movedAxes(this.reading, node, order) : order.axes;
      if (!isBack && opType !== "Cast" && opType !== "Unsqueeze") return false;
      if (axes) this.orders.set(output[0], { ...order, axes, ...(isBack && { to: "unsorted" as const }) });
      return axes !== undefined;
    }
    if (opType !== "TopK" || !known || numberOf(node, "largest", 1) === 0) return false;
    const { origin, axes } = known;
    const along = axes[axisOf(node, numberOf(node, "axis", -1), axes.length)];
    const most = this.constantAt(node, 1)?.values[0];
    if (known.kind === "count" && axes.length === 1 && this.isCount(known)) {
      this.known.set(output[0], { ...known, sorted: true });
      this.orders.set(output[1], { to: "sorted", origin, axes });
      return true;
    }
    const [padding, real] = halves(known);
    const isFalling =
      real.length === origin.time.size && real.every((value, t) => t === 0 || value < real[t - 1]);
    const isFront = isFalling && Math.max(...padding) < real[real.length - 1];
    const isWhole = along?.[0] === origin.time && most === origin.time.size;
    if (known.kind !== "steps" || !isFront || !isWhole || this.reading.uses(output[0]) > 0) return false;
    this.orders.set(output[1], { to: "front", origin, axes });
    return true;
  }

  /** Whether a ScatterElements puts 0, 1, 2 ... at the places that an order names. */
  private isOwnOrder(node: NodeProto): boolean {
    const updates = this.constantAt(node, 2);
    const isRow = updates && Array.from(updates.values).every((value, i) => value === i);
    return isRow === true && numberOf(node, "axis", 0) === 0;
  }

  /** Whether a value is 1 for real steps and 0 for others. */
  isMask(known: Known): boolean {
    const [padding, real] = halves(known);
    return known.kind === "steps" && !known.base && all(padding, 0) && all(real, 1);
  }

  /** Whether a value is the number of real steps. */
  isCount({ kind, numbers }: Known): boolean {
    return kind === "count" && numbers.every((value, n) => value === n);
  }

  /**
   * The value, where it names real steps as one of 1 and 0 does. Of true and false, which of them is padding
   * is known only by this.
   */
  turned(known: Known): Known {
    const { origin, kind, numbers } = known;
    if (origin.kind !== "truth") return known;
    const { of, padding, time } = origin;
    const other = this.origin(of, 1 - padding, "truth", time.size);
    const replaced = known.axes.map((axis) => axis.map((one) => (one === time ? other.time : one)));
    const turned = kind === "steps" ? [...halves(known)].reverse().flat() : [...numbers].reverse();
    return { ...known, origin: other, numbers: turned, axes: replaced };
  }

  /** The origin of a value that hides steps of padding: it is 0 for real ones, and far below for others. */
  hiddenBy(known: Known): Origin | undefined {
    const hides = (one: Known): boolean => {
      const [padding, real] = halves(one);
      return one.kind === "steps" && padding.every((value) => value <= HIDDEN) && all(real, 0);
    };
    return [known, this.turned(known)].find(hides)?.origin;
  }

  /** Where one of several values stands, if it stands there alone: the time, behind the batch. */
  isOfSteps({ axes, origin }: Known, lead = 1): boolean {
    return axes[lead]?.length === 1 && axes[lead][0] === origin.time && axes[0][0] === BATCH;
  }

  /** Whether a value is one for each key, [batch ..., 1, keys]. */
  isOfKeys({ axes, origin }: Known): boolean {
    const [queries, keys] = axes.slice(-2);
    return axes.length > 2 && queries.length === 0 && keys.length === 1 && keys[0] === origin.time;
  }
}
