import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  checkGradients,
  createBackendSync,
  loadModel,
  losses,
  saveModel,
  sgd,
  type Tensor,
} from "../../src/index.js";
import { holds } from "../properties/property.js";
import { exactVariants, on } from "../reference/backends.js";
import { Random } from "../support/random.js";
import { dataFor, randomModel } from "./random-model.js";

/** Properties of models of any graph of layers. */
const seeds = fc.noShrink(fc.integer({ min: 0, max: 1_000_000 }));
const sizes = fc.integer({ min: 2, max: 14 });
/** Targets that an activation does not reach are meant here. */
const meanSquares = losses.meanSquaredError({ allowMismatch: true });

describe.each(exactVariants)("random models on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));

  it("have the gradients that differences give", () => {
    let tensors = 0;
    holds(
      fc.property(seeds, sizes, (seed, layers) => {
        const random = new Random(seed);
        using model = randomModel(random, layers, backend, { kinks: false });
        const { x, y } = dataFor(random, model, 3);
        const checks = checkGradients(model, x, y, {
          loss: model.outputs.map(() => meanSquares),
          lossWeights: model.outputs.map(() => random.float(0.5, 2)),
          epsilon: 0.02,
        });
        tensors += checks.length;
        for (const { name, relativeError, backward, differences } of checks)
          if (relativeError > 1e-2)
            throw new Error(`seed ${seed}, ${name}: ${backward} for ${differences}\n${model.summary()}`);
      }),
    );
    expect(tensors).toBeGreaterThan(200);
  });

  it("predict a sample alone as in a batch", () => {
    holds(
      fc.property(seeds, sizes, (seed, layers) => {
        const random = new Random(seed);
        using model = randomModel(random, layers, backend);
        const { x } = dataFor(random, model, 5);
        const whole = model.predict(x);
        const row = random.integer(5);
        const alone = model.predict(x.map((values, i) => rowOf(values, row, model.inputSizes[i])));
        alone.forEach((output, i) => {
          expect(output).toEqual(rowOf(whole[i], row, model.outputSizes[i]));
        });
      }),
    );
  });

  it("are what they were after saving and loading, and forward gives what predict does", async () => {
    await fc.assert(
      fc.asyncProperty(seeds, sizes, async (seed, layers) => {
        const random = new Random(seed);
        using model = randomModel(random, layers, backend);
        const { x } = dataFor(random, model, 2);
        const expected = model.predict(x);
        expect(model.forward(x).map(({ data }) => data.slice())).toEqual(expected);
        const file = saveModel(model);
        using loaded = await loadModel<Tensor[]>(backend, file);
        expect(loaded.predict(x)).toEqual(expected);
        expect(saveModel(loaded)).toEqual(file);
        expect(loaded.plan({ training: true, rows: 3 })).toBe(model.plan({ training: true, rows: 3 }));
      }),
      { seed: 20261129, numRuns: 40 },
    );
  });
});

const rowOf = (values: Float32Array, row: number, size: number): Float32Array =>
  values.subarray(row * size, (row + 1) * size);

it("random models train to the same bits on all exact builds, without allocating after the first step", async () => {
  await fc.assert(
    fc.asyncProperty(seeds, sizes, async (seed, layers) => {
      const results = exactVariants.map(async (variant) => {
        const random = new Random(seed);
        using model = randomModel(random, layers, createBackendSync(on(variant)));
        const { x, y } = dataFor(random, model, 9);
        const bytes = new Set<number>();
        await model.fit(x, y, {
          loss: model.outputs.map(() => meanSquares),
          optimizer: sgd({ learningRate: 0.01, clipNorm: 1 }),
          batchSize: 4,
          epochs: 3,
          onBatchEnd: () => void bytes.add(model.backend.memory.liveBytes),
        });
        expect(bytes.size).toBe(1);
        return [
          await model.weightsDigest(),
          ...model.predict(x).map((output) => [...new Uint32Array(output.buffer)]),
        ];
      });
      const [first, ...others] = await Promise.all(results);
      for (const other of others) expect(other).toEqual(first);
    }),
    { seed: 20261129, numRuns: 30 },
  );
});
