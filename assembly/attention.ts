import { copyRow } from "./copy";
import { hadamard, scale } from "./elementwise";
import {
  draw,
  GROUP,
  GROUP_BYTES,
  Heads,
  lastSeen,
  packColumn,
  packed,
  packPanels,
  productOf,
  ROWS,
  rowsTimes,
} from "./heads";
import { lane } from "./lane";
import { math } from "./math";
import { packB } from "./pack";
import { sumRows } from "./reduce";
import { NR } from "./tile";

/**
 * Scaled dot-product attention (Vaswani and others 2017). q, k and v are read where a projection wrote them,
 * and nothing of [queries, keys] is stored: eight queries at a time have their scores in the room, a row for
 * each key and a column for each query, so that a softmax is arithmetic of whole vectors, and the scores are
 * the transposed operand that a tile of the product with v reads in place.
 *
 *      scores[keys, 8] = K q^T     softmax of each column     y[8, valueSize] = scores^T V
 *
 * Keys after the last one that a mask shows, or that a causal query of the eight sees, take no part: padding
 * at the end changes no bit and takes no time.
 *
 * Orders of sums. A product adds its terms in ascending order in one accumulator a block of KC terms, and the
 * blocks in order, as gemm does. The denominator of a softmax is a sum of reduce.ts over the keys that take
 * part, of which a hidden one is 0. In backward the sum over the keys of p dp has one accumulator; dk and dv
 * are sums over blocks of QUERIES queries.
 */

/** Bytes of the room that attention needs. */
export function attentionWorkspace(keys: i32, keySize: i32, valueSize: i32): i32 {
  const operands = packed(keys, keySize) + packed(keys, valueSize) + packed(GROUP, keySize);
  return (operands + 2 * GROUP + 2 * keys * GROUP) << 2;
}

/**
 * For each sample and head, y[queries, valueSize] = softmax(q k^T / sqrt(keySize)) v: a query that sees no
 * key gets zeros. mask[batch, keys]: 0 hides a key; a mask of 0 hides none. y: [batch, queries, heads
 * valueSize]. statistics[batch, heads, 2, queries], if not 0, gets the largest score of each query, and 1 /
 * the sum of the exponentials of its scores' distance to that. Probabilities are multiplied by `keep`, or by
 * 0 where the integer drawn for them is below the threshold (random.ts); a `keep` of 1 draws none. w:
 * attentionWorkspace(keys, keySize, valueSize) bytes. The outputs overlap nothing.
 */
export function attention(
  q: usize,
  k: usize,
  v: usize,
  mask: usize,
  y: usize,
  statistics: usize,
  record: usize,
  w: usize,
  batch: i32,
  keep: f32,
  threshold: f32,
  key0: i32,
  key1: i32,
): void {
  if (ASC_FEATURE_SIMD)
    forward<v128>(q, k, v, mask, y, statistics, record, w, batch, keep, threshold, key0, key1);
  else forward<f32>(q, k, v, mask, y, statistics, record, w, batch, keep, threshold, key0, key1);
}

function forward<T>(
  q: usize,
  k: usize,
  v: usize,
  mask: usize,
  y: usize,
  statistics: usize,
  record: usize,
  w: usize,
  batch: i32,
  keep: f32,
  threshold: f32,
  key0: i32,
  key1: i32,
): void {
  const shape = changetype<Heads>(record);
  const queries = shape.queries;
  const keys = shape.keys;
  const heads = shape.heads;
  const keySize = shape.keySize;
  const valueSize = shape.valueSize;
  const keyBytes = (<usize>keySize) << 2;
  const valueBytes = (<usize>valueSize) << 2;
  const qStride = (<usize>shape.queryStride) << 2;
  const kStride = (<usize>shape.keyStride) << 2;
  const vStride = (<usize>shape.valueStride) << 2;
  const yStride = <usize>heads * valueBytes;
  const factor: f32 = 1 / sqrt<f32>(<f32>keySize);
  const panels = w;
  const values = panels + ((<usize>packed(keys, keySize)) << 2);
  const column = values + ((<usize>packed(keys, valueSize)) << 2);
  const constants = column + ((<usize>packed(GROUP, keySize)) << 2);
  const scores = constants + 2 * GROUP_BYTES;
  const factors = scores + <usize>keys * GROUP_BYTES;
  for (let sample = 0; sample < batch; sample++) {
    const seen = shape.visible(mask ? lastSeen(mask, keys) : keys, 0, shape.queries);
    for (let head = 0; head < heads; head++) {
      const qHead = q + <usize>head * keyBytes;
      const yHead = y + <usize>head * valueBytes;
      packPanels<T>(k + <usize>head * keyBytes, kStride, seen, keySize, panels);
      packB<T>(v + <usize>head * valueBytes, vStride, 0, valueSize, seen, values);
      for (let first = 0; first < queries; first += GROUP) {
        const count = min<i32>(GROUP, queries - first);
        const visible = shape.visible(seen, first, count);
        packColumn<T>(qHead + <usize>first * qStride, qStride, count, keySize, column);
        productOf<T>(panels, seen, keySize, visible, column, scores, GROUP_BYTES);
        softmaxColumns<T>(scores, visible, shape.open(seen, first), mask, factor, constants);
        if (keep !== 1) {
          draw(shape, factors, visible, sample, head, first, keep, threshold, key0, key1);
          hadamard(scores, factors, scores, visible * GROUP);
        }
        for (let i = 0; i < count; i += ROWS) {
          const rows = min<i32>(ROWS, count - i);
          const to = yHead + <usize>(first + i) * yStride;
          rowsTimes<T>(
            rows,
            shape.visible(seen, first + i, rows),
            scores + ((<usize>i) << 2),
            GROUP_BYTES,
            values,
            (<usize>(seen * NR)) << 2,
            valueSize,
            to,
            yStride,
            false,
          );
        }
        for (let i = 0; i < count; i++) {
          const to = yHead + <usize>(first + i) * yStride;
          scale(to, to, valueSize, load<f32>(constants + GROUP_BYTES + ((<usize>i) << 2)));
        }
        if (statistics) {
          const to = statistics + ((<usize>first) << 2);
          copyRow(constants, to, count);
          copyRow(constants + GROUP_BYTES, to + ((<usize>queries) << 2), count);
        }
      }
      if (statistics) statistics += (<usize>queries) << 3;
    }
    q += <usize>queries * qStride;
    k += <usize>keys * kStride;
    v += <usize>keys * vStride;
    y += <usize>queries * yStride;
    if (mask) mask += (<usize>keys) << 2;
  }
}

/**
 * x[rows, GROUP] = exp(factor x - m) where a query sees the key, else 0. m is the largest of a column's
 * factor x that is seen. Row j is seen by all queries if j < open, and otherwise by those from j - open + 1
 * on. constants[2, GROUP]: m, 1 / the sum of the column, or 0 if that is 0.
 */
function softmaxColumns<T>(x: usize, rows: i32, open: i32, mask: usize, factor: f32, constants: usize): void {
  const v = lane.bytes<T>();
  const low = lane.splat<T>(-f32.MAX_VALUE);
  const zero = lane.splat<T>(0);
  const by = lane.splat<T>(factor);
  for (let i = 0; i < GROUP; i += 2 * lane.width<T>()) {
    const index0 = lane.add<T>(lane.fromInteger<T>(lane.indices<T>()), lane.splat<T>(<f32>i));
    const index1 = lane.add<T>(index0, lane.splat<T>(<f32>lane.width<T>()));
    const offset = (<usize>i) << 2;
    let m0 = low;
    let m1 = low;
    let at = x + offset;
    for (let j = 0; j < rows; j++) {
      if (!mask || load<f32>(mask + ((<usize>j) << 2)) !== 0) {
        let x0 = lane.load<T>(at);
        let x1 = lane.load<T>(at + v);
        if (j >= open) {
          const hides = lane.splat<T>(<f32>(j - open));
          x0 = lane.select<T>(lane.lt<T>(hides, index0), x0, low);
          x1 = lane.select<T>(lane.lt<T>(hides, index1), x1, low);
        }
        m0 = lane.atLeast<T>(m0, x0);
        m1 = lane.atLeast<T>(m1, x1);
      }
      at += GROUP_BYTES;
    }
    m0 = lane.mul<T>(m0, by);
    m1 = lane.mul<T>(m1, by);
    lane.store<T>(constants + offset, m0);
    lane.store<T>(constants + offset + v, m1);
    at = x + offset;
    for (let j = 0; j < rows; j++) {
      let p0 = zero;
      let p1 = zero;
      if (!mask || load<f32>(mask + ((<usize>j) << 2)) !== 0) {
        p0 = math.expOfNegative<T>(lane.sub<T>(lane.mul<T>(lane.load<T>(at), by), m0));
        p1 = math.expOfNegative<T>(lane.sub<T>(lane.mul<T>(lane.load<T>(at + v), by), m1));
        if (j >= open) {
          const hides = lane.splat<T>(<f32>(j - open));
          p0 = lane.and<T>(lane.lt<T>(hides, index0), p0);
          p1 = lane.and<T>(lane.lt<T>(hides, index1), p1);
        }
      }
      lane.store<T>(at, p0);
      lane.store<T>(at + v, p1);
      at += GROUP_BYTES;
    }
  }
  const inverse = constants + GROUP_BYTES;
  sumRows(x, inverse, rows, GROUP, 0, GROUP);
  for (let at = inverse; at < inverse + GROUP_BYTES; at += lane.bytes<T>()) {
    const sum = lane.load<T>(at);
    const inverted = lane.div<T>(lane.splat<T>(1), sum);
    lane.store<T>(at, lane.select<T>(lane.eq<T>(sum, zero), zero, inverted));
  }
}
