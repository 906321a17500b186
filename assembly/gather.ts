import { copyRow } from "./copy";
import { lane } from "./lane";

/**
 * y[rows,cols] = x[index[i],:] for each row i. index: rows 32-bit integers. The words are copied, floats or
 * not. y overlaps neither.
 */
export function gather(x: usize, index: usize, y: usize, rows: i32, cols: i32): void {
  const stride = (<usize>cols) << 2;
  const end = index + ((<usize>rows) << 2);
  if (ASC_FEATURE_SIMD && cols >= 4) {
    for (const last = index + ((<usize>(rows & ~3)) << 2); index < last; index += 16) {
      gatherFour(x, index, y, stride);
      y += 4 * stride;
    }
  }
  for (; index < end; index += 4) {
    const row = x + <usize>load<i32>(index) * stride;
    // A row of less than a vector, as targets often are, is copied faster than a function is called.
    if (cols < 4) for (let at: usize = 0; at < stride; at += 4) store<i32>(y + at, load<i32>(row + at));
    else copyRow(row, y, cols);
    y += stride;
  }
}

/**
 * Four rows side by side, for each begins where no cache has it and nothing has foreseen it: the memory
 * serves them at once.
 */
function gatherFour(x: usize, index: usize, y: usize, stride: usize): void {
  let a = x + <usize>load<i32>(index) * stride;
  let b = x + <usize>load<i32>(index, 4) * stride;
  let c = x + <usize>load<i32>(index, 8) * stride;
  let d = x + <usize>load<i32>(index, 12) * stride;
  for (const end = y + (stride & ~15); y < end; y += 16) {
    v128.store(y, v128.load(a));
    v128.store(y + stride, v128.load(b));
    v128.store(y + 2 * stride, v128.load(c));
    v128.store(y + 3 * stride, v128.load(d));
    a += 16;
    b += 16;
    c += 16;
    d += 16;
  }
  const rest = <i32>(stride & 15) >> 2;
  if (!rest) return;
  lane.storePart<v128>(y, lane.loadPart<v128>(a, rest), rest);
  lane.storePart<v128>(y + stride, lane.loadPart<v128>(b, rest), rest);
  lane.storePart<v128>(y + 2 * stride, lane.loadPart<v128>(c, rest), rest);
  lane.storePart<v128>(y + 3 * stride, lane.loadPart<v128>(d, rest), rest);
}
