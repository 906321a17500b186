import { adam, createBackend, dense, Sequential } from "lanewise";
import { runCommand } from "../../cli/command.js";
import { randomNumbers } from "../../cli/random.js";
import { writeWhole } from "../../cli/whole-file.js";
import { drawPanels, lossPanel } from "../plot.js";
import { type Angles, wireframe } from "./wireframe.js";

/** Learns where on the unit sphere two angles lead: Figure 1 of Jeffrey Zhou, "Basic Neural Network Math". */
await runCommand({
  name: "npm run example:sphere --",
  description: "Learns the unit sphere from its angles and draws what it learned.",
  options: {},
  run: main,
});

async function main(): Promise<void> {
  const backend = await createBackend();
  const layers = [dense(32, { activation: "tanh" }), dense(32, { activation: "tanh" }), dense(3)];
  const model = new Sequential(backend, { inputShape: 2, seed: 1, layers });

  const random = randomNumbers(1);
  const known = Array.from({ length: 4096 }, (): Angles => [Math.PI * random(), 2 * Math.PI * random()]);
  const losses = await train(model, known, 200);

  // Judged on a grid of angles, none of which it was trained on.
  const grid = Array.from(
    { length: 90 * 180 },
    (_, i): Angles => [(Math.floor(i / 180) * Math.PI) / 89, ((i % 180) * 2 * Math.PI) / 179],
  );
  const { loss: error } = model.evaluate(grid.map(toInput), grid.map(toPoint), { loss: "meanSquaredError" });

  const surface = [
    ...wireframe((angles) => angles.map(toPoint), { name: "unit sphere", color: "#c9ced6", width: 5 }),
    ...wireframe((angles) => rowsOf(model.predict(angles.map(toInput)), 3), {
      name: "learned",
      color: "#1a7f37",
      width: 1.2,
    }),
  ];
  backend.dispose();

  const path = "out/sphere.svg";
  writeWhole(
    path,
    drawPanels("A network learns the sphere from its angles", [
      { title: "The surface", extent: 1.1, lines: surface },
      lossPanel("epoch", losses),
    ]),
  );
  console.log(`wrote ${path}`);
  console.log(`mean squared error ${error.toExponential(3)}`);
}

/** The point at the angle theta from the north pole, in [0, pi], and the longitude phi, in [0, 2 pi]. */
function toPoint([theta, phi]: Angles): number[] {
  return [Math.sin(theta) * Math.cos(phi), Math.sin(theta) * Math.sin(phi), Math.cos(theta)];
}

/** What the network is given: the angles, centred at 0, for which its tanh is made. */
function toInput([theta, phi]: Angles): number[] {
  return [theta - Math.PI / 2, phi - Math.PI];
}

function rowsOf(values: Float32Array, length: number): Float32Array[] {
  return Array.from({ length: values.length / length }, (_, i) =>
    values.subarray(i * length, (i + 1) * length),
  );
}

/** Returns the loss of each epoch. */
async function train(model: Sequential, known: readonly Angles[], epochs: number): Promise<number[]> {
  const learningRate = 0.01;
  const optimizer = adam({ learningRate });
  const history = await model.fit(known.map(toInput), known.map(toPoint), {
    loss: "meanSquaredError",
    optimizer,
    epochs,
    batchSize: 64,
    // Large steps get near the minimum, small ones into it.
    onEpochEnd: ({ epoch }) => {
      optimizer.learningRate = learningRate * (1 - epoch / (epochs + 1));
    },
  });
  return history.epochs.map(({ loss }) => loss);
}
