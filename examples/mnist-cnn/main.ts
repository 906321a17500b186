import { adam, createBackend, saveModel } from "lanewise";
import { runCommand } from "../../cli/command.js";
import { confusionMatrix, confusionTable, mostLikely } from "../../cli/confusion.js";
import { hashOfWeights } from "../../cli/hash.js";
import { atLeastZero, positive, text, wholeNumber } from "../../cli/options.js";
import { trainingProgress } from "../../cli/progress.js";
import { writeWhole } from "../../cli/whole-file.js";
import { readIdxFolder } from "../digits/idx-folder.js";
import { loadDigits, type Split, splitIntoFolds } from "../digits/images.js";
import { buildModel } from "./model.js";

/** Learns to read digits, or to tell clothes apart, by convolutions. */
await runCommand({
  name: "npm run example:mnist-cnn --",
  description: "Trains a convolutional network on the files of MNIST or Fashion-MNIST.",
  options: {
    data: {
      type: "string",
      valueHint: "DIR",
      description: "a folder with the four files of MNIST; without it, the small digits of npm start",
    },
    epochs: {
      type: "string",
      valueHint: "N",
      description: "times that training goes through all images (5)",
    },
    filters: { type: "string", valueHint: "N", description: "filters of the first convolution (16)" },
    dropout: { type: "string", valueHint: "X", description: "rate of dropout before the dense layers (0)" },
    "batch-size": { type: "string", valueHint: "N", description: "images a step (32)" },
    "learning-rate": { type: "string", valueHint: "X", description: "learning rate of Adam (0.001)" },
    save: { type: "string", valueHint: "FILE", description: "write the trained model to this file" },
    seed: {
      type: "string",
      valueHint: "N",
      description: "decides weights, shuffles and what is held out (1)",
    },
  },
  async run(args) {
    const data = text("data", args.data);
    const save = text("save", args.save);
    const seed = wholeNumber("seed", args.seed, 0) ?? 1;
    const epochs = wholeNumber("epochs", args.epochs, 1) ?? 5;
    const { training, test }: Split =
      data === undefined ? splitIntoFolds(loadDigits(), 5, seed)[0] : readIdxFolder(data);
    const backend = await createBackend({ variant: "fastest" });
    const model = buildModel(backend, Math.sqrt(training.size), {
      filters: wholeNumber("filters", args.filters, 1) ?? 16,
      rate: atLeastZero("dropout", args.dropout) ?? 0,
      seed,
    });
    console.log(`${model.summary()}\n`);
    console.log(
      `training on ${training.labels.length} images, testing on ${test.labels.length}, ${backend.variant} build\n`,
    );

    const progress = trainingProgress(epochs);
    const begin = performance.now();
    try {
      await model.fit(training.pixels, training.labels, {
        loss: "softmaxCrossEntropy",
        optimizer: adam({ learningRate: positive("learning-rate", args["learning-rate"]) ?? 1e-3 }),
        epochs,
        batchSize: wholeNumber("batch-size", args["batch-size"], 1) ?? 32,
        metrics: ["accuracy"],
        onBatchEnd: progress.onBatchEnd,
        onEpochEnd: progress.onEpochEnd,
      });
    } finally {
      progress.stop();
    }
    const seconds = (performance.now() - begin) / 1000;

    const { accuracy = 0 } = model.evaluate(test.pixels, test.labels, {
      loss: "softmaxCrossEntropy",
      metrics: ["accuracy"],
    });
    const rate = Math.round((epochs * training.labels.length) / seconds);
    console.log(`\ntest accuracy ${accuracy.toFixed(4)} after ${seconds.toFixed(1)} s, ${rate} images/s\n`);
    const classes = Array.from({ length: 10 }, (_, label) => String(label));
    console.log(
      `${confusionTable(classes, confusionMatrix(10, test.labels, mostLikely(model.predict(test.pixels), 10)))}\n`,
    );
    if (save !== undefined) {
      const file = saveModel(model);
      writeWhole(save, file);
      console.log(`saved: ${save}, ${file.length} bytes\n`);
    }
    console.log(`SHA-256 of the weights ${hashOfWeights(model)}`);
    backend.dispose();
  },
});
