import type { ArgsDef, ParsedArgs } from "citty";
import { type ActivationName, activationNames, type Backend, createBackend, saveModel } from "lanewise";
import { chooseRecipe } from "../choose-recipe.js";
import { type Command, UsageError } from "../command.js";
import { counted, grouped } from "../figures.js";
import { type HeldOut, holdOutClasses, holdOutValues } from "../hold-out.js";
import { isImageFolder } from "../image-files.js";
import { epochsFor, LEARNING_RATES, largerRecipe, learn, type Recipe } from "../learn.js";
import {
  atLeastZero,
  encodingOption,
  fraction,
  names,
  oneOf,
  positive,
  text,
  wholeNumber,
  wholeNumbers,
} from "../options.js";
import { standardised } from "../precise.js";
import { pickRows } from "../rows.js";
import { confusionText, scoreLine, scoresOf } from "../score.js";
import { checkColumns, type Inputs, openSource, readAll, type Source } from "../source.js";
import { blurredColumns, constantScale, scaleOf, tooNarrow } from "../standardise.js";
import { classIndices, labelNotes, TASKS, type Target, type Task, targetFrom, values } from "../target.js";
import { checkEncoding } from "../text.js";
import { AUGMENTATIONS, type ImageSettings, trainImages } from "../train-images.js";
import { checkNoFolder, writeWhole } from "../whole-file.js";

/** Activations of hidden layers: softmax and logSoftmax are for outputs. */
const ACTIVATIONS = activationNames.filter((name) => name !== "softmax" && name !== "logSoftmax");
/** Units of the hidden layers by default. */
const HIDDEN: readonly number[] = [64];
const VARIANTS = ["auto", "fastest", "relaxed", "simd", "scalar"] as const;

const options = {
  data: {
    type: "positional",
    required: true,
    description:
      "a CSV file with a header, - for standard input, a folder of IDX files such as MNIST's, or a folder that has a folder of PNG or JPEG images for each class",
  },
  target: {
    type: "string",
    valueHint: "COLUMN",
    description: "the column to learn to predict (of images: label)",
  },
  ignore: {
    type: "string",
    valueHint: "COLUMNS",
    description:
      "columns to leave out, separated by commas or in several options; quote a name that has a comma: '\"a, b\"'",
  },
  numbers: {
    type: "string",
    valueHint: "COLUMNS",
    description: "columns whose numbers may have leading zeros; otherwise these are codes",
  },
  encoding: encodingOption,
  task: {
    type: "string",
    valueHint: "TASK",
    description: "classification or regression (by the values of the target)",
  },
  hidden: {
    type: "string",
    valueHint: "UNITS",
    description:
      "units of the hidden layers, separated by commas; 0 for none (64, or 64,64 if that fits a small table better)",
  },
  activation: { type: "string", valueHint: "NAME", description: "activation of the hidden layers (relu)" },
  size: {
    type: "string",
    valueHint: "HxW",
    description: "height and width that images are resized to, such as 32x32 (the median, 64 pixels at most)",
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
  epochs: {
    type: "string",
    valueHint: "N",
    description:
      "passes over the rows (classification 100, regression 20; more for small tables), or at most over images (20 to 400)",
  },
  "batch-size": { type: "string", valueHint: "N", description: "rows or images per step (32)" },
  "learning-rate": {
    type: "string",
    valueHint: "X",
    description: "learning rate of AdamW (classification 0.005, regression and images 0.001)",
  },
  "weight-decay": { type: "string", valueHint: "X", description: "weight decay of AdamW (0.1)" },
  validation: {
    type: "string",
    valueHint: "X",
    description: "fraction of the rows to hold out for the score (0.2)",
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
  json: { type: "boolean", description: "print the result as JSON; everything else goes to standard error" },
} as const satisfies ArgsDef;

export const train: Command<typeof options> = {
  name: "lanewise train",
  description: "Trains a network on a table or a folder of images and writes it to a file.",
  options,
  run: (args, words) => {
    const settings = settingsFrom(args, words);
    const images = imageSettingsFrom(args);
    checkKind(settings, args);
    return isImageFolder(settings.data) ? trainImages({ ...settings, ...images }) : run(settings);
  },
};

interface Settings {
  readonly data: string;
  readonly target?: string;
  readonly ignored: readonly string[];
  readonly numbers: readonly string[];
  readonly encoding: string | undefined;
  readonly task?: Task;
  readonly hidden: readonly number[] | undefined;
  readonly activation: ActivationName;
  readonly epochs: number | undefined;
  readonly batchSize: number;
  readonly learningRate: number | undefined;
  readonly weightDecay: number;
  readonly validation: number;
  readonly seed: number;
  readonly variant: (typeof VARIANTS)[number];
  readonly out: string;
  readonly json: boolean;
}

function settingsFrom(args: ParsedArgs<typeof options>, words: readonly string[]): Settings {
  const hidden = wholeNumbers("hidden", args.hidden, 0);
  if (hidden && hidden.length > 1 && hidden.includes(0))
    throw new UsageError(`--hidden expected units of at least 1, or 0 alone for none, got ${args.hidden}`);
  return {
    data: args.data,
    target: text("target", args.target),
    ignored: names("ignore", words),
    numbers: names("numbers", words),
    encoding: checkEncoding(text("encoding", args.encoding)),
    task: oneOf("task", args.task, TASKS),
    hidden: hidden?.filter((units) => units > 0),
    activation: oneOf("activation", args.activation, ACTIVATIONS) ?? "relu",
    epochs: wholeNumber("epochs", args.epochs, 1),
    batchSize: wholeNumber("batch-size", args["batch-size"], 1) ?? 32,
    learningRate: positive("learning-rate", args["learning-rate"]),
    weightDecay: atLeastZero("weight-decay", args["weight-decay"]) ?? 0.1,
    validation: fraction("validation", args.validation) ?? 0.2,
    seed: wholeNumber("seed", args.seed, 0) ?? 1,
    variant: oneOf("variant", args.variant, VARIANTS) ?? "auto",
    out: text("out", args.out) ?? "model.safetensors",
    json: args.json === true,
  };
}

function imageSettingsFrom(
  args: ParsedArgs<typeof options>,
): Pick<ImageSettings, "size" | "channels" | "augment"> {
  const size = text("size", args.size);
  const sides = size
    ?.match(/^([1-9]\d{0,4})x([1-9]\d{0,4})$/)
    ?.slice(1)
    .map(Number);
  if (size !== undefined && !sides)
    throw new UsageError(`--size expected a height and a width, such as 32x32, got ${size}`);
  const channels = oneOf("channels", args.channels, ["1", "3"]);
  return {
    size: sides && [sides[0], sides[1]],
    channels: channels && (channels === "1" ? 1 : 3),
    augment: oneOf("augment", args.augment, AUGMENTATIONS) ?? "light",
  };
}

const TABLE_OPTIONS = ["target", "ignore", "numbers", "encoding", "task", "hidden", "activation"] as const;
const IMAGE_OPTIONS = ["size", "channels", "augment"] as const;

/** Throws a UsageError for an option that is for other data. */
function checkKind({ data }: Settings, args: ParsedArgs<typeof options>): void {
  const images = isImageFolder(data);
  const wrong = (images ? TABLE_OPTIONS : IMAGE_OPTIONS).find((name) => args[name] !== undefined);
  if (wrong !== undefined)
    throw new UsageError(
      images
        ? `--${wrong} is for tables, and ${data} is a folder of images`
        : `--${wrong} is for folders of images, and ${data} is none`,
    );
}

async function run(settings: Settings): Promise<void> {
  const { validation, seed, out, json } = settings;
  checkNoFolder(out);
  const say = json ? console.error : console.log;
  const { target, features, kind, inputs, cells, largest } = await readTable(settings, say);
  const numbers = settings.numbers.filter((column) => column === target || features.includes(column));
  const codesAllowed = numbers.includes(target);

  const answers =
    kind.task === "classification"
      ? classIndices(target, cells, kind.labels)
      : values(target, cells, codesAllowed);
  checkSpread(inputs, features);
  if (kind.task === "regression") checkSpread(Float64Array.from(answers), [target]);
  const { training, held } =
    kind.task === "classification"
      ? holdOutClasses(answers, kind.labels.length, validation, seed)
      : holdOutValues(answers, validation, seed);
  if (validation > 0 && held.length === 0)
    throw new Error(`--validation ${validation} of ${counted(cells.length, "row")} leaves none to score`);
  if (training.length === 0)
    throw new Error(`--validation ${validation} of ${counted(cells.length, "row")} leaves none to train on`);
  const notJudged = held.length > 0 && notJudgedNote(target, kind, answers, held);
  if (notJudged) say(notJudged);
  const pick = (rows: readonly number[]) => pickRows(inputs, features.length, rows);
  const samples = pick(training);
  const scale =
    largest === undefined
      ? scaleOf(
          samples,
          features.length,
          training.map((_, i) => i),
        )
      : constantScale(features.length, largest);
  if (largest === undefined)
    for (const { column, before, after } of blurredColumns(samples, scale))
      say(
        `column ${features[column]}: ${grouped(before)} different values are only ${grouped(after)} in float32 once scaled, because others lie far away`,
      );

  const backend = await createBackend({ variant: settings.variant });
  say(
    `${counted(cells.length, "row")} of ${counted(features.length, "feature")}, ${grouped(training.length)} to learn from and ${grouped(held.length)} held out; ${backend.variant} build\n`,
  );
  const learned = Float64Array.from(training, (row) => answers[row]);
  const began = performance.now();
  const recipe = await recipeFor(backend, settings, kind, samples, learned, say);
  const { hidden, epochs } = recipe;
  const model = await learn(backend, recipe, kind, scale, standardised(samples, scale), learned);
  const seconds = (performance.now() - began) / 1000;

  const heldCells = held.map((row) => cells[row]);
  const scores =
    held.length > 0 ? scoresOf(model, kind, target, pick(held), heldCells, codesAllowed) : undefined;
  const remembered = { task: kind.task, target, features: JSON.stringify(features) };
  Object.assign(
    model.metadata,
    remembered,
    numbers.length > 0 && { numbers: JSON.stringify(numbers) },
    scores && { scores: JSON.stringify({ ...scores, confusion: undefined }) },
  );
  const file = saveModel(model);
  writeWhole(out, file);

  if (json) {
    const { parameterCount: parameters } = model;
    const rows = { training: training.length, heldOut: held.length };
    const how = { rows, parameters, hidden, epochs, seed, variant: backend.variant, seconds };
    console.log(
      JSON.stringify({
        data: settings.data,
        ...kind,
        target,
        features,
        ...how,
        scores,
        model: out,
        bytes: file.length,
      }),
    );
    return;
  }
  const confusion = scores && confusionText(scores, kind);
  console.log(`\n${scores ? `held out: ${scoreLine(scores)}` : "no rows were held out: no score"}`);
  if (confusion) console.log(`\n${confusion}`);
  console.log(`\nwrote ${out}, ${counted(file.length, "byte")}`);
}

/** Throws an Error for a column whose values are too close together for float32. */
function checkSpread(values: Inputs, columns: readonly string[]): void {
  const [narrow] = values instanceof Uint8Array ? [] : tooNarrow(values, columns.length);
  if (narrow !== undefined)
    throw new Error(
      `column ${columns[narrow]}: expected numbers that float32 tells apart, got numbers that differ by less than 1e-37: write them in another unit, or leave the column out with --ignore`,
    );
}

/** The options, with defaults that suit the table. */
async function recipeFor(
  backend: Backend,
  settings: Settings,
  { task }: Target,
  inputs: Inputs,
  targets: Float64Array,
  say: (sentence: string) => void,
): Promise<Recipe> {
  const {
    hidden = HIDDEN,
    epochs = epochsFor(task, targets.length, settings.batchSize),
    learningRate = LEARNING_RATES[task],
  } = settings;
  const recipe = { ...settings, hidden, epochs, learningRate };
  const given = settings.hidden ?? settings.epochs ?? settings.learningRate;
  if (task === "classification" || given !== undefined) return recipe;
  const { recipe: chosen, error = 1 } = await chooseRecipe(
    backend,
    recipe,
    largerRecipe(recipe),
    inputs,
    targets,
  );
  if (chosen !== recipe)
    say(
      `hidden layers of ${chosen.hidden.join(" and ")} units and ${grouped(chosen.epochs)} epochs, since trials on a part of the rows leave ${(100 * error).toPrecision(2)} % of the squared error of ${hidden.join(" and ")} units and ${grouped(epochs)} epochs; --hidden, --epochs or --learning-rate override\n`,
    );
  return chosen;
}

/** All rows of the data, and the target to learn. */
async function readTable(
  { data, target: asked, ignored, numbers, encoding, task }: Settings,
  say: (sentence: string) => void,
) {
  const source = await openSource(data, "train", { encoding });
  const target = asked ?? source.images?.target;
  if (target === undefined)
    throw new UsageError(`train expected --target, one of the columns ${source.columns.join(", ")}`);
  const { unnamed = [], notes = [] } = source;
  const leftOut = namedColumns(source, ignored);
  checkColumns(source, [target, ...leftOut, ...numbers]);
  const features = source.columns.filter(
    (column) => column !== target && !leftOut.includes(column) && !unnamed.includes(column),
  );
  for (const note of notes) say(note);
  if (features.length === 0)
    throw new Error(
      `${source.name}: expected a column beside the target ${target} to predict it from, got none`,
    );
  const { inputs, targets: cells } = await readAll(source, features, target, { numbers, say });
  const { kind, reason } = targetFrom(target, cells, { task, codesAllowed: numbers.includes(target) });
  say(reason);
  if (kind.task === "classification") for (const note of labelNotes(target, cells, kind.labels)) say(note);
  return { target, features, kind, inputs, cells, largest: source.images?.largest };
}

/** The columns that --ignore names; an empty name is that of every column without one. */
function namedColumns({ name, unnamed = [] }: Source, ignored: readonly string[]): string[] {
  if (ignored.includes("") && unnamed.length === 0)
    throw new Error(`${name}: expected a column without a name, as --ignore "" says, got a name for each`);
  return ignored.flatMap((column) => (column === "" ? unnamed : [column]));
}

/** The classes that the score says nothing about. */
function notJudgedNote(
  target: string,
  kind: Target,
  answers: ArrayLike<number>,
  held: HeldOut["held"],
): string | undefined {
  if (kind.task === "regression") return undefined;
  const counts = new Array<number>(kind.labels.length).fill(0);
  for (let i = 0; i < answers.length; i++) counts[answers[i]]++;
  const judged = new Set(held.map((row) => answers[row]));
  const missing = kind.labels.flatMap((label, i) =>
    judged.has(i) ? [] : [`${label} (${counted(counts[i], "row")})`],
  );
  if (missing.length === 0) return undefined;
  const listed = missing.length > 10 ? [...missing.slice(0, 10), `${missing.length - 10} more`] : missing;
  return `target ${target}: too few rows to hold any out of ${listed.join(", ")}: all of them are used for training, and the score says nothing about ${missing.length === 1 ? "this class" : "these classes"}`;
}
