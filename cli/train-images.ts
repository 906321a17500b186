import {
  type Augmentation,
  adamw,
  augment,
  type Backend,
  createBackend,
  type Model,
  Sequential,
  saveModel,
} from "lanewise";
import { scorePredictions } from "lanewise/table";
import { counted, grouped } from "./figures.js";
import { conversionNote } from "./image-files.js";
import { imageMetadata } from "./image-model.js";
import { type ImageShape, imageLayers, imageSize } from "./image-net.js";
import { labelledImages } from "./labelled-images.js";
import { readModel } from "./predictor.js";
import { trainingProgress } from "./progress.js";
import { mainScores, scoresJson, scoresText } from "./score-text.js";
import { textTable } from "./text-table.js";
import type { ThreadCount } from "./threads.js";
import { checkNoFolder, writeKeeping } from "./whole-file.js";

/** What changes images while training. */
export const AUGMENTATIONS = ["none", "light", "mirrored"] as const;

export interface ImageSettings {
  readonly data: string;
  /** Height and width; by default by the images. */
  readonly size: readonly [height: number, width: number] | undefined;
  readonly channels: 1 | 3 | undefined;
  readonly augment: (typeof AUGMENTATIONS)[number];
  readonly epochs: number | undefined;
  readonly batchSize: number;
  readonly learningRate: number | undefined;
  readonly weightDecay: number;
  readonly validation: number;
  readonly seed: number;
  readonly variant: "auto" | "fastest" | "relaxed" | "simd" | "scalar";
  readonly threads: ThreadCount;
  /** A model to go on from. */
  readonly from: string | undefined;
  readonly out: string;
  /** Whether a file that is there is overwritten. */
  readonly force: boolean;
  readonly json: boolean;
}

/** Adam's own default, which suits convolutions. */
const LEARNING_RATE = 0.001;
/** Steps of a training without --epochs, and the bounds of its epochs. Small folders need more epochs. */
const STEPS = 3000;
const [LEAST_EPOCHS, MOST_EPOCHS] = [20, 400];
/** The patience of early stopping: both in epochs and in steps. The first hundreds may bring no progress. */
const [PATIENT_EPOCHS, PATIENT_STEPS] = [6, 500];
/** The colour behind transparent pixels: white, as on a page. */
const BACKGROUND = 1;
/** The largest number of names in a list. */
const MOST_NAMES = 5;
const MOST_CLASSES = 20;

/** Trains a classifier on a folder of images with their classes, and says what it did. */
export async function trainImages(settings: ImageSettings): Promise<void> {
  const { data, seed, batchSize, out, json, weightDecay } = settings;
  checkNoFolder(out);
  const say = json ? console.error : console.log;
  const { labels, counts, shape, training, validation: held } = openImages(settings, say);
  const backend = await createBackend({ variant: settings.variant, threads: settings.threads });
  const model = await modelFor(backend, settings, shape, labels);
  say(
    `network: three convolutions and a hidden layer, ${counted(model.parameterCount, "parameter")}; ${backend.variant} build`,
  );
  const steps = Math.ceil(training.y.length / batchSize);
  const epochs = settings.epochs ?? Math.min(Math.max(Math.ceil(STEPS / steps), LEAST_EPOCHS), MOST_EPOCHS);
  say(
    `${grouped(training.y.length)} images to learn from${augmentationNote(settings.augment)}, ${grouped(held.y.length)} held out; up to ${counted(epochs, "epoch")}\n`,
  );
  const began = performance.now();
  const progress = trainingProgress(epochs, process.stderr, 10);
  const validates = held.y.length > 0;
  const { bestEpoch, epochs: done } = await model
    .fit(training.x, training.y, {
      loss: "categoricalCrossEntropy",
      optimizer: adamw({ learningRate: settings.learningRate ?? LEARNING_RATE, weightDecay }),
      epochs,
      batchSize,
      metrics: ["accuracy"],
      augment: augmentationOf(settings.augment),
      ...(validates && {
        validationData: [held.x, held.y] as const,
        earlyStopping: { patience: Math.max(PATIENT_EPOCHS, Math.ceil(PATIENT_STEPS / steps)) },
      }),
      onBatchEnd: progress.onBatchEnd,
      onEpochEnd: progress.onEpochEnd,
    })
    .finally(() => progress.stop());
  const seconds = (performance.now() - began) / 1000;

  const scored = validates
    ? scorePredictions({ labels, values: Array.from(held.y) }, model.predict(held.x))
    : undefined;
  Object.assign(
    model.metadata,
    { task: "classification", images: imageMetadata(BACKGROUND) },
    scored && { scores: JSON.stringify(mainScores(scored.scores)) },
  );
  const file = saveModel(model);
  writeKeeping(out, file, settings.force, (sentence) => console.error(sentence));

  if (json) {
    const [height, width, channels] = shape;
    const images = { training: training.y.length, heldOut: held.y.length };
    const how = { images, parameters: model.parameterCount, epochs: done.length, bestEpoch, seed };
    const scores = scored && scoresJson(scored);
    console.log(
      JSON.stringify({
        ...{ data, task: "classification", labels, counts, height, width, channels, ...how },
        ...{ variant: backend.variant, seconds, scores, model: out, bytes: file.length },
      }),
    );
    return;
  }
  console.log(
    scored
      ? `\nheld-out images, which also chose epoch ${bestEpoch} of ${done.length}\n\n${scoresText(scored)}`
      : "\nno images were held out: no score",
  );
  console.log(`\nwrote ${out}, ${counted(file.length, "byte")}`);
}

/** A new network, or that of --from. Throws an Error that says what of the model does not fit. */
async function modelFor(
  backend: Backend,
  { from, seed }: ImageSettings,
  shape: ImageShape,
  labels: readonly string[],
): Promise<Model> {
  const inputShape = [...shape];
  if (from === undefined)
    return new Sequential(backend, {
      inputShape,
      seed,
      labels: [...labels],
      layers: imageLayers(shape, labels.length),
    });
  const { model } = await readModel(backend, from);
  if (model.inputShape.join() !== inputShape.join())
    throw new Error(
      `${from}: expected a model of images of [${inputShape.join(", ")}], got one of [${model.inputShape.join(", ")}]; --size and --channels set what images become`,
    );
  if (model.labels?.join("\n") !== labels.join("\n"))
    throw new Error(
      `${from}: expected a model of the classes ${labels.join(", ")}, got ${model.labels?.join(", ") ?? "one that names none"}`,
    );
  return model;
}

/** The images in the network's size, and what is to be said of them. Throws an Error that names a file. */
function openImages(
  { data, size, channels, validation, seed }: ImageSettings,
  say: (sentence: string) => void,
) {
  const images = labelledImages(data, "train");
  const { labels, counts, survey, skipped } = images;
  const count = counts.reduce((sum, each) => sum + each, 0);
  say(`${counted(count, "image")} of ${counted(labels.length, "class", "classes")}`);
  const rows = labels.slice(0, MOST_CLASSES).map((label, i) => [`  ${label}`, grouped(counts[i])]);
  const more = labels.length - rows.length;
  say(
    `${textTable(rows, (column) => column > 0)}${more > 0 ? `\n  and ${counted(more, "other class", "other classes")}` : ""}`,
  );
  if (skipped.length > 0) say(skippedNote(skipped));
  const [height, width] = size ?? imageSize(survey.height, survey.width);
  const depth = channels ?? (survey.coloured > 0 ? 3 : 1);
  say(
    `resized to ${height} x ${width}, ${depth === 1 ? "gray" : "in colour"}; the median image is ${survey.height} x ${survey.width}; --size and --channels override`,
  );
  const note = conversionNote(survey, depth);
  if (note) say(note);
  const shape: ImageShape = [height, width, depth];
  return { labels, counts, shape, ...images.read(shape, { background: BACKGROUND, validation, seed }) };
}

function skippedNote(skipped: readonly string[]): string {
  const named = skipped.slice(0, MOST_NAMES).join(", ");
  const more = skipped.length - MOST_NAMES;
  return `left out, no PNG or JPEG in a class folder: ${named}${more > 0 ? ` and ${counted(more, "other file")}` : ""}`;
}

/** Moves, turns and scales a little: what a picture shows is the same then, letters and digits too. */
const LIGHT = { shift: 0.1, rotate: 10, zoom: 0.1 } as const;

function augmentationOf(name: ImageSettings["augment"]): Augmentation | undefined {
  if (name === "none") return undefined;
  return augment(name === "mirrored" ? { ...LIGHT, flip: "horizontal" } : LIGHT);
}

function augmentationNote(name: ImageSettings["augment"]): string {
  if (name === "none") return "";
  return `, moved, turned and scaled a little${name === "mirrored" ? ", and mirrored" : ""} in each epoch (--augment)`;
}
