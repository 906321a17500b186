import { exact } from "./floats.js";
import { type Case, call, expecting, input, output } from "./harness.js";
import { boundBy } from "./pooling-cases.js";
import type { Random } from "./random.js";
import { resampling } from "./resampling.js";

/** [height, width, channels, outHeight, outWidth]: larger, smaller, both, by whole factors and others. */
const SIZES: readonly (readonly number[])[] = [
  ...[1, 2, 3, 4, 5, 7, 8, 9, 17].map((channels) => [3, 4, channels, 6, 8]),
  ...[1, 3, 4, 9].map((channels) => [4, 3, channels, 5, 7]),
  [2, 2, 5, 2, 2],
  [1, 1, 6, 4, 3],
  [5, 7, 3, 1, 1],
  [7, 9, 4, 3, 2],
  [8, 3, 2, 3, 8],
  [1, 5, 4, 1, 15],
  [2, 31, 1, 3, 10],
];

export function* resamplingCases(random: Random): Generator<Case> {
  for (const sizes of SIZES)
    for (const linear of [0, 1])
      for (const rows of [1, 2]) {
        const record = Int32Array.of(...sizes, linear);
        const [height, width, channels, outHeight, outWidth] = sizes;
        const [xSize, ySize] = [rows * height * width * channels, rows * outHeight * outWidth * channels];
        const [x, dy] = [random.floats(xSize), random.floats(ySize)];
        // Two weights of one rounding each, and four operations for each axis.
        const close = boundBy(10, ySize, (bound) =>
          resampling.resample(x.map(Math.abs), bound, record, rows),
        );
        yield expecting(
          call("resample", input(x), output(ySize, linear ? close : exact), input(record), rows),
        );
        const terms = Math.ceil(outHeight / height + 2) * Math.ceil(outWidth / width + 2);
        const closeBack = boundBy(4 * terms + 10, xSize, (bound) =>
          resampling.resampleBackward(dy.map(Math.abs), bound, record, rows),
        );
        yield expecting(call("resampleBackward", input(dy), output(xSize, closeBack), input(record), rows));
      }
}

/** A box whose last two axes are copied as they are, or transposed, with others before them. */
function* boxes(): Generator<{ record: Int32Array; xSample: number; ySample: number }> {
  const sides = [1, 2, 3, 4, 5, 8, 9];
  for (const transposed of [0, 1])
    for (const rows of [...sides, 64, 65])
      for (const cols of rows > 9 ? [3, 66] : sides)
        for (const partial of [0, 1]) {
          const outer = rows * cols > 500 ? [] : [2, 3];
          const [xStride, yStride] = [cols + 3 * partial, (transposed ? rows : cols) + 2 * partial];
          const xInner = rows * xStride;
          const yInner = (transposed ? cols : rows) * yStride;
          const count = outer.reduce((product, size) => product * size, 1);
          // The outer axes stand in the other order in y.
          const steps = outer.length > 0 ? [2, 3 * xInner, yInner, 3, xInner, 2 * yInner] : [];
          const [xSample, ySample] = [count * xInner + partial, count * yInner + 2 * partial];
          const record = Int32Array.of(
            partial,
            2 * partial,
            xSample,
            ySample,
            rows,
            cols,
            xStride,
            yStride,
            transposed,
            partial,
            outer.length,
            ...steps,
          );
          yield { record, xSample, ySample };
        }
}

export function* boxCases(random: Random): Generator<Case> {
  let rows = 0;
  for (const { record, xSample, ySample } of boxes()) {
    rows = (rows + 1) % 3;
    yield expecting(
      call("copyBox", input(random.floats(rows * xSample)), output(rows * ySample), input(record), rows),
    );
  }
}
