// brain.js trains on one sample at a time, by gradient descent; it has nothing else.
import { createRequire } from "node:module";
import { asEpochs, randomFloats, samplesOf, serve } from "./harness.mjs";

const require = createRequire(import.meta.url);
const brain = require("brain.js");

function netOf({ hidden, activation }) {
  return new brain.NeuralNetwork({ hiddenLayers: [...hidden], activation });
}

serve({
  version: require("brain.js/package.json").version,
  train({ net }) {
    const { x, y } = samplesOf(net);
    const data = Array.from({ length: net.samples }, (_, i) => ({
      input: x.slice(i * net.inputs, (i + 1) * net.inputs),
      output: y.slice(i * net.outputs, (i + 1) * net.outputs),
    }));
    const network = netOf(net);
    const run = (n) => {
      const { epochs, samples, steps } = asEpochs(n, net);
      network.train(data.slice(0, samples), {
        iterations: epochs,
        errorThresh: 1e-12,
        learningRate: 1e-3,
        log: false,
      });
      return steps;
    };
    return { run };
  },
  infer({ net, rows }) {
    const network = netOf(net);
    const x = Array.from({ length: rows }, (_, i) => randomFloats(net.inputs, i + 1, 0, 1));
    network.train([{ input: x[0], output: new Float32Array(net.outputs) }], { iterations: 1, log: false });
    const run = (n) => {
      for (let i = 0; i < n; i++) for (const row of x) network.run(row);
    };
    return { run };
  },
});
