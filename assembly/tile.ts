import { MR, micro } from "./micro";

export { MR, micro, NR, WIDE, wideTile } from "./micro";

/**
 * Whether the function of a height goes over tiles itself, which saves a call for each. Around the loop of
 * twelve accumulators another loop makes V8 spill them.
 */
const LOOPS: bool = !ASC_FEATURE_RELAXED_SIMD;

/**
 * C[rows count, cols] = A[rows count,k] B[k,cols] + D for cols up to NR, in `count` tiles, each of rows of A
 * that stand side by side: packed, or the columns of a transposed A in place. Two whole vectors are read of
 * each row of B. aStep, bStep: bytes from p to p + 1; aNext: from a tile to the next. d = 0 stands for zeros,
 * dStride is then 0.
 */
export function tile<T>(
  rows: i32,
  count: i32,
  k: i32,
  a: usize,
  aStep: usize,
  aNext: usize,
  b: usize,
  bStep: usize,
  c: usize,
  cStride: usize,
  d: usize,
  dStride: usize,
  cols: i32,
): void {
  if (LOOPS) {
    if (count > 0) tiles<T>(rows, count, k, a, aStep, aNext, b, bStep, c, cStride, d, dStride, cols);
    return;
  }
  for (; count > 0; count--) {
    tiles<T>(rows, 1, k, a, aStep, aNext, b, bStep, c, cStride, d, dStride, cols);
    a += aNext;
    c += <usize>rows * cStride;
    d += <usize>rows * dStride;
  }
}

function tiles<T>(
  rows: i32,
  count: i32,
  k: i32,
  a: usize,
  aStep: usize,
  aNext: usize,
  b: usize,
  bStep: usize,
  c: usize,
  cStride: usize,
  d: usize,
  dStride: usize,
  cols: i32,
): void {
  if (rows === 6) tile6<T>(count, k, a, aStep, aNext, b, bStep, c, cStride, d, dStride, cols);
  else if (rows === 5) tile5<T>(count, k, a, aStep, aNext, b, bStep, c, cStride, d, dStride, cols);
  else if (rows === 4) tile4<T>(count, k, a, aStep, aNext, b, bStep, c, cStride, d, dStride, cols);
  else if (rows === 3) tile3<T>(count, k, a, aStep, aNext, b, bStep, c, cStride, d, dStride, cols);
  else if (rows === 2) tile2<T>(count, k, a, aStep, aNext, b, bStep, c, cStride, d, dStride, cols);
  else tile1<T>(count, k, a, aStep, aNext, b, bStep, c, cStride, d, dStride, cols);
}

function tile6<T>(
  count: i32,
  k: i32,
  a: usize,
  aStep: usize,
  aNext: usize,
  b: usize,
  bStep: usize,
  c: usize,
  cStride: usize,
  d: usize,
  dStride: usize,
  cols: i32,
): void {
  if (MR < 6) return;
  while (true) {
    micro.tile<T>(6, k, a, aStep, b, bStep, c, cStride, d, dStride, cols);
    if (!LOOPS || --count === 0) return;
    a += aNext;
    c += 6 * cStride;
    d += 6 * dStride;
  }
}

function tile5<T>(
  count: i32,
  k: i32,
  a: usize,
  aStep: usize,
  aNext: usize,
  b: usize,
  bStep: usize,
  c: usize,
  cStride: usize,
  d: usize,
  dStride: usize,
  cols: i32,
): void {
  if (MR < 5) return;
  while (true) {
    micro.tile<T>(5, k, a, aStep, b, bStep, c, cStride, d, dStride, cols);
    if (!LOOPS || --count === 0) return;
    a += aNext;
    c += 5 * cStride;
    d += 5 * dStride;
  }
}

function tile4<T>(
  count: i32,
  k: i32,
  a: usize,
  aStep: usize,
  aNext: usize,
  b: usize,
  bStep: usize,
  c: usize,
  cStride: usize,
  d: usize,
  dStride: usize,
  cols: i32,
): void {
  if (MR < 4) return;
  while (true) {
    micro.tile<T>(4, k, a, aStep, b, bStep, c, cStride, d, dStride, cols);
    if (!LOOPS || --count === 0) return;
    a += aNext;
    c += 4 * cStride;
    d += 4 * dStride;
  }
}

function tile3<T>(
  count: i32,
  k: i32,
  a: usize,
  aStep: usize,
  aNext: usize,
  b: usize,
  bStep: usize,
  c: usize,
  cStride: usize,
  d: usize,
  dStride: usize,
  cols: i32,
): void {
  if (MR < 3) return;
  while (true) {
    micro.tile<T>(3, k, a, aStep, b, bStep, c, cStride, d, dStride, cols);
    if (!LOOPS || --count === 0) return;
    a += aNext;
    c += 3 * cStride;
    d += 3 * dStride;
  }
}

function tile2<T>(
  count: i32,
  k: i32,
  a: usize,
  aStep: usize,
  aNext: usize,
  b: usize,
  bStep: usize,
  c: usize,
  cStride: usize,
  d: usize,
  dStride: usize,
  cols: i32,
): void {
  while (true) {
    micro.tile<T>(2, k, a, aStep, b, bStep, c, cStride, d, dStride, cols);
    if (!LOOPS || --count === 0) return;
    a += aNext;
    c += 2 * cStride;
    d += 2 * dStride;
  }
}

function tile1<T>(
  count: i32,
  k: i32,
  a: usize,
  aStep: usize,
  aNext: usize,
  b: usize,
  bStep: usize,
  c: usize,
  cStride: usize,
  d: usize,
  dStride: usize,
  cols: i32,
): void {
  while (true) {
    micro.tile<T>(1, k, a, aStep, b, bStep, c, cStride, d, dStride, cols);
    if (!LOOPS || --count === 0) return;
    a += aNext;
    c += 1 * cStride;
    d += 1 * dStride;
  }
}
