import { fileWriter, ParquetWriter } from "hyparquet-writer";
import type { ColumnType } from "../../rows/column.js";
import { type Layout, mostProbable, type Outputs } from "./lines.js";

/** Rows of a row group; the last one may have fewer. */
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
  layout: Layout,
  chunks: AsyncIterable<Outputs>,
): Promise<void> {
  const file = new PredictionFile(path, layout);
  for await (const chunk of chunks) await file.add(chunk);
  await file.finish();
}

/** A Parquet file of predictions, which are added as they come: how they are cut changes no byte of it. */
export class PredictionFile {
  private writer: ParquetWriter | undefined;
  private types: readonly ColumnType[] = [];
  private group: Columns;

  constructor(
    private readonly path: string,
    private readonly layout: Layout,
  ) {
    this.group = emptyColumns(layout);
  }

  async add(chunk: Outputs): Promise<void> {
    this.types = chunk.types ?? this.types;
    const { path, layout, types } = this;
    this.writer ??= new ParquetWriter({ writer: fileWriter(path), schema: schemaOf(layout, types) });
    for (let from = 0; from < chunk.rows; ) {
      const to = Math.min(chunk.rows, from + GROUP_ROWS - this.group.numbers[0].length);
      add(this.group, chunk, layout, from, to);
      if (this.group.numbers[0].length === GROUP_ROWS) await this.flush(this.writer);
      from = to;
    }
  }

  private async flush(file: ParquetWriter): Promise<void> {
    const { passed, labels, outputs } = this.layout;
    const { group, types } = this;
    const columnData = [
      ...passed.map((name, i) => passedColumn(name, types[i] ?? "text", group.passed[i])),
      ...(labels
        ? [
            { name: "prediction", data: group.text },
            { name: "probability", data: Float32Array.from(group.probability) },
          ]
        : []),
      ...outputs.map((name, i) => ({ name, data: Float32Array.from(group.numbers[i]) })),
    ];
    await file.write({ columnData, rowGroupSize: Number.MAX_SAFE_INTEGER });
    this.group = emptyColumns(this.layout);
  }

  async finish(): Promise<void> {
    if (!this.writer) return;
    if (this.group.numbers[0].length > 0) await this.flush(this.writer);
    await this.writer.finish();
  }
}

const emptyColumns = ({ passed, outputs }: Layout): Columns => ({
  text: [],
  passed: passed.map(() => []),
  numbers: outputs.map(() => []),
  probability: [],
});

function add(
  group: Columns,
  { outputs, passed = [] }: Outputs,
  { outputs: { length: width }, labels }: Layout,
  from: number,
  to: number,
): void {
  passed.forEach((cells, i) => {
    for (let row = from; row < to; row++) group.passed[i].push(cells[row]);
  });
  for (let row = from; row < to; row++) {
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

function schemaOf({ passed, labels, outputs }: Layout, types: readonly ColumnType[]): Element[] {
  const float = (name: string): Element => ({ name, type: "FLOAT", repetition_type: "REQUIRED" });
  const columns: Element[] = [
    ...passed.map((name, i) => ({ name, ...PASSED[types[i] ?? "text"] })),
    ...(labels
      ? [{ name: "prediction", ...STRING, repetition_type: "REQUIRED" as const }, float("probability")]
      : []),
    ...outputs.map(float),
  ];
  return [{ name: "root", num_children: columns.length }, ...columns];
}
