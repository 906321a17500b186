import { createBackend, type Sequential, saveModel } from "lanewise";
import { generate, type Vocabulary } from "lanewise/text";
import { runCommand } from "../../cli/command.js";
import { hashOfWeights } from "../../cli/hash.js";
import { atLeastZero, text, wholeNumber } from "../../cli/options.js";
import { writeWhole } from "../../cli/whole-file.js";
import { drawPanels, type Panel } from "../plot.js";
import { bitsOf, buildModel, learn, mean, type Report, UNITS } from "./learn.js";
import { EMMA, readBook } from "./text.js";

const PROMPT = "She was ";

/** Learns to write from a book, and writes on as it learns. */
await runCommand({
  name: "npm run example:book --",
  description: "Trains an LSTM on the characters of a book, and lets it write.",
  options: {
    text: {
      type: "string",
      valueHint: "FILE",
      description: "to learn from, .txt or .gz (Emma by Jane Austen)",
    },
    steps: { type: "string", valueHint: "N", description: "of training, each on 32 windows (1500)" },
    units: { type: "string", valueHint: "N", description: `of the LSTM (${UNITS})` },
    temperature: { type: "string", valueHint: "X", description: "lower writes more safely (0.7)" },
    length: { type: "string", valueHint: "N", description: "characters to write (600)" },
    save: { type: "string", valueHint: "FILE", description: "where the model is saved" },
    seed: { type: "string", valueHint: "N", description: "decides weights, windows and what it writes (1)" },
  },
  async run(args) {
    const seed = wholeNumber("seed", args.seed, 0) ?? 1;
    const steps = wholeNumber("steps", args.steps, 1) ?? 1500;
    const temperature = atLeastZero("temperature", args.temperature) ?? 0.7;
    const length = wholeNumber("length", args.length, 1) ?? 600;
    const save = text("save", args.save);
    const { vocabulary, training, held } = readBook(text("text", args.text) ?? EMMA);
    const backend = await createBackend();
    const model = buildModel(backend, vocabulary, wholeNumber("units", args.units, 1) ?? UNITS, seed);
    console.log(`${model.summary()}\n`);
    console.log(`${training.length} characters for training, ${held.length} held out\n`);

    const begin = performance.now();
    const reports = await learn(
      model,
      training,
      seed,
      (step) => step / steps,
      async ({ step, bits }) => {
        const line = await write(model, vocabulary, 50, temperature, seed);
        console.log(
          `step ${String(step).padStart(5)}  ${bits.toFixed(3)} bits  ${line.replaceAll(/\s+/g, " ")}`,
        );
      },
    );
    const seconds = (performance.now() - begin) / 1000;

    console.log(`\n${await write(model, vocabulary, length, temperature, seed)}\n`);
    const surprise = bitsOf(model, held.subarray(0, 20_000));
    const path = "out/book.svg";
    const panels = [learningPanel(reports, mean(surprise)), surprisePanel(vocabulary, held, surprise)];
    writeWhole(path, drawPanels("A network reads a book", panels));
    console.log(`wrote ${path}`);
    if (save) {
      writeWhole(save, saveModel(model));
      console.log(`wrote ${save}`);
    }
    console.log(
      `${mean(surprise).toFixed(3)} bits a character of held-out text after ${seconds.toFixed(0)} s of training`,
    );
    console.log(`SHA-256 of the weights ${hashOfWeights(model)}`);
    backend.dispose();
  },
});

async function write(
  model: Sequential,
  vocabulary: Vocabulary,
  length: number,
  temperature: number,
  seed: number,
): Promise<string> {
  let written = PROMPT;
  const options = { prompt: PROMPT, length, temperature, seed };
  for await (const piece of generate(model, vocabulary, options)) written += piece;
  return written;
}

function learningPanel(reports: readonly Report[], held: number): Panel {
  const last = reports.at(-1)?.step ?? 1;
  return {
    title: "Learning",
    axes: [
      { name: "step", range: [0, last] },
      { name: "bits a character", range: [0, 6] },
    ],
    lines: [
      {
        name: "training text",
        points: reports.map(({ step, bits }) => [step, bits]),
        color: "#1f6feb",
        width: 1.5,
      },
      {
        name: `held-out text, in the end: ${held.toFixed(2)}`,
        points: [
          [0, held],
          [last, held],
        ],
        color: "#1a7f37",
        width: 1.5,
      },
    ],
  };
}

/** How many bits each character of a line of the held-out text takes, after all that was read before it. */
function surprisePanel(vocabulary: Vocabulary, held: ArrayLike<number>, surprise: readonly number[]): Panel {
  const LETTERS = 44;
  const from = 2000;
  const signs = Array.from({ length: LETTERS }, (_, i) => vocabulary.textOf(held[from + 1 + i]));
  const bits = surprise.slice(from, from + LETTERS);
  return {
    title: "What surprises it",
    axes: [
      {
        name: "held-out text",
        range: [0, LETTERS + 1],
        labels: ["", ...signs.map((sign) => (sign === "\n" ? "\u21b5" : sign))],
      },
      { name: "bits", range: [0, Math.max(8, Math.ceil(Math.max(...bits)))] },
    ],
    lines: [
      {
        name: "bits of each character",
        points: bits.map((value, i) => [i + 1, value]),
        color: "#c9510c",
        width: 2,
      },
    ],
  };
}
