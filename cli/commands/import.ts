import type { ArgsDef, ParsedArgs } from "citty";
import { type Backend, createBackend, type Sequential, saveModel } from "lanewise";
import { importOnnx } from "lanewise/onnx";
import { type Command, UsageError } from "../command.js";
import { text } from "../options.js";
import { namingFile, readBytes } from "../trained-model.js";
import { checkNoFolder, writeWhole } from "../whole-file.js";

/** The formats that a model is read from, by how the file's name ends. */
const formats: Readonly<Record<string, (backend: Backend, path: string) => Sequential>> = {
  ".onnx": (backend, path) => importOnnx(backend, readBytes(path)),
};

const options = {
  file: { type: "positional", required: true, description: `a model that others wrote (${Object.keys(formats).join(", ")})` },
  out: { type: "string", valueHint: "FILE", description: "where to write the model; needed" },
} as const satisfies ArgsDef;

export const importModel: Command<typeof options> = {
  name: "lanewise import",
  description: "Reads a model that others wrote, and writes it as a file of lanewise: to predict with, and to train on.",
  options,
  run,
};

async function run(args: ParsedArgs<typeof options>): Promise<void> {
  const { file } = args;
  const out = text("out", args.out);
  if (out === undefined) throw new UsageError("expected --out FILE, where to write the model, got none");
  const ending = Object.keys(formats).find((ending) => file.toLowerCase().endsWith(ending));
  if (ending === undefined) throw new UsageError(`expected a file whose name ends in ${Object.keys(formats).join(", ")}, got ${file}`);
  checkNoFolder(out);
  const backend = await createBackend();
  const model = await namingFile(file, () => formats[ending](backend, file));
  const bytes = saveModel(model);
  writeWhole(out, bytes);
  console.log(`${model.summary()}\n\nwrote ${out}, ${bytes.length} bytes`);
}
