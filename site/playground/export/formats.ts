import { sceneOf } from "../data/index.js";
import type { Recipe } from "../recipe.js";

/** What a run can be taken away as. */
export const formats = {
  safetensors: { title: "safetensors", about: "A model file. loadModel opens it." },
  onnx: { title: "ONNX", about: "For ONNX Runtime and what else reads ONNX." },
  tfjs: {
    title: "TensorFlow.js",
    about: "A zip with model.json and its weights.",
  },
  torch: { title: "PyTorch", about: "A zip with the state_dict and a script that loads it." },
  program: { title: "Program", about: "The whole run as code, its data included." },
} as const;

export type FormatName = keyof typeof formats;
export const formatNames = Object.keys(formats) as FormatName[];

export interface ExportedFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What is exported: a run, its model as it is, and the hash that the run ends with where that is known. */
export interface Exportable {
  readonly recipe: Recipe;
  readonly model: Uint8Array<ArrayBuffer>;
  readonly hash: string | undefined;
}

/** What goes in and what comes out, which the file of a network does not say. */
export function portsInWords({ scene, data, inputs, convolutions, loss }: Recipe): string {
  const { takes, outputs, labels, image } = sceneOf(scene);
  const { kind, count } = outputs(data);
  const values = count === 1 ? "the value" : `${count} values`;
  const first = labels?.[0] ?? "class 1";
  const gives = {
    binary:
      loss === "crossEntropy"
        ? "a logit; its sigmoid is the probability of class 2"
        : "a number, near 0 for class 1 and near 1 for class 2",
    classes:
      loss === "crossEntropy"
        ? `${count} logits, that of ${first} first; softmax makes them probabilities`
        : `a number for each class, that of ${first} first`,
    values,
  }[kind];
  const shape = image && convolutions.length > 0 ? ` as an image of ${image.side} × ${image.side}` : "";
  return `It takes ${takes(inputs)}${shape}, and gives ${gives}.`;
}
