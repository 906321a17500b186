/**
 * How well networks learn, beside PyTorch: images of MNIST, and the sequences of the examples. The same
 * network, Adam and batches; one thread each, one after the other.
 */
import { runCommand, UsageError } from "../cli/command.js";
import { namesIn, positive, text, wholeNumber } from "../cli/options.js";
import { textTable } from "../cli/text-table.js";
import { trainOnImages, trainOnImagesInPyTorch } from "./accuracy/images.js";
import type { Outcome } from "./accuracy/outcome.js";
import { countBrackets, readTheBook, readTheBookInPyTorch, sortNumbers } from "./accuracy/sequences.js";

interface Settings {
  readonly data: string | undefined;
  readonly epochs: number;
  readonly seconds: number;
}

interface Task {
  /** What is told of it. */
  readonly score: string;
  readonly bar?: string;
  readonly trainings: readonly ((settings: Settings, seed: number) => Outcome | Promise<Outcome>)[];
}

const tasks: Readonly<Record<string, Task>> = {
  images: {
    score: "test accuracy",
    trainings: [
      ({ data, epochs }, seed) => trainOnImages(data ?? "", epochs, seed),
      ({ data, epochs }, seed) => trainOnImagesInPyTorch(data ?? "", epochs, seed),
    ],
  },
  brackets: {
    score: "whole words right",
    bar: "at least 0.99",
    trainings: [(_, seed) => countBrackets(seed)],
  },
  sorting: {
    score: "whole rows right",
    bar: "at least 0.95",
    trainings: [(_, seed) => sortNumbers(seed)],
  },
  book: {
    score: "bits a character of held-out text",
    bar: "below 1.9 after 600 s",
    trainings: [
      ({ seconds }, seed) => readTheBook(seconds, seed),
      ({ seconds }, seed) => readTheBookInPyTorch(seconds, seed),
    ],
  },
};

await runCommand({
  name: "npm run bench:accuracy --",
  description: "Trains networks on tasks with a known bar, and beside PyTorch: scores and times.",
  options: {
    task: {
      type: "string",
      valueHint: "NAMES",
      description: `of ${Object.keys(tasks).join(", ")} (images with --data, else the others)`,
    },
    data: { type: "string", valueHint: "DIR", description: "images: a folder with the four files of MNIST" },
    epochs: { type: "string", valueHint: "N", description: "images: passes over the training images (5)" },
    seconds: {
      type: "string",
      valueHint: "N",
      description: "book: of the processor, for the training of each library (600)",
    },
    seeds: {
      type: "string",
      valueHint: "N",
      description: "trainings of each library, with seeds 1 to N (1)",
    },
  },
  async run(args) {
    const data = text("data", args.data);
    const names = namesIn(text("task", args.task)) ?? (data ? ["images"] : ["brackets", "sorting", "book"]);
    const settings = {
      data,
      epochs: wholeNumber("epochs", args.epochs, 1) ?? 5,
      seconds: positive("seconds", args.seconds) ?? 600,
    };
    const seeds = wholeNumber("seeds", args.seeds, 1) ?? 1;
    for (const name of names)
      if (!Object.hasOwn(tasks, name))
        throw new UsageError(`--task expected of ${Object.keys(tasks).join(", ")}, got ${name}`);
    if (names.includes("images") && !data)
      throw new UsageError("--data expected a folder with the four files of MNIST");
    for (const name of names) {
      const { score, bar, trainings } = tasks[name];
      const rows: string[][] = [["", "seed", score, "seconds", "steps"]];
      for (let seed = 1; seed <= seeds; seed++)
        for (const train of trainings) {
          const outcome = await train(settings, seed);
          const { library, seconds, steps } = outcome;
          rows.push([library, String(seed), outcome.score.toFixed(4), seconds.toFixed(1), String(steps)]);
          process.stderr.write(`${name}: ${library}, seed ${seed}: ${outcome.score.toFixed(4)}\n`);
        }
      console.log(`\n${name}, one thread${bar ? `, ${score} expected ${bar}` : ""}\n`);
      console.log(textTable(rows, (column) => column > 0));
    }
  },
});
