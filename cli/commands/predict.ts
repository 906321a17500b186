import { pipeline } from "node:stream/promises";
import type { ArgsDef, ParsedArgs } from "citty";
import { createBackend } from "lanewise";
import { type Command, UsageError } from "../command.js";
import { counted } from "../figures.js";
import { conversionNote, holdsImages, imagesAt, survey } from "../image-files.js";
import { type ImageModel, readImageModel } from "../image-model.js";
import { encodingOption, text } from "../options.js";
import { predict as predictPrecisely } from "../precise.js";
import { imageOutputs } from "../predict-images.js";
import { type Outputs, predictions } from "../predictions.js";
import { type AskedRoles, askedRoles, roleOptions } from "../roles.js";
import { openSource, type Source } from "../source.js";
import { checkEncoding } from "../text.js";
import { readTrainedModel, type TrainedModel } from "../trained-model.js";
import { writeWholeInPieces } from "../whole-file.js";

const options = {
  model: { type: "positional", required: true, description: "a model of lanewise, trained or imported" },
  data: {
    type: "positional",
    required: true,
    description:
      "a CSV file with a header, - for standard input, or a folder of IDX files; it may be larger than memory; or PNG and JPEG files and folders of them, as many as you like",
  },
  out: {
    type: "string",
    valueHint: "FILE",
    description: "the CSV file to write; a failed run leaves none (standard output)",
  },
  ...roleOptions,
  target: { ...roleOptions.target, description: "a column that is not an input, if the file does not say" },
  encoding: encodingOption,
} as const satisfies ArgsDef;

export const predict: Command<typeof options> = {
  name: "lanewise predict",
  description:
    "Predicts each row of a table, or each image: the class and the probability of each class, or the value.",
  options,
  several: true,
  run,
};

/** Rows between two lines of progress where there is no terminal. */
const ROWS_A_LINE = 50_000;

async function run(args: ParsedArgs<typeof options>): Promise<void> {
  const out = text("out", args.out);
  const asked = askedRoles(args);
  const paths = args._.slice(1);
  const [trained, outputs] =
    paths.length > 1 || paths.some(holdsImages)
      ? await outputsForImages(paths, args.model, asked)
      : await outputsForTable(args.data, args, asked);
  if (out === undefined) {
    await pipeline(
      predictions(trained, outputs, () => {}),
      process.stdout,
      { end: false },
    );
    return;
  }
  const { stderr } = process;
  let rows = 0;
  const began = performance.now();
  const count = (more: number) => {
    const before = rows;
    rows += more;
    if (stderr.isTTY) stderr.write(`\r${counted(rows, "row")}`);
    else if (Math.floor(rows / ROWS_A_LINE) > Math.floor(before / ROWS_A_LINE))
      stderr.write(`${counted(rows, "row")}\n`);
  };
  await writeWholeInPieces(out, predictions(trained, outputs, count));
  stderr.write(
    `${stderr.isTTY ? "\r" : ""}wrote ${out}, ${counted(rows, "row")} in ${((performance.now() - began) / 1000).toFixed(1)} s\n`,
  );
}

/** What a model gives for a table, a chunk of samples at a time. */
async function* tableOutputs(
  { model, features, numbers }: TrainedModel,
  source: Source,
): AsyncGenerator<Outputs, void, void> {
  const options = { numbers, say: (sentence: string) => console.error(sentence) };
  for await (const { rows, inputs } of source.read(features, undefined, options))
    yield { rows, outputs: predictPrecisely(model, inputs) };
}

/** What a model gives for image files and those of folders. */
async function outputsForImages(
  paths: readonly string[],
  path: string,
  asked: AskedRoles,
): Promise<[ImageModel, AsyncIterable<Outputs>]> {
  const table = paths.find((each) => !holdsImages(each));
  if (table !== undefined)
    throw new UsageError(
      `predict expected one table, or images and folders of images, got ${table} among others`,
    );
  const say = (sentence: string) => console.error(sentence);
  const files = imagesAt(paths);
  const trained = await readImageModel(await createBackend(), path, asked, say);
  const note = conversionNote(survey(files), trained.shape[2]);
  if (note) say(note);
  return [trained, imageOutputs(trained, files)];
}

async function outputsForTable(
  path: string,
  args: ParsedArgs<typeof options>,
  asked: AskedRoles,
): Promise<[TrainedModel, AsyncIterable<Outputs>]> {
  const encoding = checkEncoding(text("encoding", args.encoding));
  const source = await openSource(path, "t10k", { encoding });
  const say = (sentence: string) => console.error(sentence);
  const trained = await readTrainedModel(await createBackend(), args.model, asked, source, say);
  return [trained, tableOutputs(trained, source)];
}
