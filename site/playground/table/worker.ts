import { createBackend, type Model } from "lanewise";
import { crossValidate, type Table, TableError } from "lanewise/table";
import { foldsFor, trainOptionsOf } from "./choice.js";
import { found, learn, openTable } from "./learner.js";
import type { Choice, TableNotice, TableOrder } from "./messages.js";

/** The worker: holds the table and the model, and shares them only with the page. */

const tell = (notice: TableNotice): void => postMessage(notice);
/** Orders come while the kernels are still on their way. */
const made = createBackend();
let table: Table | undefined;
let model: Model | undefined;

/** Orders run one after the other. */
let last: Promise<void> = Promise.resolve();
addEventListener("message", ({ data: order }: MessageEvent<TableOrder>) => {
  last = last.then(() => obey(order)).catch((error: unknown) => tell(failure(order, error)));
});

async function obey(order: TableOrder): Promise<void> {
  if (order.kind === "open") {
    const { file, name } = order;
    const { table: read, opened, choice } = await openTable(file, name);
    table = read;
    tell({ kind: "opened", table: opened, choice, found: found(read, choice) });
  } else if (!table) throw new Error("There is no table.");
  else if (order.kind === "find") {
    tell({ kind: "found", found: found(table, order.choice) });
  } else if (order.kind === "train") await train(table, order.choice);
  else if (model) tell({ kind: "predicted", outputs: model.predict([order.record]) });
}

async function train(table: Table, choice: Choice): Promise<void> {
  model?.dispose();
  model = undefined;
  const told = (stage: "training" | "folds") => (done: number) => tell({ kind: "progress", stage, done });
  const backend = await made;
  const learned = await learn(backend, table, choice, told("training"));
  model = learned.model;
  const folds = foldsFor(learned.trained.report.rows);
  tell({ kind: "trained", trained: learned.trained, validates: folds > 0 });
  if (folds === 0) return;
  const options = { ...trainOptionsOf(choice), folds, onProgress: told("folds") };
  tell({ kind: "validated", validation: await crossValidate(backend, table, options) });
}

const failure = ({ kind: during }: TableOrder, error: unknown): TableNotice => ({
  kind: "failed",
  during,
  message: error instanceof Error ? error.message : String(error),
  problems: error instanceof TableError ? error.problems : [],
});

// The page hears of kernels that do not come.
await made;
