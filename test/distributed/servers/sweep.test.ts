import { spawnSync } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Engine, type SweepSpec, sweep, threads } from "lanewise/distributed";
import { describe, expect, it, onTestFinished } from "vitest";
import { RedisServer } from "./redis.js";
import { temporary } from "./start.js";
import { engineOn, startWorker } from "./workers.js";

const folder = fileURLToPath(new URL("../../../examples/data", import.meta.url));

const spec: SweepSpec = {
  data: { file: "iris.csv", target: "species" },
  folds: 3,
  seed: 4,
  metric: "accuracy",
  model: { layers: [{ type: "dense", units: { choice: [4, 8] }, activation: "tanh" }, "output"] },
  optimizer: { name: "adamw", learningRate: { choice: [0.003, 0.01] } },
  fit: { epochs: 15 },
};

async function inThreads(wanted: SweepSpec) {
  const engine: Engine = threads({ threads: 1 });
  onTestFinished(() => engine.close());
  return sweep(wanted, { engine, folder });
}

describe("a sweep on Redis", () => {
  it("gives the digest and the model of one thread, with SIMD and scalar workers, one of which dies", async () => {
    const server = await RedisServer.start();
    const { url: connection } = server;
    const first = await startWorker({ connection, data: folder, variant: "scalar" });
    const engine = engineOn(connection);
    const running = sweep(spec, {
      engine,
      folder,
      onProgress: ({ done }) => done > 2 && first.process.kill("SIGKILL"),
    });
    await startWorker({ connection, data: folder, variant: "simd" });
    const study = await running;
    const alone = await inThreads(spec);
    expect(study.digest).toBe(alone.digest);
    expect(study).toEqual(alone);
  });

  it("tells of a trial that ends in NaN, and goes on with the others", async () => {
    const { url: connection } = await RedisServer.start();
    await startWorker({ connection, data: folder });
    const optimizer = { name: "sgd", learningRate: { choice: [1e30, 0.1] } };
    const wild: SweepSpec = { data: spec.data, optimizer, fit: { epochs: 3 } };
    const study = await sweep(wild, { engine: engineOn(connection), folder });
    expect(study.trials.filter(({ score }) => score === null).length).toBeGreaterThan(0);
    expect(study.trials[study.best].score).not.toBeNull();
    expect(study).toEqual(await inThreads(wild));
  });

  it("is refused before anything is queued if its spec is wrong", async () => {
    const server = await RedisServer.start();
    const wrong = { ...spec, optimizer: { name: "adamw", learningRate: { choice: [] } } } as SweepSpec;
    await expect(sweep(wrong, { engine: engineOn(server.url), folder })).rejects.toThrow(
      /optimizer\.learningRate.*choice/,
    );
    expect(await server.client().dbsize()).toBe(0);
  });

  it("whose workers have other data of that name fails, and says what is missing", async () => {
    const { url: connection } = await RedisServer.start();
    const other = temporary();
    copyFileSync(join(folder, "wine.csv"), join(other, "iris.csv"));
    writeFileSync(join(other, "empty.csv"), "");
    await startWorker({ connection, data: other });
    await expect(sweep(spec, { engine: engineOn(connection), folder })).rejects.toThrow(
      /no file in .* has the SHA-256 [0-9a-f]{12} that the job asks for/,
    );
  });

  it("may not ask a worker for more than its limits", async () => {
    const { url: connection } = await RedisServer.start();
    await startWorker({ connection, data: folder, limits: { epochs: 10 } });
    await expect(sweep(spec, { engine: engineOn(connection), folder })).rejects.toThrow(
      /worker expected .*epochs to be at most 10 \(its limit\), got 15/,
    );
  });
});

it("the example sweeps four tables on threads and on a Redis, of which a worker dies, with one digest each", () => {
  const main = fileURLToPath(new URL("../../../examples/sweep/main.ts", import.meta.url));
  const { stdout, stderr } = spawnSync("npx", ["tsx", main, "--threads", "2"], { encoding: "utf8" });
  expect(stderr.trim()).toMatch(/^breast_cancer: the first worker was killed in the middle/);
  const rows = stdout.trim().split("\n").slice(1);
  expect(rows.map((row) => row.split(" ")[0])).toEqual(["iris", "wine", "breast_cancer", "diabetes"]);
  for (const row of rows) expect(row).toMatch(/( +\d+\.\d\d s){3} +[0-9a-f]{16}$/);
});
