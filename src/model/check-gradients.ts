import { checkModel, checkOptions, checkPositive } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import { sizeOf } from "../graph/value.js";
import { numericTargets } from "../losses/labels.js";
import { resolveLoss } from "../losses/losses.js";
import type { Targets } from "../losses/targets.js";
import type { Matrix } from "../matrix/matrix.js";
import type { Inputs } from "../network/network.js";
import type { AnyNetwork } from "../network/trainable.js";
import { type LossOption, type ObjectiveOptions, perOutput, rowsOf } from "../training/objective.js";
import type { TargetsOf } from "../training/state.js";

/** The options of `checkGradients`. */
export interface CheckGradientsOptions extends Pick<ObjectiveOptions, "loss" | "lossWeights"> {
  /** By how much a value is moved to either side. Default 0.01. */
  epsilon?: number;
}

/** How the gradient of one tensor compares. */
export interface GradientCheck {
  /** The parameter's name, or the input's: "input". */
  readonly name: string;
  /**
   * The largest difference between the two, as a fraction of the tensor's largest gradient: about 1e-4 where
   * backward is right, 0.1 and more where it is not. Differences below the resolution of float32 are ignored.
   */
  readonly relativeError: number;
  /** The element where that is, and the two gradients there. */
  readonly index: number;
  readonly backward: number;
  readonly differences: number;
}

/** A float32 loss is off by about this fraction of itself. */
const ROUNDING = 1 / 16_777_216;

/**
 * Compares backward with central differences (L(w + epsilon) - L(w - epsilon)) / (2 epsilon) of the loss for
 * a batch in training, element by element of every parameter and of the inputs, but for those of an
 * embedding, which are whole numbers. x: [rows, ...input shape], for each input; y as `LabelledTargets` says,
 * for each output. An element takes two forward passes: use few rows and small layers. Dropout and noise are
 * those of the model's next step, and the model is unchanged afterwards. Check before training, since
 * gradients vanish near the minimum and errors do not; and with smooth activations, since differences across
 * the kink of a relu are off by 0.1 and more. Returns a row for each tensor, as console.table shows them.
 *
 * @example
 * const layers = [dense(4, { activation: "tanh" }), dense(1)];
 * const model = new Sequential(backend, { inputShape: 3, seed: 1, layers });
 * const rows = checkGradients(model, [[1, 2, 3], [4, 5, 6]], [0, 1], { loss: "meanSquaredError" });
 * console.log(rows.every(({ relativeError }) => relativeError < 0.01)); // true
 *
 * @throws ShapeError, ValueError, DisposedError, BusyError while fit runs
 */
export function checkGradients(
  model: AnyNetwork,
  x: Inputs,
  y: TargetsOf,
  options: CheckGradientsOptions,
): GradientCheck[] {
  checkModel("checkGradients", model);
  model.check();
  model.checkIdle("checkGradients");
  checkOptions("checkGradients", options ?? null, ["loss", "lossWeights", "epsilon"]);
  const { epsilon = 0.01 } = options;
  checkPositive("checkGradients", "epsilon", epsilon);
  const lossesGiven = perOutput("checkGradients", "loss", model, options.loss) as LossOption[];
  const weights = perOutput("checkGradients", "lossWeights", model, options.lossWeights) as (
    | number
    | undefined
  )[];
  const targetsGiven = perOutput("checkGradients", "targets", model, y);
  const outputs = lossesGiven.map((given, i) => {
    const loss = resolveLoss("checkGradients", given);
    const size = model.outputSizes[i];
    const range = model.rangeOf(i);
    const rows = rowsOf("checkGradients", model, i, loss, {});
    const { cols } = rows;
    loss.checkOutputs("checkGradients", range, cols);
    const targets = numericTargets(
      "checkGradients",
      targetsGiven[i],
      model.labels,
      loss,
      cols,
      range,
    ) as Targets;
    loss.source("checkGradients: ", targets, rows, range);
    return { loss, targets, weight: weights[i] ?? 1, size };
  });
  const samples = model.rowsOf(x, "checkGradients: ");
  const [{ rows }] = samples;
  if (rows === 0) throw new ValueError("checkGradients expected at least one sample, got none");
  const inputs = samples.map((sample, i) => {
    const values = new Float32Array(rows * model.inputSizes[i]);
    sample.copy(values, 0, rows);
    return values;
  });

  const { backend, life, slabLength } = model;
  const { severalInputs, severalOutputs } = model.structure;
  const gradients = () => backend.floats(model.gradients.slab, slabLength);
  const kept = model.tensors.map(({ address, shape }) => ({
    address,
    values: backend.floats(address, sizeOf(shape)).slice(),
  }));
  const keptGradients = gradients().slice();
  const dOuts = outputs.map(({ size }) => backend.matrix(rows, size));
  try {
    const forward = (): Matrix[] => {
      model.life = life;
      const output = model.forward(severalInputs ? inputs : inputs[0], { training: true });
      return Array.isArray(output) ? output : [output];
    };
    model.zeroGradients();
    const value = forward().reduce(
      (sum, output, i) =>
        sum + outputs[i].weight * outputs[i].loss.valueAndGradient(output, outputs[i].targets, dOuts[i]),
      0,
    );
    for (const [i, { weight, size }] of outputs.entries())
      if (weight !== 1) backend.kernels.scale(dOuts[i].pointer, dOuts[i].pointer, rows * size, weight);
    const dx = model.backward(severalOutputs ? dOuts : dOuts[0], { inputGradient: true });
    const dInputs = (Array.isArray(dx) ? dx : [dx as Matrix]).map(({ data }) => data.slice());
    const tensors = model.parameters.map(({ name, value, gradient }) => ({
      name,
      gradient: gradient.data.slice(),
      at: () => value.data,
    }));
    // Indices of an embedding cannot be moved by a little.
    const areIndices = (i: number) =>
      model.expectationsOf(i).some(({ vocabulary }) => vocabulary !== undefined);
    const ofInputs = dInputs.flatMap((gradient, i) =>
      areIndices(i) ? [] : [{ name: model.inputs[i].name, gradient, at: () => inputs[i] }],
    );
    // Differences of losses that are off by a rounding tell nothing of a smaller gradient; a thousandth of
    // this counts.
    const floor = (1000 * ROUNDING * Math.abs(value)) / epsilon;
    return [...tensors, ...ofInputs].map(({ name, gradient, at }) => {
      const differences = Float32Array.from(gradient, (_, i) => {
        const old = at()[i];
        const lossAt = (moved: number) => {
          at()[i] = moved;
          return forward().reduce(
            (sum, output, j) => sum + outputs[j].weight * outputs[j].loss.value(output, outputs[j].targets),
            0,
          );
        };
        const [above, below] = [Math.fround(old + epsilon), Math.fround(old - epsilon)];
        const slope = (lossAt(above) - lossAt(below)) / (above - below);
        at()[i] = old;
        return slope;
      });
      return { name, ...compare(gradient, differences, floor) };
    });
  } finally {
    for (const dOut of dOuts) dOut.dispose();
    for (const { address, values } of kept) backend.floats(address, values.length).set(values);
    gradients().set(keptGradients);
    model.life = life;
    model.invalidate();
  }
}

function compare(
  backward: Float32Array,
  differences: Float32Array,
  floor: number,
): Omit<GradientCheck, "name"> {
  let largest = floor;
  let worst = -1;
  let index = 0;
  for (let i = 0; i < backward.length; i++) {
    largest = Math.max(largest, Math.abs(backward[i]), Math.abs(differences[i]));
    const error = Math.abs(backward[i] - differences[i]);
    // NaN is worse than any number.
    if (!(error <= worst) && !Number.isNaN(worst)) {
      worst = error;
      index = i;
    }
  }
  return {
    relativeError: worst === 0 ? 0 : worst / largest,
    index,
    backward: backward[index],
    differences: differences[index],
  };
}
