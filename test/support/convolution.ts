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

export const recordOf = (windows: Windows): Int32Array => Int32Array.from(NAMES, (name) => windows[name]);

export const windowsOf = (record: Int32Array): Windows =>
  Object.fromEntries(NAMES.map((name, i) => [name, record[i]])) as unknown as Windows;

export type Floats = Float64Array | Float32Array;

/** The product of one path through a window: y[out] takes x[from] w[weight]. */
interface Term {
  readonly x: number;
  readonly w: number;
  readonly y: number;
  /** Whether the row of the tap is inside of the sample. */
  readonly rowInside: boolean;
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
              const rowInside = row >= 0 && row < g.height;
              const inside = rowInside && column >= 0 && column < g.width;
              for (let c = 0; c < channels; c++) {
                const channel = Math.floor(f / filters) * channels + c;
                yield {
                  rowInside,
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

/** A depthwise convolution is one of as many groups as there are channels: w[taps, 1, channels]. */
export const depthwise = convolution;
export const depthwiseWeightGradient = convolutionWeightGradient;

export function depthwiseInputGradient(
  dy: Floats,
  w: Floats,
  dx: Floats,
  record: Int32Array,
  rows: number,
): void {
  convolutionTransposed(dy, w, 0, dx, record, rows);
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

/**
 * The kernels with every operation rounded as the scalar and simd builds round it. Pixels outside are zeros,
 * but taps whose whole row is outside are left out.
 */
export const roundedConvolutions = {
  convolution(x: Floats, w: Floats, b: Floats | 0, y: Floats, record: Int32Array, rows: number): void {
    const g = windowsOf(record);
    const sums = blocksFrom(y.length, (i) => (b ? b[i % g.filters] : 0));
    for (const at of termsOf(g, rows)) if (at.rowInside) sums[at.y].add(at.x < 0 ? 0 : x[at.x], w[at.w]);
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
    _rows: number,
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
          if (!Number.isInteger(i) || !Number.isInteger(j) || i < 0 || i >= g.outHeight) continue;
          const inside = j >= 0 && j < g.outWidth;
          for (let f = 0; f < filters; f++) {
            const own = group * filters + f;
            const from = ((sample * g.outHeight + i) * g.outWidth + j) * g.filters + own;
            const weight = ((p * g.kernelWidth + q) * channels + (channel % channels)) * g.filters + own;
            sum.add(inside ? dy[from] : 0, w[weight]);
          }
        }
      dx[at] = sum.flush();
    });
  },

  /** The taps that are inside, in their order, onto the bias. */
  depthwise(x: Floats, w: Floats, b: Floats | 0, y: Floats, record: Int32Array, rows: number): void {
    const g = windowsOf(record);
    for (let i = 0; i < y.length; i++) y[i] = b ? b[i % g.channels] : 0;
    for (const at of termsOf(g, rows)) if (at.x >= 0) y[at.y] = fround(y[at.y] + fround(x[at.x] * w[at.w]));
  },

  /** The taps in descending order, from 0. */
  depthwiseInputGradient(dy: Floats, w: Floats, dx: Floats, record: Int32Array, rows: number): void {
    const terms = [...termsOf(windowsOf(record), rows)].sort((a, b) => b.w - a.w);
    dx.fill(0);
    for (const at of terms) if (at.x >= 0) dx[at.x] = fround(dx[at.x] + fround(dy[at.y] * w[at.w]));
  },

  /**
   * Of a sample first, for each row of y, the positions that have all taps of a row inside; then, for each
   * other position of a row, all rows. Each sum has two accumulators, whose turn it is in turn.
   */
  depthwiseWeightGradient(
    x: Floats,
    dy: Floats,
    dw: Floats,
    record: Int32Array,
    rows: number,
    accumulate: number,
  ): void {
    const g = windowsOf(record);
    if (!accumulate) dw.fill(0);
    const sums = new Map<string, { readonly w: number; readonly two: Float32Array; count: number }>();
    for (const at of [...termsOf(g, rows)].sort((a, b) => a.y - b.y)) {
      if (at.x < 0) continue;
      const [pixel, sample] = [
        Math.floor(at.y / g.filters),
        Math.floor(at.y / (g.filters * g.outWidth * g.outHeight)),
      ];
      const [i, j] = [Math.floor(pixel / g.outWidth) % g.outHeight, pixel % g.outWidth];
      const begin = j * g.strideWidth - g.paddingLeft;
      const all = begin >= 0 && begin + (g.kernelWidth - 1) * g.dilationWidth < g.width;
      // Rows sort before the other positions.
      const key = [
        sample,
        all ? `0 ${String(i).padStart(9, "0")}` : `1 ${String(j).padStart(9, "0")}`,
        at.w,
      ].join(" ");
      const sum = sums.get(key) ?? { w: at.w, two: new Float32Array(2), count: 0 };
      sums.set(key, sum);
      const turn = sum.count++ % 2;
      sum.two[turn] = fround(sum.two[turn] + fround(x[at.x] * dy[at.y]));
    }
    for (const [, { w, two }] of [...sums].sort(([a], [b]) => (a < b ? -1 : 1)))
      dw[w] = fround(dw[w] + fround(two[0] + two[1]));
  },
};
