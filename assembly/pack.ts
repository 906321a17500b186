import { lane } from "./lane";
import { MR, NR } from "./tile";

/**
 * Panels of NR columns of op(B)[kc,nc]. What stands beside the columns of a last panel that is not whole does
 * not matter.
 */
export function packB<T>(b: usize, stride: usize, transposed: i32, nc: i32, kc: i32, to: usize): void {
  const step = (<usize>NR) << 2;
  let j = 0;
  if (isVector<T>() && ASC_SHRINK_LEVEL < 2 && !transposed)
    for (; j + 4 * NR <= nc; j += 4 * NR) {
      packFourPanels<T>(b + ((<usize>j) << 2), stride, to, kc);
      to += 4 * <usize>kc * step;
    }
  for (; j < nc; j += NR) {
    const width = min<i32>(NR, nc - j);
    if (transposed) packRows<T>(b + <usize>j * stride, stride, to, step, width, kc);
    else packColumns<T>(b + ((<usize>j) << 2), stride, to, step, width, kc);
    to += <usize>kc * step;
  }
}

/**
 * Four panels at once, whose rows together are whole cache lines: of rows that are far apart, few stay in the
 * first-level cache until another panel comes back to them.
 */
function packFourPanels<T>(from: usize, stride: usize, to: usize, kc: i32): void {
  const v = lane.bytes<T>();
  const step = 2 * v;
  const panel = <usize>kc * step;
  for (const end = to + panel; to !== end; to += step) {
    lane.store<T>(to, lane.load<T>(from));
    lane.store<T>(to + v, lane.load<T>(from + v));
    lane.store<T>(to + panel, lane.load<T>(from + 2 * v));
    lane.store<T>(to + panel + v, lane.load<T>(from + 3 * v));
    lane.store<T>(to + 2 * panel, lane.load<T>(from + 4 * v));
    lane.store<T>(to + 2 * panel + v, lane.load<T>(from + 5 * v));
    lane.store<T>(to + 3 * panel, lane.load<T>(from + 6 * v));
    lane.store<T>(to + 3 * panel + v, lane.load<T>(from + 7 * v));
    from += stride;
  }
}

/** Panels of op(A)[mc,kc], p-major, as high as the tiles that will read them. */
export function packA<T>(a: usize, stride: usize, transposed: i32, mc: i32, kc: i32, to: usize): void {
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
 * to[p, 0..width) = from[p, 0..width) for p in [0, kc), width up to two vectors. Steps in bytes. Both vectors
 * are copied whole: what is too much is overwritten by the next p, or does not matter. Only as long as they
 * do not reach past the last element of `from`; the rest goes one by one.
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
export function packRows<T>(from: usize, stride: usize, to: usize, step: usize, width: i32, kc: i32): void {
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
      lane.transpose8(
        from,
        from + row1,
        from + row2,
        from + row3,
        from + row4,
        from + row5,
        from + row6,
        from + last,
        to,
        step,
      );
      to += 4 * step;
    }
  }
  for (let p = blocks; p < kc; p++) {
    for (let i = 0; i < width; i++) store<f32>(to + ((<usize>i) << 2), load<f32>(from + <usize>i * stride));
    from += 4;
    to += step;
  }
}
