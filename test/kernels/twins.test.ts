import { describe, expect, it } from "vitest";
import { demandClose } from "../support/harness.js";
import { Random } from "../support/random.js";
import {
  activations,
  cosineSimilarity,
  type ElementwiseActivation,
  elementwiseLosses,
  erfc,
  hostLosses,
  twins,
} from "../support/twins.js";

/**
 * The twins themselves: values are as published, and what a backward twin says is the derivative of what its
 * forward twin says.
 */

const STEP = 1e-5;
/** A central difference is off by h^2 f''' / 6 and by the roundings of f over h: about 1e-10 here. */
const close = () => 1e-8;

/** d f(x) / d x[i] for every i by central differences. */
function differences(f: (x: Float64Array) => number, x: Float64Array): Float64Array {
  return x.map((value, i) => {
    const at = (y: number) => f(x.map((other, j) => (j === i ? y : other)));
    return (at(value + STEP) - at(value - STEP)) / (2 * STEP);
  });
}

const random = new Random(3);
const doubles = (n: number, low: number, high: number): Float64Array =>
  Float64Array.from(random.floats(n, low, high));

it("erfc is that of Abramowitz and Stegun's tables", () => {
  const known = [
    [0, 1],
    [0.5, 0.4795001221869535],
    [1, 0.15729920705028513],
    [-1, 1.8427007929497148],
    [2, 0.004677734981047266],
    [3, 2.209049699858544e-5],
    [5, 1.5374597944280349e-12],
  ];
  for (const [x, value] of known) expect(erfc(x) / value).toBeCloseTo(1, 11);
});

const withParameters = Object.entries<ElementwiseActivation>(activations).flatMap(([name, activation]) =>
  (activation.parameters ?? [0]).map((p) => [name, p, activation] as const),
);

describe("the slope of an activation, from what it saves, is its derivative", () => {
  it.each(withParameters)("%s of %d", (name, p, { value, saves, slope }) => {
    // No point is a kink: those of relu and its like at 0 and 6, of hardSwish and hardSigmoid at 1, 2.5 and 3.
    const z = Float64Array.of(-7.3, -3.5, -2.1, -1.1, -0.3, -1e-3, 1e-3, 0.2, 0.9, 1.7, 2.9, 3.1, 6.4);
    const slopes = z.map((x) => slope(saves === "y" ? value(x, p) : x, p));
    const expected = z.map((x) => (value(x + STEP, p) - value(x - STEP, p)) / (2 * STEP));
    demandClose(Array.from(slopes), expected, name === "exp" ? () => 1e-6 : close, name);
  });
});

it("the slopes of prelu are its derivatives, by its input and by its own slopes", () => {
  const [outer, cols, inner] = [3, 2, 4];
  const n = outer * cols * inner;
  const [z, dy, a] = [doubles(n, -2, 2), doubles(n, -1, 1), doubles(cols, -1, 1)];
  const total = (at: Float64Array, slopes: Float64Array) => {
    const y = new Float64Array(n);
    twins.prelu(at, slopes, y, outer, cols, inner);
    return y.reduce((sum, value, i) => sum + value * dy[i], 0);
  };
  const [dz, da] = [new Float64Array(n), new Float64Array(cols).fill(1)];
  twins.preluBackward(z, a, dy, dz, outer, cols, inner);
  twins.preluGradient(z, dy, new Float64Array(n), da, outer, cols, inner, 0);
  demandClose(
    Array.from(dz),
    differences((at) => total(at, a), z),
    close,
    "dz",
  );
  demandClose(
    Array.from(da),
    differences((at) => total(z, at), a),
    close,
    "da",
  );
});

describe("the backward twin of a softmax is the transposed Jacobian of its forward twin", () => {
  it.each([
    ["softmax", twins.softmax, twins.softmaxBackward],
    ["logSoftmax", twins.logSoftmax, twins.logSoftmaxBackward],
  ] as const)("%s", (name, forward, backward) => {
    const [rows, cols] = [3, 5];
    const [x, dy] = [doubles(rows * cols, -3, 3), doubles(rows * cols, -1, 1)];
    const forwardOf = (at: Float64Array) => {
      const y = new Float64Array(at.length);
      forward(at, y, rows, cols);
      return y;
    };
    const dx = new Float64Array(x.length);
    backward(forwardOf(x), dy, dx, rows, cols);
    const expected = differences((at) => forwardOf(at).reduce((total, y, i) => total + y * dy[i], 0), x);
    demandClose(Array.from(dx), expected, close, name);
  });
});

describe("the gradient of a loss is scale times the derivative of its value", () => {
  const scale = 0.7;

  it.each(Object.entries({ ...elementwiseLosses, ...hostLosses }))("%s", (name, { term, slope }) => {
    const [p, t] = [Float64Array.of(0.1, 0.3, 0.45, 0.7, 0.9), Float64Array.of(0, 0.9, 0.5, 1, 0.2)];
    const expected = p.map((x, i) => (term(x + STEP, t[i], 0.4) - term(x - STEP, t[i], 0.4)) / (2 * STEP));
    demandClose(Array.from(p.map((x, i) => slope(x, t[i], 0.4))), expected, () => 1e-7, name);
  });

  it("cosineSimilarity", () => {
    const [p, t] = [doubles(5, -1, 1), doubles(5, -1, 1)];
    demandClose(
      cosineSimilarity(p, t).slope,
      differences((x) => cosineSimilarity(x, t).term, p),
      close,
      "cosineSimilarity",
    );
  });

  const [rows, cols] = [3, 4];
  const label = Int32Array.of(2, 0, 3);
  const dense = Float64Array.of(0.1, 0.2, 0.3, 0.4, 1, 0, 0, 0, 0.25, 0.25, 0.25, 0.25);
  const targets = [
    ["dense targets", dense, 0],
    ["labels", 0, label],
  ] as const;

  it.each(targets)("softmaxCrossEntropy with %s", (name, t, labels) => {
    const z = doubles(rows * cols, -2, 2);
    const room = () => new Float64Array(cols);
    const d = new Float64Array(z.length);
    twins.softmaxCrossEntropy(z, t, labels, d, room(), room(), rows, cols, scale);
    const expected = differences(
      (at) => scale * twins.softmaxCrossEntropy(at, t, labels, 0, room(), room(), rows, cols, scale),
      z,
    );
    demandClose(Array.from(d), expected, close, name);
  });

  it.each(targets)("categoricalCrossEntropy with %s", (name, t, labels) => {
    const p = doubles(rows * cols, 0.2, 0.9);
    const d = new Float64Array(p.length);
    twins.categoricalCrossEntropy(p, t, labels, d, new Float64Array(rows), rows, cols, scale);
    const expected = differences(
      (at) =>
        scale * twins.categoricalCrossEntropy(at, t, labels, 0, new Float64Array(rows), rows, cols, scale),
      p,
    );
    demandClose(Array.from(d), expected, close, name);
  });
});
