import {
  activation,
  adam,
  batchNormalization,
  conv2d,
  createBackend,
  dense,
  flatten,
  type Layer,
  loadModel,
  loadWeights,
  maxPool2d,
  Sequential,
  saveModel,
} from "lanewise";
import { runCommand } from "../../cli/command.js";
import { text, wholeNumber } from "../../cli/options.js";
import { readIdxFolder } from "../digits/idx-folder.js";
import { type Images, loadDigits, type Split, splitIntoFolds } from "../digits/images.js";
import { pickDigits, pickFew } from "./pick.js";

/** Epochs on the few images, and the learning rate of Adam. */
const EPOCHS = 100;
const LEARNING_RATE = 2e-3;

/** Transfer learning: what a network has learned of the digits 0 to 4 helps it to learn 5 to 9 from a few. */
await runCommand({
  name: "npm run example:transfer --",
  description: "Trains on the digits 0 to 4, and with the convolutions frozen on a few images of 5 to 9.",
  options: {
    data: {
      type: "string",
      valueHint: "DIR",
      description: "a folder with the four files of MNIST; without it, the small digits of npm start",
    },
    samples: { type: "string", valueHint: "N", description: "images of each of the digits 5 to 9 (10)" },
    draws: {
      type: "string",
      valueHint: "N",
      description: "how many times the few images are drawn anew (5)",
    },
    epochs: {
      type: "string",
      valueHint: "N",
      description: "times that training goes through the digits 0 to 4 (20)",
    },
    seed: {
      type: "string",
      valueHint: "N",
      description: "decides weights, shuffles, what is held out and which images are the few (1)",
    },
  },
  async run(args) {
    const data = text("data", args.data);
    const seed = wholeNumber("seed", args.seed, 0) ?? 1;
    const samples = wholeNumber("samples", args.samples, 1) ?? 10;
    const draws = wholeNumber("draws", args.draws, 1) ?? 5;
    const { training, test }: Split =
      data === undefined ? splitIntoFolds(loadDigits(), 5, seed)[0] : readIdxFolder(data);
    const known = pickDigits(training, 0, 4);
    const unseen = pickDigits(test, 5, 9);

    const backend = await createBackend();
    const side = Math.sqrt(training.size);
    const make = (layers: readonly Layer[], seed: number) =>
      new Sequential(backend, { inputShape: [side, side, 1], seed, layers });
    const first = make([...convolutionsOf(), head()], seed);
    await learn(first, known, { epochs: wholeNumber("epochs", args.epochs, 1) ?? 20 });
    const accuracy = accuracyOn(pickDigits(test, 0, 4), first);
    console.log(`0 to 4: ${known.labels.length} images, test accuracy ${accuracy.toFixed(4)}\n`);
    const file = saveModel(first);
    first.dispose();

    const scores: Record<string, number[]> = { frozen: [], tuned: [], "from nothing": [] };
    for (let draw = 0; draw < draws; draw++) {
      const own = seed * draws + draw;
      const few = pickFew(pickDigits(training, 5, 9), samples, own);
      const { layers } = await loadModel(backend, file);
      const convolutions = layers.slice(0, -1);

      // The convolutions keep what they know of 0 to 4, and a new head learns what they see in 5 to 9.
      const trunk = convolutions.map((layer) => layer.frozen());
      const frozen = make([...trunk, head()], own);
      loadWeights(frozen, file, { layers: trunk });
      await learn(frozen, few, { epochs: EPOCHS });
      scores.frozen.push(accuracyOn(unseen, frozen));

      // Then all of it goes on, in small steps.
      const tuned = make([...convolutions, head()], own);
      loadWeights(tuned, saveModel(frozen));
      await learn(tuned, few, { epochs: EPOCHS / 2, learningRate: LEARNING_RATE / 10 });
      scores.tuned.push(accuracyOn(unseen, tuned));

      const fresh = make([...convolutionsOf(), head()], own);
      await learn(fresh, few, { epochs: EPOCHS * 1.5 });
      scores["from nothing"].push(accuracyOn(unseen, fresh));
      for (const model of [frozen, tuned, fresh]) model.dispose();
    }
    console.log(
      `5 to 9: ${samples} images of each, tested on ${unseen.labels.length}; means of ${draws} draws\n`,
    );
    for (const [name, values] of Object.entries(scores)) console.log(`${name.padEnd(12)}  ${spread(values)}`);
    backend.dispose();
  },
});

/**
 * The statistics of the normalizations move faster than by default: the few images make a few hundred steps.
 */
function convolutionsOf(): Layer[] {
  return [
    conv2d(16, 3, { padding: "same", useBias: false }),
    batchNormalization({ momentum: 0.9 }),
    activation("relu"),
    conv2d(32, 3, { padding: "same", useBias: false }),
    batchNormalization({ momentum: 0.9 }),
    activation("relu"),
    maxPool2d(),
    flatten(),
  ];
}

/** What tells the five digits apart. */
function head(): Layer {
  return dense(5);
}

async function learn(
  model: Sequential,
  { pixels, labels }: Images,
  { epochs, learningRate = LEARNING_RATE }: { epochs: number; learningRate?: number },
): Promise<void> {
  const optimizer = adam({ learningRate });
  await model.fit(pixels, labels, { loss: "softmaxCrossEntropy", optimizer, epochs, batchSize: 32 });
}

/** The fraction of images that the model reads right. */
function accuracyOn({ pixels, labels }: Images, model: Sequential): number {
  const { accuracy = 0 } = model.evaluate(pixels, labels, {
    loss: "softmaxCrossEntropy",
    metrics: ["accuracy"],
  });
  return accuracy;
}

/** The mean of some accuracies, and the smallest and the largest. */
function spread(values: readonly number[]): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const [least, most] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(4));
  return `${mean.toFixed(4)} (${least} to ${most})`;
}
