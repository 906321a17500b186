import { type Callback, createBackend } from "lanewise";
import { runCommand } from "../../cli/command.js";
import { wholeNumber } from "../../cli/options.js";
import { textTable } from "../../cli/text-table.js";
import { writeWhole } from "../../cli/whole-file.js";
import { drawPanels, type Panel } from "../plot.js";
import { crossValidate, type Fold } from "./cross-validate.js";
import { curvesPanel } from "./curves.js";
import { readTable } from "./table.js";
import { classification, type Measured, regression } from "./task.js";

/** What the printed table has of each task: a metric, and the digits after the point. */
const columns: readonly {
  readonly title: string;
  readonly metric: keyof Measured;
  readonly digits: number;
}[] = [
  { title: "accuracy", metric: "accuracy", digits: 3 },
  { title: "F1", metric: "f1", digits: 3 },
  { title: "ROC-AUC", metric: "rocAuc", digits: 3 },
  { title: "RMSE", metric: "rootMeanSquaredError", digits: 1 },
  { title: "R²", metric: "r2", digits: 3 },
];

/**
 * Learns four small tables, with what is usual for such: cross-validation, class weights, early stopping and
 * a learning rate that falls.
 */
await runCommand({
  name: "npm run example:tabular --",
  description: "Cross-validates networks on four tables, and draws how they learnt.",
  options: {
    seed: {
      type: "string",
      valueHint: "N",
      description: "decides the folds, the initial weights and the shuffles (1)",
    },
  },
  run: ({ seed }) => main(wholeNumber("seed", seed, 0) ?? 1),
});

async function main(seed: number): Promise<void> {
  const backend = await createBackend();
  const lines = [["", "rows", "inputs", "best epoch", ...columns.map(({ title }) => title)]];
  const panels: Panel[] = [];
  for (const [name, taskOf] of [
    ["iris", classification],
    ["wine", classification],
    ["breast cancer", classification],
    ["diabetes", regression],
  ] as const) {
    const task = taskOf(await readTable(name.replace(" ", "_")));
    const folds = await crossValidate(backend, task, seed, (fold, of) =>
      progressOf(`${name}, fold ${fold} of ${of}`),
    );
    progress("");
    const scores = columns.map(({ metric, digits }) => spread(valuesOf(folds, metric), digits));
    const epochs = folds.map(({ bestEpoch }) => bestEpoch);
    lines.push([name, String(task.targets.length), String(task.features), spread(epochs, 0), ...scores]);
    panels.push(
      curvesPanel(name, task.stratify ? "cross-entropy, classes weighted" : "mean squared error", folds),
    );
  }
  backend.dispose();

  const path = "out/tabular.svg";
  writeWhole(path, drawPanels("Losses on four tables: five folds each, and thick their mean", panels, 2));
  console.log(
    `mean ± standard deviation over the folds, each tested on rows that had no part in its training\n`,
  );
  console.log(`${textTable(lines, (column) => column > 0)}\n`);
  console.log(`wrote ${path}`);
}

/** Of each fold, or of none where the task is of another kind. */
function valuesOf(folds: readonly Fold[], metric: keyof Measured): number[] {
  return folds.map(({ scores }) => scores[metric]).filter((value) => value !== undefined);
}

/** "mean ± standard deviation", or nothing of nothing. */
function spread(values: readonly number[], digits: number): string {
  if (values.length === 0) return "";
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return `${mean.toFixed(digits)} ± ${Math.sqrt(variance).toFixed(digits)}`;
}

function progressOf(what: string): Callback {
  return {
    onEpochEnd: ({ epoch, loss, validationLoss = 0 }) =>
      progress(
        `${what}, epoch ${epoch}: loss ${loss.toPrecision(3)}, of validation ${validationLoss.toPrecision(3)}`,
      ),
  };
}

/** One line on a terminal, overwritten by the next. */
function progress(text: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${text}`);
}
