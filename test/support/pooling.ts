import { type Floats, type Windows, windowsOf } from "./convolution.js";

/** The elements of a window and channel: the element of y, and those of x that are inside, in order. */
interface Window {
  readonly y: number;
  readonly x: readonly number[];
}

/** Every window of all samples in the order of its position, and in each the channels. */
function* windowsIn(g: Windows, rows: number): Generator<Window> {
  for (let s = 0; s < rows; s++)
    for (let i = 0; i < g.outHeight; i++)
      for (let j = 0; j < g.outWidth; j++)
        for (let c = 0; c < g.channels; c++) {
          const x: number[] = [];
          for (let p = 0; p < g.kernelHeight; p++)
            for (let q = 0; q < g.kernelWidth; q++) {
              const [row, column] = [
                i * g.strideHeight + p - g.paddingTop,
                j * g.strideWidth + q - g.paddingLeft,
              ];
              if (row >= 0 && row < g.height && column >= 0 && column < g.width)
                x.push(((s * g.height + row) * g.width + column) * g.channels + c);
            }
          yield { y: ((s * g.outHeight + i) * g.outWidth + j) * g.channels + c, x };
        }
}

/** The number of elements of x in `rows` samples. */
export const sizeOfX = (g: Windows, rows: number): number => rows * g.height * g.width * g.channels;

/** The kernels, each operation rounded by `round`. */
function kernelsWith(round: (x: number) => number) {
  const share = (g: Windows, inside: number, countPadding: number): number =>
    round(1 / (countPadding ? g.kernelHeight * g.kernelWidth : inside));
  return {
    maxPool(x: Floats, y: Floats, record: Int32Array, rows: number): void {
      for (const window of windowsIn(windowsOf(record), rows)) {
        const values = window.x.map((at) => x[at]);
        const isLarger = (a: number, b: number): boolean => b > a || (Number.isNaN(b) && !Number.isNaN(a));
        y[window.y] = values.reduce((largest, value) => (isLarger(largest, value) ? value : largest));
      }
    },

    maxPoolBackward(x: Floats, y: Floats, dy: Floats, dx: Floats, record: Int32Array, rows: number): void {
      const g = windowsOf(record);
      const to = [...windowsIn(g, rows)].map((window) =>
        window.x.find((at) => x[at] === y[window.y] || Number.isNaN(x[at])),
      );
      dx.fill(0, 0, sizeOfX(g, rows));
      to.forEach((at = -1, i) => {
        dx[at] = round(dx[at] + dy[i]);
      });
    },

    averagePool(x: Floats, y: Floats, record: Int32Array, rows: number, countPadding: number): void {
      const g = windowsOf(record);
      for (const window of windowsIn(g, rows)) {
        const sum = window.x.reduce((total, at) => round(total + x[at]), 0);
        y[window.y] = sum * share(g, window.x.length, countPadding);
      }
    },

    averagePoolBackward(
      dy: Floats,
      dx: Floats,
      record: Int32Array,
      rows: number,
      countPadding: number,
    ): void {
      const g = windowsOf(record);
      dx.fill(0, 0, sizeOfX(g, rows));
      for (const window of windowsIn(g, rows)) {
        const gradient = round(dy[window.y] * share(g, window.x.length, countPadding));
        for (const at of window.x) dx[at] = round(dx[at] + gradient);
      }
    },
  };
}

/** By their definitions, in float64. */
export const pooling = {
  ...kernelsWith((x) => x),

  averagePositions(x: Floats, y: Floats, rows: number, positions: number, channels: number): void {
    for (let s = 0; s < rows; s++)
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let p = 0; p < positions; p++) sum += x[(s * positions + p) * channels + c];
        y[s * channels + c] = sum / positions;
      }
  },
};

/** With every operation rounded as the builds round it. */
export const roundedPooling = kernelsWith(Math.fround);
