import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** What one comparison of outputs gave. */
export interface Comparison {
  readonly judge: string;
  readonly version: string;
  readonly what: string;
  readonly rows: number;
  /** Between an output of lanewise and the judge's. */
  readonly largest: number;
}

/** What a judge found that is no difference of outputs. */
export interface Finding {
  readonly judge: string;
  readonly version: string;
  readonly what: string;
  readonly found: string;
  readonly holds: boolean;
}

export type Row = Comparison | Finding;

/** Another program that runs our models, and whose models we run. */
export interface Judge {
  readonly name: string;
  /** Its version, or undefined when it is not there. */
  version(): Promise<string | undefined>;
  /** Debian's packages that install it, where they do. */
  readonly packages?: readonly string[];
  /** @throws Error when it refuses a file */
  rows(version: string): Promise<Row[]>;
}

/** The largest difference of two rows of numbers. NaN when one is. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length || a.length === 0)
    throw new Error(`expected as many outputs on both sides, got ${a.length} and ${b.length}`);
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    // Of two infinities, too.
    const difference = a[i] === b[i] ? 0 : Math.abs(a[i] - b[i]);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

/**
 * Runs a program of this folder by Debian's Python; its standard output. @throws Error with what it said when
 * it failed
 */
export function runPython(program: string, ...words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(
    "/usr/bin/python3",
    [fileURLToPath(new URL(program, import.meta.url)), ...words],
    {
      encoding: "utf8",
      maxBuffer: 1 << 26,
    },
  );
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
  return stdout;
}

/** The version of a module of Debian's Python, if it is there. */
export async function pythonVersion(module: string): Promise<string | undefined> {
  const { status, stdout } = spawnSync(
    "/usr/bin/python3",
    ["-c", `import ${module}; print(${module}.__version__)`],
    { encoding: "utf8" },
  );
  return status === 0 ? stdout.trim() : undefined;
}
