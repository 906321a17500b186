import type { ArgsDef } from "citty";
import type { ColumnKind, FindColumnsOptions } from "lanewise/table";
import { type DateFormat, dateFormats } from "../src/encoding/date-format.js";
import { UsageError } from "./command.js";
import { names, oneOf, pairs, text } from "./options.js";
import { TASKS } from "./predictor.js";
import type { Reading } from "./table-file.js";

/** Options of every command that reads a table. */
export const readingOptions = {
  delimiter: {
    type: "string",
    valueHint: "CHARACTER",
    description: "what separates the cells: a character or the word tab (found from the first lines)",
  },
  encoding: {
    type: "string",
    valueHint: "LABEL",
    description:
      "encoding of the text, such as windows-1252 or utf-16le (UTF-8, or what its byte order mark says)",
  },
  comment: {
    type: "string",
    valueHint: "TEXT",
    description: "what lines begin with that are no rows (#, if all such lines come before the header)",
  },
  "bad-rows": {
    type: "string",
    valueHint: "WHAT",
    description: "refuse or leave-out rows that have more or fewer cells than the header (refuse)",
  },
} as const satisfies ArgsDef;

type Values<Options> = Readonly<Record<keyof Options, unknown>>;

/** @throws UsageError */
export function readingFrom(args: Values<typeof readingOptions>): Reading {
  const delimiter = text("delimiter", args.delimiter);
  const encoding = text("encoding", args.encoding);
  const comment = text("comment", args.comment);
  const badRows = oneOf("bad-rows", args["bad-rows"], ["refuse", "leave-out"]);
  const separator = delimiter === "tab" || delimiter === "\\t" ? "\t" : delimiter;
  if (separator !== undefined && !/^[^"\r\n]$/u.test(separator))
    throw new UsageError(`--delimiter expected one character or the word tab, got ${delimiter}`);
  checkEncoding(encoding);
  return {
    ...(separator !== undefined && { delimiter: separator }),
    ...(encoding !== undefined && { encoding }),
    ...(comment !== undefined && { comment }),
    ...(badRows !== undefined && { badRows: badRows === "refuse" ? "refuse" : "leaveOut" }),
  };
}

function checkEncoding(label: string | undefined): void {
  if (label === undefined) return;
  try {
    new TextDecoder(label);
  } catch {
    throw new UsageError(
      `--encoding expected a label of the Encoding Standard, such as utf-8, windows-1252 or utf-16le, got ${label}`,
    );
  }
}

const KINDS: readonly ColumnKind[] = [
  "number",
  "category",
  "yesNo",
  "date",
  "text",
  "words",
  "identifier",
  "constant",
];

/** Options that say how values are written. */
export const valueOptions = {
  missing: {
    type: "string",
    valueHint: "WORDS",
    description: "words that stand for no value, beside an empty cell, NA, N/A, NaN, null, - and ?",
  },
  decimal: {
    type: "string",
    valueHint: "SIGN",
    description: "the decimal separator, . or , (found column by column)",
  },
} as const satisfies ArgsDef;

/** @throws UsageError */
export function valuesFrom(
  args: Values<typeof valueOptions>,
  words: readonly string[],
): Pick<FindColumnsOptions, "missing" | "decimal"> {
  const missing = names("missing", words);
  const decimal = oneOf("decimal", args.decimal, [".", ","] as const);
  return { ...(missing.length > 0 && { missing }), ...(decimal && { decimal }) };
}

/** Options that say what columns are. */
export const columnOptions = {
  target: {
    type: "string",
    valueHint: "COLUMN",
    description: "the column to learn to predict (of images the class)",
  },
  task: {
    type: "string",
    valueHint: "TASK",
    description: "classification or regression (by the values of the target)",
  },
  ignore: {
    type: "string",
    valueHint: "COLUMNS",
    description:
      "columns to leave out, separated by commas or in several options; quote a name that has a comma: '\"a, b\"'",
  },
  column: {
    type: "string",
    valueHint: "NAME=KIND",
    description: `what a column is, if it is not what was found, such as zip=category; ${KINDS.join(", ")}; words is text of which words are used`,
  },
  "date-format": {
    type: "string",
    valueHint: "FORMAT",
    description: `how dates are written, of all columns or as joined=iso of one: ${dateFormats.join(", ")}`,
  },
  ...valueOptions,
} as const satisfies ArgsDef;

/** Options for `findColumns`, without the target. @throws UsageError */
export function findOptionsFrom(
  args: Values<typeof columnOptions>,
  words: readonly string[],
): Omit<FindColumnsOptions, "target"> {
  const task = oneOf("task", args.task, TASKS);
  const columns = Object.entries(pairs("column", words)).map(([name, kind]) => [
    name,
    oneOf("column", kind, KINDS),
  ]);
  const dateFormat = dateFormatFrom(words);
  // Columns without a name are left out in any case.
  const ignore = names("ignore", words).filter((name) => name !== "");
  return {
    ...(ignore.length > 0 && { ignore }),
    ...(columns.length > 0 && { columns: Object.fromEntries(columns) }),
    ...(dateFormat !== undefined && { dateFormat }),
    ...(task && { task }),
    ...valuesFrom(args, words),
  };
}

function dateFormatFrom(words: readonly string[]): FindColumnsOptions["dateFormat"] {
  const given = names("date-format", words);
  const [first] = given;
  if (first === undefined) return undefined;
  const format = (name: string | undefined) => oneOf("date-format", name, dateFormats) as DateFormat;
  if (given.length === 1 && !first.includes("=")) return format(first);
  return Object.fromEntries(
    Object.entries(pairs("date-format", words)).map(([name, written]) => [name, format(written)]),
  );
}
