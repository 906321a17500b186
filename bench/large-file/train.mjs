// Trains on a file by fit, an epoch of batches of 256, and writes the model.
import { writeFileSync } from "node:fs";
import { createBackend, dense, Sequential, saveModel, standardScaler } from "lanewise";
import { fileBatches, fileMatrix } from "lanewise/node";
import { report } from "../large-table/report.mjs";

const [, , file, names, target, seed, out] = process.argv;
const inputs = names.split(",");
const begun = performance.now();
const x = await fileMatrix(file, { columns: inputs, to: 20_000 });
const y = await fileMatrix(file, { columns: [target], to: 20_000 });
const layers = [standardScaler(x, inputs.length), dense(32, { activation: "relu" }), dense(1)];
const metadata = { features: JSON.stringify(inputs), target };
const model = new Sequential(await createBackend(), { inputShape: inputs.length, seed: 1, layers, metadata });
const given = fileBatches(file, { inputs, target, batchSize: 256, shuffle: Number(seed) });
let rows = 0;
async function* batches(epoch) {
  for await (const batch of given(epoch)) {
    rows += batch[1].length;
    yield batch;
  }
}
await model.fit(batches, { loss: "meanSquaredError" });
const seconds = (performance.now() - begun) / 1000;
writeFileSync(out, saveModel(model));
const predicted = model.predict(x);
const mean = y.reduce((sum, value) => sum + value, 0) / y.length;
const sum = (term) => y.reduce((all, value, i) => all + term(value, predicted[i]) ** 2, 0);
report({
  rows,
  seconds,
  score: 1 - sum((value, guess) => value - guess) / sum((value) => value - mean),
  weights: await model.weightsDigest(),
});
