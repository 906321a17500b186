import type { ArgsDef, ParsedArgs } from "citty";
import { createBackend } from "lanewise";
import { evaluateTable } from "lanewise/table";
import type { Command } from "../command.js";
import { evaluateImages } from "../evaluate-images.js";
import { evaluateText, isTextModel } from "../evaluate-text.js";
import { counted } from "../figures.js";
import { isImageFolder } from "../image-files.js";
import { isIdxFolder } from "../labelled-images.js";
import { askedRoles, checkOneValue, readPredictor, roleOptions } from "../predictor.js";
import { scoresJson, scoresText } from "../score-text.js";
import { wholeTable } from "../table-file.js";
import { readingFrom, readingOptions, valueOptions, valuesFrom } from "../table-options.js";
import { checkGaps, forTable, targetOf } from "../table-predictor.js";
import { threadsFrom, threadsOption } from "../threads.js";

const options = {
  model: { type: "positional", required: true, description: "a model of lanewise, trained or imported" },
  data: {
    type: "positional",
    required: true,
    description:
      "a table in CSV, JSON or Parquet (- is standard input), a text, a folder that has a folder of images for each class, or a folder of IDX files such as MNIST's",
  },
  ...roleOptions,
  ...readingOptions,
  ...valueOptions,
  threads: threadsOption,
  json: { type: "boolean", description: "print the scores as JSON" },
} as const satisfies ArgsDef;

export const evaluate: Command<typeof options> = {
  name: "lanewise evaluate",
  description: "Scores a model on a table, a text or a folder of images.",
  options,
  run,
};

async function run(args: ParsedArgs<typeof options>, words: readonly string[]): Promise<void> {
  const asked = askedRoles(args);
  const { data, model: path, json = false } = args;
  const threads = threadsFrom(args.threads);
  if (isImageFolder(data) || isIdxFolder(data)) return evaluateImages(path, data, asked, { json, threads });
  if (isTextModel(path))
    return evaluateText(path, data, { encoding: readingFrom(args).encoding, json, threads });
  const say = (sentence: string) => console.error(sentence);
  const table = await wholeTable(data, readingFrom(args));
  const read = await readPredictor(await createBackend({ threads }), path, asked, say);
  const predictor = forTable(path, read, table, asked, say);
  const target = targetOf(path, predictor, asked, table, say);
  checkOneValue(path, predictor);
  checkGaps(predictor, table);
  const evaluation = evaluateTable(predictor, table, { target, ...valuesFrom(args, words) });
  const { task, labels, trainedOn } = evaluation;
  const warnings = trainedOn ? [`the model was trained on this very table: on other rows, expect less`] : [];
  if (json) {
    const scores = scoresJson(evaluation, evaluation.baseline);
    console.log(JSON.stringify({ model: path, data, task, labels, target, scores, warnings }));
    return;
  }
  for (const warning of warnings) console.error(`warning: ${warning}\n`);
  console.log(
    `${target}, ${counted(evaluation.rows, "row")}\n\n${scoresText(evaluation, evaluation.baseline)}`,
  );
}
