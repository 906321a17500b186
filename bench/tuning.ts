// npm run bench:tuning -- FOLDER TARGETS [NAMES] [TRIALS] [SEED]: what tuneTable gains on rows that it has
// not seen. Each fifth of a table is held out in turn; the recipe is searched on the other four, and a model
// of that recipe and one of the default learn from these four. TARGETS as for bench:tables; NAMES: of the
// tables, separated by commas.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createBackend, kFold, type Model } from "lanewise";
import { evaluateTable, readTable, type Table, trainTable, tuneTable } from "lanewise/table";
import { textTable } from "../cli/text-table.js";

const FOLDS = 5;

interface Task {
  readonly target: string;
  readonly task?: "classification" | "regression";
  readonly ignore?: readonly string[];
}

const [folder, targetsFile, namesText = "", trialsText = "64", seedText = "1"] = process.argv.slice(2);
if (folder === undefined || targetsFile === undefined) {
  console.error("usage: npm run bench:tuning -- FOLDER TARGETS [NAMES] [TRIALS] [SEED]");
  process.exit(2);
}
const tasks: Record<string, Task> = JSON.parse(readFileSync(targetsFile, "utf8"));
const names = namesText === "" ? Object.keys(tasks) : namesText.split(",");
const [trials, seed] = [Number(trialsText), Number(seedText)];
const backend = await createBackend();

interface Sums {
  score: number;
  loss: number;
}

/** The scores of a model on rows, each times their number: accuracy and log loss, or R² and squared error. */
function scored(model: Model, test: Table, target: string): Sums {
  const tested = evaluateTable(model, test, { target });
  model.dispose();
  const { rows } = tested;
  return tested.task === "classification"
    ? { score: rows * tested.scores.accuracy, loss: rows * tested.scores.logLoss }
    : { score: rows * tested.scores.r2, loss: rows * tested.scores.rmse * tested.scores.rmse };
}

const lines: string[][] = [];
for (const name of names) {
  const { target } = tasks[name];
  const whole = await readTable(readFileSync(join(folder, `${name}.csv`)), { name });
  const cells = whole.column(target);
  const present = [...cells.keys()].filter((row) => !["", "NA"].includes(cells[row]));
  const table = whole.take(present);
  const options = { seed, ...tasks[name] };
  const before: Sums = { score: 0, loss: 0 };
  const after: Sums = { score: 0, loss: 0 };
  let [chosen, seconds] = [0, 0];
  for (const { train, test } of kFold(table.rows, FOLDS, { seed })) {
    const [learned, held] = [table.take(train), table.take(test)];
    const byDefault = scored((await trainTable(backend, learned, options)).model, held, target);
    const begin = performance.now();
    const tuned = await tuneTable(backend, learned, { ...options, trials, seconds: 3600 });
    seconds += (performance.now() - begin) / 1000 / FOLDS;
    const { recipe } = tuned;
    const isDefault = recipe === tuned.trials[0].recipe;
    chosen += Number(!isDefault);
    const byRecipe = isDefault
      ? byDefault
      : scored((await trainTable(backend, learned, { ...options, recipe })).model, held, target);
    for (const key of ["score", "loss"] as const) {
      before[key] += byDefault[key] / table.rows;
      after[key] += byRecipe[key] / table.rows;
    }
    console.error(`${name}: ${JSON.stringify({ byDefault, byRecipe, recipe })}`);
  }
  const shown = (value: number) => String(Number(value.toPrecision(4)));
  lines.push([
    name,
    shown(before.score),
    shown(after.score),
    shown(before.loss),
    shown(after.loss),
    `${chosen} of ${FOLDS}`,
    seconds.toFixed(0),
  ]);
}
const head = ["", "default", "tuned", "loss by default", "loss tuned", "not the default", "seconds a search"];
console.log(textTable([head, ...lines], (column) => column > 0));
