import type { ColumnType } from "../../rows/column.js";

/** What a model gives for some samples. */
export interface Outputs {
  readonly rows: number;
  /** rows x outputs. */
  readonly outputs: Float32Array;
  /** The cells that are passed through, such as the sample's file or its number: a list for each column. */
  readonly passed?: readonly (readonly string[])[];
  /** What these columns hold. Default text. */
  readonly types?: readonly ColumnType[];
  /** The part of the data that is read, from 0 to 1, where that is known. */
  readonly done?: number | undefined;
}

/** What predictions are written with. */
export interface Layout {
  /** The names of the cells that are passed through. */
  readonly passed: readonly string[];
  /** The names of the outputs: a value each, or of a classification the probability of each class. */
  readonly outputs: readonly string[];
  /** The classes, in a classification. */
  readonly labels: readonly string[] | undefined;
}

/** The layout of what a model predicts; `labels` in a classification. */
export function layoutOf(
  model: { readonly outputShape: readonly number[]; readonly labels?: readonly string[] | undefined },
  labels: readonly string[] | undefined,
  passed: readonly string[],
): Layout {
  const size = model.outputShape.reduce((product, length) => product * length, 1);
  return { passed, labels, outputs: labels ?? valueColumns(size, model.labels) };
}

/** The predictions as text, a piece for each chunk of samples. */
export async function* predictions(
  layout: Layout,
  chunks: AsyncIterable<Outputs>,
  json: boolean,
): AsyncGenerator<string, void, void> {
  const text = linesOf(layout, json);
  let begun = json;
  for await (const chunk of chunks) {
    // Until the first samples are read, an error may still show.
    if (!begun) yield headerOf(layout);
    begun = true;
    yield text(chunk);
  }
}

/** The first line of CSV. */
export const headerOf = ({ passed, labels, outputs }: Layout): string =>
  csvLine([...passed, ...(labels ? ["prediction", "probability"] : []), ...outputs]);

/** Writes the lines of some samples: CSV, or a JSON object a line. */
export function linesOf({ passed, outputs, labels }: Layout, json: boolean): (chunk: Outputs) => string {
  const line = json ? jsonLines(passed, outputs, labels) : csvLines(outputs.length, labels);
  return (chunk) => {
    let text = "";
    for (let row = 0; row < chunk.rows; row++) text += line(chunk, row);
    return text;
  };
}

type Line = (chunk: Outputs, row: number) => string;

function csvLines(width: number, labels: readonly string[] | undefined): Line {
  const classes = labels?.map(csvField);
  return ({ outputs, passed = [] }, row) => {
    let cells = "";
    for (const column of passed) cells += `${csvField(column[row])},`;
    let numbers = "";
    let [most, probability] = [0, ""];
    for (let i = 0; i < width; i++) {
      const output = outputs[row * width + i];
      const text = String(exactly(output));
      if (i === 0 || output > outputs[row * width + most]) [most, probability] = [i, text];
      numbers += i === 0 ? text : `,${text}`;
    }
    return classes ? `${cells}${classes[most]},${probability},${numbers}\n` : `${cells}${numbers}\n`;
  };
}

function jsonLines(
  names: readonly string[],
  outputs: readonly string[],
  labels: readonly string[] | undefined,
): Line {
  return (chunk, row) => {
    const cells = names.map((name, i) => [name, chunk.passed?.[i][row]]);
    const all = Array.from(chunk.outputs.subarray(row * outputs.length, (row + 1) * outputs.length), exactly);
    const values = all.map((value, i) => [outputs[i], value]);
    if (!labels) return `${JSON.stringify(Object.fromEntries([...cells, ...values]))}\n`;
    const most = mostProbable(all, 0, all.length);
    const prediction = Object.entries({
      prediction: labels[most],
      probability: all[most],
      probabilities: Object.fromEntries(values),
    });
    return `${JSON.stringify(Object.fromEntries([...cells, ...prediction]))}\n`;
  };
}

/** Which of the numbers from `begin` is the largest: the first of those. */
export function mostProbable(numbers: ArrayLike<number>, begin: number, width: number): number {
  let most = 0;
  for (let i = 1; i < width; i++) if (numbers[begin + i] > numbers[begin + most]) most = i;
  return most;
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

// Spaces at the ends would be lost without quotes.
const QUOTED = /[",\r\n]|^\s|\s$/;

const csvField = (field: string): string => (QUOTED.test(field) ? `"${field.replaceAll('"', '""')}"` : field);

/** A line of CSV. */
export function csvLine(fields: readonly string[]): string {
  return `${fields.map(csvField).join(",")}\n`;
}
