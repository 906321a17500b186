import { SPECIALS, sumRoundings, type Tolerance, U } from "./floats.js";
import {
  type Case,
  call,
  expecting,
  forBitsOnly,
  input,
  output,
  room,
  type Slot,
  update,
} from "./harness.js";
import { boundBy } from "./pooling-cases.js";
import type { Random } from "./random.js";
import { sequences } from "./sequences.js";

const COLS = [1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 19, 33];

/** Samples, steps and columns: all widths around vectors, and steps around a block of a sum. */
const SHAPES: readonly (readonly [rows: number, steps: number, cols: number])[] = [
  ...COLS.map((cols) => [2, 7, cols] as const),
  ...[1, 2, 3, 4, 5, 511, 512, 513, 1025, 1537].map((steps) => [1, steps, 5] as const),
  [3, 600, 8],
  [4, 1, 1],
  [0, 3, 4],
];

/** Masks of n steps: full, without any, the first ones, the last ones, and any. */
function masks(random: Random, n: number): Float32Array[] {
  const of = (real: (i: number) => boolean) => Float32Array.from({ length: n }, (_, i) => Number(real(i)));
  const some = random.integers(n, 2);
  return [
    of(() => true),
    of(() => false),
    of((i) => 2 * i < n),
    of((i) => 2 * i >= n),
    of((i) => some[i] > 0),
  ];
}

const specials = (random: Random, n: number): Float32Array =>
  Float32Array.from(random.integers(n, SPECIALS.length), (at) => SPECIALS[at]);

function* stepCases(random: Random): Generator<Case> {
  for (const [rows, steps, cols] of SHAPES) {
    const n = rows * steps;
    const [x, dy] = [random.floats(n * cols), random.floats(rows * cols)];
    for (const mask of masks(random, n)) {
      const ofSum = boundBy(sumRoundings(steps) + 2, rows * cols, (bound) =>
        sequences.averageSteps(x.map(Math.abs), mask, bound, bound, rows, steps, cols),
      );
      yield expecting(
        call(
          "averageSteps",
          input(x),
          input(mask),
          output(rows * cols, ofSum),
          room(steps),
          rows,
          steps,
          cols,
        ),
      );
      const twice: Tolerance = (expected) => 2 * U * Math.abs(expected);
      yield expecting(
        call("averageStepsBackward", input(mask), input(dy), output(n * cols, twice), rows, steps, cols),
      );
      for (const values of [x, x.map((value) => Math.round(2 * value)), specials(random, n * cols)]) {
        const y = new Float32Array(rows * cols);
        sequences.maxSteps(values, mask, y, rows, steps, cols);
        yield expecting(call("maxSteps", input(values), input(mask), output(rows * cols), rows, steps, cols));
        yield expecting(
          call(
            "maxStepsBackward",
            input(values),
            input(mask),
            input(y),
            input(dy),
            output(n * cols),
            rows,
            steps,
            cols,
          ),
        );
      }
    }
    for (const value of [0, -1]) {
      const some = Float32Array.from(random.integers(n * cols, 2), (digit) => (digit > 0 ? value : 0.5));
      for (const values of [some, new Float32Array(n * cols).fill(value), specials(random, n * cols)])
        yield expecting(call("realSteps", input(values), output(n), n, cols, value));
    }
  }
}

/** Indices, and the same with some that are none. */
function* indices(random: Random, n: number, vocabulary: number): Generator<Float32Array> {
  yield Float32Array.from(random.integers(n, vocabulary));
  const wrong = [-1, 0.5, vocabulary, vocabulary + 0.5, -0.5, -0, 3e9, -3e9, ...SPECIALS];
  const chosen = random.integers(n, wrong.length);
  yield Float32Array.from(random.integers(n, vocabulary), (index, i) =>
    i % 3 > 0 ? index : wrong[chosen[i]],
  );
}

function* embeddingCases(random: Random): Generator<Case> {
  for (const [rows, steps, cols] of SHAPES)
    for (const vocabulary of [1, 6]) {
      const n = rows * steps;
      const size = vocabulary * cols;
      const w = random.floats(size);
      const before = random.floats(size);
      for (const x of indices(random, n, vocabulary)) {
        yield expecting(call("firstNonIndex", input(x), n, vocabulary));
        yield expecting(call("embed", input(x), input(w), output(n * cols), n, cols, vocabulary));
        for (const padding of [-1, 0]) {
          const close = boundBy(sumRoundings(steps) + 2, rows * cols, (bound) => {
            sequences.embedMean(x, w.map(Math.abs), bound, bound, rows, steps, cols, vocabulary, padding);
          });
          yield expecting(
            call(
              "embedMean",
              input(x),
              input(w),
              output(rows * cols, close),
              room(steps),
              rows,
              steps,
              cols,
              vocabulary,
              padding,
            ),
          );
          for (const accumulate of [0, 1]) {
            const into = (run: (bound: Float64Array) => void): Slot => {
              const tolerance = boundBy(n + 3, size, (bound) => {
                if (accumulate) bound.set(before.map(Math.abs));
                run(bound);
              });
              return accumulate ? update(before, tolerance) : output(size, tolerance);
            };
            const dy = random.floats(n * cols);
            yield expecting(
              call(
                "embeddingGradient",
                input(x),
                input(dy),
                into((bound) =>
                  sequences.embeddingGradient(
                    x,
                    dy.map(Math.abs),
                    bound,
                    n,
                    cols,
                    vocabulary,
                    padding,
                    accumulate,
                  ),
                ),
                n,
                cols,
                vocabulary,
                padding,
                accumulate,
                cols,
              ),
            );
            const mean = dy.subarray(0, rows * cols);
            yield expecting(
              call(
                "embeddingMeanGradient",
                input(x),
                input(mean),
                into((bound) =>
                  sequences.embeddingMeanGradient(
                    x,
                    mean.map(Math.abs),
                    bound,
                    bound,
                    rows,
                    steps,
                    cols,
                    vocabulary,
                    padding,
                    accumulate,
                  ),
                ),
                room(steps + cols),
                rows,
                steps,
                cols,
                vocabulary,
                padding,
                accumulate,
                cols,
              ),
            );
          }
        }
      }
      yield forBitsOnly(
        call(
          "embeddingGradient",
          input(Float32Array.from(random.integers(n, vocabulary))),
          input(specials(random, n * cols)),
          output(size),
          n,
          cols,
          vocabulary,
          -1,
          0,
          cols,
        ),
        "a sum overflows float32, not float64",
      );
    }
}

/** Tables that are read by indices, and sequences with padding. */
export function* sequenceCases(random: Random): Generator<Case> {
  yield* stepCases(random);
  yield* embeddingCases(random);
}
