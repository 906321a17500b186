import type { ArgsDef, ParsedArgs } from "citty";
import { createBackend, saveModel } from "lanewise";
import type { Command } from "../command.js";
import { counted } from "../figures.js";
import { importFormatOf } from "../import.js";
import { text } from "../options.js";
import { naming, readFile } from "../read-file.js";
import { checkNoFolder, forceOption, writeKeeping } from "../whole-file.js";

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
    description:
      "for a PyTorch file, which has no activations: one for each Linear, separated by commas, such as relu,softmax",
  },
  order: {
    type: "string",
    valueHint: "NAMES",
    description:
      "for a PyTorch file: its modules in the order of the layers, separated by commas, such as fc_in,hidden,head",
  },
  force: forceOption,
  json: { type: "boolean", description: "print what was read and written as JSON" },
} as const satisfies ArgsDef;

export const importCommand: Command<typeof options> = {
  name: "lanewise import",
  description: "Converts a model of another program.",
  options,
  run,
};

async function run(args: ParsedArgs<typeof options>): Promise<void> {
  const out = text("out", args.out) ?? "model.safetensors";
  checkNoFolder(out);
  const activations = text("activations", args.activations)?.split(",");
  const bytes = readFile(args.file);
  const order = text("order", args.order)?.split(",");
  const format = importFormatOf(args.file, bytes);
  const notes: string[] = [];
  const file = {
    path: args.file,
    bytes,
    activations,
    order,
    say: (sentence: string) => notes.push(sentence),
  };
  const backend = await createBackend();
  using model = await naming(args.file, () => format.import(backend, file));
  const saved = saveModel(model);
  for (const note of notes) console.error(note);
  writeKeeping(out, saved, args.force === true, (sentence) => console.error(sentence));
  if (args.json) {
    const { inputShape, outputShape, parameterCount: parameters } = model;
    const read = { file: args.file, format: format.name, inputShape, outputShape, parameters, notes };
    console.log(JSON.stringify({ ...read, model: out, bytes: saved.length }));
    return;
  }
  console.log(
    `${format.name}: ${args.file}\n\n${model.summary()}\n\nwrote ${out}, ${counted(saved.length, "byte")}`,
  );
}
