import type { ParsedArgs } from "citty";
import { type Command, UsageError } from "../command.js";
import { type DataKind, dataKind, kindNames } from "../data-kind.js";
import { holdsImages } from "../image-files.js";
import { atLeastZero, fraction, oneOf, positive, text, wholeNumber, wholeNumbers } from "../options.js";
import type { SeriesSettings } from "../series-settings.js";
import { findOptionsFrom, readingFrom } from "../table-options.js";
import type { TableSettings } from "../table-settings.js";
import { type TextSettings, TOKENS } from "../text-settings.js";
import { threadsFrom } from "../threads.js";
import { AUGMENTATIONS, type ImageSettings, trainImages } from "../train-images.js";
import { optionKinds, trainOptions, VARIANTS } from "../train-options.js";
import { trainSeries } from "../train-series.js";
import { trainOnTable } from "../train-table.js";
import { trainText } from "../train-text.js";

/** The most that a model has. */
const MOST_NETWORKS = 100;
/** Seconds that --tune searches for, if it does not say. */
const SECONDS = 60;

type Args = ParsedArgs<typeof trainOptions>;

export const train: Command<typeof trainOptions> = {
  name: "lanewise train",
  description:
    "Trains a network on a table, a time series, a text or a folder of images and writes it to a file.",
  options: trainOptions,
  run(args, words) {
    const { data } = args;
    const kind = dataKind(data, args);
    checkKind(args, kind);
    switch (kind) {
      case "images":
        return trainImages(imageSettings(args));
      case "text":
        return trainText(textSettings(args));
      case "series":
        return trainSeries(seriesSettings(args, words));
      default:
        if (holdsImages(data))
          throw new Error(
            `${data}: expected a table or a folder, got an image: pass the folder that has a folder of images for each class`,
          );
        return trainOnTable(tableSettings(args, words));
    }
  },
};

/** Throws a UsageError for an option that is for other data. */
function checkKind(args: Args, kind: DataKind): void {
  const values: Readonly<Record<string, unknown>> = args;
  for (const [name, kinds] of optionKinds)
    if (values[name] !== undefined && !kinds.includes(kind))
      throw new UsageError(
        `--${name} is for ${listed(kinds.map((each) => kindNames[each][0]))}, and ${args.data} is ${kindNames[kind][1]}`,
      );
}

const listed = (names: readonly string[]): string =>
  [...(names.length > 1 ? [names.slice(0, -1).join(", ")] : []), names.at(-1)].join(" and ");

/** The settings that all have. */
const commonSettings = (args: Args) => ({
  data: args.data,
  seed: wholeNumber("seed", args.seed, 0) ?? 1,
  variant: oneOf("variant", args.variant, VARIANTS) ?? "auto",
  threads: threadsFrom(args.threads),
  out: text("out", args.out) ?? "model.safetensors",
  force: args.force === true,
  json: args.json === true,
});

/** The settings of the training of one network. */
const fitSettings = (args: Args) => ({
  epochs: wholeNumber("epochs", args.epochs, 1),
  batchSize: wholeNumber("batch-size", args["batch-size"], 1),
  learningRate: positive("learning-rate", args["learning-rate"]),
});

function textSettings(args: Args): TextSettings {
  return {
    ...commonSettings(args),
    ...fitSettings(args),
    encoding: readingFrom(args).encoding,
    tokens: oneOf("tokens", args.tokens, TOKENS),
    hidden: wholeNumbers("hidden", args.hidden, 1),
    dropout: fraction("dropout", args.dropout) ?? 0,
    window: wholeNumber("window", args.window, 8),
    minutes: positive("minutes", args.minutes),
    weightDecay: atLeastZero("weight-decay", args["weight-decay"]) ?? 0.01,
    validation: fraction("validation", args.validation),
    from: text("from", args.from),
  };
}

function seriesSettings(args: Args, words: readonly string[]): SeriesSettings {
  return {
    ...commonSettings(args),
    ...fitSettings(args),
    target: text("target", args.target),
    reading: readingFrom(args),
    columns: findOptionsFrom(args, words),
    ahead: wholeNumber("forecast", args.forecast, 1) ?? 1,
    season: wholeNumber("season", args.season, 0),
    window: wholeNumber("window", args.window, 1),
    hidden: wholeNumbers("hidden", args.hidden, 1),
    weightDecay: atLeastZero("weight-decay", args["weight-decay"]) ?? 0.01,
    validation: fraction("validation", args.validation) ?? 0.2,
    forecasts: text("forecasts", args.forecasts) ?? "forecast.csv",
  };
}

function tableSettings(args: Args, words: readonly string[]): TableSettings {
  const hidden = wholeNumbers("hidden", args.hidden, 0);
  if (hidden && hidden.length > 1 && hidden.includes(0))
    throw new UsageError(`--hidden expected units of at least 1, or 0 alone for none, got ${args.hidden}`);
  const recipe = {
    hidden: hidden?.filter((units) => units > 0),
    dropout: fraction("dropout", args.dropout),
    networks: wholeNumber("networks", args.networks, 1, MOST_NETWORKS),
    ...fitSettings(args),
    weightDecay: atLeastZero("weight-decay", args["weight-decay"]),
  };
  return {
    ...commonSettings(args),
    from: text("from", args.from),
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
  const { epochs, batchSize = 32, learningRate } = fitSettings(args);
  return {
    ...commonSettings(args),
    from: text("from", args.from),
    size: sides && [sides[0], sides[1]],
    channels: channels && (channels === "1" ? 1 : 3),
    augment: oneOf("augment", args.augment, AUGMENTATIONS) ?? "light",
    epochs,
    batchSize,
    learningRate,
    weightDecay: atLeastZero("weight-decay", args["weight-decay"]) ?? 0.1,
    validation: fraction("validation", args.validation) ?? 0.2,
  };
}
