import { type Findings, TableError } from "lanewise/table";
import { shellWord } from "./shell-word.js";

/** Options of the library that are options here, too. */
const OPTIONS: Readonly<Record<string, string>> = {
  badRows: "bad-rows",
  classWeights: "class-weights",
  columns: "column",
  comment: "comment",
  dateFormat: "date-format",
  decimal: "decimal",
  delimiter: "delimiter",
  encoding: "encoding",
  ignore: "ignore",
  missing: "missing",
  task: "task",
};

const NAMES = Object.keys(OPTIONS).join("|");
const TEXT = '"(?:[^"\\\\]|\\\\.)*"';
/** An option with its value: missing: ["none"], task: "regression", columns: { "zip": "category" }. */
const WITH_VALUE = new RegExp(
  `\\b(${NAMES}): (${TEXT}|\\[(?:${TEXT}|[^\\]"])*\\]|\\{(?:${TEXT}|[^}"])*\\})`,
  "g",
);
/** An option by its name, where it can be no other word. */
const BY_NAME = new RegExp(`\\bthe option (${NAMES})\\b|\\b(badRows|classWeights|dateFormat)\\b`, "g");

/** A sentence of the library with its options as they are written on the command line. */
export function asOptions(sentence: string): string {
  return sentence
    .replace(WITH_VALUE, (_, name: string, value: string) => `--${OPTIONS[name]} ${valueText(value)}`)
    .replace(BY_NAME, (_, named: string | undefined, alone: string) => `--${OPTIONS[named ?? alone]}`);
}

/** What was found, with the options in the reasons as they are written on the command line. */
export function findingsInOptions<Found extends Findings>(findings: Found): Found {
  const { columns, target } = findings;
  const translated = <Value extends { readonly reason: string }>(value: Value): Value => ({
    ...value,
    reason: asOptions(value.reason),
  });
  return { ...findings, columns: columns.map(translated), ...(target && { target: translated(target) }) };
}

/** The message of an error of the library: without the name of a function that a user did not call. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof TableError ? asOptions(message.replace(/^\w+: /, "")) : message;
}

/** A value in the library's notation as a word for a shell. */
function valueText(code: string): string {
  if (code === '"\\t"') return "tab";
  if (code === '"leaveOut"') return "leave-out";
  const texts = [...code.matchAll(new RegExp(`${TEXT}|[\\w$]+(?=:)`, "g"))].map(([text]) =>
    text.startsWith('"') ? (JSON.parse(text) as string) : text,
  );
  if (code.startsWith('"')) return shellWord(texts[0]);
  const isPairs = code.startsWith("{");
  const values = isPairs
    ? texts.flatMap((name, i) => (i % 2 === 0 ? [`${name}=${texts[i + 1]}`] : []))
    : texts;
  return shellWord(values.map(listed).join(","));
}

/** A value among others that commas separate. */
const listed = (value: string): string =>
  /[",]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
