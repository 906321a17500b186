import { createBackend, type Sequential } from "lanewise";
import { runCommand } from "../../cli/command.js";
import { hashOfWeights } from "../../cli/hash.js";
import { wholeNumber } from "../../cli/options.js";
import { writeWhole } from "../../cli/whole-file.js";
import { drawPanels, type Panel } from "../plot.js";
import {
  BELOW,
  buildModel,
  COUNT,
  drawRows,
  judge,
  learn,
  type Row,
  STEPS,
  sorted,
  testSeed,
} from "./learn.js";

/** Sorts numbers by a transformer. */
await runCommand({
  name: "npm run example:sorting --",
  description: `Trains a transformer to sort ${COUNT} numbers below ${BELOW}, and draws what it learned.`,
  options: {
    steps: { type: "string", valueHint: "N", description: "of training, each on 32 new rows (5000)" },
    seed: { type: "string", valueHint: "N", description: "decides rows and weights (1)" },
  },
  async run(args) {
    const seed = wholeNumber("seed", args.seed, 0) ?? 1;
    const steps = wholeNumber("steps", args.steps, 100) ?? STEPS;
    const backend = await createBackend();
    const model = buildModel(backend, seed);
    console.log(`${model.summary()}\n`);
    const begin = performance.now();
    const losses = await learn(model, steps, seed, (step, loss) => {
      if (step % 500 === 0) console.log(`step ${String(step).padStart(5)}  loss ${loss.toFixed(4)}`);
    });
    const seconds = (performance.now() - begin) / 1000;

    const test = drawRows(2000, testSeed(seed));
    const answers = judge(model, test);
    const places = answers.flatMap((answer, i) => sorted(test[i]).map((number, at) => number === answer[at]));
    const rows = answers.map((answer, i) => answer.join() === sorted(test[i]).join());
    console.log(`\n${test[0].join(" ")} -> ${answers[0].join(" ")}`);

    const path = "out/sorting.svg";
    const panels = [learningPanel(losses, steps), answerPanel(model, test[0])];
    writeWhole(path, drawPanels("A transformer sorts numbers", panels));
    console.log(`wrote ${path}`);
    console.log(
      `right: ${share(places).toFixed(4)} of the numbers, ${share(rows).toFixed(4)} of whole rows, after ${seconds.toFixed(1)} s`,
    );
    console.log(`SHA-256 of the weights ${hashOfWeights(model)}`);
    backend.dispose();
  },
});

function share(right: readonly boolean[]): number {
  return right.filter(Boolean).length / right.length;
}

function learningPanel(losses: readonly number[], steps: number): Panel {
  return {
    title: "Learning",
    axes: [
      { name: "step", range: [0, steps] },
      { name: "loss (cross-entropy)", logarithmic: true },
    ],
    lines: [
      {
        name: "training loss",
        points: losses.map((loss, i) => [((i + 1) * steps) / losses.length, loss]),
        color: "#1f6feb",
        width: 1.5,
      },
    ],
  };
}

/** For each place, how probable the network holds each number, and which number stands there. */
function answerPanel(model: Sequential, row: Row): Panel {
  const scores = model.predict([row]);
  const right = sorted(row);
  return {
    title: row.join("  "),
    axes: [
      { name: "number", range: [0, BELOW] },
      { name: "place in the sorted row", range: [0, COUNT + 1], interval: 1 },
    ],
    lines: right.flatMap((number, place) => {
      const probabilities = softmax(scores.subarray(place * BELOW, (place + 1) * BELOW));
      return [
        {
          name: "the number that belongs there",
          points: [[number, place + 1] as const, [number, place + 1.8] as const],
          color: "#c9ced6",
          width: 6,
        },
        {
          name: "probability",
          points: Array.from(probabilities, (value, i) => [i, place + 1 + 0.8 * value] as const),
          color: "#1a7f37",
          width: 1.5,
        },
      ];
    }),
  };
}

function softmax(scores: Float32Array): Float32Array {
  const most = scores.reduce((a, b) => Math.max(a, b));
  const powers = scores.map((score) => Math.exp(score - most));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}
