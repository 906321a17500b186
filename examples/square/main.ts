import { adam, createBackend, dense, losses, type Matrix, Sequential } from "lanewise";
import { runCommand } from "../../cli/command.js";
import { randomNumbers } from "../../cli/random.js";
import { writeWhole } from "../../cli/whole-file.js";
import { drawPanels, lossPanel, type Point } from "../plot.js";

/** Learns f(x) = x^2 on [-1, 1]: Figure 2 of Jeffrey Zhou, "Basic Neural Network Math". */
await runCommand({
  name: "npm run example:square --",
  description: "Learns the square of a number and draws what it learned.",
  options: {},
  run: main,
});

async function main(): Promise<void> {
  const square = (x: number) => x * x;
  const backend = await createBackend();
  const model = new Sequential(backend, {
    inputShape: 1,
    seed: 1,
    layers: [dense(32, { activation: "tanh" }), dense(1)],
  });

  // 256 points to learn from.
  const random = randomNumbers(1);
  const points = Array.from({ length: 256 }, () => 2 * random() - 1);
  const x = backend.matrix(points.length, 1, points);
  const y = backend.matrix(points.length, 1, points.map(square));
  const history = train(model, x, y, 4000);

  // A dense grid to be judged on, nearly all of it new to the model.
  const grid = Array.from({ length: 2001 }, (_, i) => i / 1000 - 1);
  const learned = model.predict(grid);
  const { loss: error } = model.evaluate(grid, grid.map(square), { loss: "meanSquaredError" });
  backend.dispose();

  const path = "out/square.svg";
  writeWhole(path, draw(grid, grid.map(square), learned, history));
  console.log(`wrote ${path}`);
  console.log(`mean squared error ${error.toExponential(3)}`);
}

/**
 * The training loop written out, as that note goes through it; `model.fit` does the same, in shuffled
 * batches. x: [points, 1], y: [points, 1]. Returns the loss before each step.
 */
function train(model: Sequential, x: Matrix, y: Matrix, steps: number): number[] {
  const meanSquaredError = losses.meanSquaredError();
  const learningRate = 0.01;
  const optimizer = adam({ learningRate }).attach(model);
  const outputGradient = model.backend.matrix(y.rows, y.cols);
  const history: number[] = [];
  for (let step = 0; step < steps; step++) {
    model.zeroGradients();
    const output = model.forward(x, { training: true });
    history.push(meanSquaredError.valueAndGradient(output, y, outputGradient));
    model.backward(outputGradient);
    // Large steps get near the minimum, small ones into it.
    optimizer.learningRate = learningRate * (1 - step / steps);
    optimizer.step();
  }
  outputGradient.dispose();
  return history;
}

function draw(
  grid: readonly number[],
  truth: readonly number[],
  learned: Float32Array,
  history: readonly number[],
): string {
  const curve = (values: ArrayLike<number>): Point[] => grid.map((x, i) => [x, values[i]]);
  return drawPanels("A network learns f(x) = x²", [
    {
      title: "The curve",
      axes: [
        { name: "x", range: [-1, 1] },
        { name: "f(x)", range: [-0.2, 1.2], interval: 0.2 },
      ],
      lines: [
        { name: "x²", points: curve(truth), color: "#c9ced6", width: 9 },
        { name: "learned", points: curve(learned), color: "#d1242f", width: 2 },
      ],
    },
    lossPanel("step", history),
  ]);
}
