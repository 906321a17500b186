import { Gate } from "./cells";
import { copyRow } from "./copy";
import { gemm, gemmWorkspace } from "./gemm";
import { lane } from "./lane";
import { math } from "./math";

/**
 * A GRU with the reset gate before the product (Cho and others 2014), as Keras has it with reset_after=False:
 *
 *   r, z = gate(x[0] + h' R[0]), gate(x[1] + h' R[1]);   n = tanh(x[2] + (r h') R[2])
 *   h = n + z (h' - n)
 *
 *   x[rows,time,3 units], R[units,3 units], y[rows,time,units]; the blocks are r, z and n
 *   kept[rows,time,4 units] = r, z, n and r h'
 *
 * Each step has two products, of which the second needs the gates of the first. Masks, reverse and the state
 * before the first step are as in recurrent.ts, the slope is that of Gate.
 */

/** Bytes of workspace of both kernels. */
export function gruResetBeforeWorkspace(rows: i32, units: i32): i32 {
  const products = max<i32>(gemmWorkspace(rows, 2 * units, units), gemmWorkspace(rows, units, 2 * units));
  return ((rows * 4 * units) << 2) + products;
}

/**
 * y[rows,time,units] = h, and kept[rows,time,4 units], unless kept is 0. Nothing overlaps.
 */
export function gruResetBefore(
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
  if (ASC_FEATURE_SIMD)
    forward<v128>(x, r, initial, mask, y, kept, rows, time, units, reverse, slope, workspace);
  else forward<f32>(x, r, initial, mask, y, kept, rows, time, units, reverse, slope, workspace);
}

function forward<T>(
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
  if (rows === 0) return;
  const size = (<usize>units) << 2;
  const gates = workspace;
  const inner = gates + <usize>rows * 2 * size;
  const sums = inner + <usize>rows * size;
  const room = sums + <usize>rows * size;
  let before = initial;
  let stride = units;
  for (let step = 0; step < time; step++) {
    const t: usize = reverse ? time - 1 - step : step;
    const own = x + t * 3 * size;
    const cols = time * 3 * units;
    if (before)
      gemm(before, r, gates, own, rows, 2 * units, units, stride, 3 * units, 2 * units, cols, 0, 0, room);
    for (let i: usize = 0; i < <usize>rows; i++) {
      const last = before ? before + ((i * stride) << 2) : 0;
      const from = before ? gates + i * 2 * size : own + i * ((<usize>cols) << 2);
      const to = gates + i * 2 * size;
      for (let j = 0; j < units; j += lane.width<T>()) {
        const part = units - j < lane.width<T>() ? units - j : 0;
        const at = (<usize>j) << 2;
        const reset = Gate.of<T>(lane.read<T>(from + at, part), slope);
        const h = last ? lane.read<T>(last + at, part) : lane.splat<T>(0);
        const update = Gate.of<T>(lane.read<T>(from + size + at, part), slope);
        lane.write<T>(to + at, reset, part);
        lane.write<T>(to + size + at, update, part);
        lane.write<T>(inner + i * size + at, lane.mul<T>(reset, h), part);
      }
    }
    if (before)
      gemm(
        inner,
        r + 2 * size,
        sums,
        own + 2 * size,
        rows,
        units,
        units,
        units,
        3 * units,
        units,
        cols,
        0,
        0,
        room,
      );
    for (let i: usize = 0; i < <usize>rows; i++) {
      const at = i * time + t;
      const last = before ? before + ((i * stride) << 2) : 0;
      const state = y + at * size;
      const keep = kept ? kept + at * 4 * size : 0;
      if (mask && load<f32>(mask + (at << 2)) === 0) {
        if (last) copyRow(last, state, units);
        else memory.fill(state, 0, size);
        if (keep) memory.fill(keep, 0, 4 * size);
        continue;
      }
      const from = before ? sums + i * size : x + at * 3 * size + 2 * size;
      for (let j = 0; j < units; j += lane.width<T>()) {
        const part = units - j < lane.width<T>() ? units - j : 0;
        const at = (<usize>j) << 2;
        const n = math.tanh<T>(lane.read<T>(from + at, part));
        const h = last ? lane.read<T>(last + at, part) : lane.splat<T>(0);
        const update = lane.read<T>(gates + i * 2 * size + size + at, part);
        lane.write<T>(state + at, lane.add<T>(n, lane.mul<T>(update, lane.sub<T>(h, n))), part);
        if (!keep) continue;
        lane.write<T>(keep + at, lane.read<T>(gates + i * 2 * size + at, part), part);
        lane.write<T>(keep + size + at, update, part);
        lane.write<T>(keep + 2 * size + at, n, part);
        lane.write<T>(keep + 3 * size + at, lane.read<T>(inner + i * size + at, part), part);
      }
    }
    before = y + t * size;
    stride = time * units;
  }
}

/**
 * dx[rows,time,3 units] and dInitial[rows,units], the derivatives of gruResetBefore by x and initial, from
 * dy, kept and y. A dInitial of 0 is not written. Nothing overlaps.
 */
export function gruResetBeforeBackward(
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
  if (ASC_FEATURE_SIMD)
    backward<v128>(dy, kept, y, initial, mask, r, dx, dInitial, rows, time, units, reverse, slope, workspace);
  else
    backward<f32>(dy, kept, y, initial, mask, r, dx, dInitial, rows, time, units, reverse, slope, workspace);
}

function backward<T>(
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
  if (rows === 0) return;
  const size = (<usize>units) << 2;
  const carry = workspace;
  const inner = carry + <usize>rows * size;
  const room = inner + <usize>rows * size;
  const cols = time * 3 * units;
  memory.fill(carry, 0, <usize>rows * size);
  for (let step = time - 1; step >= 0; step--) {
    const t: usize = reverse ? time - 1 - step : step;
    const back: usize = reverse ? t + 1 : t - 1;
    const own = dx + t * 3 * size;
    for (let i: usize = 0; i < <usize>rows; i++) {
      const at = i * time + t;
      const to = dx + at * 3 * size;
      const keep = kept + at * 4 * size;
      const past = carry + i * size;
      let last = initial ? initial + i * size : 0;
      if (step > 0) last = y + (i * time + back) * size;
      const isPadding = mask && load<f32>(mask + (at << 2)) === 0;
      if (isPadding) memory.fill(to, 0, 3 * size);
      for (let j = 0; j < units; j += lane.width<T>()) {
        const part = units - j < lane.width<T>() ? units - j : 0;
        const place = (<usize>j) << 2;
        const one = lane.splat<T>(1);
        const dh = lane.add<T>(lane.read<T>(dy + at * size + place, part), lane.read<T>(past + place, part));
        if (isPadding) {
          lane.write<T>(past + place, dh, part);
          continue;
        }
        const z = lane.read<T>(keep + size + place, part);
        const n = lane.read<T>(keep + 2 * size + place, part);
        const h = last ? lane.read<T>(last + place, part) : lane.splat<T>(0);
        const rest = lane.sub<T>(one, z);
        const dz = lane.mul<T>(lane.mul<T>(dh, lane.sub<T>(h, n)), Gate.derivative<T>(z, slope));
        const dn = lane.mul<T>(lane.mul<T>(dh, rest), lane.sub<T>(one, lane.mul<T>(n, n)));
        lane.write<T>(to + size + place, dz, part);
        lane.write<T>(to + 2 * size + place, dn, part);
        lane.write<T>(past + place, lane.mul<T>(dh, z), part);
      }
    }
    // That of r h'.
    gemm(own + 2 * size, r + 2 * size, inner, 0, rows, units, units, cols, 3 * units, units, 0, 0, 1, room);
    for (let i: usize = 0; i < <usize>rows; i++) {
      const at = i * time + t;
      if (mask && load<f32>(mask + (at << 2)) === 0) continue;
      const past = carry + i * size;
      let last = initial ? initial + i * size : 0;
      if (step > 0) last = y + (i * time + back) * size;
      for (let j = 0; j < units; j += lane.width<T>()) {
        const part = units - j < lane.width<T>() ? units - j : 0;
        const place = (<usize>j) << 2;
        const d = lane.read<T>(inner + i * size + place, part);
        const reset = lane.read<T>(kept + at * 4 * size + place, part);
        const h = last ? lane.read<T>(last + place, part) : lane.splat<T>(0);
        const dr = lane.mul<T>(lane.mul<T>(d, h), Gate.derivative<T>(reset, slope));
        lane.write<T>(dx + at * 3 * size + place, dr, part);
        const sum = lane.add<T>(lane.read<T>(past + place, part), lane.mul<T>(d, reset));
        lane.write<T>(past + place, sum, part);
      }
    }
    if (step === 0 && !dInitial) break;
    gemm(own, r, carry, carry, rows, units, 2 * units, cols, 3 * units, units, units, 0, 1, room);
  }
  if (dInitial) memory.copy(dInitial, carry, <usize>rows * size);
}
