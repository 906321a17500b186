import { describe, expect, it } from "vitest";
import { builds } from "../support/builds.js";
import { U, ulps } from "../support/floats.js";
import { call, demandClose, input, output, resultOf, room, run } from "../support/harness.js";
import { describeAgainstTwins } from "../support/suite.js";

describeAgainstTwins("elementwiseLosses", "crossEntropies", "targets");

const floats = (...values: number[]) => input(Float32Array.from(values));
const label = (...values: number[]) => input(Int32Array.from(values));

describe.each(builds)("in the $variant build", (build) => {
  it("softmaxCrossEntropy at logits of +-1e4 is their distance, and the gradient softmax - target", () => {
    const z = floats(1e4, -1e4, 0, /**/ -1e4, 1e4, 1e4);
    const [d, terms] = [output(6), output(2)];
    const outcome = run(build, call("softmaxCrossEntropy", z, 0, label(1, 0), d, terms, room(3), 2, 3, 1));
    const ln2 = Math.fround(2e4 + Math.log(2));
    expect([...resultOf(outcome, terms)]).toEqual([2e4, ln2]);
    expect([...resultOf(outcome, d)]).toEqual([1, -1, 0, /**/ -1, 0.5, 0.5]);
  });

  it("softmaxCrossEntropy where the sure answer is right is 0, not less", () => {
    const terms = output(1);
    expect(
      run(build, call("softmaxCrossEntropy", floats(1e4, -1e4), 0, label(0), 0, terms, room(2), 1, 2, 1))
        .value,
    ).toBe(0);
  });

  it("softmaxCrossEntropy keeps a small loss beside large logits", () => {
    // log(1 + e^-10) = 4.54e-5, where one ULP of the logits is 1e-3.
    const { value } = run(
      build,
      call("softmaxCrossEntropy", floats(1e4, 1e4 - 10), 0, label(0), 0, output(1), room(2), 1, 2, 1),
    );
    expect(Math.abs(Number(value) / Math.log1p(Math.exp(-10)) - 1)).toBeLessThan(2e-3);
  });

  it("softmaxCrossEntropy of equal logits is log cols a row, and its gradient adds to 0", () => {
    const [rows, cols] = [3, 8];
    const d = output(rows * cols);
    const z = input(new Float32Array(rows * cols).fill(1e4));
    const outcome = run(
      build,
      call("softmaxCrossEntropy", z, 0, label(0, 3, 7), d, output(rows), room(cols), rows, cols, 1),
    );
    expect(Math.abs(Number(outcome.value) - rows * Math.log(cols))).toBeLessThan(
      8 * U * rows * Math.log(cols),
    );
    expect(resultOf(outcome, d).reduce((sum, value) => sum + value, 0)).toBe(0);
  });

  it("labels give what their one-hot targets give, to roundings", () => {
    const z = [0.3, -1, 2, 1.5, 0, -0.25];
    const results = [[0, label(2, 1)] as const, [floats(0, 0, 1, 0, 1, 0), 0] as const].map(([t, labels]) => {
      const d = output(6);
      const outcome = run(
        build,
        call("softmaxCrossEntropy", floats(...z), t, labels, d, output(2), room(3), 2, 3, 0.5),
      );
      return [Number(outcome.value), ...resultOf(outcome, d)];
    });
    for (const [i, value] of results[0].entries())
      expect(Math.abs(value - results[1][i])).toBeLessThan(4 * U);
  });

  it.each([
    ["labels", 0, label(0, 3, 2)],
    ["one-hot targets", floats(1, 0, 0, 0, 0, /**/ 0, 0, 0, 1, 0, /**/ 0, 0, 1, 0, 0), 0],
  ] as const)(
    "softmaxCrossEntropy with %s: a logit of -Infinity costs nothing where it is not the target, and everything where it is",
    (_, t, labels) => {
      const masked = Number.NEGATIVE_INFINITY;
      const z = floats(
        1,
        masked,
        1,
        masked,
        masked,
        /**/ masked,
        7,
        masked,
        7,
        masked,
        /**/ 0,
        0,
        masked,
        masked,
        masked,
      );
      const [d, terms] = [output(15), output(3)];
      const outcome = run(build, call("softmaxCrossEntropy", z, t, labels, d, terms, room(5), 3, 5, 1));
      const ln2 = Math.fround(Math.LN2);
      expect([...resultOf(outcome, terms)]).toEqual([ln2, ln2, Number.POSITIVE_INFINITY]);
      expect([...resultOf(outcome, d)].map((value) => value + 0)).toEqual([
        -0.5, 0, 0.5, 0, 0, /**/ 0, 0.5, 0, -0.5, 0, /**/ 0.5, 0.5, -1, 0, 0,
      ]);
    },
  );

  it("the gradient of an elementwise loss is NaN where its value is: at a prediction or target of NaN", () => {
    const [p, t] = [
      floats(Number.NaN, 0.5, Number.NaN, 0.25, 0.5),
      floats(0.5, Number.NaN, Number.NaN, 0.5, 0.25),
    ];
    for (const kernel of [
      "squaredErrorGradient",
      "absoluteErrorGradient",
      "huberGradient",
      "binaryCrossEntropyWithLogitsGradient",
    ] as const) {
      const d = output(5);
      expect(
        [...resultOf(run(build, call(kernel, p, t, d, 5, 1, 0.5)), d)].map(Number.isNaN),
        kernel,
      ).toEqual([true, true, true, false, false]);
    }
  });

  it("binaryCrossEntropy at probabilities of 0 and 1 is 0 where right and 100 where wrong, and its gradient finite", () => {
    const [p, t] = [floats(0, 1, 0, 1), floats(0, 1, 1, 0)];
    expect(run(build, call("binaryCrossEntropy", p, t, 4, 0)).value).toBe(200);
    const d = output(4);
    const gradient = resultOf(run(build, call("binaryCrossEntropyGradient", p, t, d, 4, 0, 1)), d);
    expect([...gradient].map((value) => Math.fround(value))).toEqual([0, 0, -1e12, 1e12].map(Math.fround));
  });

  it("binaryCrossEntropyWithLogits keeps a small loss beside a logit that is right, to either side", () => {
    // log(1 + e^-12) = 6.14e-6, of which 12 - softplus(12) in float32 is off by 7 %.
    for (const p of [2, 5, 12, 40]) {
      const { value } = run(build, call("binaryCrossEntropyWithLogits", floats(p, -p), floats(1, 0), 2, 0));
      expect(Math.abs(Number(value) / (2 * Math.log1p(Math.exp(-p))) - 1)).toBeLessThan(8 * U);
    }
  });

  it("binaryCrossEntropyWithLogits at logits of +-1e4 is 0 where right and 1e4 where wrong", () => {
    const [p, t] = [floats(-1e4, 1e4, -1e4, 1e4), floats(0, 1, 1, 0)];
    expect(run(build, call("binaryCrossEntropyWithLogits", p, t, 4, 0)).value).toBe(2e4);
    const d = output(4);
    expect([
      ...resultOf(run(build, call("binaryCrossEntropyWithLogitsGradient", p, t, d, 4, 0, 1)), d),
    ]).toEqual([0, 0, -1, 1]);
  });

  it.each([
    ["labels", 0, label(0, 1)],
    ["one-hot targets", floats(1, 0, 0, 1), 0],
  ] as const)(
    "categoricalCrossEntropy with %s at a probability of 0 counts the smallest normal one: finite",
    (_, t, labels) => {
      const d = output(4);
      const outcome = run(
        build,
        call("categoricalCrossEntropy", floats(0, 1, 0, 1), t, labels, d, output(2), 2, 2, 1),
      );
      expect(Math.abs(Number(outcome.value) / (126 * Math.LN2) - 1)).toBeLessThan(4 * U);
      expect([...resultOf(outcome, d)].map((value) => value + 0)).toEqual([-(2 ** 126), 0, 0, -1]);
    },
  );

  it("categoricalCrossEntropy of one label is -log p within 0.95 ULP", () => {
    const p = Float32Array.from({ length: 20_000 }, (_, i) => (i + 1) / 20_000);
    const terms = output(p.length);
    const outcome = run(
      build,
      call("categoricalCrossEntropy", input(p), 0, input(new Int32Array(p.length)), 0, terms, p.length, 1, 1),
    );
    demandClose(
      resultOf(outcome, terms),
      Array.from(p, (value) => -Math.log(value)),
      ulps(0.95),
      "-log p",
    );
  });

  it("a loss of nothing is 0", () => {
    const none = floats();
    for (const kernel of [
      "squaredError",
      "absoluteError",
      "huber",
      "binaryCrossEntropy",
      "binaryCrossEntropyWithLogits",
    ] as const) {
      expect(run(build, call(kernel, none, none, 0, 1)).value).toBe(0);
    }
    expect(
      run(build, call("softmaxCrossEntropy", none, 0, label(), 0, output(0), room(3), 0, 3, 1)).value,
    ).toBe(0);
    expect(run(build, call("categoricalCrossEntropy", none, 0, label(), 0, output(0), 0, 3, 1)).value).toBe(
      0,
    );
  });
});
