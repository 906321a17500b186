import { add } from "./elementwise";
import { lane } from "./lane";
import { BLOCK } from "./reduce";

/**
 * Sums over the rows of a matrix, column by column, in the order of reduce.ts: row i is term i. Rows are read
 * eight at a time from left to right, so memory is read once and in order, however many columns there are.
 * The workspace holds the four accumulators of each column.
 */

/**
 * Rows that are read together: more than eight of 4096 bytes would push each other out of the first cache.
 */
const ROWS: i32 = 8;

/**
 * What is summed, from x[i,j] and dy[i,j]: u is u[j], of the column; s and t are s[i] and t[i], of the row.
 * Each class has all of these methods itself: one that others override would be called indirectly.
 */
abstract class Terms {
  /** Whether there is a second sum. Without it, dy is not read. */
  isPair(): bool {
    return false;
  }

  /** Whether the second sum depends on s and t. Without it, neither is read. */
  isByRow(): bool {
    return false;
  }

  first<T>(x: T, dy: T, u: T, hasU: bool): T {
    return x;
  }

  second<T>(x: T, dy: T, u: T, s: T, t: T): T {
    return x;
  }
}

/** (x - u)^2, or x. */
class Moment extends Terms {
  @inline isPair(): bool {
    return false;
  }

  @inline isByRow(): bool {
    return false;
  }

  @inline first<T>(x: T, dy: T, u: T, hasU: bool): T {
    const difference = lane.sub<T>(x, u);
    return hasU ? lane.mul<T>(difference, difference) : x;
  }

  @inline second<T>(x: T, dy: T, u: T, s: T, t: T): T {
    return x;
  }
}

/** dy, and dy (x - u). */
class Slopes extends Terms {
  @inline isPair(): bool {
    return true;
  }

  @inline isByRow(): bool {
    return false;
  }

  @inline first<T>(x: T, dy: T, u: T, hasU: bool): T {
    return dy;
  }

  @inline second<T>(x: T, dy: T, u: T, s: T, t: T): T {
    return lane.mul<T>(dy, lane.sub<T>(x, u));
  }
}

/** dy, and dy (x - s) t. */
class SlopesByRow extends Terms {
  @inline isPair(): bool {
    return true;
  }

  @inline isByRow(): bool {
    return true;
  }

  @inline first<T>(x: T, dy: T, u: T, hasU: bool): T {
    return dy;
  }

  @inline second<T>(x: T, dy: T, u: T, s: T, t: T): T {
    return lane.mul<T>(dy, lane.mul<T>(lane.sub<T>(x, s), t));
  }
}

/** Bytes of workspace for the column sums of a matrix [rows,cols]. */
export function columnWorkspace(rows: i32, cols: i32): i32 {
  // Two sums of four accumulators a column, and those of the second half of each halving.
  let floats = 8 * ((cols + 3) & ~3);
  for (let blocks = (rows + BLOCK - 1) / BLOCK; blocks > 1; blocks = (blocks + 1) >> 1) floats += 2 * cols;
  return floats << 2;
}

/**
 * y[cols] = sum over i in [0, rows) of (x - u[j])^2, or of x for a u of 0. The rows of x start
 * `stride` floats apart. w has columnWorkspace bytes. Nothing overlaps.
 */
export function columnMoment(
  x: usize,
  u: usize,
  y: usize,
  rows: i32,
  cols: i32,
  stride: i32,
  w: usize,
): void {
  if (ASC_FEATURE_SIMD)
    columnSumsOver<Moment, v128>(x, x, u, 0, 0, y, y, rows, cols, (<usize>stride) << 2, w);
  else columnSumsOver<Moment, f32>(x, x, u, 0, 0, y, y, rows, cols, (<usize>stride) << 2, w);
}

/**
 * y[cols] = sum over i in [0, rows) of dy, z[cols] = sum over it of dy (x - u[j]), for rows that start
 * `stride` floats apart. w has columnWorkspace bytes. Nothing overlaps.
 */
export function columnSlopes(
  x: usize,
  dy: usize,
  u: usize,
  y: usize,
  z: usize,
  rows: i32,
  cols: i32,
  stride: i32,
  w: usize,
): void {
  if (ASC_FEATURE_SIMD)
    columnSumsOver<Slopes, v128>(x, dy, u, 0, 0, y, z, rows, cols, (<usize>stride) << 2, w);
  else columnSumsOver<Slopes, f32>(x, dy, u, 0, 0, y, z, rows, cols, (<usize>stride) << 2, w);
}

/**
 * y[cols] = sum over i in [0, rows) of dy, z[cols] = sum over it of dy (x - s[i]) t[i]. An s of 0 stands for
 * zeros. Rows start `stride` floats apart. w has columnWorkspace bytes. Nothing overlaps.
 */
export function columnSlopesByRow(
  x: usize,
  dy: usize,
  s: usize,
  t: usize,
  y: usize,
  z: usize,
  rows: i32,
  cols: i32,
  stride: i32,
  w: usize,
): void {
  if (ASC_FEATURE_SIMD)
    columnSumsOver<SlopesByRow, v128>(x, dy, 0, s, t, y, z, rows, cols, (<usize>stride) << 2, w);
  else columnSumsOver<SlopesByRow, f32>(x, dy, 0, s, t, y, z, rows, cols, (<usize>stride) << 2, w);
}

function columnSumsOver<Op extends Terms, T>(
  x: usize,
  dy: usize,
  u: usize,
  s: usize,
  t: usize,
  y: usize,
  z: usize,
  rows: i32,
  cols: i32,
  stride: usize,
  w: usize,
): void {
  if (rows <= BLOCK) {
    blockOver<Op, T>(x, dy, u, s, t, y, z, rows, cols, stride, w);
    return;
  }
  const op = changetype<Op>(0);
  const blocks = (rows + BLOCK - 1) / BLOCK;
  const half = ((blocks + 1) >> 1) * BLOCK;
  const offset = <usize>half * stride;
  const bytes = (<usize>cols) << 2;
  const ofRow = (<usize>half) << 2;
  columnSumsOver<Op, T>(x, dy, u, s, t, y, z, half, cols, stride, w);
  columnSumsOver<Op, T>(
    x + offset,
    dy + offset,
    u,
    s ? s + ofRow : 0,
    t + ofRow,
    w,
    w + bytes,
    rows - half,
    cols,
    stride,
    w + 2 * bytes,
  );
  add(y, w, y, cols);
  if (op.isPair()) add(z, w + bytes, z, cols);
}

class eight {
  /** Adds eight rows to the accumulators of a vector of columns. */
  @inline static add<Op extends Terms, T>(
    p: usize,
    q: usize,
    u: usize,
    s: usize,
    t: usize,
    at: usize,
    stride: usize,
    isFirst: bool,
  ): void {
    const op = changetype<Op>(0);
    const zero = lane.splat<T>(0);
    const hasU = u !== 0;
    const ofColumn = u ? lane.load<T>(u) : zero;
    let first0 = zero;
    let first1 = zero;
    let first2 = zero;
    let first3 = zero;
    let second0 = zero;
    let second1 = zero;
    let second2 = zero;
    let second3 = zero;
    if (!isFirst) {
      first0 = lane.load<T>(at);
      first1 = lane.load<T>(at + lane.bytes<T>());
      first2 = lane.load<T>(at + 2 * lane.bytes<T>());
      first3 = lane.load<T>(at + 3 * lane.bytes<T>());
      if (op.isPair()) {
        second0 = lane.load<T>(at + 4 * lane.bytes<T>());
        second1 = lane.load<T>(at + 5 * lane.bytes<T>());
        second2 = lane.load<T>(at + 6 * lane.bytes<T>());
        second3 = lane.load<T>(at + 7 * lane.bytes<T>());
      }
    }
    for (const end = p + <usize>ROWS * stride; p < end; p += 4 * stride) {
      const x0 = lane.load<T>(p);
      const x1 = lane.load<T>(p + stride);
      const x2 = lane.load<T>(p + 2 * stride);
      const x3 = lane.load<T>(p + 3 * stride);
      const dy0 = op.isPair() ? lane.load<T>(q) : zero;
      const dy1 = op.isPair() ? lane.load<T>(q + stride) : zero;
      const dy2 = op.isPair() ? lane.load<T>(q + 2 * stride) : zero;
      const dy3 = op.isPair() ? lane.load<T>(q + 3 * stride) : zero;
      const s0 = op.isByRow() && s ? lane.loadSplatAt<T>(s, 0) : zero;
      const s1 = op.isByRow() && s ? lane.loadSplatAt<T>(s, 1) : zero;
      const s2 = op.isByRow() && s ? lane.loadSplatAt<T>(s, 2) : zero;
      const s3 = op.isByRow() && s ? lane.loadSplatAt<T>(s, 3) : zero;
      const t0 = op.isByRow() ? lane.loadSplatAt<T>(t, 0) : zero;
      const t1 = op.isByRow() ? lane.loadSplatAt<T>(t, 1) : zero;
      const t2 = op.isByRow() ? lane.loadSplatAt<T>(t, 2) : zero;
      const t3 = op.isByRow() ? lane.loadSplatAt<T>(t, 3) : zero;
      first0 = lane.add<T>(first0, op.first<T>(x0, dy0, ofColumn, hasU));
      first1 = lane.add<T>(first1, op.first<T>(x1, dy1, ofColumn, hasU));
      first2 = lane.add<T>(first2, op.first<T>(x2, dy2, ofColumn, hasU));
      first3 = lane.add<T>(first3, op.first<T>(x3, dy3, ofColumn, hasU));
      if (op.isPair()) {
        second0 = lane.add<T>(second0, op.second<T>(x0, dy0, ofColumn, s0, t0));
        second1 = lane.add<T>(second1, op.second<T>(x1, dy1, ofColumn, s1, t1));
        second2 = lane.add<T>(second2, op.second<T>(x2, dy2, ofColumn, s2, t2));
        second3 = lane.add<T>(second3, op.second<T>(x3, dy3, ofColumn, s3, t3));
        q += 4 * stride;
        if (op.isByRow()) {
          if (s) s += 16;
          t += 16;
        }
      }
    }
    lane.store<T>(at, first0);
    lane.store<T>(at + lane.bytes<T>(), first1);
    lane.store<T>(at + 2 * lane.bytes<T>(), first2);
    lane.store<T>(at + 3 * lane.bytes<T>(), first3);
    if (op.isPair()) {
      lane.store<T>(at + 4 * lane.bytes<T>(), second0);
      lane.store<T>(at + 5 * lane.bytes<T>(), second1);
      lane.store<T>(at + 6 * lane.bytes<T>(), second2);
      lane.store<T>(at + 7 * lane.bytes<T>(), second3);
    }
  }
}

/** The sums of a block, of at most 512 rows. */
function blockOver<Op extends Terms, T>(
  x: usize,
  dy: usize,
  u: usize,
  s: usize,
  t: usize,
  y: usize,
  z: usize,
  rows: i32,
  cols: i32,
  stride: usize,
  w: usize,
): void {
  const op = changetype<Op>(0);
  const zero = lane.splat<T>(0);
  const width = (<usize>cols) << 2;
  const end = lane.wholeBytes<T>(cols);
  let i = 0;
  do {
    const count = min<i32>(ROWS, rows - i);
    const isLast = i + count === rows;
    let at = w;
    let j: usize = 0;
    // The scalar build is to be small.
    if (ASC_FEATURE_SIMD && !isLast)
      for (; j < end; j += lane.bytes<T>()) {
        eight.add<Op, T>(x + j, dy + j, u ? u + j : 0, s, t, at, stride, i === 0);
        at += 8 * lane.bytes<T>();
      }
    // What is left: the last columns, and of the last rows all.
    for (; j < width; j += lane.bytes<T>()) {
      const part = j < end ? 0 : lane.rest<T>(cols);
      const ofColumn = u ? lane.read<T>(u + j, part) : zero;
      let p = x + j;
      let q = dy + j;
      let first0 = i ? lane.load<T>(at) : zero;
      let first1 = i ? lane.load<T>(at + lane.bytes<T>()) : zero;
      let first2 = i ? lane.load<T>(at + 2 * lane.bytes<T>()) : zero;
      let first3 = i ? lane.load<T>(at + 3 * lane.bytes<T>()) : zero;
      let second0 = i && op.isPair() ? lane.load<T>(at + 4 * lane.bytes<T>()) : zero;
      let second1 = i && op.isPair() ? lane.load<T>(at + 5 * lane.bytes<T>()) : zero;
      let second2 = i && op.isPair() ? lane.load<T>(at + 6 * lane.bytes<T>()) : zero;
      let second3 = i && op.isPair() ? lane.load<T>(at + 7 * lane.bytes<T>()) : zero;
      // A turn a row, to a multiple of four: row 0 is in accumulator 0 then.
      for (let k = 0; k < ((count + 3) & ~3); k++) {
        const first = first0;
        const second = second0;
        first0 = first1;
        first1 = first2;
        first2 = first3;
        first3 = first;
        second0 = second1;
        second1 = second2;
        second2 = second3;
        second3 = second;
        if (k >= count) continue;
        const a = lane.read<T>(p, part);
        const b = op.isPair() ? lane.read<T>(q, part) : zero;
        const row = (<usize>k) << 2;
        const ofRow = op.isByRow() && s ? lane.loadSplat<T>(s + row) : zero;
        const factor = op.isByRow() ? lane.loadSplat<T>(t + row) : zero;
        first3 = lane.add<T>(first, op.first<T>(a, b, ofColumn, u !== 0));
        if (op.isPair()) second3 = lane.add<T>(second, op.second<T>(a, b, ofColumn, ofRow, factor));
        p += stride;
        q += stride;
      }
      if (isLast) {
        const total = lane.add<T>(lane.add<T>(first0, first1), lane.add<T>(first2, first3));
        lane.write<T>(y + j, total, part);
        if (op.isPair()) {
          const another = lane.add<T>(lane.add<T>(second0, second1), lane.add<T>(second2, second3));
          lane.write<T>(z + j, another, part);
        }
      } else {
        lane.store<T>(at, first0);
        lane.store<T>(at + lane.bytes<T>(), first1);
        lane.store<T>(at + 2 * lane.bytes<T>(), first2);
        lane.store<T>(at + 3 * lane.bytes<T>(), first3);
        if (op.isPair()) {
          lane.store<T>(at + 4 * lane.bytes<T>(), second0);
          lane.store<T>(at + 5 * lane.bytes<T>(), second1);
          lane.store<T>(at + 6 * lane.bytes<T>(), second2);
          lane.store<T>(at + 7 * lane.bytes<T>(), second3);
        }
      }
      at += 8 * lane.bytes<T>();
    }
    i += ROWS;
    x += <usize>ROWS * stride;
    dy += <usize>ROWS * stride;
    if (s) s += ROWS << 2;
    t += ROWS << 2;
  } while (i < rows);
}
