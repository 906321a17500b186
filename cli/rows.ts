import type { Inputs } from "./source.js";

/** Rows of values, of which each has as many as there are columns. */
export function pickRows(values: Inputs, cols: number, rows: readonly number[]): Inputs {
  const picked =
    values instanceof Uint8Array ? new Uint8Array(rows.length * cols) : new Float64Array(rows.length * cols);
  rows.forEach((row, i) => {
    picked.set(values.subarray(row * cols, (row + 1) * cols), i * cols);
  });
  return picked;
}
