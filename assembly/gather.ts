import { lane } from "./lane";

/**
 * y[rows,cols] = x[index[i],:] for each row i. index: rows 32-bit integers. The words are copied, floats or
 * not. y overlaps neither.
 */
export function gather(x: usize, index: usize, y: usize, rows: i32, cols: i32): void {
  const stride = (<usize>cols) << 2;
  for (let i = 0; i < rows; i++) {
    copyRow(x + <usize>load<i32>(index) * stride, y, cols);
    index += 4;
    y += stride;
  }
}

function copyRow(x: usize, y: usize, n: i32): void {
  if (ASC_FEATURE_SIMD) copyRowOver<v128>(x, y, n);
  else copyRowOver<f32>(x, y, n);
}

/** Rows are short: a loop beats memory.copy, which leaves the module for each. */
function copyRowOver<T>(x: usize, y: usize, n: i32): void {
  const rest = n & (lane.width<T>() - 1);
  const end = x + ((<usize>(n - rest)) << 2);
  while (x < end) {
    lane.store<T>(y, lane.load<T>(x));
    x += lane.bytes<T>();
    y += lane.bytes<T>();
  }
  if (rest) lane.storePart<T>(y, lane.loadPart<T>(x, rest), rest);
}
