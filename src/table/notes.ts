import { numberFrom } from "../encoding/number-format.js";
import type { TableTargets } from "./folds.js";
import { isTrainedOn } from "./origin.js";
import { momentsOf } from "./plan.js";
import type { TableScores } from "./scores.js";
import type { Table } from "./table.js";

/** With fewer rows, a class's recall says too little. */
const ROWS = 10;
/** A recall below this part of the accuracy is far below it. */
const PART = 0.5;

/** Classes that are named at most. */
const NAMES = 5;

interface Training {
  readonly classWeights?: "balanced";
}

/** What a person should know of targets and scores, a sentence each. */
export const notesOf = (
  scores: TableScores | undefined,
  options: Training,
  targets: TableTargets,
): string[] => [...targetNotes(targets), ...scoreNotes(scores, options)];

/** What a person should know of targets. classRows: of each class, if `targets` are only a part of them. */
export function targetNotes(targets: TableTargets, classRows?: readonly number[]): string[] {
  const { labels, values } = targets;
  if (!labels) return precisionNotes(values);
  const counts = classRows ? [...classRows] : new Array<number>(labels.length).fill(0);
  if (!classRows) for (const label of values) counts[label]++;
  return classNotes(labels, counts);
}

/** Classes that are probably one, and classes of a single row. */
function classNotes(labels: readonly string[], rows: readonly number[]): string[] {
  const notes: string[] = [];
  const seen = new Map<string, string>();
  for (const label of labels) {
    const key = keyOf(label);
    const other = seen.get(key);
    seen.set(key, other ?? label);
    if (other !== undefined)
      notes.push(
        `the classes ${JSON.stringify(other)} and ${JSON.stringify(label)} differ only in case, in spaces or in how a number is written`,
      );
  }
  const alone = labels.filter((_, i) => rows[i] === 1);
  if (alone.length > 0) {
    const named = alone.slice(0, NAMES).map((label) => JSON.stringify(label));
    const more = alone.length > NAMES ? ` and ${alone.length - NAMES} more` : "";
    notes.push(
      `only one row has the class ${named.join(", ")}${more}: it is learned from, but no score says how well it is predicted`,
    );
  }
  return notes;
}

function keyOf(label: string): string {
  const text = label.trim().replace(/\s+/g, " ").toLowerCase();
  const number = numberFrom(text);
  return number === undefined ? text : String(number);
}

/** Values whose deviation is a smaller part of their size differ in few digits of float32. */
const LEAST_SPREAD = 1e-4;

/** What to do about values that are close together and far from 0, such as times in seconds since 1970. */
function precisionNotes(values: readonly number[]): string[] {
  const { mean, deviation } = momentsOf(values);
  if (deviation === 0 || deviation >= LEAST_SPREAD * Math.abs(mean)) return [];
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
 * Recommends `classWeights: "balanced"` where training had no weights, and of the classes with at least 10
 * rows the rarest has a recall of less than half the accuracy.
 */
export function scoreNotes(scores: TableScores | undefined, { classWeights }: Training): string[] {
  if (scores === undefined || "r2" in scores || classWeights !== undefined) return [];
  const { accuracy, classes } = scores;
  const [rarest] = classes.filter(({ rows }) => rows >= ROWS).sort((a, b) => a.rows - b.rows);
  if (rarest === undefined || rarest.recall >= PART * accuracy) return [];
  const percent = (part: number): string => `${Math.round(100 * part)} %`;
  return [
    `of the ${rarest.rows} rows of the rare class ${JSON.stringify(rarest.label)} ${percent(rarest.recall)} are found, while ${percent(accuracy)} of all rows are right; classWeights: "balanced" finds more of them, at the cost of accuracy`,
  ];
}
