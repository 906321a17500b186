import { lane } from "./lane";
import { MR } from "./tile";

/**
 * The pixels of a tensor [samples, height, width, channels] that windows cover. The windows stand on a grid
 * [samples, gridHeight, gridWidth] of positions. Position (i, j) covers the pixels (i step + dy, j step + dx),
 * where each run has a (dy, dx) of its own. A run is one pixel, or several that stand side by side.
 */
@unmanaged
export class Taps {
  /** The first channel that is wanted, of the first pixel of the first sample. */
  base: usize;
  height: i32;
  width: i32;
  /** Bytes from a pixel to the next. */
  pixel: usize;
  gridHeight: i32;
  gridWidth: i32;
  stepHeight: i32;
  stepWidth: i32;
  /** Floats of a run, and pixels of it. */
  length: i32;
  span: i32;
  runs: i32;
  /** Three words for each run: dy, dx, and the index of the tap in the kernel. */
  offsets: usize;
  /** `length` zeros: a run outside of the tensor. */
  zeros: usize;
  /** Addresses of runs, and copies of runs that are partly outside, where a run is several pixels. */
  addresses: usize;
  copies: usize;
  /** Packed panels. */
  panels: usize;

  /** Appends a run. */
  @inline add(dy: i32, dx: i32, tap: i32): void {
    const at = this.offsets + <usize>this.runs * 12;
    store<i32>(at, dy);
    store<i32>(at, dx, 4);
    store<i32>(at, tap, 8);
    this.runs++;
  }

  /** The index in the kernel of the first tap of a run. */
  @inline tap(run: i32): i32 {
    return load<i32>(this.offsets + <usize>run * 12, 8);
  }
}

/** Writes the addresses of run `run` for `count` positions from `first` on. */
export function locate(taps: Taps, run: i32, first: i32, count: i32, addresses: usize, copies: usize): void {
  const at = taps.offsets + <usize>run * 12;
  const dy = load<i32>(at);
  const dx = load<i32>(at, 4);
  const height = taps.height;
  const gridHeight = taps.gridHeight;
  const gridWidth = taps.gridWidth;
  const stepWidth = taps.stepWidth;
  const span = taps.span;
  const last = taps.width - span;
  const zeros = taps.zeros;
  const pixel = taps.pixel;
  const step = <usize>stepWidth * pixel;
  const bytes = (<usize>taps.length) << 2;
  const row = <usize>taps.width * pixel;
  let line = first / gridWidth;
  let j = first % gridWidth;
  const end = addresses + ((<usize>count) << 2);
  while (addresses < end) {
    const y = (line % gridHeight) * taps.stepHeight + dy;
    const inside = y >= 0 && y < height;
    const start = taps.base + <usize>((line / gridHeight) * height + y) * row;
    let x = j * stepWidth + dx;
    let address = start + <usize>x * pixel;
    const stop = min<usize>(end, addresses + ((<usize>(gridWidth - j)) << 2));
    for (; addresses < stop; addresses += 4) {
      let from = inside && x >= 0 && x <= last ? address : zeros;
      if (span > 1) {
        if (inside && from === zeros && x < taps.width && x + span > 0) {
          copyInside(taps, start, x, copies);
          from = copies;
        }
        copies += bytes;
      }
      store<usize>(addresses, from);
      x += stepWidth;
      address += step;
    }
    line++;
    j = 0;
  }
}

/** The pixels from x on of a row, of which some are outside. */
function copyInside(taps: Taps, row: usize, x: i32, to: usize): void {
  const pixel = taps.pixel;
  for (let i = 0; i < taps.span; i++) {
    if (x + i >= 0 && x + i < taps.width) memory.copy(to, row + <usize>(x + i) * pixel, pixel);
    else memory.fill(to, 0, pixel);
    to += pixel;
  }
}

/**
 * A panel of a product whose rows are positions: to[p, i] = run i [p] for p in [0, n), i in [0, height). The
 * addresses of the runs stand at `addresses`; the first `skip` bytes of each run are left out. Vectors are
 * written whole: what is too much is overwritten by the next p, or does not matter.
 */
export function packPositions<T>(addresses: usize, skip: usize, n: i32, height: i32, to: usize): void {
  const step = (<usize>height) << 2;
  const whole = isVector<T>() ? n & ~3 : 0;
  if (isVector<T>()) {
    const last = (<usize>(height - 1)) << 2;
    let row0 = load<usize>(addresses) + skip;
    let row1 = load<usize>(addresses + min<usize>(4, last)) + skip;
    let row2 = load<usize>(addresses + min<usize>(8, last)) + skip;
    let row3 = load<usize>(addresses + min<usize>(12, last)) + skip;
    let row4 = load<usize>(addresses + min<usize>(16, last)) + skip;
    let row5 = load<usize>(addresses + last) + skip;
    for (let p = 0; p < whole; p += 4) {
      lane.transpose6(row0, row1, row2, row3, row4, row5, to, step);
      row0 += 16;
      row1 += 16;
      row2 += 16;
      row3 += 16;
      row4 += 16;
      row5 += 16;
      to += 4 * step;
    }
  }
  for (let p = whole; p < n; p++) {
    for (let i = 0; i < height; i++)
      store<f32>(
        to + ((<usize>i) << 2),
        load<f32>(load<usize>(addresses + ((<usize>i) << 2)) + skip + ((<usize>p) << 2)),
      );
    to += step;
  }
}

/**
 * Panels of a product whose terms are positions: to[p, i] = run p [i] for p in [0, count), i in [0, length),
 * in panels of up to MR rows. The first `skip` bytes of each run are left out.
 */
export function packTerms<T>(addresses: usize, skip: usize, count: i32, length: i32, to: usize): void {
  const panels = (length + MR - 1) / MR;
  const rows = length / panels;
  const higher = length % panels;
  const end = addresses + ((<usize>count) << 2);
  for (let panel = 0; panel < panels; panel++) {
    const height = rows + i32(panel < higher);
    const step = (<usize>height) << 2;
    for (let at = addresses; at < end; at += 4) {
      const from = load<usize>(at) + skip;
      let i = 0;
      if (isVector<T>() && height >= 4) {
        v128.store(to, v128.load(from));
        i = 4;
      }
      for (; i < height; i++) store<f32>(to + ((<usize>i) << 2), load<f32>(from + ((<usize>i) << 2)));
      to += step;
    }
    skip += step;
  }
}
