/**
 * Test accuracy and time of a network of convolutions on the files of MNIST or Fashion-MNIST, beside
 * PyTorch's. The same network, Adam and batches; one thread each, one after the other.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { adam, createBackend } from "lanewise";
import { runCommand, UsageError } from "../cli/command.js";
import { text, wholeNumber } from "../cli/options.js";
import { textTable } from "../cli/text-table.js";
import { readIdxFolder } from "../examples/digits/idx-folder.js";
import { buildModel } from "../examples/mnist-cnn/model.js";

const FILTERS = 16;
const BATCH = 32;
const python = fileURLToPath(new URL("peers/python/accuracy.py", import.meta.url));

interface Outcome {
  readonly library: string;
  readonly accuracy: number;
  readonly seconds: number;
}

await runCommand({
  name: "npm run bench:accuracy --",
  description: "Trains a network of convolutions in lanewise and in PyTorch: test accuracies and times.",
  options: {
    data: { type: "string", valueHint: "DIR", description: "a folder with the four files of MNIST" },
    epochs: { type: "string", valueHint: "N", description: "passes over the training images (5)" },
    seeds: {
      type: "string",
      valueHint: "N",
      description: "trainings of each library, with seeds 1 to N (1)",
    },
  },
  async run(args) {
    const data = text("data", args.data);
    if (data === undefined) throw new UsageError("--data expected a folder with the four files of MNIST");
    const epochs = wholeNumber("epochs", args.epochs, 1) ?? 5;
    const seeds = wholeNumber("seeds", args.seeds, 1) ?? 1;
    const rows: string[][] = [["", "seed", "test accuracy", "seconds"]];
    for (let seed = 1; seed <= seeds; seed++)
      for (const outcome of [await trainLanewise(data, epochs, seed), trainPyTorch(data, epochs, seed)])
        rows.push([outcome.library, String(seed), outcome.accuracy.toFixed(4), outcome.seconds.toFixed(1)]);
    console.log(`${epochs} epochs, batches of ${BATCH}, Adam, one thread\n`);
    console.log(textTable(rows, (column) => column > 0));
  },
});

async function trainLanewise(data: string, epochs: number, seed: number): Promise<Outcome> {
  const { training, test } = readIdxFolder(data);
  const backend = await createBackend({ variant: "fastest" });
  const model = buildModel(backend, Math.sqrt(training.size), { filters: FILTERS, rate: 0, seed });
  const begin = performance.now();
  await model.fit(training.pixels, training.labels, {
    loss: "softmaxCrossEntropy",
    optimizer: adam(),
    epochs,
    batchSize: BATCH,
  });
  const seconds = (performance.now() - begin) / 1000;
  const { accuracy = 0 } = model.evaluate(test.pixels, test.labels, {
    loss: "softmaxCrossEntropy",
    metrics: ["accuracy"],
  });
  const library = `lanewise, ${backend.variant}`;
  backend.dispose();
  return { library, accuracy, seconds };
}

function trainPyTorch(data: string, epochs: number, seed: number): Outcome {
  const words = [python, data, String(epochs), String(seed), String(FILTERS), String(BATCH)];
  const { stdout, stderr, status } = spawnSync("/usr/bin/python3", words, { encoding: "utf8" });
  if (status !== 0)
    throw new Error(
      `PyTorch did not train; install python3-torch and libopenblas0-pthread: ${stderr.trim().split("\n").at(-1)}`,
    );
  return JSON.parse(stdout);
}
