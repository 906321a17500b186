import { KC, MC, NC, SMALL_B } from "./gemm";
import { Geometry } from "./geometry";
import { packB, packRows } from "./pack";
import { bytesOfLine, fillLine, multiplyPatches, multiplyRun } from "./patches";
import { locate, Taps } from "./taps";
import { NR } from "./tile";
import { windows, windowsBack } from "./windows";

/**
 * Convolutions as products of matrices. One factor has a row for each position of the window, its patch:
 *
 *     y[positions, filters]        = patches(x)[positions, taps x channels] w[taps x channels, filters]
 *     dw[taps x channels, filters] = patches(x)^T dy[positions, filters]
 *     dx[pixels, channels]         = patches(dy)[pixels, taps x filters] w^T[taps x filters, channels]
 *
 * No matrix of patches is stored: the pixels are read where they are. The order of the sums is that of gemm
 * on these matrices: terms in ascending order, in blocks of KC, where the terms of y and dx are those of the
 * taps whose row is inside. It depends neither on how positions are divided nor on the batch, which dw alone
 * sums over.
 */

/**
 * y[rows,outHeight,outWidth,filters] = x[rows,height,width,channels] convolved with
 * w[kernelHeight,kernelWidth,channels / groups,filters], + b[filters]:
 *
 *     y[i,j,f] = b[f] + sum over p, q, c of x[k,l,c] w[p,q,c,f],
 *     k = i stride + p dilation - padding, l = j stride + q dilation - padding
 *
 * with c over the channels of the group of f. b = 0 stands for zeros. y overlaps no operand. `geometry` is
 * the address of a Geometry.
 */
export function convolution(
  x: usize,
  w: usize,
  b: usize,
  y: usize,
  geometry: usize,
  rows: i32,
  workspace: usize,
): void {
  const g = changetype<Geometry>(geometry);
  const taps = windows(g, workspace);
  const filters = g.filters / g.groups;
  const pixel = (<usize>g.filters) << 2;
  const row = <usize>g.outWidth * pixel;
  const sample = <usize>g.outHeight * row;
  for (let group = 0; group < g.groups; group++) {
    const own = (<usize>(group * filters)) << 2;
    taps.base = x + ((<usize>(group * (g.channels / g.groups))) << 2);
    if (ASC_FEATURE_SIMD)
      overRows<v128>(taps, rows, w + own, pixel, 0, b ? b + own : 0, y + own, filters, sample, row, pixel);
    else overRows<f32>(taps, rows, w + own, pixel, 0, b ? b + own : 0, y + own, filters, sample, row, pixel);
  }
}

/**
 * The transpose of convolution, which is the gradient of its input, with b[channels] added to each pixel:
 * dx[i,j,c] = b[c] + sum of dy[k,l,f] w[p,q,c,f] over all k, l, p, q and f of the group of c where
 * k stride + p dilation - padding = i and l stride + q dilation - padding = j. b = 0 stands for zeros. dx
 * overlaps no operand.
 */
export function convolutionTransposed(
  dy: usize,
  w: usize,
  b: usize,
  dx: usize,
  geometry: usize,
  rows: i32,
  workspace: usize,
): void {
  const g = changetype<Geometry>(geometry);
  const channels = g.channels / g.groups;
  const filters = g.filters / g.groups;
  const pixel = (<usize>g.channels) << 2;
  const line = <usize>g.width * pixel;
  const sample = <usize>g.height * line;
  const nextRow = <usize>g.strideHeight * line;
  const nextPixel = <usize>g.strideWidth * pixel;
  for (let row = 0; row < min<i32>(g.strideHeight, g.height); row++)
    for (let column = 0; column < min<i32>(g.strideWidth, g.width); column++) {
      const taps = windowsBack(g, row, column, workspace);
      for (let group = 0; group < g.groups; group++) {
        const own = (<usize>(group * filters)) << 2;
        const first = (<usize>(group * channels)) << 2;
        taps.base = dy + own;
        const to = dx + first + <usize>row * line + <usize>column * pixel;
        const bias = b ? b + first : 0;
        const stride = (<usize>g.filters) << 2;
        if (ASC_FEATURE_SIMD)
          overRows<v128>(taps, rows, w + own, stride, 1, bias, to, channels, sample, nextRow, nextPixel);
        else overRows<f32>(taps, rows, w + own, stride, 1, bias, to, channels, sample, nextRow, nextPixel);
      }
    }
}

/**
 * dw[p,q,c,f] = sum over the samples, i and j of x[i stride + p dilation - padding, j stride + q dilation -
 * padding, c] dy[i,j,f], or added to dw when accumulate. Of dw as a matrix [taps channels / groups, filters]
 * `count` rows from `first` on are written. In one group dy and dw may begin at a filter, for some `filters`
 * of all. dw overlaps no operand.
 */
export function convolutionWeightGradient(
  x: usize,
  dy: usize,
  dw: usize,
  geometry: usize,
  rows: i32,
  accumulate: i32,
  workspace: usize,
  first: i32,
  count: i32,
  filters: i32,
): void {
  const g = changetype<Geometry>(geometry);
  const taps = windows(g, workspace);
  filters /= g.groups;
  const stride = (<usize>g.filters) << 2;
  for (let group = 0; group < g.groups; group++) {
    const own = (<usize>(group * filters)) << 2;
    taps.base = x + ((<usize>(group * (g.channels / g.groups))) << 2);
    if (ASC_FEATURE_SIMD)
      overPositions<v128>(taps, rows, dy + own, dw + own, stride, filters, accumulate, first, count);
    else overPositions<f32>(taps, rows, dy + own, dw + own, stride, filters, accumulate, first, count);
  }
}

/**
 * C[positions,n] = patches[positions,k] W[k,n] + bias[n], where W is w, or each tap of w is transposed. The
 * row of C of position (i, j) of a sample begins at i nextRow + j nextPixel behind that of the sample.
 *
 * Rows of taps that are outside are left out: the rows of the grid that see the same taps are a product.
 */
function overRows<T>(
  taps: Taps,
  rows: i32,
  w: usize,
  wStride: usize,
  transposed: i32,
  bias: usize,
  c: usize,
  n: i32,
  nextSample: usize,
  nextRow: usize,
  nextPixel: usize,
): void {
  const height = taps.gridHeight;
  const runs = taps.runs;
  const offsets = taps.offsets;
  for (let row = 0; row < height; ) {
    // Runs are sorted by row, so the runs inside are contiguous.
    const first = taps.nextRun(row, 0, true);
    const end = taps.nextRun(row, first, false);
    let next = row + 1;
    while (next < height && taps.nextRun(next, 0, true) === first && taps.nextRun(next, first, false) === end)
      next++;
    taps.firstRow = row;
    taps.gridHeight = next - row;
    taps.offsets = offsets + <usize>first * 12;
    taps.runs = end - first;
    const from = transposed ? w : w + <usize>(first * taps.length) * wStride;
    const to = c + <usize>row * nextRow;
    overTaps<T>(taps, rows, from, wStride, transposed, bias, to, n, nextSample, nextRow, nextPixel);
    taps.firstRow = 0;
    taps.gridHeight = height;
    taps.offsets = offsets;
    taps.runs = runs;
    row = next;
  }
}

/** The same for rows of the grid that see all taps. */
function overTaps<T>(
  taps: Taps,
  rows: i32,
  w: usize,
  wStride: usize,
  transposed: i32,
  bias: usize,
  c: usize,
  n: i32,
  nextSample: usize,
  nextRow: usize,
  nextPixel: usize,
): void {
  const width = taps.gridWidth;
  const height = taps.gridHeight;
  const k = taps.runs * taps.length;
  // Positions whose rows of C are equally far apart are one line.
  const evenRows = nextRow === <usize>width * nextPixel;
  const even = evenRows && nextSample === <usize>height * nextRow;
  const linesOfSample = evenRows ? 1 : height;
  const lines = even ? 1 : rows * linesOfSample;
  const m = (rows * height * width) / max<i32>(lines, 1);
  const blocks = (m + MC - 1) / MC;
  const packedB = taps.packedB;
  const inPlace = !transposed && n * min<i32>(k, KC) <= SMALL_B;
  for (let jc = 0; jc < n; jc += NC) {
    const nc = min<i32>(NC, n - jc);
    const whole = inPlace ? nc - (nc % NR) : 0;
    // k = 0 still writes the bias.
    for (let pc = 0; pc === 0 || pc < k; pc += KC) {
      const kc = min<i32>(KC, k - pc);
      const wBlock = w + <usize>pc * wStride + ((<usize>jc) << 2);
      if (transposed) packTransposedTaps<T>(taps, w, wStride, n, jc, nc, pc, kc, packedB);
      else packB<T>(wBlock + ((<usize>whole) << 2), wStride, 0, nc - whole, kc, packedB);
      for (let line = 0; line < lines; line++) {
        let at = c + ((<usize>jc) << 2);
        if (!even) at += <usize>(line / linesOfSample) * nextSample + <usize>(line % linesOfSample) * nextRow;
        let first = line * m;
        for (let block = 0; block < blocks; block++) {
          const mc = m / blocks + i32(block < m % blocks);
          locateRuns(taps, first, mc, pc, kc);
          const d = pc ? at : bias ? bias + ((<usize>jc) << 2) : 0;
          const dStride = pc ? nextPixel : 0;
          multiplyPatches<T>(
            taps.addresses,
            taps.length,
            mc,
            nc,
            pc,
            kc,
            wBlock,
            wStride,
            whole,
            packedB,
            at,
            nextPixel,
            d,
            dStride,
          );
          first += mc;
          at += <usize>mc * nextPixel;
        }
      }
    }
  }
}

/** Writes the addresses of the runs with terms pc to pc + kc - 1, for `count` positions, from `first` on. */
function locateRuns(taps: Taps, first: i32, count: i32, pc: i32, kc: i32): void {
  if (kc === 0) return;
  const length = taps.length;
  const own = (<usize>count) << 2;
  const line = bytesOfLine(count);
  let addresses = taps.addresses;
  let copies = taps.copies;
  for (let run = pc / length, end = (pc + kc - 1) / length; run <= end; run++) {
    locate(taps, run, first, count, addresses, copies);
    fillLine(addresses, count);
    addresses += line;
    copies += <usize>length * own;
  }
}

/**
 * Packs rows pc to pc + kc - 1 and columns jc to jc + nc - 1 of the matrix whose taps are those of w
 * transposed.
 */
function packTransposedTaps<T>(
  taps: Taps,
  w: usize,
  wStride: usize,
  n: i32,
  jc: i32,
  nc: i32,
  pc: i32,
  kc: i32,
  to: usize,
): void {
  const length = taps.length;
  const step = (<usize>NR) << 2;
  for (let j = 0; j < nc; j += NR) {
    const width = min<i32>(NR, nc - j);
    for (let p = pc; p < pc + kc; ) {
      const run = p / length;
      const next = min<i32>((run + 1) * length, pc + kc);
      const row = taps.tap(run) * n + jc + j;
      const from = w + <usize>row * wStride + ((<usize>(p - run * length)) << 2);
      packRows<T>(from, wStride, to, step, width, next - p);
      to += <usize>(next - p) * step;
      p = next;
    }
  }
}

/**
 * dw[k,n] = patches^T[k,positions] dy[positions,n], or added to dw, for `rowCount` rows from `firstRow` on.
 */
function overPositions<T>(
  taps: Taps,
  rows: i32,
  dy: usize,
  dw: usize,
  stride: usize,
  n: i32,
  accumulate: i32,
  firstRow: i32,
  rowCount: i32,
): void {
  const positions = rows * taps.gridHeight * taps.gridWidth;
  const packedB = taps.packedB;
  const inPlace = n * min<i32>(positions, KC) <= SMALL_B;
  for (let jc = 0; jc < n; jc += NC) {
    const nc = min<i32>(NC, n - jc);
    const whole = inPlace ? nc - (nc % NR) : 0;
    // No positions still write zeros.
    for (let pc = 0; pc === 0 || pc < positions; pc += KC) {
      const kc = min<i32>(KC, positions - pc);
      const adds = pc > 0 || accumulate !== 0;
      const b = dy + <usize>pc * stride + ((<usize>jc) << 2);
      packB<T>(b + ((<usize>whole) << 2), stride, 0, nc - whole, kc, packedB);
      overRuns<T>(taps, pc, kc, nc, b, whole, dw + ((<usize>jc) << 2), stride, adds, firstRow, rowCount);
    }
  }
}

/** Rows of dw, of one run after the other, of `kc` positions from `pc` on. */
function overRuns<T>(
  taps: Taps,
  pc: i32,
  kc: i32,
  nc: i32,
  b: usize,
  whole: i32,
  c: usize,
  stride: usize,
  adds: bool,
  row: i32,
  rowCount: i32,
): void {
  const length = taps.length;
  const end = row + rowCount;
  c += <usize>row * stride;
  while (row < end) {
    const run = row / length;
    const from = row - run * length;
    const count = min<i32>(length - from, end - row);
    locate(taps, run, pc, kc, taps.addresses, taps.copies);
    multiplyRun<T>(taps.addresses, from, count, kc, nc, b, stride, whole, taps.packedB, c, stride, adds);
    c += <usize>count * stride;
    row += count;
  }
}
