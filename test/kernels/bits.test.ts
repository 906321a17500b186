import { describe, expect, it } from "vitest";
import { builds, type KernelName, scalar, simd } from "../support/builds.js";
import { aliases, casesOf, type Theme, themes } from "../support/cases.js";
import {
  ask,
  type Case,
  call,
  demandSameOutcome,
  describeCall,
  expecting,
  input,
  type Outcome,
  output,
  resultOf,
  room,
  run,
  type Slot,
  slotsOf,
  update,
  withArgument,
} from "../support/harness.js";
import { Random } from "../support/random.js";
import { rounded } from "../support/rounded.js";
import type { Twin } from "../support/twins.js";

/**
 * What holds to the bit: every finite or infinite value equal, -0 not equal to +0, and any NaN equal to any
 * NaN.
 */

const cases = casesOf(...(Object.keys(themes) as Theme[]));
const kernels = [...cases].map(([kernel, all]) => ({ kernel, all }));

describe("the simd build gives the bits of the scalar build", () => {
  it.each(kernels)("$kernel", ({ all }) => {
    for (const testCase of all)
      demandSameOutcome(
        run(simd, testCase),
        run(scalar, testCase),
        `simd against scalar, ${describeCall(testCase)}`,
      );
  });
});

describe.each(builds.filter(({ variant }) => variant === "relaxed"))(
  "the $variant build gives the bits of the scalar build but for products of matrices",
  (relaxed) => {
    const ofProducts = /^(gemm|convolution.*|attention.*|simpleRnn.*|lstm.*|gru.*|recurrentGradient)$/;
    it.each(kernels.filter(({ kernel }) => !ofProducts.test(kernel)))("$kernel", ({ all }) => {
      for (const testCase of all)
        demandSameOutcome(
          run(relaxed, testCase),
          run(scalar, testCase),
          `relaxed against scalar, ${describeCall(testCase)}`,
        );
    });
  },
);

describe.each([scalar, simd])("the $variant build rounds in the order that is promised", (build) => {
  it.each(Object.entries(rounded))("%s", (kernel, emulation) => {
    for (const testCase of cases.get(kernel as KernelName) ?? []) {
      const { value, arrays } = ask(emulation as Twin, testCase, Float32Array);
      const outcome = run(build, testCase);
      const words = new Map([...outcome.words.keys()].map((slot) => [slot, wordsOf(arrays.get(slot))]));
      const expected: Outcome = { value: typeof value === "number" ? value : undefined, words };
      demandSameOutcome(
        outcome,
        expected,
        `${build.variant} against its rounding, ${describeCall(testCase)}`,
      );
    }
  });
});

function wordsOf(values: Float64Array | Float32Array | Int32Array | undefined): Uint32Array {
  return values ? new Uint32Array(values.buffer) : new Uint32Array(0);
}

/**
 * A part of gemm's cases that still meets every shape: 7 shares no factor with 15 and 32, over which they
 * run.
 */
const everySeventh = (all: Case[]): Case[] => (all.length < 500 ? all : all.filter((_, i) => i % 7 === 0));

describe.each(builds)("in the $variant build the bits depend on the values alone", (build) => {
  it.each(kernels)("$kernel: not on the alignment of its arrays", ({ all }) => {
    for (const testCase of everySeventh(all)) {
      const aligned = run(build, testCase, { shift: 0 });
      for (const shift of [2, 3])
        demandSameOutcome(
          run(build, testCase, { shift }),
          aligned,
          `${build.variant} off by ${shift} words, ${describeCall(testCase)}`,
        );
    }
  });

  it.each(kernels)(
    "$kernel: not on what follows its arrays, which may be the end of the memory",
    ({ all }) => {
      for (const testCase of everySeventh(all)) {
        const within = run(build, testCase);
        for (const last of slotsOf(testCase)) {
          const atEnd = run(build, testCase, { last });
          // The order of the results is that of the arguments, not of the addresses.
          const words = new Map(
            [...within.words.keys()].map((slot) => [slot, atEnd.words.get(slot) ?? new Uint32Array(0)]),
          );
          demandSameOutcome(
            { ...atEnd, words },
            within,
            `${build.variant} at the end of the memory, ${describeCall(testCase)}`,
          );
        }
      }
    },
  );

  it.each(kernels.filter(({ kernel }) => aliases[kernel]))(
    "$kernel: not on whether the result takes the place of an operand",
    ({ kernel, all }) => {
      const { result = 0, operands = [], given = 0 } = aliases[kernel] ?? {};
      for (const testCase of all) {
        if (typeof testCase.args[result] === "number" || typeof testCase.args[given] === "number") continue;
        const apart = run(build, testCase);
        for (const operand of operands) {
          const both: Slot = { ...(testCase.args[operand] as Slot), role: "update" };
          const inPlace = withArgument(withArgument(testCase, operand, both), result, both);
          demandSameOutcome(
            run(build, inPlace),
            apart,
            `${build.variant} in place of argument ${operand}, ${describeCall(testCase)}`,
          );
        }
      }
    },
  );

  it("preluGradient: not on whether it works in place of dy", () => {
    const random = new Random(2);
    const [z, dy] = [random.floats(3 * 5 * 7, -2, 2), random.floats(3 * 5 * 7)];
    for (const [outer, cols, inner] of [
      [3, 5, 7],
      [21, 5, 1],
      [1, 1, 105],
    ]) {
      const [apart, inPlace] = [output(cols), output(cols)];
      const same = update(dy);
      const words = resultOf(
        run(
          build,
          call("preluGradient", input(z), input(dy), room(dy.length), apart, outer, cols, inner, 0, cols),
        ),
        apart,
      );
      expect(
        resultOf(
          run(build, call("preluGradient", input(z), same, same, inPlace, outer, cols, inner, 0, cols)),
          inPlace,
        ),
      ).toEqual(words);
    }
  });

  it("axpy: y = s x + y where y is x", () => {
    const x = new Random(1).floats(67);
    const same = update(x);
    const apart = run(build, expecting(call("axpy", input(x), update(x), x.length, 0.3)));
    demandSameOutcome(
      run(build, expecting(call("axpy", same, same, x.length, 0.3))),
      apart,
      `${build.variant} axpy`,
    );
  });
});
