import { pipeline } from "node:stream/promises";
import type { ArgsDef, ParsedArgs } from "citty";
import { createBackend } from "lanewise";
import { fileSamples } from "lanewise/node";
import { encodeTable, type Table } from "lanewise/table";
import { layoutOf, type Outputs, predictions } from "../../src/distributed/score/lines.js";
import { writeParquet } from "../../src/distributed/score/parquet.js";
import { columnNamed } from "../column-names.js";
import { type Command, UsageError } from "../command.js";
import { counted } from "../figures.js";
import { readIdxImages } from "../idx-folder.js";
import { conversionNote, holdsImages, imagesAt, survey } from "../image-files.js";
import { readImageModel } from "../image-model.js";
import { isIdxFolder } from "../labelled-images.js";
import { names, text } from "../options.js";
import { idxOutputs, imageOutputs } from "../predict-images.js";
import { checkParts, partsOptions, predictInParts } from "../predict-parts.js";
import { forecastText, isForecaster } from "../predict-series.js";
import { type AskedRoles, askedRoles, type Predictor, readPredictor, roleOptions } from "../predictor.js";
import { RowProgress } from "../row-progress.js";
import { type Reading, tableParts } from "../table-file.js";
import { readingFrom, readingOptions } from "../table-options.js";
import { checkGaps, forTable, type TablePredictor } from "../table-predictor.js";
import { threadsFrom, threadsOption } from "../threads.js";
import { forceOption, writeKeeping, writeWholeBy, writeWholeInPieces } from "../whole-file.js";

const options = {
  model: { type: "positional", required: true, description: "a model of lanewise, trained or imported" },
  data: {
    type: "positional",
    required: true,
    description:
      "a table in CSV, JSON or Parquet (- is standard input), which may be larger than memory; a folder of IDX files; or PNG and JPEG files and folders of them, as many as you like",
  },
  id: {
    type: "string",
    valueHint: "COLUMNS",
    description: "columns of the table to write before the predictions, separated by commas",
  },
  out: {
    type: "string",
    valueHint: "FILE",
    description:
      "the file to write, Parquet if its name ends with .parquet; a failed run leaves none (standard output)",
  },
  force: forceOption,
  json: { type: "boolean", description: "write a JSON object a line instead of CSV" },
  ...roleOptions,
  target: { ...roleOptions.target, description: "a column that is not an input, if the file does not say" },
  ...readingOptions,
  ...partsOptions,
  threads: threadsOption,
} as const satisfies ArgsDef;

export const predict: Command<typeof options> = {
  name: "lanewise predict",
  description:
    "Predicts each row of a table, or each image: the class and the probability of each class, or the value. A model of a time series forecasts the rows that come after the table.",
  options,
  several: true,
  run,
};

/** A model, what it gives, and the names of the cells that are passed through. */
interface Predicted {
  readonly predictor: Predictor;
  readonly outputs: AsyncIterable<Outputs>;
  readonly passed: readonly string[];
}

const say = (sentence: string) => console.error(sentence);

async function run(args: ParsedArgs<typeof options>, words: readonly string[]): Promise<void> {
  const out = text("out", args.out);
  const isParquet = out?.toLowerCase().endsWith(".parquet") ?? false;
  if (isParquet && args.json)
    throw new UsageError(`--json writes lines of JSON, but ${out} is the name of a Parquet file`);
  const asked = askedRoles(args);
  const paths = args._.slice(1);
  if (isForecaster(args.model)) {
    checkParts(args, false, out);
    return forecast(args, asked, words, out);
  }
  const isTable = paths.length === 1 && !holdsImages(args.data) && !isIdxFolder(args.data);
  const ids = names("id", words);
  if (!isTable && ids.length > 0) throw new UsageError(`--id is for tables, and ${args.data} is none`);
  const parts = checkParts(args, isTable, out);
  if (parts !== undefined && out !== undefined) {
    const found = await lookedAt(args, asked, ids);
    await found.parts.return();
    return predictInParts(args, out, { ...found, parts }, say);
  }
  const { predictor, outputs, passed } = isTable
    ? await ofTable(args, asked, ids)
    : await ofImages(paths, args, asked);
  const layout = layoutOf(predictor.model, predictor.labels, passed);
  const json = args.json === true;
  if (out === undefined) {
    await pipeline(predictions(layout, outputs, json), process.stdout, { end: false });
    return;
  }
  const progress = new RowProgress(out);
  const counted = progress.counting(outputs);
  try {
    if (isParquet)
      await writeWholeBy(out, args.force === true, say, (unfinished) =>
        writeParquet(unfinished, layout, counted),
      );
    else await writeWholeInPieces(out, predictions(layout, counted, json), args.force === true, say);
  } finally {
    progress.stop();
  }
  progress.report();
}

/** Writes the rows that come after a time series. */
async function forecast(
  args: ParsedArgs<typeof options>,
  asked: AskedRoles,
  words: readonly string[],
  out: string | undefined,
): Promise<void> {
  const others = { ...asked, id: names("id", words).length > 0 ? true : undefined };
  const wrong = Object.entries(others).find(([, value]) => value !== undefined);
  if (wrong) throw new UsageError(`--${wrong[0]} is for tables, and ${args.model} forecasts a time series`);
  const lines = await forecastText(args.model, args.data, {
    reading: readingFrom(args),
    json: args.json === true,
    threads: threadsFrom(args.threads),
  });
  if (out === undefined) {
    process.stdout.write(lines);
    return;
  }
  writeKeeping(out, lines, args.force === true, say);
  say(`wrote ${out}, ${counted(lines.split("\n").length - (args.json ? 1 : 2), "row")}`);
}

/** A model, and a table of which the first rows are read. */
interface LookedAt {
  readonly predictor: TablePredictor;
  readonly first: Table;
  readonly parts: AsyncGenerator<Table, void, void>;
  readonly passed: readonly string[];
  readonly reading: Reading;
}

async function lookedAt(
  args: ParsedArgs<typeof options>,
  asked: AskedRoles,
  ids: readonly string[],
): Promise<LookedAt> {
  const reading = readingFrom(args);
  const parts = tableParts(args.data, reading);
  const { done, value: first } = await parts.next();
  if (done) throw new Error(`${args.data}: expected rows after the header, got none`);
  // Parts have threads of their own.
  const threads = args.parts === undefined ? threadsFrom(args.threads) : 1;
  const backend = await createBackend({ threads });
  const read = await readPredictor(backend, args.model, asked, say);
  const predictor = forTable(args.model, read, first, asked, say);
  const passed = ids.map((id) => columnNamed(first, id, say));
  for (const name of passed) first.column(name, "--id");
  return { predictor, first, parts, passed, reading };
}

async function ofTable(
  args: ParsedArgs<typeof options>,
  asked: AskedRoles,
  ids: readonly string[],
): Promise<Predicted> {
  const { predictor, first, parts, passed, reading } = await lookedAt(args, asked, ids);
  if (args.data === "-") return { predictor, outputs: tableOutputs(predictor, first, parts, passed), passed };
  await parts.return();
  return { predictor, outputs: fileOutputs(args.data, predictor, passed, reading), passed };
}

/** What a model gives for a file, which a thread reads. */
async function* fileOutputs(
  path: string,
  { encoding, isPlain, predict }: TablePredictor,
  passed: readonly string[],
  reading: Reading,
): AsyncGenerator<Outputs, void, void> {
  const options = { inputs: encoding, passed, refuseGaps: isPlain, ...reading };
  for await (const { rows, samples, passed, types, done } of fileSamples(path, options))
    yield { rows, outputs: predict(samples), passed, types, done };
}

/** What a model gives for a table that comes from standard input, a part at a time. */
async function* tableOutputs(
  predictor: TablePredictor,
  first: Table,
  parts: AsyncIterable<Table>,
  ids: readonly string[],
): AsyncGenerator<Outputs, void, void> {
  const outputsOf = (table: Table): Outputs => {
    checkGaps(predictor, table);
    const outputs = predictor.predict(encodeTable(predictor.encoding, table));
    return { rows: table.rows, outputs, passed: ids.map((id) => table.column(id, "--id")) };
  };
  yield outputsOf(first);
  for await (const part of parts) yield outputsOf(part);
}

async function ofImages(
  paths: readonly string[],
  { model: path, threads }: ParsedArgs<typeof options>,
  asked: AskedRoles,
): Promise<Predicted> {
  const backend = await createBackend({ threads: threadsFrom(threads) });
  const predictor = await readImageModel(backend, path, asked, say);
  const [only] = paths;
  if (paths.length === 1 && isIdxFolder(only))
    return { predictor, outputs: idxOutputs(predictor, readIdxImages(only, "t10k")), passed: [] };
  const table = paths.find((each) => !holdsImages(each));
  if (table !== undefined)
    throw new UsageError(
      `predict expected one table, or images and folders of images, got ${table} among others`,
    );
  const files = imagesAt(paths);
  const note = conversionNote(survey(files), predictor.shape[2]);
  if (note) say(note);
  return { predictor, outputs: imageOutputs(predictor, files), passed: ["file"] };
}
