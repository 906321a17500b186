import {
  convolution,
  convolutionTransposed,
  convolutionWeightGradient,
  type Floats,
  recordOf,
  type Windows,
} from "./convolution.js";
import { type Tolerance, U } from "./floats.js";
import { type Case, call, expecting, input, output, roomOf, type Slot, update } from "./harness.js";
import type { Random } from "./random.js";

/** Options of a window; what is left out is 1, but for padding, which is 0. */
interface Shape {
  readonly input: readonly [height: number, width: number, channels: number];
  readonly filters: number;
  readonly kernel: readonly [height: number, width: number];
  readonly stride?: readonly [number, number];
  readonly dilation?: readonly [number, number];
  /** Top, left, bottom, right. */
  readonly padding?: readonly [number, number, number, number];
  readonly groups?: number;
}

export function windowsFor({
  input: [height, width, channels],
  filters,
  kernel: [kernelHeight, kernelWidth],
  stride: [strideHeight, strideWidth] = [1, 1],
  dilation: [dilationHeight, dilationWidth] = [1, 1],
  padding: [paddingTop, paddingLeft, bottom, right] = [0, 0, 0, 0],
  groups = 1,
}: Shape): Windows {
  const positions = (size: number, kernel: number, stride: number, dilation: number): number =>
    Math.floor((size - (kernel - 1) * dilation - 1) / stride) + 1;
  return {
    height,
    width,
    channels,
    outHeight: positions(height + paddingTop + bottom, kernelHeight, strideHeight, dilationHeight),
    outWidth: positions(width + paddingLeft + right, kernelWidth, strideWidth, dilationWidth),
    filters,
    kernelHeight,
    kernelWidth,
    strideHeight,
    strideWidth,
    dilationHeight,
    dilationWidth,
    paddingTop,
    paddingLeft,
    groups,
  };
}

/** Windows of every kind: each option alone, in pairs, and around the edges of tiles, vectors and blocks. */
const SHAPES: readonly (Shape & { readonly rows: number })[] = [
  // One pixel, one tap.
  { rows: 1, input: [1, 1, 1], filters: 1, kernel: [1, 1] },
  { rows: 3, input: [2, 3, 5], filters: 7, kernel: [1, 1] },
  // Few channels: runs of several pixels; with padding they are copied.
  { rows: 2, input: [6, 7, 1], filters: 4, kernel: [3, 3] },
  { rows: 3, input: [6, 7, 1], filters: 9, kernel: [3, 3], padding: [1, 1, 1, 1] },
  { rows: 2, input: [5, 5, 3], filters: 8, kernel: [5, 3], padding: [2, 1, 2, 1], stride: [2, 2] },
  { rows: 1, input: [4, 2, 3], filters: 5, kernel: [3, 5], padding: [1, 4, 1, 4] },
  { rows: 2, input: [7, 6, 2], filters: 3, kernel: [2, 2], stride: [3, 2] },
  { rows: 2, input: [5, 9, 3], filters: 6, kernel: [2, 3], dilation: [1, 2], padding: [0, 2, 0, 2] },
  { rows: 1, input: [9, 9, 15], filters: 17, kernel: [3, 3], padding: [1, 1, 1, 1] },
  // More channels: a run is a pixel.
  { rows: 2, input: [5, 6, 16], filters: 16, kernel: [3, 3], padding: [1, 1, 1, 1] },
  { rows: 2, input: [4, 4, 18], filters: 10, kernel: [3, 2], padding: [0, 1, 1, 0] },
  { rows: 1, input: [6, 6, 21], filters: 33, kernel: [3, 3], stride: [2, 2], padding: [0, 0, 1, 1] },
  { rows: 2, input: [7, 8, 17], filters: 5, kernel: [3, 3], dilation: [2, 3], padding: [2, 3, 2, 3] },
  { rows: 1, input: [5, 5, 16], filters: 8, kernel: [2, 2], stride: [4, 3] },
  // Few rows of w: one group, and several.
  { rows: 3, input: [4, 7, 3], filters: 37, kernel: [3, 2], padding: [1, 0, 1, 0] },
  { rows: 2, input: [4, 7, 4], filters: 32, kernel: [2, 2], groups: 2 },
  { rows: 2, input: [4, 5, 8], filters: 24, kernel: [1, 3], groups: 4 },
  // Groups, one channel each included.
  { rows: 2, input: [5, 4, 6], filters: 4, kernel: [3, 3], padding: [1, 1, 1, 1], groups: 2 },
  { rows: 2, input: [4, 5, 32], filters: 48, kernel: [2, 3], padding: [1, 1, 0, 1], groups: 2 },
  { rows: 2, input: [4, 5, 5], filters: 10, kernel: [3, 3], padding: [1, 1, 1, 1], groups: 5 },
  // Lines of one row: convolutions in one dimension, causal too.
  { rows: 3, input: [1, 19, 9], filters: 12, kernel: [1, 5] },
  { rows: 2, input: [1, 11, 16], filters: 9, kernel: [1, 3], dilation: [1, 2], padding: [0, 4, 0, 0] },
  // A window as large as the padded sample, and pixels that no window covers.
  { rows: 2, input: [3, 3, 2], filters: 3, kernel: [5, 5], padding: [1, 1, 1, 1] },
  { rows: 2, input: [6, 6, 3], filters: 2, kernel: [1, 1], stride: [3, 4] },
  // Blocks of 96 and 256 positions, of 256 terms and of 512 columns.
  { rows: 5, input: [8, 12, 2], filters: 3, kernel: [1, 1], stride: [1, 1] },
  { rows: 3, input: [11, 10, 3], filters: 9, kernel: [3, 3], padding: [1, 1, 1, 1] },
  { rows: 1, input: [17, 19, 4], filters: 8, kernel: [2, 2] },
  { rows: 2, input: [4, 4, 32], filters: 8, kernel: [3, 3], padding: [1, 1, 1, 1] },
  { rows: 1, input: [3, 3, 57], filters: 6, kernel: [3, 3], padding: [1, 1, 1, 1] },
  { rows: 1, input: [2, 3, 100], filters: 20, kernel: [2, 2], padding: [1, 0, 0, 1] },
  { rows: 1, input: [2, 2, 17], filters: 520, kernel: [2, 2], padding: [1, 1, 0, 0] },
  // No samples.
  { rows: 0, input: [3, 3, 4], filters: 4, kernel: [2, 2] },
];

/** |sum - twin| <= (terms + 2) 2^-24 sum of |a| |b|: the terms' additions, and each product rounded once. */
function toleranceOf(
  twin: (...of: never) => void,
  terms: number,
  operands: readonly (Floats | 0)[],
  record: Int32Array,
  rows: number,
  n: number,
  accumulated?: Floats,
): Tolerance {
  let bound: Float64Array | undefined;
  return (_, i) => {
    if (!bound) {
      const [a, b, bias] = operands.map((values) => values && Float64Array.from(values, Math.abs));
      bound = accumulated ? Float64Array.from(accumulated, Math.abs) : new Float64Array(n);
      const run = twin as (...of: unknown[]) => void;
      if (accumulated) run(a, b, bound, record, rows, 1);
      else if (operands.length === 3) run(a, b, bias, bound, record, rows);
      else run(a, b, bound, record, rows, 0);
    }
    return (terms + 2) * U * bound[i];
  };
}

export function* convolutionCases(random: Random): Generator<Case> {
  for (const { rows, ...shape } of SHAPES) {
    const g = windowsFor(shape);
    const record = recordOf(g);
    const taps = g.kernelHeight * g.kernelWidth;
    const channels = g.channels / g.groups;
    const [xSize, ySize] = [
      rows * g.height * g.width * g.channels,
      rows * g.outHeight * g.outWidth * g.filters,
    ];
    const [x, w, dy] = [
      random.floats(xSize),
      random.floats(taps * channels * g.filters),
      random.floats(ySize),
    ];
    const room = (): Slot =>
      roomOf((kernels) =>
        kernels.convolutionWorkspace(g.channels, g.filters, g.kernelHeight, g.kernelWidth, g.groups),
      );
    for (const b of [0 as const, random.floats(g.filters)]) {
      const close = toleranceOf(convolution, taps * channels + 1, [x, w, b], record, rows, ySize);
      yield expecting(
        call(
          "convolution",
          input(x),
          input(w),
          b && input(b),
          output(ySize, close),
          input(record),
          rows,
          room(),
        ),
      );
    }
    for (const b of [0 as const, random.floats(g.channels)]) {
      const terms = (taps * g.filters) / g.groups + 1;
      const close = toleranceOf(convolutionTransposed, terms, [dy, w, b], record, rows, xSize);
      yield expecting(
        call(
          "convolutionTransposed",
          input(dy),
          input(w),
          b && input(b),
          output(xSize, close),
          input(record),
          rows,
          room(),
        ),
      );
    }
    for (const accumulate of [0, 1]) {
      const before = random.floats(w.length);
      const terms = rows * g.outHeight * g.outWidth + 1;
      const close = toleranceOf(
        convolutionWeightGradient,
        terms,
        [x, dy],
        record,
        rows,
        w.length,
        accumulate ? before : undefined,
      );
      yield expecting(
        call(
          "convolutionWeightGradient",
          input(x),
          input(dy),
          accumulate ? update(before, close) : output(w.length, close),
          input(record),
          rows,
          accumulate,
          room(),
          0,
          w.length / g.filters,
          g.filters,
        ),
      );
    }
  }
}

/** Windows over channels by themselves: `filters` and `groups` are the channels. */
const DEPTHWISE: readonly (Omit<Shape, "filters" | "groups"> & { readonly rows: number })[] = [
  { rows: 1, input: [1, 1, 1], kernel: [1, 1] },
  { rows: 2, input: [5, 6, 1], kernel: [3, 3], padding: [1, 1, 1, 1] },
  { rows: 2, input: [7, 9, 4], kernel: [3, 3], padding: [1, 1, 1, 1] },
  { rows: 2, input: [6, 11, 7], kernel: [3, 3] },
  { rows: 1, input: [8, 8, 9], kernel: [3, 3], stride: [2, 2], padding: [0, 0, 1, 1] },
  { rows: 3, input: [5, 13, 8], kernel: [2, 5], stride: [1, 2], padding: [1, 2, 0, 2] },
  { rows: 1, input: [9, 8, 5], kernel: [3, 3], dilation: [2, 3], padding: [2, 3, 2, 3] },
  { rows: 1, input: [9, 11, 3], kernel: [3, 4], dilation: [2, 3], stride: [4, 2], padding: [3, 5, 3, 5] },
  { rows: 2, input: [9, 11, 6], kernel: [3, 4], dilation: [3, 2], stride: [3, 6], padding: [6, 6, 6, 6] },
  { rows: 2, input: [1, 17, 12], kernel: [1, 4], padding: [0, 3, 0, 0] },
  { rows: 1, input: [3, 3, 2], kernel: [5, 5], padding: [1, 1, 1, 1] },
  { rows: 1, input: [6, 6, 4], kernel: [1, 1], stride: [3, 4] },
  { rows: 1, input: [2, 2, 4], kernel: [3, 3], padding: [4, 4, 4, 4] },
  { rows: 0, input: [3, 3, 4], kernel: [2, 2] },
];

export function* depthwiseCases(random: Random): Generator<Case> {
  for (const { rows, ...shape } of DEPTHWISE) {
    const channels = shape.input[2];
    const g = windowsFor({ ...shape, filters: channels, groups: channels });
    const record = recordOf(g);
    const taps = g.kernelHeight * g.kernelWidth;
    const xSize = rows * g.height * g.width * channels;
    const ySize = rows * g.outHeight * g.outWidth * channels;
    const [x, w, dy] = [random.floats(xSize), random.floats(taps * channels), random.floats(ySize)];
    const room = (): Slot => roomOf((kernels) => kernels.depthwiseWorkspace());
    for (const b of [0 as const, random.floats(channels)]) {
      const close = toleranceOf(convolution, taps + 1, [x, w, b], record, rows, ySize);
      yield expecting(
        call(
          "depthwise",
          input(x),
          input(w),
          b && input(b),
          output(ySize, close),
          input(record),
          rows,
          room(),
        ),
      );
    }
    const near = toleranceOf(convolutionTransposed, taps + 1, [dy, w, 0], record, rows, xSize);
    yield expecting(
      call("depthwiseInputGradient", input(dy), input(w), output(xSize, near), input(record), rows, room()),
    );
    for (const accumulate of [0, 1]) {
      const before = random.floats(w.length);
      const terms = rows * g.outHeight * g.outWidth + 1;
      const sums = accumulate ? before : undefined;
      const close = toleranceOf(convolutionWeightGradient, terms, [x, dy], record, rows, w.length, sums);
      yield expecting(
        call(
          "depthwiseWeightGradient",
          input(x),
          input(dy),
          accumulate ? update(before, close) : output(w.length, close),
          input(record),
          rows,
          accumulate,
          0,
          channels,
          roomOf(() => 4 * w.length),
        ),
      );
    }
  }
}
