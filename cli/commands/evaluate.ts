import type { ArgsDef, ParsedArgs } from "citty";
import { createBackend } from "lanewise";
import type { Command } from "../command.js";
import { text } from "../options.js";
import { confusionText, scoreLine, scoresOf } from "../score.js";
import { openSource, readAll } from "../source.js";
import { readTrainedModel } from "../trained-model.js";

const options = {
  model: { type: "positional", required: true, description: "a file that lanewise train wrote" },
  data: {
    type: "positional",
    required: true,
    description: "a CSV file with a header, - for standard input, or a folder of IDX files such as MNIST's",
  },
  target: {
    type: "string",
    valueHint: "COLUMN",
    description: "the column with the right answers (the one that the model was trained on)",
  },
  json: { type: "boolean", description: "print the scores as JSON" },
} as const satisfies ArgsDef;

export const evaluate: Command<typeof options> = {
  name: "lanewise evaluate",
  description: "Tells how well a model predicts a table.",
  options,
  run,
};

async function run(args: ParsedArgs<typeof options>): Promise<void> {
  const asked = text("target", args.target);
  const {
    model,
    target: remembered,
    features,
    kind,
  } = await readTrainedModel(await createBackend(), args.model);
  const target = asked ?? remembered;
  const { inputs, targets } = await readAll(await openSource(args.data, "t10k"), features, target);
  const scores = scoresOf(model, kind, target, inputs, targets);
  if (args.json) {
    console.log(JSON.stringify({ model: args.model, data: args.data, ...kind, target, scores }));
    return;
  }
  console.log(`${target}: ${scoreLine(scores)}`);
  const confusion = confusionText(scores, kind);
  if (confusion) console.log(`\n${confusion}`);
}
