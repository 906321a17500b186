import type { ArgsDef } from "citty";
import type { DataKind } from "./data-kind.js";
import { columnOptions, readingOptions } from "./table-options.js";
import { TOKENS } from "./text-settings.js";
import { threadsOption } from "./threads.js";
import { forceOption } from "./whole-file.js";

/** The options of `lanewise train`, and what data each is for. */

export const VARIANTS = ["auto", "fastest", "relaxed", "simd", "scalar"] as const;

const tableOptions = {
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

const textOptions = {
  tokens: {
    type: "string",
    valueHint: "NAME",
    description: `what a text is read and written in: ${TOKENS.join(" or ")} (characters)`,
  },
  minutes: {
    type: "string",
    valueHint: "X",
    description: "the most minutes to learn from a text (10, without a limit if --epochs is given)",
  },
} as const satisfies ArgsDef;

const seriesOptions = {
  forecast: {
    type: "string",
    valueHint: "N",
    description: "take the table for a time series, and learn to forecast the next N rows of the target",
  },
  season: {
    type: "string",
    valueHint: "N",
    description: "rows after which a series repeats itself, 0 for never (found if it is evident)",
  },
  forecasts: {
    type: "string",
    valueHint: "FILE",
    description: "the file for the forecast of the next rows (forecast.csv)",
  },
} as const satisfies ArgsDef;

export const trainOptions = {
  data: {
    type: "positional",
    required: true,
    description:
      "a table in CSV, JSON or Parquet (- is standard input), a text, a folder that has a folder of PNG or JPEG images for each class, or a folder of IDX files such as MNIST's",
  },
  ...columnOptions,
  ...readingOptions,
  ...tableOptions,
  ...imageOptions,
  ...textOptions,
  ...seriesOptions,
  window: {
    type: "string",
    valueHint: "N",
    description:
      "what the network sees at once: tokens of a text (128), rows of a series (a season, or twice the forecast)",
  },
  hidden: {
    type: "string",
    valueHint: "UNITS",
    description:
      "units of the hidden layers, separated by commas; 0 for none (tables 64,64, text 128 or 192, series 16)",
  },
  dropout: {
    type: "string",
    valueHint: "X",
    description: "dropout after each hidden layer (tables 0.1, text 0)",
  },
  epochs: {
    type: "string",
    valueHint: "N",
    description:
      "the most passes over the rows, images or text; training stops early (tables 150, fewer for large ones)",
  },
  "batch-size": {
    type: "string",
    valueHint: "N",
    description: "rows, images or windows per step (16 to 256 rows by the size of the table, 32 images)",
  },
  "learning-rate": {
    type: "string",
    valueHint: "X",
    description: "learning rate of AdamW (tables 0.003, images 0.001, text 0.003, series 0.002)",
  },
  "weight-decay": {
    type: "string",
    valueHint: "X",
    description: "weight decay of AdamW (0.1, text and series 0.01)",
  },
  validation: {
    type: "string",
    valueHint: "X",
    description:
      "fraction of the rows, images or text to keep back for the score (tables 0, images 0.2, text 0.1, series 0.2)",
  },
  from: {
    type: "string",
    valueHint: "MODEL",
    description: "a model to go on from: one that this command trained on such a table, such images or text",
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
  threads: threadsOption,
  out: { type: "string", valueHint: "FILE", description: "the model's file (model.safetensors)" },
  force: forceOption,
  json: { type: "boolean", description: "print the result as JSON; everything else goes to standard error" },
} as const satisfies ArgsDef;

const all = (options: ArgsDef, ...kinds: DataKind[]): [string, readonly DataKind[]][] =>
  Object.keys(options).map((name) => [name, kinds]);

/** What data an option is for; those that are not here are for all. */
export const optionKinds: ReadonlyMap<string, readonly DataKind[]> = new Map<string, readonly DataKind[]>([
  ...all(columnOptions, "table", "series"),
  ...all(readingOptions, "table", "series"),
  ...all(tableOptions, "table"),
  ...all(imageOptions, "images"),
  ...all(textOptions, "text"),
  ...all(seriesOptions, "series"),
  ["encoding", ["table", "series", "text"]],
  ["task", ["table"]],
  ["window", ["text", "series"]],
  ["hidden", ["table", "text", "series"]],
  ["dropout", ["table", "text"]],
  ["from", ["table", "images", "text"]],
]);
