import { factorOf, headsOf, queriesOf, sees } from "./attention.js";

/**
 * Attention in its order of operations, each rounded to float32. A product adds its terms in order in blocks
 * of 256, which are added in order; eight queries share the number of keys that take part.
 */
type Floats = Float32Array;
type Drawn = [number, number, number, number];

const { fround } = Math;
const plus = (a: number, b: number): number => fround(a + b);
const minus = (a: number, b: number): number => fround(a - b);
const times = (a: number, b: number): number => fround(a * b);
const over = (a: number, b: number): number => fround(a / b);

const BLOCK = 256;
const QUERIES = 64;
const LOWEST = -(2 - 2 ** -23) * 2 ** 127;

const float = new Float32Array(1);
const word = new Int32Array(float.buffer);

/** e^x, as `math.expOfNegative` rounds it. */
function exp(x: number): number {
  const v = x < -104 ? -104 : x;
  const t = plus(times(fround(1.442695022), v), 12583103);
  const n = minus(t, 12583103);
  const r = plus(times(n, -fround(1.428606765e-6)), plus(times(n, -fround(0.693145752)), v));
  const q = [0.00836867467, 0.0416688919, 0.166665211, 0.499999911].reduce(
    (p, k) => plus(times(p, r), fround(k)),
    fround(0.00137891981),
  );
  float[0] = t;
  word[0] <<= 23;
  return times(times(plus(plus(times(times(r, r), q), r), 1), float[0]), 2 ** -64);
}

/** The sum of n products: blocks of 256 terms. */
function product(n: number, a: (i: number) => number, b: (i: number) => number): number {
  let sum = 0;
  for (let begin = 0; begin === 0 || begin < n; begin += BLOCK) {
    let block = 0;
    for (let i = begin; i < Math.min(n, begin + BLOCK); i++) block = plus(block, times(a(i), b(i)));
    sum = begin === 0 ? block : plus(sum, block);
  }
  return sum;
}

/** Of one query: what its scores and probabilities are made of. */
function scoresOf(
  record: Int32Array,
  [q, k]: readonly Floats[],
  mask: Floats | 0,
  [sample, head, query]: readonly [number, number, number],
) {
  const g = headsOf(record);
  let seen = g.keys;
  while (mask && seen > 0 && mask[sample * g.keys + seen - 1] === 0) seen--;
  const last = Math.min(g.queries, (Math.floor(query / 8) + 1) * 8);
  const n = g.past < 0 ? seen : Math.min(seen, last + g.past);
  const factor = over(1, fround(Math.sqrt(g.keySize)));
  const qAt = (sample * g.queries + query) * g.queryStride + head * g.keySize;
  const kAt = (key: number) => (sample * g.keys + key) * g.keyStride + head * g.keySize;
  const vAt = (key: number) => (sample * g.keys + key) * g.valueStride + head * g.valueSize;
  const yAt = ((sample * g.queries + query) * g.heads + head) * g.valueSize;
  const scores = Array.from({ length: n }, (_, key) =>
    product(
      g.keySize,
      (p) => k[kAt(key) + p],
      (p) => q[qAt + p],
    ),
  );
  const isSeen = scores.map((_, key) => sees(g, mask, sample, query, key));
  return { g, n, factor, scores, isSeen, qAt, kAt, vAt, yAt };
}

/** The sums of softmax, with the order of all sums: `sumOf` of rounded.ts. */
export const roundedAttention = (
  sumOf: (term: (i: number) => number, begin: number, end: number) => number,
) => ({
  attention(
    q: Floats,
    k: Floats,
    v: Floats,
    mask: Floats | 0,
    y: Floats,
    statistics: Floats | 0,
    record: Int32Array,
    _w: Floats,
    batch: number,
    ...drawn: Drawn
  ): void {
    const g = headsOf(record);
    for (const at of queriesOf(g, batch)) {
      const [sample, head, query] = at;
      const { n, factor, scores, isSeen, vAt, yAt } = scoresOf(record, [q, k], mask, at);
      const most = scores.reduce((a, b, key) => (isSeen[key] && a < b ? b : a), LOWEST);
      const largest = times(most, factor);
      const p = scores.map((score, key) => (isSeen[key] ? exp(minus(times(score, factor), largest)) : 0));
      const sum = sumOf((key) => p[key], 0, n);
      const inverse = sum === 0 ? 0 : over(1, sum);
      const weights = p.map((value, key) => times(value, factorOf(g, [...at, key], drawn)));
      for (let c = 0; c < g.valueSize; c++)
        y[yAt + c] = times(
          product(
            n,
            (key) => weights[key],
            (key) => v[vAt(key) + c],
          ),
          inverse,
        );
      if (!statistics) continue;
      const to = (sample * g.heads + head) * 2 * g.queries + query;
      statistics[to] = largest;
      statistics[to + g.queries] = inverse;
    }
  },
  attentionBackward(
    q: Floats,
    k: Floats,
    v: Floats,
    mask: Floats | 0,
    statistics: Floats,
    dy: Floats,
    dq: Floats,
    dk: Floats,
    dv: Floats,
    record: Int32Array,
    _w: Floats,
    batch: number,
    ...drawn: Drawn
  ): void {
    const g = headsOf(record);
    for (let row = 0; row < batch * g.keys; row++) {
      dk.fill(0, row * g.keyStride, row * g.keyStride + g.heads * g.keySize);
      dv.fill(0, row * g.valueStride, row * g.valueStride + g.heads * g.valueSize);
    }
    const [blockOfK, blockOfV] = [new Float32Array(dk.length), new Float32Array(dv.length)];
    for (const at of queriesOf(g, batch)) {
      const [sample, head, query] = at;
      const { n, factor, scores, isSeen, qAt, kAt, vAt, yAt } = scoresOf(record, [q, k], mask, at);
      const from = (sample * g.heads + head) * 2 * g.queries + query;
      const [largest, inverse] = [statistics[from], statistics[from + g.queries]];
      const factors = scores.map((_, key) => factorOf(g, [...at, key], drawn));
      const p = scores.map((score, key) =>
        isSeen[key] ? times(exp(minus(times(score, factor), largest)), inverse) : 0,
      );
      const d = scores.map((_, key) => {
        const value = product(
          g.valueSize,
          (c) => v[vAt(key) + c],
          (c) => dy[yAt + c],
        );
        return times(value, factors[key]);
      });
      const inner = p.reduce((sum, value, key) => plus(sum, times(value, d[key])), 0);
      const ds = p.map((value, key) => times(times(value, minus(d[key], inner)), factor));
      for (let c = 0; c < g.keySize; c++)
        dq[qAt + c] = product(
          n,
          (key) => ds[key],
          (key) => k[kAt(key) + c],
        );
      const isLast = query % QUERIES === QUERIES - 1 || query === g.queries - 1;
      for (let key = 0; key < g.keys; key++) {
        const add = (to: Floats, block: Floats, i: number, a: number, b: number) => {
          if (key < n) block[i] = plus(block[i], times(a, b));
          if (!isLast) return;
          to[i] = query < QUERIES ? block[i] : plus(to[i], block[i]);
          block[i] = 0;
        };
        for (let c = 0; c < g.keySize; c++) add(dk, blockOfK, kAt(key) + c, ds[key], q[qAt + c]);
        const weight = key < n ? times(p[key], factors[key]) : 0;
        for (let c = 0; c < g.valueSize; c++) add(dv, blockOfV, vAt(key) + c, weight, dy[yAt + c]);
      }
    }
  },
});
