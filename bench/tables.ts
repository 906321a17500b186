// npm run bench:tables -- FOLDER TARGETS [REFERENCE] [SEED]: cross-validated scores of lanewise/table on the
// CSV files of a folder, and how long a model takes from the file to its report. TARGETS is JSON: by the
// name of each file, { target, ignore }. REFERENCE is JSON: by the same names, the scores of other methods.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createBackend } from "lanewise";
import { crossValidate, readTable, trainTable } from "lanewise/table";
import { textTable } from "../cli/text-table.js";

interface Task {
  readonly target: string;
  readonly ignore?: readonly string[];
}

const METHODS = ["baseline", "linear", "mlp", "forest", "boosting"] as const;
type Reference = Readonly<Record<(typeof METHODS)[number], readonly [mean: number, deviation: number]>>;

const [folder, targetsFile, referenceFile, seedText = "1"] = process.argv.slice(2);
if (folder === undefined || targetsFile === undefined) {
  console.error("usage: npm run bench:tables -- FOLDER TARGETS [REFERENCE] [SEED]");
  process.exit(2);
}
const read = <Value>(path: string): Record<string, Value> => JSON.parse(readFileSync(path, "utf8"));
const reference = referenceFile === undefined ? {} : read<Reference>(referenceFile);
const backend = await createBackend();
const seed = Number(seedText);
const lines: string[][] = [];
const differences: number[] = [];
for (const [name, { target, ignore }] of Object.entries(read<Task>(targetsFile))) {
  const options = { target, seed, ...(ignore && { ignore }) };
  const begin = performance.now();
  const table = await readTable(readFileSync(join(folder, `${name}.csv`)), { name });
  const { model } = await trainTable(backend, table, options);
  const seconds = (performance.now() - begin) / 1000;
  model.dispose();
  const { score, deviation, task } = await crossValidate(backend, table, { ...options, folds: 5 });
  const others = reference[name];
  const difference = others ? score - Math.max(others.linear[0], others.mlp[0]) : undefined;
  if (difference !== undefined) differences.push(difference);
  lines.push([
    name,
    task === "regression" ? "R²" : "accuracy",
    String(table.rows),
    seconds.toFixed(1),
    score.toFixed(3),
    `± ${deviation.toFixed(3)}`,
    ...METHODS.map((method) => others?.[method][0].toFixed(3) ?? ""),
    difference?.toFixed(3) ?? "",
  ]);
  console.error(`${name}: ${score.toFixed(4)}, ${seconds.toFixed(1)} s`);
}
const head = ["", "score", "rows", "seconds", "lanewise", "", ...METHODS, "difference"];
console.log(textTable([head, ...lines], (column) => column > 1));
if (differences.length > 0) {
  const mean = differences.reduce((sum, each) => sum + each, 0) / differences.length;
  console.log(
    `difference from the better of linear and mlp: mean ${mean.toFixed(4)}, least ${Math.min(...differences).toFixed(4)}`,
  );
}
