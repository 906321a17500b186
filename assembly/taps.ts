/**
 * The pixels of a tensor [samples, height, width, channels] that windows cover. The windows stand on a grid
 * [samples, gridHeight, gridWidth] of positions. Position (i, j) covers the pixels (i step + dy, j step +
 * dx), where each run has a (dy, dx) of its own. A run is one pixel, or several that stand side by side.
 */
@unmanaged
export class Taps {
  /** The first channel that is wanted, of the first pixel of the first sample. */
  base: usize = 0;
  height: i32 = 0;
  width: i32 = 0;
  /** Bytes from a pixel to the next. */
  pixel: usize = 0;
  /** The grid may begin at a later row. */
  firstRow: i32 = 0;
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
  /** Packed panels of the other factor. */
  packedB: usize = 0;

  /** Appends a run. */
  @inline add(dy: i32, dx: i32, tap: i32): void {
    const at = this.offsets + <usize>this.runs * 12;
    store<i32>(at, dy);
    store<i32>(at, dx, 4);
    store<i32>(at, tap, 8);
    this.runs++;
  }

  /** Whether a row of the grid has the pixels of a run inside of the tensor. */
  isInside(row: i32, run: i32): bool {
    const y = row * this.stepHeight + load<i32>(this.offsets + <usize>run * 12);
    return y >= 0 && y < this.height;
  }

  /** The first run from `run` on whose pixels are inside for a row of the grid, or outside. */
  nextRun(row: i32, run: i32, inside: bool): i32 {
    while (run < this.runs && this.isInside(row, run) !== inside) run++;
    return run;
  }

  /** The index in the kernel of the first tap of a run. */
  @inline tap(run: i32): i32 {
    return load<i32>(this.offsets + <usize>run * 12, 8);
  }
}

/** Writes the addresses of run `run` for `count` positions, from `first` on. */
export function locate(taps: Taps, run: i32, first: i32, count: i32, addresses: usize, copies: usize): void {
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
  while (count > 0) {
    const n = min<i32>(count, gridWidth - j);
    const y = (taps.firstRow + (line % gridHeight)) * taps.stepHeight + dy;
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
    locateEdge(taps, outside, start, x + high * step, n - high, end, copies + <usize>high * bytes);
    addresses += (<usize>n) << 2;
    copies += <usize>n * bytes;
    count -= n;
    line++;
    j = 0;
  }
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
