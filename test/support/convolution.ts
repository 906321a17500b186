import { type Tolerance, U } from "./floats.js";
import { type Case, call, expecting, input, output, roomOf, type Slot, update } from "./harness.js";
import type { Random } from "./random.js";

/** How windows move over a sample, in the order of the kernels' record. */
export interface Windows {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly filters: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly paddingTop: number;
  readonly paddingLeft: number;
  readonly groups: number;
}

const NAMES = [
  "height",
  "width",
  "channels",
  "outHeight",
  "outWidth",
  "filters",
  "kernelHeight",
  "kernelWidth",
  "strideHeight",
  "strideWidth",
  "dilationHeight",
  "dilationWidth",
  "paddingTop",
  "paddingLeft",
  "groups",
] as const;

const recordOf = (windows: Windows): Int32Array => Int32Array.from(NAMES, (name) => windows[name]);

export const windowsOf = (record: Int32Array): Windows =>
  Object.fromEntries(NAMES.map((name, i) => [name, record[i]])) as unknown as Windows;

type Floats = Float64Array | Float32Array;

/** The product of one path through a window: y[out] takes x[from] w[weight]. */
interface Term {
  readonly x: number;
  readonly w: number;
  readonly y: number;
}

/**
 * Every term of a convolution by its definition, for all samples: pixels of y in order, then filters, then
 * taps, then channels. x is -1 outside of the sample.
 */
export function* termsOf(g: Windows, rows: number): Generator<Term> {
  const [channels, filters] = [g.channels / g.groups, g.filters / g.groups];
  for (let s = 0; s < rows; s++)
    for (let i = 0; i < g.outHeight; i++)
      for (let j = 0; j < g.outWidth; j++)
        for (let f = 0; f < g.filters; f++)
          for (let p = 0; p < g.kernelHeight; p++)
            for (let q = 0; q < g.kernelWidth; q++) {
              const row = i * g.strideHeight + p * g.dilationHeight - g.paddingTop;
              const column = j * g.strideWidth + q * g.dilationWidth - g.paddingLeft;
              const inside = row >= 0 && row < g.height && column >= 0 && column < g.width;
              for (let c = 0; c < channels; c++) {
                const channel = Math.floor(f / filters) * channels + c;
                yield {
                  x: inside ? ((s * g.height + row) * g.width + column) * g.channels + channel : -1,
                  w: ((p * g.kernelWidth + q) * channels + c) * g.filters + f,
                  y: ((s * g.outHeight + i) * g.outWidth + j) * g.filters + f,
                };
              }
            }
}

export function convolution(
  x: Floats,
  w: Floats,
  b: Floats | 0,
  y: Floats,
  record: Int32Array,
  rows: number,
): void {
  const g = windowsOf(record);
  for (let i = 0; i < y.length; i++) y[i] = b ? b[i % g.filters] : 0;
  for (const at of termsOf(g, rows)) if (at.x >= 0) y[at.y] += x[at.x] * w[at.w];
}

export function convolutionTransposed(
  dy: Floats,
  w: Floats,
  b: Floats | 0,
  dx: Floats,
  record: Int32Array,
  rows: number,
): void {
  const g = windowsOf(record);
  for (let i = 0; i < dx.length; i++) dx[i] = b ? b[i % g.channels] : 0;
  for (const at of termsOf(g, rows)) if (at.x >= 0) dx[at.x] += dy[at.y] * w[at.w];
}

export function convolutionWeightGradient(
  x: Floats,
  dy: Floats,
  dw: Floats,
  record: Int32Array,
  rows: number,
  accumulate: number,
): void {
  if (!accumulate) dw.fill(0);
  for (const at of termsOf(windowsOf(record), rows)) if (at.x >= 0) dw[at.w] += x[at.x] * dy[at.y];
}

const { fround } = Math;
const BLOCK = 256;

/**
 * Sums terms in blocks of 256, in float32: each block in one accumulator from 0, and the blocks in order onto
 * what is there.
 */
class Blocks {
  private block = fround(0);
  private count = 0;

  constructor(private total: number) {}

  add(a: number, b: number): void {
    if (this.count === BLOCK) this.flush();
    this.block = fround(this.block + fround(a * b));
    this.count++;
  }

  /** The sum so far. */
  flush(): number {
    this.total = fround(this.block + this.total);
    this.block = fround(0);
    this.count = 0;
    return this.total;
  }
}

/** The sums of the elements of an array, which begin with these values. */
const blocksFrom = (n: number, first: (i: number) => number): Blocks[] =>
  Array.from({ length: n }, (_, i) => new Blocks(first(i)));

/** The kernels with every operation rounded as the scalar and simd builds round it. Pixels outside are zeros. */
export const roundedConvolutions = {
  convolution(x: Floats, w: Floats, b: Floats | 0, y: Floats, record: Int32Array, rows: number): void {
    const g = windowsOf(record);
    const sums = blocksFrom(y.length, (i) => (b ? b[i % g.filters] : 0));
    for (const at of termsOf(g, rows)) sums[at.y].add(at.x < 0 ? 0 : x[at.x], w[at.w]);
    sums.forEach((sum, i) => {
      y[i] = sum.flush();
    });
  },

  convolutionWeightGradient(
    x: Floats,
    dy: Floats,
    dw: Floats,
    record: Int32Array,
    rows: number,
    accumulate: number,
  ): void {
    const sums = blocksFrom(dw.length, (i) => (accumulate ? dw[i] : 0));
    for (const at of termsOf(windowsOf(record), rows)) sums[at.w].add(at.x < 0 ? 0 : x[at.x], dy[at.y]);
    sums.forEach((sum, i) => {
      dw[i] = sum.flush();
    });
  },

  /** Pixels of x in order; for each, the taps that a position of y can have on it, then the filters. */
  convolutionTransposed(
    dy: Floats,
    w: Floats,
    b: Floats | 0,
    dx: Floats,
    record: Int32Array,
    rows: number,
  ): void {
    const g = windowsOf(record);
    const [channels, filters] = [g.channels / g.groups, g.filters / g.groups];
    dx.forEach((_, at) => {
      const channel = at % g.channels;
      const group = Math.floor(channel / channels);
      const pixel = Math.floor(at / g.channels);
      const [row, column] = [Math.floor(pixel / g.width) % g.height, pixel % g.width];
      const sample = Math.floor(pixel / g.width / g.height);
      const sum = new Blocks(b ? b[channel] : 0);
      for (let p = 0; p < g.kernelHeight; p++)
        for (let q = 0; q < g.kernelWidth; q++) {
          const i = (row + g.paddingTop - p * g.dilationHeight) / g.strideHeight;
          const j = (column + g.paddingLeft - q * g.dilationWidth) / g.strideWidth;
          if (!Number.isInteger(i) || !Number.isInteger(j)) continue;
          const inside = i >= 0 && i < g.outHeight && j >= 0 && j < g.outWidth;
          for (let f = 0; f < filters; f++) {
            const own = group * filters + f;
            const from = ((sample * g.outHeight + i) * g.outWidth + j) * g.filters + own;
            const weight = ((p * g.kernelWidth + q) * channels + (channel % channels)) * g.filters + own;
            sum.add(inside ? dy[from] : 0, w[weight]);
          }
        }
      dx[at] = sum.flush();
    });
    if (rows * g.height * g.width * g.channels !== dx.length) throw new Error("dx has another size");
  },
};

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
        ),
      );
    }
  }
}
