/**
 * A small integer generator (mulberry32): the same numbers in every engine and run, which Math.random does
 * not give.
 */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed;
  }

  /** Of 32 bits, unsigned. */
  word(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let x = this.state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return (x ^ (x >>> 14)) >>> 0;
  }

  /** From 0 up to, not including, `bound`. */
  integer(bound: number): number {
    return this.word() % bound;
  }

  /** A float32 in [low, high]. */
  float(low = -1, high = 1): number {
    return Math.fround(low + (high - low) * (this.word() / 2 ** 32));
  }

  floats(n: number, low = -1, high = 1): Float32Array {
    return Float32Array.from({ length: n }, () => this.float(low, high));
  }

  integers(n: number, bound: number): Int32Array {
    return Int32Array.from({ length: n }, () => this.integer(bound));
  }

  /** Of either sign and of every magnitude from 10^least to 10^most alike. */
  magnitudes(n: number, least: number, most: number): Float32Array {
    return Float32Array.from({ length: n }, () => (this.word() & 1 ? 1 : -1) * 10 ** this.float(least, most));
  }
}
