import { createHash } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { adam, type Backend, createBackend, dense, Sequential } from "../../src/index.js";
import { threaded } from "../support/threads.js";

/**
 * Reference: the same training on one thread. Inputs: counts of threads from 1 to 7, more than most machines
 * have cores. Tolerance: none.
 */
const backends: Backend[] = [];
afterAll(() => {
  for (const backend of backends) backend.dispose();
});

async function hashOf(backend: Backend): Promise<string> {
  backends.push(backend);
  const layers = [dense(96, { activation: "relu" }), dense(40, { activation: "tanh" }), dense(10)];
  const model = new Sequential(backend, { inputShape: 200, seed: 3, layers });
  const x = Float32Array.from({ length: 640 * 200 }, (_, i) => ((i * 7919) % 1000) / 1000);
  const y = Int32Array.from({ length: 640 }, (_, i) => (i * 13) % 10);
  await model.fit(x, y, { loss: "softmaxCrossEntropy", optimizer: adam(), epochs: 6, batchSize: 64 });
  const weights = model.parameters.map(({ value }) => value.toArray());
  return createHash("sha256").update(JSON.stringify(weights)).digest("hex");
}

describe("weights", () => {
  it.each(["scalar", "simd"] as const)("of the %s build do not depend on the threads", async (variant) => {
    const one = await hashOf(await createBackend({ variant }));
    for (const threads of [2, 3, 4, 7]) expect(await hashOf(await threaded(threads, variant))).toBe(one);
  });
});
