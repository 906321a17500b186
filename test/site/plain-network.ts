import { sceneOf } from "../../site/playground/data/index.js";
import type { Recipe } from "../../site/playground/recipe.js";
import { shapeOf } from "../../site/playground/recipe.js";

/**
 * A dense network of tanh units under Adam, as one writes it by hand with arrays of numbers and a loop for
 * each sum: what the library is compared with. Trains some epochs of a recipe of two classes. Returns the
 * number of samples that it trained on.
 */
export function trainPlainly(recipe: Recipe, epochs: number): number {
  const shape = shapeOf(recipe);
  const { training } = sceneOf(recipe.scene).samples(recipe);
  const count = shape.slice(1).reduce((sum, units, i) => sum + units * (shape[i] + 1), 0);
  const weights = Array.from({ length: count }, (_, i) => (((i * 7919) % 1000) / 1000 - 0.5) * 0.8);
  const gradients = new Array<number>(count).fill(0);
  const moments = new Array<number>(count).fill(0);
  const squares = new Array<number>(count).fill(0);
  const values = shape.map((units) => new Array<number>(units).fill(0));
  const deltas = shape.map((units) => new Array<number>(units).fill(0));
  let step = 0;

  function sample(row: number): void {
    const inputs = shape[0];
    for (let i = 0; i < inputs; i++) values[0][i] = training.x[row * inputs + i];
    let at = 0;
    for (let layer = 1; layer < shape.length; layer++)
      for (let unit = 0; unit < shape[layer]; unit++) {
        let sum = weights[at++];
        for (let i = 0; i < shape[layer - 1]; i++) sum += weights[at++] * values[layer - 1][i];
        values[layer][unit] = layer === shape.length - 1 ? 1 / (1 + Math.exp(-sum)) : Math.tanh(sum);
      }
    const last = shape.length - 1;
    deltas[last][0] = values[last][0] - training.y[row];
    for (let layer = last; layer > 0; layer--) {
      at -= shape[layer] * (shape[layer - 1] + 1);
      deltas[layer - 1].fill(0);
      let place = at;
      for (let unit = 0; unit < shape[layer]; unit++) {
        const delta = deltas[layer][unit];
        gradients[place++] += delta;
        for (let i = 0; i < shape[layer - 1]; i++) {
          gradients[place] += delta * values[layer - 1][i];
          deltas[layer - 1][i] += delta * weights[place++];
        }
      }
      for (let i = 0; i < shape[layer - 1]; i++) deltas[layer - 1][i] *= 1 - values[layer - 1][i] ** 2;
    }
  }

  function update(size: number): void {
    step++;
    const [first, second] = [1 - 0.9 ** step, 1 - 0.999 ** step];
    for (let i = 0; i < count; i++) {
      const gradient = gradients[i] / size;
      gradients[i] = 0;
      moments[i] = 0.9 * moments[i] + 0.1 * gradient;
      squares[i] = 0.999 * squares[i] + 0.001 * gradient * gradient;
      weights[i] -= (recipe.rate * (moments[i] / first)) / (Math.sqrt(squares[i] / second) + 1e-7);
    }
  }

  for (let epoch = 0; epoch < epochs; epoch++)
    for (let row = 0; row < training.rows; row += recipe.batch) {
      const end = Math.min(training.rows, row + recipe.batch);
      for (let i = row; i < end; i++) sample(i);
      update(end - row);
    }
  return epochs * training.rows;
}
