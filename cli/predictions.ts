import type { Predictor } from "./predictor.js";

/** What a model gives for some samples. */
export interface Outputs {
  readonly rows: number;
  /** rows x outputs. */
  readonly outputs: Float32Array;
  /** The cells of each sample that are passed through, such as its file or its number. */
  readonly passed: readonly (readonly string[])[] | undefined;
}

/** How predictions are written. */
export interface PredictionFormat {
  /** The names of the cells that are passed through. */
  readonly passed: readonly string[];
  /** A JSON object a line rather than CSV. */
  readonly json: boolean;
}

/** The predictions as text, a piece for each chunk of samples. */
export async function* predictions(
  { model, labels }: Predictor,
  chunks: AsyncIterable<Outputs>,
  { passed: names, json }: PredictionFormat,
  count: (rows: number) => void,
): AsyncGenerator<string, void, void> {
  const width = labels?.length ?? model.outputShape.reduce((size, length) => size * length, 1);
  const outputs = labels ?? valueColumns(width, model.labels);
  const columns = [...names, ...(labels ? ["prediction", "probability"] : []), ...outputs];
  let begun = json;
  for await (const { rows, outputs, passed } of chunks) {
    // Until the first samples are read, an error may still show.
    if (!begun) yield csvLine(columns);
    begun = true;
    const lines = Array.from({ length: rows }, (_, row) => {
      const numbers = Array.from(outputs.subarray(row * width, (row + 1) * width), exactly);
      const most = labels && numbers.indexOf(Math.max(...numbers));
      const cells = passed?.[row] ?? [];
      if (most === undefined)
        return json ? jsonLine(columns, [...cells, ...numbers]) : csvLine([...cells, ...numbers.map(String)]);
      const [label, probability] = [labels?.[most] ?? "", numbers[most]];
      if (!json) return csvLine([...cells, label, String(probability), ...numbers.map(String)]);
      const probabilities = Object.fromEntries(numbers.map((number, i) => [labels?.[i], number]));
      return jsonLine(
        [...names, "prediction", "probability", "probabilities"],
        [...cells, label, probability, probabilities],
      );
    });
    yield lines.join("");
    count(rows);
  }
}

/** Column names for several values: the model's names for its outputs, or their numbers. */
function valueColumns(count: number, names: readonly string[] | undefined): readonly string[] {
  if (count === 1) return ["prediction"];
  return names?.length === count ? names : Array.from({ length: count }, (_, i) => `prediction${i}`);
}

/** Nine digits identify a float32. */
function exactly(value: number): number {
  return Number(value.toPrecision(9));
}

const jsonLine = (names: readonly string[], values: readonly unknown[]): string =>
  `${JSON.stringify(Object.fromEntries(names.map((name, i) => [name, values[i]])))}\n`;

/** A line of CSV. */
export function csvLine(fields: readonly string[]): string {
  // Spaces at the ends would be lost without quotes.
  const quoted = (field: string) => /[",\r\n]|^\s|\s$/.test(field);
  return `${fields.map((field) => (quoted(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(",")}\n`;
}
