import { lane } from "./lane";

/**
 * y[i,j] = x[i,j] for i in [0, rows), j in [0, cols), in rows that start xStride and yStride floats apart.
 * The words are copied, floats or not. y overlaps no x, and what lies between its rows stays.
 */
export function copyRows(x: usize, y: usize, rows: i32, cols: i32, xStride: i32, yStride: i32): void {
  for (let i = 0; i < rows; i++) {
    copyRow(x, y, cols);
    x += (<usize>xStride) << 2;
    y += (<usize>yStride) << 2;
  }
}

/** y[n] = x[n]. */
export function copyRow(x: usize, y: usize, n: i32): void {
  if (ASC_FEATURE_SIMD) copyRowOver<v128>(x, y, n);
  else copyRowOver<f32>(x, y, n);
}

/** Rows are short: a loop beats memory.copy, which leaves the module for each. */
function copyRowOver<T>(x: usize, y: usize, n: i32): void {
  const rest = lane.rest<T>(n);
  for (const end = x + lane.wholeBytes<T>(n); x < end; x += lane.bytes<T>()) {
    lane.store<T>(y, lane.load<T>(x));
    y += lane.bytes<T>();
  }
  if (rest) lane.storePart<T>(y, lane.loadPart<T>(x, rest), rest);
}
