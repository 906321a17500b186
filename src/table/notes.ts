import type { TableScores } from "./scores.js";

/** With fewer rows, a class's recall says too little. */
const ROWS = 10;
/** A recall below this part of the accuracy is far below it. */
const PART = 0.5;

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
