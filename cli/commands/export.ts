import type { ArgsDef, ParsedArgs } from "citty";
import { createBackend, type Sequential } from "lanewise";
import { exportOnnx } from "lanewise/onnx";
import { type Command, UsageError } from "../command.js";
import { text } from "../options.js";
import { readModel } from "../trained-model.js";
import { writeWhole } from "../whole-file.js";

/** The formats that a model is written in, by the option that says where to. Each returns the bytes of what it wrote. */
const formats: Readonly<Record<string, (model: Sequential, path: string) => number>> = {
  onnx: (model, path) => {
    const file = exportOnnx(model);
    writeWhole(path, file);
    return file.length;
  },
};

const options = {
  model: { type: "positional", required: true, description: "a file that lanewise wrote" },
  onnx: { type: "string", valueHint: "FILE", description: "write an ONNX file, which onnxruntime and others run" },
} as const satisfies ArgsDef;

export const exportModel: Command<typeof options> = {
  name: "lanewise export",
  description: "Writes a model in a format that others read.",
  options,
  run,
};

async function run(args: ParsedArgs<typeof options>): Promise<void> {
  const given: Readonly<Record<string, unknown>> = args;
  const wanted = Object.entries(formats).flatMap(([name, write]) => {
    const path = text(name, given[name]);
    return path === undefined ? [] : [{ path, write }];
  });
  if (wanted.length === 0) {
    const names = Object.keys(formats).map((name) => `--${name}`);
    throw new UsageError(`expected a format and where to write it (${names.join(", ")}), got none`);
  }
  const { model } = await readModel(await createBackend(), args.model);
  for (const { path, write } of wanted) console.log(`wrote ${path}, ${write(model, path)} bytes`);
}
