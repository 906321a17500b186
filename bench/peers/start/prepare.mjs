// prepare.mjs FOLDER NET writes one network, with the same weights, as the file of each library.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import { io, tensor } from "@tensorflow/tfjs-core";
import * as tfjs from "@tensorflow/tfjs-layers";
import { createBackend, dense, Sequential, saveModel } from "../../../dist/lanewise.js";

const [folder, net] = process.argv.slice(2);
const { inputs, hidden, activation, outputs } = JSON.parse(net);
const layers = [...hidden.map((units) => ({ units, activation })), { units: outputs, activation: "softmax" }];

const model = new Sequential(await createBackend(), {
  inputShape: inputs,
  seed: 7,
  layers: layers.map(({ units, activation }) => dense(units, { activation })),
});
writeFileSync(join(folder, "model.safetensors"), saveModel(model));

const same = tfjs.sequential({
  layers: layers.map((layer, i) => tfjs.layers.dense(i === 0 ? { ...layer, inputShape: [inputs] } : layer)),
});
same.setWeights(
  model.parameters.map(({ value }, i) =>
    tensor(value.data.slice(), i % 2 === 0 ? [value.rows, value.cols] : [value.length]),
  ),
);
await same.save(
  io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
    writeFileSync(join(folder, "model.json"), JSON.stringify({ modelTopology, weightSpecs }));
    writeFileSync(join(folder, "weights.bin"), new Uint8Array(weightData));
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" } };
  }),
);
