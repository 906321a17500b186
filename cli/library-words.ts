import { ValueError } from "lanewise";
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
  if (error instanceof TableError) return asOptions(message.replace(/^\w+: /, ""));
  return error instanceof ValueError ? aboutOptions(message) : message;
}

/** A complaint about options of `trainTable`, as one about those of the command line. */
const aboutOptions = (message: string): string =>
  asOptions(
    message
      .replace(
        /^(sweep|runTrial|gatherSweep|beginSweep|bullmq|work|queueStatus|fetchRun)(: | (?=expected))/,
        "",
      )
      .replace(" (or the option tls); or pass insecure: true", "; or pass --insecure")
      .replace("; or pass insecure: true", "; or pass --insecure")
      .replace(/^\w+ expected (?:recipe\.)?(from|hidden|networks|task|target) to be /, "--$1 expected ")
      .replace(/^\w+ expected columns/, "expected columns")
      .replace(/\bof from\b/, "of --from")
      .replace(/\bfrom does\b/, "--from does")
      .replace("a model of trainTable", "a model that lanewise train made of a table"),
  );

/** A value in the library's notation as a word for a shell. */
function valueText(code: string): string {
  if (code === '"\\t"') return "tab";
  if (code === '"leaveOut"') return "leave-out";
  const pair = /^\{\s*(.*?)\s*:\s*"(\w+)"\s*\}$/.exec(code);
  if (pair) return shellWord(listed(`${/^"/.test(pair[1]) ? JSON.parse(pair[1]) : pair[1]}=${pair[2]}`));
  const texts = [...code.matchAll(new RegExp(TEXT, "g"))].map(([text]) => JSON.parse(text) as string);
  return shellWord(code.startsWith('"') ? texts[0] : texts.map(listed).join(","));
}

/** A value among others that commas separate. */
const listed = (value: string): string =>
  /[",]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
