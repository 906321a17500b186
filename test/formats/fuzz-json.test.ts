import { expect, it } from "vitest";
import { importBrain } from "../../src/brain.js";
import {
  activation,
  add,
  batchNormalization,
  bidirectional,
  concatenate,
  conv2d,
  createBackendSync,
  dense,
  dropout,
  FormatError,
  flatten,
  input,
  lstm,
  Model,
  maxPool2d,
  Sequential,
  scaling,
  simpleRnn,
} from "../../src/index.js";
import { exportTfjs, importTfjs } from "../../src/tfjs.js";
import { on } from "../reference/backends.js";
import { Random } from "../support/random.js";

/**
 * Mutated files of other libraries, from a fixed seed; `npm run test:fuzz -- --count N` makes more of them.
 */
const COUNT = Number(process.env.FUZZ_COUNT ?? 3_000);
const SEED = Number(process.env.FUZZ_SEED ?? 20261122);

const backend = createBackendSync(on("scalar"));
const random = new Random(SEED);
const pick = <T>(all: readonly T[]): T => all[random.integer(all.length)];

/** A file, and the shards beside it where it has any. */
interface Files {
  readonly text: string;
  readonly shards: readonly Uint8Array[];
}

const model = (of: ConstructorParameters<typeof Sequential>[1]): Files => {
  const files = exportTfjs(new Sequential(backend, of));
  return { text: files["model.json"], shards: [files["weights.bin"]] };
};

function quantised(): Files {
  const weights = [
    {
      name: "d/kernel",
      shape: [2, 3],
      dtype: "float32",
      quantization: { dtype: "uint8", scale: 0.5, min: -1 },
    },
    { name: "d/bias", shape: [3], dtype: "float32", quantization: { dtype: "float16" } },
  ];
  const layers = [
    { class_name: "InputLayer", config: { batch_shape: [null, 2], name: "i" } },
    { class_name: "Rescaling", config: { scale: 2, offset: 1, name: "r" } },
    { class_name: "Dense", config: { units: 3, activation: "relu", name: "d" } },
    { class_name: "LeakyReLU", config: { alpha: 0.01, name: "l" } },
  ];
  const text = JSON.stringify({
    modelTopology: { model_config: { class_name: "Sequential", config: { layers } } },
    weightsManifest: [{ paths: ["a", "b"], weights }],
  });
  return { text, shards: [new Uint8Array(5), new Uint8Array(7)] };
}

/** Every part of a graph: joins, a shared layer, channels first, statistics, two outputs. */
function graph(): Files {
  const x = input([2, 2, 2]);
  const shared = conv2d(2, 3, { padding: "same" });
  const h = batchNormalization().apply(shared.apply(shared.apply(x)));
  const outputs = [maxPool2d().apply(add(h, x)), dense(2).apply(flatten().apply(concatenate(h, x)))];
  const files = exportTfjs(new Model(backend, { inputs: x, outputs }));
  const text = files["model.json"].replace('"channels_last"', '"channels_first"');
  return { text, shards: [files["weights.bin"]] };
}

const brain = (json: object): Files => ({ text: JSON.stringify(json), shards: [] });

const tfjs = [
  model({
    inputShape: 3,
    layers: [scaling({ mean: [1, 2, 3], deviation: [1, 2, 3] }), dense(4, { activation: "relu" }), dense(2)],
    labels: ["a", "b"],
  }),
  model({
    inputShape: [2, 2],
    layers: [dense(3, { activation: "leakyRelu" }), dropout(0.5), activation("softmax")],
    metadata: { note: "x" },
  }),
  model({ inputShape: [3, 2], layers: [bidirectional(lstm(2, { returnSequences: true })), simpleRnn(2)] }),
  quantised(),
  graph(),
];
const brains = [
  brain({
    layers: [
      { r: {}, g: {} },
      { 0: { bias: 1, weights: { r: 1, g: 2 } } },
      { dark: { bias: 0, weights: { 0: 3 } } },
    ],
    inputLookup: true,
    outputLookup: true,
    activation: "tanh",
  }),
  brain({
    type: "NeuralNetwork",
    sizes: [2, 1],
    layers: [
      { weights: [], biases: [] },
      { weights: [[0.5, -1]], biases: [2] },
    ],
    inputLookup: { a: 0, b: 1 },
    outputLookup: { c: 0 },
    trainOpts: { activation: "leaky-relu", leakyReluAlpha: 0.01 },
  }),
];

const NUMBERS = [
  "0",
  "1",
  "-1",
  "3",
  "1e9",
  "9007199254740991",
  "4294967296",
  "1e308",
  "1e400",
  "0.5",
  "null",
  '"4"',
  "[]",
  "{}",
  "true",
];
const NAMES = [
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "",
  "d/kernel",
  "Dense",
  "Rescaling",
  "Flatten",
  "layers",
  "0",
  "float16",
  "softmax",
];

/** The text with one of the matches of a pattern for something else. */
function replaced(text: string, pattern: RegExp, other: () => string): string {
  const { index, 0: old } = pick([...text.matchAll(pattern)]);
  return text.slice(0, index) + other() + text.slice(index + old.length);
}

/** A member or an item somewhere in it: gone, doubled, or in the place of another. */
function restructured(text: string): string {
  const root: unknown = JSON.parse(text);
  const places: [object, string][] = [];
  const visit = (value: unknown): void => {
    if (value === null || typeof value !== "object") return;
    for (const [key, child] of Object.entries(value)) {
      places.push([value, key]);
      visit(child);
    }
  };
  visit(root);
  const at = ([of, key]: [object, string]) => (of as Record<string, unknown>)[key];
  const [one, other] = [pick(places), pick(places)];
  const copy: unknown = JSON.parse(JSON.stringify(at(other)) ?? "null");
  const kind = random.integer(3);
  if (kind === 0 && Array.isArray(one[0])) one[0].splice(Number(one[1]), 1);
  else if (kind === 0) delete (one[0] as Record<string, unknown>)[one[1]];
  else if (kind === 1 && Array.isArray(one[0])) one[0].push(JSON.parse(JSON.stringify(at(one))));
  else
    Object.defineProperty(one[0], one[1], {
      value: copy,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  return JSON.stringify(root);
}

const mutations: ((files: Files) => Files)[] = [
  // A character for another, or gone.
  ({ text, shards }) => {
    const at = random.integer(text.length);
    const other = pick(["", '"', "{", "}", "[", "]", ",", ":", "\\", "0", "-", "e", "\u0000", "é"]);
    return { text: text.slice(0, at) + other + text.slice(at + random.integer(2)), shards };
  },
  ({ text, shards }) => ({ text: text.slice(0, random.integer(text.length + 1)), shards }),
  ({ text, shards }) => ({ text: replaced(text, /-?\d+(\.\d+)?/g, () => pick(NUMBERS)), shards }),
  ({ text, shards }) => ({ text: replaced(text, /"[^"\\]*"/g, () => JSON.stringify(pick(NAMES))), shards }),
  ({ text, shards }) => ({
    text: replaced(text, /\{/g, () => `{"${pick(NAMES)}":${pick(NUMBERS)},`).replace(",}", "}"),
    shards,
  }),
  ({ text, shards }) => ({ text: restructured(text), shards }),
  ({ text, shards }) => ({ text: restructured(text), shards }),
  // Deep JSON.
  ({ text, shards }) => {
    const depth = pick([10, 1000, 100_000]);
    return { text: replaced(text, /null|\d+/g, () => "[".repeat(depth) + "]".repeat(depth)), shards };
  },
  // Shards that are shorter, longer, missing or others.
  ({ text, shards }) => ({
    text,
    shards: shards.map((shard) => shard.slice(random.integer(shard.length + 1))),
  }),
  ({ text, shards }) => ({ text, shards: [...shards, new Uint8Array(random.integer(20))] }),
  ({ text, shards }) => ({ text, shards: shards.slice(1) }),
  ({ text, shards }) => ({
    text,
    shards: shards.map((shard) => shard.map((byte) => byte ^ random.integer(256))),
  }),
];

it.each([
  {
    name: "model.json",
    originals: tfjs,
    read: ({ text, shards }: Files) => importTfjs(backend, text, shards),
  },
  { name: "brain.js", originals: brains, read: ({ text }: Files) => importBrain(backend, text) },
])(
  `${COUNT} mutated files of $name are read, or refused by a FormatError, and nothing is left of them`,
  ({ name, originals, read }) => {
    const sizeOf = (of: Sequential) => of.inputShape.reduce((size, length) => size * length, 1);
    const run = (of: Sequential) => of.predict(new Float32Array(sizeOf(of)));
    for (const files of originals) {
      using model = read(files);
      run(model);
    }
    const { liveBlocks, totalBytes } = backend.memory;
    const inherited = Object.getOwnPropertyNames(Object.prototype);
    let count = 0;
    for (let i = 0; i < COUNT; i++) {
      let files = pick(originals);
      for (let times = 1 + random.integer(2); times > 0; times--) {
        // A file may be broken beyond a mutation that takes it apart.
        try {
          files = pick(mutations)(files);
        } catch {
          break;
        }
      }
      const began = process.cpuUsage();
      try {
        using model = read(files);
        count++;
        // A size that no weight stands for may be any.
        if (sizeOf(model) < 1000) run(model);
      } catch (error) {
        if (!(error instanceof FormatError))
          throw new Error(`mutation ${i} of seed ${SEED}: ${error}\n${files.text}`, { cause: error });
        expect(error.message.startsWith(`${name}: `), error.message).toBe(true);
        expect(error.message.length).toBeLessThan(5000);
      }
      const { user } = process.cpuUsage(began);
      expect(user / 1000, `milliseconds of the processor for mutation ${i}`).toBeLessThan(1000);
      expect(backend.memory.liveBlocks).toBe(liveBlocks);
    }
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(inherited);
    // The files are of a kilobyte: no allocation was for what one only claims.
    expect(backend.memory.totalBytes - totalBytes).toBeLessThan(1024 * 1024);
    expect(count).toBeGreaterThan(COUNT / 50);
    expect(count).toBeLessThan(COUNT / 2);
  },
  600_000,
);
