import type { Kernels, Pointer } from "./kernels.js";
import { cosineOfTurns, log } from "./reproducible-math.js";

/**
 * Random numbers as a function of where they are used, not of how many calls came before: value i of a stream
 * of a seed is the same whatever else was drawn. The generator is Threefry-2x32 with 20 rounds (Salmon,
 * Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", 2011): additions, rotations and
 * exclusive ors of 32-bit integers, which every engine does alike.
 */

const PARITY = 0x1bd11bda;

const rotated = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

/** The block of two 32-bit words for a key and a counter of two words each, into `out`. */
export function threefry(
  key0: number,
  key1: number,
  counter0: number,
  counter1: number,
  out: Uint32Array,
): void {
  let x0 = (counter0 + key0) | 0;
  let x1 = (counter1 + key1) | 0;
  // The three key words alternate.
  let a = key1;
  let b = PARITY ^ key0 ^ key1;
  let c = key0;
  for (let group = 1; group <= 5; group++) {
    const odd = group % 2 === 1;
    x0 = (x0 + x1) | 0;
    x1 = rotated(x1, odd ? 13 : 17) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = rotated(x1, odd ? 15 : 29) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = rotated(x1, odd ? 26 : 16) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = rotated(x1, odd ? 6 : 24) ^ x0;
    x0 = (x0 + a) | 0;
    x1 = (x1 + b + group) | 0;
    const first = a;
    a = b;
    b = c;
    c = first;
  }
  out[0] = x0;
  out[1] = x1;
}

/** What a stream is for: streams of one seed and different purposes are independent. */
export const purposes = {
  initializer: 1,
  split: 2,
  shuffle: 3,
  layer: 4,
  augment: 5,
  bootstrap: 6,
  importance: 7,
  tuning: 8,
  sample: 9,
  token: 10,
  group: 11,
} as const;

const TWO_TO_32 = 4_294_967_296;

/** Stream `index` of the numbers that `seed` gives for a purpose. The seed is any safe integer. */
export class RandomStream {
  private readonly block = new Uint32Array(2);
  private readonly key0: number;
  private readonly key1: number;

  constructor(seed: number, purpose: number, index: number) {
    threefry(seed | 0, Math.floor(seed / TWO_TO_32) | 0, purpose, index, this.block);
    this.key0 = this.block[0] | 0;
    this.key1 = this.block[1] | 0;
  }

  /**
   * Writes the key, of two words, of the stream's own stream [low, high], two integers below 2^32: for
   * kernels that draw.
   */
  writeKey(low: number, high: number, out: Uint32Array): void {
    threefry(this.key0, this.key1, low | 0, high | 0, out);
  }

  /** Value i, uniform in [0, 1), a multiple of 2^-53. */
  uniform(i: number): number {
    return this.fraction(i, 0);
  }

  /** Value i of the standard normal distribution, by the transform of Box and Muller (1958). */
  normal(i: number): number {
    const radius = Math.sqrt(-2 * log(1 - this.fraction(i, 0)));
    return radius * cosineOfTurns(this.fraction(i, 1));
  }

  /** Fills n floats at y in linear memory with values uniform in [-limit, limit). */
  fillUniform(kernels: Kernels, y: Pointer, n: number, limit: number): void {
    kernels.fillUniform(y, n, limit, this.key0, this.key1);
  }

  /** Fills n floats at y in linear memory from the normal distribution of mean 0. */
  fillNormal(kernels: Kernels, y: Pointer, n: number, deviation: number): void {
    kernels.fillNormal(y, n, deviation, this.key0, this.key1);
  }

  /**
   * Puts n 32-bit words at x in linear memory into an order that is uniformly random and a function of the
   * stream.
   */
  shuffle(kernels: Kernels, x: Pointer, n: number): void {
    kernels.shuffle(x, n, this.key0, this.key1);
  }

  private fraction(i: number, word: number): number {
    threefry(this.key0, this.key1, i, word, this.block);
    return ((this.block[0] >>> 5) * 67_108_864 + (this.block[1] >>> 6)) / 9_007_199_254_740_992;
  }
}
