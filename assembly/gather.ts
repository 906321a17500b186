import { copyRow } from "./copy";

/**
 * y[rows,cols] = x[index[i],:] for each row i. index: rows 32-bit integers. The words are copied, floats or
 * not. y overlaps neither.
 */
export function gather(x: usize, index: usize, y: usize, rows: i32, cols: i32): void {
  const stride = (<usize>cols) << 2;
  for (const end = index + ((<usize>rows) << 2); index < end; index += 4) {
    const row = x + <usize>load<i32>(index) * stride;
    // A row of less than a vector, as targets often are, is copied faster than a function is called.
    if (cols < 4) for (let at: usize = 0; at < stride; at += 4) store<i32>(y + at, load<i32>(row + at));
    else copyRow(row, y, cols);
    y += stride;
  }
}
