import { zipSync } from "fflate";
import type { Backend, Model } from "lanewise";
import { sceneOf } from "../data/index.js";
import type { Exportable, ExportedFile, FormatName } from "./formats.js";
import { programOf } from "./program.js";
import { CHECKED, torchScript } from "./torch.js";

/** Where the entries of the package come from. */
export interface Entries {
  lanewise(): Promise<typeof import("lanewise")>;
  onnx(): Promise<typeof import("lanewise/onnx")>;
  tfjs(): Promise<typeof import("lanewise/tfjs")>;
}

const bytesOf = (text: string) => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;

/** The file of a format. @throws what the entries throw for a network that the format has no way to write */
export async function exported(
  format: FormatName,
  { recipe, model: file, hash }: Exportable,
  entries: Entries,
): Promise<ExportedFile> {
  const name = `lanewise-${recipe.scene}`;
  await sceneOf(recipe.scene).load?.();
  switch (format) {
    case "safetensors":
      return { name: `${name}.safetensors`, bytes: file };
    case "program":
      return { name: `${name}.mjs`, bytes: bytesOf(programOf(recipe, hash)) };
    case "onnx":
      return withModel(file, entries, async (model) => {
        const { exportOnnx } = await entries.onnx();
        return { name: `${name}.onnx`, bytes: exportOnnx(model, { name }) };
      });
    case "tfjs":
      return withModel(file, entries, async (model) => {
        const { exportTfjs } = await entries.tfjs();
        const { "model.json": json, "weights.bin": weights } = exportTfjs(model);
        return zipped(`${name}-tfjs`, { "model.json": bytesOf(json), "weights.bin": weights });
      });
    case "torch":
      return withModel(file, entries, async (model, { torchStateDict }) => {
        const { training } = sceneOf(recipe.scene).samples(recipe);
        const first = training.x.subarray(0, Math.min(CHECKED, training.rows) * recipe.inputs.length);
        const weights = `${name}-torch.safetensors`;
        return zipped(`${name}-torch`, {
          [weights]: torchStateDict(model),
          [`${name}.py`]: bytesOf(torchScript(recipe, weights, model.predict(first) as Float32Array)),
        });
      });
  }
}

const zipped = (name: string, files: Record<string, Uint8Array>): ExportedFile => ({
  name: `${name}.zip`,
  bytes: zipSync(files) as Uint8Array<ArrayBuffer>,
});

/** Does something with the model of a file, which ends with it. */
async function withModel(
  file: Uint8Array,
  entries: Entries,
  act: (model: Model, lanewise: typeof import("lanewise")) => Promise<ExportedFile>,
): Promise<ExportedFile> {
  const lanewise = await entries.lanewise();
  const backend: Backend = await lanewise.createBackend();
  try {
    return await act(await lanewise.loadModel(backend, file), lanewise);
  } finally {
    backend.dispose();
  }
}
