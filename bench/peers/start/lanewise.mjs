import { createBackend, loadModel } from "../../../dist/inference.js";

/**
 * What a trained network says of one sample. `read` gives a promise of the bytes of a file that prepare.mjs
 * has written.
 */
export async function firstPrediction(read, x) {
  const file = read("model.safetensors");
  const model = await loadModel(await createBackend(), file);
  return model.predict(x);
}
