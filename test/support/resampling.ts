import type { Floats } from "./convolution.js";

const RECORD = ["height", "width", "channels", "outHeight", "outWidth", "linear"] as const;
type Sizes = Record<(typeof RECORD)[number], number>;

const sizesOf = (record: Int32Array): Sizes =>
  Object.fromEntries(RECORD.map((name, i) => [name, record[i]])) as Sizes;

/** The pixel at or before the centre of pixel `i` of `outputs`, and the weight of the next one. */
function placeOf(i: number, inputs: number, outputs: number, linear: number): [at: number, weight: number] {
  const centre = ((i + 0.5) * inputs) / outputs;
  if (!linear) return [Math.floor(centre), 0];
  const from = Math.min(Math.max(centre - 0.5, 0), inputs - 1);
  const at = Math.floor(from);
  return [at, at < inputs - 1 ? from - at : 0];
}

function* pixelsOf(g: Sizes, rows: number) {
  for (let s = 0; s < rows; s++)
    for (let i = 0; i < g.outHeight; i++)
      for (let j = 0; j < g.outWidth; j++) {
        const [row, below] = placeOf(i, g.height, g.outHeight, g.linear);
        const [column, right] = placeOf(j, g.width, g.outWidth, g.linear);
        for (let c = 0; c < g.channels; c++)
          yield {
            y: ((s * g.outHeight + i) * g.outWidth + j) * g.channels + c,
            x: ((s * g.height + row) * g.width + column) * g.channels + c,
            below,
            right,
          };
      }
}

/** Each operation rounded by `round`. Where both weights are whole numbers, words are copied. */
function kernelsWith(round: (x: number) => number) {
  const of = (weight: number): number => round(1 - round(weight));
  return {
    resample(x: Floats, y: Floats, record: Int32Array, rows: number): void {
      const g = sizesOf(record);
      const mix = (a: number, b: () => number, weight: number): number =>
        weight === 0 ? a : round(round(round(weight) * b()) + round(of(weight) * a));
      for (const { y: to, x: from, below, right } of pixelsOf(g, rows)) {
        const line = (at: number): number => mix(x[at], () => x[at + g.channels], right);
        y[to] = mix(line(from), () => line(from + g.width * g.channels), below);
      }
    },

    resampleBackward(dy: Floats, dx: Floats, record: Int32Array, rows: number): void {
      const g = sizesOf(record);
      dx.fill(0, 0, rows * g.height * g.width * g.channels);
      // A vector of channels gets its four shares before the next does: no two of them meet.
      for (const { y: from, x: to, below, right } of pixelsOf(g, rows)) {
        const add = (at: number, gradient: number): void => {
          dx[at] = round(dx[at] + gradient);
        };
        const line = (at: number, gradient: number): void => {
          if (right === 0) add(at, gradient);
          else {
            add(at, round(of(right) * gradient));
            add(at + g.channels, round(round(right) * gradient));
          }
        };
        if (below === 0) line(to, dy[from]);
        else {
          line(to, round(of(below) * dy[from]));
          line(to + g.width * g.channels, round(round(below) * dy[from]));
        }
      }
    },
  };
}

/** The elements of a box, by the record of assembly/box.ts: the places in x and in y. */
function* boxOf(record: Int32Array): Generator<readonly [from: number, to: number]> {
  const [xOffset, yOffset, , , rows, cols, xStride, yStride, transposed, , axes] = record;
  function* outer(axis: number, from: number, to: number): Generator<readonly [number, number]> {
    if (axis === axes) {
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < cols; j++)
          yield [from + i * xStride + j, transposed ? to + j * yStride + i : to + i * yStride + j];
      return;
    }
    const [size, xStep, yStep] = record.subarray(11 + 3 * axis);
    for (let i = 0; i < size; i++) yield* outer(axis + 1, from + i * xStep, to + i * yStep);
  }
  yield* outer(0, xOffset, yOffset);
}

function copyBox(x: Floats, y: Floats, record: Int32Array, rows: number): void {
  const [, , xSample, ySample, , , , , , partial] = record;
  if (partial) y.fill(0, 0, rows * ySample);
  for (let s = 0; s < rows; s++)
    for (const [from, to] of boxOf(record)) y[s * ySample + to] = x[s * xSample + from];
}

export const resampling = { ...kernelsWith((x) => x), copyBox };
export const roundedResampling = kernelsWith(Math.fround);
