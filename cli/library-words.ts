import { TableError } from "lanewise/table";

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
/** An option with its value: missing: ["none"], task: "regression", columns: { "zip": "category" }. */
const WITH_VALUE = new RegExp(`\\b(${NAMES}): ("(?:[^"\\\\]|\\\\.)*"|\\[[^\\]]*\\]|\\{[^}]*\\})`, "g");
/** An option by its name, where it can be no other word. */
const BY_NAME = new RegExp(`\\bthe option (${NAMES})\\b|\\b(badRows|classWeights|dateFormat)\\b`, "g");

/** A sentence of the library with its options as they are written on the command line. */
export function asOptions(sentence: string): string {
  return sentence
    .replace(WITH_VALUE, (_, name: string, value: string) => `--${OPTIONS[name]} ${valueText(value)}`)
    .replace(BY_NAME, (_, named: string | undefined, alone: string) => `--${OPTIONS[named ?? alone]}`);
}

/** The message of an error of the library: without the name of a function that a user did not call. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof TableError ? asOptions(message.replace(/^\w+: /, "")) : message;
}

/** A value as a word for a shell. */
function valueText(code: string): string {
  if (code === '"\\t"') return "tab";
  if (code === '"leaveOut"') return "leave-out";
  const inside = code.replace(/^\[|\]$|^\{\s*|\s*\}$/g, "");
  const word = inside.replace(/"((?:[^"\\]|\\.)*)"/g, "$1").replace(/:\s*/g, "=");
  return /^[\w.,=/-]+$/.test(word) ? word : JSON.stringify(word);
}
