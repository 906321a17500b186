import { lane } from "./lane";

/** Rows and columns of a block: 16 KB read and as much written, which stay in the first-level cache. */
const BLOCK: i32 = 64;

/** y[cols,rows] = transpose of x[rows,cols], whose rows start `stride` floats apart. y overlaps no x. */
export function transpose(x: usize, y: usize, rows: i32, cols: i32, stride: i32): void {
  transposeBlocks(x, (<usize>stride) << 2, y, (<usize>rows) << 2, rows, cols);
}

/** y[j,i] = x[i,j], block by block. Strides in bytes. y overlaps no x. */
export function transposeBlocks(
  x: usize,
  xStride: usize,
  y: usize,
  yStride: usize,
  rows: i32,
  cols: i32,
): void {
  for (let i = 0; i < rows; i += BLOCK) {
    for (let j = 0; j < cols; j += BLOCK) {
      transposeBlock(
        x + <usize>i * xStride + ((<usize>j) << 2),
        xStride,
        y + <usize>j * yStride + ((<usize>i) << 2),
        yStride,
        min<i32>(BLOCK, rows - i),
        min<i32>(BLOCK, cols - j),
      );
    }
  }
}

/** y[j,i] = x[i,j] for i in [0, rows), j in [0, cols). Strides in bytes. y overlaps no x. */
export function transposeBlock(
  x: usize,
  xStride: usize,
  y: usize,
  yStride: usize,
  rows: i32,
  cols: i32,
): void {
  // Whole 4 x 4 blocks by vectors, what is left of the columns and of the rows one by one.
  const blockRows = ASC_FEATURE_SIMD ? rows & ~3 : 0;
  const blockCols = ASC_FEATURE_SIMD ? cols & ~3 : 0;
  if (ASC_FEATURE_SIMD) {
    for (let i = 0; i < blockRows; i += 4) {
      let from = x + <usize>i * xStride;
      let to = y + ((<usize>i) << 2);
      for (let j = 0; j < blockCols; j += 4) {
        lane.transpose4(from, xStride, to, yStride);
        from += 16;
        to += 4 * yStride;
      }
    }
  }
  transposeOneByOne(
    x + ((<usize>blockCols) << 2),
    xStride,
    y + <usize>blockCols * yStride,
    yStride,
    blockRows,
    cols - blockCols,
  );
  transposeOneByOne(
    x + <usize>blockRows * xStride,
    xStride,
    y + ((<usize>blockRows) << 2),
    yStride,
    rows - blockRows,
    cols,
  );
}

function transposeOneByOne(x: usize, xStride: usize, y: usize, yStride: usize, rows: i32, cols: i32): void {
  for (let i = 0; i < rows; i++) {
    let from = x + <usize>i * xStride;
    let to = y + ((<usize>i) << 2);
    for (let j = 0; j < cols; j++) {
      store<f32>(to, load<f32>(from));
      from += 4;
      to += yStride;
    }
  }
}
