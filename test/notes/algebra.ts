/**
 * Matrices in float64 as rows of numbers, with the operations that the notes write. Shapes that do not fit
 * throw.
 */
export type Rows = number[][];

const shape = (a: Rows): string => `${a.length} x ${a[0].length}`;

function demandOneShape(a: Rows, b: Rows): void {
  if (a.length !== b.length || a[0].length !== b[0].length)
    throw new RangeError(`shapes differ: ${shape(a)} and ${shape(b)}`);
}

export const apply = (f: (x: number) => number, a: Rows): Rows => a.map((row) => row.map(f));
export const column = (values: readonly number[]): Rows => values.map((value) => [value]);
export const transposed = (a: Rows): Rows => a[0].map((_, j) => a.map((row) => row[j]));
export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** The matrix product: entry i, j is the sum over p of a[i][p] b[p][j]. */
export function times(a: Rows, b: Rows): Rows {
  if (a[0].length !== b.length) throw new RangeError(`no product of ${shape(a)} and ${shape(b)}`);
  return a.map((row) => b[0].map((_, j) => sum(row.map((value, p) => value * b[p][j]))));
}

/** The Hadamard product: entry by entry. */
export function hadamard(a: Rows, b: Rows): Rows {
  demandOneShape(a, b);
  return a.map((row, i) => row.map((value, j) => value * b[i][j]));
}

/** The Kronecker product: each entry of a, times the whole of b. */
export const kronecker = (a: Rows, b: Rows): Rows =>
  a.flatMap((row) => b.map((other) => row.flatMap((x) => other.map((y) => x * y))));

/** a + s b. */
export function plus(a: Rows, b: Rows, s = 1): Rows {
  demandOneShape(a, b);
  return a.map((row, i) => row.map((value, j) => value + s * b[i][j]));
}

export const scaled = (s: number, a: Rows): Rows => apply((x) => s * x, a);
