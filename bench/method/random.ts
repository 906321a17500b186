import { randomNumbers } from "../../cli/random.js";

/** n numbers, uniform in [low, high), that a seed decides. */
export function randomFloats(n: number, seed: number, low = -1, high = 1): Float32Array<ArrayBuffer> {
  const random = randomNumbers(seed);
  return Float32Array.from({ length: n }, () => low + (high - low) * random());
}
