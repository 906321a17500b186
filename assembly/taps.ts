import { lane } from "./lane";
import { MR } from "./tile";

/**
 * The pixels of a tensor [samples, height, width, channels] that windows cover. The windows stand on a grid
 * [samples, gridHeight, gridWidth] of positions. Position (i, j) covers the pixels (i step + dy, j step +
 * dx), where each run has a (dy, dx) of its own. A run is one pixel, or several that stand side by side.
 */
@unmanaged
export class Taps {
  /** The first channel that is wanted, of the first pixel of the first sample. */
  base: usize = 0;
  /** Where the tensor ends. */
  end: usize = 0;
  height: i32 = 0;
  width: i32 = 0;
  /** Bytes from a pixel to the next. */
  pixel: usize = 0;
  gridHeight: i32 = 0;
  gridWidth: i32 = 0;
  stepHeight: i32 = 0;
  stepWidth: i32 = 0;
  /** Floats of a run, and pixels of it. */
  length: i32 = 0;
  span: i32 = 0;
  runs: i32 = 0;
  /** Three words for each run: dy, dx, and the index of the tap in the kernel. */
  offsets: usize = 0;
  /** `length` zeros: a run outside of the tensor. */
  zeros: usize = 0;
  /** Addresses of runs, and copies of runs that are partly outside, where a run is several pixels. */
  addresses: usize = 0;
  copies: usize = 0;
  /** Packed panels of both factors. */
  packedA: usize = 0;
  packedB: usize = 0;

  /** Appends a run. */
  @inline add(dy: i32, dx: i32, tap: i32): void {
    const at = this.offsets + <usize>this.runs * 12;
    store<i32>(at, dy);
    store<i32>(at, dx, 4);
    store<i32>(at, tap, 8);
    this.runs++;
  }

  /** Whether a vector that begins in a run at or before `last` ends in the tensor. */
  @inline reachesBeyond(last: usize): bool {
    return last + ((<usize>this.length) << 2) + 12 <= this.end;
  }

  /** The index in the kernel of the first tap of a run. */
  @inline tap(run: i32): i32 {
    return load<i32>(this.offsets + <usize>run * 12, 8);
  }
}

/**
 * Writes the addresses of run `run` for `count` positions, from `first` on. Returns the last of those in the
 * tensor, 0 if there is none.
 */
export function locate(taps: Taps, run: i32, first: i32, count: i32, addresses: usize, copies: usize): usize {
  const at = taps.offsets + <usize>run * 12;
  const dy = load<i32>(at);
  const dx = load<i32>(at, 4);
  const gridHeight = taps.gridHeight;
  const gridWidth = taps.gridWidth;
  const step = taps.stepWidth;
  const last = taps.width - taps.span;
  const pixel = taps.pixel;
  const row = <usize>taps.width * pixel;
  const bytes = (<usize>taps.length) << 2;
  let line = first / gridWidth;
  let j = first % gridWidth;
  let final: usize = 0;
  while (count > 0) {
    const n = min<i32>(count, gridWidth - j);
    const y = (line % gridHeight) * taps.stepHeight + dy;
    const x = j * step + dx;
    const start = taps.base + <usize>((line / gridHeight) * taps.height + y) * row;
    // Positions low to high - 1 are inside as a whole.
    let low = 0;
    let high = 0;
    if (y >= 0 && y < taps.height && x <= last) {
      high = min<i32>(n, step === 1 ? last - x + 1 : (last - x) / step + 1);
      low = min<i32>(high, x >= 0 ? 0 : step === 1 ? -x : (step - 1 - x) / step);
    }
    const outside = y < 0 || y >= taps.height;
    locateEdge(taps, outside, start, x, low, addresses, copies);
    let address = start + <usize>(x + low * step) * pixel;
    const end = addresses + ((<usize>high) << 2);
    for (let to = addresses + ((<usize>low) << 2); to < end; to += 4) {
      store<usize>(to, address);
      address += <usize>step * pixel;
    }
    if (high > low) final = address - <usize>step * pixel;
    locateEdge(taps, outside, start, x + high * step, n - high, end, copies + <usize>high * bytes);
    addresses += (<usize>n) << 2;
    copies += <usize>n * bytes;
    count -= n;
    line++;
    j = 0;
  }
  return final;
}

/** The same for positions of a line, from pixel x on, that are not inside as a whole. */
function locateEdge(
  taps: Taps,
  outside: bool,
  row: usize,
  x: i32,
  count: i32,
  addresses: usize,
  copies: usize,
): void {
  const span = taps.span;
  const pixel = taps.pixel;
  const bytes = (<usize>taps.length) << 2;
  for (let i = 0; i < count; i++) {
    const touches = !outside && span > 1 && x < taps.width && x + span > 0;
    store<usize>(addresses, touches ? copies : taps.zeros);
    if (touches)
      for (let q = 0; q < span; q++) {
        const to = copies + <usize>q * pixel;
        if (x + q >= 0 && x + q < taps.width) memory.copy(to, row + <usize>(x + q) * pixel, pixel);
        else memory.fill(to, 0, pixel);
      }
    addresses += 4;
    copies += bytes;
    x += taps.stepWidth;
  }
}

/**
 * A panel of a product whose rows are positions: to[p, i] = run i [p] for p in [0, n), i in [0, height). The
 * addresses of the runs stand at `addresses`; the first `skip` bytes of each run are left out. Vectors are
 * written whole: what is too much is overwritten by the next p, or does not matter. So are they read, where
 * `beyond` says that floats behind a run may be.
 */
export function packPositions<T>(
  addresses: usize,
  skip: usize,
  n: i32,
  height: i32,
  beyond: bool,
  to: usize,
): void {
  const step = (<usize>height) << 2;
  let p = 0;
  if (isVector<T>()) {
    const last = (<usize>(height - 1)) << 2;
    let row0 = load<usize>(addresses) + skip;
    let row1 = load<usize>(addresses + min<usize>(4, last)) + skip;
    let row2 = load<usize>(addresses + min<usize>(8, last)) + skip;
    let row3 = load<usize>(addresses + min<usize>(12, last)) + skip;
    let row4 = load<usize>(addresses + min<usize>(16, last)) + skip;
    let row5 = load<usize>(addresses + last) + skip;
    for (const whole = beyond ? n : n & ~3; p < whole; p += 4) {
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
  for (; p < n; p++) {
    for (let i = 0; i < height; i++) {
      const run = load<usize>(addresses + ((<usize>i) << 2)) + skip;
      store<f32>(to + ((<usize>i) << 2), load<f32>(run + ((<usize>p) << 2)));
    }
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

/**
 * Whole patches: to[p, run, i] = run p [i] for p in [0, count), all runs and i in [0, length). The addresses
 * of a run's positions stand side by side, those of the next run behind them. Vectors are written whole, and
 * read so where `beyond` says that floats behind a run may be.
 */
export function packWhole<T>(
  addresses: usize,
  runs: i32,
  count: i32,
  length: i32,
  beyond: bool,
  to: usize,
): void {
  const nextRun = (<usize>count) << 2;
  const bytes = (<usize>length) << 2;
  for (let p = 0; p < count; p++) {
    let at = addresses + ((<usize>p) << 2);
    for (let run = 0; run < runs; run++) {
      const from = load<usize>(at);
      let i: usize = 0;
      if (isVector<T>())
        for (const whole = beyond ? bytes : bytes & ~15; i < whole; i += 16)
          v128.store(to + i, v128.load(from + i));
      for (; i < bytes; i += 4) store<f32>(to + i, load<f32>(from + i));
      to += bytes;
      at += nextRun;
    }
  }
}
