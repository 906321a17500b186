import { copyRow } from "./copy";

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
