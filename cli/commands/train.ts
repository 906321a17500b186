import type { ArgsDef, ParsedArgs } from "citty";
import { type Command, UsageError } from "../command.js";
import { holdsImages, isImageFolder } from "../image-files.js";
import { isIdxFolder } from "../labelled-images.js";
import { atLeastZero, fraction, oneOf, positive, text, wholeNumber, wholeNumbers } from "../options.js";
import { columnOptions, findOptionsFrom, readingFrom, readingOptions } from "../table-options.js";
import type { TableSettings } from "../table-settings.js";
import { AUGMENTATIONS, type ImageSettings, trainImages } from "../train-images.js";
import { trainOnTable } from "../train-table.js";
import { forceOption } from "../whole-file.js";

const VARIANTS = ["auto", "fastest", "relaxed", "simd", "scalar"] as const;
/** The most that a model has. */
const MOST_NETWORKS = 100;
/** Seconds that --tune searches for, if it does not say. */
const SECONDS = 60;

const tableOptions = {
  ...columnOptions,
  ...readingOptions,
  "class-weights": {
    type: "string",
    valueHint: "NAME",
    description: "balanced: each class counts alike, however many rows it has",
  },
  folds: {
    type: "string",
    valueHint: "N",
    description:
      "parts of the cross-validation that scores the model, 0 for none (5 up to 1,000 rows, 3 up to 20,000, 0 for more and with --test or --validation)",
  },
  test: { type: "string", valueHint: "FILE", description: "a table to score the model on" },
  tune: {
    type: "string",
    valueHint: "SECONDS",
    description: "search for better network settings before training, for this number of seconds",
  },
  report: {
    type: "string",
    valueHint: "FILE",
    description: "write a page (HTML) with all scores and pictures of them",
  },
  hidden: {
    type: "string",
    valueHint: "UNITS",
    description: "units of the hidden layers, separated by commas; 0 for none (64,64)",
  },
  dropout: { type: "string", valueHint: "X", description: "dropout after each hidden layer (0.1)" },
  networks: {
    type: "string",
    valueHint: "N",
    description: "how many networks are trained and averaged (3 to 8, fewer for large tables)",
  },
} as const satisfies ArgsDef;

const imageOptions = {
  size: {
    type: "string",
    valueHint: "HxW",
    description: "height and width that images are resized to, such as 32x32 (the median, at most 64 pixels)",
  },
  channels: {
    type: "string",
    valueHint: "N",
    description: "1 for gray images, 3 for colours (1 if all are gray)",
  },
  augment: {
    type: "string",
    valueHint: "NAME",
    description:
      "how images change from epoch to epoch: none, light (moved, turned and scaled a little) or mirrored (that, and left and right exchanged) (light)",
  },
} as const satisfies ArgsDef;

const options = {
  data: {
    type: "positional",
    required: true,
    description:
      "a table in CSV, JSON or Parquet (- is standard input), a folder that has a folder of PNG or JPEG images for each class, or a folder of IDX files such as MNIST's",
  },
  ...tableOptions,
  ...imageOptions,
  epochs: {
    type: "string",
    valueHint: "N",
    description:
      "the most passes over the rows or images; training stops early (150, fewer for large tables)",
  },
  "batch-size": {
    type: "string",
    valueHint: "N",
    description: "rows or images per step (16 to 256 rows by the size of the table, 32 images)",
  },
  "learning-rate": {
    type: "string",
    valueHint: "X",
    description: "learning rate of AdamW (tables 0.003, images 0.001)",
  },
  "weight-decay": { type: "string", valueHint: "X", description: "weight decay of AdamW (0.1)" },
  validation: {
    type: "string",
    valueHint: "X",
    description: "fraction of the rows or images to keep back for the score (tables 0, images 0.2)",
  },
  from: {
    type: "string",
    valueHint: "MODEL",
    description: "a model to go on from: one that this command trained on such a table or such images",
  },
  seed: {
    type: "string",
    valueHint: "N",
    description: "seed of the held-out rows, the initial weights and the shuffles (1)",
  },
  variant: {
    type: "string",
    valueHint: "NAME",
    description: `build of the kernels: ${VARIANTS.join(", ")} (auto)`,
  },
  out: { type: "string", valueHint: "FILE", description: "the model's file (model.safetensors)" },
  force: forceOption,
  json: { type: "boolean", description: "print the result as JSON; everything else goes to standard error" },
} as const satisfies ArgsDef;

type Args = ParsedArgs<typeof options>;

export const train: Command<typeof options> = {
  name: "lanewise train",
  description: "Trains a network on a table or a folder of images and writes it to a file.",
  options,
  run(args, words) {
    const images = isImageFolder(args.data) || isIdxFolder(args.data);
    checkKind(args, images);
    if (!images && holdsImages(args.data))
      throw new Error(
        `${args.data}: expected a table or a folder, got an image: pass the folder that has a folder of images for each class`,
      );
    return images ? trainImages(imageSettings(args)) : trainOnTable(tableSettings(args, words));
  },
};

/** Throws a UsageError for an option that is for other data. */
function checkKind(args: Args, images: boolean): void {
  const values: Readonly<Record<string, unknown>> = args;
  const wrong = Object.keys(images ? tableOptions : imageOptions).find((name) => values[name] !== undefined);
  if (wrong !== undefined)
    throw new UsageError(
      images
        ? `--${wrong} is for tables, and ${args.data} is a folder of images`
        : `--${wrong} is for folders of images, and ${args.data} is none`,
    );
}

/** The settings of tables and of images. */
const commonSettings = (args: Args) => ({
  data: args.data,
  from: text("from", args.from),
  seed: wholeNumber("seed", args.seed, 0) ?? 1,
  variant: oneOf("variant", args.variant, VARIANTS) ?? "auto",
  out: text("out", args.out) ?? "model.safetensors",
  force: args.force === true,
  json: args.json === true,
});

function tableSettings(args: Args, words: readonly string[]): TableSettings {
  const hidden = wholeNumbers("hidden", args.hidden, 0);
  if (hidden && hidden.length > 1 && hidden.includes(0))
    throw new UsageError(`--hidden expected units of at least 1, or 0 alone for none, got ${args.hidden}`);
  const recipe = {
    hidden: hidden?.filter((units) => units > 0),
    dropout: fraction("dropout", args.dropout),
    networks: wholeNumber("networks", args.networks, 1, MOST_NETWORKS),
    epochs: wholeNumber("epochs", args.epochs, 1),
    batchSize: wholeNumber("batch-size", args["batch-size"], 1),
    learningRate: positive("learning-rate", args["learning-rate"]),
    weightDecay: atLeastZero("weight-decay", args["weight-decay"]),
  };
  return {
    ...commonSettings(args),
    target: text("target", args.target),
    reading: readingFrom(args),
    columns: findOptionsFrom(args, words),
    recipe: Object.fromEntries(Object.entries(recipe).filter(([, value]) => value !== undefined)),
    classWeights: oneOf("class-weights", args["class-weights"], ["balanced"]),
    folds: foldsFrom(args.folds),
    test: text("test", args.test),
    validation: fraction("validation", args.validation) ?? 0,
    tune: args.tune === "" ? SECONDS : positive("tune", args.tune),
    report: text("report", args.report),
  };
}

function foldsFrom(value: unknown): number | undefined {
  const folds = wholeNumber("folds", value, 0);
  if (folds === 1) throw new UsageError("--folds expected 2 or more, or 0 for none, got 1");
  return folds;
}

function imageSettings(args: Args): ImageSettings {
  const size = text("size", args.size);
  const sides = size
    ?.match(/^([1-9]\d{0,4})x([1-9]\d{0,4})$/)
    ?.slice(1)
    .map(Number);
  if (size !== undefined && !sides)
    throw new UsageError(`--size expected a height and a width, such as 32x32, got ${size}`);
  const channels = oneOf("channels", args.channels, ["1", "3"]);
  return {
    ...commonSettings(args),
    size: sides && [sides[0], sides[1]],
    channels: channels && (channels === "1" ? 1 : 3),
    augment: oneOf("augment", args.augment, AUGMENTATIONS) ?? "light",
    epochs: wholeNumber("epochs", args.epochs, 1),
    batchSize: wholeNumber("batch-size", args["batch-size"], 1) ?? 32,
    learningRate: positive("learning-rate", args["learning-rate"]),
    weightDecay: atLeastZero("weight-decay", args["weight-decay"]) ?? 0.1,
    validation: fraction("validation", args.validation) ?? 0.2,
  };
}
