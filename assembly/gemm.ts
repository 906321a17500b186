import { packA, packB } from "./pack";
import { HEIGHT, locateRows, multiplyPatches } from "./patches";
import { MR, NR, tile, WIDE, wideTile } from "./tile";

/**
 * The order of the sums is a contract: c[i,j] adds a b for p ascending in one accumulator a block of KC
 * terms, and the blocks in order onto d. It depends on k alone: every path below keeps it, so scalar and SIMD
 * builds agree to the bit, and a row of C has the same bits in any batch. (In the relaxed build a product and
 * its addition may round once.)
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
export const KC: i32 = 256;
export const MC: i32 = 96;
export const NC: i32 = 512;

/** Floats of a B that the first-level cache holds: a copy of it would only cost, as of one of few rows. */
export const SMALL_B: i32 = 4096;

/**
 * With so few columns of C each element of A is read a few times only, and a copy of A costs more than it
 * saves: more than a pointer for each row, or than the way to the next row of a transposed A.
 */
const FEW_COLUMNS: i32 = ASC_FEATURE_RELAXED_SIMD ? 32 : 64;
const FEW_COLUMNS_TRANSPOSED: i32 = 64;

/** Floats behind those of packed A: vectors are written whole, and so are tiles of addresses. */
export const BEHIND: i32 = NR > HEIGHT ? NR : HEIGHT;

/**
 * Whether a product by one column has a path of its own: tiles that are two columns wide gain little by it,
 * and where a build is to be small it has none.
 */
const COLUMNS: bool = ASC_FEATURE_SIMD && ASC_SHRINK_LEVEL < 2;

/** Bytes of workspace that gemm needs for these sizes. */
export function gemmWorkspace(m: i32, n: i32, k: i32): i32 {
  const depth = max<i32>(1, min<i32>(k, KC));
  return (depth * (min<i32>(n, NC) + NR + min<i32>(m, MC) + BEHIND)) << 2;
}

/**
 * C[m,n] = op(A)[m,k] op(B)[k,n] + D[m,n]. Row-major; ld* in elements. op is the transpose where the flag is
 * 1: A is then stored [k,m], B [n,k]. d = 0 stands for a D of zeros and C is not read; d = c adds to C; ldd =
 * 0 adds one row of n floats to every row. C overlaps neither A nor B, and D only when d = c.
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
  if (ASC_FEATURE_SIMD)
    gemmOver<v128>(
      a,
      b,
      c,
      d,
      m,
      n,
      k,
      lda << 2,
      ldb << 2,
      ldc << 2,
      ldd << 2,
      transposeA,
      transposeB,
      workspace,
    );
  else
    gemmOver<f32>(
      a,
      b,
      c,
      d,
      m,
      n,
      k,
      lda << 2,
      ldb << 2,
      ldc << 2,
      ldd << 2,
      transposeA,
      transposeB,
      workspace,
    );
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
  if (COLUMNS && n === 1 && m > 1 && cStride === 4 && (d === 0 || dStride <= 4)) {
    matrixTimesColumn<T>(a, b, c, d, m, k, aStride, bStride, dStride, transposeA, transposeB, workspace);
    return;
  }
  if (!transposeA && m > 1 && n <= FEW_COLUMNS) {
    rowsTimesFewColumns<T>(a, b, c, d, m, n, k, aStride, bStride, cStride, dStride, transposeB, workspace);
    return;
  }
  const aInPlace = transposeA !== 0 && n <= FEW_COLUMNS_TRANSPOSED;
  const bInPlace = !transposeB && (m <= 2 * MR || n * min<i32>(k, KC) <= SMALL_B);
  const packedA = workspace;
  const packedB = workspace + ((<usize>(min<i32>(m, MC) + BEHIND) * max<i32>(1, min<i32>(k, KC))) << 2);
  let jc = 0;
  if (m === 1 && !transposeB) {
    jc = n - (n % WIDE);
    rowTimesMatrix<T>(a, transposeA ? aStride : 4, b, bStride, c, d, jc, k);
  }
  for (; jc < n; jc += NC) {
    const nc = min<i32>(NC, n - jc);
    let addend = d ? d + ((<usize>jc) << 2) : 0;
    let addendStride = d ? dStride : 0;
    // k = 0 still writes D.
    for (let pc = 0; pc === 0 || pc < k; pc += KC) {
      const kc = min<i32>(KC, k - pc);
      const bBlock = transposeB
        ? b + <usize>jc * bStride + ((<usize>pc) << 2)
        : b + <usize>pc * bStride + ((<usize>jc) << 2);
      // In place, a last panel that is not whole is copied all the same, so that no vector load runs past the
      // end of B.
      const whole = bInPlace ? nc - (nc % NR) : 0;
      packB<T>(
        transposeB ? bBlock + <usize>whole * bStride : bBlock + ((<usize>whole) << 2),
        bStride,
        transposeB,
        nc - whole,
        kc,
        packedB,
      );
      const blocks = (m + MC - 1) / MC;
      let ic = 0;
      for (let block = 0; block < blocks; block++) {
        // Rows are divided evenly: a remainder makes several blocks, and panels, a row smaller, not one tiny.
        const mc = m / blocks + i32(block < m % blocks);
        const aBlock = transposeA
          ? a + <usize>pc * aStride + ((<usize>ic) << 2)
          : a + <usize>ic * aStride + ((<usize>pc) << 2);
        const cBlock = c + <usize>ic * cStride + ((<usize>jc) << 2);
        const d = addend ? addend + <usize>ic * addendStride : 0;
        if (!aInPlace) packA<T>(aBlock, aStride, transposeA, mc, kc, packedA);
        product<T>(
          mc,
          nc,
          kc,
          aInPlace ? aBlock : packedA,
          aInPlace ? aStride : 0,
          bBlock,
          bStride,
          whole,
          packedB,
          cBlock,
          cStride,
          d,
          addendStride,
        );
        ic += mc;
      }
      addend = c + ((<usize>jc) << 2);
      addendStride = cStride;
    }
  }
}

/**
 * C[mc,nc] = A[mc,kc] B[kc,nc] + D of operands that the caches hold. A is packed, or stands in place with its
 * rows side by side, aStride bytes from p to p + 1; aStride = 0 stands for packed. Of B the first `whole`
 * columns stand in place, bStride bytes from p to p + 1, and the rest is packed. d = 0 stands for zeros.
 */
export function product<T>(
  mc: i32,
  nc: i32,
  kc: i32,
  a: usize,
  aStride: usize,
  b: usize,
  bStride: usize,
  whole: i32,
  packedB: usize,
  c: usize,
  cStride: usize,
  d: usize,
  dStride: usize,
): void {
  const panels = (mc + MR - 1) / MR;
  const rows = mc / panels;
  const higher = mc % panels;
  // Of the panels, `higher` have a row more than the others.
  for (let jr = 0; jr < nc; jr += NR) {
    const inPlace = jr < whole;
    const bPanel = inPlace ? b + ((<usize>jr) << 2) : packedB + ((<usize>(jr - whole) * kc) << 2);
    const bStep = inPlace ? bStride : (<usize>NR) << 2;
    const cols = min<i32>(NR, nc - jr);
    const cTile = c + ((<usize>jr) << 2);
    const dTile = d ? d + ((<usize>jr) << 2) : 0;
    const most = rows + 1;
    const aHigher = aStride ? aStride : (<usize>most) << 2;
    const aHigherNext = (<usize>(aStride ? most : most * kc)) << 2;
    tile<T>(most, higher, kc, a, aHigher, aHigherNext, bPanel, bStep, cTile, cStride, dTile, dStride, cols);
    tile<T>(
      rows,
      panels - higher,
      kc,
      a + <usize>higher * aHigherNext,
      aStride ? aStride : (<usize>rows) << 2,
      (<usize>(aStride ? rows : rows * kc)) << 2,
      bPanel,
      bStep,
      cTile + <usize>(higher * most) * cStride,
      cStride,
      d ? dTile + <usize>(higher * most) * dStride : 0,
      dStride,
      cols,
    );
  }
}

/**
 * C[m,n] = A[m,k] op(B)[k,n] + D of so few columns that a copy of A would cost more than a pointer for each
 * row.
 */
function rowsTimesFewColumns<T>(
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
  transposeB: i32,
  workspace: usize,
): void {
  const whole = !transposeB && (m <= 2 * MR || n * min<i32>(k, KC) <= SMALL_B) ? n - (n % NR) : 0;
  const addresses = workspace;
  const packedB = workspace + ((<usize>(min<i32>(m, MC) + BEHIND)) << 2);
  const blocks = (m + MC - 1) / MC;
  let onto = d;
  let ontoStride = dStride;
  for (let pc = 0; pc === 0 || pc < k; pc += KC) {
    const kc = min<i32>(KC, k - pc);
    const bBlock = transposeB ? b + ((<usize>pc) << 2) : b + <usize>pc * bStride;
    const rest = bBlock + <usize>whole * 4;
    packB<T>(transposeB ? bBlock : rest, bStride, transposeB, n - whole, kc, packedB);
    let row = a;
    let to = c;
    for (let block = 0; block < blocks; block++) {
      const mc = m / blocks + i32(block < m % blocks);
      locateRows(addresses, row, aStride, mc);
      multiplyPatches<T>(
        addresses,
        max<i32>(1, k),
        mc,
        n,
        pc,
        kc,
        bBlock,
        bStride,
        whole,
        packedB,
        to,
        cStride,
        onto,
        ontoStride,
      );
      row += <usize>mc * aStride;
      to += <usize>mc * cStride;
      if (onto) onto += <usize>mc * ontoStride;
    }
    onto = c;
    ontoStride = cStride;
  }
}

/**
 * C[m,1] as the row C^T[1,m] = op(B)^T[1,k] op(A)^T[k,m] + D^T: of a tile NR columns wide one would count.
 * The products and their order are the same. C is contiguous, and D, too, or one number for all rows.
 */
function matrixTimesColumn<T>(
  a: usize,
  b: usize,
  c: usize,
  d: usize,
  m: i32,
  k: i32,
  aStride: usize,
  bStride: usize,
  dStride: usize,
  transposeA: i32,
  transposeB: i32,
  workspace: usize,
): void {
  if (d && !dStride) {
    const addend = load<f32>(d);
    for (let i = 0; i < m; i++) store<f32>(c + ((<usize>i) << 2), addend);
    d = c;
  }
  const aStep: usize = transposeA ? 4 : aStride;
  // As many rows at once as there is workspace for.
  for (let i = 0; i < m; i += MC) {
    const at = (<usize>i) << 2;
    gemmOver<T>(
      b,
      a + <usize>i * aStep,
      c + at,
      d ? d + at : 0,
      1,
      min<i32>(MC, m - i),
      k,
      bStride,
      aStride,
      4,
      4,
      i32(!transposeB),
      i32(!transposeA),
      workspace,
    );
  }
}

/** Columns 0 to n - 1 of C[1,n] = A[1,k] B[k,n] + D, n a multiple of WIDE, aStep bytes from p to p + 1. */
function rowTimesMatrix<T>(
  a: usize,
  aStep: usize,
  b: usize,
  bStride: usize,
  c: usize,
  d: usize,
  n: i32,
  k: i32,
): void {
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
