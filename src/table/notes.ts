import { numberFrom } from "../encoding/number-format.js";
import type { Targets } from "./folds.js";
import type { TableScores } from "./scores.js";

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
export const notesOf = (scores: TableScores | undefined, options: Training, targets: Targets): string[] => [
  ...classNotes(targets),
  ...weightNotes(scores, options),
];

/** Classes that are probably one, and classes of a single row. */
function classNotes({ labels = [], values }: Targets): string[] {
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
  const counts = new Array<number>(labels.length).fill(0);
  if (labels.length > 0) for (const label of values) counts[label]++;
  const alone = labels.filter((_, i) => counts[i] === 1);
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

/**
 * Recommends `classWeights: "balanced"` where training had no weights, and of the classes with at least 10
 * rows the rarest has a recall of less than half the accuracy.
 */
function weightNotes(scores: TableScores | undefined, { classWeights }: Training): string[] {
  if (scores === undefined || "r2" in scores || classWeights !== undefined) return [];
  const { accuracy, classes } = scores;
  const [rarest] = classes.filter(({ rows }) => rows >= ROWS).sort((a, b) => a.rows - b.rows);
  if (rarest === undefined || rarest.recall >= PART * accuracy) return [];
  const percent = (part: number): string => `${Math.round(100 * part)} %`;
  return [
    `of the ${rarest.rows} rows of the rare class ${JSON.stringify(rarest.label)} ${percent(rarest.recall)} are found, while ${percent(accuracy)} of all rows are right; classWeights: "balanced" finds more of them, at the cost of accuracy`,
  ];
}
