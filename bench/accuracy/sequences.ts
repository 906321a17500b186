import { createBackend } from "lanewise";
import * as book from "../../examples/book/learn.js";
import { EMMA, readBook } from "../../examples/book/text.js";
import * as brackets from "../../examples/brackets/learn.js";
import * as sorting from "../../examples/sorting/learn.js";
import { type Outcome, processorSeconds, runPython } from "./outcome.js";

/** Words of brackets of up to 50 that an LSTM is right about. */
export async function countBrackets(seed: number): Promise<Outcome> {
  const { training, test } = brackets.drawData(4000, seed);
  const backend = await createBackend({ variant: "fastest" });
  const model = brackets.buildModel(backend, seed);
  const begin = processorSeconds();
  const epochs = 20;
  await brackets.learn(model, training, epochs);
  const seconds = processorSeconds() - begin;
  const right = brackets.judge(model, test);
  const library = `lanewise, ${backend.variant}`;
  backend.dispose();
  return {
    library,
    score: right.filter(Boolean).length / right.length,
    seconds,
    steps: epochs * brackets.stepsOf(training),
  };
}

/** Rows of 8 numbers that a transformer sorts without a fault. */
export async function sortNumbers(seed: number): Promise<Outcome> {
  const backend = await createBackend({ variant: "fastest" });
  const model = sorting.buildModel(backend, seed);
  const begin = processorSeconds();
  await sorting.learn(model, sorting.STEPS, seed);
  const seconds = processorSeconds() - begin;
  const test = sorting.drawRows(2000, sorting.testSeed(seed));
  const right = sorting
    .judge(model, test)
    .filter((answer, i) => answer.join() === sorting.sorted(test[i]).join());
  const library = `lanewise, ${backend.variant}`;
  backend.dispose();
  return { library, score: right.length / test.length, seconds, steps: sorting.STEPS };
}

/** Bits per character on the end of a book, after `seconds` of processor time for training. */
export async function readTheBook(seconds: number, seed: number): Promise<Outcome> {
  const { vocabulary, training, held } = readBook(EMMA);
  const backend = await createBackend({ variant: "fastest" });
  const model = book.buildModel(backend, vocabulary, book.UNITS, seed);
  const begin = processorSeconds();
  let steps = 0;
  const done = (taken: number) => {
    steps = taken;
    return (processorSeconds() - begin) / seconds;
  };
  await book.learn(model, training, seed, done, ({ step, bits }) => {
    if (step % 500 === 0) process.stderr.write(`book: step ${step}, ${bits.toFixed(3)} bits a character\n`);
  });
  const spent = processorSeconds() - begin;
  const score = book.mean(book.bitsOf(model, held));
  const library = `lanewise, ${backend.variant}`;
  backend.dispose();
  return { library, score, seconds: spent, steps };
}

export function readTheBookInPyTorch(seconds: number, seed: number): Outcome {
  const { UNITS, WINDOW, BATCH, RATE, WARM, LEFT } = book;
  return runPython("book.py", [EMMA, seconds, seed, UNITS, WINDOW, BATCH, RATE, WARM, LEFT]);
}
