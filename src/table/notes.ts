import type { Targets } from "./folds.js";
import { isTrainedOn } from "./origin.js";
import { momentsOf } from "./plan.js";
import type { TableScores } from "./scores.js";
import type { Table } from "./table.js";

/** With fewer rows, a class's recall says too little. */
const ROWS = 10;
/** A recall below this part of the accuracy is far below it. */
const PART = 0.5;

/** Values whose deviation is a smaller part of their size differ in few digits of float32. */
const LEAST_SPREAD = 1e-4;

/** What to do about values that are close together and far from 0, such as times in seconds since 1970. */
export function precisionNotes({ labels, values }: Targets): string[] {
  const { mean, deviation } = momentsOf(values);
  if (labels || deviation === 0 || deviation >= LEAST_SPREAD * Math.abs(mean)) return [];
  const [middle, spread] = [mean, deviation].map((value) => Number(value.toPrecision(3)));
  const step = Number(stepAt(Math.abs(mean)).toPrecision(1));
  return [
    `the targets are ${middle} with a deviation of ${spread}; predictions are float32, whose numbers are ${step} apart there: subtract an offset such as ${middle} from the targets, and add it to the predictions`,
  ];
}

/** How far a number is from the next larger one in float32. */
function stepAt(x: number): number {
  const next = Float32Array.of(x);
  new Uint32Array(next.buffer)[0]++;
  return next[0] - Math.fround(x);
}

/** What to know of scores where training began with a model. */
export const startNotes = (metadata: Readonly<Record<string, string>> | undefined, table: Table): string[] =>
  isTrainedOn(metadata, table)
    ? [
        "the model that training began with had learned from this table, so the scores of held-out rows are too good",
      ]
    : [];

/**
 * What scores advise: `classWeights: "balanced"` where training had no weights, and of the classes with at
 * least 10 rows the rarest has a recall of less than half the accuracy.
 */
export function notesOf(
  scores: TableScores | undefined,
  { classWeights }: { readonly classWeights?: "balanced" },
): string[] {
  if (scores === undefined || "r2" in scores || classWeights !== undefined) return [];
  const { accuracy, classes } = scores;
  const [rarest] = classes.filter(({ rows }) => rows >= ROWS).sort((a, b) => a.rows - b.rows);
  if (rarest === undefined || rarest.recall >= PART * accuracy) return [];
  const percent = (part: number): string => `${Math.round(100 * part)} %`;
  return [
    `of the ${rarest.rows} rows of the rare class ${JSON.stringify(rarest.label)} ${percent(rarest.recall)} are found, while ${percent(accuracy)} of all rows are right; classWeights: "balanced" finds more of them, at the cost of accuracy`,
  ];
}
