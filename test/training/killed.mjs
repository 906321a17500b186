// Trains a small model and writes a checkpoint after each epoch, from the one that is there on: what
// test/training/checkpoint-file.test.ts kills.
import { existsSync, readFileSync } from "node:fs";
import { adam, createBackendSync, dense, dropout, restoreCheckpoint, Sequential, schedules } from "lanewise";
import { checkpointFile } from "lanewise/node";

const [path, epochs] = process.argv.slice(2);
const backend = createBackendSync();
console.log("begins");
const x = Float32Array.from({ length: 64 * 4 }, (_, i) => ((i * 7919) % 101) / 50 - 1);
const y = Int32Array.from({ length: 64 }, (_, i) => (i * 31) % 3);
const start = () => ({
  model: new Sequential(backend, {
    inputShape: 4,
    seed: 5,
    layers: [dense(8, { activation: "tanh" }), dropout(0.2), dense(3)],
  }),
  optimizer: adam({ learningRate: schedules.cosine({ learningRate: 0.01, steps: 3000 }) }),
  epoch: 0,
});
const { model, optimizer, epoch } = existsSync(path)
  ? restoreCheckpoint(backend, readFileSync(path))
  : start();
await model.fit(x, y, {
  loss: "softmaxCrossEntropy",
  optimizer,
  initialEpoch: epoch,
  epochs: Number(epochs),
  batchSize: 16,
  callbacks: [checkpointFile(path)],
});
console.log("done");
