import { fileWriter, ParquetWriter } from "hyparquet-writer";
import { randomNumbers } from "../../cli/random.js";

/** The columns: nine of numbers, which the network takes, and what follows from them with some noise. */
export const INPUTS = Array.from({ length: 9 }, (_, i) => `x${i}`);
export const TARGET = "y";

/** Rows in a row group: DuckDB's default. */
const GROUP_ROWS = 122_880;

/** Writes a Parquet file of ten columns from a seed: of every three, two float64 and one of whole numbers. */
export async function writeLargeFile(file: string, rows: number): Promise<void> {
  const type = (i: number) => (i % 3 === 2 ? "INT32" : "DOUBLE");
  const writer = new ParquetWriter({
    writer: fileWriter(file),
    schema: [
      { name: "root", num_children: 10 },
      ...[...INPUTS, TARGET].map((name, i) => ({
        name,
        type: type(i),
        repetition_type: "OPTIONAL" as const,
      })),
    ],
  } as ConstructorParameters<typeof ParquetWriter>[0]);
  const random = randomNumbers(1);
  for (let begin = 0; begin < rows; begin += GROUP_ROWS) {
    const count = Math.min(GROUP_ROWS, rows - begin);
    const columns = INPUTS.map((_, i) => (i % 3 === 2 ? new Int32Array(count) : new Float64Array(count)));
    const target = new Float64Array(count);
    for (let row = 0; row < count; row++) {
      columns.forEach((column, i) => {
        column[row] =
          i % 3 === 2 ? Math.floor(random() * 1000) : Math.round(random() * 200_000 - 100_000) / 1e5;
      });
      const [a, b, c, d] = columns;
      target[row] = a[row] * b[row] + d[row] / 2 + c[row] / 2000 + 0.1 * (random() - 0.5);
    }
    await writer.write({
      columnData: [...columns.map((data, i) => ({ name: INPUTS[i], data })), { name: TARGET, data: target }],
      rowGroupSize: GROUP_ROWS,
    });
  }
  await writer.finish();
}
