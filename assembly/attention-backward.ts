import { copyRow } from "./copy";
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
import { packB, packRows } from "./pack";
import { MR, NR } from "./tile";

/** Queries whose scores are kept at once. */
const QUERIES: i32 = 64;

/**
 * Bytes from the scores of a key to those of the next: a power of two would crowd them in a part of a cache.
 */
const LINE: usize = (<usize>(QUERIES + GROUP)) << 2;

/** Bytes of the room that attentionBackward needs. */
export function attentionGradientWorkspace(keys: i32, keySize: i32, valueSize: i32): i32 {
  const kept = 2 * packed(keys, keySize) + packed(keys, valueSize);
  const rows = packed(QUERIES, keySize) + packed(QUERIES, valueSize) + packed(QUERIES, MR);
  const columns = packed(GROUP, keySize) + packed(GROUP, valueSize) + 2 * GROUP;
  return ((kept + rows + columns + keys * GROUP) << 2) + 2 * keys * <i32>LINE;
}

/**
 * dq, dk and dv from dy, laid out as q, k, v and y, of which `statistics` and what was drawn are those of
 * attention. w: attentionGradientWorkspace(keys, keySize, valueSize) bytes. The outputs overlap nothing, but
 * may be parts of the rows of one matrix, as q, k and v may.
 */
export function attentionBackward(
  q: usize,
  k: usize,
  v: usize,
  mask: usize,
  statistics: usize,
  dy: usize,
  dq: usize,
  dk: usize,
  dv: usize,
  record: usize,
  w: usize,
  batch: i32,
  keep: f32,
  threshold: f32,
  key0: i32,
  key1: i32,
): void {
  if (ASC_FEATURE_SIMD)
    backward<v128>(q, k, v, mask, statistics, dy, dq, dk, dv, record, w, batch, keep, threshold, key0, key1);
  else
    backward<f32>(q, k, v, mask, statistics, dy, dq, dk, dv, record, w, batch, keep, threshold, key0, key1);
}

function backward<T>(
  q: usize,
  k: usize,
  v: usize,
  mask: usize,
  statistics: usize,
  dy: usize,
  dq: usize,
  dk: usize,
  dv: usize,
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
  const keyPanels = w;
  const valuePanels = keyPanels + ((<usize>packed(keys, keySize)) << 2);
  const kPacked = valuePanels + ((<usize>packed(keys, valueSize)) << 2);
  const qPacked = kPacked + ((<usize>packed(keys, keySize)) << 2);
  const dyPacked = qPacked + ((<usize>packed(QUERIES, keySize)) << 2);
  const panel = dyPacked + ((<usize>packed(QUERIES, valueSize)) << 2);
  const column = panel + ((<usize>packed(QUERIES, MR)) << 2);
  const slopeColumn = column + ((<usize>packed(GROUP, keySize)) << 2);
  const constants = slopeColumn + ((<usize>packed(GROUP, valueSize)) << 2);
  const factors = constants + 2 * GROUP_BYTES;
  const p = factors + <usize>keys * GROUP_BYTES;
  const ds = p + <usize>keys * LINE;
  for (let sample = 0; sample < batch; sample++) {
    const seen = mask ? lastSeen(mask, keys) : keys;
    for (let head = 0; head < heads; head++) {
      const qHead = q + <usize>head * keyBytes;
      const kHead = k + <usize>head * keyBytes;
      const dyHead = dy + <usize>head * valueBytes;
      const dqHead = dq + <usize>head * keyBytes;
      const dkHead = dk + <usize>head * keyBytes;
      const dvHead = dv + <usize>head * valueBytes;
      packPanels<T>(kHead, kStride, seen, keySize, keyPanels);
      packPanels<T>(v + <usize>head * valueBytes, vStride, seen, valueSize, valuePanels);
      packB<T>(kHead, kStride, 0, keySize, seen, kPacked);
      for (let from = 0; from < queries; from += QUERIES) {
        const to = min<i32>(queries, from + QUERIES);
        for (let first = from; first < to; first += GROUP) {
          const count = min<i32>(GROUP, to - first);
          const visible = shape.visible(seen, first, count);
          const at = (<usize>(first - from)) << 2;
          packColumn<T>(qHead + <usize>first * qStride, qStride, count, keySize, column);
          packColumn<T>(dyHead + <usize>first * yStride, yStride, count, valueSize, slopeColumn);
          productOf<T>(keyPanels, seen, keySize, visible, column, p + at, LINE);
          productOf<T>(valuePanels, seen, valueSize, visible, slopeColumn, ds + at, LINE);
          if (keep !== 1) draw(shape, factors, visible, sample, head, first, keep, threshold, key0, key1);
          const known = statistics + ((<usize>first) << 2);
          copyRow(known, constants, count);
          copyRow(known + ((<usize>queries) << 2), constants + GROUP_BYTES, count);
          slopeColumns<T>(
            p + at,
            ds + at,
            visible,
            min<i32>(seen, visible + MR - 1 - ((visible + MR - 1) % MR)),
            shape.open(seen, first),
            mask,
            factor,
            constants,
            keep !== 1 ? factors : 0,
          );
          for (let i = 0; i < count; i += ROWS) {
            const rows = min<i32>(ROWS, count - i);
            rowsTimes<T>(
              rows,
              shape.visible(seen, first + i, rows),
              ds + at + ((<usize>i) << 2),
              LINE,
              kPacked,
              (<usize>(seen * NR)) << 2,
              keySize,
              dqHead + <usize>(first + i) * qStride,
              qStride,
              false,
            );
          }
        }
        packB<T>(qHead + <usize>from * qStride, qStride, 0, keySize, to - from, qPacked);
        packB<T>(dyHead + <usize>from * yStride, yStride, 0, valueSize, to - from, dyPacked);
        const bytes = (<usize>((to - from) * NR)) << 2;
        for (let j = 0; j < seen; j += MR) {
          const rows = min<i32>(MR, seen - j);
          let i = from;
          while (i < to && shape.visible(seen, i, min<i32>(GROUP, to - i)) <= j) i += GROUP;
          const terms = max<i32>(0, to - i);
          if (terms === 0 && from > 0) continue;
          const at = <usize>j * LINE + ((<usize>(i - from)) << 2);
          const skip = (<usize>((i - from) * NR)) << 2;
          const step = (<usize>rows) << 2;
          packRows<T>(ds + at, LINE, panel, step, rows, terms);
          rowsTimes<T>(
            rows,
            terms,
            panel,
            step,
            qPacked + skip,
            bytes,
            keySize,
            dkHead + <usize>j * kStride,
            kStride,
            from > 0,
          );
          packRows<T>(p + at, LINE, panel, step, rows, terms);
          rowsTimes<T>(
            rows,
            terms,
            panel,
            step,
            dyPacked + skip,
            bytes,
            valueSize,
            dvHead + <usize>j * vStride,
            vStride,
            from > 0,
          );
        }
      }
      for (let j = seen; j < keys; j++) {
        memory.fill(dkHead + <usize>j * kStride, 0, keyBytes);
        memory.fill(dvHead + <usize>j * vStride, 0, valueBytes);
      }
      statistics += (<usize>queries) << 3;
    }
    q += <usize>queries * qStride;
    dq += <usize>queries * qStride;
    k += <usize>keys * kStride;
    dk += <usize>keys * kStride;
    v += <usize>keys * vStride;
    dv += <usize>keys * vStride;
    dy += <usize>queries * yStride;
    if (mask) mask += (<usize>keys) << 2;
  }
}

/**
 * Of scores x[rows, GROUP] and dp[rows, GROUP], LINE bytes apart: the probabilities p = exp(factor x - m)
 * / sum, or 0 where a query does not see the key, to x, times f, and ds = factor p (f dp - sum of the
 * column's p f dp) to dp. f: factors[rows, GROUP], 1 if 0. Rows from `rows` to `end` get zeros. constants as
 * softmaxColumns leaves them.
 */
function slopeColumns<T>(
  x: usize,
  dp: usize,
  rows: i32,
  end: i32,
  open: i32,
  mask: usize,
  factor: f32,
  constants: usize,
  factors: usize,
): void {
  const v = lane.bytes<T>();
  const zero = lane.splat<T>(0);
  const by = lane.splat<T>(factor);
  for (let i = 0; i < GROUP; i += 2 * lane.width<T>()) {
    const index0 = lane.add<T>(lane.fromInteger<T>(lane.indices<T>()), lane.splat<T>(<f32>i));
    const index1 = lane.add<T>(index0, lane.splat<T>(<f32>lane.width<T>()));
    const offset = (<usize>i) << 2;
    const m0 = lane.load<T>(constants + offset);
    const m1 = lane.load<T>(constants + offset + v);
    const inverse0 = lane.load<T>(constants + GROUP_BYTES + offset);
    const inverse1 = lane.load<T>(constants + GROUP_BYTES + offset + v);
    let sum0 = zero;
    let sum1 = zero;
    let at = offset;
    let drawn = factors + offset;
    for (let j = 0; j < rows; j++) {
      let p0 = zero;
      let p1 = zero;
      if (!mask || load<f32>(mask + ((<usize>j) << 2)) !== 0) {
        p0 = math.expOfNegative<T>(lane.sub<T>(lane.mul<T>(lane.load<T>(x + at), by), m0));
        p1 = math.expOfNegative<T>(lane.sub<T>(lane.mul<T>(lane.load<T>(x + at + v), by), m1));
        if (j >= open) {
          const hides = lane.splat<T>(<f32>(j - open));
          p0 = lane.and<T>(lane.lt<T>(hides, index0), p0);
          p1 = lane.and<T>(lane.lt<T>(hides, index1), p1);
        }
        p0 = lane.mul<T>(p0, inverse0);
        p1 = lane.mul<T>(p1, inverse1);
      }
      let d0 = lane.load<T>(dp + at);
      let d1 = lane.load<T>(dp + at + v);
      if (factors) {
        d0 = lane.mul<T>(d0, lane.load<T>(drawn));
        d1 = lane.mul<T>(d1, lane.load<T>(drawn + v));
        drawn += GROUP_BYTES;
        lane.store<T>(dp + at, d0);
        lane.store<T>(dp + at + v, d1);
      }
      sum0 = lane.madd<T>(p0, d0, sum0);
      sum1 = lane.madd<T>(p1, d1, sum1);
      lane.store<T>(x + at, p0);
      lane.store<T>(x + at + v, p1);
      at += LINE;
    }
    at = offset;
    drawn = factors + offset;
    for (let j = 0; j < rows; j++) {
      const p0 = lane.load<T>(x + at);
      const p1 = lane.load<T>(x + at + v);
      const d0 = lane.sub<T>(lane.load<T>(dp + at), sum0);
      const d1 = lane.sub<T>(lane.load<T>(dp + at + v), sum1);
      lane.store<T>(dp + at, lane.mul<T>(lane.mul<T>(p0, d0), by));
      lane.store<T>(dp + at + v, lane.mul<T>(lane.mul<T>(p1, d1), by));
      if (factors) {
        lane.store<T>(x + at, lane.mul<T>(p0, lane.load<T>(drawn)));
        lane.store<T>(x + at + v, lane.mul<T>(p1, lane.load<T>(drawn + v)));
        drawn += GROUP_BYTES;
      }
      at += LINE;
    }
    for (let j = rows; j < end; j++) {
      lane.store<T>(x + at, zero);
      lane.store<T>(x + at + v, zero);
      lane.store<T>(dp + at, zero);
      lane.store<T>(dp + at + v, zero);
      at += LINE;
    }
  }
}
