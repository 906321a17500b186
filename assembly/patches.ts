import { lane } from "./lane";
import { micro, NR } from "./tile";

/**
 * Products with a matrix of patches. It is not stored: tiles of C read the pixels where they are, by the
 * addresses that `locate` wrote. A copy of a patch would be read a few times only.
 */

/** Rows of a tile. Each needs a pointer, of which there are few more. */
export const HEIGHT: i32 = 4;

/** Bytes from the addresses of a run to those of the next: those of whole tiles. */
export function bytesOfLine(count: i32): usize {
  return (<usize>((count + HEIGHT - 1) & -HEIGHT)) << 2;
}

/** Writes the addresses of `count` rows of a matrix, `stride` bytes apart: patches of one run. */
export function locateRows(addresses: usize, row: usize, stride: usize, count: i32): void {
  for (let at = addresses, end = addresses + ((<usize>count) << 2); at < end; at += 4) {
    store<usize>(at, row);
    row += stride;
  }
  fillLine(addresses, count);
}

/** Positions of the last tile that are not there are the last one that is. */
export function fillLine(addresses: usize, count: i32): void {
  const own = (<usize>count) << 2;
  for (let at = own, end = bytesOfLine(count); at < end; at += 4)
    store<usize>(addresses + at, load<usize>(addresses + own - 4));
}

/**
 * C[count,nc] = patches[count,kc] W[kc,nc] + D: terms pc to pc + kc - 1 of the patches, in ascending order.
 * At `addresses` are those of the runs of these terms, a line for each run. Of W the first `whole` columns
 * stand in place, bStride bytes from a row to the next, and the rest is packed in panels of NR columns. d = 0
 * stands for zeros.
 */
export function multiplyPatches<T>(
  addresses: usize,
  length: i32,
  count: i32,
  nc: i32,
  pc: i32,
  kc: i32,
  b: usize,
  bStride: usize,
  whole: i32,
  packedB: usize,
  c: usize,
  cStride: usize,
  d: usize,
  dStride: usize,
): void {
  const line = bytesOfLine(count);
  for (let jr = 0; jr < nc; jr += NR) {
    const inPlace = jr < whole;
    const panel = inPlace ? b + ((<usize>jr) << 2) : packedB + ((<usize>(jr - whole) * kc) << 2);
    const step = inPlace ? bStride : (<usize>NR) << 2;
    const cols = min<i32>(NR, nc - jr);
    let to = c + ((<usize>jr) << 2);
    let addend = d ? d + ((<usize>jr) << 2) : 0;
    for (let i = 0; i < count; i += HEIGHT) {
      const at = addresses + ((<usize>i) << 2);
      const rows = min<i32>(HEIGHT, count - i);
      PatchTile.positions<T>(at, line, length, rows, pc, kc, panel, step, to, cStride, addend, dStride, cols);
      to += <usize>HEIGHT * cStride;
      if (d) addend += <usize>HEIGHT * dStride;
    }
  }
}

/**
 * C[length,nc] = run[count,length]^T B[count,nc], or added to C if `adds`: terms `from` and after of the runs
 * of `count` positions, whose addresses are at `addresses`. B is as W above.
 */
export function multiplyRun<T>(
  addresses: usize,
  from: i32,
  length: i32,
  count: i32,
  nc: i32,
  b: usize,
  bStride: usize,
  whole: i32,
  packedB: usize,
  c: usize,
  cStride: usize,
  adds: bool,
): void {
  const end = addresses + ((<usize>count) << 2);
  for (let jr = 0; jr < nc; jr += NR) {
    const inPlace = jr < whole;
    const panel = inPlace ? b + ((<usize>jr) << 2) : packedB + ((<usize>(jr - whole) * count) << 2);
    const step = inPlace ? bStride : (<usize>NR) << 2;
    const cols = min<i32>(NR, nc - jr);
    const to = c + ((<usize>jr) << 2);
    for (let i = 0; i < length; i += HEIGHT) {
      // The last tile may have rows of the one before, which it does not store.
      const first = length < HEIGHT ? 0 : min<i32>(i, length - HEIGHT);
      const at = to + <usize>first * cStride;
      const skip = (<usize>(from + first)) << 2;
      if (length >= HEIGHT)
        PatchTile.terms<T>(HEIGHT, i - first, addresses, end, skip, panel, step, at, cStride, adds, cols);
      else PatchTile.terms<T>(length, 0, addresses, end, skip, panel, step, at, cStride, adds, cols);
    }
  }
}

/**
 * Tiles of C. A class, for only a static method may carry the decorator that inlines it with its constants.
 */
class PatchTile {
  /** The first `rows` of HEIGHT positions. */
  @inline static positions<T>(
    addresses: usize,
    line: usize,
    length: i32,
    rows: i32,
    pc: i32,
    kc: i32,
    b: usize,
    bStep: usize,
    c: usize,
    cStride: usize,
    d: usize,
    dStride: usize,
    cols: i32,
  ): void {
    let x0 = lane.splat<T>(0);
    let y0 = x0;
    let x1 = x0;
    let y1 = x0;
    let x2 = x0;
    let y2 = x0;
    let x3 = x0;
    let y3 = x0;
    let skip = pc % length;
    for (let left = kc; left > 0; ) {
      const terms = min<i32>(length - skip, left);
      const offset = (<usize>skip) << 2;
      let from0 = load<usize>(addresses) + offset;
      let from1 = load<usize>(addresses, 4) + offset;
      let from2 = load<usize>(addresses, 8) + offset;
      let from3 = load<usize>(addresses, 12) + offset;
      for (const end = b + <usize>terms * bStep; b !== end; b += bStep) {
        const x = lane.load<T>(b);
        const y = lane.load<T>(b + lane.bytes<T>());
        const s0 = lane.loadSplat<T>(from0);
        x0 = lane.relaxedMadd<T>(s0, x, x0);
        y0 = lane.relaxedMadd<T>(s0, y, y0);
        const s1 = lane.loadSplat<T>(from1);
        x1 = lane.relaxedMadd<T>(s1, x, x1);
        y1 = lane.relaxedMadd<T>(s1, y, y1);
        const s2 = lane.loadSplat<T>(from2);
        x2 = lane.relaxedMadd<T>(s2, x, x2);
        y2 = lane.relaxedMadd<T>(s2, y, y2);
        const s3 = lane.loadSplat<T>(from3);
        x3 = lane.relaxedMadd<T>(s3, x, x3);
        y3 = lane.relaxedMadd<T>(s3, y, y3);
        from0 += 4;
        from1 += 4;
        from2 += 4;
        from3 += 4;
      }
      addresses += line;
      left -= terms;
      skip = 0;
    }
    micro.storeRow<T>(x0, y0, c, d, cols);
    if (rows > 1) micro.storeRow<T>(x1, y1, c + cStride, d ? d + dStride : 0, cols);
    if (rows > 2) micro.storeRow<T>(x2, y2, c + 2 * cStride, d ? d + 2 * dStride : 0, cols);
    if (rows > 3) micro.storeRow<T>(x3, y3, c + 3 * cStride, d ? d + 3 * dStride : 0, cols);
  }

  /**
   * `height` terms of a run, of which the first `done` are not stored. A constant HEIGHT leaves loads with
   * constant offsets, without which the loop takes an eighth longer.
   */
  @inline static terms<T>(
    height: i32,
    done: i32,
    addresses: usize,
    end: usize,
    skip: usize,
    b: usize,
    bStep: usize,
    c: usize,
    cStride: usize,
    adds: bool,
    cols: i32,
  ): void {
    let x0 = lane.splat<T>(0);
    let y0 = x0;
    let x1 = x0;
    let y1 = x0;
    let x2 = x0;
    let y2 = x0;
    let x3 = x0;
    let y3 = x0;
    const last = (<usize>(height - 1)) << 2;
    const at1 = min<usize>(4, last);
    const at2 = min<usize>(8, last);
    for (; addresses !== end; addresses += 4) {
      const from = load<usize>(addresses) + skip;
      const x = lane.load<T>(b);
      const y = lane.load<T>(b + lane.bytes<T>());
      const s0 = lane.loadSplat<T>(from);
      x0 = lane.relaxedMadd<T>(s0, x, x0);
      y0 = lane.relaxedMadd<T>(s0, y, y0);
      const s1 = height === HEIGHT ? lane.loadSplatAt<T>(from, 1) : lane.loadSplat<T>(from + at1);
      x1 = lane.relaxedMadd<T>(s1, x, x1);
      y1 = lane.relaxedMadd<T>(s1, y, y1);
      const s2 = height === HEIGHT ? lane.loadSplatAt<T>(from, 2) : lane.loadSplat<T>(from + at2);
      x2 = lane.relaxedMadd<T>(s2, x, x2);
      y2 = lane.relaxedMadd<T>(s2, y, y2);
      const s3 = height === HEIGHT ? lane.loadSplatAt<T>(from, 3) : lane.loadSplat<T>(from + last);
      x3 = lane.relaxedMadd<T>(s3, x, x3);
      y3 = lane.relaxedMadd<T>(s3, y, y3);
      b += bStep;
    }
    const c1 = c + cStride;
    const c2 = c1 + cStride;
    const c3 = c2 + cStride;
    if (done === 0) micro.storeRow<T>(x0, y0, c, adds ? c : 0, cols);
    if (height > 1 && done < 2) micro.storeRow<T>(x1, y1, c1, adds ? c1 : 0, cols);
    if (height > 2 && done < 3) micro.storeRow<T>(x2, y2, c2, adds ? c2 : 0, cols);
    if (height > 3) micro.storeRow<T>(x3, y3, c3, adds ? c3 : 0, cols);
  }
}
