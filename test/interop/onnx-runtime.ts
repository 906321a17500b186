import { createBackend, exportOnnx, loadModel, type Network } from "../support/published.js";
import { digitsFile, test } from "./digits.js";
import { type Judge, largestDifference, type Row } from "./judge.js";
import { everyLayer, someInputs } from "./onnx-models.js";
import { sequenceModels } from "./onnx-sequences.js";

const NAME = "onnxruntime-web";

/** onnxruntime runs the models that lanewise exports, and gives the same outputs. */
export const onnxRuntime: Judge = {
  name: NAME,
  async version() {
    return (await import("onnxruntime-web").catch(() => undefined))?.env.versions.web;
  },
  rows: compare,
};

async function compare(version: string): Promise<Row[]> {
  const { InferenceSession, Tensor, env } = await import("onnxruntime-web");
  env.wasm.numThreads = 1;
  const backend = await createBackend();
  const difference = async (model: Network, inputs: Float32Array): Promise<number> => {
    const session = await InferenceSession.create(exportOnnx(model));
    const size = model.inputShape.reduce((product, length) => product * length);
    const { output } = await session.run({
      input: new Tensor("float32", inputs, [inputs.length / size, ...model.inputShape]),
    });
    // Of 1, or of the output where that is larger: exp comes to thousands, of which a float32 has few digits.
    const expected = model.predict(inputs);
    const scaled = (values: Float32Array) =>
      values.map((value, i) => value / Math.max(1, Math.abs(expected[i])));
    return largestDifference(scaled(output.data as Float32Array), scaled(expected));
  };

  const model = await loadModel(backend, digitsFile());
  const rows: Row[] = [
    {
      judge: NAME,
      version,
      what: "the trained digits model, exported",
      rows: test.labels.length,
      largest: await difference(model, test.pixels),
    },
  ];
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
  rows.push({
    judge: NAME,
    version,
    what: `${models.length} models with every layer and activation, exported`,
    rows: 50 * models.length,
    largest,
  });
  for (const { name, model, inputs, shapes } of sequenceModels(backend)) {
    const session = await InferenceSession.create(exportOnnx(model));
    const given = Object.fromEntries(
      session.inputNames.map((port, i) => [port, new Tensor("float32", inputs[i], shapes[i])]),
    );
    const { output } = await session.run(given);
    const expected = model.predict((inputs.length > 1 ? inputs : inputs[0]) as Float32Array);
    const [[rowsOf]] = shapes;
    const largest = largestDifference(output.data as Float32Array, expected);
    rows.push({ judge: NAME, version, what: `${name}, exported`, rows: rowsOf, largest });
  }
  backend.dispose();
  return rows;
}
