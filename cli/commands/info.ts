import type { ArgsDef, ParsedArgs } from "citty";
import { createBackend } from "lanewise";
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
const WIDTH = 120;

async function run(args: ParsedArgs<typeof options>): Promise<void> {
  const { model, bytes } = await readModel(await createBackend(), args.model);
  const { inputShape, outputShape, labels, metadata, encoding, parameterCount: parameters } = model;
  const columns = encoding?.columns.map(({ name, kind }) => ({ name, kind }));
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
        columns,
        metadata: entries,
      }),
    );
    return;
  }
  console.log(`${args.model}, ${counted(bytes, "byte")}\n\n${model.summary()}`);
  const names = columns?.map(({ name, kind }) => `${name} (${kind})`);
  const known = { ...(names && { columns: names }), ...(labels && { labels }), ...entries };
  const rows = Object.entries(known).map(([key, value]) => [key, shown(value)]);
  if (rows.length > 0) console.log(`\n${textTable(rows, () => false)}`);
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
    : Object.entries(value ?? {}).map(([name, item]) => `${name} ${item}`);
  const line = list.join(", ");
  return line.length <= WIDTH ? line : `${line.slice(0, WIDTH)}... (${grouped(list.length)})`;
}
