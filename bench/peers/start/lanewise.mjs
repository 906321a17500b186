import { createBackend, loadModel } from "../../../dist/inference.js";

/**
 * The prediction of a trained network for one sample. `read` gives a promise of the bytes of a file that
 * prepare.mjs has written, `lap` is told when a part is done.
 */
export async function firstPrediction(read, x, _folder, lap = () => {}) {
  const file = read("model.safetensors");
  const backend = await createBackend();
  lap("backend");
  const model = await loadModel(backend, file);
  lap("model file");
  const output = model.predict(x);
  lap("first prediction");
  return output;
}
