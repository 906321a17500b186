import { createBackend, loadModel } from "../../../dist/inference.js";

/** What a trained network says of one sample. `read` gives a promise of the bytes of a file that prepare.mjs has written. */
export async function firstPrediction(read, x) {
  const model = await loadModel(await createBackend(), read("model.safetensors"));
  return model.predict(x);
}
