import { describe, expect, it } from "vitest";
import { calls } from "../../src/threads/generated/calls.js";
import { splits } from "../../src/threads/splits.js";
import { type KernelName, scalar, simd } from "../support/builds.js";
import { aliases, casesOf, type Theme, themes } from "../support/cases.js";
import { inReverse, queued } from "../support/divided.js";
import {
  type Case,
  demandSameOutcome,
  describeCall,
  run,
  type Slot,
  withArgument,
} from "../support/harness.js";

/**
 * Reference: the same call as a whole. Inputs: the table of all cases, in which arrays stand between words
 * that must not change, divided into one chunk to fourteen, and in place of operands. Tolerance: none.
 */

/** Why a kernel without a result is not divided. */
const alone: Readonly<Record<string, string>> = {
  shuffle: "each step needs those before",
};

const cases = casesOf(...(Object.keys(themes) as Theme[]));
const divided = [...splits.keys()].map((kernel) => ({ kernel, all: sample(cases.get(kernel) ?? []) }));

/** A part of gemm's cases that still meets every shape. */
function sample(all: Case[]): Case[] {
  return all.length < 2000 ? all : all.filter((_, i) => i % 7 === 0);
}

it("every kernel without a result is divided, or says why not", () => {
  expect([...splits.keys(), ...Object.keys(alone)].sort()).toEqual(Object.keys(calls).sort());
});

describe.each([scalar, simd])("a call of the $variant build has the same bits in chunks", (build) => {
  const queue = queued(build.variant);

  it.each(divided)("$kernel", ({ kernel, all }) => {
    expect(all.length).toBeGreaterThan(10);
    all.forEach((testCase, i) => {
      for (const call of [testCase, inPlace(kernel, testCase)]) {
        if (!call) continue;
        const whole = run(build, call);
        const chunks = 2 + (i % 7);
        queue.activate(chunks);
        const name = `${build.variant} of ${chunks} threads, ${describeCall(call)}`;
        demandSameOutcome(run(queue, call), whole, name);
        demandSameOutcome(run(inReverse(build, chunks), call), whole, `in reverse, ${name}`);
      }
    });
  });
});

/** The call with the result in the place of an operand, if that is allowed. */
function inPlace(kernel: KernelName, testCase: Case): Case | undefined {
  const { result = 0, operands = [], given = 0 } = aliases[kernel] ?? {};
  const [operand] = operands;
  if (operand === undefined) return undefined;
  if (typeof testCase.args[result] === "number" || typeof testCase.args[given] === "number") return undefined;
  const both: Slot = { ...(testCase.args[operand] as Slot), role: "update" };
  return { ...testCase, ...withArgument(withArgument(testCase, operand, both), result, both) };
}
