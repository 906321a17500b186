import { lane } from "./lane";

/**
 * The order of the sums is a contract: c[i,j] adds a b for p ascending in one accumulator a block of KC terms, and the blocks in
 * order onto d. It depends on k alone: every path below keeps it, so scalar and SIMD builds agree to the bit, and a row of C has
 * the same bits in any batch. (In the relaxed build a product and its addition may round once.)
 *
 * Around a micro-kernel, which holds a tile of C in registers, stand two copies into the workspace:
 *
 *      B[kc, nc] -> panels of NR columns           A[mc, kc] -> panels of up to MR rows
 *      p=0  b b b b b b b b | b b ...              p=0  a a a a a a | a a ...
 *      p=1  b b b b b b b b |  (padded with 0)     p=1  a a a a a a |
 *      ...                  v                      ...              v
 *
 * A panel of B (8 KB) stays in the first-level cache while the panels of A (96 KB) pass from the second.
 */
const KC: i32 = 256;
const MC: i32 = 96;
const NC: i32 = 512;

/**
 * Rows of a tile; it is two vectors wide. Of sixteen vector registers the engine leaves fifteen: two for B, one for A, and one
 * for the product where multiply and add are apart, which is why twelve accumulators fit the relaxed build alone.
 */
const MR: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 5;
const NR: i32 = ASC_FEATURE_SIMD ? 8 : 2;

/** Columns of a tile that is one row high: eight vectors, for a sum in one vector alone would wait for each addition to end. */
const WIDE: i32 = 4 * NR;

/**
 * A copy of B would only cost where its rows are few or it fits the first-level cache as it stands. A is copied but where it is
 * transposed, so that its rows stand side by side already, and n is small: rows far apart would need a pointer each.
 */
const SMALL_B: i32 = 4096;

/** Bytes of workspace that gemm needs for these sizes. */
export function gemmWorkspace(m: i32, n: i32, k: i32): i32 {
  const depth = max<i32>(1, min<i32>(k, KC));
  return (depth * (min<i32>(n, NC) + NR + min<i32>(m, MC) + NR)) << 2;
}

/**
 * C[m,n] = op(A)[m,k] op(B)[k,n] + D[m,n]. Row-major; ld* in elements.
 * op is the transpose where the flag is 1: A is then stored [k,m], B [n,k]. d = 0 stands for a D of zeros and C is not read;
 * d = c adds to C; ldd = 0 adds one row of n floats to every row. C overlaps neither A nor B, and D only when d = c.
 */
export function gemm(
  a: usize,
  b: usize,
  c: usize,
  d: usize,
  m: i32,
  n: i32,
  k: i32,
  lda: i32,
  ldb: i32,
  ldc: i32,
  ldd: i32,
  transposeA: i32,
  transposeB: i32,
  workspace: usize,
): void {
  assert(m >= 0 && n >= 0 && k >= 0 && workspace !== 0);
  assert(lda >= (transposeA ? m : k) && ldb >= (transposeB ? k : n) && ldc >= n && (ldd === 0 || ldd >= n));
  if (ASC_FEATURE_SIMD) gemmOver<v128>(a, b, c, d, m, n, k, lda << 2, ldb << 2, ldc << 2, ldd << 2, transposeA, transposeB, workspace);
  else gemmOver<f32>(a, b, c, d, m, n, k, lda << 2, ldb << 2, ldc << 2, ldd << 2, transposeA, transposeB, workspace);
}

/** The macro-kernel: cache blocks, packing, panels. Strides in bytes. */
function gemmOver<T>(
  a: usize,
  b: usize,
  c: usize,
  d: usize,
  m: i32,
  n: i32,
  k: i32,
  aStride: usize,
  bStride: usize,
  cStride: usize,
  dStride: usize,
  transposeA: i32,
  transposeB: i32,
  workspace: usize,
): void {
  if (m === 0 || n === 0) return;
  const aInPlace = transposeA !== 0 && n <= 2 * NR;
  const bInPlace = !transposeB && (m <= 2 * MR || n * min<i32>(k, KC) <= SMALL_B);
  const packedA = workspace;
  const packedB = workspace + ((<usize>(min<i32>(m, MC) + NR) * max<i32>(1, min<i32>(k, KC))) << 2);
  let jc = 0;
  if (m === 1 && !transposeB) {
    jc = n - (n % WIDE);
    rowTimesMatrix<T>(a, transposeA ? aStride : 4, b, bStride, c, d, jc, k);
  }
  for (; jc < n; jc += NC) {
    const nc = min<i32>(NC, n - jc);
    let addend = d ? d + ((<usize>jc) << 2) : 0;
    let addendStride = dStride;
    // k = 0 still writes D.
    for (let pc = 0; pc === 0 || pc < k; pc += KC) {
      const kc = min<i32>(KC, k - pc);
      const bBlock = transposeB ? b + <usize>jc * bStride + ((<usize>pc) << 2) : b + <usize>pc * bStride + ((<usize>jc) << 2);
      // In place, a last panel that is not whole is copied all the same, so that no vector load runs past the end of B.
      const whole = bInPlace ? nc - (nc % NR) : 0;
      packB<T>(transposeB ? bBlock + <usize>whole * bStride : bBlock + ((<usize>whole) << 2), bStride, transposeB, nc - whole, kc, packedB);
      const blocks = (m + MC - 1) / MC;
      let ic = 0;
      for (let block = 0; block < blocks; block++) {
        // Rows are divided evenly: a remainder makes several blocks, and panels, a row smaller, not one tiny.
        const mc = m / blocks + i32(block < m % blocks);
        const aBlock = transposeA ? a + <usize>pc * aStride + ((<usize>ic) << 2) : a + <usize>ic * aStride + ((<usize>pc) << 2);
        if (!aInPlace) packA<T>(aBlock, aStride, transposeA, mc, kc, packedA);
        const panels = (mc + MR - 1) / MR;
        const rows = mc / panels;
        const higher = mc % panels;
        // Of the panels, `higher` have a row more than the others.
        for (let jr = 0; jr < nc; jr += NR) {
          const inPlace = jr < whole;
          const bPanel = inPlace ? bBlock + ((<usize>jr) << 2) : packedB + ((<usize>(jr - whole) * kc) << 2);
          const bStep = inPlace ? bStride : (<usize>NR) << 2;
          const cols = min<i32>(NR, nc - jr);
          let aPanel = aInPlace ? aBlock : packedA;
          let cTile = c + <usize>ic * cStride + ((<usize>(jc + jr)) << 2);
          let dTile = addend ? addend + <usize>ic * addendStride + ((<usize>jr) << 2) : 0;
          for (let panel = 0; panel < panels; panel++) {
            const height = rows + i32(panel < higher);
            tile<T>(height, kc, aPanel, aInPlace ? aStride : (<usize>height) << 2, bPanel, bStep, cTile, cStride, dTile, addendStride, cols);
            aPanel += (<usize>(aInPlace ? height : height * kc)) << 2;
            cTile += <usize>height * cStride;
            if (dTile) dTile += <usize>height * addendStride;
          }
        }
        ic += mc;
      }
      addend = c + ((<usize>jc) << 2);
      addendStride = cStride;
    }
  }
}

/** Panels of NR columns of op(B)[kc,nc]. What stands beside the columns of a last panel that is not whole does not matter. */
function packB<T>(b: usize, stride: usize, transposed: i32, nc: i32, kc: i32, to: usize): void {
  const step = (<usize>NR) << 2;
  for (let j = 0; j < nc; j += NR) {
    const width = min<i32>(NR, nc - j);
    if (transposed) packRows<T>(b + <usize>j * stride, stride, to, step, width, kc);
    else packColumns<T>(b + ((<usize>j) << 2), stride, to, step, width, kc);
    to += <usize>kc * step;
  }
}

/** Panels of op(A)[mc,kc], p-major, as high as the tiles that will read them. */
function packA<T>(a: usize, stride: usize, transposed: i32, mc: i32, kc: i32, to: usize): void {
  const panels = (mc + MR - 1) / MR;
  const rows = mc / panels;
  const higher = mc % panels;
  for (let panel = 0; panel < panels; panel++) {
    const height = rows + i32(panel < higher);
    const step = (<usize>height) << 2;
    if (transposed) {
      packColumns<T>(a, stride, to, step, height, kc);
      a += step;
    } else {
      packRows<T>(a, stride, to, step, height, kc);
      a += <usize>height * stride;
    }
    to += <usize>kc * step;
  }
}

/**
 * to[p, 0..width) = from[p, 0..width) for p in [0, kc), width up to two vectors. Steps in bytes.
 * Both vectors are copied whole: what is too much is overwritten by the next p, or does not matter. Only as long as they do not reach
 * past the last element of `from`; the rest goes one by one.
 */
function packColumns<T>(from: usize, stride: usize, to: usize, step: usize, width: i32, kc: i32): void {
  const last = from + <usize>(kc - 1) * stride + ((<usize>width) << 2);
  const end = to + <usize>kc * step;
  while (isVector<T>() && to < end && from + 2 * lane.bytes<T>() <= last) {
    const x = lane.load<T>(from);
    const y = lane.load<T>(from + lane.bytes<T>());
    lane.store<T>(to, x);
    lane.store<T>(to + lane.bytes<T>(), y);
    from += stride;
    to += step;
  }
  for (; to < end; to += step) {
    for (let i = 0; i < width; i++) store<f32>(to + ((<usize>i) << 2), load<f32>(from + ((<usize>i) << 2)));
    from += stride;
  }
}

/** to[p, i] = from[i, p] for i in [0, width), p in [0, kc), width up to two vectors. Steps in bytes. */
function packRows<T>(from: usize, stride: usize, to: usize, step: usize, width: i32, kc: i32): void {
  const blocks = isVector<T>() ? kc & ~3 : 0;
  if (isVector<T>()) {
    // Rows that are not there are another's: their lanes are overwritten by the next p, or do not matter.
    const last = <usize>(width - 1) * stride;
    const row1 = min<usize>(stride, last);
    const row2 = min<usize>(2 * stride, last);
    const row3 = min<usize>(3 * stride, last);
    const row4 = min<usize>(4 * stride, last);
    const row5 = min<usize>(5 * stride, last);
    const row6 = min<usize>(6 * stride, last);
    for (const end = from + ((<usize>blocks) << 2); from < end; from += 16) {
      lane.transpose8(from, from + row1, from + row2, from + row3, from + row4, from + row5, from + row6, from + last, to, step);
      to += 4 * step;
    }
  }
  for (let p = blocks; p < kc; p++) {
    for (let i = 0; i < width; i++) store<f32>(to + ((<usize>i) << 2), load<f32>(from + <usize>i * stride));
    from += 4;
    to += step;
  }
}

/** Columns 0 to n - 1 of C[1,n] = A[1,k] B[k,n] + D, n a multiple of WIDE, aStep bytes from p to p + 1. */
function rowTimesMatrix<T>(a: usize, aStep: usize, b: usize, bStride: usize, c: usize, d: usize, n: i32, k: i32): void {
  for (let j = 0; j < n; j += WIDE) {
    let addend = d;
    for (let pc = 0; pc === 0 || pc < k; pc += KC) {
      const kc = min<i32>(KC, k - pc);
      wideTile<T>(kc, a + <usize>pc * aStep, aStep, b + <usize>pc * bStride, bStride, c, addend);
      addend = c;
    }
    b += (<usize>WIDE) << 2;
    c += (<usize>WIDE) << 2;
    if (d) d += (<usize>WIDE) << 2;
  }
}

function wideTile<T>(k: i32, a: usize, aStep: usize, b: usize, bStride: usize, c: usize, d: usize): void {
  const v = lane.bytes<T>();
  let x0 = lane.splat<T>(0);
  let x1 = x0;
  let x2 = x0;
  let x3 = x0;
  let x4 = x0;
  let x5 = x0;
  let x6 = x0;
  let x7 = x0;
  // Near the top of the memory `end` may lie beyond 2^32 and wrap to a small number: hence no "less than", here and in micro.tile.
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
  storeRow<T>(x0, x1, c, d, NR);
  storeRow<T>(x2, x3, c + 2 * v, d ? d + 2 * v : 0, NR);
  storeRow<T>(x4, x5, c + 4 * v, d ? d + 4 * v : 0, NR);
  storeRow<T>(x6, x7, c + 6 * v, d ? d + 6 * v : 0, NR);
}

/** A tile whose rows of A stand side by side: packed, or the columns of a transposed A in place. aStep: bytes from p to p + 1. */
function tile<T>(rows: i32, k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, cStride: usize, d: usize, dStride: usize, cols: i32): void {
  if (rows === 6) tile6<T>(k, a, aStep, b, bStep, c, cStride, d, dStride, cols);
  else if (rows === 5) tile5<T>(k, a, aStep, b, bStep, c, cStride, d, dStride, cols);
  else if (rows === 4) tile4<T>(k, a, aStep, b, bStep, c, cStride, d, dStride, cols);
  else if (rows === 3) tile3<T>(k, a, aStep, b, bStep, c, cStride, d, dStride, cols);
  else if (rows === 2) tile2<T>(k, a, aStep, b, bStep, c, cStride, d, dStride, cols);
  else tile1<T>(k, a, aStep, b, bStep, c, cStride, d, dStride, cols);
}

function tile6<T>(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, cStride: usize, d: usize, dStride: usize, cols: i32): void {
  if (MR < 6) return;
  micro.tile<T>(6, k, a, aStep, b, bStep, c, cStride, d, dStride, cols);
}

function tile5<T>(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, cStride: usize, d: usize, dStride: usize, cols: i32): void {
  micro.tile<T>(5, k, a, aStep, b, bStep, c, cStride, d, dStride, cols);
}

function tile4<T>(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, cStride: usize, d: usize, dStride: usize, cols: i32): void {
  micro.tile<T>(4, k, a, aStep, b, bStep, c, cStride, d, dStride, cols);
}

function tile3<T>(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, cStride: usize, d: usize, dStride: usize, cols: i32): void {
  micro.tile<T>(3, k, a, aStep, b, bStep, c, cStride, d, dStride, cols);
}

function tile2<T>(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, cStride: usize, d: usize, dStride: usize, cols: i32): void {
  micro.tile<T>(2, k, a, aStep, b, bStep, c, cStride, d, dStride, cols);
}

function tile1<T>(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, cStride: usize, d: usize, dStride: usize, cols: i32): void {
  micro.tile<T>(1, k, a, aStep, b, bStep, c, cStride, d, dStride, cols);
}

/** The micro-kernel. A class, for only a static method may carry the decorator that inlines it with its constants. */
class micro {
  /**
   * C[rows, 2 vectors] = A[rows,k] B[k, 2 vectors] + D, of which `cols` columns are stored. `rows` is a constant at each call: the
   * accumulators of rows that are not there fold away. The loop has no counter of its own, and unrolled by hand it ran slower, for the
   * engine then hoists the loads and runs out of registers.
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
    storeRow<T>(x0, y0, c, d, cols);
    if (rows > 1) storeRow<T>(x1, y1, c + 1 * cStride, d ? d + 1 * dStride : 0, cols);
    if (rows > 2) storeRow<T>(x2, y2, c + 2 * cStride, d ? d + 2 * dStride : 0, cols);
    if (rows > 3) storeRow<T>(x3, y3, c + 3 * cStride, d ? d + 3 * dStride : 0, cols);
    if (rows > 4) storeRow<T>(x4, y4, c + 4 * cStride, d ? d + 4 * dStride : 0, cols);
    if (rows > 5) storeRow<T>(x5, y5, c + 5 * cStride, d ? d + 5 * dStride : 0, cols);
  }
}

/** c[cols] = d[cols] + the sums x and y, cols at most two vectors. */
function storeRow<T>(x: T, y: T, c: usize, d: usize, cols: i32): void {
  if (cols < 2 * lane.width<T>()) {
    storePartOfRow<T>(x, y, c, d, cols);
    return;
  }
  if (d) {
    x = lane.add<T>(lane.load<T>(d), x);
    y = lane.add<T>(lane.load<T>(d + lane.bytes<T>()), y);
  }
  lane.store<T>(c, x);
  lane.store<T>(c + lane.bytes<T>(), y);
}

function storePartOfRow<T>(x: T, y: T, c: usize, d: usize, cols: i32): void {
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
