import { KC } from "./gemm";
import { packB, packRows } from "./pack";
import { dropout } from "./random";
import { MR, NR, tile } from "./tile";

/** What attention and its gradient have in common: the record, and products of packed rows. */

/** Queries whose scores are computed at once. */
export const GROUP: i32 = 8;
export const GROUP_BYTES: usize = (<usize>GROUP) << 2;

/** Rows of a tile of y and dq: two such fit a group. */
export const ROWS: i32 = MR < 4 ? MR : 4;

/**
 * The record that `src/ops/attention.ts` writes. A sample of q is [queries, heads keySize] with
 * `queryStride` floats from a query to the next, one of k [keys, heads keySize], one of v [keys, heads
 * valueSize]. `past`: how many keys stand before that of the first query where a query sees its own key and
 * those before, or -1 where it sees all.
 */
@unmanaged
export class Heads {
  queries: i32 = 0;
  keys: i32 = 0;
  heads: i32 = 0;
  keySize: i32 = 0;
  valueSize: i32 = 0;
  queryStride: i32 = 0;
  keyStride: i32 = 0;
  valueStride: i32 = 0;
  past: i32 = 0;

  /** Of `seen` keys, those that some of the `count` queries from `first` on sees. */
  @inline visible(seen: i32, first: i32, count: i32): i32 {
    return this.past < 0 ? seen : min<i32>(seen, first + count + this.past);
  }

  /** The keys that all queries from `first` on see. */
  @inline open(seen: i32, first: i32): i32 {
    return this.past < 0 ? seen : first + this.past + 1;
  }
}

/** Floats of packed rows or columns of a matrix. The last may be written eight wide. */
export function packed(rows: i32, size: i32): i32 {
  return rows * (size + NR) + GROUP;
}

/** x[count, size]^T in panels of NR columns, for count up to GROUP: an operand of productOf. */
export function packColumn<T>(x: usize, stride: usize, count: i32, size: i32, to: usize): void {
  packB<T>(x, stride, 1, count, size, to);
}

/** One more than the last key that mask[keys] shows. */
export function lastSeen(mask: usize, keys: i32): i32 {
  while (keys > 0 && load<f32>(mask + ((<usize>(keys - 1)) << 2)) === 0) keys--;
  return keys;
}

/**
 * The factors of the probabilities [visible, GROUP] of the queries from `first` on, which have a stream of
 * their own.
 */
export function draw(
  shape: Heads,
  factors: usize,
  visible: i32,
  sample: i32,
  head: i32,
  first: i32,
  keep: f32,
  threshold: f32,
  key0: i32,
  key1: i32,
): void {
  const groups = (shape.queries + GROUP - 1) / GROUP;
  const group = (sample * shape.heads + head) * groups + first / GROUP;
  dropout(factors, visible * GROUP, keep, threshold, key0, key1 + group, 0);
}

/** x[rows, size] as panels of MR rows, p-major, and a last one of fewer. */
export function packPanels<T>(x: usize, stride: usize, rows: i32, size: i32, to: usize): void {
  for (let j = 0; j < rows; j += MR) {
    const height = min<i32>(MR, rows - j);
    packRows<T>(x + <usize>j * stride, stride, to, (<usize>height) << 2, height, size);
    to += (<usize>(height * size)) << 2;
  }
}

/**
 * c[rows, GROUP] = A[all, size] column[size, GROUP], A as packPanels packs it: at least `rows` rows, for a
 * panel is computed as a whole.
 */
export function productOf<T>(
  panels: usize,
  all: i32,
  size: i32,
  rows: i32,
  column: usize,
  c: usize,
  cStride: usize,
): void {
  const bytes = (<usize>(size * NR)) << 2;
  for (let j = 0; j < rows; j += MR) {
    const height = min<i32>(MR, all - j);
    rowsTimes<T>(height, size, panels, (<usize>height) << 2, column, bytes, GROUP, c, cStride, false);
    panels += (<usize>(height * size)) << 2;
    c += <usize>height * cStride;
  }
}

/**
 * C[rows, cols] = A[rows, k] B[k, cols], or added to C if `adds`. A: rows side by side, aStep bytes from p to
 * p + 1. B: packed in panels of NR columns, `bBytes` from a panel to the next.
 */
export function rowsTimes<T>(
  rows: i32,
  k: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bBytes: usize,
  cols: i32,
  c: usize,
  cStride: usize,
  adds: bool,
): void {
  const step = (<usize>NR) << 2;
  for (let j = 0; j < cols; j += NR) {
    const width = min<i32>(NR, cols - j);
    let from = b;
    let at = a;
    let addend: usize = adds ? c : 0;
    for (let p = 0; p === 0 || p < k; p += KC) {
      const terms = min<i32>(KC, k - p);
      tile<T>(rows, 1, terms, at, aStep, 0, from, step, c, cStride, addend, addend ? cStride : 0, width);
      at += <usize>terms * aStep;
      from += <usize>terms * step;
      addend = c;
    }
    b += bBytes;
    c += step;
  }
}
