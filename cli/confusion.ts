import { textTable } from "./text-table.js";

/** How often samples of each class (row) were predicted as each class (column). */
export function confusionMatrix(
  classes: number,
  actual: ArrayLike<number>,
  predicted: ArrayLike<number>,
): number[][] {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < actual.length; i++) counts[actual[i]][predicted[i]]++;
  return counts;
}

/** The matrix as a table with the classes' names. */
export function confusionTable(names: readonly string[], counts: readonly (readonly number[])[]): string {
  const rows = counts.map((row, i) => [`  ${names[i]}`, ...row.map(String)]);
  return textTable([["  actual \\ predicted", ...names], ...rows], (column) => column > 0);
}

/** The class with the largest output, for each sample; outputs: samples x classes, row by row. */
export function mostLikely(outputs: Float32Array | Float64Array, classes: number): number[] {
  return Array.from({ length: outputs.length / classes }, (_, i) => {
    const row = outputs.subarray(i * classes, (i + 1) * classes);
    return row.indexOf(Math.max(...row));
  });
}
