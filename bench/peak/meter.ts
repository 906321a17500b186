import { readFileSync } from "node:fs";
import type { Variant } from "lanewise";
import { keep } from "../method/sink.js";
import { type Summary, summarize } from "../method/statistics.js";
import { peakFile } from "./compile.js";

/** A sample takes some 1.5 ms. */
const ROUNDS = 1_000_000;
const WARM_MILLISECONDS = 300;
/** Where the 64 floats are that the loop starts from. */
const ADDRESS = 1024;

const lanes: Record<Variant, number> = { scalar: 1, simd: 4, relaxed: 4 };

/** Measures how many multiply-adds this core does when nothing else holds it up. */
export class PeakMeter {
  private readonly run: (rounds: number, address: number) => void;
  private readonly values: Float32Array;
  private readonly flops: number;
  private rates: number[] = [];

  constructor(variant: Variant) {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(peakFile(variant))));
    const { memory, peak, products } = exports as {
      memory: WebAssembly.Memory;
      peak: (rounds: number, address: number) => void;
      products: () => number;
    };
    this.run = peak;
    this.values = new Float32Array(memory.buffer, ADDRESS, 64);
    this.flops = ROUNDS * products() * 2 * lanes[variant];
    const begin = performance.now();
    while (performance.now() - begin < WARM_MILLISECONDS) this.sample();
  }

  /** Forgets the samples so far. */
  reset(): void {
    this.rates = [];
  }

  sample(): void {
    // The loop stores its sums over what it started from: they would grow from call to call.
    for (let i = 0; i < 64; i++) this.values[i] = (i + 1) / 1024;
    const begin = performance.now();
    this.run(ROUNDS, ADDRESS);
    this.rates.push(this.flops / ((performance.now() - begin) * 1e6));
    keep(this.values[24]);
  }

  /** The fastest of the samples since `reset`, in GFLOP/s. */
  get fastest(): number {
    return Math.max(...this.rates);
  }

  /** In GFLOP/s. */
  get summary(): Summary {
    return summarize(this.rates);
  }
}
