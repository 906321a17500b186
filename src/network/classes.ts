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
  /**
   * Of outputs of several rows, such as [time, classes]: whether to give an array for each sample, with the
   * class of each row, up to the end of a sample that is shorter than the others. Default false, one class a
   * sample, which such outputs do not have.
   */
  byStep?: boolean;
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
  /** The outputs of which one answer is made: all of a sample, or those of a row. */
  classRow(output: number): number;
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
  checkOptions(WHO, options, ["probabilities", "threshold", "byStep"]);
  const { probabilities, threshold, byStep = false } = options;
  checkFlag(WHO, "probabilities", probabilities);
  checkFlag(WHO, "byStep", byStep);
  const row = model.classRow(0);
  const rows = model.outputSize / row;
  if (rows > 1 && !byStep)
    throw new ValueError(
      `${WHO} expected byStep: true for outputs of ${rows} rows of ${row}, each of which has a class`,
    );
  if (threshold !== undefined) {
    checkNumber(WHO, "threshold", threshold, Number.NEGATIVE_INFINITY);
    if (row > 1) throw new ValueError(`${WHO} expected no threshold for ${row} outputs: the largest decides`);
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
  const row = model.classRow(0);
  const { threshold = lastActivation === "linear" || lastActivation === "tanh" ? 0 : 0.5 } = options;
  const wrong = outputs.findIndex(Number.isNaN);
  if (wrong >= 0)
    throw new ValueError(
      `${WHO} expected outputs that are numbers, got NaN for sample ${Math.floor(wrong / outputSize)}: its inputs or the model's weights are not finite, or too large`,
    );
  const indices = Array.from({ length: outputs.length / row }, (_, i) =>
    row === 1 ? Number(outputs[i] > threshold) : largest(outputs, i * row, row),
  );
  const labelOf = (index: number) => labels?.[index] ?? index;
  if (!options.probabilities) return indices.map(labelOf);
  return indices.map((index, i) => {
    const probabilities = probabilitiesOf[lastActivation](outputs.slice(i * row, (i + 1) * row));
    return { label: labelOf(index), index, probability: probabilities[index], probabilities };
  });
}

/** @internal The answers in an array for each sample, which has `each` of them. */
export const bySample = <Answer>(answers: readonly Answer[], each: number): Answer[][] =>
  Array.from({ length: answers.length / each }, (_, i) => answers.slice(i * each, (i + 1) * each));
