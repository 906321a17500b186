import { fileURLToPath } from "node:url";
import { type DistributedSpec, threads, trainDistributed } from "lanewise/distributed";
import { describe, expect, it, onTestFinished } from "vitest";
import { RedisServer } from "./redis.js";
import { until } from "./start.js";
import { engineOn, startWorker } from "./workers.js";

/** Training in rounds on Redis: its result is that of one thread, whoever dies. */

const data = fileURLToPath(new URL("../../../examples/data", import.meta.url));

const ROUNDS = 200;
const KILLS = 20;

const spec: DistributedSpec = {
  data: { file: "breast_cancer.csv", target: "diagnosis" },
  seed: 3,
  model: {
    layers: [{ type: "dense", units: 6, activation: "tanh" }, { type: "dropout", rate: 0.1 }, "output"],
  },
  optimizer: { name: "adam", learningRate: 0.01 },
  shards: 4,
  localSteps: 72,
  fit: { batchSize: 2 },
  rounds: ROUNDS,
};

async function inThreads(wanted: DistributedSpec) {
  const engine = threads({ threads: 1 });
  onTestFinished(() => engine.close());
  return trainDistributed(wanted, { engine, folder: data });
}

describe("a training in rounds on Redis", () => {
  it(`has every round and the bits of one thread after ${KILLS} kills of workers at random moments`, async () => {
    const server = await RedisServer.start();
    const { url: connection } = server;
    const timing = { lock: 1_000, stalled: 300 };
    const variants = ["simd", "scalar"] as const;
    const another = (kill: number) =>
      startWorker({ connection, data, timing, variant: variants[kill % variants.length] });
    const running = trainDistributed(spec, { engine: engineOn(connection), folder: data });
    let [first, second] = await Promise.all([another(0), another(1)]);
    for (let kill = 1; kill <= KILLS; kill++) {
      // A stage is a round; where within it the worker dies is left to chance.
      await server.reaches(Math.floor((kill * (ROUNDS - 10)) / KILLS));
      await new Promise((resolve) => setTimeout(resolve, 30 * Math.random()));
      await first.signal("SIGKILL");
      expect(await server.at()).not.toBe("done");
      [first, second] = [second, await another(kill)];
    }
    const model = await running;
    expect(model.rounds).toBe(ROUNDS);
    expect(model.curve.losses).toHaveLength(ROUNDS);
    expect(model).toEqual(await inThreads(spec));
    const client = server.client();
    const left = async () => (await client.keys("*}:blob/*")).map((key) => key.split("/").at(-1));
    await until("nothing of the rounds is left but the model", async () => (await left()).join() === "model");
  });

  it.each([
    ["weights", 72, "before"],
    ["weights", 72, "after"],
    ["gradients", 1, "before"],
    ["gradients", 1, "after"],
  ])(
    "of %s has the same bits where who ends a round dies after its answer, %i, %s it adds the next",
    async (...row) => {
      const [, localSteps, when] = row;
      const server = await RedisServer.start();
      const { url: connection } = server;
      const wanted = { ...spec, localSteps, rounds: 5 };
      const running = trainDistributed(wanted, { engine: engineOn(connection), folder: data });
      const dying = await startWorker({ connection, data }, { DIE_AT_FLOW: when });
      await dying.ended;
      await startWorker({ connection, data });
      expect(await running).toEqual(await inThreads(wanted));
    },
  );

  it("is found by its id when it is asked for again", async () => {
    const { url: connection } = await RedisServer.start();
    const wanted = { ...spec, rounds: 4 };
    const worker = await startWorker({ connection, data });
    const first = await trainDistributed(wanted, { engine: engineOn(connection), folder: data });
    await worker.signal("SIGTERM");
    expect(await trainDistributed(wanted, { engine: engineOn(connection), folder: data })).toEqual(first);
  });
});
