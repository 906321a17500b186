import { fileURLToPath } from "node:url";
import { openCsv } from "../../cli/csv.js";

/** A table of examples/data: rows of numbers, and of each the text of its target. */
export interface Table {
  readonly features: number;
  /** rows x features. */
  readonly inputs: Float32Array;
  readonly targets: readonly string[];
}

/** Reads a table whose last column is the target. */
export async function readTable(name: string): Promise<Table> {
  const source = await openCsv(fileURLToPath(new URL(`../data/${name}.csv`, import.meta.url)));
  const features = source.columns.slice(0, -1);
  const inputs: number[] = [];
  const targets: string[] = [];
  for await (const chunk of source.read(features, source.columns[features.length])) {
    inputs.push(...chunk.inputs);
    targets.push(...chunk.targets.map(({ text }) => text));
  }
  return { features: features.length, inputs: Float32Array.from(inputs), targets };
}
