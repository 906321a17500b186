import { existsSync, readFileSync } from "node:fs";
import {
  type DistributedModel,
  type DistributedSpec,
  type RoundProgress,
  trainDistributed,
} from "lanewise/distributed";
import { beforeAll, describe, expect, it } from "vitest";
import {
  createBackend,
  type FitSpec,
  fitOptionsFrom,
  loadModel,
  type Model,
  type ModelSpec,
  modelFrom,
} from "../../src/index.js";
import { idx, images } from "./images.js";
import { Bench, table } from "./support.js";

/** One training in rounds over virtual shards. */

const bench = new Bench();
const SIDE = 4;
const CLASSES = 3;

interface Net {
  readonly layers: readonly object[];
  readonly optimizer: object;
  readonly loss?: object;
}

const exponential = { type: "exponential", learningRate: 0.05, factor: 0.5, every: 3 };

const nets: Readonly<Record<string, Net>> = {
  "dense layers with dropout, by Adam": {
    layers: [
      { type: "flatten" },
      { type: "dense", units: 9, activation: "tanh", kernelRegularizer: { l2: 0.1 } },
      { type: "dropout", rate: 0.3 },
    ],
    optimizer: { name: "adam", learningRate: 0.02 },
  },
  "convolutions, by SGD with momentum and a schedule": {
    layers: [
      { type: "conv2d", filters: 3, kernelSize: 2, activation: "relu" },
      { type: "dropout", rate: 0.2 },
      { type: "flatten" },
    ],
    optimizer: { name: "sgd", momentum: 0.9, learningRate: exponential },
  },
  "an LSTM, by SGD, the loss summed": {
    layers: [
      { type: "reshape", shape: [SIDE, SIDE] },
      { type: "lstm", units: 5 },
    ],
    optimizer: { name: "sgd", learningRate: 0.0005 },
    loss: { name: "softmaxCrossEntropy", reduction: "sum" },
  },
};

function filesOf(count: number) {
  const { pixels, labels } = images(count, SIDE, CLASSES);
  return {
    data: {
      images: bench.file(`images${count}`, idx([count, SIDE, SIDE], pixels)),
      labels: bench.file(`labels${count}`, idx([count], labels)),
    },
    x: Float32Array.from(pixels, (pixel) => pixel / 255),
    y: Int32Array.from(labels),
  };
}

/** What fit makes in one process, without the engine. */
async function fittedModel(
  { layers, optimizer, loss = { name: "softmaxCrossEntropy" } }: Net,
  { x, y }: { x: Float32Array; y: Int32Array },
  fit: object,
  variant: "simd" | "scalar" = "simd",
): Promise<{ model: Model; losses: number[] }> {
  const backend = await createBackend({ variant });
  const spec = {
    inputShape: [SIDE, SIDE, 1],
    layers: [...layers, { type: "dense", units: CLASSES }],
    seed: 5,
  };
  const model = modelFrom(backend, spec as unknown as ModelSpec);
  const { epochs } = await model.fit(x, y, fitOptionsFrom({ loss, optimizer, ...fit } as unknown as FitSpec));
  return { model, losses: epochs.map(({ loss }) => loss) };
}

async function fitted(
  ...given: Parameters<typeof fittedModel>
): Promise<{ weights: string; losses: number[] }> {
  const { model, losses } = await fittedModel(...given);
  return { weights: await model.weightsDigest(), losses };
}

const specOf = (net: Net, data: DistributedSpec["data"]): DistributedSpec =>
  ({
    data,
    seed: 5,
    model: { layers: [...net.layers, "output"] },
    optimizer: net.optimizer,
    ...(net.loss && { loss: net.loss }),
  }) as unknown as DistributedSpec;

describe("rounds of one step", () => {
  describe.each(Object.entries(nets))("of %s", (_, net) => {
    // The last batch, and the last group of batches, are what is left: of 3 rows, and of one batch or two.
    it.each([
      [8, 8 * 3 * 2 + 8 + 3],
      [256, 256 * 3 + 3],
      [300, 300 * 2 + 3],
      [11, 11 * 3 + 2],
    ])("have the weights of fit that accumulates, of batches of %i rows of %i", async (batchSize, count) => {
      const files = filesOf(count);
      const fit = { epochs: 3, batchSize };
      const spec = { ...specOf(net, files.data), shards: 3, localSteps: 1, fit };
      const { model } = await trainDistributed(spec, { engine: bench.threads(2) });
      const { weights, losses } = await fitted(net, files, { ...fit, accumulate: 3 });
      expect(model.weights).toBe(weights);
      expect(model.epochs).toBe(3);
      expect(losses).toHaveLength(3);
    });
  });

  it("have the weights of fit on scalar kernels, of rows in their order, with weights of classes", async () => {
    const net = Object.values(nets)[0];
    const files = filesOf(100);
    const fit = { epochs: 2, batchSize: 7, shuffle: false, classWeights: [1, 2, 0.5] };
    const spec = { ...specOf(net, files.data), shards: 4, localSteps: 1, fit };
    const { model } = await trainDistributed(spec, { engine: bench.threads(1, { variant: "scalar" }) });
    expect(model.weights).toBe((await fitted(net, files, { ...fit, accumulate: 4 }, "scalar")).weights);
    expect(model.weights).toBe((await fitted(net, files, { ...fit, accumulate: 4 })).weights);
  });

  it("give the losses of fit", async () => {
    const net = Object.values(nets)[0];
    const files = filesOf(60);
    const fit = { epochs: 4, batchSize: 10 };
    const spec = { ...specOf(net, files.data), shards: 6, localSteps: 1, fit };
    const { curve } = await trainDistributed(spec, { engine: bench.threads(2) });
    const { losses } = await fitted(net, files, { ...fit, accumulate: 6 });
    expect(curve).toEqual({ every: 1, losses: losses.map((loss) => Number(loss.toPrecision(6))) });
  });
});

describe("rounds of one step with batch normalization", () => {
  it("have the parameters of fit, and statistics that one round moves once", async () => {
    const net = {
      layers: [
        { type: "flatten" },
        { type: "dense", units: 5, trainable: false },
        { type: "batchNormalization", momentum: 0.5, name: "norm" },
      ],
      optimizer: { name: "adam", learningRate: 0.02 },
    };
    const files = filesOf(90);
    const fit = { epochs: 3, batchSize: 10 };
    const spec = { ...specOf(net, files.data), shards: 3, localSteps: 1, fit };
    const { file } = await trainDistributed(spec, { engine: bench.threads(2) });
    const { model } = await fittedModel(net, files, { ...fit, accumulate: 3 });
    const loaded = await loadModel(await createBackend(), file as Uint8Array<ArrayBuffer>);
    const values = (of: Model["parameters"] | Model["buffers"]) =>
      of.map(({ name, value }) => [name, [...value.data]] as const);
    expect(values(loaded.parameters)).toEqual(values(model.parameters));
    const [frozen, statistics] = [/^1\./, /^norm\./].map((pattern) =>
      [loaded, model].map(({ buffers }) => values(buffers).filter(([name]) => pattern.test(name))),
    );
    expect(frozen[0]).toHaveLength(2);
    expect(frozen[0]).toEqual(frozen[1]);
    expect(statistics[0].length).toBeGreaterThan(1);
    expect(statistics[0]).not.toEqual(statistics[1]);
  });
});

describe("rounds of a single shard", () => {
  it("are fit, with the optimizer carried from round to round", async () => {
    const net = Object.values(nets)[0];
    const files = filesOf(100);
    const fit = { epochs: 3, batchSize: 7 };
    const spec = { ...specOf(net, files.data), shards: 1, localSteps: 4, fit };
    const { model, rounds } = await trainDistributed(spec, { engine: bench.threads(2) });
    expect(rounds).toBe(3 * 4);
    expect(model.weights).toBe((await fitted(net, files, fit)).weights);
    const afresh = await trainDistributed({ ...spec, carry: false }, { engine: bench.threads(2) });
    expect(afresh.model.weights).not.toBe(model.weights);
  });
});

const spec: DistributedSpec = {
  data: { file: table("iris"), target: "species" },
  model: {
    layers: [
      { type: "dense", units: 7, activation: "tanh" },
      { type: "batchNormalization", momentum: 0.8 },
      { type: "dropout", rate: 0.1 },
      "output",
    ],
  },
  optimizer: { name: "adam", learningRate: 0.02 },
  shards: 3,
  localSteps: 2,
  fit: { epochs: 8, batchSize: 8 },
};

describe("the result", () => {
  let once: DistributedModel;
  beforeAll(async () => {
    once = await trainDistributed(spec, { engine: bench.threads(1, { variant: "scalar" }) });
  });

  it.each([1, 2, 3])("is the same with %i threads", async (count) => {
    expect(await trainDistributed(spec, { engine: bench.threads(count) })).toEqual(once);
  });

  it("is a model that predicts, better than at the beginning", async () => {
    const { file, model, curve, rounds } = once;
    expect([rounds, curve.losses.length]).toEqual([32, 32]);
    expect(curve.losses[31]).toBeLessThan(curve.losses[0] / 2);
    const loaded = await loadModel(await createBackend(), file as Uint8Array<ArrayBuffer>);
    const rows = readFileSync(table("iris"), "utf8").trim().split("\n");
    const [names, ...cells] = rows.map((row) => row.split(","));
    const records = cells.map((row) => Object.fromEntries(names.map((name, i) => [name, Number(row[i])])));
    const species = [...loaded.predictClasses(records)];
    const right = species.filter((label, i) => label === cells[i][names.indexOf("species")]);
    expect(right.length).toBeGreaterThan(140);
    expect(model.rows).toBe(150);
  });

  it("is the same where a thread dies in the middle", async () => {
    const mark = bench.path("died");
    const dies = bench.file(
      "dies.mjs",
      `import { isMainThread } from "node:worker_threads";
      import { existsSync, writeFileSync } from "node:fs";
      if (!isMainThread && !existsSync(${JSON.stringify(mark)}))
        setTimeout(() => {
          if (existsSync(${JSON.stringify(mark)})) return;
          writeFileSync(${JSON.stringify(mark)}, "");
          process.exit(9);
        }, 150);`,
    );
    const longer = { ...spec, fit: { epochs: 60, batchSize: 8 } };
    const [one, other] = await Promise.all([
      trainDistributed(longer, { engine: bench.threads(1) }),
      trainDistributed(longer, { engine: bench.threads(2, { use: [dies] }) }),
    ]);
    expect(existsSync(mark)).toBe(true);
    expect(other).toEqual(one);
  });

  it("depends on the shards, the steps, the seed and whether optimizers are carried on", async () => {
    const engine = bench.threads(2);
    const changes = [{ shards: 4 }, { localSteps: 3 }, { seed: 2 }, { carry: false }];
    const digests = await Promise.all(
      changes.map(async (change) => (await trainDistributed({ ...spec, ...change }, { engine })).digest),
    );
    expect(new Set([once.digest, ...digests]).size).toBe(5);
  });

  it("of a longer training has computed only what is new, where there is a cache", async () => {
    const seen: RoundProgress[] = [];
    const cache = bench.path("cache");
    const engine = bench.threads(2, { cache });
    const first = await trainDistributed({ ...spec, fit: { batchSize: 8 }, rounds: 20 }, { engine });
    expect(first.rounds).toBe(20);
    const broken = bench.file(
      "broken.mjs",
      `import { isMainThread } from "node:worker_threads";
      if (!isMainThread) throw new Error("a thread was started");`,
    );
    const later = bench.threads(2, { cache, use: [broken] });
    expect(await trainDistributed({ ...spec, fit: { batchSize: 8 }, rounds: 20 }, { engine: later })).toEqual(
      first,
    );
    const onProgress = (progress: RoundProgress) => seen.push(progress);
    await expect(
      trainDistributed({ ...spec, fit: { batchSize: 8 }, rounds: 21 }, { engine: later, onProgress }),
    ).rejects.toThrow(/trainDistributed: round 20, shard 0: .*a thread was started/);
    expect(seen.at(-1)).toMatchObject({ round: 20, rounds: 21 });
  });
});

describe("progress", () => {
  it("tells rounds", async () => {
    const seen: RoundProgress[] = [];
    await trainDistributed(spec, {
      engine: bench.threads(2),
      onProgress: (progress) => seen.push(progress),
    });
    expect([...new Set(seen.map(({ round }) => round))]).toEqual(Array.from({ length: 33 }, (_, i) => i));
    // Of 19 batches a round takes 6, the last one of an epoch the one that is left.
    const jobs = 1 + 8 * (3 * 3 + 1) + 1;
    expect(seen.at(-1)).toMatchObject({ round: 32, rounds: 32, done: jobs, of: jobs, failed: 0 });
  });
});

describe("trainings that cannot be", () => {
  it("end with the round, the shard and the reason where a shard blows up", async () => {
    const optimizer = { name: "sgd", learningRate: 1e30 };
    await expect(trainDistributed({ ...spec, optimizer }, { engine: bench.threads(1) })).rejects.toThrow(
      /^trainDistributed: round 0, shard 0: fit: epoch 1, batch \d: .*NaN or infinite/,
    );
    const summed = { ...spec, optimizer, localSteps: 1 };
    await expect(trainDistributed(summed, { engine: bench.threads(1) })).rejects.toThrow(
      /^trainDistributed: round \d, shard \d: .*NaN or infinite/,
    );
  });

  it.each([
    [{ shards: 0 }, /trainDistributed: shards expected a whole number from 1 to 1024, got 0/],
    [{ localSteps: 1.5 }, /localSteps expected a whole number from 1 to 1000000, got 1.5/],
    [{ rounds: 3 }, /trainDistributed expected rounds or fit.epochs, got both/],
    [{ localSteps: 1, carry: false }, /carry expected true where localSteps is 1/],
    [{ carry: 1 }, /carry expected true or false, got 1/],
    [{ fit: { accumulate: 2 } }, /fit has the unknown key "accumulate"/],
    [{ optimizer: { name: "sgd", learningRate: { choice: [1, 2] } } }, /sweep tries several/],
    [
      {
        optimizer: {
          name: "sgd",
          learningRate: { type: "reduceOnPlateau", learningRate: 0.1, monitor: "loss" },
        },
      },
      /expected a number or a schedule of steps, got reduceOnPlateau, which looks at the/,
    ],
    [{ folds: 3 }, /the spec has the unknown key "folds"/],
    [{ model: { layers: [{ type: "conv2d", filters: 3, kernelSize: 2 }, "output"] } }, /trainDistributed: /],
    [
      {
        localSteps: 1,
        model: {
          layers: [
            { type: "reshape", shape: [1, 4] },
            { type: "masking" },
            { type: "lstm", units: 3, returnSequences: true },
            { type: "dense", units: 3 },
          ],
        },
      },
      /trainDistributed: localSteps expected to be above 1 for a model that leaves out padded steps/,
    ],
  ])("are refused: %o", async (change, message) => {
    const engine = bench.threads(1);
    engine.run = () => Promise.reject(new Error("it ran"));
    await expect(trainDistributed({ ...spec, ...change } as never, { engine })).rejects.toThrow(message);
  });
});
