import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** What a judge found. */
export interface Row {
  readonly judge: string;
  /** What was held against what. */
  readonly what: string;
  /** The figure, with what it had to be. */
  readonly found: string;
  readonly holds: boolean;
}

/** A judge gives its rows, or says what is missing and how to get it. */
export type Judge = () => Promise<readonly Row[] | { readonly missing: string }>;

/** The largest difference of two arrays of the same length; NaN and another length count as infinite. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = a[i] === b[i] ? 0 : Math.abs(a[i] - b[i]);
    largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(largest, difference);
  }
  return largest;
}

/** A row that holds when a difference is at most 1e-5. */
export function agreement(judge: string, what: string, difference: number): Row {
  return { judge, what, found: `largest difference ${difference.toExponential(1)}, at most 1e-5`, holds: difference <= 1e-5 };
}

/** Runs a program of this folder by Debian's Python; its standard output. Undefined where the modules that it needs are not there. */
export function python(program: string, modules: readonly string[], ...words: readonly string[]): string | undefined {
  const run = (...args: readonly string[]) => spawnSync("/usr/bin/python3", args, { encoding: "utf8", maxBuffer: 1 << 26 });
  if (run("-c", `import ${modules.join(", ")}`).status !== 0) return undefined;
  const { status, stdout, stderr } = run(fileURLToPath(new URL(program, import.meta.url)), ...words);
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
  return stdout;
}
