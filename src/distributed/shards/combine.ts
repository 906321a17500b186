/**
 * What a round makes of what its shards have computed: float32 by a fixed rule, in the order of the shards.
 */

/** The numbers of a blob. */
export function floatsOf(bytes: Uint8Array): Float32Array {
  const own = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Float32Array(own.buffer, own.byteOffset, own.byteLength / 4);
}

/** The blob of numbers. */
export const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Numbers of a shard, and the rows that they are of. */
export interface Part {
  readonly values: Float32Array;
  readonly rows: number;
}

/**
 * The mean, weighted by rows: w1 + c2 (w2 - w1) + c3 (w3 - w1) ..., where c is a shard's part of all rows and
 * each operation rounds to float32. What is equal in all shards, such as weights that are not trained, stays
 * as it is, and so does all of a single shard.
 */
export function meanOf(parts: readonly Part[], begin = 0): Float32Array {
  const [{ values: first }, ...others] = parts;
  const mean = first.slice(begin);
  const all = parts.reduce((sum, { rows }) => sum + rows, 0);
  for (const { values, rows } of others) {
    const share = Math.fround(rows / all);
    for (let i = 0; i < mean.length; i++) {
      const from = first[begin + i];
      mean[i] += Math.fround(share * Math.fround(values[begin + i] - from));
    }
  }
  return mean;
}

/** ((g1 + g2) + g3) ... of the first `length` numbers, as `fit` adds gradients. */
export function sumOf(parts: readonly Part[], length: number): Float32Array {
  const [{ values: first }, ...others] = parts;
  const sum = first.slice(0, length);
  for (const { values } of others) for (let i = 0; i < length; i++) sum[i] += values[i];
  return sum;
}
