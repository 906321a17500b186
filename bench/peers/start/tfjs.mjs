import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { io, setBackend, tensor2d } from "@tensorflow/tfjs-core";
import { loadLayersModel } from "@tensorflow/tfjs-layers";

/** The same as in lanewise.mjs. wasmFolder: where the backend finds its .wasm files, a path or an address. */
export async function firstPrediction(read, x, wasmFolder) {
  setWasmPaths(wasmFolder);
  const [, json, weights] = await Promise.all([setBackend("wasm"), read("model.json"), read("weights.bin")]);
  const artifacts = {
    ...JSON.parse(new TextDecoder().decode(json)),
    weightData: weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.byteLength),
  };
  const model = await loadLayersModel(io.fromMemory(artifacts));
  return model.predict(tensor2d(x, [1, x.length])).dataSync();
}
