import {
  activation,
  adamw,
  add,
  augment,
  type Backend,
  batchNormalization,
  conv2d,
  createBackend,
  dense,
  globalAveragePool2d,
  input,
  Model,
  maxPool2d,
  schedules,
  type Tensor,
} from "lanewise";
import { runCommand } from "../../cli/command.js";
import { confusionMatrix, confusionTable, mostLikely } from "../../cli/confusion.js";
import { hashOfWeights } from "../../cli/hash.js";
import { positive, wholeNumber } from "../../cli/options.js";
import { classes, drawShapes, SIDE } from "./shapes.js";

const BATCH = 32;

/** Tells drawn shapes apart by a residual network. */
await runCommand({
  name: "npm run example:residual --",
  description: "Trains a small residual network on drawn shapes in colour, of 32 x 32 pixels.",
  options: {
    images: { type: "string", valueHint: "N", description: "images to learn from (2400)" },
    epochs: { type: "string", valueHint: "N", description: "times that training goes through them (20)" },
    "learning-rate": { type: "string", valueHint: "X", description: "the largest one of AdamW (0.01)" },
    seed: { type: "string", valueHint: "N", description: "decides images, weights and shuffles (1)" },
  },
  async run(args) {
    const seed = wholeNumber("seed", args.seed, 0) ?? 1;
    const epochs = wholeNumber("epochs", args.epochs, 1) ?? 20;
    const learningRate = positive("learning-rate", args["learning-rate"]) ?? 1e-2;
    const training = drawShapes(wholeNumber("images", args.images, BATCH) ?? 2400, 2 * seed);
    const validation = drawShapes(400, 2 * seed + 1);
    const backend = await createBackend();
    const model = buildModel(backend, seed);
    console.log(`${model.summary()}\n`);
    console.log(
      `training on ${training.labels.length} images, validating on ${validation.labels.length}, ${backend.variant} build\n`,
    );

    // The rate rises while the statistics of the normalizations settle, and then falls to 0.
    const steps = epochs * Math.ceil(training.labels.length / BATCH);
    const warm = Math.floor(steps / 10);
    const cosine = schedules.cosine({ learningRate, steps: steps - warm });
    const begin = performance.now();
    await model.fit(training.pixels, training.labels, {
      loss: "softmaxCrossEntropy",
      optimizer: adamw({
        learningRate: schedules.warmup({ steps: warm, before: cosine }),
        weightDecay: 1e-2,
      }),
      epochs,
      batchSize: BATCH,
      metrics: ["accuracy"],
      augment: augment({ flip: "both", shift: 0.1, brightness: 0.1, contrast: 0.2 }),
      validationData: [validation.pixels, validation.labels],
      onEpochEnd: ({
        epoch,
        learningRate,
        loss,
        accuracy = 0,
        validationLoss = 0,
        validationAccuracy = 0,
      }) => {
        console.log(
          `epoch ${String(epoch).padStart(2)}  learning rate ${learningRate.toFixed(5)}  loss ${loss.toFixed(4)}  accuracy ${accuracy.toFixed(4)}  validation: loss ${validationLoss.toFixed(4)}  accuracy ${validationAccuracy.toFixed(4)}`,
        );
      },
    });
    const seconds = (performance.now() - begin) / 1000;

    const predicted = mostLikely(model.forInference().predict(validation.pixels), classes.length);
    const right = predicted.filter((label, i) => label === validation.labels[i]).length;
    console.log(
      `\nvalidation accuracy ${(right / predicted.length).toFixed(4)} after ${seconds.toFixed(1)} s, ${Math.round((epochs * training.labels.length) / seconds)} images/s\n`,
    );
    console.log(
      `${confusionTable(classes, confusionMatrix(classes.length, validation.labels, predicted))}\n`,
    );
    console.log(`SHA-256 of the weights ${hashOfWeights(model)}`);
    backend.dispose();
  },
});

/** A first convolution, and three blocks, of which the last two halve the image and double the channels. */
function buildModel(backend: Backend, seed: number): Model {
  const image = input([SIDE, SIDE, 3]);
  let x = normalized(image, 16, { kernel: 3, strides: 1 });
  x = maxPool2d().apply(activation("relu").apply(x));
  x = block(x, 16, 1);
  x = block(x, 32, 2);
  x = block(x, 64, 2);
  const outputs = dense(classes.length).apply(globalAveragePool2d().apply(x));
  return new Model(backend, { inputs: image, outputs, seed, labels: classes });
}

/**
 * A residual block (He, Zhang, Ren and Sun 2015): two convolutions change what goes past them. Where the
 * shape changes, what goes past is brought to it by a convolution of 1 x 1.
 */
function block(x: Tensor, filters: number, strides: number): Tensor {
  const hidden = activation("relu").apply(normalized(x, filters, { kernel: 3, strides }));
  const change = normalized(hidden, filters, { kernel: 3, strides: 1 });
  const isSame = strides === 1 && x.shape[2] === filters;
  const past = isSame ? x : normalized(x, filters, { kernel: 1, strides });
  return activation("relu").apply(add(past, change));
}

/** A convolution that keeps the size of the image, divided by the strides, and its normalization. */
function normalized(x: Tensor, filters: number, size: { kernel: number; strides: number }): Tensor {
  const { kernel, strides } = size;
  const options = { strides, padding: "same", useBias: false, kernelInitializer: "heNormal" } as const;
  return batchNormalization({ momentum: 0.9 }).apply(conv2d(filters, kernel, options).apply(x));
}
