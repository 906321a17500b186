import { show } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import type { OutputRange } from "../layers/output-range.js";
import type { Loss } from "./loss.js";
import type { Targets } from "./targets.js";

/**
 * Targets as models take them: numbers as the loss takes them, or one label a row, of the model's `labels`,
 * or true and false, which stand for 1 and 0. Labels are for losses over classes, and for one output, whose
 * two labels stand for 0 and 1. Of outputs [time, classes] each sample has an array of labels, one a step.
 */
export type LabelledTargets =
  | Targets
  | readonly string[]
  | readonly boolean[]
  | readonly (readonly string[])[]
  | readonly (readonly boolean[])[];

/** Labels that an error message lists at most. */
const LISTED = 20;

const isLabel = (value: unknown): boolean => typeof value === "string" || typeof value === "boolean";

/** Labels of samples, or of their steps. */
const isLabelled = (y: unknown): y is readonly unknown[] =>
  Array.isArray(y) && (isLabel(y[0]) || (Array.isArray(y[0]) && isLabel(y[0][0])));

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
  if (!isLabelled(y)) return undefined;
  const all = y.flat();
  if (typeof all[0] !== "string") return undefined;
  const labels = [...new Set(all)].filter((label) => typeof label === "string").sort();
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
  const indexOf = indexing(who, y.flat()[0], labels, outputs);
  if (!Array.isArray(y[0])) {
    const indices = loss.overClasses ? new Int32Array(y.length) : new Float32Array(y.length);
    for (const [row, value] of y.entries()) indices[row] = indexOf(value, `row ${row}`);
    return indices;
  }
  return y.map((steps, row) => {
    if (!Array.isArray(steps))
      throw new ValueError(
        `${who} expected an array of labels for each sample, got ${show(steps)} at row ${row}`,
      );
    const indices = steps.map((value, step) => indexOf(value, `row ${row}, step ${step}`));
    return loss.overClasses ? indices : Float32Array.from(indices);
  });
}

/** Gives the index of a label, which is like the first one. @throws ValueError for one that has none */
function indexing(
  who: string,
  first: unknown,
  labels: readonly string[] | undefined,
  outputs: number,
): (value: unknown, where: string) => number {
  if (typeof first === "boolean") {
    if (outputs > 2)
      throw new ValueError(
        `${who} expected labels of ${outputs} classes as targets, got ${show(first)} at row 0`,
      );
    return (value, where) => {
      if (typeof value === "boolean") return Number(value);
      throw new ValueError(`${who} expected true or false as each target, got ${show(value)} at ${where}`);
    };
  }
  if (!labels)
    throw new ValueError(
      `${who} expected numbers as targets, got ${show(first)} at row 0, and the model has no labels: pass the ` +
        "option labels to it, or train it first by fit(x, y) with all targets, from which it learns them",
    );
  const known = new Map<unknown, number>(labels.map((label, index) => [label, index]));
  return (value, where) => {
    const index = known.get(value);
    if (index !== undefined) return index;
    throw new ValueError(
      `${who} expected each target to be one of the labels ${listOf(labels)}, got ${show(value)} at ${where}`,
    );
  };
}
