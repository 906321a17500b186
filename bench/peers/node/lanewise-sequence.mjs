// The networks of sequences in lanewise, with the weights of the reference.
import { adam, loadModel } from "../../../dist/lanewise.js";
import { asEpochs, sequencesOf, sizeOf } from "./harness.mjs";

const modelOfFile = (backend, { model }) => loadModel(backend, Buffer.from(model, "base64"));

/** The number of outputs for `rows` samples. */
const outputsOf = ({ target, input, outputs }, rows) => rows * outputs * (target === "tokens" ? input[0] : 1);

export async function trainSequence(backend, { net, reference }) {
  const { x, y } = sequencesOf(net, net.samples);
  const model = await modelOfFile(backend, reference);
  const optimizer = adam();
  const targetSize = y.length / net.samples;
  const run = async (n) => {
    const { epochs, samples, steps } = asEpochs(n, net);
    await model.fit(x.subarray(0, samples * sizeOf(net)), y.subarray(0, samples * targetSize), {
      loss: net.target === "numbers" ? "meanSquaredError" : "softmaxCrossEntropy",
      optimizer,
      epochs,
      batchSize: net.batch,
    });
    return steps;
  };
  return { run, outputs: () => model.predict(reference.input), release: () => model.dispose() };
}

export async function inferSequence(backend, { net, rows, reference }) {
  const trained = await modelOfFile(backend, reference);
  const model = trained.forInference();
  trained.dispose();
  const { x } = sequencesOf(net, rows);
  const out = new Float32Array(outputsOf(net, rows));
  const run = (n) => {
    for (let i = 0; i < n; i++) model.predict(x, { out });
  };
  return { run, outputs: () => model.predict(reference.input), release: () => model.dispose() };
}

export async function stepSequence(backend, { net, reference }) {
  const trained = await modelOfFile(backend, reference);
  const model = trained.forInference();
  trained.dispose();
  const stepper = model.stepper();
  const [time] = net.input;
  const { x } = sequencesOf(net, 1);
  const tokens = Array.from({ length: time }, (_, t) => x.subarray(t, t + 1));
  const out = new Float32Array(stepper.outputSize);
  const run = (n) => {
    for (let i = 0; i < n; i++) {
      stepper.reset();
      for (const token of tokens) stepper.step(token, out);
    }
  };
  const outputs = () =>
    reference.input.flatMap((token, i) => {
      if (i % time === 0) stepper.reset();
      return [...stepper.step([token])];
    });
  return { run, outputs, release: () => model.dispose() };
}
