import { Cell, Elman, Gru, Lstm, Rectified } from "./cells";
import { copyRow } from "./copy";
import { BEHIND, gemm, gemmWorkspace, KC, MC } from "./gemm";
import { lane } from "./lane";
import { multiply, packWhole, panelColumns } from "./state-product";

/**
 * Recurrent layers: loops over time. A layer multiplies all inputs of all steps by W at once, so what is left
 * for each step is the product of the state by R, which is packed once, and the cell (cells.ts).
 *
 *   x[rows,time,blocks units], R[units,blocks units], y[rows,time,states units]
 *   sum = h(t - 1) R + x(t), or + rb[blocks units] where the cell is separate
 *   y(t) = cell(x(t), sum, y(t - 1)); y(-1) = initial[rows,states units], of which 0 stands for zeros
 *
 * In reverse, steps go from the last to the first. A step whose mask[rows,time] is 0 keeps the state. Each
 * sum of a product is that of gemm: a sample has the same bits in any batch.
 */

/** Bytes of workspace of a recurrent kernel: of its cell, the blocks of R and of the state. */
export function recurrentWorkspace(rows: i32, units: i32, blocks: i32, states: i32): i32 {
  const cols = blocks * units;
  // R packed, in panels of its columns or of those of its transpose, and a step of sums, or of gradients.
  const packed = max<i32>(panelColumns(cols) * units, panelColumns(units) * cols);
  const a = (min<i32>(rows, MC) + BEHIND) * max<i32>(1, min<i32>(cols, KC));
  return ((packed + a + rows * (cols + states * units)) << 2) + gemmWorkspace(1, cols, units);
}

/**
 * Whether whole vectors get a separate loop, which makes an LSTM or a GRU 5 to 10 % faster. It doubles the
 * code, so other cells and builds optimized for size do without.
 */
const WHOLE: bool = ASC_FEATURE_SIMD && ASC_SHRINK_LEVEL < 2;

/** All units of one sample in one step. Loops test at their end: see math.ts. A layer has units. */
function forwardRow<C extends Cell, T>(
  x: usize,
  sum: usize,
  before: usize,
  state: usize,
  kept: usize,
  units: i32,
  slope: f32,
): void {
  const cell = changetype<C>(0);
  const size = (<usize>units) << 2;
  const whole = lane.wholeBytes<T>(units);
  let j: usize = 0;
  if (WHOLE && cell.kept() > 0 && whole > 0)
    do {
      cell.forward<T>(x, sum, before, state, kept, size, j, 0, slope);
      j += lane.bytes<T>();
    } while (j < whole);
  if (WHOLE && cell.kept() > 0 && j === size) return;
  do {
    cell.forward<T>(x, sum, before, state, kept, size, j, j < whole ? 0 : lane.rest<T>(units), slope);
    j += lane.bytes<T>();
  } while (j < size);
}

/** The same backwards. */
function backwardRow<C extends Cell, T>(
  dy: usize,
  kept: usize,
  state: usize,
  before: usize,
  carry: usize,
  delta: usize,
  dx: usize,
  units: i32,
  slope: f32,
): void {
  const cell = changetype<C>(0);
  const size = (<usize>units) << 2;
  const whole = lane.wholeBytes<T>(units);
  let j: usize = 0;
  if (WHOLE && cell.kept() > 0 && whole > 0)
    do {
      cell.backward<T>(dy, kept, state, before, carry, delta, dx, size, j, 0, slope);
      j += lane.bytes<T>();
    } while (j < whole);
  if (WHOLE && cell.kept() > 0 && j === size) return;
  do {
    const part = j < whole ? 0 : lane.rest<T>(units);
    cell.backward<T>(dy, kept, state, before, carry, delta, dx, size, j, part, slope);
    j += lane.bytes<T>();
  } while (j < size);
}

function forward<C extends Cell>(
  x: usize,
  r: usize,
  rb: usize,
  initial: usize,
  mask: usize,
  y: usize,
  kept: usize,
  rows: i32,
  time: i32,
  units: i32,
  reverse: i32,
  slope: f32,
  workspace: usize,
): void {
  if (ASC_FEATURE_SIMD)
    forwardOver<C, v128>(x, r, rb, initial, mask, y, kept, rows, time, units, reverse, slope, workspace);
  else forwardOver<C, f32>(x, r, rb, initial, mask, y, kept, rows, time, units, reverse, slope, workspace);
}

function forwardOver<C extends Cell, T>(
  x: usize,
  r: usize,
  rb: usize,
  initial: usize,
  mask: usize,
  y: usize,
  kept: usize,
  rows: i32,
  time: i32,
  units: i32,
  reverse: i32,
  slope: f32,
  workspace: usize,
): void {
  if (rows === 0) return;
  const cell = changetype<C>(0);
  const cols = cell.blocks() * units;
  const size = (<usize>units) << 2;
  const sumBytes = (<usize>cols) << 2;
  const stateBytes = <usize>cell.states() * size;
  const keptBytes = <usize>cell.kept() * size;
  const sums = workspace;
  const packed = sums + <usize>rows * sumBytes;
  const packedA = packed + <usize>panelColumns(cols) * size;
  // A row by a matrix is as fast in place.
  if (rows > 1) packWhole<T>(r, units, cols, 0, packed);
  let before = initial;
  let beforeStride = stateBytes;
  for (let step = 0; step < time; step++) {
    const t: usize = reverse ? time - 1 - step : step;
    const xStep = x + t * sumBytes;
    const xStride = <usize>time * sumBytes;
    let sum = sums;
    let sumStride = sumBytes;
    const d = cell.separate() ? rb : xStep;
    const dStride: usize = cell.separate() ? 0 : xStride;
    if (before && rows > 1)
      multiply<T>(
        before,
        beforeStride,
        packed,
        rows,
        cols,
        units,
        sums,
        sumBytes,
        d,
        d ? dStride : <usize>0,
        packedA,
      );
    else if (before)
      gemm(before, r, sums, d, 1, cols, units, units, cols, cols, d === rb ? 0 : cols, 0, 0, packedA);
    else if (!cell.separate()) {
      sum = xStep;
      sumStride = xStride;
    } else {
      sumStride = 0;
      if (rb) copyRow(rb, sums, cols);
      else memory.fill(sums, 0, sumBytes);
    }
    for (let i: usize = 0; i < <usize>rows; i++) {
      const at = i * time + t;
      const last = before ? before + i * beforeStride : 0;
      const state = y + at * stateBytes;
      const keep = kept ? kept + at * keptBytes : 0;
      if (mask && load<f32>(mask + (at << 2)) === 0) {
        if (last) copyRow(last, state, cell.states() * units);
        else memory.fill(state, 0, stateBytes);
        if (keep) memory.fill(keep, 0, keptBytes);
        continue;
      }
      const own = sum + i * sumStride;
      forwardRow<C, T>(x + at * sumBytes, own, last, state, keep, units, slope);
    }
    before = y + t * stateBytes;
    beforeStride = <usize>time * stateBytes;
  }
}

function backward<C extends Cell>(
  dy: usize,
  kept: usize,
  y: usize,
  initial: usize,
  mask: usize,
  r: usize,
  dx: usize,
  dq: usize,
  dInitial: usize,
  rows: i32,
  time: i32,
  units: i32,
  reverse: i32,
  slope: f32,
  workspace: usize,
): void {
  if (ASC_FEATURE_SIMD)
    backwardOver<C, v128>(
      dy,
      kept,
      y,
      initial,
      mask,
      r,
      dx,
      dq,
      dInitial,
      rows,
      time,
      units,
      reverse,
      slope,
      workspace,
    );
  else
    backwardOver<C, f32>(
      dy,
      kept,
      y,
      initial,
      mask,
      r,
      dx,
      dq,
      dInitial,
      rows,
      time,
      units,
      reverse,
      slope,
      workspace,
    );
}

function backwardOver<C extends Cell, T>(
  dy: usize,
  kept: usize,
  y: usize,
  initial: usize,
  mask: usize,
  r: usize,
  dx: usize,
  dq: usize,
  dInitial: usize,
  rows: i32,
  time: i32,
  units: i32,
  reverse: i32,
  slope: f32,
  workspace: usize,
): void {
  const cell = changetype<C>(0);
  const cols = cell.blocks() * units;
  const size = (<usize>units) << 2;
  const sumBytes = (<usize>cols) << 2;
  const stateBytes = <usize>cell.states() * size;
  const keptBytes = <usize>cell.kept() * size;
  const deltas = workspace;
  const carry = deltas + <usize>rows * sumBytes;
  const packed = carry + <usize>rows * stateBytes;
  const packedA = packed + <usize>panelColumns(units) * sumBytes;
  packWhole<T>(r, cols, units, 1, packed);
  memory.fill(carry, 0, <usize>rows * stateBytes);
  for (let step = time - 1; step >= 0; step--) {
    const t: usize = reverse ? time - 1 - step : step;
    const back: usize = reverse ? t + 1 : t - 1;
    for (let i: usize = 0; i < <usize>rows; i++) {
      const at = i * time + t;
      const own = carry + i * stateBytes;
      const to = dx + at * sumBytes;
      const delta = cell.separate() ? deltas + i * sumBytes : to;
      let last = initial ? initial + i * stateBytes : 0;
      if (step > 0) last = y + (i * time + back) * stateBytes;
      if (mask && load<f32>(mask + (at << 2)) === 0) {
        addRow<T>(dy + at * stateBytes, own, cell.states() * units);
        memory.fill(to, 0, sumBytes);
        if (cell.separate()) {
          memory.fill(delta, 0, sumBytes);
          memory.fill(dq + at * size, 0, size);
        }
        continue;
      }
      backwardRow<C, T>(
        dy + at * stateBytes,
        kept + at * keptBytes,
        y + at * stateBytes,
        last,
        own,
        delta,
        to,
        units,
        slope,
      );
      if (cell.separate()) copyRow(delta + sumBytes - size, dq + at * size, units);
    }
    if (step === 0 && !dInitial) break;
    multiply<T>(
      cell.separate() ? deltas : dx + t * sumBytes,
      cell.separate() ? sumBytes : <usize>time * sumBytes,
      packed,
      rows,
      units,
      cols,
      carry,
      stateBytes,
      carry,
      stateBytes,
      packedA,
    );
  }
  if (dInitial) memory.copy(dInitial, carry, <usize>rows * stateBytes);
}

/** y[n] = x[n] + y[n]. */
function addRow<T>(x: usize, y: usize, n: i32): void {
  for (let j = 0; j < n; j += lane.width<T>()) {
    const part = n - j < lane.width<T>() ? n - j : 0;
    const at = (<usize>j) << 2;
    lane.write<T>(y + at, lane.add<T>(lane.read<T>(x + at, part), lane.read<T>(y + at, part)), part);
  }
}

/** y[rows,time,units] = h of a simple recurrent layer: tanh, or max(., 0) where `relu` is 1. */
export function simpleRnn(
  x: usize,
  r: usize,
  initial: usize,
  mask: usize,
  y: usize,
  rows: i32,
  time: i32,
  units: i32,
  relu: i32,
  reverse: i32,
  workspace: usize,
): void {
  if (relu) {
    forward<Rectified>(x, r, 0, initial, mask, y, 0, rows, time, units, reverse, 0, workspace);
  } else {
    forward<Elman>(x, r, 0, initial, mask, y, 0, rows, time, units, reverse, 0, workspace);
  }
}

/**
 * dx[rows,time,units] and dInitial[rows,units], the derivatives of simpleRnn by x and initial, from dy and y.
 * A dInitial of 0 is not written. dx may be dy.
 */
export function simpleRnnBackward(
  dy: usize,
  y: usize,
  initial: usize,
  mask: usize,
  r: usize,
  dx: usize,
  dInitial: usize,
  rows: i32,
  time: i32,
  units: i32,
  relu: i32,
  reverse: i32,
  workspace: usize,
): void {
  if (relu) {
    backward<Rectified>(
      dy,
      0,
      y,
      initial,
      mask,
      r,
      dx,
      0,
      dInitial,
      rows,
      time,
      units,
      reverse,
      0,
      workspace,
    );
  } else {
    backward<Elman>(dy, 0, y, initial, mask, r, dx, 0, dInitial, rows, time, units, reverse, 0, workspace);
  }
}

/**
 * y[rows,time,2 units] = h and c of an LSTM, and kept[rows,time,4 units] = its gates i, f, g and o, unless
 * kept is 0. x and R have the blocks of the gates in this order; slope is that of Gate. kept may be x;
 * nothing else overlaps.
 */
export function lstm(
  x: usize,
  r: usize,
  initial: usize,
  mask: usize,
  y: usize,
  kept: usize,
  rows: i32,
  time: i32,
  units: i32,
  reverse: i32,
  slope: f32,
  workspace: usize,
): void {
  forward<Lstm>(x, r, 0, initial, mask, y, kept, rows, time, units, reverse, slope, workspace);
}

/**
 * dx[rows,time,4 units] and dInitial[rows,2 units], the derivatives of lstm by x and initial, from dy, kept
 * and y. A dInitial of 0 is not written. dx may be kept; nothing else overlaps.
 */
export function lstmBackward(
  dy: usize,
  kept: usize,
  y: usize,
  initial: usize,
  mask: usize,
  r: usize,
  dx: usize,
  dInitial: usize,
  rows: i32,
  time: i32,
  units: i32,
  reverse: i32,
  slope: f32,
  workspace: usize,
): void {
  backward<Lstm>(
    dy,
    kept,
    y,
    initial,
    mask,
    r,
    dx,
    0,
    dInitial,
    rows,
    time,
    units,
    reverse,
    slope,
    workspace,
  );
}

/**
 * y[rows,time,units] = h of a GRU, and kept[rows,time,4 units] = r, z, n and q = h' R[2] + rb[2], unless kept
 * is 0. x, R and rb[3 units] have the blocks r, z and n; an rb of 0 stands for zeros; slope is that of Gate.
 * Nothing overlaps.
 */
export function gru(
  x: usize,
  r: usize,
  rb: usize,
  initial: usize,
  mask: usize,
  y: usize,
  kept: usize,
  rows: i32,
  time: i32,
  units: i32,
  reverse: i32,
  slope: f32,
  workspace: usize,
): void {
  forward<Gru>(x, r, rb, initial, mask, y, kept, rows, time, units, reverse, slope, workspace);
}

/**
 * dx[rows,time,3 units], dq[rows,time,units] and dInitial[rows,units], the derivatives of gru by x, q and
 * initial, from dy, kept and y. A dInitial of 0 is not written. Nothing overlaps.
 */
export function gruBackward(
  dy: usize,
  kept: usize,
  y: usize,
  initial: usize,
  mask: usize,
  r: usize,
  dx: usize,
  dq: usize,
  dInitial: usize,
  rows: i32,
  time: i32,
  units: i32,
  reverse: i32,
  slope: f32,
  workspace: usize,
): void {
  backward<Gru>(
    dy,
    kept,
    y,
    initial,
    mask,
    r,
    dx,
    dq,
    dInitial,
    rows,
    time,
    units,
    reverse,
    slope,
    workspace,
  );
}
