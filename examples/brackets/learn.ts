import { adam, type Backend, dense, embedding, lstm, Sequential, schedules } from "lanewise";
import { randomNumbers } from "../../cli/random.js";
import { closed, drawWords, LONGEST, type Word } from "./words.js";

const UNITS = 16;
const BATCH = 32;

/** Answers after each bracket whether all that was opened is closed. */
export function buildModel(backend: Backend, seed: number): Sequential {
  return new Sequential(backend, {
    inputShape: [LONGEST],
    seed,
    layers: [
      embedding(3, 4, { paddingIndex: 0 }),
      lstm(UNITS, { returnSequences: true }),
      dense(1, { activation: "sigmoid" }),
    ],
  });
}

/** Steps of an epoch. */
export const stepsOf = (words: readonly Word[]): number => Math.ceil(words.length / BATCH);

/** Returns the loss of each epoch. */
export async function learn(model: Sequential, words: readonly Word[], epochs: number): Promise<number[]> {
  const steps = epochs * stepsOf(words);
  const history = await model.fit(
    words,
    words.map((word) => closed(word).map((answer) => [answer])),
    {
      loss: "binaryCrossEntropy",
      optimizer: adam({ learningRate: schedules.cosine({ learningRate: 0.02, steps }), clipNorm: 1 }),
      epochs,
      batchSize: BATCH,
    },
  );
  return history.epochs.map(({ loss }) => loss);
}

/**
 * For each word, whether the model is right about the whole of it: about its answer after the last bracket.
 */
export function judge(model: Sequential, words: readonly Word[]): boolean[] {
  const answers = model.predictClasses(words, { byStep: true });
  return words.map((word, i) => answers[i][word.length - 1] === closed(word).at(-1));
}

/** Words for training and others for the test, which a seed decides. */
export function drawData(count: number, seed: number): { training: Word[]; test: Word[] } {
  const random = randomNumbers(seed);
  const training = drawWords(count, random);
  return { training, test: drawWords(2000, random) };
}
