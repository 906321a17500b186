import { add, divide, scale, subtract } from "./elementwise";

/** y[rows,cols] = z[rows,cols] + b[cols] in each row. y may be z; b overlaps neither. */
export function addRow(z: usize, b: usize, y: usize, rows: i32, cols: i32): void {
  const stride = (<usize>cols) << 2;
  for (let i = 0; i < rows; i++) {
    add(z, b, y, cols);
    z += stride;
    y += stride;
  }
}

/**
 * y[rows,cols] = (x[rows,cols] - mean[cols]) / deviation[cols] in each row. y may be x; the others overlap
 * neither.
 */
export function standardize(x: usize, mean: usize, deviation: usize, y: usize, rows: i32, cols: i32): void {
  const stride = (<usize>cols) << 2;
  for (let i = 0; i < rows; i++) {
    subtract(x, mean, y, cols);
    divide(y, deviation, y, cols);
    x += stride;
    y += stride;
  }
}

/** dx[rows,cols] = dy[rows,cols] / deviation[cols] in each row. dx may be dy; deviation overlaps neither. */
export function standardizeBackward(deviation: usize, dy: usize, dx: usize, rows: i32, cols: i32): void {
  const stride = (<usize>cols) << 2;
  for (let i = 0; i < rows; i++) {
    divide(dy, deviation, dx, cols);
    dy += stride;
    dx += stride;
  }
}

/** y[rows,cols] = w[i] x[i,:]. y may be x; w overlaps neither. */
export function scaleRows(x: usize, w: usize, y: usize, rows: i32, cols: i32): void {
  const stride = (<usize>cols) << 2;
  for (let i = 0; i < rows; i++) {
    scale(x, y, cols, load<f32>(w));
    x += stride;
    y += stride;
    w += 4;
  }
}
