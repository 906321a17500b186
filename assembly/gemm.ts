import { lane } from "./lane";
import { transposeBlock } from "./transpose";

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

/** Up to this many columns, a copy of A costs more than reading A in place. */
const IN_PLACE_A: i32 = 2 * NR;
/** Up to this many rows, a copy of B costs more than reading B in place. */
const IN_PLACE_B: i32 = 2 * MR;

/** Bytes of workspace that gemm needs for these sizes. */
export function gemmWorkspace(m: i32, n: i32, k: i32): i32 {
  const depth = min<i32>(k, KC);
  return (depth * (min<i32>(n, NC) + NR + min<i32>(m, MC) + MR)) << 2;
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
  if (ASC_FEATURE_SIMD) gemmOver<v128>(a, b, c, d, m, n, k, lda, ldb, ldc, ldd, transposeA, transposeB, workspace);
  else gemmOver<f32>(a, b, c, d, m, n, k, lda, ldb, ldc, ldd, transposeA, transposeB, workspace);
}

function gemmOver<T>(
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
  const aStride = (<usize>lda) << 2;
  const bStride = (<usize>ldb) << 2;
  const cStride = (<usize>ldc) << 2;
  const aInPlace = n <= IN_PLACE_A;
  const bInPlace = m <= IN_PLACE_B && !transposeB;
  const packedA = workspace;
  const packedB = workspace + ((<usize>min<i32>(k, KC) * <usize>min<i32>(m + MR, MC + MR)) << 2);
  for (let jc = 0; jc < n; jc += NC) {
    const nc = min<i32>(NC, n - jc);
    let dBlock = d ? d + ((<usize>jc) << 2) : 0;
    let dStride = (<usize>ldd) << 2;
    // k = 0 still writes D.
    for (let pc = 0; pc === 0 || pc < k; pc += KC) {
      const kc = min<i32>(KC, k - pc);
      const bBlock = transposeB ? b + <usize>jc * bStride + ((<usize>pc) << 2) : b + <usize>pc * bStride + ((<usize>jc) << 2);
      // In place, only a last panel that is not whole is copied, so that no vector load runs past the end of B.
      const inPlace = bInPlace ? nc - (nc % NR) : 0;
      packB<T>(transposeB ? bBlock + <usize>inPlace * bStride : bBlock + ((<usize>inPlace) << 2), bStride, transposeB, nc - inPlace, kc, packedB);
      const blocks = (m + MC - 1) / MC;
      let ic = 0;
      for (let block = 0; block < blocks; block++) {
        const mc = m / blocks + i32(block < m % blocks);
        const aBlock = transposeA ? a + <usize>pc * aStride + ((<usize>ic) << 2) : a + <usize>ic * aStride + ((<usize>pc) << 2);
        if (!aInPlace) packA<T>(aBlock, aStride, transposeA, mc, kc, packedA);
        const panels = (mc + MR - 1) / MR;
        const least = mc / panels;
        const larger = mc % panels;
        for (let jr = 0; jr < nc; jr += NR) {
          const whole = jr < inPlace;
          const bPanel = whole ? bBlock + ((<usize>jr) << 2) : packedB + ((<usize>(jr - inPlace) * kc) << 2);
          const bStep = whole ? bStride : (<usize>NR) << 2;
          let ir = 0;
          for (let panel = 0; panel < panels; panel++) {
            const rows = least + i32(panel < larger);
            const cTile = c + <usize>(ic + ir) * cStride + ((<usize>(jc + jr)) << 2);
            const dTile = dBlock ? dBlock + <usize>(ic + ir) * dStride + ((<usize>jr) << 2) : 0;
            const cols = min<i32>(NR, nc - jr);
            if (!aInPlace) columnTile<T>(rows, kc, packedA + ((<usize>ir * kc) << 2), (<usize>rows) << 2, bPanel, bStep, cTile, cStride, dTile, dStride, cols);
            else if (transposeA) columnTile<T>(rows, kc, aBlock + ((<usize>ir) << 2), aStride, bPanel, bStep, cTile, cStride, dTile, dStride, cols);
            else rowTile<T>(rows, kc, aBlock + <usize>ir * aStride, aStride, bPanel, bStep, cTile, cStride, dTile, dStride, cols);
            ir += rows;
          }
        }
        ic += mc;
      }
      dBlock = c + ((<usize>jc) << 2);
      dStride = cStride;
    }
  }
}

/** Panels of NR columns of op(B)[kc,nc]; a last panel that is not whole is padded with 0. */
function packB<T>(b: usize, stride: usize, transposed: i32, nc: i32, kc: i32, to: usize): void {
  const step = (<usize>NR) << 2;
  for (let j = 0; j < nc; j += NR) {
    const width = min<i32>(NR, nc - j);
    if (width < NR) memory.fill(to, 0, <usize>kc * step);
    if (transposed) transposeBlock(b + <usize>j * stride, stride, to, step, width, kc);
    else copyColumns<T>(b + ((<usize>j) << 2), stride, to, step, width, kc);
    to += <usize>kc * step;
  }
}

/**
 * Panels of op(A)[mc,kc], p-major, rows side by side. A remainder makes several panels a row smaller, not one panel tiny, here and
 * wherever the rows are divided.
 */
function packA<T>(a: usize, stride: usize, transposed: i32, mc: i32, kc: i32, to: usize): void {
  const panels = (mc + MR - 1) / MR;
  const least = mc / panels;
  const larger = mc % panels;
  let i = 0;
  for (let panel = 0; panel < panels; panel++) {
    const rows = least + i32(panel < larger);
    if (transposed) copyColumns<T>(a + ((<usize>i) << 2), stride, to, (<usize>rows) << 2, rows, kc);
    else transposeBlock(a + <usize>i * stride, stride, to, (<usize>rows) << 2, rows, kc);
    i += rows;
    to += (<usize>(rows * kc)) << 2;
  }
}

/** to[p, 0..width) = from[p, 0..width) for p in [0, kc), width at most two vectors. Steps in bytes. */
function copyColumns<T>(from: usize, stride: usize, to: usize, step: usize, width: i32, kc: i32): void {
  const whole = width / lane.width<T>();
  const rest = width % lane.width<T>();
  for (const end = to + <usize>kc * step; to < end; to += step) {
    if (whole) lane.store<T>(to, lane.load<T>(from));
    if (whole > 1) lane.store<T>(to + lane.bytes<T>(), lane.load<T>(from + lane.bytes<T>()));
    if (whole > 2) {
      for (let v = 2; v < whole; v++) lane.store<T>(to + v * lane.bytes<T>(), lane.load<T>(from + v * lane.bytes<T>()));
    }
    if (rest) lane.storePart<T>(to + whole * lane.bytes<T>(), lane.loadPart<T>(from + whole * lane.bytes<T>(), rest), rest);
    from += stride;
  }
}

/** A tile whose rows of A stand side by side: packed, or the columns of a transposed A in place. aStep: bytes from p to p + 1. */
function columnTile<T>(rows: i32, k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, cStride: usize, d: usize, dStride: usize, cols: i32): void {
  if (rows === 6) columnTile6<T>(k, a, aStep, b, bStep, c, cStride, d, dStride, cols);
  else if (rows === 5) columnTile5<T>(k, a, aStep, b, bStep, c, cStride, d, dStride, cols);
  else if (rows === 4) columnTile4<T>(k, a, aStep, b, bStep, c, cStride, d, dStride, cols);
  else if (rows === 3) columnTile3<T>(k, a, aStep, b, bStep, c, cStride, d, dStride, cols);
  else if (rows === 2) columnTile2<T>(k, a, aStep, b, bStep, c, cStride, d, dStride, cols);
  else columnTile1<T>(k, a, aStep, b, bStep, c, cStride, d, dStride, cols);
}

/** A tile whose rows of A are read in place. aStride: bytes from row to row. */
function rowTile<T>(rows: i32, k: i32, a: usize, aStride: usize, b: usize, bStep: usize, c: usize, cStride: usize, d: usize, dStride: usize, cols: i32): void {
  if (rows === 6) rowTile6<T>(k, a, aStride, b, bStep, c, cStride, d, dStride, cols);
  else if (rows === 5) rowTile5<T>(k, a, aStride, b, bStep, c, cStride, d, dStride, cols);
  else if (rows === 4) rowTile4<T>(k, a, aStride, b, bStep, c, cStride, d, dStride, cols);
  else if (rows === 3) rowTile3<T>(k, a, aStride, b, bStep, c, cStride, d, dStride, cols);
  else if (rows === 2) rowTile2<T>(k, a, aStride, b, bStep, c, cStride, d, dStride, cols);
  else columnTile1<T>(k, a, 4, b, bStep, c, cStride, d, dStride, cols);
}

function columnTile6<T>(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, cStride: usize, d: usize, dStride: usize, cols: i32): void {
  if (MR < 6) return;
  micro.tile<T>(6, false, k, a, aStep, b, bStep, c, cStride, d, dStride, cols);
}

function columnTile5<T>(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, cStride: usize, d: usize, dStride: usize, cols: i32): void {
  micro.tile<T>(5, false, k, a, aStep, b, bStep, c, cStride, d, dStride, cols);
}

function columnTile4<T>(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, cStride: usize, d: usize, dStride: usize, cols: i32): void {
  micro.tile<T>(4, false, k, a, aStep, b, bStep, c, cStride, d, dStride, cols);
}

function columnTile3<T>(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, cStride: usize, d: usize, dStride: usize, cols: i32): void {
  micro.tile<T>(3, false, k, a, aStep, b, bStep, c, cStride, d, dStride, cols);
}

function columnTile2<T>(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, cStride: usize, d: usize, dStride: usize, cols: i32): void {
  micro.tile<T>(2, false, k, a, aStep, b, bStep, c, cStride, d, dStride, cols);
}

function columnTile1<T>(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, cStride: usize, d: usize, dStride: usize, cols: i32): void {
  micro.tile<T>(1, false, k, a, aStep, b, bStep, c, cStride, d, dStride, cols);
}

function rowTile6<T>(k: i32, a: usize, aStride: usize, b: usize, bStep: usize, c: usize, cStride: usize, d: usize, dStride: usize, cols: i32): void {
  if (MR < 6) return;
  micro.tile<T>(6, true, k, a, aStride, b, bStep, c, cStride, d, dStride, cols);
}

function rowTile5<T>(k: i32, a: usize, aStride: usize, b: usize, bStep: usize, c: usize, cStride: usize, d: usize, dStride: usize, cols: i32): void {
  micro.tile<T>(5, true, k, a, aStride, b, bStep, c, cStride, d, dStride, cols);
}

function rowTile4<T>(k: i32, a: usize, aStride: usize, b: usize, bStep: usize, c: usize, cStride: usize, d: usize, dStride: usize, cols: i32): void {
  micro.tile<T>(4, true, k, a, aStride, b, bStep, c, cStride, d, dStride, cols);
}

function rowTile3<T>(k: i32, a: usize, aStride: usize, b: usize, bStep: usize, c: usize, cStride: usize, d: usize, dStride: usize, cols: i32): void {
  micro.tile<T>(3, true, k, a, aStride, b, bStep, c, cStride, d, dStride, cols);
}

function rowTile2<T>(k: i32, a: usize, aStride: usize, b: usize, bStep: usize, c: usize, cStride: usize, d: usize, dStride: usize, cols: i32): void {
  micro.tile<T>(2, true, k, a, aStride, b, bStep, c, cStride, d, dStride, cols);
}

/** The micro-kernel. A class, for only a static method may carry the decorator that inlines it with its constants. */
class micro {
  /**
   * C[rows, 2 vectors] = A[rows,k] B[k, 2 vectors] + D, of which `cols` columns are stored. `rows` and `byRow` are constants at
   * each call: the accumulators of the rows that are not there fold away. The loop has no counter of its own; unrolled by
   * hand it ran slower, for the engine then hoists the loads and runs out of registers.
   */
  @inline static tile<T>(
    rows: i32,
    byRow: bool,
    k: i32,
    a: usize,
    aStride: usize,
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
    let a1 = a + 1 * aStride;
    let a2 = a + 2 * aStride;
    let a3 = a + 3 * aStride;
    let a4 = a + 4 * aStride;
    let a5 = a + 5 * aStride;
    const end = b + <usize>k * bStep;
    while (b < end) {
      const x = lane.load<T>(b);
      const y = lane.load<T>(b + lane.bytes<T>());
      {
        const s = lane.loadSplat<T>(a);
        x0 = lane.relaxedMadd<T>(s, x, x0);
        y0 = lane.relaxedMadd<T>(s, y, y0);
      }
      if (rows > 1) {
        const s = byRow ? lane.loadSplat<T>(a1) : lane.loadSplatAt<T>(a, 1);
        x1 = lane.relaxedMadd<T>(s, x, x1);
        y1 = lane.relaxedMadd<T>(s, y, y1);
        if (byRow) a1 += 4;
      }
      if (rows > 2) {
        const s = byRow ? lane.loadSplat<T>(a2) : lane.loadSplatAt<T>(a, 2);
        x2 = lane.relaxedMadd<T>(s, x, x2);
        y2 = lane.relaxedMadd<T>(s, y, y2);
        if (byRow) a2 += 4;
      }
      if (rows > 3) {
        const s = byRow ? lane.loadSplat<T>(a3) : lane.loadSplatAt<T>(a, 3);
        x3 = lane.relaxedMadd<T>(s, x, x3);
        y3 = lane.relaxedMadd<T>(s, y, y3);
        if (byRow) a3 += 4;
      }
      if (rows > 4) {
        const s = byRow ? lane.loadSplat<T>(a4) : lane.loadSplatAt<T>(a, 4);
        x4 = lane.relaxedMadd<T>(s, x, x4);
        y4 = lane.relaxedMadd<T>(s, y, y4);
        if (byRow) a4 += 4;
      }
      if (rows > 5) {
        const s = byRow ? lane.loadSplat<T>(a5) : lane.loadSplatAt<T>(a, 5);
        x5 = lane.relaxedMadd<T>(s, x, x5);
        y5 = lane.relaxedMadd<T>(s, y, y5);
        if (byRow) a5 += 4;
      }
      a += byRow ? 4 : aStride;
      b += bStep;
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
