import { resolve } from "../core/by-name.js";
import { checkFlag, checkNumber, checkPositive, show } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import type { ElementwiseLossKernel } from "../core/kernels.js";
import { exp, log, power } from "../core/reproducible-math.js";
import {
  blockOf,
  type ClassOptions,
  type Computed,
  Loss,
  type LossOptions,
  type LossSum,
  type SmoothingOptions,
} from "./loss.js";

/** The options of the Huber loss. */
export interface HuberOptions extends LossOptions {
  /** Where the square turns into a line, above 0. Default 1. */
  delta?: number;
}

/** The options of the focal losses. */
export interface FocalOptions extends LossOptions {
  /** How much less confident right answers count, at least 0: 0 is the cross-entropy. Default 2. */
  gamma?: number;
}

/**
 * A loss of the user's own. All arrays hold rows x cols floats in rows, are views of linear memory and must
 * not be kept.
 */
export interface CustomLossOptions extends LossOptions {
  /** The sum of the terms. A row may be handed over alone, as a weighted one is: no term spans two. */
  value: (pred: Float32Array, target: Float32Array, rows: number, cols: number) => number;
  /** Writes d value / d pred to all of `out`. */
  gradient: (pred: Float32Array, target: Float32Array, out: Float32Array, rows: number, cols: number) => void;
  /** Whether there is one term a row, for "mean" to divide by, not one an element. Default false. */
  perRow?: boolean;
  /** For error messages. Default "custom". */
  name?: string;
}

const SMOOTHING = ["labelSmoothing"];
const CLASSES = [...SMOOTHING, "ignoreIndex"];

/** @throws ValueError */
function ignored(name: string, { ignoreIndex }: ClassOptions = {}): number | undefined {
  if (ignoreIndex === undefined || Number.isSafeInteger(ignoreIndex)) return ignoreIndex;
  throw new ValueError(`${name} expected ignoreIndex to be an integer, got ${show(ignoreIndex)}`);
}

/** Terms that are a function of one prediction, one target and a parameter, by a pair of kernels. */
function ofKernels(kernel: ElementwiseLossKernel, parameter = 0): LossSum {
  const kernelOfGradient = `${kernel}Gradient` as const;
  return ({ kernels }, p, t, _labels, weights, d, rows, cols, scale) => {
    const n = rows * cols;
    const sum = kernels[kernel](p, t, n, parameter, weights, cols);
    if (d) kernels[kernelOfGradient](p, t, d, n, parameter, scale);
    return sum;
  };
}

/** Those of a pair of functions over arrays. */
const ofFunctions =
  ({ value, gradient }: Pick<CustomLossOptions, "value" | "gradient">): LossSum =>
  (host, p, t, _labels, weights, d, rows, cols, scale, room) => {
    const sumOf = (begin: number, count: number): number =>
      value(
        host.floats(p + begin * cols * 4, count * cols),
        host.floats(t + begin * cols * 4, count * cols),
        count,
        cols,
      );
    // A copy, for a loss of the user's own may make the memory grow.
    const sum = weights
      ? host
          .floats(weights, rows)
          .slice()
          .reduce((total, weight, i) => total + weight * sumOf(i, 1), 0)
      : sumOf(0, rows);
    if (d) {
      const n = rows * cols;
      // d may be the targets.
      gradient(host.floats(p, n), host.floats(t, n), host.floats(room, n), rows, cols);
      host.kernels.scale(room, d, n, scale);
    }
    return sum;
  };

/**
 * Those of a term and its derivative, in float64 from reproducible arithmetic: the same bits in every build.
 * Losses that are not worth a kernel in each of them are made so.
 */
const ofTerms = (
  term: (p: number, t: number) => number,
  slope: (p: number, t: number) => number,
): Computed => ({
  onHost: true,
  sum: ofFunctions({
    value(pred, target) {
      let sum = 0;
      for (let i = 0; i < pred.length; i++) sum += term(pred[i], target[i]);
      return sum;
    },
    gradient(pred, target, out) {
      for (let i = 0; i < pred.length; i++) out[i] = slope(pred[i], target[i]);
    },
  }),
});

/** The smallest normal float32: what a probability of 0 counts as. */
const LEAST = 1.1754943508222875e-38;
/** What is added to a rate, so that one of 0 has a logarithm: Keras's. */
const RATE_EPSILON = 1e-7;

/** The logarithm of a number above 0; else, and of NaN, NaN. */
const logOf = (x: number): number => (x > 0 ? log(x) : Number.NaN);
const logOfProbability = (p: number): number => logOf(Math.max(p, LEAST));
/** e^x; what is beyond e^-700 or e^700 counts as that. */
const expOf = (x: number): number => exp(Math.min(Math.max(x, -700), 700));
/** log(1 + e^x); absolute error below 1e-15 (1 + x). */
const softplus = (x: number): number => Math.max(x, 0) + logOf(1 + expOf(-Math.abs(x)));

function sigmoid(x: number): number {
  const power = expOf(-Math.abs(x));
  return (x < 0 ? power : 1) / (1 + power);
}

/** Below this, log(1 + e^x) and e^x are equal to 1e-13 of them. */
const FLAT = -30;
/** log(1 + e^x); relative error below 1e-12. */
const rateOf = (x: number): number => Math.max(x, 0) + logOfOneMore(expOf(-Math.abs(x)));
const logOfRate = (x: number): number => (x < FLAT ? x : logOf(rateOf(x)));
/** d log(1 + e^x) / dx, divided by that. */
const slopeOfLogOfRate = (x: number): number => (x < FLAT ? 1 : sigmoid(x) / rateOf(x));

/** The softmax of a row of logits, in float64: of each class log p, p and 1 - p, without cancellation. */
function softmaxOf(z: Float32Array, at: number, n: number) {
  let top = at;
  for (let j = at; j < at + n; j++) if (!(z[j] <= z[top])) top = j;
  const powers = Array.from({ length: n }, (_, j) =>
    at + j === top ? z[top] - z[top] + 1 : expOf(z[at + j] - z[top]),
  );
  const others = powers.reduce((sum, power, j) => (at + j === top ? sum : sum + power), 0);
  const total = others + powers[top - at];
  const logTotal = logOfOneMore(others);
  return {
    log: (j: number) => z[at + j] - z[top] - logTotal,
    p: (j: number) => powers[j] / total,
    rest: (j: number) => (at + j === top ? others : total - powers[j]) / total,
  };
}

/** log(1 + x) for x of at least 0. */
const logOfOneMore = (x: number): number => (x < 1e-4 ? x * (1 - x * (1 / 2 - x / 3)) : logOf(1 + x));

function meanSquaredError(options?: LossOptions): Loss {
  return new Loss("meanSquaredError", { sum: ofKernels("squaredError"), targets: "values" }, options);
}

function meanAbsoluteError(options?: LossOptions): Loss {
  return new Loss("meanAbsoluteError", { sum: ofKernels("absoluteError"), targets: "values" }, options);
}

function huber(options?: HuberOptions): Loss {
  const { delta = 1 } = options ?? {};
  checkPositive("huber", "delta", delta);
  return new Loss("huber", { sum: ofKernels("huber", delta), targets: "values" }, options, ["delta"]);
}

/** The classification losses that fit an activation, for messages about another loss. */
const AFTER_SIGMOID = { sigmoid: "binaryCrossEntropy", hardSigmoid: "binaryCrossEntropy" };
const AFTER_SOFTMAX = { softmax: "categoricalCrossEntropy", logSoftmax: "softmaxCrossEntropy" };

function binaryCrossEntropy(options?: SmoothingOptions): Loss {
  return new Loss(
    "binaryCrossEntropy",
    {
      sum: ofKernels("binaryCrossEntropy"),
      threshold: 0.5,
      outputs: "probabilities",
      instead: { linear: "binaryCrossEntropyWithLogits", ...AFTER_SOFTMAX },
      targets: "yesOrNo",
      after: { sigmoid: { sum: ofKernels("binaryCrossEntropyWithLogits") } },
    },
    options,
    SMOOTHING,
  );
}

function binaryCrossEntropyWithLogits(options?: SmoothingOptions): Loss {
  const name = "binaryCrossEntropyWithLogits";
  return new Loss(
    name,
    {
      sum: ofKernels(name),
      threshold: 0,
      outputs: "logits",
      instead: { ...AFTER_SIGMOID, ...AFTER_SOFTMAX },
      targets: "yesOrNo",
    },
    options,
    SMOOTHING,
  );
}

const sumOfSoftmax: LossSum = ({ kernels }, z, t, labels, weights, d, rows, cols, scale, room) =>
  kernels.softmaxCrossEntropy(z, t, labels, d, room, room + blockOf(rows), rows, cols, scale, weights);

function softmaxCrossEntropy(options?: ClassOptions): Loss {
  return new Loss(
    "softmaxCrossEntropy",
    {
      sum: sumOfSoftmax,
      overClasses: true,
      ignoreIndex: ignored("softmaxCrossEntropy", options),
      outputs: "logits",
      instead: { ...AFTER_SIGMOID, softmax: "categoricalCrossEntropy" },
      // A constant added to a row of logits changes nothing: logSoftmax takes one off.
      after: { logSoftmax: { sum: sumOfSoftmax } },
    },
    options,
    CLASSES,
  );
}

function categoricalCrossEntropy(options?: ClassOptions): Loss {
  const sum: LossSum = ({ kernels }, p, t, labels, weights, d, rows, cols, scale, room) =>
    kernels.categoricalCrossEntropy(p, t, labels, d, room, rows, cols, scale, weights);
  return new Loss(
    "categoricalCrossEntropy",
    {
      sum,
      overClasses: true,
      ignoreIndex: ignored("categoricalCrossEntropy", options),
      outputs: "distribution",
      instead: { linear: "softmaxCrossEntropy", ...AFTER_SIGMOID, ...AFTER_SOFTMAX },
      after: { softmax: { sum: sumOfSoftmax } },
    },
    options,
    CLASSES,
  );
}

/** A loss of how far p is from 1 on the side of t. */
function ofGap(
  name: string,
  options: LossOptions | undefined,
  term: (gap: number) => number,
  slope: (gap: number) => number,
): Loss {
  const side = (t: number) => (t > 0 ? 1 : -1);
  const gap = (p: number, t: number) => Math.max(1 - side(t) * p, 0);
  return new Loss(
    name,
    {
      ...ofTerms(
        (p, t) => term(gap(p, t)),
        (p, t) => -side(t) * slope(gap(p, t)),
      ),
      threshold: 0,
      outputs: "margins",
      instead: { ...AFTER_SIGMOID, ...AFTER_SOFTMAX },
      targets: "signs",
    },
    options,
  );
}

function gammaOf(name: string, options: FocalOptions | undefined): number {
  const { gamma = 2 } = options ?? {};
  checkNumber(name, "gamma", gamma, 0);
  return gamma;
}

/**
 * Of row i the cosine of the angle between p and t, the square of p's length, and the product of both
 * lengths.
 */
function cosineOf(
  p: Float32Array,
  t: Float32Array,
  i: number,
  cols: number,
): [cosine: number, square: number, lengths: number] {
  const product = (a: Float32Array, b: Float32Array) => {
    let sum = 0;
    for (let at = i * cols; at < (i + 1) * cols; at++) sum += a[at] * b[at];
    return sum;
  };
  const square = product(p, p);
  const lengths = Math.sqrt(leastSquare(square) * leastSquare(product(t, t)));
  return [product(p, t) / lengths, square, lengths];
}

/**
 * A sum over the classes of terms f(t, p) of the softmax p of logits, by its terms and by p df/dp: the
 * gradient by logit k is that of class k times 1 - p[k], less p[k] times the sum of the others.
 */
function ofLogits(
  term: (t: number, row: ReturnType<typeof softmaxOf>, j: number) => number,
  pull: (t: number, row: ReturnType<typeof softmaxOf>, j: number) => number,
): Computed {
  return {
    onHost: true,
    sum: ofFunctions({
      value(z, t, rows, cols) {
        let sum = 0;
        for (let i = 0; i < rows; i++) {
          const row = softmaxOf(z, i * cols, cols);
          // Where t is 0 nothing is added, but for the NaN of a row that has one.
          for (let j = 0; j < cols; j++)
            sum += t[i * cols + j] === 0 ? 0 * row.p(j) : term(t[i * cols + j], row, j);
        }
        return sum;
      },
      gradient(z, t, out, rows, cols) {
        for (let i = 0; i < rows; i++) {
          const row = softmaxOf(z, i * cols, cols);
          const pulls = Array.from({ length: cols }, (_, j) =>
            t[i * cols + j] === 0 ? 0 : pull(t[i * cols + j], row, j),
          );
          const all = pulls.reduce((sum, value) => sum + value, 0);
          for (let k = 0; k < cols; k++)
            out[i * cols + k] = pulls[k] * row.rest(k) - row.p(k) * (all - pulls[k]);
        }
      },
    }),
  };
}

/**
 * What the square of a length counts as at least: a row of zeros has a cosine of 0. The slope of a length is
 * one part in its size: of a shorter one it would not be finite in float32.
 */
const leastSquare = (square: number): number => Math.max(square, square > 0 ? 1e-60 : 1e-12);

/** A loss of functions, which JSON cannot hold. */
class CustomLoss extends Loss {
  override get config(): never {
    throw new ValueError(`${this.name}: a loss of functions has no config; make it where it is used`);
  }
}

/**
 * The losses. Each function throws ValueError for options that are unknown or out of range.
 *
 * @example
 * const huber = losses.huber({ delta: 2 });
 * const prediction = backend.matrix(2, 1, [1, 5]);
 * console.log(huber.value(prediction, [1, 1])); // 3
 */
export const losses = {
  /** (p - t)^2. Its scaling differs from note to note: see `reduction`. */
  meanSquaredError,

  /** |p - t|; the gradient where they are equal is 0. */
  meanAbsoluteError,

  /** (p - t)^2 / 2 up to |p - t| = delta, and beyond it delta (|p - t| - delta / 2) (Huber 1964). */
  huber,

  /**
   * -(t log p + (1 - t) log(1 - p)) for probabilities p, as a sigmoid gives them, and targets from 0 to 1.
   * After a sigmoid layer it is computed from the logits, so that it learns where p is 0 or 1, too.
   */
  binaryCrossEntropy,

  /** The same of sigmoid(p), without its overflows: for a last layer without activation. */
  binaryCrossEntropyWithLogits,

  /**
   * -sum t log softmax(p) a row, for a last layer without activation ("Understanding Neural Networks Through
   * Mathematics").
   */
  softmaxCrossEntropy,

  /**
   * -sum t log p a row, for probabilities p. After a softmax layer it is computed from the logits, so that it
   * learns where p is 0 or 1, too.
   */
  categoricalCrossEntropy,

  /** log(cosh(p - t)): about (p - t)^2 / 2 near 0 and |p - t| - log 2 far from it. */
  logCosh: (options?: LossOptions): Loss =>
    new Loss(
      "logCosh",
      {
        ...ofTerms(
          (p, t) => Math.abs(p - t) + softplus(-2 * Math.abs(p - t)) - Math.LN2,
          (p, t) => 2 * sigmoid(2 * (p - t)) - 1,
        ),
        targets: "values",
      },
      options,
    ),

  /**
   * p - t log(p + 1e-7) for counts t and rates p above 0, as an exp or a softplus gives them; as in Keras,
   * without the part of t alone. After those it is computed from what they are applied to, without the 1e-7.
   */
  poisson: (options?: LossOptions): Loss =>
    new Loss(
      "poisson",
      {
        ...ofTerms(
          (p, t) => p - t * logOf(p + RATE_EPSILON),
          (p, t) => 1 - t / (p + RATE_EPSILON),
        ),
        outputs: "rates",
        instead: { linear: "meanSquaredError" },
        targets: "counts",
        after: {
          exp: ofTerms(
            (z, t) => expOf(z) - t * z,
            (z, t) => expOf(z) - t,
          ),
          softplus: ofTerms(
            (z, t) => rateOf(z) - t * logOfRate(z),
            (z, t) => sigmoid(z) - t * slopeOfLogOfRate(z),
          ),
        },
      },
      options,
    ),

  /**
   * -cos of the angle between a row and its targets, from -1 (the same direction) to 1, as in Keras; 0 for a
   * row of zeros. One term a row.
   */
  cosineSimilarity: (options?: LossOptions): Loss =>
    new Loss(
      "cosineSimilarity",
      {
        perRow: true,
        // Of one output only the sign would count, and that has no slope.
        leastOutputs: 2,
        targets: "values",
        onHost: true,
        sum: ofFunctions({
          value(p, t, rows, cols) {
            let sum = 0;
            for (let i = 0; i < rows; i++) sum -= cosineOf(p, t, i, cols)[0];
            return sum;
          },
          gradient(p, t, out, rows, cols) {
            for (let i = 0; i < rows; i++) {
              const [cosine, square, lengths] = cosineOf(p, t, i, cols);
              // A length that is a constant has no slope.
              const ofLength = square < leastSquare(square) ? 0 : cosine / square;
              for (let at = i * cols; at < (i + 1) * cols; at++) out[at] = ofLength * p[at] - t[at] / lengths;
            }
          },
        }),
      },
      options,
    ),

  /**
   * max(0, 1 - p) where the target is above 0, max(0, 1 + p) elsewhere: targets are 0 and 1 or -1 and 1, a
   * prediction above 0 says yes.
   */
  hinge: (options?: LossOptions): Loss =>
    ofGap(
      "hinge",
      options,
      (gap) => gap,
      // 0, or the NaN that p is.
      (gap) => (gap > 0 ? 1 : gap),
    ),

  /** The square of hinge. */
  squaredHinge: (options?: LossOptions): Loss =>
    ofGap(
      "squaredHinge",
      options,
      (gap) => gap * gap,
      (gap) => 2 * gap,
    ),

  /**
   * -(1 - q)^gamma log q, q the probability sigmoid(p) or 1 - sigmoid(p) of the right answer: yes where the
   * target is above one half. For a last layer without activation, as torchvision's sigmoid_focal_loss; its
   * alpha is a matter of class weights (Lin et al. 2017).
   */
  binaryFocalWithLogits: (options?: FocalOptions): Loss => {
    const name = "binaryFocalWithLogits";
    const gamma = gammaOf(name, options);
    const side = (t: number) => (t > 0.5 ? 1 : -1);
    // z is the logit of the right answer, -log q = softplus(-z).
    const focus = (z: number) => power(sigmoid(-z), gamma);
    const term = (z: number) => focus(z) * softplus(-z);
    const slope = (z: number) => -focus(z) * (gamma * sigmoid(z) * softplus(-z) + sigmoid(-z));
    return new Loss(
      name,
      {
        ...ofTerms(
          (p, t) => term(side(t) * p),
          (p, t) => side(t) * slope(side(t) * p),
        ),
        threshold: 0,
        outputs: "logits",
        instead: { ...AFTER_SIGMOID, ...AFTER_SOFTMAX },
        targets: "yesOrNo",
      },
      options,
      ["gamma"],
    );
  },

  /**
   * -sum t (1 - p)^gamma log p a row, for probabilities p, as a softmax layer gives them; after one it is
   * computed from the logits. As Keras's, whose alpha is a matter of class weights.
   */
  categoricalFocal: (options?: FocalOptions): Loss => {
    const name = "categoricalFocal";
    const gamma = gammaOf(name, options);
    const focus = (p: number) => power(Math.max(1 - p, 0), gamma);
    return new Loss(
      name,
      {
        ...ofTerms(
          (p, t) => -t * focus(p) * logOfProbability(p),
          (p, t) =>
            t * focus(p) * ((gamma * logOfProbability(p)) / Math.max(1 - p, LEAST) - 1 / Math.max(p, LEAST)),
        ),
        overClasses: true,
        outputs: "distribution",
        instead: { linear: "softmaxCrossEntropy", ...AFTER_SIGMOID, logSoftmax: "softmaxCrossEntropy" },
        after: {
          softmax: ofLogits(
            (t, { log, rest }, j) => -t * power(rest(j), gamma) * log(j),
            // p d term / d p
            (t, { log, p, rest }, j) =>
              t *
              power(rest(j), gamma) *
              ((rest(j) > 0 ? (gamma * p(j) * Math.max(log(j), -1e300)) / rest(j) : -gamma) - 1),
          ),
        },
      },
      options,
      ["gamma"],
    );
  },

  /**
   * sum t log(t / p) a row, for probabilities p and t (Kullback and Leibler 1951); 0 where t is 0. After a
   * softmax layer it is computed from the logits.
   */
  kullbackLeiblerDivergence: (options?: LossOptions): Loss =>
    new Loss(
      "kullbackLeiblerDivergence",
      {
        ...ofTerms(
          (p, t) => t * (logOfProbability(t) - logOfProbability(p)),
          (p, t) => -t / Math.max(p, LEAST),
        ),
        overClasses: true,
        outputs: "distribution",
        instead: { linear: "softmaxCrossEntropy", ...AFTER_SIGMOID, logSoftmax: "softmaxCrossEntropy" },
        after: {
          softmax: ofLogits(
            (t, { log }, j) => t * (logOfProbability(t) - log(j)),
            (t) => -t,
          ),
        },
      },
      options,
    ),

  /**
   * A loss of your own, of targets that are values: its sum of terms, and the gradient of that, over arrays.
   * checkGradients checks that the two agree.
   */
  custom: (options: CustomLossOptions): Loss => {
    for (const part of ["value", "gradient"] as const) {
      if (typeof options?.[part] !== "function")
        throw new ValueError(`custom expected ${part} to be a function, got ${show(options?.[part])}`);
    }
    const { name = "custom", perRow } = options;
    checkFlag("custom", "perRow", perRow);
    return new CustomLoss(name, { sum: ofFunctions(options), onHost: true, perRow }, options, [
      "value",
      "gradient",
      "perRow",
      "name",
    ]);
  },
};

/**
 * Only these have a name that fit knows: with it they are in every bundle that has fit, and the others only
 * where `losses` is imported.
 */
const named = {
  meanSquaredError,
  meanAbsoluteError,
  huber,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  softmaxCrossEntropy,
  categoricalCrossEntropy,
};

/** Keras's short names for some of them. */
export const short = { mse: meanSquaredError, mae: meanAbsoluteError, bce: binaryCrossEntropy };

/** A loss with its defaults, by name: one of `losses`. */
export type LossName = keyof typeof named;

/** A loss with its defaults, by the short name that Keras has for it. */
export type LossAlias = keyof typeof short;

/** @internal @throws ValueError for what is neither a loss nor its name, with the list of those */
export const resolveLoss = (who: string, loss: unknown): Loss =>
  resolve(who, "loss", "losses.hinge()", loss, Loss, named, short);
