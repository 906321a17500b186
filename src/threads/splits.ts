import { type Call, calls } from "./generated/calls.js";

/**
 * Along which argument each kernel may be divided among threads. A kernel is divided only where no sum is:
 * along rows or columns of a product, rows of a row kernel, elements, samples. The bits are therefore those of
 * one call. A kernel that is not here runs on the calling thread.
 */

/** A value computed from the arguments of a call. `read` gives the integer at an address. */
type Of = (a: readonly number[], read: Read) => number;
type Read = (address: number) => number;

/** A way to divide a call. */
export interface Axis {
  /** The parameter that is the length of a chunk. */
  readonly length: number;
  /** Chunks are multiples of it. */
  readonly grain: number;
  /** Floats that an argument moves on by from one place of the axis to the next. */
  readonly steps: readonly { readonly parameter: number; readonly floats: Of }[];
  /** The parameter that is a workspace, of which each thread needs its own; -1 for none. */
  readonly workspace: number;
}

/** How a kernel is divided. */
export interface Split {
  /** About how many nanoseconds a place takes on one thread, and the parameters whose product is its number. */
  readonly each: number;
  readonly of: readonly number[];
  /** What else it takes as many times, if it stands in a record. */
  readonly times?: Of;
  readonly axis: (a: readonly number[]) => Axis;
  /**
   * The pointers to what a step of training changes in place: if a thread dies, the others finish the call, so
   * that no weights are left half changed.
   */
  readonly updates?: readonly number[];
}

/** About how many nanoseconds a call takes on one thread. */
export function timeOf({ each, of, times }: Split, a: readonly number[], read: Read): number {
  let nanoseconds = each;
  for (let i = 0; i < of.length; i++) nanoseconds *= a[of[i]];
  return times ? nanoseconds * times(a, read) : nanoseconds;
}

const product =
  (...parameters: number[]): Of =>
  (a) =>
    parameters.reduce((all, i) => all * a[i], 1);

/** Describes an axis by the names of parameters: each pointer with the names whose product it moves on by. */
function axisOf(
  { parameters }: Call,
  length: string,
  steps: Readonly<Record<string, string | Of>>,
  { grain = 1, workspace }: { grain?: number; workspace?: string } = {},
): Axis {
  const indexOf = (name: string) => {
    const index = parameters.indexOf(name);
    if (index < 0) throw new RangeError(`splits: no parameter ${name} among ${parameters.join(", ")}`);
    return index;
  };
  return {
    length: indexOf(length),
    grain,
    workspace: workspace === undefined ? -1 : indexOf(workspace),
    steps: Object.entries(steps).map(([pointer, by]) => ({
      parameter: indexOf(pointer),
      floats: typeof by === "string" ? product(...by.split(" ").filter(Boolean).map(indexOf)) : by,
    })),
  };
}

type Name = keyof typeof calls;

/** Elements 0 to n - 1 of all pointers. */
function elements(name: Name, each = 0.3): [Name, Split] {
  const call: Call = calls[name];
  const n = call.parameters.indexOf("n");
  const pointers = call.parameters.filter((_, i) => call.types[i] === "usize");
  const axis = axisOf(call, "n", Object.fromEntries(pointers.map((pointer) => [pointer, ""])), { grain: 16 });
  return [name, { each, of: [n], axis: () => axis }];
}

/** The update of an optimizer: all pointers but that of the gradients. */
function update(name: Name): [Name, Split] {
  const [, split] = elements(name, 0.8);
  const { parameters, types }: Call = calls[name];
  const updates = [...parameters.keys()].filter((i) => types[i] === "usize" && parameters[i] !== "g");
  return [name, { ...split, updates }];
}

/** Rows of `cols` elements of these pointers. */
function rows(name: Name, pointers: string, each = 0.5): [Name, Split] {
  const call: Call = calls[name];
  const [m, n] = ["rows", "cols"].map((parameter) => call.parameters.indexOf(parameter));
  const steps = Object.fromEntries(
    pointers.split(" ").map((pointer) => {
      const [parameter, one] = pointer.split(":");
      return [parameter, one === "1" ? "" : "cols"];
    }),
  );
  const axis = axisOf(call, "rows", steps);
  return [name, { each, of: [m, n], axis: () => axis }];
}

/** An activation and its gradient. */
function activations(each: number, ...names: string[]): [Name, Split][] {
  return names.flatMap((name) => {
    const backward = `${name}Backward` as Name;
    const [saved] = calls[backward].parameters;
    return [rows(name as Name, "z y", each), rows(backward, `${saved} dy dz`, each)];
  });
}

const GEMM = calls.gemm;
const [, , , , M, N, K, LDA, LDB, LDC, LDD, TRANSPOSE_A, TRANSPOSE_B] = GEMM.parameters.keys();
const byRows = axisOf(
  GEMM,
  "m",
  { a: (a) => (a[TRANSPOSE_A] ? 1 : a[LDA]), c: (a) => a[LDC], d: (a) => a[LDD] },
  { grain: 6, workspace: "workspace" },
);
const byColumns = axisOf(
  GEMM,
  "n",
  { b: (a) => (a[TRANSPOSE_B] ? a[LDB] : 1), c: () => 1, d: () => 1 },
  { grain: 16, workspace: "workspace" },
);

const gemm: Split = {
  each: 0.07,
  of: [M, N, K],
  // Every chunk copies the whole of the operand that is not divided into its workspace: the smaller one.
  axis: (a) => (a[M] >= a[N] ? byRows : byColumns),
};

export const splits: ReadonlyMap<Name, Split> = new Map<Name, Split>([
  ["gemm", gemm],
  ...(["add", "affine", "axpy", "clip", "hadamard", "scale", "subtract", "zero", "penalize"] as const).map(
    (name) => elements(name),
  ),
  ...(["adadelta", "adam", "lion", "momentum", "rmsprop", "sgd"] as const).map(update),
  ...activations(0.2, "relu", "relu6", "leakyRelu"),
  ...activations(2, "tanh", "sigmoid", "gelu", "geluTanh", "silu", "elu", "selu", "softplus", "mish", "exp"),
  rows("gather", "y index:1", 0.5),
  rows("addRow", "z y", 0.2),
  rows("softmax", "x y", 3),
  rows("logSoftmax", "x y", 3),
]);
