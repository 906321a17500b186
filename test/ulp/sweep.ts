import { sameWord } from "../support/floats.js";
import { type Bound, type FunctionName, functions } from "./bounds.js";
import { BLOCK, type Compute } from "./builds.js";
import { observe, type Worst } from "./error.js";
import { blocks, type Density } from "./inputs.js";

/** One bound of one function, and the worst that each library came to, in the order of the libraries. */
export interface Line {
  readonly name: FunctionName;
  readonly bound: Bound;
  readonly worst: readonly Worst[];
}

/** A library: its functions by the names of assembly/math.ts, those that it has. */
export interface Library {
  readonly name: string;
  readonly has: (name: FunctionName) => boolean;
  readonly compute: (name: FunctionName, x: Float32Array) => Float32Array | Promise<Float32Array>;
}

/**
 * Computes the functions by every library, compares with float64 and the scalar build's bits with the SIMD
 * build's.
 * @returns the lines, lanewise first, and how many inputs there were
 * @throws Error where scalar and SIMD differ
 */
export async function sweep(
  names: readonly FunctionName[],
  density: Density,
  { scalar, simd }: { readonly scalar: Compute; readonly simd: Compute },
  others: readonly Library[] = [],
): Promise<{ lines: readonly Line[]; inputs: number }> {
  const lines = names.flatMap((name) =>
    functions[name].bounds.map(
      (bound): Line => ({
        name,
        bound,
        worst: [undefined, ...others].map(() => ({ error: 0, at: 0, near: 0 })),
      }),
    ),
  );
  const expected = new Float64Array(BLOCK);
  let inputs = 0;
  for (const x of blocks(density, BLOCK)) {
    inputs += x.length;
    for (const name of names) {
      const exact: (x: number) => number = functions[name].exact;
      for (let i = 0; i < x.length; i++) expected[i] = exact(x[i]);
      const own = scalar(name, x);
      demandSameBits(own, simd(name, x), x, name);
      const ofName = lines.filter((line) => line.name === name);
      for (const { bound, worst } of ofName) observe(worst[0], bound, x, expected, own);
      for (const [i, library] of others.entries()) {
        if (!library.has(name)) continue;
        const got = await library.compute(name, x);
        for (const { bound, worst } of ofName) observe(worst[i + 1], bound, x, expected, got);
      }
    }
  }
  return { lines, inputs };
}

function demandSameBits(a: Float32Array, b: Float32Array, x: Float32Array, name: string): void {
  const [words, others] = [a, b].map(
    ({ buffer, byteOffset, length }) => new Uint32Array(buffer, byteOffset, length),
  );
  const at = words.findIndex((word, i) => word !== others[i] && !sameWord(word, others[i]));
  if (at >= 0) throw new Error(`${name}(${x[at]}): the scalar build has ${a[at]}, the SIMD build ${b[at]}`);
}
