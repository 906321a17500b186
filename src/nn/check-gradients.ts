import { checkOptions, checkPositive } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import { type LabelledTargets, numericTargets } from "./labels.js";
import type { Loss, Targets } from "./loss.js";
import { type LossAlias, type LossName, lossFrom } from "./losses.js";
import type { Samples } from "./rows.js";
import { sizeOf } from "./slab.js";
import type { TrainableNetwork } from "./trainable.js";

export interface CheckGradientsOptions {
  /** One of `losses`, or its name. */
  loss: Loss | LossName | LossAlias;
  /** By how much a value is moved to either side. Default 0.01. */
  epsilon?: number;
}

/** How the gradient of one tensor compares. */
export interface GradientCheck {
  /** The parameter's name, or "input". */
  readonly name: string;
  /**
   * The largest difference between the two, as a fraction of the tensor's largest gradient: about 1e-4 where
   * backward is right, 0.1 and more where it is not. What differences of float32 losses cannot tell from 0
   * counts as little.
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
 * a batch in training, element by element of every parameter and of the input. x: [rows, inputs], y as
 * `LabelledTargets` says. An element takes two forward passes: few rows and small layers will do. Dropout and noise
 * are those of the model's next step, and the model is afterwards what it was. Check before training, for
 * near the minimum gradients vanish and errors do not; and with smooth activations, for differences across
 * the kink of a relu are off by 0.1 and more. Returns a row a tensor, as console.table shows them.
 * @throws ShapeError, ValueError, DisposedError, BusyError while fit runs
 */
export function checkGradients(
  model: TrainableNetwork,
  x: Samples,
  y: LabelledTargets,
  options: CheckGradientsOptions,
): GradientCheck[] {
  model.check();
  model.checkIdle("checkGradients");
  checkOptions("checkGradients", options ?? null, ["loss", "epsilon"]);
  const { epsilon = 0.01 } = options;
  checkPositive("checkGradients", "epsilon", epsilon);
  const loss = lossFrom("checkGradients", options.loss);
  loss.checkOutputs("checkGradients", model.outputRange, model.outputSize);
  const targets = numericTargets(
    "checkGradients",
    y,
    model.labels,
    loss,
    model.outputSize,
    model.outputRange,
  ) as Targets;
  loss.source("checkGradients: ", targets, model.outputSize, model.outputRange);
  const rows = model.rowsOf(x, "checkGradients: ");
  if (rows.rows === 0) throw new ValueError("checkGradients expected at least one sample, got none");
  const input = new Float32Array(rows.rows * model.inputSize);
  rows.copy(input, 0, rows.rows);

  const { backend, life, slabLength } = model;
  const gradients = () => backend.floats(model.gradients, slabLength);
  const kept = model.tensors.map(({ address, shape }) => ({
    address,
    values: backend.floats(address, sizeOf(shape)).slice(),
  }));
  const keptGradients = gradients().slice();
  const dOut = backend.matrix(rows.rows, model.outputSize);
  try {
    const forward = () => {
      model.life = life;
      return model.forward(input, { training: true });
    };
    model.zeroGradients();
    const value = loss.valueAndGradient(forward(), targets, dOut);
    const dx = model.backward(dOut, { inputGradient: true })?.data.slice() as Float32Array;
    const tensors = model.parameters.map(({ name, value, gradient }) => ({
      name,
      gradient: gradient.data.slice(),
      at: () => value.data,
    }));
    // Differences of losses that are off by a rounding tell nothing of a smaller gradient; a thousandth of
    // this counts.
    const floor = (1000 * ROUNDING * Math.abs(value)) / epsilon;
    return [...tensors, { name: "input", gradient: dx, at: () => input }].map(({ name, gradient, at }) => {
      const differences = gradient.map((_, i) => {
        const old = at()[i];
        const lossAt = (moved: number) => {
          at()[i] = moved;
          return loss.value(forward(), targets);
        };
        const [above, below] = [Math.fround(old + epsilon), Math.fround(old - epsilon)];
        const slope = (lossAt(above) - lossAt(below)) / (above - below);
        at()[i] = old;
        return slope;
      });
      return { name, ...compare(gradient, differences, floor) };
    });
  } finally {
    dOut.dispose();
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
