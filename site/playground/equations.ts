import {
  activate,
  activationGradient,
  addRow,
  checkGradients,
  dense,
  type GradientCheck,
  hadamard,
  type Matrix,
  matmul,
  Sequential,
  scale,
  subtract,
  sumRows,
} from "lanewise";
import { type Learner, lossOf } from "./learner.js";
import type { LayerStep, Numbers } from "./messages.js";
import { shapeOf } from "./recipe.js";

/** The samples of a step: as many rows as people can read. */
export const ROWS = 4;

/** The first training samples. */
function fewOf({ data, recipe }: Learner) {
  const { x, y, rows } = data.training;
  const count = Math.min(ROWS, rows);
  const outputs = shapeOf(recipe).at(-1) ?? 1;
  return { count, x: x.slice(0, count * recipe.inputs.length), y: y.slice(0, count * outputs), outputs };
}

/**
 * A step of backpropagation by its equations, (1), (2) and (9) to (12) of the mathematics: the gradients of
 * the loss, without those of L2 and dropout. The model stays as it is.
 */
export function stepOf(learner: Learner): readonly LayerStep[] {
  const { backend, recipe, model } = learner;
  const { count, x, y, outputs } = fewOf(learner);
  const made: Matrix[] = [];
  const keep = (matrix: Matrix): Matrix => {
    made.push(matrix);
    return matrix;
  };
  const given = (rows: number, cols: number, values: Float32Array): Matrix => {
    const matrix = keep(backend.matrix(rows, cols));
    matrix.data.set(values);
    return matrix;
  };
  const { parameters } = model;
  const activations = [...recipe.layers.map(({ activation }) => activation), "linear" as const];

  let input = given(count, recipe.inputs.length, x);
  const forward = activations.map((activation, i) => {
    const [w, b] = [parameters[2 * i].value, parameters[2 * i + 1].value];
    const layer = { x: input, w, b, z: keep(addRow(keep(matmul(input, w)), b)) };
    input = keep(activate(activation, layer.z));
    return { ...layer, a: input };
  });

  // Cross entropy takes logits, and its derivative by them is a difference.
  const targets = given(count, outputs, y);
  const isLogits = recipe.loss === "crossEntropy";
  const answers = isLogits ? keep(activate(learner.kind === "binary" ? "sigmoid" : "softmax", input)) : input;
  const factor = isLogits ? 1 / count : 2 / (count * outputs);
  let d = keep(scale(keep(subtract(answers, targets)), factor));
  let above: { readonly g: Matrix; readonly slope: Matrix } | undefined;
  const steps: LayerStep[] = [];
  for (let i = forward.length - 1; i >= 0; i--) {
    const layer = forward[i];
    steps.unshift({
      x: numbersOf(layer.x),
      w: numbersOf(layer.w),
      b: numbersOf(layer.b),
      z: numbersOf(layer.z),
      a: numbersOf(layer.a),
      ...(above && { g: numbersOf(above.g), slope: numbersOf(above.slope) }),
      d: numbersOf(d),
      dw: numbersOf(keep(matmul(layer.x, d, { transposeA: true }))),
      db: numbersOf(keep(sumRows(d))),
    });
    if (i === 0) break;
    const g = keep(matmul(d, layer.w, { transposeB: true }));
    const slope = keep(activationGradient(activations[i - 1], forward[i - 1].z));
    above = { g, slope };
    d = keep(hadamard(g, slope));
  }
  for (const matrix of made) matrix.dispose();
  return steps;
}

const numbersOf = ({ rows, cols, data }: Matrix): Numbers => ({ rows, cols, values: data.slice() });

/** The gradients of these samples beside central differences, of a copy of the model without dropout. */
export function checksOf(learner: Learner): readonly GradientCheck[] {
  const { backend, recipe, model, kind } = learner;
  const { count, x, y, outputs } = fewOf(learner);
  const copy = new Sequential(backend, {
    inputShape: recipe.inputs.length,
    layers: [...recipe.layers.map(({ units, activation }) => dense(units, { activation })), dense(outputs)],
  });
  try {
    const { parameters } = model;
    for (const [i, { value }] of copy.parameters.entries()) value.data.set(parameters[i].value.data);
    const rows = (values: Float32Array, length: number) =>
      Array.from({ length: count }, (_, i) => values.slice(i * length, (i + 1) * length));
    return checkGradients(copy, rows(x, recipe.inputs.length), rows(y, outputs), {
      loss: lossOf(recipe.loss, kind),
      // The loss of a trained network curves too much for the usual distance.
      epsilon: 0.001,
    });
  } finally {
    copy.dispose();
  }
}
