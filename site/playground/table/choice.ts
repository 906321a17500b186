import {
  type FindColumnsOptions,
  type Findings,
  findColumns,
  type Table,
  type TrainTableOptions,
} from "lanewise/table";
import type { Choice } from "./messages.js";

/** Names that mark a column as the target. */
const TARGET_NAMES = /^(target|label|class|outcome|y|species|diagnosis)$/i;

/** The likeliest target: a column with a telling name, or the last useful one. */
export function likelyTarget({ columns }: Findings): string {
  const usable = columns.filter(({ kind }) => kind === "number" || kind === "category" || kind === "yesNo");
  const named = usable.filter(({ name }) => TARGET_NAMES.test(name));
  return (named.at(-1) ?? usable.at(-1) ?? columns[columns.length - 1]).name;
}

export const columnOptionsOf = ({ target, task, ignore, columns }: Choice): FindColumnsOptions => ({
  target,
  ...(task && { task }),
  ignore: ignore.filter((name) => name !== target),
  columns: Object.fromEntries(Object.entries(columns).filter(([name]) => name !== target)),
});

/** The defaults of the command `lanewise train`, so that both train the same weights. */
export const trainOptionsOf = (choice: Choice): TrainTableOptions => ({
  ...columnOptionsOf(choice),
  target: choice.target,
  seed: choice.seed,
  ...(choice.balanced && { classWeights: "balanced" }),
});

export function firstChoice(table: Table): Choice {
  return { target: likelyTarget(findColumns(table)), ignore: [], columns: {}, balanced: false, seed: 1 };
}

/** The number of folds that the command uses by default for a table with this number of rows. */
export const foldsFor = (rows: number): number => (rows < 20 ? 0 : rows <= 1000 ? 5 : rows <= 20_000 ? 3 : 0);

/** The command that trains the same weights. */
export function commandFor(file: string, choice: Choice): string {
  const { target, task, ignore = [], columns = {} } = columnOptionsOf(choice);
  const kinds = Object.entries(columns).map(([name, kind]) => `${name}=${kind}`);
  return [
    "npx lanewise train",
    shellWord(file.startsWith("-") ? `./${file}` : file),
    option("target", target ?? ""),
    ...(task ? [option("task", task)] : []),
    ...(ignore.length > 0 ? [option("ignore", listed(ignore))] : []),
    ...(kinds.length > 0 ? [option("column", listed(kinds))] : []),
    ...(choice.balanced ? [option("class-weights", "balanced")] : []),
    option("seed", String(choice.seed)),
  ].join(" ");
}

const option = (name: string, value: string): string =>
  value.startsWith("-") ? shellWord(`--${name}=${value}`) : `--${name} ${shellWord(value)}`;

/** Names in a list of the command: those with a comma or a quote in quotes. */
const listed = (names: readonly string[]): string =>
  names.map((name) => (/[",]|^\s|\s$/.test(name) ? `"${name.replaceAll('"', '""')}"` : name)).join(",");

const shellWord = (word: string): string =>
  /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
