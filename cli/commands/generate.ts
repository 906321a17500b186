import { pipeline } from "node:stream/promises";
import type { ArgsDef, ParsedArgs } from "citty";
import { createBackend } from "lanewise";
import { type GenerateOptions, generate as generateText } from "lanewise/text";
import { type Command, UsageError } from "../command.js";
import { atLeastZero, shareOf, text, wholeNumber } from "../options.js";
import { naming } from "../read-file.js";
import { lackingText, readTextModel, type TextModel } from "../text-model.js";
import { knownText } from "../text-windows.js";
import { threadsFrom, threadsOption } from "../threads.js";

const options = {
  model: { type: "positional", required: true, description: "a model of text" },
  prompt: {
    type: "string",
    valueHint: "TEXT",
    description: "what the text begins with (some words of the text that the model learned from)",
  },
  length: {
    type: "string",
    valueHint: "N",
    description: "tokens to write, which are characters or what the model was trained in (500)",
  },
  temperature: {
    type: "string",
    valueHint: "X",
    description: "how daring the text is: 0 takes the likeliest token, 1 draws as the model says (0.8)",
  },
  "top-k": { type: "string", valueHint: "N", description: "draw from the N likeliest tokens alone (all)" },
  "top-p": {
    type: "string",
    valueHint: "X",
    description: "draw from the likeliest tokens whose probabilities reach this sum (1)",
  },
  seed: { type: "string", valueHint: "N", description: "seed of the draws: another one, another text (1)" },
  threads: threadsOption,
  json: { type: "boolean", description: "print the text as JSON, when it is complete" },
} as const satisfies ArgsDef;

export const generate: Command<typeof options> = {
  name: "lanewise generate",
  description: "Writes on from a prompt with a model of text.",
  options,
  run,
};

async function run(args: ParsedArgs<typeof options>): Promise<void> {
  const topK = wholeNumber("top-k", args["top-k"], 1);
  const topP = shareOf("top-p", args["top-p"]);
  const given = {
    length: wholeNumber("length", args.length, 1) ?? 500,
    temperature: atLeastZero("temperature", args.temperature) ?? 0.8,
    ...(topK !== undefined && { topK }),
    ...(topP !== undefined && { topP }),
    seed: wholeNumber("seed", args.seed, 0) ?? 1,
  };
  const threads = threadsFrom(args.threads);
  const asked = text("prompt", args.prompt);
  const read = await readTextModel(await createBackend({ threads }), args.model);
  const prompt = promptFor(args.model, read, asked);
  const how: GenerateOptions = { prompt, ...given };
  if (args.json) {
    let written = prompt;
    await naming(args.model, async () => {
      for await (const piece of pieces(read, how)) written += piece;
    });
    console.log(JSON.stringify({ model: args.model, ...how, text: written }));
    return;
  }
  await naming(args.model, () => pipeline(printed(read, how), process.stdout, { end: false }));
}

/** What the text begins with: what was asked for, as far as the model knows it. */
function promptFor(path: string, { model, vocabulary }: TextModel, asked: string | undefined): string {
  const prompt = asked ?? model.metadata.prompt;
  if (prompt === undefined)
    throw new UsageError(`--prompt expected what the text begins with, which ${path} does not say`);
  const { known, lacking } = knownText(vocabulary, prompt);
  if (lacking.length > 0)
    console.error(
      `${vocabulary.unknown === undefined ? "left out of the prompt" : "unknown in the prompt"}, since ${path} does not know them: ${lackingText(lacking)}`,
    );
  if (vocabulary.encode(known).length === 0)
    throw new UsageError(`--prompt expected text that ${path} knows, got none`);
  return known;
}

/** The pieces behind the prompt. */
const pieces = ({ model, vocabulary }: TextModel, how: GenerateOptions): AsyncGenerator<string> =>
  generateText(model, vocabulary, how);

/** The text as it is printed, with an end of line. */
async function* printed(read: TextModel, how: GenerateOptions): AsyncGenerator<string> {
  yield how.prompt;
  let last = how.prompt;
  for await (const piece of pieces(read, how)) {
    yield piece;
    if (piece !== "") last = piece;
  }
  if (!last.endsWith("\n")) yield "\n";
}
