import type { ArgsDef, ParsedArgs } from "citty";
import { type Backend, createBackend } from "lanewise";
import { type Command, UsageError } from "../command.js";
import { type ExportFormat, exportFormats, type Judged } from "../export.js";
import { counted } from "../figures.js";
import { text } from "../options.js";
import { naming } from "../read-file.js";
import { checkOneValue, targetFor } from "../roles.js";
import { openSource } from "../source.js";
import { readModel, readTrainedModel } from "../trained-model.js";
import { checkNoFolder, writeWhole } from "../whole-file.js";

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
  for (const { format, out } of asked) {
    const { files, notes = [] } = await naming(args.model, () => format.export(model, out, backend, judged));
    for (const [path] of files) checkNoFolder(path);
    for (const [path, content] of files) {
      writeWhole(path, content);
      console.log(
        `wrote ${path}, ${counted(typeof content === "string" ? Buffer.byteLength(content) : content.length, "byte")}`,
      );
    }
    for (const line of notes) console.log(line);
  }
}

/** A model with the table to score it on. */
async function judgedOn(backend: Backend, path: string, data: string): Promise<Judged> {
  const source = await openSource(data, "t10k");
  const say = (sentence: string) => console.error(sentence);
  const trained = await readTrainedModel(backend, path, {}, source, say);
  checkOneValue(path, trained.model, trained.kind);
  return { ...trained, source, target: targetFor(path, trained.model, trained.features, {}, source, say) };
}
