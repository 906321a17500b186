import {
  adam,
  bidirectional,
  createBackend,
  dense,
  dropout,
  embedding,
  globalAveragePool1d,
  gru,
  Sequential,
  schedules,
} from "lanewise";
import { characterVocabulary, type Vocabulary } from "lanewise/text";
import { runCommand } from "../../cli/command.js";
import { confusionMatrix, confusionTable } from "../../cli/confusion.js";
import { hashOfWeights } from "../../cli/hash.js";
import { wholeNumber } from "../../cli/options.js";
import { writeWhole } from "../../cli/whole-file.js";
import { drawPanels, type Panel } from "../plot.js";
import { type Line, LONGEST, readLines } from "./lines.js";

const BATCH = 32;
const COLORS = [
  "#c9510c",
  "#1f6feb",
  "#1a7f37",
  "#8250df",
  "#bf3989",
  "#9a6700",
  "#0a7ea4",
  "#cf222e",
  "#57606a",
];

/** Tells the language of a line, letter by letter. */
await runCommand({
  name: "npm run example:language --",
  description: "Trains a GRU to tell the language of a line, and draws when it is sure.",
  options: {
    epochs: {
      type: "string",
      valueHint: "N",
      description: "times that training goes through the lines (12)",
    },
    seed: { type: "string", valueHint: "N", description: "decides weights and shuffles (1)" },
  },
  async run(args) {
    const seed = wholeNumber("seed", args.seed, 0) ?? 1;
    const epochs = wholeNumber("epochs", args.epochs, 1) ?? 12;
    const { training, test, languages } = readLines();
    const texts = training.map(({ text }) => text);
    const vocabulary = characterVocabulary(texts, { padding: true, unknown: true });
    const backend = await createBackend();
    const model = new Sequential(backend, {
      inputShape: [LONGEST],
      seed,
      labels: languages,
      layers: [
        embedding(vocabulary.size, 24, { paddingIndex: 0 }),
        dropout(0.2),
        bidirectional(gru(48, { returnSequences: true })),
        globalAveragePool1d(),
        dropout(0.2),
        dense(languages.length, { activation: "softmax" }),
      ],
      metadata: { vocabulary: JSON.stringify(vocabulary) },
    });
    console.log(`${model.summary()}\n`);
    console.log(`training on ${training.length} lines, testing on ${test.length}\n`);

    const steps = epochs * Math.ceil(training.length / BATCH);
    const learningRate = schedules.cosine({ learningRate: 0.005, steps });
    const begin = performance.now();
    await model.fit(
      texts.map((text) => vocabulary.encode(text)),
      training.map(({ language }) => language),
      {
        loss: "categoricalCrossEntropy",
        optimizer: adam({ learningRate, clipNorm: 1 }),
        epochs,
        batchSize: BATCH,
      },
    );
    const seconds = (performance.now() - begin) / 1000;

    /** The output of the network for each line, after each number of letters. */
    const answers = (letters: number) =>
      model.predictClasses(test.map(({ text }) => vocabulary.encode(text.slice(0, letters))));
    const right = (given: readonly (string | number)[]) =>
      given.filter((answer, i) => answer === test[i].language).length / test.length;
    const last = answers(LONGEST);
    const indices = (given: readonly (string | number)[]) =>
      given.map((language) => languages.indexOf(String(language)));
    const actual = indices(test.map(({ language }) => language));
    console.log(`${confusionTable(languages, confusionMatrix(languages.length, actual, indices(last)))}\n`);

    const path = "out/language.svg";
    const read = Array.from({ length: LONGEST }, (_, i) => answers(i + 1));
    const shares = read.map(right);
    const line = hardest(test, read);
    const panels = [accuracyPanel(shares), readingPanel(model, vocabulary, line)];
    writeWhole(path, drawPanels("A network tells the language of a line", panels));
    console.log(`wrote ${path}`);
    console.log(
      `right: ${shares[4].toFixed(4)} after 5 letters, ${shares[LONGEST - 1].toFixed(4)} after the line, after ${seconds.toFixed(1)} s`,
    );
    console.log(`SHA-256 of the weights ${hashOfWeights(model)}`);
    backend.dispose();
  },
});

/** Of the full lines that the network is right about, the one of which it was right the latest. */
function hardest(test: readonly Line[], read: readonly (readonly (string | number)[])[]): Line {
  const since = test.map(({ text, language }, i) =>
    text.length > LONGEST - 5 ? read.map((answers) => answers[i] === language).lastIndexOf(false) : -1,
  );
  const late = since.map((letter) => (letter < LONGEST / 2 ? letter : -1));
  return test[late.indexOf(Math.max(...late))];
}

function accuracyPanel(shares: readonly number[]): Panel {
  return {
    title: "Right answers",
    axes: [
      { name: "letters read", range: [0, LONGEST] },
      { name: "accuracy", range: [0, 1], interval: 0.25 },
    ],
    lines: [
      {
        name: "lines of the test",
        points: shares.map((value, i) => [i + 1, value]),
        color: "#1a7f37",
        width: 2,
      },
    ],
  };
}

/** How probable the network holds each language after each letter of a line. */
function readingPanel(model: Sequential, vocabulary: Vocabulary, { text, language }: Line): Panel {
  const languages = model.labels ?? [];
  const tokens = vocabulary.encode(text);
  const read = model.predictClasses(
    tokens.map((_, i) => tokens.slice(0, i + 1)),
    { probabilities: true },
  );
  const most = (index: number) => Math.max(...read.map(({ probabilities }) => probabilities[index]));
  const shown = languages.map((_, i) => i).filter((i) => languages[i] === language || most(i) > 0.3);
  return {
    title: `A line in ${language}`,
    axes: [
      { name: "letters read", range: [0, tokens.length + 1], labels: ["", ...text] },
      { name: "probability", range: [0, 1], interval: 0.25 },
    ],
    lines: shown.map((i) => ({
      name: languages[i],
      points: read.map(({ probabilities }, letter) => [letter + 1, probabilities[i]] as const),
      color: COLORS[i],
      width: 2,
    })),
  };
}
