import type { Sequential } from "lanewise";
import type { ImageSamples } from "lanewise/node";
import { confusionMatrix, mostLikely } from "./confusion.js";
import { counted } from "./figures.js";
import type { Scores } from "./score.js";

/** Scores of a classifier. */
export type ClassScores = Extract<Scores, { accuracy: number }>;

/** The scores of a model that gives a probability for each class. */
export function imageScores(
  model: Sequential,
  labels: readonly string[],
  { x, y }: Pick<ImageSamples, "x" | "y">,
): ClassScores {
  const outputs = model.predict(x);
  const confusion = confusionMatrix(labels.length, y, mostLikely(outputs, labels.length));
  const right = confusion.reduce((sum, row, i) => sum + row[i], 0);
  // No probability of float32 is below this, so that one that is 0 does not make the whole infinite.
  const loss = y.reduce(
    (sum, label, i) => sum - Math.log(Math.max(outputs[i * labels.length + label], 1e-38)),
    0,
  );
  return { samples: y.length, accuracy: right / y.length, loss: loss / y.length, confusion };
}

/** Pairs that are listed at most. */
const MOST_PAIRS = 5;

/** The pairs of classes that were mistaken most often, a line each; undefined if there was no mistake. */
export function worstPairs(labels: readonly string[], { confusion }: ClassScores): string | undefined {
  const pairs = confusion.flatMap((row, actual) => {
    const all = row.reduce((sum, count) => sum + count, 0);
    return row.flatMap((count, taken) =>
      count > 0 && taken !== actual
        ? [{ count, all, text: `${labels[actual]} taken for ${labels[taken]}` }]
        : [],
    );
  });
  if (pairs.length === 0) return undefined;
  pairs.sort((a, b) => b.count - a.count || b.count / b.all - a.count / a.all);
  const lines = pairs.slice(0, MOST_PAIRS).map(({ count, all, text }) => `  ${text}: ${count} of ${all}`);
  const more = pairs.length > MOST_PAIRS ? [`  and ${counted(pairs.length - MOST_PAIRS, "other pair")}`] : [];
  return ["most often mistaken:", ...lines, ...more].join("\n");
}
