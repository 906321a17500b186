import { describe, expect, it } from "vitest";
import {
  type Batch,
  createBackendSync,
  dense,
  type FitOptions,
  losses,
  type Reduction,
  Sequential,
  sgd,
} from "../../src/index.js";

/** Batches whose gradients are accumulated make the step of the one large batch that they are together. */
const backend = createBackendSync();
const x = Array.from({ length: 10 }, (_, i) => [Math.sin(i), Math.cos(3 * i)]);
const y = x.map(([a, b], i) => [a - b, i / 5]);
const classes = x.map((_, i) => i % 2);
const make = () =>
  new Sequential(backend, {
    inputShape: 2,
    seed: 1,
    layers: [dense(4, { activation: "tanh", kernelRegularizer: { l2: 0.1 } }), dense(2)],
  });
const weightsOf = (model: Sequential): number[] =>
  model.parameters.flatMap(({ value }) => Array.from(value.data));
const sampleWeights = Float32Array.from({ length: 10 }, (_, i) => i / 3);
const reductions: Reduction[] = ["mean", "batchMean", "halfBatchMean", "halfSum", "sum"];

/** What the weights are after so many epochs, and what the epochs' losses were. */
async function trained(options: Partial<FitOptions>, sizes?: number[], targets: unknown = y) {
  using model = make();
  const all = {
    loss: "huber",
    shuffle: false,
    optimizer: sgd({ learningRate: 0.05, clipNorm: 0.4 }),
  } as const;
  const { sampleWeights, ...others } = options;
  let begin = 0;
  const batches = sizes?.map((size): Batch => {
    const [from, to] = [begin, begin + size];
    begin = to;
    const weights = sampleWeights as Float32Array | undefined;
    return [x.slice(from, to), (targets as number[]).slice(from, to), weights?.slice(from, to)];
  });
  const { epochs } = await (batches
    ? model.fit(batches, { ...all, ...others })
    : model.fit(x, targets as number[], { ...all, ...options }));
  return { weights: weightsOf(model), losses: epochs.map(({ loss }) => loss) };
}

function expectSame(actual: Awaited<ReturnType<typeof trained>>, expected: typeof actual) {
  for (const part of ["weights", "losses"] as const)
    for (const [i, value] of actual[part].entries())
      expect(Math.abs(value - expected[part][i])).toBeLessThan(2e-6 * Math.max(1, Math.abs(value)));
}

describe.each(reductions)("with the reduction %s", (reduction) => {
  const loss = losses.huber({ reduction });

  it.each([
    [5, 2],
    [4, 3],
    [9, 2],
    [3, 4],
    [1, 10],
  ])("batches of %i, accumulated by %i, make the step of ten rows", async (batchSize, accumulate) => {
    expectSame(
      await trained({ loss, batchSize, accumulate, epochs: 3 }),
      await trained({ loss, batchSize: 10, epochs: 3 }),
    );
  });

  it("a short group at the end of an epoch makes the step of its rows", async () => {
    // 4 + 4 and 2, of one epoch; the last group is not divided by 3.
    expectSame(
      await trained({ loss, batchSize: 2, accumulate: 4, epochs: 2 }),
      await trained({ loss, batchSize: 8, epochs: 2 }),
    );
    expectSame(
      await trained({ loss, batchSize: 3, accumulate: 2, epochs: 2 }),
      await trained({ loss, batchSize: 6, epochs: 2 }),
    );
  });

  it.each([[[1, 9]], [[9, 1]], [[2, 5, 3]], [[3, 3, 3, 1]]])("streamed batches of %j do", async (sizes) => {
    expectSame(
      await trained({ loss, accumulate: 4, epochs: 3 }, sizes),
      await trained({ loss, batchSize: 10, epochs: 3 }),
    );
  });

  it("with weights of samples and of classes", async () => {
    const weighted = { loss: losses.softmaxCrossEntropy({ reduction }), sampleWeights, classWeights: [1, 3] };
    const expected = await trained({ ...weighted, batchSize: 10, epochs: 3 }, undefined, classes);
    expectSame(
      await trained({ ...weighted, batchSize: 4, accumulate: 3, epochs: 3 }, undefined, classes),
      expected,
    );
    expectSame(await trained({ ...weighted, accumulate: 3, epochs: 3 }, [2, 7, 1], classes), expected);
  });
});

it("equal batches are averaged as ever, to the bit", async () => {
  // The weights that two batches of five gave before batches of other sizes were weighed.
  const { weights } = await trained({ loss: "huber", batchSize: 5, accumulate: 2, epochs: 3 });
  using model = make();
  const optimizer = sgd({ learningRate: 0.05, clipNorm: 0.4 }).attach(model);
  const loss = losses.huber();
  for (let epoch = 0; epoch < 3; epoch++) {
    model.zeroGradients();
    for (const at of [0, 5]) {
      const part = backend.matrix(5, 2, x.slice(at, at + 5));
      using dOut = loss.gradient(model.forward(part, { training: true }), y.slice(at, at + 5));
      model.backward(dOut);
      part.dispose();
    }
    for (const { gradient } of model.parameters) gradient.set(gradient.data.map((value) => value / 2));
    optimizer.step();
  }
  expect(weights).toEqual(weightsOf(model));
});

it("the step of a short group is taken before the last onBatchEnd", async () => {
  using model = make();
  const steps: number[] = [];
  await model.fit(x, y, {
    loss: "huber",
    batchSize: 3,
    accumulate: 3,
    onBatchEnd: (_, { optimizer }) => void steps.push(optimizer.steps),
    epochs: 1,
  });
  expect(steps).toEqual([0, 0, 1, 2]);
});
