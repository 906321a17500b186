import type { ArgsDef, ParsedArgs } from "citty";
import { type ColumnEncoding, createBackend, type Encoding } from "lanewise";
import { widthOf } from "../../src/encoding/encoding.js";
import type { Command } from "../command.js";
import { counted, grouped } from "../figures.js";
import { readModel } from "../predictor.js";
import { textTable } from "../text-table.js";

const options = {
  model: { type: "positional", required: true, description: "a file that lanewise wrote" },
  json: { type: "boolean", description: "print it as JSON" },
} as const satisfies ArgsDef;

export const info: Command<typeof options> = {
  name: "lanewise info",
  description: "Prints what a model file contains.",
  options,
  run,
};

/** Characters of a value that are shown. */
const WIDTH = 200;

async function run(args: ParsedArgs<typeof options>): Promise<void> {
  const { model, bytes } = await readModel(await createBackend(), args.model);
  const { inputShape, outputShape, labels, metadata, encoding, parameterCount: parameters } = model;
  const entries = Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, parsed(value)]));
  if (args.json) {
    console.log(
      JSON.stringify({
        file: args.model,
        bytes,
        parameters,
        inputShape,
        outputShape,
        labels,
        encoding,
        metadata: entries,
      }),
    );
    return;
  }
  console.log(`${args.model}, ${counted(bytes, "byte")}\n\n${model.summary()}`);
  const rows = Object.entries({ ...entries, ...(labels && { labels }) }).map(([key, value]) => [
    key,
    shown(value),
  ]);
  if (encoding) console.log(`\n${columnTable(encoding)}`);
  if (rows.length > 0) console.log(`\n${textTable(rows, () => false)}`);
}

/** The columns of the table that a model takes, and what the network sees of each. */
function columnTable({ columns }: Encoding): string {
  const rows = columns.map((column) => [
    `  ${column.name}`,
    column.kind,
    column.features.map((feature) => featureText(feature)).join(", "),
  ]);
  return textTable([["  column", "is a", "features"], ...rows], () => false);
}

function featureText(feature: ColumnEncoding["features"][number]): string {
  if (feature.of === "categories") return `${counted(widthOf(feature), "category", "categories")}`;
  if (feature.of === "turn") return `${feature.part} as a point on a circle`;
  return feature.of === "missing" ? "whether it is missing" : feature.of;
}

/** Lists and scores are kept as JSON. */
function parsed(value: string): unknown {
  try {
    return /^[[{]/.test(value) ? JSON.parse(value) : value;
  } catch {
    return value;
  }
}

function shown(value: unknown): string {
  if (typeof value === "string") return value;
  const list = Array.isArray(value)
    ? value.map(String)
    : Object.entries(value ?? {}).map(([name, item]) => `${name} ${brief(item)}`);
  const line = list.join(", ");
  return line.length <= WIDTH ? line : `${line.slice(0, WIDTH)}... (${grouped(list.length)})`;
}

/** Scores with four digits after the point; lists by their length. */
function brief(item: unknown): string {
  if (Array.isArray(item))
    return typeof item[0] === "number"
      ? `${grouped(item.length)} numbers`
      : counted(item.length, "entry", "entries");
  if (typeof item === "object") return JSON.stringify(item);
  return typeof item === "number" && !Number.isInteger(item) ? item.toFixed(4) : String(item);
}
