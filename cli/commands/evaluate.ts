import type { ArgsDef, ParsedArgs } from "citty";
import { createBackend } from "lanewise";
import type { Command } from "../command.js";
import { evaluateImages } from "../evaluate-images.js";
import { isImageFolder } from "../image-files.js";
import { encodingOption, text } from "../options.js";
import { askedRoles, checkOneValue, roleOptions, targetFor } from "../roles.js";
import { confusionText, scoreLine, scoresOf } from "../score.js";
import { openSource, readAll } from "../source.js";
import { checkEncoding } from "../text.js";
import { readTrainedModel } from "../trained-model.js";

const options = {
  model: { type: "positional", required: true, description: "a model of lanewise, trained or imported" },
  data: {
    type: "positional",
    required: true,
    description:
      "a CSV file with a header, - for standard input, a folder of IDX files such as MNIST's, or a folder that has a folder of images for each class",
  },
  ...roleOptions,
  encoding: encodingOption,
  json: { type: "boolean", description: "print the scores as JSON" },
} as const satisfies ArgsDef;

export const evaluate: Command<typeof options> = {
  name: "lanewise evaluate",
  description: "Scores a model on a table or a folder of images.",
  options,
  run,
};

async function run(args: ParsedArgs<typeof options>): Promise<void> {
  const asked = askedRoles(args);
  if (isImageFolder(args.data)) return evaluateImages(args.model, args.data, asked, args.json === true);
  const encoding = checkEncoding(text("encoding", args.encoding));
  const source = await openSource(args.data, "t10k", { encoding });
  const say = (sentence: string) => console.error(sentence);
  const { model, features, kind, numbers } = await readTrainedModel(
    await createBackend(),
    args.model,
    asked,
    source,
    say,
  );
  const target = targetFor(args.model, model, features, asked, source, say);
  checkOneValue(args.model, model, kind);
  const { inputs, targets } = await readAll(source, features, target, { numbers, say });
  const isNumber = numbers.includes(model.metadata.target ?? target);
  const scores = scoresOf(model, kind, target, inputs, targets, isNumber);
  if (args.json) {
    console.log(JSON.stringify({ model: args.model, data: args.data, ...kind, target, scores }));
    return;
  }
  console.log(`${target}: ${scoreLine(scores)}`);
  const confusion = confusionText(scores, kind);
  if (confusion) console.log(`\n${confusion}`);
}
