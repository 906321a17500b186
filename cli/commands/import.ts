import type { ArgsDef, ParsedArgs } from "citty";
import { createBackend, saveModel } from "lanewise";
import type { Command } from "../command.js";
import { importFormats } from "../import.js";
import { text } from "../options.js";
import { naming, readFile } from "../read-file.js";
import { checkNoFolder, writeWhole } from "../whole-file.js";

const options = {
  file: {
    type: "positional",
    required: true,
    description:
      "an ONNX file, a model.json of TensorFlow.js beside its shards, the JSON of brain.js, or a safetensors file of PyTorch",
  },
  out: { type: "string", valueHint: "FILE", description: "the model's file (model.safetensors)" },
  activations: {
    type: "string",
    valueHint: "NAMES",
    description: "of a PyTorch file, which tells none: one for each Linear, by commas, such as relu,softmax",
  },
} as const satisfies ArgsDef;

export const importCommand: Command<typeof options> = {
  name: "lanewise import",
  description: "Makes a model of what another program trained.",
  options,
  run,
};

async function run(args: ParsedArgs<typeof options>): Promise<void> {
  const out = text("out", args.out) ?? "model.safetensors";
  checkNoFolder(out);
  const activations = text("activations", args.activations)?.split(",");
  const bytes = readFile(args.file);
  const file = { path: args.file, bytes, json: jsonOf(bytes), activations };
  const format = importFormats.find((format) => format.detects(file));
  if (!format)
    throw new Error(
      `${args.file}: expected a file of ${importFormats.map(({ name }) => name).join(", ")}, got another`,
    );
  const backend = await createBackend();
  using model = await naming(args.file, () => format.import(backend, file));
  const saved = saveModel(model);
  writeWhole(out, saved);
  console.log(`${format.name}: ${args.file}\n\n${model.summary()}\n\nwrote ${out}, ${saved.length} bytes`);
}

function jsonOf(bytes: Uint8Array): object | undefined {
  // Past white space and a byte order mark.
  if (!/^\ufeff?\s*\{/.test(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(0, 100))))
    return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
