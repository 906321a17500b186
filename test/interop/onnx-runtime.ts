import { createBackend, exportOnnx, loadModel, type Network } from "../support/published.js";
import { digits, digitsFile } from "./digits.js";
import { agreement, type Judge, largestDifference } from "./judge.js";
import { everyLayer, someInputs } from "./onnx-models.js";

const NAME = "onnxruntime-web";

/** onnxruntime runs the models that lanewise exports, and gives the same outputs. */
export const onnxRuntime: Judge = async () => {
  const runtime = await import("onnxruntime-web").catch(() => undefined);
  if (!runtime) return { missing: `${NAME} (npm ci --prefix test/interop)` };
  const { InferenceSession, Tensor, env } = runtime;
  env.wasm.numThreads = 1;
  const backend = await createBackend();
  const difference = async (model: Network, inputs: Float32Array): Promise<number> => {
    const session = await InferenceSession.create(exportOnnx(model));
    const size = model.inputShape.reduce((product, length) => product * length);
    const { output } = await session.run({ input: new Tensor("float32", inputs, [inputs.length / size, ...model.inputShape]) });
    return largestDifference(output.data as Float32Array, model.predict(inputs));
  };

  const model = await loadModel(backend, digitsFile());
  const { test } = digits();
  const rows = [agreement(NAME, `the trained digits model on all ${test.labels.length} test rows`, await difference(model, test.pixels))];
  const models = everyLayer(backend);
  let largest = 0;
  for (const { model } of models)
    largest = Math.max(
      largest,
      await difference(
        model,
        someInputs(
          50,
          model.inputShape.reduce((product, length) => product * length),
        ),
      ),
    );
  rows.push(agreement(NAME, `${models.length} models with every layer and activation, 50 rows each`, largest));
  backend.dispose();
  return rows;
};
