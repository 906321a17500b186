import { lane } from "./lane";

/**
 * Rows of a tile; it is two vectors wide. Of sixteen vector registers the engine leaves fifteen: two for B,
 * one for A, and one for the product where multiply and add are apart, which is why twelve accumulators fit
 * the relaxed build alone. Where a build is to be small, fewer do: a tile of each height is code.
 */
export const MR: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : ASC_SHRINK_LEVEL > 1 ? (ASC_FEATURE_SIMD ? 4 : 2) : 5;
export const NR: i32 = ASC_FEATURE_SIMD ? 8 : 2;

/**
 * Columns of a tile that is one row high: eight vectors, for a sum in one vector alone would wait for each
 * addition to end.
 */
export const WIDE: i32 = 4 * NR;

/**
 * Terms of the sums that a turn of the loop adds. With multiply and add apart, the processor is as busy
 * starting instructions as computing, so those of the loop itself have to go: by four, a tile of 5 x 2 went
 * from 74 to 86 % of the peak. Where one instruction does both the loop is no bound, and a longer one spilled
 * registers.
 */
const TERMS: i32 = ASC_FEATURE_SIMD && !ASC_FEATURE_RELAXED_SIMD ? 4 : 1;

/**
 * The micro-kernel. A class, for only a static method may carry the decorator that inlines it with its
 * constants.
 */
export class micro {
  /**
   * `rows` is a constant at each call: the accumulators of rows that are not there fold away. The loops have
   * no counter of their own.
   *
   * In the longer loop `lane.after` pins the order in which an engine emits the arithmetic: the two products
   * of a row, then its two sums, then the next row. Left to itself V8 moves all loads of an iteration to its
   * front, which spills accumulators, and alternates products and sums, which crowds all products on one of
   * the processor's two multipliers.
   */
  @inline static tile<T>(
    rows: i32,
    k: i32,
    a: usize,
    aStep: usize,
    b: usize,
    bStep: usize,
    c: usize,
    cStride: usize,
    d: usize,
    dStride: usize,
    cols: i32,
  ): void {
    const zero = lane.splat<T>(0);
    let x0 = zero;
    let y0 = zero;
    let x1 = zero;
    let y1 = zero;
    let x2 = zero;
    let y2 = zero;
    let x3 = zero;
    let y3 = zero;
    let x4 = zero;
    let y4 = zero;
    let x5 = zero;
    let y5 = zero;
    if (TERMS === 4 && rows >= 4) {
      let x = zero;
      let y = zero;
      let s = zero;
      let t = zero;
      for (const end = b + <usize>(k & ~3) * bStep; b !== end; ) {
        x = lane.load<T>(b);
        y = lane.load<T>(b + lane.bytes<T>());
        s = lane.loadSplatAt<T>(a, 0);
        t = lane.relaxedMadd<T>(s, x, x0);
        y0 = lane.after<T>(lane.relaxedMadd<T>(s, y, y0), t);
        x0 = lane.after<T>(t, y0);
        s = lane.after<T>(lane.loadSplatAt<T>(a, 1), y0);
        t = lane.relaxedMadd<T>(s, x, x1);
        y1 = lane.after<T>(lane.relaxedMadd<T>(s, y, y1), t);
        x1 = lane.after<T>(t, y1);
        s = lane.after<T>(lane.loadSplatAt<T>(a, 2), y1);
        t = lane.relaxedMadd<T>(s, x, x2);
        y2 = lane.after<T>(lane.relaxedMadd<T>(s, y, y2), t);
        x2 = lane.after<T>(t, y2);
        s = lane.after<T>(lane.loadSplatAt<T>(a, 3), y2);
        t = lane.relaxedMadd<T>(s, x, x3);
        y3 = lane.after<T>(lane.relaxedMadd<T>(s, y, y3), t);
        x3 = lane.after<T>(t, y3);
        if (rows > 4) {
          s = lane.after<T>(lane.loadSplatAt<T>(a, 4), y3);
          t = lane.relaxedMadd<T>(s, x, x4);
          y4 = lane.after<T>(lane.relaxedMadd<T>(s, y, y4), t);
          x4 = lane.after<T>(t, y4);
        }
        t = rows > 4 ? y4 : y3;
        a += aStep;
        b += bStep;
        x = lane.load<T>(b);
        y = lane.load<T>(b + lane.bytes<T>());
        s = lane.after<T>(lane.loadSplatAt<T>(a, 0), t);
        t = lane.relaxedMadd<T>(s, x, x0);
        y0 = lane.after<T>(lane.relaxedMadd<T>(s, y, y0), t);
        x0 = lane.after<T>(t, y0);
        s = lane.after<T>(lane.loadSplatAt<T>(a, 1), y0);
        t = lane.relaxedMadd<T>(s, x, x1);
        y1 = lane.after<T>(lane.relaxedMadd<T>(s, y, y1), t);
        x1 = lane.after<T>(t, y1);
        s = lane.after<T>(lane.loadSplatAt<T>(a, 2), y1);
        t = lane.relaxedMadd<T>(s, x, x2);
        y2 = lane.after<T>(lane.relaxedMadd<T>(s, y, y2), t);
        x2 = lane.after<T>(t, y2);
        s = lane.after<T>(lane.loadSplatAt<T>(a, 3), y2);
        t = lane.relaxedMadd<T>(s, x, x3);
        y3 = lane.after<T>(lane.relaxedMadd<T>(s, y, y3), t);
        x3 = lane.after<T>(t, y3);
        if (rows > 4) {
          s = lane.after<T>(lane.loadSplatAt<T>(a, 4), y3);
          t = lane.relaxedMadd<T>(s, x, x4);
          y4 = lane.after<T>(lane.relaxedMadd<T>(s, y, y4), t);
          x4 = lane.after<T>(t, y4);
        }
        t = rows > 4 ? y4 : y3;
        a += aStep;
        b += bStep;
        x = lane.load<T>(b);
        y = lane.load<T>(b + lane.bytes<T>());
        s = lane.after<T>(lane.loadSplatAt<T>(a, 0), t);
        t = lane.relaxedMadd<T>(s, x, x0);
        y0 = lane.after<T>(lane.relaxedMadd<T>(s, y, y0), t);
        x0 = lane.after<T>(t, y0);
        s = lane.after<T>(lane.loadSplatAt<T>(a, 1), y0);
        t = lane.relaxedMadd<T>(s, x, x1);
        y1 = lane.after<T>(lane.relaxedMadd<T>(s, y, y1), t);
        x1 = lane.after<T>(t, y1);
        s = lane.after<T>(lane.loadSplatAt<T>(a, 2), y1);
        t = lane.relaxedMadd<T>(s, x, x2);
        y2 = lane.after<T>(lane.relaxedMadd<T>(s, y, y2), t);
        x2 = lane.after<T>(t, y2);
        s = lane.after<T>(lane.loadSplatAt<T>(a, 3), y2);
        t = lane.relaxedMadd<T>(s, x, x3);
        y3 = lane.after<T>(lane.relaxedMadd<T>(s, y, y3), t);
        x3 = lane.after<T>(t, y3);
        if (rows > 4) {
          s = lane.after<T>(lane.loadSplatAt<T>(a, 4), y3);
          t = lane.relaxedMadd<T>(s, x, x4);
          y4 = lane.after<T>(lane.relaxedMadd<T>(s, y, y4), t);
          x4 = lane.after<T>(t, y4);
        }
        t = rows > 4 ? y4 : y3;
        a += aStep;
        b += bStep;
        x = lane.load<T>(b);
        y = lane.load<T>(b + lane.bytes<T>());
        s = lane.after<T>(lane.loadSplatAt<T>(a, 0), t);
        t = lane.relaxedMadd<T>(s, x, x0);
        y0 = lane.after<T>(lane.relaxedMadd<T>(s, y, y0), t);
        x0 = lane.after<T>(t, y0);
        s = lane.after<T>(lane.loadSplatAt<T>(a, 1), y0);
        t = lane.relaxedMadd<T>(s, x, x1);
        y1 = lane.after<T>(lane.relaxedMadd<T>(s, y, y1), t);
        x1 = lane.after<T>(t, y1);
        s = lane.after<T>(lane.loadSplatAt<T>(a, 2), y1);
        t = lane.relaxedMadd<T>(s, x, x2);
        y2 = lane.after<T>(lane.relaxedMadd<T>(s, y, y2), t);
        x2 = lane.after<T>(t, y2);
        s = lane.after<T>(lane.loadSplatAt<T>(a, 3), y2);
        t = lane.relaxedMadd<T>(s, x, x3);
        y3 = lane.after<T>(lane.relaxedMadd<T>(s, y, y3), t);
        x3 = lane.after<T>(t, y3);
        if (rows > 4) {
          s = lane.after<T>(lane.loadSplatAt<T>(a, 4), y3);
          t = lane.relaxedMadd<T>(s, x, x4);
          y4 = lane.after<T>(lane.relaxedMadd<T>(s, y, y4), t);
          x4 = lane.after<T>(t, y4);
        }
        a += aStep;
        b += bStep;
      }
      k &= 3;
    }
    for (const end = b + <usize>k * bStep; b !== end; b += bStep) {
      const x = lane.load<T>(b);
      const y = lane.load<T>(b + lane.bytes<T>());
      {
        const s = lane.loadSplatAt<T>(a, 0);
        x0 = lane.relaxedMadd<T>(s, x, x0);
        y0 = lane.relaxedMadd<T>(s, y, y0);
      }
      if (rows > 1) {
        const s = lane.loadSplatAt<T>(a, 1);
        x1 = lane.relaxedMadd<T>(s, x, x1);
        y1 = lane.relaxedMadd<T>(s, y, y1);
      }
      if (rows > 2) {
        const s = lane.loadSplatAt<T>(a, 2);
        x2 = lane.relaxedMadd<T>(s, x, x2);
        y2 = lane.relaxedMadd<T>(s, y, y2);
      }
      if (rows > 3) {
        const s = lane.loadSplatAt<T>(a, 3);
        x3 = lane.relaxedMadd<T>(s, x, x3);
        y3 = lane.relaxedMadd<T>(s, y, y3);
      }
      if (rows > 4) {
        const s = lane.loadSplatAt<T>(a, 4);
        x4 = lane.relaxedMadd<T>(s, x, x4);
        y4 = lane.relaxedMadd<T>(s, y, y4);
      }
      if (rows > 5) {
        const s = lane.loadSplatAt<T>(a, 5);
        x5 = lane.relaxedMadd<T>(s, x, x5);
        y5 = lane.relaxedMadd<T>(s, y, y5);
      }
      a += aStep;
    }
    if (cols === 2 * lane.width<T>()) {
      micro.store<T>(x0, y0, c, d);
      if (rows > 1) micro.store<T>(x1, y1, c + 1 * cStride, d + 1 * dStride);
      if (rows > 2) micro.store<T>(x2, y2, c + 2 * cStride, d + 2 * dStride);
      if (rows > 3) micro.store<T>(x3, y3, c + 3 * cStride, d + 3 * dStride);
      if (rows > 4) micro.store<T>(x4, y4, c + 4 * cStride, d + 4 * dStride);
      if (rows > 5) micro.store<T>(x5, y5, c + 5 * cStride, d + 5 * dStride);
    } else {
      storePart<T>(x0, y0, c, d, cols);
      if (rows > 1) storePart<T>(x1, y1, c + 1 * cStride, d + 1 * dStride, cols);
      if (rows > 2) storePart<T>(x2, y2, c + 2 * cStride, d + 2 * dStride, cols);
      if (rows > 3) storePart<T>(x3, y3, c + 3 * cStride, d + 3 * dStride, cols);
      if (rows > 4) storePart<T>(x4, y4, c + 4 * cStride, d + 4 * dStride, cols);
      if (rows > 5) storePart<T>(x5, y5, c + 5 * cStride, d + 5 * dStride, cols);
    }
  }

  /** c[cols] = d[cols] + the sums x and y, for cols up to NR. */
  @inline static storeRow<T>(x: T, y: T, c: usize, d: usize, cols: i32): void {
    if (cols === NR) micro.store<T>(x, y, c, d);
    else storePart<T>(x, y, c, d, cols);
  }

  /** c[NR] = d[NR] + the sums x and y. */
  @inline static store<T>(x: T, y: T, c: usize, d: usize): void {
    lane.store<T>(c, d ? lane.add<T>(lane.load<T>(d), x) : x);
    lane.store<T>(c + lane.bytes<T>(), d ? lane.add<T>(lane.load<T>(d + lane.bytes<T>()), y) : y);
  }
}

/** c[cols] = d[cols] + the first of the sums x and y, cols less than NR. */
function storePart<T>(x: T, y: T, c: usize, d: usize, cols: i32): void {
  if (cols >= lane.width<T>()) {
    lane.store<T>(c, d ? lane.add<T>(lane.load<T>(d), x) : x);
    cols -= lane.width<T>();
    if (cols === 0) return;
    c += lane.bytes<T>();
    if (d) d += lane.bytes<T>();
    x = y;
  }
  lane.storePart<T>(c, d ? lane.add<T>(lane.loadPart<T>(d, cols), x) : x, cols);
}

/** C[1,WIDE] = A[1,k] B[k,WIDE] + D. d = 0 stands for zeros. aStep, bStride: bytes from p to p + 1. */
export function wideTile<T>(
  k: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStride: usize,
  c: usize,
  d: usize,
): void {
  const v = lane.bytes<T>();
  let x0 = lane.splat<T>(0);
  let x1 = x0;
  let x2 = x0;
  let x3 = x0;
  let x4 = x0;
  let x5 = x0;
  let x6 = x0;
  let x7 = x0;
  // Near the top of the memory `end` may lie beyond 2^32 and wrap to a small number: hence no "less than",
  // here and in micro.tile.
  for (const end = b + <usize>k * bStride; b !== end; b += bStride) {
    const s = lane.loadSplat<T>(a);
    x0 = lane.relaxedMadd<T>(s, lane.load<T>(b), x0);
    x1 = lane.relaxedMadd<T>(s, lane.load<T>(b + v), x1);
    x2 = lane.relaxedMadd<T>(s, lane.load<T>(b + 2 * v), x2);
    x3 = lane.relaxedMadd<T>(s, lane.load<T>(b + 3 * v), x3);
    x4 = lane.relaxedMadd<T>(s, lane.load<T>(b + 4 * v), x4);
    x5 = lane.relaxedMadd<T>(s, lane.load<T>(b + 5 * v), x5);
    x6 = lane.relaxedMadd<T>(s, lane.load<T>(b + 6 * v), x6);
    x7 = lane.relaxedMadd<T>(s, lane.load<T>(b + 7 * v), x7);
    a += aStep;
  }
  storeWhole<T>(x0, x1, c, d);
  storeWhole<T>(x2, x3, c + 2 * v, d ? d + 2 * v : 0);
  storeWhole<T>(x4, x5, c + 4 * v, d ? d + 4 * v : 0);
  storeWhole<T>(x6, x7, c + 6 * v, d ? d + 6 * v : 0);
}

/**
 * Called, not inlined: V8 would otherwise move the loads of the loop above to its front and run out of
 * registers.
 */
function storeWhole<T>(x: T, y: T, c: usize, d: usize): void {
  micro.store<T>(x, y, c, d);
}
