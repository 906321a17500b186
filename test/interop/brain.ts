import { createRequire } from "node:module";
import { test, training } from "./digits.js";
import { type Judge, largestDifference, type Row } from "./judge.js";
import { backend, brain as own } from "./library.js";

/** What of brain.js is used here. */
interface NeuralNetwork {
  train(data: readonly { readonly input: unknown; readonly output: unknown }[], options: object): unknown;
  run(input: unknown): ArrayLike<number> | Record<string, number>;
  toJSON(): object;
}

const versions = { "brain-1": "1.6.1", "brain-2": "2.0.0-beta.24" } as const;

/** Images to learn from: a few show whether the weights come in. */
const LEARNT = 200;
const images = ({ pixels, labels }: typeof test) =>
  Array.from(labels, (label, i) => ({ input: pixels.subarray(i * 64, (i + 1) * 64), label }));

/** A release of brain.js, installed under a name of its own. */
const release = (name: keyof typeof versions): Judge => ({
  name: `brain.js ${versions[name]}`,
  async version() {
    try {
      createRequire(import.meta.url).resolve(name);
      return versions[name];
    } catch {
      return undefined;
    }
  },
  async rows(version) {
    const { NeuralNetwork } = createRequire(import.meta.url)(name) as {
      NeuralNetwork: new (options: object) => NeuralNetwork;
    };
    const row = (what: string, largest: number): Row => ({
      judge: "brain.js",
      version,
      what,
      rows: test.labels.length,
      largest,
    });
    const learnt = images(training).slice(0, LEARNT);
    const asked = images(test);
    const rows: Row[] = [];
    for (const activation of ["sigmoid", "relu", "leaky-relu", "tanh"]) {
      const net = new NeuralNetwork({ hiddenLayers: [16, 12], activation });
      const output = (label: number) => Array.from({ length: 10 }, (_, digit) => Number(digit === label));
      net.train(
        learnt.map(({ input, label }) => ({ input: Array.from(input), output: output(label) })),
        { iterations: 5, learningRate: 0.05 },
      );
      const outputs = asked.flatMap(({ input }) =>
        Array.from(net.run(Array.from(input)) as ArrayLike<number>),
      );
      const model = own.importBrain(backend, JSON.stringify(net.toJSON()));
      rows.push(
        row(`digits, trained there, ${activation}`, largestDifference(model.predict(test.pixels), outputs)),
      );
    }
    const named = (input: Float32Array) =>
      Object.fromEntries(Array.from(input, (ink, i) => [`pixel${i}`, ink]));
    const net = new NeuralNetwork({ hiddenLayers: [16] });
    net.train(
      learnt.map(({ input, label }) => ({ input: named(input), output: { [`digit${label}`]: 1 } })),
      { iterations: 5 },
    );
    const model = own.importBrain(backend, JSON.stringify(net.toJSON()));
    const outputs = asked.flatMap(({ input }) => {
      const byName = net.run(named(input)) as Record<string, number>;
      return (model.labels ?? []).map((label) => byName[label]);
    });
    rows.push(
      row(
        "digits, trained there on named inputs and outputs",
        largestDifference(model.predict(test.pixels), outputs),
      ),
    );
    return rows;
  },
});

export const brains: readonly Judge[] = [release("brain-1"), release("brain-2")];
