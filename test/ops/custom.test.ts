import { describe, expect, it } from "vitest";
import { Graph } from "../../src/graph/graph.js";
import { createBackendSync } from "../../src/index.js";
import { type CustomFunctions, custom } from "../../src/ops/custom.js";
import { matmul } from "../../src/ops/matmul.js";
import { scale } from "../../src/ops/scale.js";
import { Session, type SessionOptions } from "../graph/session.js";

/** y = slope x + shift, one slope and shift a column. */
const line: CustomFunctions = {
  forward({ x, y, parameters: { slope, shift } }) {
    for (let i = 0; i < x.length; i++) y[i] = slope[i % 2] * x[i] + shift[i % 2];
  },
  backward({ x, dy, dx, parameters: { slope }, gradients }) {
    for (let i = 0; i < x.length; i++) {
      gradients.slope[i % 2] += dy[i] * x[i];
      gradients.shift[i % 2] += dy[i];
      if (dx) dx[i] = dy[i] * slope[i % 2];
    }
  },
};

/** `wanted`: which of x, the slope and the shift have gradients. */
function sessionOf(
  functions: CustomFunctions,
  training = true,
  options: SessionOptions = {},
  uses = 1,
  wanted: readonly number[] = [0, 1, 2],
): Session {
  const graph = new Graph();
  const x = graph.input([2]);
  const parameters = [graph.parameter([2]), graph.parameter([2])];
  const [slope, shift] = parameters;
  let y = x;
  for (let i = 0; i < uses; i++) y = custom(graph, functions, y, [2], { slope, shift }, training);
  const wrt = wanted.map((i) => [x, ...parameters][i]);
  const traced = { graph, inputs: [x], parameters, outputs: [y] };
  const session = new Session(createBackendSync(), traced, { wrt, ...options });
  session.write(slope, [2, -3]);
  session.write(shift, [10, 20]);
  return session;
}

const x = [[1, 2, 3, 4]];
const upstream = [[1, 10, 100, 1000]];

describe("an operation in JavaScript", () => {
  it("computes its output and all gradients", () => {
    expect(sessionOf(line).run(2, x, upstream)).toEqual({
      outputs: [[12, 14, 16, 8]],
      gradients: [
        [2, -30, 200, -3000],
        [301, 4020],
        [101, 1010],
      ],
    });
  });

  it("finds gradients of 0 to add to, whatever was there before", () => {
    const session = sessionOf(line);
    for (let i = 0; i < 2; i++) expect(session.run(2, x, upstream).gradients[1]).toEqual([301, 4020]);
  });

  it("adds up the gradients of several uses", () => {
    const twice = sessionOf(line, true, {}, 2).run(1, [[1, 2]], [[1, 1]]);
    // y = s (s x + t) + t: d / ds = 2 s x + t, d / dt = s + 1.
    expect(twice.gradients).toEqual([
      [4, 9],
      [2 * 2 * 1 + 10, 2 * -3 * 2 + 20],
      [3, -2],
    ]);
  });

  it("gets no dx where nobody asks for it, and gradients to write to where nobody needs them", () => {
    const seen: string[] = [];
    const functions: CustomFunctions = {
      ...line,
      backward(pass) {
        seen.push(`dx ${pass.dx?.length}, slope ${pass.gradients.slope.join()}`);
        line.backward(pass);
      },
    };
    sessionOf(functions).run(2, x, upstream);
    const shiftAlone = sessionOf(functions, true, {}, 1, [2]);
    for (let i = 0; i < 2; i++) expect(shiftAlone.run(2, x, upstream).gradients).toEqual([[101, 1010]]);
    expect(seen).toEqual(["dx 4, slope 0,0", "dx undefined, slope 0,0", "dx undefined, slope 0,0"]);
  });

  it("gets a gradient to write to for each parameter, where nobody needs any of them", () => {
    const graph = new Graph();
    const input = graph.input([2]);
    const [a, b, c] = [graph.parameter([2]), graph.parameter([2]), graph.parameter([2])];
    const functions: CustomFunctions = {
      forward: ({ x, y }) => y.set(x),
      backward({ dy, dx, gradients }) {
        dx?.set(dy);
        for (const [i, gradient] of Object.values(gradients).entries()) gradient.fill(i);
        expect(Object.values(gradients).map((gradient) => gradient.join())).toEqual(["0,0", "1,1", "2,2"]);
      },
    };
    const y = custom(graph, functions, input, [2], { a, b, c }, true);
    const traced = { graph, inputs: [input], parameters: [a, b, c], outputs: [y] };
    const session = new Session(createBackendSync(), traced, { wrt: [input] });
    expect(session.run(2, x, upstream).gradients).toEqual(upstream);
  });

  it("knows whether a backward may follow, and its samples", () => {
    const seen: unknown[] = [];
    const functions: CustomFunctions = {
      ...line,
      forward(pass) {
        seen.push([pass.training, pass.rows, pass.x.length]);
        line.forward(pass);
      },
    };
    sessionOf(functions, true).run(2, x, upstream);
    sessionOf(functions, false, { wrt: [] }).run(1, [[1, 2]], [[1, 1]]);
    expect(seen).toEqual([
      [true, 2, 4],
      [false, 1, 2],
    ]);
  });

  it("stands between others, with memory used twice or not, and reads nothing that is not there", () => {
    const trace = () => {
      const graph = new Graph();
      const input = graph.input([3]);
      const parameters = [graph.parameter([3, 2]), graph.parameter([2]), graph.parameter([2])];
      const [w, slope, shift] = parameters;
      const h = custom(graph, line, matmul(graph, input, w), [2], { slope, shift }, true);
      return { graph, inputs: [input], parameters, outputs: [scale(graph, h, 0.5)] };
    };
    const run = (options: SessionOptions) => {
      const session = new Session(createBackendSync(), trace(), options);
      session.traced.parameters.forEach((parameter, i) => {
        session.write(parameter, [1, 2, 3, 4, 5, 6].slice(i, i + parameter.size));
      });
      return session.run(2, [[1, 2, 3, 4, 5, 6]], [[1, 2, 3, 4]]);
    };
    const expected = run({ withoutReuse: true });
    expect(run({})).toEqual(expected);
    expect(run({ poisoned: true })).toEqual(expected);
    expect(expected.gradients.flat().every(Number.isFinite)).toBe(true);
  });
});
