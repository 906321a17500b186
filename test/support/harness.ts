import type { ElementwiseLossKernel, Kernels } from "../../src/core/kernels.js";
import type { Instance } from "../../src/core/wasm.js";
import type { KernelName } from "./builds.js";
import { exact, isClose, sameWord, type Tolerance } from "./floats.js";
import { type Twin, twins } from "./twins.js";

/**
 * Runs one kernel call on one build. The arrays of the call are placed at the end of the memory between words
 * of a NaN pattern, which also fills outputs beforehand and the gaps between rows: what reads past an array
 * or an output before it is written comes out as NaN, an index read there traps, and a word that is written
 * where it should not be is found, the inputs' own included.
 */
const GUARD = 0x7fe5a5a5;
const GUARD_WORDS = 8;

/**
 * What the kernel does with an array: an update is read and written, a room is written and then of no
 * meaning.
 */
type Role = "input" | "output" | "update" | "room";
type Values = Float32Array | Int32Array;

/** One array of a call: rows of `cols` elements that start `stride` elements apart. */
export interface Slot {
  readonly role: Role;
  readonly initial: Values;
  readonly cols: number;
  readonly stride: number;
  readonly tolerance: Tolerance;
  /** Of a room whose size a build says itself: its bytes. */
  readonly bytes?: (kernels: Kernels) => number;
}

function slot(
  role: Role,
  initial: Values,
  tolerance: Tolerance = exact,
  cols = initial.length,
  stride = cols,
): Slot {
  return { role, initial, tolerance, cols, stride };
}

export const input = (values: Values): Slot => slot("input", values);
export const output = (n: number, tolerance?: Tolerance): Slot =>
  slot("output", new Float32Array(n), tolerance);
/** An output of 32-bit integers: any words, of which a NaN is equal to the very same NaN alone. */
export const outputWords = (n: number): Slot => slot("output", new Int32Array(n));
export const update = (values: Values, tolerance?: Tolerance): Slot => slot("update", values, tolerance);
export const room = (n: number): Slot => slot("room", new Float32Array(n));
export const roomOf = (bytes: (kernels: Kernels) => number): Slot => ({ ...room(0), bytes });

/** A matrix whose rows start `stride` elements apart. What stands in the gaps is no part of it. */
export function matrix(
  role: Role,
  rows: number,
  cols: number,
  stride: number,
  values: Float32Array,
  tolerance?: Tolerance,
): Slot {
  const spread = new Float32Array(rows === 0 ? 0 : (rows - 1) * stride + cols);
  for (let i = 0; i < rows; i++) spread.set(values.subarray(i * cols, (i + 1) * cols), i * stride);
  return slot(role, spread, tolerance, cols, stride);
}

const isWritten = ({ role }: Slot): boolean => role !== "input";
const isResult = ({ role }: Slot): boolean => role === "output" || role === "update";
const inGap = ({ cols, stride }: Slot, i: number): boolean => stride > cols && i % stride >= cols;

export type Argument = number | Slot;
/**
 * Of the kernel's parameters, a slot for each pointer that is not 0: the same slot twice is the same array
 * twice.
 */
type Arguments<Parameters extends number[]> = { [i in keyof Parameters]: Argument };

/** The kernels that take weights, the last of their parameters: those are 0 where a call leaves them out. */
type WeightedKernel = ElementwiseLossKernel | "softmaxCrossEntropy" | "categoricalCrossEntropy";
type ArgumentsOf<K extends KernelName> = K extends WeightedKernel
  ? Partial<Arguments<Parameters<Kernels[K]>>>
  : Arguments<Parameters<Kernels[K]>>;

export interface Call {
  readonly kernel: KernelName;
  readonly args: readonly Argument[];
}

/**
 * Scalars are rounded to float32, as the call into WebAssembly rounds them; counts are too small to change.
 */
export function call<K extends KernelName>(kernel: K, ...args: ArgumentsOf<K>): Call {
  return {
    kernel,
    args: (args as Argument[]).map((argument) =>
      typeof argument === "number" ? Math.fround(argument) : argument,
    ),
  };
}

export const slotsOf = ({ args }: Call): Slot[] => [
  ...new Set(args.filter((argument) => typeof argument !== "number")),
];

/** The same call with one array in the place of another. */
export const withArgument = ({ kernel, args }: Call, at: number, argument: Argument): Call => ({
  kernel,
  args: args.map((old, i) => (i === at ? argument : old)),
});

export function describeCall({ kernel, args }: Call): string {
  const shape = ({ initial, cols, stride }: Slot) =>
    cols === stride
      ? `[${initial.length}]`
      : `[${Math.ceil(initial.length / stride)} x ${cols} of ${stride}]`;
  return `${kernel}(${args.map((argument) => (typeof argument === "number" ? argument : argument.role + shape(argument))).join(", ")})`;
}

export interface Outcome {
  /** What the kernel returned. */
  readonly value: number | undefined;
  /** The words of every array that holds a result, in the order of the arguments. */
  readonly words: ReadonlyMap<Slot, Uint32Array>;
}

export const floatsOf = (words: Uint32Array): Float32Array =>
  new Float32Array(words.buffer, words.byteOffset, words.length);

export function resultOf(outcome: Outcome, slot: Slot): Float32Array {
  return floatsOf(outcome.words.get(slot) ?? new Uint32Array(0));
}

export interface Placement {
  /** Words by which the first array is off 16-byte alignment, the next by one more, and so on. */
  readonly shift?: number;
  /** The array that ends where the memory ends: a read past it traps. */
  readonly last?: Slot;
}

/** @throws Error when a word outside of the call's outputs has changed. */
export function run(
  { kernels, memory, variant }: Instance,
  call: Call,
  { shift = 1, last }: Placement = {},
): Outcome {
  const slots = slotsOf(call);
  if (last) slots.push(...slots.splice(slots.indexOf(last), 1));
  const lengths = slots.map(({ initial, bytes }) => (bytes ? bytes(kernels) >> 2 : initial.length));
  let end = 0;
  const starts = lengths.map((length, i) => {
    const start = ((end + GUARD_WORDS + 3) & ~3) + ((shift + i) & 3);
    end = start + length;
    return start;
  });
  if (!last) end = (end + GUARD_WORDS + 3) & ~3;

  const missing = end * 4 + 1024 - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / 65536));
  const base = memory.buffer.byteLength - end * 4;
  const region = new Uint32Array(memory.buffer, base, end);
  region.fill(GUARD);
  slots.forEach((slot, i) => {
    if (slot.role !== "output" && slot.role !== "room")
      region.set(
        new Uint32Array(slot.initial.buffer, slot.initial.byteOffset, slot.initial.length),
        starts[i],
      );
    forGaps(slot, (from, to) => region.fill(GUARD, starts[i] + from, starts[i] + to));
  });
  const before = region.slice();

  const kernel = kernels[call.kernel] as (...args: number[]) => number | undefined;
  const value = kernel(
    ...call.args.map((argument) =>
      typeof argument === "number" ? argument : base + starts[slots.indexOf(argument)] * 4,
    ),
  );

  const words = new Map<Slot, Uint32Array>();
  slots.forEach((slot, i) => {
    if (!isWritten(slot)) return;
    const after = region.slice(starts[i], starts[i] + lengths[i]);
    before.set(after, starts[i]);
    forGaps(slot, (from, to) => before.fill(GUARD, starts[i] + from, starts[i] + to));
    if (isResult(slot)) words.set(slot, after);
  });
  if (Buffer.compare(bytesOf(before), bytesOf(region)) !== 0) {
    const at = before.findIndex((word, i) => word !== region[i]);
    const near = starts.reduce((best, start, i) => (start - GUARD_WORDS <= at ? i : best), 0);
    throw new Error(
      `${variant} ${describeCall(call)} wrote outside of its outputs: word ${at - starts[near]} of argument ${call.args.indexOf(slots[near])}` +
        ` (${lengths[near]} words) was ${hex(before[at])} and is ${hex(region[at])}`,
    );
  }
  return { value, words };
}

function forGaps({ initial, cols, stride }: Slot, visit: (from: number, to: number) => void): void {
  if (stride === cols) return;
  for (let from = cols; from < initial.length; from += stride) visit(from, from + stride - cols);
}

const bytesOf = (words: Uint32Array): Uint8Array =>
  new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
const hex = (word: number): string => `0x${word.toString(16).padStart(8, "0")}`;

/** A call, and how far its results may be from the twin's. */
export interface Case extends Call {
  /** For the value that the kernel returns. The tolerances of its arrays are theirs. */
  readonly tolerance: Tolerance;
  /** Why float64 tells nothing of this case: it is there for the bits alone. */
  readonly bitsOnly?: string;
}

export const expecting = (call: Call, tolerance: Tolerance = exact): Case => ({ ...call, tolerance });
export const forBitsOnly = (call: Call, bitsOnly: string): Case => ({ ...call, tolerance: exact, bitsOnly });

export interface Expected {
  readonly value: unknown;
  readonly arrays: ReadonlyMap<Slot, Float64Array | Float32Array | Int32Array>;
}

/**
 * What a twin makes of the call, on copies of its arrays: float64, or float32 where the twin rounds as the
 * kernels do.
 */
export function ask(
  twin: Twin,
  call: Call,
  precision: typeof Float64Array | typeof Float32Array = Float64Array,
): Expected {
  const arrays = new Map(
    slotsOf(call).map((slot) => [
      slot,
      slot.initial instanceof Int32Array ? slot.initial.slice() : new precision(slot.initial),
    ]),
  );
  const value = twin(
    ...call.args.map((argument) => (typeof argument === "number" ? argument : (arrays.get(argument) ?? 0))),
  );
  return { value, arrays };
}

const remembered = new WeakMap<Call, Expected>();

/** The twin's answer, computed once for all builds. */
export function expectedOf(call: Call): Expected {
  const known = remembered.get(call) ?? ask(twins[call.kernel as keyof typeof twins] as Twin, call);
  remembered.set(call, known);
  return known;
}

/** @throws Error when a result is farther from the twin's than its tolerance. */
export function checkAgainstTwin(build: Instance, testCase: Case): void {
  const outcome = run(build, testCase);
  const { value, arrays } = expectedOf(testCase);
  const where = `${build.variant} ${describeCall(testCase)}`;
  if (typeof value === "number")
    demandClose([outcome.value ?? Number.NaN], [value], testCase.tolerance, `${where}: value`);
  for (const [slot, words] of outcome.words) {
    const expected = arrays.get(slot);
    const name = `${where}: argument ${testCase.args.indexOf(slot)}`;
    if (expected instanceof Int32Array) demandSameWords(words, new Uint32Array(expected.buffer), name);
    else if (expected) demandClose(floatsOf(words), expected, slot.tolerance, name, slot);
  }
}

/** @throws Error that names the worst element. */
export function demandClose(
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: Tolerance,
  name: string,
  slot?: Slot,
): void {
  let worst = -1;
  let worstRatio = 0;
  for (let i = 0; i < expected.length; i++) {
    if (slot && inGap(slot, i)) continue;
    const allowed = tolerance(expected[i], i);
    if (isClose(got[i], expected[i], allowed)) continue;
    const ratio = Math.abs(got[i] - expected[i]) / allowed;
    // Where the classes differ there is no ratio, and nothing worse.
    if (worst >= 0 && ratio <= worstRatio) continue;
    worst = i;
    worstRatio = Number.isNaN(ratio) ? Number.POSITIVE_INFINITY : ratio;
  }
  if (worst < 0) return;
  const error = `off by ${Math.abs(got[worst] - expected[worst])}, allowed ${tolerance(expected[worst], worst)}`;
  throw new Error(
    `${name}: element ${worst} of ${expected.length}: expected ${show(expected[worst])}, got ${show(got[worst])} (${error})`,
  );
}

const show = (x: number): string => (Object.is(x, -0) ? "-0" : String(x));

/** Equal words, NaN patterns too. */
function demandSameWords(got: Uint32Array, expected: Uint32Array, name: string): void {
  const at = expected.findIndex((word, i) => word !== got[i]);
  if (at >= 0)
    throw new Error(
      `${name}: word ${at} of ${expected.length}: expected ${hex(expected[at])}, got ${hex(got[at])}`,
    );
}

/** Equal bits of every element, where any NaN equals any NaN. */
export function demandSameBits(got: Uint32Array, expected: Uint32Array, name: string, slot?: Slot): void {
  const at = expected.findIndex(
    (word, i) => word !== got[i] && !sameWord(word, got[i]) && !(slot && inGap(slot, i)),
  );
  if (at < 0) return;
  const [a, b] = [floatsOf(expected)[at], floatsOf(got)[at]];
  throw new Error(
    `${name}: element ${at} of ${expected.length}: expected the bits ${hex(expected[at])} (${show(a)}), got ${hex(got[at])} (${show(b)})`,
  );
}

/**
 * The outcomes of two calls of one shape have equal bits: arrays in the order of the arguments, and the
 * value.
 */
export function demandSameOutcome(got: Outcome, expected: Outcome, name: string): void {
  if (!Object.is(got.value, expected.value))
    throw new Error(`${name}: value: expected ${expected.value}, got ${got.value}`);
  const others = [...got.words.values()];
  [...expected.words].forEach(([slot, words], i) => {
    if (slot.initial instanceof Int32Array) demandSameWords(others[i], words, `${name}: result ${i}`);
    else demandSameBits(others[i], words, `${name}: result ${i}`, slot);
  });
}
