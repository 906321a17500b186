/**
 * npm run bench:large-table -- [ROWS]: what a table of many rows and 20 columns costs. It is written to a
 * temporary folder, from a seed. Each measurement has a process of its own, which imports nothing else: the
 * rows a second of readTableParts beside those of csv-parse, in turns, and a training by trainTableParts with
 * its peak memory.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { textTable } from "../../cli/text-table.js";
import { writeLargeTable } from "./write.js";

/** What a process prints, as JSON. */
interface Measured {
  readonly rows: number;
  readonly seconds: number;
  /** Seconds of processor time. Other programs on the machine lengthen the wall time, not this. */
  readonly processor: number;
  /** The most memory that the process had at any time: that of the engine, too. */
  readonly megabytes: number;
  readonly score?: number;
  readonly baseline?: number;
  readonly weights?: string;
}

const ROUNDS = 3;
const rows = Number(process.argv[2] ?? 1_000_000);
if (!Number.isSafeInteger(rows) || rows < 100_000) {
  console.error("usage: npm run bench:large-table -- [ROWS], at least 100000");
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), "lanewise-large-table-"));
try {
  const file = join(folder, "large.csv");
  const bytes = await writeLargeTable(file, rows);
  console.log(`${rows} rows, 20 columns, ${(bytes / 1e6).toFixed(0)} MB`);
  const run = promisify(execFile);
  const measure = async (program: string): Promise<Measured> => {
    const { stdout } = await run(process.execPath, [join(import.meta.dirname, program), file]);
    return JSON.parse(stdout) as Measured;
  };
  const runs: Record<string, Measured[]> = { readTableParts: [], "csv-parse": [] };
  for (let round = 0; round < ROUNDS; round++) {
    runs.readTableParts.push(await measure("read.mjs"));
    runs["csv-parse"].push(await measure("csv-parse.mjs"));
  }
  const training = await measure("train.mjs");
  const line = (name: string, { rows: read, seconds, processor, megabytes }: Measured) => [
    name,
    seconds.toFixed(1),
    processor.toFixed(1),
    Math.round(read / processor).toString(),
    megabytes.toFixed(0),
  ];
  const fastest = (name: string) => runs[name].reduce((a, b) => (b.processor < a.processor ? b : a));
  const lines = [
    ["", "seconds", "of the processor", "rows a second of it", "MB"],
    ...Object.keys(runs).map((name) => line(`${name}, fastest of ${ROUNDS}`, fastest(name))),
    line("trainTableParts, all passes", training),
  ];
  console.log(textTable(lines, (column) => column > 0));
  console.log(
    `accuracy ${training.score?.toFixed(4)}, always the most frequent class ${training.baseline?.toFixed(4)}`,
  );
  console.log(`SHA-256 of the weights: ${training.weights}`);
} finally {
  rmSync(folder, { recursive: true });
}
