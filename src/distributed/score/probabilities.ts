import { exp } from "../../core/reproducible-math.js";
import { parseSafetensors } from "../../files/safetensors.js";

/** The activation of the last layer of a model's file that changes anything in a prediction. */
export function endingOf(file: Uint8Array): string {
  const { layers } = JSON.parse(parseSafetensors(file, "model").metadata.architecture);
  const isNoise = ({ type }: { type: string }) => type === "dropout" || type === "gaussianNoise";
  return layers.filter((layer: { type: string }) => !isNoise(layer)).at(-1)?.activation ?? "linear";
}

/** Whether a model that ends in this activation has classes, whatever else its file says. */
export const isClassifier = (ending: string): boolean => ending === "softmax" || ending === "logSoftmax";

/**
 * A probability for each class: of scores and of logarithms of probabilities the softmax, of the one
 * probability p of the second of two classes 1 - p and p. outputs: [rows, width].
 */
export function probabilities(outputs: Float32Array, width: number, ending: string): Float32Array {
  if (width === 1) {
    const second = ending === "sigmoid" ? outputs : outputs.map((score) => 1 / (1 + power(-score)));
    return Float32Array.from({ length: 2 * outputs.length }, (_, i) =>
      i % 2 === 0 ? 1 - second[i >> 1] : second[i >> 1],
    );
  }
  if (ending === "softmax" || ending === "sigmoid") return outputs;
  for (let begin = 0; begin < outputs.length; begin += width) {
    const row = outputs.subarray(begin, begin + width);
    const most = Math.max(...row);
    const powers = Array.from(row, (score) => power(score - most));
    const sum = powers.reduce((a, b) => a + b);
    row.set(powers.map((each) => each / sum));
  }
  return outputs;
}

/** e^x, the same in every engine; beyond e^700 and e^-700 nothing changes in a float32. */
const power = (x: number): number => exp(Math.min(700, Math.max(-700, x)));
