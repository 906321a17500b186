import { copyRow } from "./copy";
import { gemm, gemmWorkspace, KC } from "./gemm";

/** Bytes of workspace of recurrentGradient. */
export function recurrentGradientWorkspace(rows: i32, time: i32, units: i32, cols: i32): i32 {
  const positions = min<i32>(KC, rows * time);
  return ((positions * units) << 2) + gemmWorkspace(units, cols, positions);
}

/**
 * dR[units,cols] = sum over samples and steps of h(t - 1)^T d(t) (+ what is there when accumulate), in the
 * order of [rows,time]. h is the first block of y[rows,time,states units]; h(-1) that of
 * initial[rows,states units], of which 0 stands for zeros. d[rows,time,cols] and dR have rows that start
 * `stride` and `drStride` floats apart. Nothing overlaps.
 */
export function recurrentGradient(
  y: usize,
  initial: usize,
  d: usize,
  dr: usize,
  rows: i32,
  time: i32,
  units: i32,
  states: i32,
  cols: i32,
  stride: i32,
  drStride: i32,
  reverse: i32,
  accumulate: i32,
  workspace: usize,
): void {
  const stateBytes = (<usize>(states * units)) << 2;
  const size = (<usize>units) << 2;
  const total = rows * time;
  const first = reverse ? time - 1 : 0;
  const back = reverse ? stateBytes : 0 - stateBytes;
  let t = 0;
  let sample = initial;
  let onto = accumulate ? dr : 0;
  const room = workspace + <usize>min<i32>(KC, total) * size;
  // No positions still write zeros.
  for (let begin = 0; begin === 0 || begin < total; begin += KC) {
    const count = min<i32>(KC, total - begin);
    let to = workspace;
    for (let i = 0; i < count; i++) {
      if (t !== first) copyRow(y + back, to, units);
      else if (initial) copyRow(sample, to, units);
      else memory.fill(to, 0, size);
      to += size;
      y += stateBytes;
      if (++t === time) {
        t = 0;
        sample += stateBytes;
      }
    }
    gemm(workspace, d, dr, onto, units, cols, count, units, stride, drStride, drStride, 1, 0, room);
    d += (<usize>(count * stride)) << 2;
    onto = dr;
  }
}
