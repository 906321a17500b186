import { adam, type Backend, type Batch, dense, embedding, lstm, Sequential } from "lanewise";
import type { Vocabulary } from "lanewise/text";
import { randomNumbers } from "../../cli/random.js";

/** Characters of a window, windows of a batch, and steps of which a loss is told. */
export const WINDOW = 128;
export const BATCH = 32;
const EACH = 50;
/** The largest learning rate, and the steps in which it is reached. */
export const RATE = 4e-3;
export const WARM = 100;
/** What is left of the learning rate at the end. */
export const LEFT = 0.02;

export const UNITS = 256;

/** Gives each character a score for what follows: its name, its memory, its scores. */
export function buildModel(
  backend: Backend,
  vocabulary: Vocabulary,
  units: number,
  seed: number,
): Sequential {
  return new Sequential(backend, {
    inputShape: [WINDOW],
    seed,
    layers: [embedding(vocabulary.size, 64), lstm(units, { returnSequences: true }), dense(vocabulary.size)],
    metadata: { vocabulary: JSON.stringify(vocabulary) },
  });
}

/** The progress of `learn`. Losses are in bits per character. */
export interface Report {
  readonly step: number;
  readonly bits: number;
}

/**
 * Trains on windows from anywhere in the text. `done` says after each step which part of the training is
 * over, from 0 to 1, which ends it. The learning rate rises first, and then falls along a cosine.
 */
export async function learn(
  model: Sequential,
  text: Int32Array,
  seed: number,
  done: (steps: number) => number,
  tell?: (report: Report) => void | Promise<void>,
): Promise<Report[]> {
  const optimizer = adam({ learningRate: RATE / WARM, clipNorm: 1 });
  const windows = drawWindows(text, seed);
  const reports: Report[] = [];
  let steps = 0;
  await model.fit(
    function* () {
      for (let i = 0; i < EACH; i++) yield windows();
    },
    {
      loss: "softmaxCrossEntropy",
      optimizer,
      epochs: Number.MAX_SAFE_INTEGER,
      onBatchEnd() {
        steps++;
        const part = Math.min(1, done(steps));
        const cosine = LEFT + (1 - LEFT) * (0.5 + 0.5 * Math.cos(Math.PI * part));
        optimizer.learningRate = RATE * Math.min(1, (steps + 1) / WARM) * cosine;
        return part < 1;
      },
      async onEpochEnd({ loss }) {
        const report = { step: steps, bits: loss / Math.LN2 };
        reports.push(report);
        await tell?.(report);
      },
    },
  );
  return reports;
}

/** Batches of windows, and of the same windows one character further on. */
function drawWindows(text: Int32Array, seed: number): () => Batch {
  const random = randomNumbers(seed);
  return () => {
    const starts = Array.from({ length: BATCH }, () => Math.floor(random() * (text.length - WINDOW)));
    return [
      starts.map((start) => text.subarray(start, start + WINDOW)),
      starts.map((start) => text.subarray(start + 1, start + 1 + WINDOW)),
    ];
  };
}

/** The bits that each character of a text takes after those before it; of the first one none is known. */
export function bitsOf(model: Sequential, text: ArrayLike<number>): number[] {
  const stepper = model.stepper();
  const scores = new Float32Array(stepper.outputSize);
  const bits: number[] = [];
  for (let i = 0; i + 1 < text.length; i++) {
    stepper.step([text[i]], scores);
    const most = scores.reduce((a, b) => Math.max(a, b));
    const sum = scores.reduce((sum, score) => sum + Math.exp(score - most), 0);
    bits.push((Math.log(sum) - (scores[text[i + 1]] - most)) / Math.LN2);
  }
  stepper.dispose();
  return bits;
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
