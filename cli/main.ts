import type { ArgsDef } from "citty";
import { meant } from "../src/encoding/meant.js";
import { type Command, reportError, runCommand, UsageError } from "./command.js";
import { compare } from "./commands/compare.js";
import { evaluate } from "./commands/evaluate.js";
import { exportCommand } from "./commands/export.js";
import { generate } from "./commands/generate.js";
import { importCommand } from "./commands/import.js";
import { info } from "./commands/info.js";
import { predict } from "./commands/predict.js";
import { report, result } from "./commands/result.js";
import { status } from "./commands/status.js";
import { sweep } from "./commands/sweep.js";
import { train } from "./commands/train.js";
import { trial } from "./commands/trial.js";
import { worker } from "./commands/worker.js";
import { textTable } from "./text-table.js";

/** The package's, put in by the build. */
declare const VERSION: string;

const commands: ReadonlyMap<
  string,
  { readonly description: string; readonly start: (words: readonly string[]) => Promise<void> }
> = new Map([
  ["train", entry(train)],
  ["evaluate", entry(evaluate)],
  ["predict", entry(predict)],
  ["generate", entry(generate)],
  ["info", entry(info)],
  ["export", entry(exportCommand)],
  ["import", entry(importCommand)],
  ["sweep", entry(sweep)],
  ["trial", entry(trial)],
  ["worker", entry(worker)],
  ["status", entry(status)],
  ["result", entry(result)],
  ["report", entry(report)],
  ["compare", entry(compare)],
]);

function entry<Options extends ArgsDef>(command: Command<Options>) {
  return {
    description: command.description,
    start: (words: readonly string[]) => runCommand(command, words),
  };
}

// The reader of the output may stop early: lanewise predict ... | head
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

await start(process.argv.slice(2));

async function start([name = "", ...words]: readonly string[]): Promise<void> {
  const command = commands.get(name);
  if (command) await command.start(words);
  else if (name === "help" && words.length > 0) await start([...words, "--help"]);
  else if (["help", "--help", "-h"].includes(name)) console.log(usage());
  else if (["version", "--version", "-v"].includes(name)) console.log(VERSION);
  else reportError(new UsageError(unknown(name)), "lanewise");
}

function unknown(name: string): string {
  if (name === "") return "expected a command, got nothing";
  const other = meant(name, [...commands.keys()]);
  return `unknown command ${name}${other === undefined ? "" : `; did you mean ${other}?`}`;
}

function usage(): string {
  return `Train and run neural networks at SIMD speed. (lanewise ${VERSION})

USAGE lanewise COMMAND ...

${textTable(
  [...commands].map(([name, { description }]) => [`  ${name}`, description]),
  () => false,
)}

lanewise help COMMAND lists the options of a command.
Exit codes: 0 success, 1 wrong data or files, 2 wrong command line.

  lanewise train iris.csv --target species --out iris.safetensors
  lanewise predict iris.safetensors flowers.csv --out species.csv
  lanewise train sales.csv --target sold --forecast 12
  lanewise train book.txt --out book.safetensors
  lanewise generate book.safetensors --prompt "It was"`;
}
