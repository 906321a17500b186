import { readFile } from "node:fs/promises";
import { readTable as readCsv } from "lanewise/table";

/** A table of examples/data: rows of numbers, and of each the text of its target. */
export interface Table {
  readonly features: number;
  /** rows x features. */
  readonly inputs: Float32Array;
  readonly targets: readonly string[];
}

/** Reads a table whose last column is the target. */
export async function readTable(name: string): Promise<Table> {
  const { cells, rows } = await readCsv(await readFile(new URL(`../data/${name}.csv`, import.meta.url)));
  const features = cells.length - 1;
  const inputs = new Float32Array(rows * features);
  for (let row = 0; row < rows; row++)
    for (let col = 0; col < features; col++) inputs[row * features + col] = Number(cells[col][row]);
  return { features, inputs, targets: cells[features] };
}
