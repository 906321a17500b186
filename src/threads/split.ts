import { type Call, calls } from "./generated/calls.js";

/** A value computed from the arguments of a call. `read` gives the integer at an address. */
export type Of = (a: readonly number[], read: Read) => number;
export type Read = (address: number) => number;

/** A way to divide a call. */
export interface Axis {
  /** The parameter that is the length of a chunk. */
  readonly length: number;
  /** Chunks are multiples of it. */
  readonly grain: Of;
  /** What an argument grows by from one place of the axis to the next: of addresses floats, else units. */
  readonly steps: readonly { readonly parameter: number; readonly isAddress: boolean; readonly by: Of }[];
  /** The parameter that is a workspace, of which each thread needs its own; -1 for none. */
  readonly workspace: number;
}

/** How a kernel is divided. */
export interface Split {
  /**
   * About how many nanoseconds a place takes on one thread, and the parameters whose product is its number.
   */
  readonly each: number;
  readonly of: readonly number[];
  /** What else it takes as many times, if it stands in a record. */
  readonly times?: Of;
  /**
   * Chunks for each thread: fewer where every chunk does the same work before its own, more where threads are
   * not equally fast. Default 3.
   */
  readonly share?: number;
  readonly axis: (a: readonly number[], read: Read) => Axis;
  /**
   * The pointers to what a step of training changes in place: if a thread dies, the others finish the call,
   * so that no weights are left half changed.
   */
  readonly updates?: readonly number[];
}

export type Name = keyof typeof calls;

/** About how many nanoseconds a call takes on one thread. */
export function timeOf({ each, of, times }: Split, a: readonly number[], read: Read): number {
  let nanoseconds = each;
  for (let i = 0; i < of.length; i++) nanoseconds *= a[of[i]];
  return times ? nanoseconds * times(a, read) : nanoseconds;
}

/** Nanoseconds of work that are worth a chunk. */
const LEAST = 700;
/** Chunks for each thread: a thread that is late holds up one of them. */
const SHARE = 3;
/** Chunks of a call at most: a record has a bit for each. */
const MOST_CHUNKS = 32;

/** How much more one thread may get than it would in fewer chunks. */
const BALANCE = 1.05;

/** The number of places of a chunk if `threads` threads share the call; all places if it is not divided. */
export function unitOf(
  split: Split,
  { length, grain }: Axis,
  a: readonly number[],
  read: Read,
  threads: number,
  worthwhile = LEAST,
): number {
  const count = a[length];
  const worth = Math.floor(timeOf(split, a, read) / worthwhile);
  const most = Math.min(threads * (split.share ?? SHARE), MOST_CHUNKS, worth);
  if (!(most > 1)) return count;
  const multiple = grain(a, read);
  const inChunks = (chunks: number): number => Math.ceil(count / chunks / multiple) * multiple;
  if (most < threads) return inChunks(most);
  // Many chunks, but not so that one thread gets clearly more than another.
  let unit = count;
  let least = count;
  for (let chunks = threads; chunks <= most; chunks += threads) {
    const size = inChunks(chunks);
    const load = Math.ceil(Math.ceil(count / size) / threads) * size;
    if (load > BALANCE * least) continue;
    unit = size;
    least = Math.min(least, load);
  }
  return unit;
}

/** What one more is: bytes of a float, or 1. */
export const sizeOf = (isAddress: boolean): number => (isAddress ? 4 : 1);

export function indexOf(name: Name, parameter: string): number {
  const index = (calls[name] as Call).parameters.indexOf(parameter);
  if (index < 0) throw new RangeError(`splits: ${name} has no parameter ${parameter}`);
  return index;
}

/** The product of the parameters of these names, which are separated by "*"; 1 for none. */
export function product(name: Name, parameters: string): Of {
  const factors = parameters.split("*").flatMap((parameter) => parameter || []);
  const indices = factors.map((parameter) => indexOf(name, parameter));
  return (a) => {
    let all = 1;
    for (let i = 0; i < indices.length; i++) all *= a[indices[i]];
    return all;
  };
}

export interface Options {
  readonly grain?: number | Of;
  readonly workspace?: string;
}

/**
 * The axis of the parameter `length`. `steps` has the names of the arguments that move on with it, each with
 * what it moves on by: "x:rows*cols mask:rows label y:", where nothing stands for 1. Those of `sizes` are
 * computed instead.
 */
export function axisOf(
  name: Name,
  length: string,
  steps: string,
  { grain = 1, workspace }: Options = {},
  sizes: Readonly<Record<string, Of>> = {},
): Axis {
  const { types }: Call = calls[name];
  const stepOf = (parameter: string, by: Of) => ({
    parameter: indexOf(name, parameter),
    isAddress: types[indexOf(name, parameter)] === "usize",
    by,
  });
  return {
    length: indexOf(name, length),
    grain: typeof grain === "number" ? () => grain : grain,
    workspace: workspace === undefined ? -1 : indexOf(name, workspace),
    steps: steps.split(" ").map((step) => {
      const [parameter, by = ""] = step.split(":");
      return stepOf(parameter, sizes[by] ?? product(name, by));
    }),
  };
}

/** The integer at word `i` of the record whose address is a parameter; or the product of several such. */
export function wordsOf(name: Name, record: string, ...words: readonly number[]): Of {
  const index = indexOf(name, record);
  return (a, read) => {
    let all = 1;
    for (let i = 0; i < words.length; i++) all *= read(a[index] + 4 * words[i]);
    return all;
  };
}
