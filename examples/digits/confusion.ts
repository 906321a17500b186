import { textTable } from "./table.js";

/** The digit with the largest output, for each image; outputs: images x 10, row by row. */
export function mostLikely(outputs: Float32Array): number[] {
  return Array.from({ length: outputs.length / 10 }, (_, i) => {
    const row = outputs.subarray(i * 10, (i + 1) * 10);
    return row.indexOf(Math.max(...row));
  });
}

/** How often each digit (a row) was taken for each digit (a column), as a table. */
export function confusionTable(labels: Uint8Array, predicted: readonly number[]): string {
  const counts = Array.from({ length: 10 }, () => new Array<number>(10).fill(0));
  labels.forEach((label, i) => {
    counts[label][predicted[i]]++;
  });
  const header = ["", ...counts.keys()];
  const rows = counts.map((row, digit) => [digit, ...row]);
  return textTable(
    [header, ...rows].map((row) => row.map(String)),
    () => true,
  );
}
