import { describe, expect, it } from "vitest";
import { builds } from "../support/builds.js";
import { activationNames } from "../support/cases.js";
import { LARGEST, U } from "../support/floats.js";
import { call, input, output, resultOf, run } from "../support/harness.js";
import { describeAgainstTwins } from "../support/suite.js";
import { activations, type ElementwiseActivation } from "../support/twins.js";

describeAgainstTwins("activations", "prelu", "softmax");

describe.each(builds)("in the $variant build", (build) => {
  const forward = (
    kernel: "softmax" | "logSoftmax" | (typeof activationNames)[number],
    x: number[],
    rows = 1,
  ): Float32Array => {
    const y = output(x.length);
    const { parameters = [0] } =
      (activations as Record<string, Partial<ElementwiseActivation>>)[kernel] ?? {};
    const z = input(Float32Array.from(x));
    return resultOf(run(build, call(kernel, z, y, rows, x.length / rows, parameters[0])), y);
  };

  it("softmax of logits of +-1e4 is 1 and 0, and log-softmax the distance from the largest", () => {
    expect([...forward("softmax", [1e4, -1e4, 0, 1e4 - 200])]).toEqual([1, 0, 0, 0]);
    expect([...forward("logSoftmax", [1e4, -1e4, 0])]).toEqual([0, -2e4, -1e4]);
  });

  it.each([0, 1e4, -1e4, LARGEST, -LARGEST])(
    "softmax of a row of eight times %d is 1/8 each, to the bit",
    (logit) => {
      expect([...forward("softmax", new Array<number>(8).fill(logit))]).toEqual(
        new Array<number>(8).fill(0.125),
      );
    },
  );

  it("the same logits give the same row whatever other rows there are", () => {
    const row = [0.3, -2, 5, 1.25, 0];
    const [alone, second] = [forward("softmax", row), forward("softmax", [1e4, -1e4, 3, 2, 1, ...row], 2)];
    expect(second.slice(5)).toEqual(alone);
  });

  it("a probability of softmax that is not 0 may be subnormal", () => {
    // e^-100 = 3.7e-44, some 27 times the smallest float32.
    const [, small] = forward("softmax", [0, -100]);
    expect(Math.abs(small - Math.exp(-100))).toBeLessThan(2 ** -149);
  });

  it("softmax rows add to 1", () => {
    const y = forward(
      "softmax",
      Array.from({ length: 1000 }, (_, j) => Math.sin(j) * 10),
    );
    const total = y.reduce((sum, value) => sum + value, 0);
    expect(Math.abs(total - 1)).toBeLessThan(1000 * U);
  });

  it("what a masked logit of -Infinity leaves is the softmax of the others", () => {
    expect([...forward("softmax", [1, Number.NEGATIVE_INFINITY, 1])]).toEqual([0.5, 0, 0.5]);
    expect(forward("logSoftmax", [1, Number.NEGATIVE_INFINITY, 1])[1]).toBe(Number.NEGATIVE_INFINITY);
  });

  it.each(activationNames)("%s is finite or an infinity, never NaN, at any number", (name) => {
    const y = forward(name, [
      Number.NEGATIVE_INFINITY,
      -LARGEST,
      -1e30,
      -100,
      -0,
      0,
      100,
      1e30,
      LARGEST,
      Number.POSITIVE_INFINITY,
    ]);
    expect(y.some(Number.isNaN)).toBe(false);
  });

  it.each(activationNames)("%s of NaN is NaN", (name) => {
    expect([...forward(name, [Number.NaN, 0, 0, 0, Number.NaN])].map(Number.isNaN)).toEqual([
      true,
      false,
      false,
      false,
      true,
    ]);
  });

  const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

  it.each([
    ["relu6", 0, 6],
    ["hardSigmoid", 0, 1],
    ["softsign", -1, 1],
    ["mish", 0, infinity],
    ["exp", 0, infinity],
  ] as const)("%s comes to %d at -Infinity and to %d at Infinity", (name, least, most) => {
    expect([...forward(name, [-infinity, infinity])].map((y) => y + 0)).toEqual([least, most]);
  });

  it.each(["relu6", "softsign", "mish"] as const)("%s keeps the sign of a zero", (name) => {
    expect([...forward(name, [0, -0])]).toEqual([0, -0]);
  });

  it.each([
    ["relu6", [0, 1e-45, 6, 5.5], [0, 1, 0, 1]],
    ["hardSigmoid", [0, 0.25, 1, 0.75], [0, 0.5, 0, 0.5]],
    ["softsign", [infinity, -infinity, 1, nan], [0, 0, 0.25, nan]],
    ["mish", [infinity, -infinity, 100, nan], [1, 0, 1, nan]],
    ["exp", [0, 1, infinity, nan], [0, 1, infinity, nan]],
  ] as const)("the slope of %s from what it saves, %j, is %j", (name, saved, slopes) => {
    const dz = output(4);
    const ones = input(Float32Array.of(1, 1, 1, 1));
    const got = call(`${name}Backward`, input(Float32Array.from(saved)), ones, dz, 1, 4, 0.5);
    expect([...resultOf(run(build, got), dz)].map((y) => y + 0)).toEqual(slopes);
  });

  it("the slope of relu at 0 is 0, of either sign", () => {
    const dz = output(3);
    const y = input(Float32Array.of(0, -0, 1e-45));
    expect([
      ...resultOf(run(build, call("reluBackward", y, input(Float32Array.of(2, 3, 5)), dz, 1, 3)), dz),
    ]).toEqual([0, 0, 5]);
  });
});
