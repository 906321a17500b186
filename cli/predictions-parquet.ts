import { fileWriter, ParquetWriter } from "hyparquet-writer";
import type { ColumnType } from "lanewise/node";
import { mostProbable, type Outputs, outputColumns } from "./predictions.js";
import type { Predictor } from "./predictor.js";

/** Rows of a row group, at least: more than one piece has. */
const GROUP_ROWS = 131_072;

type Options = ConstructorParameters<typeof ParquetWriter>[0];
type Element = Options["schema"][number];
type Source = Parameters<ParquetWriter["write"]>[0]["columnData"][number];

/** Columns of some rows. */
interface Columns {
  readonly text: string[];
  readonly passed: string[][];
  readonly numbers: number[][];
  readonly probability: number[];
}

/** Writes predictions as Parquet: the columns of the CSV, probabilities and values as float32. */
export async function writeParquet(
  path: string,
  predictor: Predictor,
  chunks: AsyncIterable<Outputs>,
  names: readonly string[],
): Promise<void> {
  const { labels } = predictor;
  const outputs = outputColumns(predictor);
  let writer: ParquetWriter | undefined;
  let types: readonly ColumnType[] = [];
  let group = emptyColumns(names.length, outputs.length);
  const flush = async (file: ParquetWriter) => {
    const columnData = [
      ...names.map((name, i) => passedColumn(name, types[i] ?? "text", group.passed[i])),
      ...(labels
        ? [
            { name: "prediction", data: group.text },
            { name: "probability", data: Float32Array.from(group.probability) },
          ]
        : []),
      ...outputs.map((name, i) => ({ name, data: Float32Array.from(group.numbers[i]) })),
    ];
    await file.write({ columnData, rowGroupSize: Number.MAX_SAFE_INTEGER });
    group = emptyColumns(names.length, outputs.length);
  };
  for await (const chunk of chunks) {
    types = chunk.types ?? types;
    writer ??= new ParquetWriter({
      writer: fileWriter(path),
      schema: schemaOf(names, types, outputs, labels !== undefined),
    });
    add(group, chunk, outputs.length, labels);
    if (group.numbers[0].length >= GROUP_ROWS) await flush(writer);
  }
  if (!writer) return;
  if (group.numbers[0].length > 0) await flush(writer);
  await writer.finish();
}

const emptyColumns = (passed: number, outputs: number): Columns => ({
  text: [],
  passed: Array.from({ length: passed }, () => []),
  numbers: Array.from({ length: outputs }, () => []),
  probability: [],
});

function add(
  group: Columns,
  { rows, outputs, passed = [] }: Outputs,
  width: number,
  labels: readonly string[] | undefined,
): void {
  passed.forEach((cells, i) => {
    for (const cell of cells) group.passed[i].push(cell);
  });
  for (let row = 0; row < rows; row++) {
    const begin = row * width;
    for (let i = 0; i < width; i++) group.numbers[i].push(outputs[begin + i]);
    if (!labels) continue;
    const most = mostProbable(outputs, begin, width);
    group.text.push(labels[most]);
    group.probability.push(outputs[begin + most]);
  }
}

/** A column that is passed through, in the type that it was read in. A cell with nothing is null. */
function passedColumn(name: string, type: ColumnType, cells: readonly string[]): Source {
  if (type === "text") return { name, data: cells as string[] };
  const value = type === "integer" ? BigInt : Number;
  return { name, data: cells.map((cell) => (cell === "" ? null : value(cell))) };
}

const STRING = { type: "BYTE_ARRAY", converted_type: "UTF8" } as const;
const PASSED: Readonly<Record<ColumnType, Partial<Element>>> = {
  text: { ...STRING, repetition_type: "REQUIRED" },
  integer: { type: "INT64", repetition_type: "OPTIONAL" },
  number: { type: "DOUBLE", repetition_type: "OPTIONAL" },
};

function schemaOf(
  names: readonly string[],
  types: readonly ColumnType[],
  outputs: readonly string[],
  classifies: boolean,
): Element[] {
  const float = (name: string): Element => ({ name, type: "FLOAT", repetition_type: "REQUIRED" });
  const columns: Element[] = [
    ...names.map((name, i) => ({ name, ...PASSED[types[i] ?? "text"] })),
    ...(classifies
      ? [{ name: "prediction", ...STRING, repetition_type: "REQUIRED" as const }, float("probability")]
      : []),
    ...outputs.map(float),
  ];
  return [{ name: "root", num_children: columns.length }, ...columns];
}
