// What the library returns on a backend with threads, and whether any of it is over shared memory.
import * as inference from "./node_modules/lanewise/dist/inference.js";
import * as lanewise from "./node_modules/lanewise/dist/lanewise.js";
import * as onnx from "./node_modules/lanewise/dist/onnx.js";
import * as table from "./node_modules/lanewise/dist/table.js";
import * as tfjs from "./node_modules/lanewise/dist/tfjs.js";
import { hashesOf, sharedIn, useEverything } from "./uses.js";

const training = await lanewise.createBackend({ threads: 3 });
const backends = {
  training,
  inference: await inference.createBackend({ threads: 3 }),
  loadModel: inference.loadModel,
};
const results = await useEverything({ lanewise, onnx, tfjs, table }, backends);

/** What an engine does not take of shared memory, as matrix.data then is. */
const { buffer, byteOffset, byteLength } = training.matrix(2, 2, [1, 2, 3, 4]).data;
const bytes = new Uint8Array(buffer, byteOffset, byteLength);
const uses = {
  TextDecoder: () => new TextDecoder().decode(bytes),
  "crypto.subtle": () => crypto.subtle.digest("SHA-256", bytes),
  Blob: () => new Blob([bytes]),
  Response: () => new Response(bytes),
  ImageData: () => new ImageData(new Uint8ClampedArray(buffer, byteOffset, 4), 1, 1),
  transfer: () => structuredClone(bytes, { transfer: [buffer] }),
};
const refused = [];
for (const [name, use] of Object.entries(uses)) {
  try {
    await use();
  } catch {
    refused.push(name);
  }
}

const before = training.threads;
training.dispose();
report({ threads: before, shared: sharedIn(results), hashes: await hashesOf(results), refused });
