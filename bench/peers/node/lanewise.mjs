import { setFlagsFromString } from "node:v8";
import { adam, createBackend, dense, loadModel, matmul, Sequential } from "../../../dist/lanewise.js";
import { asEpochs, imagesOf, randomFloats, samplesOf, serve, sizeOf, threads } from "./harness.mjs";
import { inferSequence, stepSequence, trainSequence } from "./lanewise-sequence.mjs";

if (Number.parseInt(process.versions.node, 10) < 22) setFlagsFromString("--experimental-wasm-relaxed-simd");
const backend = await createBackend({ variant: process.argv[2], threads });

function modelOf({ inputs, hidden, activation, outputs }) {
  return new Sequential(backend, {
    inputShape: inputs,
    seed: 7,
    layers: [...hidden.map((units) => dense(units, { activation })), dense(outputs)],
  });
}

const modelOfFile = ({ model }) => loadModel(backend, Buffer.from(model, "base64"));

serve({
  version: backend.variant,
  gemm({ size }) {
    const [a, b] = [1, 2].map((seed) => backend.matrix(size, size, randomFloats(size * size, seed)));
    const out = backend.matrix(size, size);
    const run = (n) => {
      for (let i = 0; i < n; i++) matmul(a, b, { out });
    };
    return { run, release: () => [a, b, out].forEach((matrix) => void matrix.dispose()) };
  },
  train({ net }) {
    const { x, labels, y } = samplesOf(net);
    const model = modelOf(net);
    const optimizer = adam();
    const run = async (n) => {
      const { epochs, samples, steps } = asEpochs(n, net);
      const targets = labels ? labels.subarray(0, samples) : y.subarray(0, samples * net.outputs);
      await model.fit(x.subarray(0, samples * net.inputs), targets, {
        loss: net.loss,
        optimizer,
        epochs,
        batchSize: net.batch,
      });
      return steps;
    };
    return { run, release: () => model.dispose() };
  },
  async trainConvolutional({ net, reference }) {
    const size = sizeOf(net);
    const { x, labels } = imagesOf(net);
    const model = await modelOfFile(reference);
    const optimizer = adam();
    const run = async (n) => {
      const { epochs, samples, steps } = asEpochs(n, net);
      await model.fit(x.subarray(0, samples * size), labels.subarray(0, samples), {
        loss: "softmaxCrossEntropy",
        optimizer,
        epochs,
        batchSize: net.batch,
      });
      return steps;
    };
    const outputs = () => model.predict(reference.input);
    return { run, outputs, release: () => model.dispose() };
  },
  async inferConvolutional({ net, rows, reference }) {
    const trained = await modelOfFile(reference);
    const model = trained.forInference();
    trained.dispose();
    const x = randomFloats(rows * sizeOf(net), 1, 0, 1);
    const out = new Float32Array(rows * net.classes);
    const run = (n) => {
      for (let i = 0; i < n; i++) model.predict(x, { out });
    };
    return { run, outputs: () => model.predict(reference.input), release: () => model.dispose() };
  },
  trainSequence: (workload) => trainSequence(backend, workload),
  inferSequence: (workload) => inferSequence(backend, workload),
  stepSequence: (workload) => stepSequence(backend, workload),
  infer({ net, rows }) {
    const model = modelOf(net);
    const x = randomFloats(rows * net.inputs, 1, 0, 1);
    const out = new Float32Array(rows * net.outputs);
    const run = (n) => {
      for (let i = 0; i < n; i++) model.predict(x, { out });
    };
    return { run, release: () => model.dispose() };
  },
});
