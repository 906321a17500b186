/**
 * npm run bench:large-file -- [ROWS]: what a Parquet file of many rows and 10 columns costs. It is written to
 * a temporary folder, from a seed. Each measurement has a process of its own: reading by fileBatches, in
 * order and shuffled, one epoch of fit on it, and `lanewise predict` of the whole file to CSV and to Parquet,
 * each with its peak memory.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { textTable } from "../../cli/text-table.js";
import { INPUTS, TARGET, writeLargeFile } from "./write.js";

/** What a process prints, as JSON. */
interface Measured {
  readonly rows: number;
  readonly seconds: number;
  /** Seconds of processor time, of all threads. */
  readonly processor: number;
  /** The most memory that the process had at any time. */
  readonly megabytes: number;
  readonly score?: number;
  readonly weights?: string;
}

const rows = Number(process.argv[2] ?? 20_000_000);
if (!Number.isSafeInteger(rows) || rows < 100_000) {
  console.error("usage: npm run bench:large-file -- [ROWS], at least 100000");
  process.exit(2);
}

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "lanewise-large-file-"));
try {
  const file = join(folder, "large.parquet");
  const model = join(folder, "model.safetensors");
  await writeLargeFile(file, rows);
  console.log(`${rows} rows, 10 columns, ${(statSync(file).size / 1e6).toFixed(0)} MB`);
  const program = async (name: string, ...words: string[]): Promise<Measured> => {
    const path = join(import.meta.dirname, name);
    const { stdout } = await run(process.execPath, [path, file, ...words]);
    return JSON.parse(stdout) as Measured;
  };
  const columns = [INPUTS.join(","), TARGET];
  const inOrder = await program("read.mjs", ...columns, "");
  const shuffled = await program("read.mjs", ...columns, "1");
  const trained = await program("train.mjs", ...columns, "1", model);
  const predict = async (out: string): Promise<Measured> => {
    const path = join(import.meta.dirname, "report-at-exit.mjs");
    const { stderr } = await run(process.execPath, [
      "--import",
      path,
      "dist/cli.js",
      "predict",
      model,
      file,
      "--out",
      join(folder, out),
    ]);
    return { ...(JSON.parse(stderr.trim().split("\n").at(-1) ?? "") as Measured), rows };
  };
  const line = (name: string, { rows: read, seconds, processor, megabytes }: Measured) => [
    name,
    seconds.toFixed(1),
    processor.toFixed(1),
    Math.round(read / seconds).toString(),
    megabytes.toFixed(0),
  ];
  const lines = [
    ["", "seconds", "of the processor", "rows a second", "MB"],
    line("fileBatches, in order", inOrder),
    line("fileBatches, shuffled", shuffled),
    line("fit 9-32-1, shuffled batches of 256", trained),
    line("lanewise predict to CSV", await predict("out.csv")),
    line("lanewise predict to Parquet", await predict("out.parquet")),
  ];
  console.log(textTable(lines, (column) => column > 0));
  console.log(`R2 of the first 20000 rows: ${trained.score?.toFixed(4)}`);
  console.log(`SHA-256 of the weights: ${trained.weights}`);
} finally {
  rmSync(folder, { recursive: true });
}
