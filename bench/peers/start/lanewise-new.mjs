import { createBackend, dense, Sequential } from "../../../dist/lanewise.js";

/** The prediction of a new network, of the whole library, for one sample. `lap` is told when a part is done. */
export async function firstPrediction(_read, x, _folder, lap = () => {}) {
  const backend = await createBackend();
  lap("backend");
  const model = new Sequential(backend, {
    inputShape: x.length,
    layers: [dense(128, { activation: "relu" }), dense(64, { activation: "relu" }), dense(10)],
  });
  lap("new weights");
  const output = model.predict(x);
  lap("first prediction");
  return output;
}
