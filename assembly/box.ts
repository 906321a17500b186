import { copyRows } from "./copy";
import { transposeBlocks } from "./transpose";

/**
 * A box of elements with an order in memory of its own in x and in y: the record that `src/ops/box.ts`
 * writes. All numbers are of floats. Element (i, j) of its last two axes is at i xStride + j of x and i
 * yStride + j of y; or, where `transposed`, at i + j yStride of y. The axes before them follow the record: of
 * each its size, and its steps in x and in y.
 */
@unmanaged
class Box {
  /** Where the box begins in a sample, and from a sample to the next. */
  xOffset: i32 = 0;
  yOffset: i32 = 0;
  xSample: i32 = 0;
  ySample: i32 = 0;
  rows: i32 = 0;
  cols: i32 = 0;
  xStride: i32 = 0;
  yStride: i32 = 0;
  transposed: i32 = 0;
  /** Whether a sample of y has more elements than the box. */
  partial: i32 = 0;
  axes: i32 = 0;
}

/**
 * The elements of a box of each sample of x, at their places in y. What else is in y becomes 0. The words are
 * copied, floats or not. y overlaps no x. `record` is the address of a Box.
 */
export function copyBox(x: usize, y: usize, record: usize, rows: i32): void {
  const box = changetype<Box>(record);
  if (box.partial) memory.fill(y, 0, (<usize>(rows * box.ySample)) << 2);
  x += (<usize>box.xOffset) << 2;
  y += (<usize>box.yOffset) << 2;
  for (let s = 0; s < rows; s++) {
    copyAxes(x, y, box, 0);
    x += (<usize>box.xSample) << 2;
    y += (<usize>box.ySample) << 2;
  }
}

function copyAxes(x: usize, y: usize, box: Box, axis: i32): void {
  if (axis === box.axes) {
    const xStride = box.xStride;
    const yStride = box.yStride;
    if (box.transposed)
      transposeBlocks(x, (<usize>xStride) << 2, y, (<usize>yStride) << 2, box.rows, box.cols);
    else copyRows(x, y, box.rows, box.cols, xStride, yStride);
    return;
  }
  const at = changetype<usize>(box) + offsetof<Box>() + <usize>axis * 12;
  const size = load<i32>(at);
  const xStep = (<usize>load<i32>(at, 4)) << 2;
  const yStep = (<usize>load<i32>(at, 8)) << 2;
  for (let i = 0; i < size; i++) {
    copyAxes(x, y, box, axis + 1);
    x += xStep;
    y += yStep;
  }
}
