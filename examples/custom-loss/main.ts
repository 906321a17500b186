import {
  adam,
  type Backend,
  checkGradients,
  createBackend,
  dense,
  type Loss,
  losses,
  Sequential,
} from "lanewise";
import { runCommand } from "../../cli/command.js";
import { randomNumbers } from "../../cli/random.js";

/**
 * The Cauchy loss (Barron 2019, alpha = 0): the sum of log(1 + ((p - t) / c)^2 / 2), whose gradient is 2 (p -
 * t) / (2 c^2 + (p - t)^2). Like a square near 0, but what is far off hardly counts: measurements that are
 * wrong do not spoil the rest.
 */
function cauchy(c: number): Loss {
  return losses.custom({
    name: "cauchy",
    value: (pred, target) => pred.reduce((sum, p, i) => sum + Math.log1p(((p - target[i]) / c) ** 2 / 2), 0),
    gradient: (pred, target, out) => {
      for (let i = 0; i < pred.length; i++) {
        const gap = pred[i] - target[i];
        out[i] = (2 * gap) / (2 * c * c + gap * gap);
      }
    },
  });
}

/**
 * Learns a curve of which every fifth measurement is wrong: by the squared error, and by a loss that the
 * library does not have.
 */
await runCommand({
  name: "npm run example:custom-loss --",
  description: "Trains a model by a loss of one's own.",
  options: {},
  run: main,
});

async function main(): Promise<void> {
  const random = randomNumbers(1);
  const x = Array.from({ length: 500 }, () => 4 * random() - 2);
  const measured = x.map((value, i) => (i % 5 === 0 ? 3 + random() : curve(value)));
  const backend = await createBackend();

  const own = cauchy(0.1);
  console.log("gradients by backward and by differences:");
  console.table(
    checkGradients(modelOf(backend), x.slice(0, 8), measured.slice(0, 8), { loss: own, epsilon: 0.002 }),
  );

  for (const [name, loss] of [
    ["meanSquaredError", losses.meanSquaredError()],
    ["cauchy", own],
  ] as const) {
    const model = modelOf(backend);
    await model.fit(x, measured, { loss, optimizer: adam({ learningRate: 0.01 }), epochs: 200 });
    console.log(
      `trained by ${name}: ${errorOf(model).toExponential(2)}, the mean squared error on the curve itself`,
    );
  }
}

function curve(x: number): number {
  return Math.sin(2 * x);
}

function modelOf(backend: Backend): Sequential {
  return new Sequential(backend, {
    inputShape: 1,
    seed: 1,
    layers: [dense(32, { activation: "tanh" }), dense(1)],
  });
}

function errorOf(model: Sequential): number {
  const grid = Array.from({ length: 401 }, (_, i) => i / 100 - 2);
  return model.evaluate(grid, grid.map(curve), { loss: "meanSquaredError" }).loss;
}
