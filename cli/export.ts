import { join } from "node:path";
import { type Backend, loadModel, type Model, saveModel, torchStateDict } from "lanewise";
import { exportOnnx } from "lanewise/onnx";
import { evaluateTable, type Table } from "lanewise/table";
import { exportTfjs } from "lanewise/tfjs";
import { predictorOf } from "./predictor.js";
import { scoreTable } from "./score-text.js";
import type { TablePredictor } from "./table-predictor.js";

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
    model: Model,
    out: string,
    backend: Backend,
    judged: Judged | undefined,
  ): Exported | Promise<Exported>;
}

export interface Judged {
  readonly path: string;
  readonly predictor: TablePredictor;
  readonly table: Table;
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
      using rounded = await loadModel(backend, file);
      return { files: [[out, file]], notes: judged ? scores(rounded, judged) : [changes(model, rounded)] };
    },
  },
} as const satisfies Record<string, ExportFormat>;

/** The scores of the model on a table, before and after. */
function scores(after: Model, { path, predictor, table, target }: Judged): string[] {
  const { labels, task } = predictor;
  const asked = { features: undefined, target: undefined, labels, task };
  const rounded: TablePredictor = {
    ...predictor,
    ...predictorOf(path, { ...predictor, model: after }, asked, () => {}),
  };
  const text = (name: string, model: TablePredictor) =>
    `\n${name}\n\n${scoreTable(evaluateTable(model, table, { target }))}`;
  return [text("float32", predictor), text("float16", rounded)];
}

/** The relative change of the weights. */
function changes(before: Model, after: Model): string {
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
