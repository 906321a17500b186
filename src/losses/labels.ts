import { show } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import type { OutputRange } from "../layers/output-range.js";
import type { Loss } from "./loss.js";
import type { Targets } from "./targets.js";

/**
 * Targets as models take them: numbers as the loss takes them, or one label a row, of the model's `labels`,
 * or true and false, which stand for 1 and 0. Labels are for losses over classes, and for one output, whose
 * two labels stand for 0 and 1.
 */
export type LabelledTargets = Targets | readonly string[] | readonly boolean[];

/** Labels that an error message lists at most. */
const LISTED = 20;

const isLabelled = (y: unknown): y is readonly unknown[] =>
  Array.isArray(y) && (typeof y[0] === "string" || typeof y[0] === "boolean");

/** The number of labels of a model with this number of outputs. */
const labelCount = (outputs: number): number => Math.max(outputs, 2);

function listOf(labels: readonly string[]): string {
  const listed = labels.slice(0, LISTED).map(show).join(", ");
  return labels.length > LISTED ? `${listed} and ${labels.length - LISTED} more` : listed;
}

/**
 * @internal The labels that targets tell of, in the order of their code units; undefined for other targets.
 * @throws ValueError for more or fewer than the model has classes
 */
export function labelsIn(who: string, y: unknown, outputs: number): readonly string[] | undefined {
  if (!isLabelled(y) || typeof y[0] !== "string") return undefined;
  const labels = [...new Set(y)].filter((label) => typeof label === "string").sort();
  if (labels.length === labelCount(outputs)) return labels;
  throw new ValueError(
    `${who} expected ${labelCount(outputs)} labels among the targets, one for each class of the model, got ` +
      `${labels.length}: ${listOf(labels)}; name all classes in the option labels of the model, or change ` +
      "the units of its last layer",
  );
}

/**
 * @internal Targets as a loss takes them: labels as class indices or, for one output, as 0 and 1; others as
 * they are. @throws ValueError for a label that is none of the model's, with its row, and for labels where
 * the loss or the outputs have no use for them, or the range of the outputs does not say which is which
 */
export function numericTargets(
  who: string,
  y: unknown,
  labels: readonly string[] | undefined,
  loss: Loss,
  outputs: number,
  range: OutputRange | undefined,
): unknown {
  if (!isLabelled(y)) return y;
  if (!loss.overClasses && outputs > 1)
    throw new ValueError(
      `${who} expected ${outputs} numbers a row as targets for ${loss.name}, got ${show(y[0])}; labels are for ` +
        "one output and for losses over classes, such as softmaxCrossEntropy",
    );
  // A loss of values takes numbers for labels, 0 and 1, but predictClasses could not tell them apart again.
  if (!loss.separates(range))
    throw new ValueError(
      `${who} expected numbers as targets for ${loss.name} after ${range?.from}, which gives values, got ${show(y[0])}; ` +
        "use sigmoid with binaryCrossEntropy for labels, or pass 0 and 1, and threshold: 0.5 to predictClasses",
    );
  const indices = loss.overClasses ? new Int32Array(y.length) : new Float32Array(y.length);
  if (typeof y[0] === "boolean") {
    if (outputs > 2)
      throw new ValueError(
        `${who} expected labels of ${outputs} classes as targets, got ${show(y[0])} at row 0`,
      );
    for (const [row, value] of y.entries()) {
      if (typeof value !== "boolean")
        throw new ValueError(
          `${who} expected true or false as each target, got ${show(value)} at row ${row}`,
        );
      indices[row] = Number(value);
    }
    return indices;
  }
  if (!labels)
    throw new ValueError(
      `${who} expected numbers as targets, got ${show(y[0])} at row 0, and the model has no labels: pass the ` +
        "option labels to it, or train it first by fit(x, y) with all targets, from which it learns them",
    );
  const known = new Map(labels.map((label, index) => [label, index]));
  for (const [row, value] of y.entries()) {
    const index = known.get(value as string);
    if (index === undefined)
      throw new ValueError(
        `${who} expected each target to be one of the labels ${listOf(labels)}, got ${show(value)} at row ${row}`,
      );
    indices[row] = index;
  }
  return indices;
}
