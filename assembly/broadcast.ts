import { add } from "./elementwise";

/** y[rows,cols] = z[rows,cols] + b[cols] in each row. y may be z; b overlaps neither. */
export function addRow(z: usize, b: usize, y: usize, rows: i32, cols: i32): void {
  const stride = (<usize>cols) << 2;
  for (let i = 0; i < rows; i++) {
    add(z, b, y, cols);
    z += stride;
    y += stride;
  }
}
