import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import type { Worker } from "node:worker_threads";
import { afterAll, describe, expect, it } from "vitest";
import { adam, type Backend, BackendError, createBackend, dense, Sequential } from "../../src/index.js";
import { threaded } from "../support/threads.js";

/**
 * Threads that are terminated while a model trains. Reference: the weights after each step of the same
 * training on one thread. Tolerance: none.
 */

const modules = createRequire(import.meta.url)("node:worker_threads") as { Worker: typeof Worker };
const { Worker: Original } = modules;
const made: Worker[] = [];
modules.Worker = class extends Original {
  constructor(...options: ConstructorParameters<typeof Original>) {
    super(...options);
    made.push(this);
  }
};
afterAll(() => {
  modules.Worker = Original;
});

const samples = 512;
const x = Float32Array.from({ length: samples * 200 }, (_, i) => ((i * 7919) % 1000) / 1000);
const y = Int32Array.from({ length: samples }, (_, i) => (i * 13) % 10);

const hashOf = (model: Sequential): string => {
  const hash = createHash("sha256");
  for (const { value } of model.parameters) hash.update(JSON.stringify(value.toArray()));
  return hash.digest("hex");
};

const modelOn = (backend: Backend): Sequential =>
  new Sequential(backend, {
    inputShape: 200,
    seed: 3,
    layers: [dense(512, { activation: "relu" }), dense(256, { activation: "relu" }), dense(10)],
  });

const train = (model: Sequential, epochs: number, onBatchEnd: () => void | Promise<void>) =>
  model.fit(x, y, {
    loss: "softmaxCrossEntropy",
    optimizer: adam(),
    epochs,
    batchSize: 64,
    callbacks: [{ onBatchEnd }],
  });

const EPOCHS = 12;
const known = (async () => {
  const model = modelOn(await createBackend());
  const states = new Set([hashOf(model)]);
  await train(model, EPOCHS, () => void states.add(hashOf(model)));
  return states;
})();

describe("a thread that is terminated", () => {
  // The moments are not from a seed: what other processes do moves them as well.
  const cases = [2, 3, 4].flatMap((threads) =>
    Array.from({ length: threads === 2 ? 60 : 20 }, (_, i) => [threads, i + 1] as const),
  );
  it.each(cases)(
    "of %i, time %i, makes fit throw with the weights after a whole step, and the backend goes on",
    async (threads) => {
      made.length = 0;
      const backend = await threaded(threads);
      const model = modelOn(backend);
      const victim = made[Math.floor(Math.random() * made.length)];
      const at = 20 + Math.floor(Math.random() * 20);
      let steps = 0;
      const kill = async () => {
        steps++;
        // A thread may outlive some steps, but not the training.
        if (steps === at + 30) await victim.terminate();
        if (steps !== at) return;
        void victim.terminate();
        const until = performance.now() + Math.random();
        while (performance.now() < until);
      };
      const error: unknown = await train(model, EPOCHS, kill).catch((reason) => reason);
      expect(error).toBeInstanceOf(BackendError);
      expect(String(error)).toMatch(/a thread has died.*The weights are those after the last whole step/);
      expect((await known).has(hashOf(model))).toBe(true);
      // On one thread.
      await train(model, 1, () => {});
      expect(model.predict(x).every(Number.isFinite)).toBe(true);
      backend.dispose();
    },
  );

  const tasks = "/proc/self/task";
  it.runIf(existsSync(tasks))("leaves no thread behind, nor does dispose", async () => {
    const count = () => readdirSync(tasks).length;
    (await threaded(3)).dispose();
    await Promise.all(made.map((worker) => worker.terminate()));
    const before = count();
    for (let i = 0; i < 5; i++) {
      made.length = 0;
      const backend = await threaded(4);
      if (i % 2 === 0) await made[0].terminate();
      backend.dispose();
      await Promise.all(made.map((worker) => worker.terminate()));
    }
    expect(count()).toBeLessThanOrEqual(before);
  });
});
