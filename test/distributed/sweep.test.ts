import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { crossValidate, type Progress, type Study, type SweepSpec, sweep } from "lanewise/distributed";
import { beforeAll, describe, expect, it } from "vitest";
import { createBackend, loadModel } from "../../src/index.js";
import { Bench, table } from "./support.js";

/** Sweeps on threads: the same result in every way to compute it. */

const bench = new Bench();
const iris = { file: table("iris"), target: "species" };
const spec: SweepSpec = {
  data: iris,
  metric: "accuracy",
  model: { layers: [{ type: "dense", units: { choice: [3, 6] }, activation: "tanh" }, "output"] },
  optimizer: { name: "adamw", learningRate: { choice: [0.01, 0.05] } },
  fit: { epochs: 6, batchSize: 16 },
};

describe("a sweep", () => {
  let study: Study;

  beforeAll(async () => {
    study = await sweep(spec, { engine: bench.threads(1) });
  });

  it("scores each trial by its folds, and finds the best", () => {
    expect(study.trials.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    for (const { folds, score, deviation, loss } of study.trials) {
      const scores = folds.map((fold) => fold.score ?? Number.NaN);
      expect(scores).toHaveLength(3);
      const mean = (scores[0] + scores[1] + scores[2]) / 3;
      expect(score).toBe(mean);
      expect(deviation).toBeCloseTo(
        Math.sqrt(scores.reduce((sum, each) => sum + (each - mean) ** 2, 0) / 3),
        12,
      );
      expect(loss).toBeGreaterThan(0);
      expect(folds.map(({ epochs, trained, curve }) => [epochs, trained, curve?.length])).toEqual(
        Array(3).fill([6, 6, 6]),
      );
    }
    const scores = study.ranking.map((index) => study.trials[index].score);
    expect(scores).toEqual([...scores].sort((a, b) => Number(b) - Number(a)));
    expect(study.best).toBe(study.ranking[0]);
    expect(study.metric).toEqual({ name: "accuracy", better: "higher" });
  });

  it("trains the best on all rows, as a model that takes records and names classes", async () => {
    const { file, model } = study;
    if (!file || !model) throw new Error("there is no model");
    expect(createHash("sha256").update(file).digest("hex")).toBe(model.sha256);
    expect(model.rows).toBe(150);
    const backend = await createBackend();
    const loaded = await loadModel(backend, file);
    expect(loaded.labels).toEqual(["setosa", "versicolor", "virginica"]);
    expect(loaded.metadata).toMatchObject({ target: "species", task: "classification" });
    const flower = { sepal_length: 5, sepal_width: 3.4, petal_length: 1.5, petal_width: 0.2 };
    const outputs = loaded.predict([flower]);
    expect(outputs.reduce((sum, each) => sum + each)).toBeCloseTo(1, 6);
    expect(loaded.predictClasses([flower])).toEqual(["setosa"]);
  });

  it.each([
    ["two threads", 2, {}],
    ["three threads", 3, {}],
    ["the scalar kernels", 1, { variant: "scalar" }],
    ["SIMD kernels", 2, { variant: "simd" }],
  ] as const)("has the same result with %s", async (_, count, options) => {
    expect(await sweep(spec, { engine: bench.threads(count, options) })).toEqual(study);
  });

  it("has the same result where a thread dies in the middle", async () => {
    const mark = bench.path("mark");
    const dies = bench.file(
      "dies.mjs",
      `import { existsSync, writeFileSync } from "node:fs";
      import { isMainThread } from "node:worker_threads";
      // The first thread that the module is loaded in ends after some jobs.
      if (!isMainThread && !existsSync(${JSON.stringify(mark)})) {
        writeFileSync(${JSON.stringify(mark)}, "");
        let turns = 0;
        const turn = () => (++turns > 40 ? process.exit(9) : setImmediate(turn));
        setImmediate(turn);
      }`,
    );
    expect(await sweep(spec, { engine: bench.threads(2, { use: [dies] }) })).toEqual(study);
    expect(existsSync(mark)).toBe(true);
  });

  it("computes nothing that the cache has", async () => {
    const cache = bench.path("cache");
    const first = await sweep(spec, { engine: bench.threads(2, { cache }) });
    expect(first).toEqual(study);
    const jobs = readdirSync(cache, { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".job"),
    );
    expect(jobs).toHaveLength(13);
    // A thread would fail: it cannot load this.
    const broken = bench.file(
      "broken.mjs",
      `import { isMainThread } from "node:worker_threads";
      if (!isMainThread) throw new Error("a thread was started");`,
    );
    expect(await sweep(spec, { engine: bench.threads(2, { cache, use: [broken] }) })).toEqual(study);
    const other = sweep({ ...spec, seed: 2 }, { engine: bench.threads(1, { cache, use: [broken] }) });
    await expect(other).rejects.toThrow(
      /none of 4 trials has a score; trial 0, fold 0: .*a thread was started/,
    );
  });

  it("computes only what is new when a value is added to a choice", async () => {
    const seen: Progress[] = [];
    const cache = bench.path("cache");
    const optimizer = { name: "adamw", learningRate: { choice: [0.01, 0.05, 0.2] } };
    const before = readdirSync(cache, { recursive: true, encoding: "utf8" }).length;
    await sweep(
      { ...spec, optimizer, refit: false },
      { engine: bench.threads(2, { cache }), onProgress: (progress) => seen.push(progress) },
    );
    const jobs = readdirSync(cache, { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".job"),
    );
    expect(before).toBeGreaterThan(12);
    expect(jobs).toHaveLength(13 + 6);
    expect(seen.at(-1)).toMatchObject({ done: 18, failed: 0, of: 18 });
  });

  it("does not depend on what the file is called", async () => {
    const copy = bench.file("copy.csv", readFileSync(table("iris")));
    expect(await sweep({ ...spec, data: { ...iris, file: copy } }, { engine: bench.threads(2) })).toEqual(
      study,
    );
  });

  it("ends at a signal", async () => {
    const controller = new AbortController();
    const ended = sweep(
      { ...spec, fit: { epochs: 100_000 } },
      {
        engine: bench.threads(1),
        signal: controller.signal,
        onProgress: () => controller.abort(new Error("enough")),
      },
    );
    await expect(ended).rejects.toThrow("enough");
  });
});

describe("what a sweep of values has", () => {
  const values = [
    "x,y",
    ...Array.from({ length: 60 }, (_, i) => `${i % 20},${500 + 30 * (i % 20) + (i % 3)}`),
  ];

  it("is metrics in the unit of the target, and a model that predicts in it", async () => {
    const file = bench.file("values.csv", values.join("\n"));
    const study = await sweep(
      {
        data: { file, target: "y" },
        metric: "meanAbsoluteError",
        model: { layers: ["output"] },
        optimizer: { name: "adamw", learningRate: { choice: [0.0001, 0.1] }, weightDecay: 0 },
        fit: { epochs: 40, batchSize: 8 },
      },
      { engine: bench.threads(2) },
    );
    expect(study.metric).toEqual({ name: "meanAbsoluteError", better: "lower" });
    expect(study.best).toBe(1);
    expect(Number(study.trials[0].score)).toBeGreaterThan(10);
    expect(Number(study.trials[1].score)).toBeLessThan(10);
    const model = await loadModel(await createBackend(), study.file as Uint8Array<ArrayBuffer>);
    expect(Math.abs(model.predict([{ x: 10 }])[0] - 801)).toBeLessThan(20);
  });
});

describe("trials that have no score", () => {
  it("are results where training blows up, and the others go on", async () => {
    const optimizer = { name: "sgd", learningRate: { choice: [1e30, 0.1] } };
    const study = await sweep({ data: iris, optimizer, fit: { epochs: 3 } }, { engine: bench.threads(2) });
    const [blown, fine] = study.trials;
    expect(blown).toMatchObject({ score: null, deviation: null, loss: null });
    expect(blown.why).toMatch(/^fold 0: fit: epoch \d, batch \d+: .*NaN or infinite/);
    expect(fine.score).toBeGreaterThan(0);
    expect(study.ranking).toEqual([1, 0]);
  });

  it("are results where a job throws", async () => {
    // The process that checks the spec makes the layer; its threads do not.
    const own = bench.file(
      "layers.mjs",
      `import { isMainThread } from "node:worker_threads";
      import { dense } from ${JSON.stringify(new URL("../../dist/lanewise.js", import.meta.url).href)};
      export const layers = {
        moody: ({ units }) => {
          if (!isMainThread && units === 5) throw new Error("moody expected no 5");
          return dense(units);
        },
      };`,
    );
    const layers = [{ type: "moody", units: { choice: [5, 6] } }, "output"];
    const study = await sweep(
      { data: iris, model: { layers }, fit: { epochs: 2 } },
      { engine: bench.threads(2, { use: [own] }) },
    );
    expect(study.trials[0].why).toMatch(/moody expected no 5/);
    expect(study.best).toBe(1);
  });

  it("are an error where there is no other", async () => {
    const ended = sweep(
      { data: iris, optimizer: { name: "sgd", learningRate: 1e30 }, fit: { epochs: 3 } },
      { engine: bench.threads(1) },
    );
    await expect(ended).rejects.toThrow(/sweep: none of 1 trials has a score; trial 0, fold 0: fit: epoch/);
  });
});

describe("a halving", () => {
  it("goes on with the best of each rung, and has the best of the last", async () => {
    const spec: SweepSpec = {
      data: iris,
      folds: 2,
      strategy: { halving: { trials: 9 } },
      optimizer: { name: "adamw", learningRate: { logUniform: [0.0001, 0.1] } },
      fit: { epochs: 9 },
    };
    const study = await sweep(spec, { engine: bench.threads(2) });
    expect(study.trials.filter(({ rung }) => rung === 0)).toHaveLength(6);
    const last = study.trials.filter(({ rung }) => rung === 1);
    expect(last).toHaveLength(3);
    expect(last.map(({ folds }) => folds[0].trained)).toEqual([9, 9, 9]);
    expect(study.trials[study.best].rung).toBe(1);
    expect(await sweep(spec, { engine: bench.threads(1, { variant: "scalar" }) })).toEqual(study);
  });
});

describe("early stopping", () => {
  it("holds out a part of the training rows, and keeps the best epoch", async () => {
    const { folds } = await crossValidate(
      {
        data: iris,
        optimizer: { name: "adamw", learningRate: 0.1 },
        fit: { epochs: 200, earlyStopping: { patience: 3 } },
      },
      { engine: bench.threads(2) },
    );
    for (const { epochs, trained, curve, validationCurve } of folds) {
      expect(trained).toBeLessThan(200);
      expect(epochs).toBeLessThan(trained);
      expect(curve?.length).toBe(validationCurve?.length);
    }
  });
});

describe("crossValidate", () => {
  it("gives what the only trial of a sweep has", async () => {
    const single = { data: iris, metric: "accuracy", folds: 4, fit: { epochs: 4 } };
    const engine = bench.threads(2);
    const { trials, model, file } = await sweep({ ...single, refit: false }, { engine });
    expect([model, file]).toEqual([undefined, undefined]);
    const { index: _, parameters: __, ...result } = trials[0];
    expect(await crossValidate(single, { engine })).toEqual(result);
  });

  it("refuses values that are searched for", async () => {
    const fit = { epochs: { choice: [1, 2] } };
    await expect(crossValidate({ data: iris, fit }, {})).rejects.toThrow(
      "crossValidate: fit.epochs expected a value, got one that is searched for; sweep tries several",
    );
  });
});

describe("a graph", () => {
  it("may be the model, with a choice in it", async () => {
    const model = {
      layers: [
        { type: "dense", units: { choice: [4, 5] } },
        "output",
        { type: "dense", units: 3 },
        { type: "add" },
      ],
      calls: [
        [0, [0]],
        [1, [1]],
        [2, [0]],
        [3, [2, 3]],
      ],
      outputs: 4,
    };
    const study = await sweep({ data: iris, model, fit: { epochs: 3 } }, { engine: bench.threads(2) });
    const loaded = await loadModel(await createBackend(), study.file as Uint8Array<ArrayBuffer>);
    const [row] = [{ sepal_length: 5, sepal_width: 3.4, petal_length: 1.5, petal_width: 0.2 }];
    expect(loaded.predict([row]).reduce((sum, each) => sum + each)).toBeCloseTo(1, 6);
  });
});

describe("images", () => {
  /** IDX bytes of the type of unsigned bytes. */
  const idx = (sizes: readonly number[], data: readonly number[]): Uint8Array =>
    Uint8Array.from([
      0,
      0,
      8,
      sizes.length,
      ...sizes.flatMap((size) => [0, 0, size >> 8, size & 255]),
      ...data,
    ]);

  it("are swept as tables are", async () => {
    const classes = Array.from({ length: 90 }, (_, i) => i % 3);
    const pixels = classes.flatMap((c, i) =>
      Array.from({ length: 16 }, (_, at) => (at >> 2 === c ? 200 : (i * 7 + at) % 50)),
    );
    const study = await sweep(
      {
        data: {
          images: bench.file("images", idx([90, 4, 4], pixels)),
          labels: bench.file("labels", idx([90], classes)),
        },
        metric: "accuracy",
        model: {
          layers: [
            {
              type: "conv2d",
              filters: { choice: [2, 4] },
              kernelSize: 3,
              padding: "same",
              activation: "relu",
            },
            { type: "flatten" },
            "output",
          ],
        },
        fit: { epochs: 20, batchSize: 10 },
      },
      { engine: bench.threads(2) },
    );
    expect(study.trials[study.best].score).toBe(1);
    const loaded = await loadModel(await createBackend(), study.file as Uint8Array<ArrayBuffer>);
    expect([loaded.inputShape, loaded.labels]).toEqual([
      [4, 4, 1],
      ["0", "1", "2"],
    ]);
  });
});

describe("data that changed after the run was made", () => {
  it("are refused by each job", async () => {
    const path = bench.file("changes.csv", readFileSync(table("iris")));
    const engine = bench.threads(1);
    const run = engine.run.bind(engine);
    engine.run = (...given) => {
      writeFileSync(path, readFileSync(path, "utf8").replace("5.1", "5.2"));
      return run(...given);
    };
    await expect(sweep({ data: { file: path, target: "species" } }, { engine })).rejects.toThrow(
      /changes.csv: expected the bytes whose SHA-256 is \w{64}, and .* has \w{64}: the file has changed/,
    );
  });
});
