// brain.js trains on one sample at a time, by gradient descent; it has nothing else.
import { createRequire } from "node:module";
import { asEpochs, randomFloats, samplesOf, sequencesOf, serve } from "./harness.mjs";

const require = createRequire(import.meta.url);
const brain = require("brain.js");

function netOf({ hidden, activation }) {
  return new brain.NeuralNetwork({ hiddenLayers: [...hidden], activation });
}

const recurrent = { lstm: brain.recurrent.LSTMTimeStep, gru: brain.recurrent.GRUTimeStep };

/**
 * Its recurrent nets predict all features of each next step: so the output is as wide as the input, and is
 * computed at each step. They cannot take weights of others.
 */
function stepsOf(net, rows) {
  const Network = recurrent[net.name];
  if (!Network) return undefined;
  const [time, features] = net.input;
  const { x } = sequencesOf(net, rows);
  const data = Array.from({ length: rows }, (_, i) =>
    Array.from({ length: time }, (_, t) => [
      ...x.subarray((i * time + t) * features, (i * time + t + 1) * features),
    ]),
  );
  const [{ units }] = net.layers;
  return {
    network: new Network({ inputSize: features, hiddenLayers: [units], outputSize: features }),
    data,
  };
}

const options = { iterations: 1, errorThresh: 1e-12, learningRate: 1e-3, log: false };

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
  trainSequence({ net }) {
    const steps = stepsOf(net, net.batch);
    return (
      steps && {
        run: (n) => {
          for (let i = 0; i < n; i++) steps.network.train(steps.data, options);
        },
      }
    );
  },
  inferSequence({ net, rows }) {
    const steps = stepsOf(net, rows);
    steps?.network.train(steps.data.slice(0, 1), options);
    return (
      steps && {
        run: (n) => {
          for (let i = 0; i < n; i++) for (const sequence of steps.data) steps.network.run(sequence);
        },
      }
    );
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
