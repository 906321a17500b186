import type { Sequential } from "lanewise";
import { mostLikely } from "./confusion.js";
import type { Target } from "./target.js";

/** What a model gives for some samples. */
export interface Outputs {
  readonly rows: number;
  /** rows x outputs. */
  readonly outputs: Float64Array;
  /** The files of the samples, where they are files. */
  readonly names?: readonly string[];
}

/** The predictions as CSV, a piece for each chunk of samples. */
export async function* predictions(
  { model, kind }: { readonly model: Sequential; readonly kind: Target },
  chunks: AsyncIterable<Outputs>,
  count: (rows: number) => void,
): AsyncGenerator<string, void, void> {
  const labels = kind.task === "classification" ? kind.labels : undefined;
  const values = model.outputShape.reduce((size, length) => size * length, 1);
  const digits = digitsOf(model);
  const columns = labels ? ["prediction", "probability", ...labels] : valueColumns(values, model.labels);
  let begun = false;
  for await (const { rows, outputs, names } of chunks) {
    // Until the first samples are read, an error may still show.
    if (!begun) yield csvLine(names ? ["file", ...columns] : columns);
    begun = true;
    const fields = labels
      ? classFields(labels, outputs)
      : Array.from({ length: rows }, (_, row) =>
          Array.from(outputs.subarray(row * values, (row + 1) * values), digits),
        );
    yield fields.map((row, i) => csvLine(names ? [names[i], ...row] : row)).join("");
    count(rows);
  }
}

/** Column names for several values: the model's names for its outputs, or their numbers. */
function valueColumns(count: number, names: readonly string[] | undefined): readonly string[] {
  if (count === 1) return ["prediction"];
  return names?.length === count ? names : Array.from({ length: count }, (_, i) => `prediction${i}`);
}

function classFields(labels: readonly string[], outputs: Float64Array): string[][] {
  return mostLikely(outputs, labels.length).map((index, row) => {
    const probabilities = Array.from(
      outputs.subarray(row * labels.length, (row + 1) * labels.length),
      exactly,
    );
    return [labels[index], probabilities[index], ...probabilities];
  });
}

/** Nine digits identify a float32. */
function exactly(value: number): string {
  return String(Number(value.toPrecision(9)));
}

/**
 * Writes a value with as many digits as it has: those of a float32, and more where the target's values are
 * close together for their size, as times in seconds since 1970 are.
 */
function digitsOf({ metadata }: Sequential): (value: number) => string {
  const deviation = Number(metadata.targetDeviation);
  return (value) => {
    const more = Math.ceil(Math.log10(Math.abs(value) / deviation));
    return String(Number(value.toPrecision(more > 0 ? Math.min(9 + more, 17) : 9)));
  };
}

function csvLine(fields: readonly string[]): string {
  // Spaces at the ends would be lost without quotes.
  const quoted = (field: string) => /[",\r\n]|^\s|\s$/.test(field);
  return `${fields.map((field) => (quoted(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(",")}\n`;
}
