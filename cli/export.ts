import { join } from "node:path";
import { type Backend, loadModel, type Sequential, saveModel, torchStateDict } from "lanewise";
import { exportOnnx } from "lanewise/onnx";
import { exportTfjs } from "lanewise/tfjs";
import { scoreLine, scoresOf } from "./score.js";
import { readAll, type Source } from "./source.js";
import type { TrainedModel } from "./trained-model.js";

/** The files of an exported model, in the order of writing, and notes about them. */
export interface Exported {
  readonly files: readonly (readonly [path: string, content: string | Uint8Array])[];
  readonly notes?: readonly string[];
}

/** A format that models are exported to. */
export interface ExportFormat {
  /** The value of its option. */
  readonly hint: string;
  readonly description: string;
  /** `judged`: the model with the table to score it on, if one was given. */
  export(
    model: Sequential,
    out: string,
    backend: Backend,
    judged: Judged | undefined,
  ): Exported | Promise<Exported>;
}

export interface Judged extends TrainedModel {
  readonly source: Source;
  readonly target: string;
}

/** The formats by their options. */
export const exportFormats = {
  onnx: {
    hint: "FILE",
    description: "an ONNX file, which onnxruntime and others run",
    export: (model, out) => ({ files: [[out, exportOnnx(model)]] }),
  },
  tfjs: {
    hint: "FOLDER",
    description: "a folder for model.json and weights.bin, which tf.loadLayersModel opens",
    export(model, out) {
      const files = exportTfjs(model);
      // Who finds model.json finds its weights.
      return {
        files: (["weights.bin", "model.json"] as const).map((name) => [join(out, name), files[name]]),
      };
    },
  },
  torch: {
    hint: "FILE",
    description: "a safetensors file, the state_dict of a torch.nn.Sequential of the same layers",
    export: (model, out) => ({ files: [[out, torchStateDict(model)]] }),
  },
  f16: {
    hint: "FILE",
    description: "a lanewise model with 16-bit weights, half the size; prints the loss of accuracy",
    async export(model, out, backend, judged) {
      const file = saveModel(model, { dtype: "float16" });
      // The model that is judged may have a layer more, for probabilities.
      using rounded = await loadModel(backend, judged ? saveModel(judged.model, { dtype: "float16" }) : file);
      return {
        files: [[out, file]],
        notes: judged ? await scores(rounded, judged) : [changes(model, rounded)],
      };
    },
  },
} as const satisfies Record<string, ExportFormat>;

/** The scores of the model on a table, before and after. */
async function scores(
  after: Sequential,
  { model: before, source, features, kind, target, numbers }: Judged,
): Promise<string[]> {
  const { inputs, targets } = await readAll(source, features, target, { numbers });
  const line = (name: string, model: Sequential) =>
    `${name}: ${scoreLine(scoresOf(model, kind, target, inputs, targets, numbers.includes(target)))}`;
  return [line("float32", before), line("float16", after)];
}

/** The relative change of the weights. */
function changes(before: Sequential, after: Sequential): string {
  let [largest, squares, count] = [0, 0, 0];
  for (const [i, { value }] of before.parameters.entries()) {
    const rounded = after.parameters[i].value.data;
    for (const [j, weight] of value.data.entries()) {
      if (weight === 0) continue;
      const change = Math.abs(rounded[j] / weight - 1);
      largest = Math.max(largest, change);
      squares += change * change;
      count++;
    }
  }
  const rms = count > 0 ? Math.sqrt(squares / count) : 0;
  return `weights changed by ${largest.toExponential(1)} of themselves at most, ${rms.toExponential(1)} in the root mean square; pass --data to see the effect on the score`;
}
