import { recordOf } from "./convolution.js";
import { windowsFor } from "./convolution-cases.js";
import { exact, SPECIALS, sumRoundings, type Tolerance, U } from "./floats.js";
import { type Case, call, expecting, forBitsOnly, input, output } from "./harness.js";
import { pooling, sizeOfX } from "./pooling.js";
import type { Random } from "./random.js";

const CHANNELS = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33];

type Shape = Omit<Parameters<typeof windowsFor>[0], "filters">;

/** Windows of every kind, and all counts of channels around the edges of a vector and of four. */
const SHAPES: readonly (Shape & { readonly rows: number })[] = [
  ...CHANNELS.map((channels) => ({
    rows: 2,
    input: [4, 6, channels] as const,
    kernel: [2, 2] as const,
    stride: [2, 2] as const,
  })),
  ...CHANNELS.map((channels) => ({
    rows: 1,
    input: [5, 7, channels] as const,
    kernel: [3, 3] as const,
    stride: [2, 2] as const,
    padding: [1, 1, 1, 1] as const,
  })),
  // Pixels that no window has, between windows, behind them and in the padding.
  { rows: 2, input: [7, 8, 5], kernel: [2, 1], stride: [3, 3] },
  { rows: 2, input: [5, 5, 4], kernel: [2, 2], stride: [2, 2] },
  { rows: 2, input: [5, 4, 3], kernel: [2, 2], stride: [2, 3], padding: [1, 1, 0, 1] },
  { rows: 1, input: [6, 6, 2], kernel: [2, 3], stride: [2, 3], padding: [1, 0, 1, 0] },
  { rows: 1, input: [4, 9, 20], kernel: [1, 2], stride: [2, 4] },
  // Windows that overlap on one axis alone, or everywhere.
  { rows: 2, input: [5, 6, 6], kernel: [3, 2], stride: [1, 2] },
  { rows: 1, input: [6, 5, 3], kernel: [2, 4], stride: [2, 1], padding: [0, 3, 0, 2] },
  { rows: 1, input: [4, 4, 18], kernel: [4, 3], stride: [1, 1], padding: [3, 2, 2, 1] },
  // One pixel a window, one window, one row.
  { rows: 3, input: [3, 2, 6], kernel: [1, 1] },
  { rows: 2, input: [5, 7, 21], kernel: [5, 7], stride: [5, 7] },
  { rows: 2, input: [1, 11, 9], kernel: [1, 3], stride: [1, 2] },
  { rows: 3, input: [1, 8, 4], kernel: [1, 2], stride: [1, 2], padding: [0, 1, 0, 1] },
  // No samples.
  { rows: 0, input: [4, 4, 4], kernel: [2, 2], stride: [2, 2] },
];

/** Values of which many are equal, and of every kind. */
const integers = (random: Random, n: number): Float32Array =>
  Float32Array.from(random.integers(n, 5), (value) => value - 2);
const specials = (random: Random, n: number): Float32Array =>
  Float32Array.from(random.integers(n, SPECIALS.length), (at) => SPECIALS[at]);

export function* poolingCases(random: Random): Generator<Case> {
  for (const { rows, ...shape } of SHAPES) {
    const g = windowsFor({ ...shape, filters: shape.input[2] });
    const record = recordOf(g);
    const [xSize, ySize] = [sizeOfX(g, rows), rows * g.outHeight * g.outWidth * g.channels];
    const taps = g.kernelHeight * g.kernelWidth;
    const dy = random.floats(ySize);
    const largest = (x: Float32Array): Float32Array => {
      const y = new Float32Array(ySize);
      pooling.maxPool(x, y, record, rows);
      return y;
    };
    for (const x of [random.floats(xSize), integers(random, xSize), specials(random, xSize)]) {
      yield expecting(call("maxPool", input(x), output(ySize), input(record), rows));
      const close: Tolerance = boundBy(taps, xSize, (bound) =>
        pooling.maxPoolBackward(x, largest(x), dy.map(Math.abs), bound, record, rows),
      );
      yield expecting(
        call(
          "maxPoolBackward",
          input(x),
          input(largest(x)),
          input(dy),
          output(xSize, taps > 1 ? close : exact),
          input(record),
          rows,
        ),
      );
    }
    const x = random.floats(xSize);
    for (const countPadding of [0, 1]) {
      const close = boundBy(taps + 2, ySize, (bound) =>
        pooling.averagePool(x.map(Math.abs), bound, record, rows, countPadding),
      );
      yield expecting(call("averagePool", input(x), output(ySize, close), input(record), rows, countPadding));
      const closeBack = boundBy(taps + 2, xSize, (bound) =>
        pooling.averagePoolBackward(dy.map(Math.abs), bound, record, rows, countPadding),
      );
      yield expecting(
        call("averagePoolBackward", input(dy), output(xSize, closeBack), input(record), rows, countPadding),
      );
    }
    yield forBitsOnly(
      call("averagePool", input(specials(random, xSize)), output(ySize), input(record), rows, 0),
      "a sum overflows float32, not float64",
    );
  }
  for (const channels of [1, 3, 4, 9])
    for (const positions of [1, 2, 5, 49, 513, 1025])
      for (const rows of [1, 3]) {
        const x = random.floats(rows * positions * channels);
        const close = boundBy(sumRoundings(positions) + 2, rows * channels, (bound) =>
          pooling.averagePositions(x.map(Math.abs), bound, rows, positions, channels),
        );
        yield expecting(
          call("averagePositions", input(x), output(rows * channels, close), rows, positions, channels),
        );
      }
}

/** So many roundings of what a twin makes of absolute values. */
export function boundBy(roundings: number, n: number, run: (bound: Float64Array) => void): Tolerance {
  let bound: Float64Array | undefined;
  return (_, i) => {
    if (!bound) {
      bound = new Float64Array(n);
      run(bound);
    }
    return roundings * U * bound[i];
  };
}
