import { pipeline } from "node:stream/promises";
import type { ArgsDef, ParsedArgs } from "citty";
import { createBackend } from "lanewise";
import type { Command } from "../command.js";
import { mostLikely } from "../confusion.js";
import { counted } from "../figures.js";
import { encodingOption, text } from "../options.js";
import { predict as predictPrecisely } from "../precise.js";
import { askedRoles, roleOptions } from "../roles.js";
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
      "a CSV file with a header, - for standard input, or a folder of IDX files; it may be larger than memory",
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
  description: "Predicts each row of a table: the class and the probability of each class, or the value.",
  options,
  run,
};

/** Rows between two lines of progress where there is no terminal. */
const ROWS_A_LINE = 50_000;

async function run(args: ParsedArgs<typeof options>): Promise<void> {
  const out = text("out", args.out);
  const asked = askedRoles(args);
  const encoding = checkEncoding(text("encoding", args.encoding));
  const source = await openSource(args.data, "t10k", { encoding });
  const say = (sentence: string) => console.error(sentence);
  const trained = await readTrainedModel(await createBackend(), args.model, asked, source, say);
  if (out === undefined) {
    await pipeline(
      predictions(trained, source, () => {}),
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
  await writeWholeInPieces(out, predictions(trained, source, count));
  stderr.write(
    `${stderr.isTTY ? "\r" : ""}wrote ${out}, ${counted(rows, "row")} in ${((performance.now() - began) / 1000).toFixed(1)} s\n`,
  );
}

/** The predictions as CSV, a piece for each chunk of samples. */
async function* predictions(
  { model, features, kind, numbers }: TrainedModel,
  source: Source,
  count: (rows: number) => void,
): AsyncGenerator<string, void, void> {
  const labels = kind.task === "classification" ? kind.labels : undefined;
  const values = model.outputShape.reduce((size, length) => size * length, 1);
  const options = { numbers, say: (sentence: string) => console.error(sentence) };
  const digits = digitsOf(model);
  let header = csvLine(
    labels ? ["prediction", "probability", ...labels] : valueColumns(values, model.labels),
  );
  for await (const { rows, inputs } of source.read(features, undefined, options)) {
    const outputs = predictPrecisely(model, inputs);
    // Until the first samples are read, an error may still show.
    if (header) yield header;
    header = "";
    yield labels
      ? classLines(labels, outputs)
      : Array.from({ length: rows }, (_, row) =>
          csvLine(Array.from(outputs.subarray(row * values, (row + 1) * values), digits)),
        ).join("");
    count(rows);
  }
}

/** Column names for several values: the model's names for its outputs, or their numbers. */
function valueColumns(count: number, names: readonly string[] | undefined): readonly string[] {
  if (count === 1) return ["prediction"];
  return names?.length === count ? names : Array.from({ length: count }, (_, i) => `prediction${i}`);
}

function classLines(labels: readonly string[], outputs: Float64Array): string {
  const likeliest = mostLikely(outputs, labels.length);
  return likeliest
    .map((index, row) => {
      const probabilities = Array.from(
        outputs.subarray(row * labels.length, (row + 1) * labels.length),
        exactly,
      );
      return csvLine([labels[index], probabilities[index], ...probabilities]);
    })
    .join("");
}

/** Nine digits identify a float32. */
function exactly(value: number): string {
  return String(Number(value.toPrecision(9)));
}

/**
 * Writes a value with as many digits as it has: those of a float32, and more where the target's values are
 * close together for their size, as times in seconds since 1970 are.
 */
function digitsOf({ metadata }: TrainedModel["model"]): (value: number) => string {
  const deviation = Number(metadata.targetDeviation);
  return (value) => {
    const more = Math.ceil(Math.log10(Math.abs(value) / deviation));
    return String(Number(value.toPrecision(more > 0 ? Math.min(9 + more, 17) : 9)));
  };
}

function csvLine(fields: readonly string[]): string {
  // Spaces at the ends would be lost without quotes.
  const quoted = (field: string) => /[",\r\n]|^\s|\s$/.test(field);
  return `${fields.map((field) => (quoted(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(",")}\n`;
}
