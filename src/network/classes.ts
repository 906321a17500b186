import { checkFlag, checkNumber, checkOptions } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import { exp } from "../core/reproducible-math.js";
import { largest } from "./rows.js";

/** The options of `predictClasses`. */
export interface PredictClassesOptions {
  /** Whether to give probabilities with each class. Default false. */
  probabilities?: boolean;
  /**
   * Of a model of one output: an output above this, as the last layer gives it, is of the second class.
   * Default 0.5 after a sigmoid, and 0 for logits, as a last layer without activation gives them. A model
   * that was trained with meanSquaredError on targets of 0 and 1 takes 0.5.
   */
  threshold?: number;
}

/** The class of a sample, with probabilities. */
export interface ClassPrediction {
  /** The class: one of the model's labels or, where it has none, the index. */
  readonly label: string | number;
  /** The index of the class. */
  readonly index: number;
  /** The probability of that class. */
  readonly probability: number;
  /** That of each class, in the order of the labels; of one output, those of its two classes. */
  readonly probabilities: Float32Array;
}

/** @internal What predictClasses needs to know of a model. */
interface Classifier {
  readonly labels: readonly string[] | undefined;
  readonly lastActivation: string;
  readonly outputSize: number;
}

const WHO = "predictClasses";

/** e^x for x up to 0; what is below e^-700 counts as that. */
const expOf = (x: number): number => exp(Math.max(x, -700));

/** How outputs of a last layer of each activation become probabilities. */
const probabilitiesOf: Readonly<Record<string, (outputs: Float32Array) => Float32Array>> = {
  softmax: (outputs) => outputs,
  sigmoid: (outputs) => (outputs.length === 1 ? ofTwo(outputs[0]) : outputs),
  logSoftmax: (outputs) => outputs.map(expOf),
  linear(outputs) {
    if (outputs.length === 1) {
      const power = expOf(-Math.abs(outputs[0]));
      return ofTwo((outputs[0] < 0 ? power : 1) / (1 + power));
    }
    const most = outputs.reduce((a, b) => Math.max(a, b));
    const powers = Array.from(outputs, (output) => expOf(output - most));
    const sum = powers.reduce((a, b) => a + b);
    return Float32Array.from(powers, (power) => power / sum);
  },
};

const ofTwo = (probability: number): Float32Array => Float32Array.of(1 - probability, probability);

/** @internal The options, checked. @throws ValueError */
export function checkClassOptions(model: Classifier, options: PredictClassesOptions): void {
  checkOptions(WHO, options, ["probabilities", "threshold"]);
  const { probabilities, threshold } = options;
  checkFlag(WHO, "probabilities", probabilities);
  if (threshold !== undefined) {
    checkNumber(WHO, "threshold", threshold, Number.NEGATIVE_INFINITY);
    if (model.outputSize > 1)
      throw new ValueError(
        `${WHO} expected no threshold for ${model.outputSize} outputs: the largest decides`,
      );
  }
  if (probabilities && !Object.hasOwn(probabilitiesOf, model.lastActivation))
    throw new ValueError(
      `${WHO} expected a last layer that gives probabilities (${Object.keys(probabilitiesOf).join(", ")}), ` +
        `got ${model.lastActivation}`,
    );
}

/** @internal The class of each row of a model's outputs. */
export function classesOf(
  model: Classifier,
  outputs: Float32Array,
  options: PredictClassesOptions,
): (string | number)[] | ClassPrediction[] {
  const { labels, lastActivation, outputSize } = model;
  const { threshold = lastActivation === "linear" || lastActivation === "tanh" ? 0 : 0.5 } = options;
  const wrong = outputs.findIndex(Number.isNaN);
  if (wrong >= 0)
    throw new ValueError(
      `${WHO} expected outputs that are numbers, got NaN for sample ${Math.floor(wrong / outputSize)}: its inputs or the model's weights are not finite, or too large`,
    );
  const indices = Array.from({ length: outputs.length / outputSize }, (_, row) =>
    outputSize === 1 ? Number(outputs[row] > threshold) : largest(outputs, row * outputSize, outputSize),
  );
  const labelOf = (index: number) => labels?.[index] ?? index;
  if (!options.probabilities) return indices.map(labelOf);
  return indices.map((index, row) => {
    const probabilities = probabilitiesOf[lastActivation](
      outputs.slice(row * outputSize, (row + 1) * outputSize),
    );
    return { label: labelOf(index), index, probability: probabilities[index], probabilities };
  });
}
