import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createBackendSync, type FitOptions, restoreCheckpoint, type Sequential } from "../../src/index.js";

/**
 * Checkpoints of version 1 of the format, of a training on these samples: a net of 2-6-3 with dropout, seed
 * 9. The hashes are those of the weights that the code which wrote them reached from them.
 */
const backend = createBackendSync();
const x = Float32Array.from({ length: 60 * 2 }, (_, i) => Math.fround(((i * 37) % 101) / 50 - 1));
const y = Int32Array.from({ length: 60 }, (_, i) => (i * 7) % 3);
const options: FitOptions = { loss: "softmaxCrossEntropy", batchSize: 16, validationSplit: 0.2 };

function hash(model: Sequential): string {
  const sha = createHash("sha256");
  for (const { value } of model.parameters) sha.update(new Uint8Array(value.data.slice().buffer));
  return sha.digest("hex");
}

const goOn = async (name: string, more: Partial<FitOptions>) => {
  const file = readFileSync(new URL(`../data/checkpoints/${name}.checkpoint`, import.meta.url));
  const { model, optimizer, epoch } = restoreCheckpoint(backend, file);
  const { epochs } = await model.fit(x, y, { ...options, ...more, optimizer, initialEpoch: epoch });
  const result = { hash: hash(model), begun: epoch, epochs: epochs.map((log) => log.epoch) };
  model.dispose();
  return result;
};

describe("a checkpoint of an older version goes on to the bits that it went on to there", () => {
  it("between two epochs, with the best so far and a cosine schedule", async () => {
    expect(await goOn("v1-epoch", { epochs: 7, earlyStopping: { patience: 9 } })).toEqual({
      hash: "a4157e34737b6a15fe3d5d014cec9b18f2647c4dfaa051c795f9bf8060c525af",
      begun: 3,
      epochs: [4, 5, 6, 7],
    });
  });

  it("after the last epoch, with momentum", async () => {
    expect(await goOn("v1-end", { epochs: 6 })).toEqual({
      hash: "e45ea9b70c79c094df00ed2950f644e8ab4364e690f335c7d4f396ba04980242",
      begun: 3,
      epochs: [4, 5, 6],
    });
  });
});

it("a checkpoint that an older version wrote in the middle of an epoch begins that epoch anew", async () => {
  expect(await goOn("v1-batch", { epochs: 3 })).toMatchObject({ begun: 1, epochs: [2, 3] });
});
