import type { ArgsDef, ParsedArgs } from "citty";
import { type Backend, createBackend } from "lanewise";
import { type Command, UsageError } from "../command.js";
import { type ExportFormat, exportFormats, type Judged } from "../export.js";
import { counted } from "../figures.js";
import { text } from "../options.js";
import { checkOneValue, readModel, readPredictor } from "../predictor.js";
import { naming } from "../read-file.js";
import { wholeTable } from "../table-file.js";
import { checkGaps, forTable, targetOf } from "../table-predictor.js";
import { checkNoFolder, forceOption, writeKeeping } from "../whole-file.js";

type FormatName = keyof typeof exportFormats;

const formats = Object.entries(exportFormats) as [FormatName, ExportFormat][];

const options = {
  model: { type: "positional", required: true, description: "a file that lanewise wrote" },
  ...(Object.fromEntries(
    formats.map(([name, { hint, description }]) => [name, { type: "string", valueHint: hint, description }]),
  ) as Record<FormatName, { type: "string"; valueHint: string; description: string }>),
  data: {
    type: "string",
    valueHint: "DATA",
    description: "with --f16: a table to score the model on before and after, as for evaluate",
  },
  force: forceOption,
  json: { type: "boolean", description: "print what was written as JSON" },
} as const satisfies ArgsDef;

export const exportCommand: Command<typeof options> = {
  name: "lanewise export",
  description: "Writes a model for other programs.",
  options,
  run,
};

async function run(args: ParsedArgs<typeof options>): Promise<void> {
  const given: Readonly<Record<string, unknown>> = args;
  const asked = formats.flatMap(([name, format]) => {
    const out = text(name, given[name]);
    return out === undefined ? [] : [{ name, format, out }];
  });
  if (asked.length === 0)
    throw new UsageError(
      `export expected one of ${formats.map(([name]) => `--${name}`).join(", ")}, got none`,
    );
  const data = text("data", args.data);
  if (data !== undefined && !asked.some(({ name }) => name === "f16"))
    throw new UsageError("--data expected --f16, got none");
  const backend = await createBackend();
  const { model } = await readModel(backend, args.model);
  const judged = data === undefined ? undefined : await judgedOn(backend, args.model, data);
  const written: { path: string; bytes: number }[] = [];
  const said: string[] = [];
  const remarks: string[] = [];
  const warn = (sentence: string) => console.error(sentence);
  for (const { format, out } of asked) {
    const { files, notes = [] } = await naming(args.model, () => format.export(model, out, backend, judged));
    for (const [path] of files) checkNoFolder(path);
    for (const [path, content] of files) {
      writeKeeping(path, content, args.force === true, warn);
      const bytes = typeof content === "string" ? Buffer.byteLength(content) : content.length;
      written.push({ path, bytes });
      said.push(`wrote ${path}, ${counted(bytes, "byte")}`);
    }
    said.push(...notes);
    remarks.push(...notes.map((note) => note.trim()));
  }
  if (args.json) console.log(JSON.stringify({ model: args.model, files: written, notes: remarks }));
  else for (const line of said) console.log(line);
}

/** A model with the table to score it on. */
async function judgedOn(backend: Backend, path: string, data: string): Promise<Judged> {
  const say = (sentence: string) => console.error(sentence);
  const asked = { features: undefined, target: undefined, labels: undefined, task: undefined };
  const table = await wholeTable(data, {});
  const predictor = forTable(path, await readPredictor(backend, path, asked, say), table, asked, say);
  checkOneValue(path, predictor);
  checkGaps(predictor, table);
  return { path, predictor, table, target: targetOf(path, predictor, asked, table, say) };
}
