import { describe, expect, it } from "vitest";
import { sineOfTurns } from "../../src/core/reproducible-math.js";
import { Graph } from "../../src/graph/graph.js";
import type { Value } from "../../src/graph/value.js";
import { createBackendSync } from "../../src/index.js";
import { addFirst, addSinusoids, rotate } from "../../src/ops/positions.js";
import { Session, type SessionOptions } from "../graph/session.js";
import { on, variants } from "../reference/backends.js";
import { expectClose } from "../reference/golden.js";
import { Random } from "../support/random.js";

const ROWS = 3;

function run(
  variant: (typeof variants)[number],
  shape: readonly number[],
  make: (graph: Graph, x: Value) => Value,
  options?: SessionOptions,
) {
  const graph = new Graph();
  const x = graph.input(shape);
  const session = new Session(
    createBackendSync(on(variant)),
    { graph, inputs: [x], parameters: [], outputs: [make(graph, x)] },
    options,
  );
  const random = new Random(5);
  const [samples, upstream] = [random.floats(ROWS * x.size), random.floats(ROWS * x.size)];
  const { outputs, gradients } = session.run(ROWS, [[...samples]], [[...upstream]]);
  return { x: samples, dy: upstream, y: outputs[0], dx: gradients[0] };
}

describe.each(variants)("positions on the %s build", (variant) => {
  it.each([
    [4, 2, 10_000],
    [6, 1, 10_000],
    [16, 3, 500],
  ])("rotate: vectors of %i, %i of them, base %i", (size, heads, base) => {
    const [time, cols] = [7, size * heads + 3];
    const { x, dy, y, dx } = run(variant, [time, cols], (g, value) =>
      rotate(g, value, { heads, size, base }),
    );
    const [expected, expectedBack] = [new Float64Array(y.length), new Float64Array(y.length)];
    for (let row = 0; row < ROWS * time; row++)
      for (let i = 0; i < cols; i++) {
        const at = row * cols + i;
        expected[at] = x[at];
        expectedBack[at] = dy[at];
        if (i >= heads * size || i % size >= size / 2) continue;
        // The pair as a complex number, times e^(i angle), and the gradient times its conjugate.
        const angle = (row % time) / base ** ((2 * (i % size)) / size);
        const [c, s] = [Math.cos(angle), Math.sin(angle)];
        const other = at + size / 2;
        expected[at] = x[at] * c - x[other] * s;
        expected[other] = x[other] * c + x[at] * s;
        expectedBack[at] = dy[at] * c + dy[other] * s;
        expectedBack[other] = dy[other] * c - dy[at] * s;
      }
    for (let row = 0; row < ROWS * time; row++)
      for (let i = 0; i < heads * size; i++) {
        if (i % size < size / 2) continue;
        const at = row * cols + i;
        const angle = (row % time) / base ** ((2 * ((i % size) - size / 2)) / size);
        const [c, s] = [Math.cos(angle), Math.sin(angle)];
        expected[at] = x[at] * c + x[at - size / 2] * s;
        expectedBack[at] = dy[at] * c - dy[at - size / 2] * s;
      }
    expectClose("y", y, expected, 3e-7);
    expectClose("dx", dx, expectedBack, 3e-7);
  });

  it.each([
    [8, 10_000],
    [5, 100],
  ])("addSinusoids: %i features, base %i", (features, base) => {
    const { x, dy, y, dx } = run(variant, [9, features], (g, value) => addSinusoids(g, value, base));
    const expected = Array.from(y, (_, at) => {
      const [step, i] = [Math.floor(at / features) % 9, at % features];
      const angle = step / base ** ((2 * Math.floor(i / 2)) / features);
      return x[at] + (i % 2 === 0 ? Math.sin(angle) : Math.cos(angle));
    });
    expectClose("y", y, expected, 2e-7);
    expect([...dx]).toEqual([...dy]);
  });

  it("addFirst: the gradient of what it adds is the sum of its uses, and 0 where nothing is added", () => {
    const graph = new Graph();
    const [x, w] = [graph.input([2]), graph.parameter([3])];
    const y = addFirst(graph, addFirst(graph, x, w), w);
    const session = new Session(createBackendSync(on(variant)), {
      graph,
      inputs: [x],
      parameters: [w],
      outputs: [y],
    });
    session.write(w, [10, 20, 30]);
    for (let i = 0; i < 2; i++)
      expect(session.run(2, [[1, 2, 3, 4]], [[1, 10, 100, 1000]])).toEqual({
        outputs: [[21, 42, 23, 44]],
        gradients: [
          [1, 10, 100, 1000],
          [202, 2020, 0],
        ],
      });
  });

  it("rotate in the place of x and elsewhere gives the same bits", () => {
    const make = (g: Graph, x: Value) =>
      rotate(g, rotate(g, x, { heads: 1, size: 4, base: 10 }), { heads: 1, size: 6, base: 3 });
    expect(run(variant, [4, 7], make, { withoutReuse: true }).y).toEqual(run(variant, [4, 7], make).y);
  });
});

it("the sine of turns is that of Math within 1e-15, and exact at quarters", () => {
  for (let i = 0; i <= 1000; i++)
    expect(Math.abs(sineOfTurns(i / 1000) - Math.sin((2 * Math.PI * i) / 1000))).toBeLessThan(1.5e-15);
  expect([0, 0.25, 0.5, 0.75, 1].map(sineOfTurns)).toEqual(
    [0, 1, 0, -1, 0].map((x) => expect.closeTo(x, 15)),
  );
});

it("rotate and addSinusoids refuse what is no sequence", () => {
  const graph = new Graph();
  const of = (shape: readonly number[], size: number) => () =>
    rotate(graph, graph.input(shape), { heads: 2, size, base: 10 });
  expect(of([3, 8], 4)).not.toThrow();
  expect(of([3, 8], 3)).toThrow(
    "rotate expected x [time, at least 6] and vectors of an even size, got [batch, 3, 8] and vectors of 3",
  );
  expect(of([3, 7], 4)).toThrow("at least 8");
  expect(of([8], 4)).toThrow("got [batch, 8]");
  expect(() => addSinusoids(graph, graph.input([3]), 10)).toThrow(
    "addSinusoids expected x [time, features], got [batch, 3]",
  );
});
