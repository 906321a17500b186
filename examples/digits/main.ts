import { adam, type Backend, createBackend, dense, type History, Sequential, saveModel } from "lanewise";
import { runCommand, UsageError } from "../../cli/command.js";
import { confusionMatrix, confusionTable, mostLikely } from "../../cli/confusion.js";
import { type Progress, trainingProgress } from "../../cli/progress.js";
import { writeWhole } from "../../cli/whole-file.js";
import { compareBuilds } from "./compare-builds.js";
import { readIdxFolder } from "./idx-folder.js";
import { type Images, loadDigits, splitIntoFolds } from "./images.js";
import { options, readSettings, type Settings } from "./options.js";

/** Learns to read handwritten digits. */
await runCommand({
  name: "npm start --",
  description: "Trains a network to read handwritten digits, and compares the builds of the kernels.",
  options,
  run: (args) => main(readSettings(args)),
});

async function main(settings: Settings): Promise<void> {
  if (settings.folds === undefined) await trainAndTest(settings);
  else await crossValidate(settings, settings.folds);
}

/**
 * A network from pixels to ten numbers, one for each digit: the larger the number, the likelier the digit.
 */
function buildModel(backend: Backend, pixels: number, { hidden, seed }: Settings): Sequential {
  const hiddenLayers = hidden.map((units) => dense(units, { activation: "relu" }));
  const labels = Array.from({ length: 10 }, (_, digit) => String(digit));
  return new Sequential(backend, { inputShape: pixels, seed, labels, layers: [...hiddenLayers, dense(10)] });
}

/**
 * Goes through the images `epochs` times in batches; each batch moves the weights a little down the slope of
 * the loss.
 */
async function train(
  model: Sequential,
  images: Images,
  { epochs, batchSize, learningRate }: Settings,
  progress?: Progress,
): Promise<History> {
  const history = await model.fit(images.pixels, images.labels, {
    // The loss takes the ten numbers as logits: it puts the softmax to them itself, which is faster and more
    // exact than a softmax layer.
    loss: "softmaxCrossEntropy",
    optimizer: adam({ learningRate }),
    epochs,
    batchSize,
    metrics: ["accuracy"],
    onBatchEnd: progress?.onBatchEnd,
    onEpochEnd: progress?.onEpochEnd,
  });
  if (!Number.isFinite(history.epochs.at(-1)?.loss))
    throw new Error("the loss is no longer a number: a smaller --learning-rate may help");
  return history;
}

/** The fraction of images that the model reads right. */
function accuracyOn(images: Images, model: Sequential): number {
  const { accuracy = 0 } = model.evaluate(images.pixels, images.labels, {
    loss: "softmaxCrossEntropy",
    metrics: ["accuracy"],
  });
  return accuracy;
}

async function trainAndTest(settings: Settings): Promise<void> {
  // A model is judged on images that it has not seen: a fifth of the digits is held out, MNIST comes with a
  // test set.
  const { training, test } =
    settings.data === undefined
      ? splitIntoFolds(loadDigits(), 5, settings.seed)[0]
      : readIdxFolder(settings.data);

  // A backend is the kernels and the memory that they work in; without options it takes SIMD where the engine
  // has it. The weights do not depend on the number of threads.
  const backend = await createBackend({ threads: "auto" });
  const model = buildModel(backend, training.size, settings);
  console.log(`${model.summary()}\n`);
  console.log(
    `training on ${training.labels.length} images, testing on ${test.labels.length}, ${backend.variant} build, ` +
      `${backend.threads} ${backend.threads === 1 ? "thread" : "threads"}\n`,
  );

  const progress = trainingProgress(settings.epochs);
  try {
    await train(model, training, settings, progress);
  } finally {
    progress.stop();
  }

  console.log(`\ntest accuracy ${accuracyOn(test, model).toFixed(4)}\n`);
  const digits = Array.from({ length: 10 }, (_, digit) => String(digit));
  console.log(
    `${confusionTable(digits, confusionMatrix(10, test.labels, mostLikely(model.predict(test.pixels), 10)))}\n`,
  );
  if (settings.save !== undefined) {
    const file = saveModel(model);
    writeWhole(settings.save, file);
    console.log(`saved: ${settings.save}, ${file.length} bytes\n`);
  }
  const epochs = comparedEpochs(settings.epochs, model.parameterCount * training.labels.length);
  backend.dispose();

  // One seed gives the same weights, to the bit, on the scalar and the SIMD build; relaxed SIMD trades the
  // last bits for speed.
  const identical = await compareBuilds(async (backend, epochs) => {
    const model = buildModel(backend, training.size, settings);
    return { model, history: await train(model, training, { ...settings, epochs }) };
  }, epochs);
  console.log(`\nweights identical: ${identical ? "yes" : "no"}`);
  if (!identical) process.exitCode = 1;
}

/**
 * So many epochs of so much work each, weights times images, that the slowest build is done in some ten
 * seconds: at most `epochs`, at least one.
 */
function comparedEpochs(epochs: number, work: number): number {
  return Math.max(1, Math.min(epochs, Math.floor(1.2e10 / work)));
}

/** Trains once for each fold, on the images of the others, so that every image is tested on once. */
async function crossValidate(settings: Settings, folds: number): Promise<void> {
  const images = loadDigits();
  const most = images.labels.length;
  if (folds > most)
    throw new UsageError(`--folds expected at most ${most}, one for each image, got ${folds}`);
  const backend = await createBackend({ threads: "auto" });
  const accuracies: number[] = [];
  for (const { training, test } of splitIntoFolds(images, folds, settings.seed)) {
    const model = buildModel(backend, training.size, settings);
    await train(model, training, settings);
    const accuracy = accuracyOn(test, model);
    model.dispose();
    accuracies.push(accuracy);
    console.log(`fold ${accuracies.length}  accuracy ${accuracy.toFixed(4)}`);
  }
  backend.dispose();
  const mean = accuracies.reduce((sum, accuracy) => sum + accuracy, 0) / folds;
  const variance = accuracies.reduce((sum, accuracy) => sum + (accuracy - mean) ** 2, 0) / (folds - 1);
  console.log(
    `mean accuracy ${mean.toFixed(4)}, standard deviation ${Math.sqrt(variance).toFixed(4)} over ${folds} folds`,
  );
}
