import { LARGEST, SMALLEST_NORMAL } from "../support/floats.js";

/** Magnitudes where most of the functions have their largest errors. */
export const NEAR = { from: 0.125, to: 10 } as const;

/** Which float32 numbers are tried. */
export interface Density {
  /**
   * Every step-th of all 2^32, in the order of their bits: infinities, NaN and subnormal numbers among them.
   */
  readonly step: number;
  /** Every near-th of those whose magnitude is in NEAR. */
  readonly near: number;
}

const bits = new DataView(new ArrayBuffer(4));
const wordOf = (x: number): number => {
  bits.setFloat32(0, x);
  return bits.getUint32(0);
};

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

/**
 * Where a function of assembly/math.ts passes from one branch to another: bounds and selections as its
 * docstring has them, the x / ln 2 and 2 x / ln 2 that round to another integer, the powers of two and
 * sqrt(1/2) times them where a logarithm normalises; and the ends of the numbers.
 */
const EDGES: readonly number[] = [
  ...[0, SMALLEST_NORMAL, LARGEST, Number.POSITIVE_INFINITY],
  ...[0.8, 3.95, 5.42, 9.02, 10, 11, 13.27, 18, 20, 40, 88.8, 89, 104, 110],
  ...range(0, 150).map((n) => (n + 0.5) * Math.LN2),
  ...range(0, 27).map((n) => ((n + 0.5) * Math.LN2) / 2),
  ...range(-149, 127).flatMap((n) => [2 ** n, Math.SQRT1_2 * 2 ** n]),
  // 1 + x is one of those where a logarithm of it normalises.
  ...range(-23, 23).map((n) => Math.SQRT1_2 * 2 ** n - 1),
];
/** Numbers on either side of an edge. */
const AROUND = 40;
const SIGN = 0x80000000;

/** The bit patterns, in no order, some of them more than once. */
export function* words({ step, near }: Density): Generator<number> {
  for (const edge of EDGES) {
    const center = wordOf(Math.abs(edge));
    for (let word = Math.max(0, center - AROUND); word <= center + AROUND; word++) {
      yield word;
      yield word + SIGN;
    }
  }
  for (const nan of [0x7fc00000, 0x7fffffff, 0x7fbfffff]) yield* [nan, nan + SIGN];
  for (let word = 0; word < 2 ** 32; word += step) yield word;
  if (step <= near) return;
  for (let word = wordOf(NEAR.from); word <= wordOf(NEAR.to); word += near) {
    yield word;
    yield word + SIGN;
  }
}

/** The numbers in blocks of one length, the last filled up with zeros. A block is overwritten by the next. */
export function* blocks(density: Density, length: number): Generator<Float32Array> {
  const block = new Float32Array(length);
  const blockWords = new Uint32Array(block.buffer);
  let filled = 0;
  for (const word of words(density)) {
    blockWords[filled++] = word;
    if (filled < length) continue;
    yield block;
    filled = 0;
  }
  if (filled > 0) yield block.fill(0, filled);
}
