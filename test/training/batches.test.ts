import { describe, expect, it } from "vitest";
import {
  createBackendSync,
  dense,
  type Loss,
  losses,
  Sequential,
  sgd,
  type Targets,
} from "../../src/index.js";
import { Dataset } from "../../src/training/batches.js";
import type { Head } from "../../src/training/objective.js";
import { Order } from "../../src/training/sources.js";

const backend = createBackendSync();
const x = Float32Array.from({ length: 40 * 3 }, (_, i) => i + 0.5);

/** The output of a model with two units. */
const headOf = (loss: Loss): readonly Head[] => [
  {
    name: "output",
    size: 2,
    each: 1,
    cols: 2,
    areSteps: false,
    loss,
    fused: false,
    weight: 1,
    metrics: [],
    range: undefined,
  },
];

/** What a batch consists of, as the model and the loss find it. */
function batchOf(
  targets: Targets,
  passes: number,
  order: readonly number[] | undefined,
  begin: number,
  count: number,
) {
  using model = new Sequential(backend, { inputShape: 3, layers: [dense(2)] });
  const loss = targets instanceof Int32Array ? losses.softmaxCrossEntropy() : losses.meanSquaredError();
  const sampleWeights = Float32Array.from({ length: 40 }, (_, i) => i / 4);
  const data = new Dataset("fit", model, headOf(loss), x, targets, { sampleWeights });
  data.reserve(8, passes);
  for (const _ of data.read());
  const pass = model.trainingPass([false]);
  model.reserve(pass, 8);
  const index = order ? backend.allocate(order.length * 4) : 0;
  if (order) backend.integers(index, order.length).set(order);
  data.stage(pass, index, begin, count);
  const inputs = [...backend.floats(pass.plan.address(pass.inputs[0]), count * 3)];
  const [{ values, labels, weights }] = data.targets;
  // Each sample's weight tells its row.
  expect([...backend.floats(weights, count)].map((weight) => 3 * 4 * weight + 0.5)).toEqual(
    inputs.filter((_, i) => i % 3 === 0),
  );
  const found = values ? [...backend.floats(values, count * 2)] : [...backend.integers(labels, count)];
  data.release();
  if (index) backend.release(index);
  return { inputs, targets: found };
}

const row = (i: number) => [...x.subarray(i * 3, i * 3 + 3)];

/**
 * Data that is read once or is too large is copied batch by batch, else it stands in linear memory: a batch
 * is the same.
 */
describe.each([
  ["resident", 2],
  ["copied batch by batch", 1],
])("a dataset, %s", (_, passes) => {
  const labels = Int32Array.from({ length: 40 }, (_, i) => i % 2);
  const values = Float32Array.from({ length: 80 }, (_, i) => -i);

  it("gathers rows in an order, with labels", () => {
    const order = [7, 0, 39, 7, 20, 1, 2, 3];
    expect(batchOf(labels, passes, order, 1, 4)).toEqual({
      inputs: [0, 39, 7, 20].flatMap(row),
      targets: [0, 1, 1, 0],
    });
  });

  it("gathers rows in an order, with values, as a typed array, nested and as a matrix", () => {
    const expected = { inputs: [39, 7].flatMap(row), targets: [-78, -79, -14, -15] };
    const nested = Array.from({ length: 40 }, (_, i) => [-2 * i, -2 * i - 1]);
    for (const targets of [values, nested, backend.matrix(40, 2, values)])
      expect(batchOf(targets, passes, [7, 0, 39, 7], 2, 2)).toEqual(expected);
  });

  it("is read in pieces of at most 262,144 numbers, to the last one", () => {
    using model = new Sequential(backend, { inputShape: 3, layers: [dense(2)] });
    const many = 300_001;
    const heads = headOf(losses.meanSquaredError());
    const inputs = Float32Array.from({ length: many * 3 }, (_, i) => i);
    const data = new Dataset("fit", model, heads, inputs, new Float32Array(many * 2));
    data.reserve(8, passes);
    const pass = model.trainingPass([false]);
    model.reserve(pass, 8);
    const pieces = [...data.read()];
    expect(Math.max(...pieces)).toBeLessThanOrEqual(262_144);
    expect(pieces.reduce((sum, piece) => sum + piece)).toBe(many * 5);
    data.stage(pass, 0, many - 2, 2);
    expect([...backend.floats(pass.plan.address(pass.inputs[0]), 6)]).toEqual([...inputs.subarray(-6)]);
    data.release();
    inputs[inputs.length - 1] = Number.NaN;
    const damaged = new Dataset("fit", model, heads, inputs, new Float32Array(many * 2));
    damaged.reserve(8, passes);
    expect(() => [...damaged.read()]).toThrow("fit expected finite inputs, got NaN at row 300000, column 2");
    damaged.release();
  });

  it("gives rows as they stand without an order", () => {
    expect(batchOf(labels, passes, undefined, 37, 3)).toEqual({
      inputs: [37, 38, 39].flatMap(row),
      targets: [1, 0, 1],
    });
    expect(batchOf(values, passes, undefined, 38, 2)).toEqual({
      inputs: [38, 39].flatMap(row),
      targets: [-76, -77, -78, -79],
    });
  });
});

it("an order holds out rows of a permutation, and takes the others in another order each epoch", () => {
  using model = new Sequential(backend, { inputShape: 1, seed: 3, layers: [dense(1)] });
  const order = new Order(model, 100, 0.2, true);
  const lastRows = Array.from({ length: 20 }, (_, i) => 80 + i);
  expect([...order.validation].sort((a, b) => a - b)).not.toEqual(lastRows);
  const epochs = [0, 1].map((epoch) => {
    order.shuffle(epoch);
    return [...backend.integers(order.address, 80)];
  });
  expect(epochs[0]).not.toEqual(epochs[1]);
  for (const rows of epochs) expect(rows.sort((a, b) => a - b)).toEqual([...order.training]);
  order.release();
});

it("evaluate goes through every chunk: its loss is that of all outputs", () => {
  using model = new Sequential(backend, {
    inputShape: 1,
    layers: [dense(1, { useBias: false, kernelInitializer: "zeros" })],
  });
  const y = Float32Array.from({ length: 600 }, (_, i) => Number(i >= 512));
  expect(model.evaluate(y, y, { loss: "meanAbsoluteError" }).loss).toBe(Math.fround(88) / 600);
});

it("batches of an iterable that are left over make a step of their own", async () => {
  using model = new Sequential(backend, { inputShape: 1, seed: 3, layers: [dense(1)] });
  const optimizer = sgd();
  await model.fit(() => Array.from({ length: 3 }, () => [[1], [2]] as [number[], number[]]), {
    loss: "meanSquaredError",
    optimizer,
    accumulate: 2,
  });
  expect(optimizer.steps).toBe(2);
});

it("validationSplit validates on the samples that it holds out, and on no other", async () => {
  using model = new Sequential(backend, {
    inputShape: 1,
    seed: 3,
    layers: [dense(1, { kernelInitializer: "zeros", useBias: false })],
  });
  const order = new Order(model, 10, 0.2, true);
  // Where the outputs stay 0, the loss is the mean of the targets.
  const y = Array.from({ length: 10 }, (_, row) => Number(order.validation.includes(row)));
  order.release();
  const { epochs } = await model.fit(new Float32Array(10), y, {
    loss: "meanAbsoluteError",
    validationSplit: 0.2,
  });
  expect(epochs[0]).toMatchObject({ loss: 0, validationLoss: 1 });
});
