import { readFileSync } from "node:fs";
import { createBackend, loadModel } from "lanewise/inference";
import { runCommand, UsageError } from "../../cli/command.js";
import { loadDigits } from "../digits/images.js";

const INKS = " .:-=+*#%@";
const WIDTH = 8;
/** Characters of the bar of a probability of 1. */
const BAR = 40;

/** Reads one handwritten digit by a model that `npm start -- --save FILE` has saved. */
await runCommand({
  name: "npm run example:predict-digit --",
  description: "Shows a digit of the data, and what a saved model takes it for.",
  options: {
    model: {
      type: "string",
      valueHint: "FILE",
      description: "the model, from npm start -- --save FILE (out/digits.safetensors)",
    },
    index: { type: "string", valueHint: "N", description: "which of the 1,797 digits (0)" },
  },
  async run({ model: file = "out/digits.safetensors", index = "0" }) {
    const { pixels, labels, size } = loadDigits();
    const i = /^\d+$/.test(index) ? Number(index) : Number.NaN;
    if (!(i < labels.length))
      throw new UsageError(`--index expected a whole number from 0 to ${labels.length - 1}, got ${index}`);
    const model = await loadModel(await createBackend(), read(file));
    if (model.inputShape[0] !== size || model.outputShape[0] !== 10) {
      throw new Error(
        `${file}: expected a model from ${size} pixels to 10 digits, got one from [${model.inputShape.join(", ")}] to [${model.outputShape.join(", ")}]`,
      );
    }
    const image = pixels.subarray(i * size, (i + 1) * size);
    console.log(
      `${drawn(image)}\n\na ${labels[i]}, number ${i} of the data; the model says:\n\n${bars(softmax(model.predict(image)), model.labels)}`,
    );
  },
});

function read(file: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(readFileSync(file));
  } catch {
    throw new Error(`${file}: cannot be read; npm start -- --save ${file} makes it`);
  }
}

/** An image as text: two characters a pixel, so that it is as wide as it is high. */
function drawn(image: Float32Array): string {
  const inks = Array.from(image, (ink) =>
    INKS[Math.min(INKS.length - 1, Math.floor(ink * INKS.length))].repeat(2),
  );
  return Array.from({ length: image.length / WIDTH }, (_, row) =>
    inks.slice(row * WIDTH, (row + 1) * WIDTH).join(""),
  ).join("\n");
}

/** The model gives logits: the numbers whose softmax are the probabilities. */
function softmax(logits: Float32Array): number[] {
  const largest = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

function bars(probabilities: readonly number[], labels: readonly string[] = []): string {
  return probabilities
    .map((p, i) => `${labels[i] ?? i}  ${p.toFixed(3)}  ${"#".repeat(Math.round(p * BAR))}`.trimEnd())
    .join("\n");
}
