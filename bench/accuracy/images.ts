import { adam, createBackend } from "lanewise";
import { readIdxFolder } from "../../examples/digits/idx-folder.js";
import { buildModel } from "../../examples/mnist-cnn/model.js";
import { type Outcome, processorSeconds, runPython } from "./outcome.js";

const FILTERS = 16;
const BATCH = 32;

/** Test accuracy of a network of convolutions on the files of MNIST or Fashion-MNIST. */
export async function trainOnImages(data: string, epochs: number, seed: number): Promise<Outcome> {
  const { training, test } = readIdxFolder(data);
  const backend = await createBackend({ variant: "fastest" });
  const model = buildModel(backend, Math.sqrt(training.size), { filters: FILTERS, rate: 0, seed });
  const begin = processorSeconds();
  await model.fit(training.pixels, training.labels, {
    loss: "softmaxCrossEntropy",
    optimizer: adam(),
    epochs,
    batchSize: BATCH,
  });
  const seconds = processorSeconds() - begin;
  const { accuracy = 0 } = model.evaluate(test.pixels, test.labels, {
    loss: "softmaxCrossEntropy",
    metrics: ["accuracy"],
  });
  const library = `lanewise, ${backend.variant}`;
  backend.dispose();
  return { library, score: accuracy, seconds, steps: epochs * Math.ceil(training.labels.length / BATCH) };
}

export const trainOnImagesInPyTorch = (data: string, epochs: number, seed: number): Outcome =>
  runPython("accuracy.py", [data, epochs, seed, FILTERS, BATCH]);
