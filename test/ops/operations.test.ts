import { describe, expect, it } from "vitest";
import { Graph } from "../../src/graph/graph.js";
import type { Value } from "../../src/graph/value.js";
import { createBackendSync } from "../../src/index.js";
import { activation } from "../../src/ops/activation.js";
import { elementwiseActivations } from "../../src/ops/activation-kinds.js";
import { add } from "../../src/ops/add.js";
import { addRow } from "../../src/ops/add-row.js";
import { type AttentionOptions, attention } from "../../src/ops/attention.js";
import { pad, permute } from "../../src/ops/box.js";
import { concatenate } from "../../src/ops/concatenate.js";
import { embedding } from "../../src/ops/embedding.js";
import type { Geometry } from "../../src/ops/geometry.js";
import { matmul } from "../../src/ops/matmul.js";
import { multiply } from "../../src/ops/multiply.js";
import {
  type Affine,
  type Moments,
  momentsOfBatch,
  momentsOfGroups,
  normalizeChannels,
} from "../../src/ops/normalize-channels.js";
import { normalizeRows } from "../../src/ops/normalize-rows.js";
import { averagePool, averagePositions, maxPool } from "../../src/ops/pooling.js";
import { dropout, gaussianNoise, spatialDropout } from "../../src/ops/random.js";
import { type Interpolation, repeat, resample } from "../../src/ops/resample.js";
import { flatten, reshape } from "../../src/ops/reshape.js";
import { average, scale } from "../../src/ops/scale.js";
import { slice } from "../../src/ops/slice.js";
import { logSoftmax, softmax } from "../../src/ops/softmax.js";
import { standardize } from "../../src/ops/standardize.js";
import { averageSteps, clearSteps, maxSteps, realSteps } from "../../src/ops/steps.js";
import { subtract } from "../../src/ops/subtract.js";
import { numbers } from "../graph/random-graph.js";
import { differences, Session, type SessionOptions, type Traced } from "../graph/session.js";
import { on, variants } from "../reference/backends.js";
import { expectClose } from "../reference/golden.js";
import { float64Backend } from "../support/float64-backend.js";
import { Random } from "../support/random.js";

/**
 * One row an operation: a network of it alone. Each is run on every build against float64, against central
 * differences, with reuse of memory and without, poisoned, and with each subset of gradients left out.
 */
interface Case extends Traced {
  readonly buffers?: readonly Value[];
}

type Make = (graph: Graph) => Case;

/** Of inputs of these shapes. */
const of =
  (shapes: readonly (readonly number[])[], make: (graph: Graph, ...inputs: Value[]) => Value): Make =>
  (graph) => {
    const inputs = shapes.map((shape) => graph.input(shape));
    return { graph, inputs, parameters: [], outputs: [make(graph, ...inputs)] };
  };

const dense =
  (shape: readonly number[], units: number, useBias = true): Make =>
  (graph) => {
    const x = graph.input(shape);
    const w = graph.parameter([shape[shape.length - 1], units]);
    const b = graph.parameter([units]);
    const outputs = [matmul(graph, x, w, useBias ? b : undefined)];
    return { graph, inputs: [x], parameters: useBias ? [w, b] : [w], outputs };
  };

const standardized =
  (shape: readonly number[], width: number): Make =>
  (graph) => {
    const x = graph.input(shape);
    const buffers = [graph.buffer([width]), graph.buffer([width])];
    return {
      graph,
      inputs: [x],
      parameters: [],
      outputs: [standardize(graph, x, buffers[0], buffers[1])],
      buffers,
    };
  };

/**
 * A normalization by the moments of each group of x, or by buffers. Gamma and beta have the shape `affine`.
 */
const normalized =
  (
    shape: readonly number[],
    make: (graph: Graph, x: Value, affine: Affine) => Value,
    affine: readonly number[] = shape.slice(-1),
  ): Make =>
  (graph) => {
    const x = graph.input(shape);
    const parameters = [graph.parameter(affine), graph.parameter(affine)];
    const outputs = [make(graph, x, { gamma: parameters[0], beta: parameters[1] })];
    return { graph, inputs: [x], parameters, outputs };
  };

const normalizedByBuffers =
  (shape: readonly number[]): Make =>
  (graph) => {
    const buffers = [graph.buffer(shape.slice(-1)), graph.buffer(shape.slice(-1))];
    const moments: Moments = { mean: buffers[0], variance: buffers[1] };
    const make = normalized(shape, (g, x, affine) => normalizeChannels(g, x, moments, affine, 0.1));
    return { ...make(graph), buffers };
  };

/** A row is added to the last axis. */
const withRow =
  (shape: readonly number[]): Make =>
  (graph) => {
    const x = graph.input(shape);
    const b = graph.parameter(shape.slice(-1));
    return { graph, inputs: [x], parameters: [b], outputs: [addRow(graph, x, b)] };
  };

/** Of a parameter alone: what it gives is the same for all samples, until it is multiplied by one. */
const ofParameter =
  (shape: readonly number[], make: (graph: Graph, p: Value) => Value): Make =>
  (graph) => {
    const p = graph.parameter(shape);
    const made = make(graph, p);
    const x = graph.input([made.shape[0]]);
    return { graph, inputs: [x], parameters: [p], outputs: [matmul(graph, x, made)] };
  };

/** Of x and a mask of which some steps are 0: those where the second input is not above 0. */
const masked =
  (shape: readonly number[], make: (graph: Graph, x: Value, mask: Value) => Value): Make =>
  (graph) => {
    const [x, y] = [graph.input(shape), graph.input([shape[0], 1])];
    const mask = realSteps(graph, activation(graph, y, "relu"), 0);
    // The second output has what gradient y has.
    const outputs = [make(graph, scale(graph, x, 2), mask), scale(graph, y, 2)];
    return { graph, inputs: [x, y], parameters: [], outputs };
  };

/** Of a table and the indices 0 and 1, of which an input decides. */
const embedded =
  (steps: number, padding: number, make: (graph: Graph, y: Value, mask: Value | undefined) => Value): Make =>
  (graph) => {
    const y = graph.input([steps, 1]);
    const w = graph.parameter([2, 5]);
    const x = realSteps(graph, activation(graph, y, "relu"), 0);
    const mask = padding < 0 ? undefined : realSteps(graph, x, padding);
    const rows = embedding(graph, x, w, { who: "embedding", padding, mask });
    return { graph, inputs: [y], parameters: [w], outputs: [make(graph, rows, mask), scale(graph, y, 2)] };
  };

/** Windows without padding over a sample of x. */
const windows = (
  [height, width, channels]: readonly number[],
  [kernelHeight, kernelWidth]: readonly number[],
  [strideHeight, strideWidth]: readonly number[],
): Geometry => ({
  height,
  width,
  channels,
  outHeight: Math.floor((height - kernelHeight) / strideHeight) + 1,
  outWidth: Math.floor((width - kernelWidth) / strideWidth) + 1,
  filters: channels,
  kernelHeight,
  kernelWidth,
  strideHeight,
  strideWidth,
  dilationHeight: 1,
  dilationWidth: 1,
  paddingTop: 0,
  paddingLeft: 0,
  groups: 1,
});

/** From [3, 2, 2] to [4, 5, 2]. */
const sizes = (interpolation: Interpolation) =>
  ({ height: 3, width: 2, channels: 2, outHeight: 4, outWidth: 5, interpolation }) as const;

/** Two heads of 3 and 2 elements: a tensor for each of q, k and v. */
const attended =
  (queries: number, keys: number, options: Partial<AttentionOptions> = {}) =>
  (graph: Graph, ...[q, k, v]: Value[]): Value =>
    attention(graph, [{ value: q }, { value: k }, { value: v }], {
      ...{ heads: 2, keySize: 3, valueSize: 2, causal: queries === keys },
      ...options,
    });

const names = elementwiseActivations();
const key = (): Uint32Array => Uint32Array.of(123, 456);

const cases: Record<string, Make> = {
  "matmul of a vector": dense([5], 3),
  "matmul without a bias": dense([4], 9, false),
  "matmul over the last axis of two": dense([3, 5], 4),
  "matmul over the last axis of three": dense([2, 3, 4], 1),
  "matmul with a computed matrix": ofParameter([3, 4], (g, p) => activation(g, p, "tanh")),
  ...Object.fromEntries(names.map((name) => [name, of([[3, 7]], (g, x) => activation(g, x, name))])),
  ...Object.fromEntries(
    names.map((name) => [`${name} of a parameter`, ofParameter([3, 2], (g, p) => activation(g, p, name))]),
  ),
  softmax: of([[5]], softmax),
  "softmax over the last axis": of([[3, 4]], softmax),
  "softmax of a parameter": ofParameter([3, 4], softmax),
  logSoftmax: of([[5]], logSoftmax),
  "logSoftmax over the last axis": of([[2, 2, 3]], logSoftmax),
  "standardize, sample by sample": standardized([2, 3], 6),
  "standardize over the last axis": standardized([2, 3], 3),
  "normalizeChannels by the batch": normalized([5], (g, x, affine) =>
    normalizeChannels(g, x, momentsOfBatch(g, x), affine, 0.1, 5),
  ),
  "normalizeChannels by the batch, over positions": normalized([2, 3, 4], (g, x, affine) =>
    normalizeChannels(g, x, momentsOfBatch(g, x), affine, 0.1, 4),
  ),
  "normalizeChannels by the batch, without gamma and beta": of([[2, 3]], (g, x) =>
    normalizeChannels(g, x, momentsOfBatch(g, x), {}, 0.1, 3),
  ),
  "normalizeChannels by groups": normalized([3, 6], (g, x, affine) =>
    normalizeChannels(g, x, momentsOfGroups(g, x, 2), affine, 0.1, 2),
  ),
  "normalizeChannels by groups, without gamma": normalized([2, 2, 4], (g, x, { beta }) =>
    normalizeChannels(g, x, momentsOfGroups(g, x, 4), { beta }, 0.1, 4),
  ),
  "normalizeChannels by groups of a parameter": ofParameter([3, 4], (g, p) =>
    normalizeChannels(g, p, momentsOfGroups(g, p, 2), {}, 0.1, 2),
  ),
  "normalizeChannels by constants": normalizedByBuffers([3, 5]),
  "normalizeRows of the last axis": normalized([3, 7], (g, x, affine) =>
    normalizeRows(g, x, affine, { size: 7, epsilon: 0.1, centre: true }),
  ),
  "normalizeRows of all axes": normalized(
    [2, 4],
    (g, x, affine) => normalizeRows(g, x, affine, { size: 8, epsilon: 0.1, centre: true }),
    [2, 4],
  ),
  "normalizeRows without centre": normalized([3, 5], (g, x, { gamma }) =>
    normalizeRows(g, x, { gamma }, { size: 5, epsilon: 0.1, centre: false }),
  ),
  "normalizeRows without gamma": normalized([3, 5], (g, x, { beta }) =>
    normalizeRows(g, x, { beta }, { size: 5, epsilon: 0.1, centre: true }),
  ),
  "normalizeRows of a parameter": ofParameter([3, 4], (g, p) =>
    normalizeRows(g, p, {}, { size: 4, epsilon: 0.1, centre: true }),
  ),
  add: of(
    [
      [3, 5],
      [3, 5],
    ],
    add,
  ),
  "add of a value to itself": of([[5]], (g, x) => add(g, x, x)),
  "add of parameters": ofParameter([2, 3], (g, p) => add(g, p, p)),
  subtract: of(
    [
      [3, 5],
      [3, 5],
    ],
    subtract,
  ),
  "subtract of parameters": ofParameter([2, 3], (g, p) => subtract(g, scale(g, p, 3), p)),
  addRow: withRow([5]),
  "addRow over the last axis": withRow([2, 3, 5]),
  "addRow of parameters": ofParameter([3, 2], (g, p) =>
    addRow(g, p, reshape(g, slice(g, flatten(g, p), 1, 3), [2])),
  ),
  multiply: of(
    [
      [3, 5],
      [3, 5],
    ],
    multiply,
  ),
  "multiply of a value by itself": of([[5]], (g, x) => multiply(g, x, x)),
  "multiply of parameters": ofParameter([2, 3], (g, p) => multiply(g, p, scale(g, p, 2))),
  scale: of([[6]], (g, x) => scale(g, x, -0.3)),
  "average of one": of([[3]], (g, x) => average(g, [x])),
  "average of three": of([[3], [3], [3]], (g, ...inputs) => average(g, inputs)),
  "concatenate of two": of([[3], [5]], (g, ...inputs) => concatenate(g, inputs)),
  "concatenate on the last axis": of(
    [
      [2, 3],
      [2, 1],
      [2, 4],
    ],
    (g, ...inputs) => concatenate(g, inputs),
  ),
  "concatenate of a value with itself": of([[3]], (g, x) => concatenate(g, [x, x])),
  "concatenate of parameters": ofParameter([2, 3], (g, p) => concatenate(g, [p, p])),
  "slice at the beginning": of([[7]], (g, x) => slice(g, x, 0, 2)),
  "slice of the last axis": of([[3, 7]], (g, x) => slice(g, x, 2, 7)),
  "slices that overlap": of([[7]], (g, x) => multiply(g, slice(g, x, 0, 4), slice(g, x, 2, 6))),
  "slice of a parameter": ofParameter([2, 5], (g, p) => slice(g, p, 1, 4)),
  reshape: of([[3, 4]], (g, x) => softmax(g, reshape(g, x, [4, 3]))),
  flatten: of([[3, 4]], (g, x) => softmax(g, flatten(g, x))),
  "reshape of a parameter": ofParameter([6], (g, p) => reshape(g, p, [2, 3])),
  dropout: of([[3, 6]], (g, x) => dropout(g, x, 0.5, key())),
  gaussianNoise: of([[7]], (g, x) => gaussianNoise(g, x, 0.5, key())),
  spatialDropout: of([[2, 3, 5]], (g, x) => spatialDropout(g, x, 0.5, key())),
  maxPool: of([[4, 6, 3]], (g, x) => maxPool(g, x, windows([4, 6, 3], [2, 2], [2, 2]), [2, 3, 3])),
  "maxPool over a computed value": of([[4, 6, 3]], (g, x) =>
    maxPool(g, scale(g, x, 2), windows([4, 6, 3], [2, 3], [2, 3]), [2, 2, 3]),
  ),
  "maxPool of windows that overlap": of([[5, 4, 2]], (g, x) =>
    maxPool(g, scale(g, x, 2), windows([5, 4, 2], [3, 2], [1, 2]), [3, 2, 2]),
  ),
  averagePool: of([[5, 4, 3]], (g, x) =>
    averagePool(g, x, { ...windows([5, 4, 3], [3, 2], [2, 1]), paddingTop: 1 }, false, [2, 3, 3]),
  ),
  "averagePool that counts padding": of([[5, 4, 3]], (g, x) =>
    averagePool(g, x, { ...windows([5, 4, 3], [3, 2], [2, 2]), paddingTop: 1 }, true, [2, 2, 3]),
  ),
  averagePositions: of([[5, 4, 3]], averagePositions),
  clearSteps: masked([5, 3], clearSteps),
  averageSteps: masked([6, 5], averageSteps),
  maxSteps: masked([6, 5], maxSteps),
  embedding: embedded(6, -1, (_, y) => y),
  "embedding used twice": embedded(6, -1, (g, y) => add(g, scale(g, y, 2), y)),
  "mean of embedding": embedded(6, -1, (g, y, mask) => averageSteps(g, y, mask)),
  "resample by the nearest": of([[3, 2, 2]], (g, x) => resample(g, x, sizes("nearest"), [4, 5, 2])),
  "resample by four": of([[3, 2, 2]], (g, x) => resample(g, x, sizes("bilinear"), [4, 5, 2])),
  "resample of a parameter": ofParameter([3, 2, 2], (g, p) =>
    reshape(g, resample(g, p, sizes("bilinear"), [4, 5, 2]), [20, 2]),
  ),
  repeat: of([[3]], (g, x) => repeat(g, x, [2, 2, 3])),
  pad: of([[3, 4]], (g, x) => pad(g, x, [1, 0], [0, 2])),
  "pad by less than nothing": of([[3, 4]], (g, x) => pad(g, x, [-1, 2], [0, -1])),
  "pad of a parameter": ofParameter([2, 3], (g, p) => pad(g, p, [1, 0], [0, 1])),
  permute: of([[2, 3, 4]], (g, x) => permute(g, x, [2, 0, 1])),
  "permute of a parameter": ofParameter([4, 3], (g, p) => permute(g, p, [1, 0])),
  attention: of(
    [
      [3, 6],
      [5, 6],
      [5, 4],
    ],
    attended(3, 5),
  ),
  "causal attention": of(
    [
      [11, 6],
      [11, 6],
      [11, 4],
    ],
    attended(11, 11),
  ),
  "attention of parts of one tensor": of([[5, 16]], (g, x) =>
    attention(
      g,
      [
        { value: x, offset: 4 },
        { value: x, offset: 10 },
        { value: x, offset: 0 },
      ],
      { heads: 2, keySize: 3, valueSize: 2 },
    ),
  ),
  "attention of parts of two tensors": of(
    [
      [4, 6],
      [3, 10],
    ],
    (g, q, kv) =>
      attention(g, [{ value: q }, { value: kv }, { value: kv, offset: 6 }], {
        ...{ heads: 2, keySize: 3, valueSize: 2 },
      }),
  ),
  "attention of one tensor to itself": of([[4, 6]], (g, x) =>
    attended(4, 4, { valueSize: 3, causal: false })(g, x, x, x),
  ),
  "attention with a mask": of(
    [
      [4, 6],
      [7, 6],
      [7, 4],
    ],
    (g, q, k, v) =>
      attended(4, 7, { mask: reshape(g, activation(g, slice(g, k, 0, 1), "relu"), [7]) })(g, q, k, v),
  ),
  "attention with dropout": of(
    [
      [3, 6],
      [5, 6],
      [5, 4],
    ],
    attended(3, 5, { dropout: { rate: 0.4, key: key() } }),
  ),
};

/** The values of a case that is run on so many samples. */
function valuesOf({ inputs, parameters, outputs, buffers = [] }: Case, rows: number) {
  const random = new Random(rows);
  return {
    inputs: inputs.map(({ size }) => numbers(random, rows * size)),
    parameters: parameters.map(({ size }) => numbers(random, size)),
    buffers: buffers.map(({ size }) => Array.from(random.floats(size, 0.5, 2))),
    upstream: outputs.map(({ size }) => numbers(random, rows * size)),
  };
}

function sessionOf(backend: Session["backend"], make: Make, rows: number, options?: SessionOptions): Session {
  const traced = make(new Graph());
  const session = new Session(backend, traced, options);
  const values = valuesOf(traced, rows);
  traced.parameters.forEach((parameter, i) => {
    session.write(parameter, values.parameters[i]);
  });
  traced.buffers?.forEach((buffer, i) => {
    session.write(buffer, values.buffers[i]);
  });
  return session;
}

const ROWS = [1, 2, 5, 16];

describe.each(variants)("operations on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));

  it.each(Object.entries(cases))("%s", (_, make) => {
    for (const rows of ROWS) {
      const { inputs, upstream } = valuesOf(make(new Graph()), rows);
      const run = (options?: SessionOptions) =>
        sessionOf(backend, make, rows, options).run(rows, inputs, upstream);
      const got = run();
      const expected = sessionOf(float64Backend(), make, rows).run(rows, inputs, upstream);
      const tolerance = 1e-5;
      got.outputs.forEach((output, i) => {
        expectClose(`output ${i}`, output, expected.outputs[i], tolerance, tolerance);
      });
      got.gradients.forEach((gradient, i) => {
        expectClose(`gradient ${i}`, gradient, expected.gradients[i], tolerance, tolerance);
      });
      expect(run({ withoutReuse: true }), "without reuse").toEqual(got);
      expect(run({ poisoned: true }), "poisoned").toEqual(got);
      const { traced } = sessionOf(backend, make, rows);
      // Each gradient alone is the one among all.
      [...traced.inputs, ...traced.parameters].forEach((value, i) => {
        const alone = make(new Graph());
        const wrt = [...alone.inputs, ...alone.parameters].slice(i, i + 1);
        const session = sessionOf(backend, () => alone, rows, { wrt });
        expect(session.run(rows, inputs, upstream).gradients, `gradient ${i} of ${value.kind}`).toEqual([
          got.gradients[i],
        ]);
      });
    }
  });
});

it.each(Object.entries(cases))("%s: the gradients are those of central differences", (_, make) => {
  for (const rows of [1, 3]) {
    const session = sessionOf(float64Backend(), make, rows);
    const { inputs, parameters, upstream } = valuesOf(session.traced, rows);
    const { gradients } = session.run(rows, inputs, upstream);
    const expected = differences(session, rows, inputs, parameters, upstream);
    gradients.forEach((gradient, i) => {
      expectClose(`gradient ${i}`, gradient, expected[i], 1e-8, 1e-7);
    });
  }
});

/** In a row of operations on one value, none of which anybody looks at, those in place leave one home. */
describe("memory", () => {
  it.each<[string, boolean, (graph: Graph, x: Value) => Value]>([
    ["activation", true, (g, x) => activation(g, x, "gelu")],
    ["softmax", true, softmax],
    ["logSoftmax", true, logSoftmax],
    ["standardize", true, (g, x) => standardize(g, x, g.buffer([6]), g.buffer([6]))],
    ["normalizeChannels", true, (g, x) => normalizeChannels(g, x, momentsOfBatch(g, x), {}, 0.1, 6)],
    ["normalizeRows", true, (g, x) => normalizeRows(g, x, {}, { size: 6, epsilon: 0.1, centre: true })],
    ["add", true, (g, x) => add(g, x, x)],
    ["subtract", true, (g, x) => subtract(g, x, x)],
    ["addRow", true, (g, x) => addRow(g, x, g.parameter([6]))],
    ["multiply", true, (g, x) => multiply(g, x, x)],
    ["scale", true, (g, x) => scale(g, x, 2)],
    ["reshape", true, (g, x) => reshape(g, x, [2, 3])],
    ["matmul", false, (g, x) => matmul(g, x, g.parameter([6, 6]))],
    ["slice", false, (g, x) => slice(g, x, 0, 6)],
    ["concatenate", false, (g, x) => concatenate(g, [x])],
  ])("%s in place: %s", (_, inPlace, make) => {
    const graph = new Graph();
    const x = graph.input([6]);
    const h = scale(graph, x, 2);
    const y = make(graph, h);
    const session = new Session(
      createBackendSync(),
      { graph, inputs: [x], parameters: [], outputs: [y] },
      { wrt: [] },
    );
    session.plan.reserve(3);
    expect(session.plan.address(y) === session.plan.address(h)).toBe(inPlace);
  });

  it.each([
    ["do not overlap", 2, true],
    ["overlap", 1, false],
  ])("the gradient of max pooling over x where windows %s: %s", (_, stride, inPlace) => {
    const graph = new Graph();
    const x = graph.input([1, 6, 2]);
    const h = scale(graph, x, 2);
    const y = maxPool(graph, h, windows([1, 6, 2], [1, 2], [1, stride]), [6 / stride - (2 - stride), 2]);
    const { plan } = new Session(createBackendSync(), { graph, inputs: [x], parameters: [], outputs: [y] });
    plan.reserve(3);
    const gradient = plan.liveness.nodes.find(({ op }) => op.name === "maxPoolGradient");
    expect(gradient && plan.address(gradient.outputs[0]) === plan.address(h)).toBe(inPlace);
  });
});

describe("operations refuse", () => {
  const graph = new Graph();
  const [a, b, m] = [graph.input([3]), graph.input([4]), graph.input([2, 4])];
  const w = graph.parameter([3, 2]);

  it("values of different shapes, or of which one alone has one for each sample", () => {
    expect(() => add(graph, a, b)).toThrow(
      "add expected tensors of one shape, got [batch, 3] and [batch, 4]",
    );
    expect(() => multiply(graph, a, graph.parameter([3]))).toThrow(
      "multiply expected tensors of one shape, got [batch, 3] and [3]",
    );
  });

  it("a row that does not fit, or that has one for each sample", () => {
    expect(() => addRow(graph, m, graph.parameter([3]))).toThrow(
      "addRow expected x [..., n] and b [n], got [2, 4] and [3]",
    );
    expect(() => addRow(graph, a, graph.input([3]))).toThrow("got [3] and [3]");
    expect(() => subtract(graph, a, b)).toThrow("subtract expected tensors of one shape");
  });

  it("queries, keys, values and masks that do not fit", () => {
    const [q, k] = [graph.input([3, 4]), graph.input([5, 4])];
    const of = (q: Value, k: Value, v: Value, mask?: Value) => () =>
      attention(graph, [{ value: q }, { value: k }, { value: v }], {
        ...{ heads: 2, keySize: 2, valueSize: 2, mask },
      });
    expect(of(q, k, k)).not.toThrow();
    expect(of(q, k, q)).toThrow(
      "attention expected q [batch, queries, 4], k [batch, keys, 4], v [batch, keys, 4] and a mask [batch, keys], got [batch, 3, 4], [batch, 5, 4], [batch, 3, 4], []",
    );
    expect(of(m, k, k)).not.toThrow();
    expect(of(graph.input([3, 3]), k, k)).toThrow("got [batch, 3, 3]");
    expect(of(a, k, k)).toThrow("got [batch, 3]");
    expect(of(q, k, k, graph.input([3]))).toThrow("[batch, 5, 4], [batch, 3]");
    expect(of(graph.parameter([3, 4]), k, k)).toThrow("got [3, 4]");
  });

  it("a matrix that does not fit", () => {
    expect(() => matmul(graph, b, w)).toThrow(
      "matmul expected x [..., k], w [k, n] and b [n], got [4], [3, 2]",
    );
    expect(() => matmul(graph, a, w, graph.parameter([3]))).toThrow("and [3]");
  });

  it("parts that are not there, and values that cannot stand side by side", () => {
    expect(() => slice(graph, a, 1, 4)).toThrow("slice expected a part of the last axis of [3], got 1 to 4");
    expect(() => slice(graph, a, 2, 2)).toThrow("got 2 to 2");
    expect(() => concatenate(graph, [a, m])).toThrow("got [batch, 3], [batch, 2, 4]");
    expect(() => concatenate(graph, [])).toThrow("got none");
  });

  it("groups and vectors that do not divide what is normalized", () => {
    expect(() => momentsOfGroups(graph, m, 3)).toThrow(
      "groupNormalization expected groups that divide the channels of [batch, 2, 4], got 3",
    );
    const attributes = { size: 4, epsilon: 0.1, centre: true };
    expect(() => normalizeRows(graph, a, {}, attributes)).toThrow("x of vectors of 4 elements");
    expect(() => normalizeRows(graph, b, { beta: graph.parameter([3]) }, attributes)).toThrow("and [3]");
  });

  it("windows and sizes of another x", () => {
    const g = windows([2, 2, 1], [1, 1], [1, 1]);
    expect(() => maxPool(graph, a, g, [4])).toThrow("maxPool expected x of 4 elements, got [3]");
    expect(() => averagePool(graph, a, g, false, [4])).toThrow("averagePool expected x of 4 elements");
    expect(() => averagePositions(graph, a)).toThrow(
      "averagePositions expected x [..., channels], got [batch, 3]",
    );
    expect(() => resample(graph, a, sizes("nearest"), [4, 5, 2])).toThrow(
      "resample expected x of 12 elements and y of 40, got [batch, 3] and [4, 5, 2]",
    );
    expect(() => pad(graph, m, [0, -2], [0, -2])).toThrow(
      "to leave an element on each axis of [2, 4], got [2, 0]",
    );
  });

  it("another number of elements", () => {
    expect(() => reshape(graph, m, [3, 3])).toThrow(
      "reshape expected a shape of 8 elements, as [2, 4] has, got [3, 3]",
    );
    expect(() => standardize(graph, a, graph.buffer([2]), graph.buffer([2]))).toThrow(
      "vectors of 2 elements",
    );
    expect(() => standardize(graph, b, graph.buffer([2]), graph.buffer([3]))).toThrow(
      "vectors of 3 elements",
    );
  });
});
