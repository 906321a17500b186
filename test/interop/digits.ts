import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { type Images, loadDigits, splitIntoFolds } from "../../examples/digits/images.js";
import type { Sequential } from "../../src/index.js";
import { backend, lanewise } from "./library.js";

const { training, test } = splitIntoFolds(loadDigits(), 5, 1)[0];

export { test, training };

/** A model of 64-32-10 trained on the digits, scaled as `lanewise train` does it, with logits as outputs. */
export async function trainedModel(): Promise<Sequential> {
  const { dense, scaling, Sequential } = lanewise;
  const { mean, deviation } = scaleOf(training);
  const model = new Sequential(backend, {
    inputShape: 64,
    seed: 7,
    layers: [scaling({ mean, deviation }), dense(32, { activation: "relu" }), dense(10)],
  });
  await model.fit(training.pixels, training.labels, {
    loss: "softmaxCrossEntropy",
    optimizer: "adam",
    epochs: 10,
  });
  return model;
}

/** Where judges put the files that they hand to others. */
export const FOLDER = "out/interop";

let fileTrained = false;

/** The file of the digits model, trained by `npm start -- --save`. */
export function digitsFile(): Uint8Array<ArrayBuffer> {
  const path = `${FOLDER}/digits-64.safetensors`;
  if (!fileTrained) {
    mkdirSync(FOLDER, { recursive: true });
    rmSync(path, { force: true });
    const { stderr } = spawnSync(
      process.execPath,
      ["node_modules/tsx/dist/cli.mjs", "examples/digits/main.ts", "--save", path],
      { encoding: "utf8" },
    );
    if (!existsSync(path)) throw new Error(`the digits model was not trained: ${stderr}`);
    fileTrained = true;
  }
  return readFileSync(path);
}

/** Of each pixel; one that is always the same keeps its size. */
function scaleOf({ pixels, labels, size }: Images) {
  const rows = labels.length;
  const mean = Array.from(
    { length: size },
    (_, j) => labels.reduce((sum, _, i) => sum + pixels[i * size + j], 0) / rows,
  );
  const variance = mean.map(
    (m, j) => labels.reduce((sum, _, i) => sum + (pixels[i * size + j] - m) ** 2, 0) / rows,
  );
  return { mean, deviation: variance.map((value) => Math.sqrt(value) || 1) };
}
