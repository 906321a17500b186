import {
  adam,
  type Backend,
  createBackend,
  dense,
  embedding,
  globalAveragePool1d,
  Sequential,
} from "lanewise";
import { runCommand } from "../../cli/command.js";
import { hashOfWeights } from "../../cli/hash.js";
import { wholeNumber } from "../../cli/options.js";
import { textTable } from "../../cli/text-table.js";
import { writeWhole } from "../../cli/whole-file.js";
import { drawPanels, type Line, type Panel } from "../plot.js";
import { buildModel, drawData, judge, learn } from "./learn.js";
import { closed, depths, LONGEST, type Word } from "./words.js";

/** Tells whether brackets match, which only a network with memory can. */
await runCommand({
  name: "npm run example:brackets --",
  description: "Trains an LSTM to tell whether brackets match, and draws what it counts.",
  options: {
    words: { type: "string", valueHint: "N", description: "words to learn from (4000)" },
    epochs: { type: "string", valueHint: "N", description: "times that training goes through them (20)" },
    seed: { type: "string", valueHint: "N", description: "decides words, weights and shuffles (1)" },
  },
  async run(args) {
    const seed = wholeNumber("seed", args.seed, 0) ?? 1;
    const epochs = wholeNumber("epochs", args.epochs, 1) ?? 20;
    const { training, test } = drawData(wholeNumber("words", args.words, 1) ?? 4000, seed);
    const backend = await createBackend();

    const model = buildModel(backend, seed);
    console.log(`${model.summary()}\n`);
    const begin = performance.now();
    await learn(model, training, epochs);
    const seconds = (performance.now() - begin) / 1000;
    const right = judge(model, test);
    const bag = await judgeByBag(backend, training, test, seed);

    const lengths = [10, 20, 30, 40, LONGEST];
    const rows = lengths.map((most) => {
      const of = (all: readonly boolean[]) =>
        share(all.filter((_, i) => test[i].length > most - 10 && test[i].length <= most)).toFixed(4);
      return [`${most - 8} to ${most}`, of(right), of(bag)];
    });
    console.log(`${textTable([["length", "LSTM", "bag of brackets"], ...rows], (column) => column > 0)}\n`);

    const path = "out/brackets.svg";
    const word = test.find((word) => word.length === LONGEST && closed(word).at(-1) === 1) ?? test[0];
    const panels = [accuracyPanel(test, right, bag), memoryPanel(model, word)];
    writeWhole(path, drawPanels("A network counts brackets", panels));
    console.log(`wrote ${path}`);
    console.log(`test accuracy ${share(right).toFixed(4)} after ${seconds.toFixed(1)} s`);
    console.log(`SHA-256 of the weights ${hashOfWeights(model)}`);
    backend.dispose();
  },
});

/** What a network without memory answers about whole words: it has the brackets, but not their order. */
async function judgeByBag(
  backend: Backend,
  training: readonly Word[],
  test: readonly Word[],
  seed: number,
): Promise<boolean[]> {
  const layers = [
    embedding(3, 4, { paddingIndex: 0 }),
    globalAveragePool1d(),
    dense(16, { activation: "relu" }),
    dense(1, { activation: "sigmoid" }),
  ];
  const model = new Sequential(backend, { inputShape: [LONGEST], seed, layers });
  const answer = (word: Word) => closed(word).at(-1) ?? 0;
  const options = {
    loss: "binaryCrossEntropy",
    optimizer: adam({ learningRate: 0.01 }),
    epochs: 20,
  } as const;
  await model.fit(training, training.map(answer), options);
  return model.predictClasses(test).map((given, i) => given === answer(test[i]));
}

function share(right: readonly boolean[]): number {
  return right.filter(Boolean).length / right.length;
}

function accuracyPanel(test: readonly Word[], lstm: readonly boolean[], bag: readonly boolean[]): Panel {
  const line = (name: string, color: string, right: readonly boolean[]): Line => ({
    name,
    color,
    width: 2,
    points: Array.from({ length: LONGEST / 2 }, (_, i) => {
      const those = right.filter((_, at) => test[at].length === 2 * i + 2);
      return those.length > 0 ? ([2 * i + 2, share(those)] as const) : null;
    }),
  });
  return {
    title: "Right answers",
    axes: [
      { name: "brackets in the word", range: [0, LONGEST] },
      { name: "accuracy", range: [0, 1.05], interval: 0.25 },
    ],
    lines: [line("LSTM", "#1a7f37", lstm), line("without memory", "#c9510c", bag)],
  };
}

/** How deep a word is, beside the number in the memory of the LSTM that goes with it most closely. */
function memoryPanel(model: Sequential, word: Word): Panel {
  const stepper = model.stepper();
  const memories = word.map((bracket) => {
    stepper.step([bracket]);
    const [state] = Object.values(stepper.states.layers);
    // The second half is what the cell remembers, the first what it shows.
    return state.slice(state.length / 2);
  });
  stepper.dispose();
  const depth = depths(word);
  const fits = Array.from(memories[0], (_, unit) =>
    lineThrough(
      memories.map((cells) => cells[unit]),
      depth,
    ),
  );
  const best = fits.reduce((a, b) => (b.error < a.error ? b : a));
  const line = (name: string, color: string, width: number, values: readonly number[]): Line => ({
    name,
    color,
    width,
    points: values.map((value, i) => [i + 1, value]),
  });
  return {
    title: "What it remembers",
    axes: [{ name: "brackets read", range: [0, word.length] }, { name: "brackets that are open" }],
    lines: [
      line("open", "#c9ced6", 6, depth),
      line("a cell of the LSTM, to scale", "#1a7f37", 1.5, best.fitted),
    ],
  };
}

/** The line a + b x that comes nearest to y, and its squared error. */
function lineThrough(x: readonly number[], y: readonly number[]): { fitted: number[]; error: number } {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  const slope =
    mean(x.map((value, i) => (value - mx) * (y[i] - my))) / (mean(x.map((value) => (value - mx) ** 2)) || 1);
  const fitted = x.map((value) => my + slope * (value - mx));
  return { fitted, error: mean(fitted.map((value, i) => (value - y[i]) ** 2)) };
}
