import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compare } from "../../cli/commands/compare.js";
import { evaluate } from "../../cli/commands/evaluate.js";
import { exportCommand } from "../../cli/commands/export.js";
import { generate } from "../../cli/commands/generate.js";
import { importCommand } from "../../cli/commands/import.js";
import { info } from "../../cli/commands/info.js";
import { predict } from "../../cli/commands/predict.js";
import { report, result } from "../../cli/commands/result.js";
import { status } from "../../cli/commands/status.js";
import { sweep } from "../../cli/commands/sweep.js";
import { train } from "../../cli/commands/train.js";
import { trial } from "../../cli/commands/trial.js";
import { worker } from "../../cli/commands/worker.js";
import { type CommandOptions, tablesIn } from "./tables.js";

const folder = fileURLToPath(new URL("../reference", import.meta.url));

/** The options of each command, by its name. */
export const commands: CommandOptions = new Map(
  [
    train,
    evaluate,
    predict,
    generate,
    info,
    exportCommand,
    importCommand,
    sweep,
    trial,
    worker,
    status,
    result,
    report,
    compare,
  ].map(({ name, options }) => [name.replace("lanewise ", ""), options]),
);

/** The paths of the pages of the reference that have tables. */
export const pagesWithTables = (): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name))
    .filter((path) => tablesIn(readFileSync(path, "utf8")) > 0);
