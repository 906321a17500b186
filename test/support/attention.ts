import { threefry } from "../../src/core/random.js";

/** Attention and its gradient by their definition, in float64 or any other arrays. */
export type Floats = Float64Array | Float32Array;
type Maybe<T> = T | 0;

/** The record of the kernels: `assembly/heads.ts`. */
export interface Heads {
  readonly queries: number;
  readonly keys: number;
  readonly heads: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly queryStride: number;
  readonly keyStride: number;
  readonly valueStride: number;
  /** -1: every query sees all keys. */
  readonly past: number;
}

export function headsOf(record: Int32Array): Heads {
  const [queries, keys, heads, keySize, valueSize, queryStride, keyStride, valueStride, past] = record;
  return { queries, keys, heads, keySize, valueSize, queryStride, keyStride, valueStride, past };
}

export const recordOf = (g: Heads): Int32Array =>
  Int32Array.of(
    g.queries,
    g.keys,
    g.heads,
    g.keySize,
    g.valueSize,
    g.queryStride,
    g.keyStride,
    g.valueStride,
    g.past,
  );

const block = new Uint32Array(2);

/** The factor of the probability of a key and a query: eight queries share a stream. */
export function factorOf(
  { queries, heads }: Heads,
  [sample, head, query, key]: readonly [number, number, number, number],
  [keep, threshold, key0, key1]: readonly [number, number, number, number],
): number {
  if (keep === 1) return 1;
  const groups = Math.ceil(queries / 8);
  const stream = (sample * heads + head) * groups + Math.floor(query / 8);
  // Of eight floats the first four are the first words of four blocks, and the others the second.
  const at = 8 * key + (query % 8);
  threefry(key0, (key1 + stream) | 0, (at >> 3) * 4 + (at & 3), 0, block);
  return (block[(at >> 2) & 1] | 0) >> 8 < threshold ? 0 : keep;
}

/** Whether a query sees a key. */
export const sees = (
  { keys, past }: Heads,
  mask: Maybe<ArrayLike<number>>,
  sample: number,
  query: number,
  key: number,
): boolean => (past < 0 || key <= query + past) && !(mask && mask[sample * keys + key] === 0);

/** Of one query: its largest score, 1 / the sum of exponentials, and the probabilities. */
function probabilities(g: Heads, q: Floats, k: Floats, mask: Maybe<Floats>, at: readonly number[]) {
  const [sample, head, query] = at;
  const scores = Array.from({ length: g.keys }, (_, key) => {
    let sum = 0;
    for (let p = 0; p < g.keySize; p++)
      sum +=
        q[(sample * g.queries + query) * g.queryStride + head * g.keySize + p] *
        k[(sample * g.keys + key) * g.keyStride + head * g.keySize + p];
    return sees(g, mask, sample, query, key) ? sum / Math.sqrt(g.keySize) : Number.NEGATIVE_INFINITY;
  });
  const largest = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const weights = scores.map((score) => (score === Number.NEGATIVE_INFINITY ? 0 : Math.exp(score - largest)));
  const sum = weights.reduce((a, b) => a + b, 0);
  return { largest, inverse: sum === 0 ? 0 : 1 / sum, p: weights.map((w) => (sum === 0 ? 0 : w / sum)) };
}

export function* queriesOf(
  g: Heads,
  batch: number,
): Generator<[sample: number, head: number, query: number]> {
  for (let sample = 0; sample < batch; sample++)
    for (let head = 0; head < g.heads; head++)
      for (let query = 0; query < g.queries; query++) yield [sample, head, query];
}

/** What `statistics` has for a query that sees nothing: -MAX times the factor. */
const nothing = (keySize: number): number =>
  Math.fround(Math.fround(-(2 - 2 ** -23) * 2 ** 127) * Math.fround(1 / Math.fround(Math.sqrt(keySize))));

export function attention(
  q: Floats,
  k: Floats,
  v: Floats,
  mask: Maybe<Floats>,
  y: Floats,
  statistics: Maybe<Floats>,
  record: Int32Array,
  _w: unknown,
  batch: number,
  ...drawn: [number, number, number, number]
): void {
  const g = headsOf(record);
  for (const [sample, head, query] of queriesOf(g, batch)) {
    const { largest, inverse, p } = probabilities(g, q, k, mask, [sample, head, query]);
    for (let c = 0; c < g.valueSize; c++) {
      let sum = 0;
      for (let key = 0; key < g.keys; key++)
        if (p[key] > 0)
          sum +=
            p[key] *
            factorOf(g, [sample, head, query, key], drawn) *
            v[(sample * g.keys + key) * g.valueStride + head * g.valueSize + c];
      y[((sample * g.queries + query) * g.heads + head) * g.valueSize + c] = sum;
    }
    if (!statistics) continue;
    const at = (sample * g.heads + head) * 2 * g.queries + query;
    statistics[at] = inverse === 0 ? nothing(g.keySize) : largest;
    statistics[at + g.queries] = inverse;
  }
}

/** With `size`, each term of a sum as its absolute value: a bound of its rounding errors. */
function gradient(
  size: (x: number) => number,
  [q, k, v, mask, dy]: readonly [Floats, Floats, Floats, Maybe<Floats>, Floats],
  [dq, dk, dv]: readonly Floats[],
  g: Heads,
  batch: number,
  drawn: [number, number, number, number],
): void {
  const isBound = size(-1) === 1;
  for (const [to, rows, stride, width] of [
    [dq, g.queries, g.queryStride, g.heads * g.keySize],
    [dk, g.keys, g.keyStride, g.heads * g.keySize],
    [dv, g.keys, g.valueStride, g.heads * g.valueSize],
  ] as const)
    for (let row = 0; row < batch * rows; row++) to.fill(0, row * stride, row * stride + width);
  for (const [sample, head, query] of queriesOf(g, batch)) {
    const { p } = probabilities(g, q, k, mask, [sample, head, query]);
    const rowOf = (row: number, rows: number, stride: number, width: number) =>
      (sample * rows + row) * stride + head * width;
    const qAt = rowOf(query, g.queries, g.queryStride, g.keySize);
    const yAt = rowOf(query, g.queries, g.heads * g.valueSize, g.valueSize);
    const factors = p.map((_, key) => factorOf(g, [sample, head, query, key], drawn));
    const dp = p.map((_, key) => {
      const vAt = rowOf(key, g.keys, g.valueStride, g.valueSize);
      let sum = 0;
      for (let c = 0; c < g.valueSize; c++) sum += size(dy[yAt + c] * v[vAt + c]);
      return factors[key] * sum;
    });
    const inner = p.reduce((sum, probability, key) => sum + (probability > 0 ? probability * dp[key] : 0), 0);
    p.forEach((probability, key) => {
      if (probability === 0) return;
      const [kAt, vAt] = [
        rowOf(key, g.keys, g.keyStride, g.keySize),
        rowOf(key, g.keys, g.valueStride, g.valueSize),
      ];
      const ds = (probability * (isBound ? dp[key] + inner : dp[key] - inner)) / Math.sqrt(g.keySize);
      for (let c = 0; c < g.keySize; c++) {
        dq[qAt + c] += size(ds * k[kAt + c]);
        dk[kAt + c] += size(ds * q[qAt + c]);
      }
      for (let c = 0; c < g.valueSize; c++) dv[vAt + c] += size(probability * factors[key] * dy[yAt + c]);
    });
  }
}

export function attentionBackward(
  q: Floats,
  k: Floats,
  v: Floats,
  mask: Maybe<Floats>,
  _statistics: Floats,
  dy: Floats,
  dq: Floats,
  dk: Floats,
  dv: Floats,
  record: Int32Array,
  _w: unknown,
  batch: number,
  ...drawn: [number, number, number, number]
): void {
  gradient((x) => x, [q, k, v, mask, dy], [dq, dk, dv], headsOf(record), batch, drawn);
}

/** Bounds of the terms of dq, dk and dv. */
export function gradientBounds(
  operands: readonly [Floats, Floats, Floats, Maybe<Floats>, Floats],
  record: Int32Array,
  batch: number,
  drawn: [number, number, number, number],
): readonly [Float64Array, Float64Array, Float64Array] {
  const [q, k, v] = operands;
  const bounds = [
    new Float64Array(q.length),
    new Float64Array(k.length),
    new Float64Array(v.length),
  ] as const;
  gradient(Math.abs, operands, bounds, headsOf(record), batch, drawn);
  return bounds;
}

export function rotate(
  x: Floats,
  y: Floats,
  table: Floats,
  rows: number,
  time: number,
  cols: number,
  heads: number,
  half: number,
  direction: number,
): void {
  for (let row = 0; row < rows; row++)
    for (let head = 0; head <= heads; head++)
      for (let p = 0; p < (head < heads ? half : cols - 2 * half * heads); p++) {
        const at = row * cols + head * 2 * half + p;
        if (head === heads) {
          y[at] = x[at];
          continue;
        }
        const cosine = table[(row % time) * 2 * half + p];
        const sine = direction * table[(row % time) * 2 * half + half + p];
        const [a, b] = [x[at], x[at + half]];
        y[at] = a * cosine - b * sine;
        y[at + half] = b * cosine + a * sine;
      }
}
