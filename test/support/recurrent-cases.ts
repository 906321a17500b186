import { absolute } from "./floats.js";
import { type Case, call, expecting, input, matrix, output, roomOf } from "./harness.js";
import type { Random } from "./random.js";
import { recurrent } from "./recurrent.js";

/**
 * A state is bounded by 1, or by the time of an LSTM's c, and each step multiplies an error by less than 1 or
 * so: what a step rounds, a few units in the last place of sums of up to 33 terms, adds up over time.
 */
const close = absolute(3e-6);
const gradientClose = absolute(1.5e-5);

const SHAPES: readonly (readonly [rows: number, time: number, units: number])[] = [
  [1, 1, 1],
  [1, 4, 4],
  [2, 3, 3],
  [3, 5, 5],
  [5, 2, 8],
  [7, 3, 9],
  [12, 6, 7],
  [2, 4, 33],
  // More rows than a block of packed rows has, and more columns than terms of one sum.
  [97, 2, 6],
  [2, 2, 87],
  // More positions than terms of one sum.
  [87, 3, 5],
  [0, 3, 4],
];

/** What a sequence may come with: an initial state, a mask, both, neither; forward and in reverse. */
const VARIANTS = [0, 1].flatMap((reverse) =>
  [
    { initial: false, masked: false },
    { initial: true, masked: false },
    { initial: false, masked: true },
    { initial: true, masked: true },
  ].map((variant) => ({ ...variant, reverse })),
);

export function* recurrentCases(random: Random): Generator<Case> {
  for (const [rows, time, units] of SHAPES)
    for (const { initial: begins, masked, reverse } of VARIANTS) {
      const floats = (n: number, size = 1): Float32Array => random.floats(n, -size, size);
      const maskValues = Float32Array.from(random.integers(rows * time, 3), (value) => Number(value > 0));
      const mask = masked ? input(maskValues) : 0;
      const room = (blocks: number, states: number) =>
        roomOf((kernels) => kernels.recurrentWorkspace(rows, units, blocks, states));
      const weights = (blocks: number) => floats(blocks * units * units, 1 / Math.sqrt(units));
      const initialOf = (states: number) => floats(rows * states * units);
      const outs = (n: number, backward = false) => output(n, backward ? gradientClose : close);
      const positions = rows * time;

      for (const relu of [0, 1]) {
        const [x, r, initial] = [floats(positions * units), weights(1), initialOf(1)];
        const from = begins ? input(initial) : 0;
        const sizes = [rows, time, units, relu, reverse] as const;
        yield expecting(
          call("simpleRnn", input(x), input(r), from, mask, outs(positions * units), ...sizes, room(1, 1)),
        );
        const y = new Float32Array(positions * units);
        recurrent.simpleRnn(x, r, begins ? initial : 0, masked ? maskValues : 0, y, ...sizes);
        yield expecting(
          call(
            "simpleRnnBackward",
            input(floats(positions * units)),
            input(y),
            from,
            mask,
            input(r),
            outs(positions * units, true),
            begins ? outs(rows * units, true) : 0,
            ...sizes,
            room(1, 1),
          ),
        );
      }

      // Gates that are sigmoids, and those of older files of Keras.
      for (const slope of [0, 0.2]) {
        const sizes = [rows, time, units, reverse, slope] as const;
        const [x, r, initial] = [floats(positions * 4 * units), weights(4), initialOf(2)];
        const from = begins ? input(initial) : 0;
        for (const keeps of [true, false])
          yield expecting(
            call(
              "lstm",
              input(x),
              input(r),
              from,
              mask,
              outs(positions * 2 * units),
              keeps ? outs(positions * 4 * units) : 0,
              ...sizes,
              room(4, 2),
            ),
          );
        const [y, kept] = [new Float32Array(positions * 2 * units), new Float32Array(positions * 4 * units)];
        recurrent.lstm(x, r, begins ? initial : 0, masked ? maskValues : 0, y, kept, ...sizes);
        yield expecting(
          call(
            "lstmBackward",
            input(floats(positions * 2 * units)),
            input(kept),
            input(y),
            from,
            mask,
            input(r),
            outs(positions * 4 * units, true),
            begins ? outs(rows * 2 * units, true) : 0,
            ...sizes,
            room(4, 2),
          ),
        );
      }
      for (const slope of [0, 0.2]) {
        const sizes = [rows, time, units, reverse, slope] as const;
        const [x, r, rb, initial] = [
          floats(positions * 3 * units),
          weights(3),
          floats(3 * units),
          initialOf(1),
        ];
        const from = begins ? input(initial) : 0;
        for (const keeps of [true, false])
          yield expecting(
            call(
              "gru",
              input(x),
              input(r),
              keeps ? input(rb) : 0,
              from,
              mask,
              outs(positions * units),
              keeps ? outs(positions * 4 * units) : 0,
              ...sizes,
              room(3, 1),
            ),
          );
        const [y, kept] = [new Float32Array(positions * units), new Float32Array(positions * 4 * units)];
        recurrent.gru(x, r, rb, begins ? initial : 0, masked ? maskValues : 0, y, kept, ...sizes);
        yield expecting(
          call(
            "gruBackward",
            input(floats(positions * units)),
            input(kept),
            input(y),
            from,
            mask,
            input(r),
            outs(positions * 3 * units, true),
            outs(positions * units, true),
            begins ? outs(rows * units, true) : 0,
            ...sizes,
            room(3, 1),
          ),
        );
      }

      for (const slope of [0, 0.2]) {
        const sizes = [rows, time, units, reverse, slope] as const;
        const [x, r, initial] = [floats(positions * 3 * units), weights(3), initialOf(1)];
        const from = begins ? input(initial) : 0;
        const workspace = roomOf((kernels) => kernels.gruResetBeforeWorkspace(rows, units));
        for (const keeps of [true, false])
          yield expecting(
            call(
              "gruResetBefore",
              input(x),
              input(r),
              from,
              mask,
              outs(positions * units),
              keeps ? outs(positions * 4 * units) : 0,
              ...sizes,
              workspace,
            ),
          );
        const [y, kept] = [new Float32Array(positions * units), new Float32Array(positions * 4 * units)];
        recurrent.gruResetBefore(x, r, begins ? initial : 0, masked ? maskValues : 0, y, kept, ...sizes);
        yield expecting(
          call(
            "gruResetBeforeBackward",
            input(floats(positions * units)),
            input(kept),
            input(y),
            from,
            mask,
            input(r),
            outs(positions * 3 * units, true),
            begins ? outs(rows * units, true) : 0,
            ...sizes,
            workspace,
          ),
        );
      }

      for (const [states, accumulate] of [
        [1, 0],
        [2, 1],
      ]) {
        const cols = 3 * units;
        const [stride, drStride] = [cols + 2, cols + 1];
        const y = input(floats(positions * states * units));
        const d = matrix("input", positions, cols, stride, floats(positions * cols));
        const dr = matrix(
          accumulate ? "update" : "output",
          units,
          cols,
          drStride,
          floats(units * cols),
          gradientClose,
        );
        const from = begins ? input(initialOf(states)) : 0;
        const workspace = roomOf((kernels) => kernels.recurrentGradientWorkspace(rows, time, units, cols));
        yield expecting(
          call(
            "recurrentGradient",
            y,
            from,
            d,
            dr,
            rows,
            time,
            units,
            states,
            cols,
            stride,
            drStride,
            reverse,
            accumulate,
            workspace,
          ),
        );
      }
    }
}
