import { expect, it } from "vitest";
import {
  activation,
  createBackendSync,
  dense,
  FormatError,
  loadModel,
  Sequential,
  saveModel,
  scaling,
} from "../../src/index.js";
import { on } from "../reference/backends.js";
import { collectGarbage } from "../support/garbage.js";
import { Random } from "../support/random.js";

/** Mutated files of models, from a fixed seed; `npm run test:fuzz -- --count N` makes more of them. */
const COUNT = Number(process.env.FUZZ_COUNT ?? 10_000);
const SEED = Number(process.env.FUZZ_SEED ?? 20261122);

const backend = createBackendSync(on("scalar"));
const random = new Random(SEED);
const pick = <T>(all: readonly T[]): T => all[random.integer(all.length)];

function originals(): Uint8Array[] {
  const models = [
    new Sequential(backend, {
      inputShape: 3,
      seed: 1,
      layers: [dense(4, { activation: "relu" }), dense(2)],
      labels: ["a", "b"],
      metadata: { note: "x" },
    }),
    new Sequential(backend, {
      inputShape: [2, 2],
      layers: [
        scaling({ mean: [1, 2, 3, 4], deviation: [1, 2, 3, 4] }),
        dense(3, { name: "n" }),
        activation("softmax"),
      ],
    }),
    new Sequential(backend, { inputShape: 2, layers: [activation("tanh")] }),
  ];
  return models.map((model) => saveModel(model));
}

const headerOf = (file: Uint8Array): string =>
  new TextDecoder().decode(file.subarray(8, 8 + Number(new DataView(file.buffer).getBigUint64(0, true))));

function withHeader(file: Uint8Array, header: string): Uint8Array {
  const text = new TextEncoder().encode(header);
  const data = file.subarray(8 + Number(new DataView(file.buffer).getBigUint64(0, true)));
  const whole = new Uint8Array(8 + text.length + data.length);
  new DataView(whole.buffer).setBigUint64(0, BigInt(text.length), true);
  whole.set(text, 8);
  whole.set(data, 8 + text.length);
  return whole;
}

const NUMBERS = [
  "0",
  "1",
  "-1",
  "4",
  "9007199254740991",
  "9007199254740993",
  "1e308",
  "0.5",
  "4294967296",
  "18446744073709551615",
  "null",
  '"4"',
  "[]",
  "true",
];
const NAMES = [
  "0.weight",
  "0.bias",
  "1.weight",
  "__proto__",
  "constructor",
  "__metadata__",
  "n.weight",
  "0.mean",
  "",
  "toString",
  "shape",
  "dtype",
];

const mutations: ((file: Uint8Array) => Uint8Array)[] = [
  // A bit, anywhere.
  (file) => {
    const other = file.slice();
    other[random.integer(other.length)] ^= 1 << random.integer(8);
    return other;
  },
  (file) => file.slice(0, random.integer(file.length + 1)),
  (file) => {
    const longer = new Uint8Array(file.length + 1 + random.integer(100));
    longer.set(file);
    return longer;
  },
  // The length of the header, up to 2^53 and beyond.
  (file) => {
    const other = file.slice();
    const length = pick([
      0n,
      1n,
      2n,
      BigInt(random.integer(2000)),
      99_999_999n,
      100_000_001n,
      2n ** 31n,
      2n ** 32n + 8n,
      2n ** 53n - 1n,
      2n ** 53n,
      2n ** 63n,
      2n ** 64n - 1n,
    ]);
    new DataView(other.buffer).setBigUint64(0, length, true);
    return other;
  },
  // A number of the header: offsets that overlap, shapes that overflow, sizes of the architecture.
  (file) => {
    const header = headerOf(file);
    const places = [...header.matchAll(/-?\d+/g)];
    const { index, 0: old } = pick(places);
    return withHeader(file, header.slice(0, index) + pick(NUMBERS) + header.slice(index + old.length));
  },
  // A name for another.
  (file) => {
    const header = headerOf(file);
    const { index, 0: old } = pick([...header.matchAll(/"[^"\\]*"/g)]);
    return withHeader(
      file,
      header.slice(0, index) + JSON.stringify(pick(NAMES)) + header.slice(index + old.length),
    );
  },
  // A key more, which may be there already.
  (file) =>
    withHeader(
      file,
      `{"${pick(NAMES)}":${pick([...NUMBERS, "{}", '{"dtype":"F32","shape":[0],"data_offsets":[0,0]}', '{"a":"b"}'])},${headerOf(file).slice(1)}`,
    ),
  // Deep JSON.
  (file) => {
    const depth = pick([10, 1000, 100_000]);
    const [open, close] = pick([
      ["[", "]"],
      ['{"a":', "}"],
    ]);
    return withHeader(
      file,
      `{"deep":${open.repeat(depth)}1${close.repeat(depth)},${headerOf(file).slice(1)}`,
    );
  },
  // A character of the header for another, or gone.
  (file) => {
    const header = headerOf(file);
    const at = random.integer(header.length);
    return withHeader(
      file,
      header.slice(0, at) +
        pick(["", '"', "{", "}", "[", "]", ",", ":", "\\", "0", " ", "\u0000", "é"]) +
        header.slice(at + random.integer(2)),
    );
  },
];

it(`${COUNT} mutated model files are read, or refused by a FormatError, and nothing is left of them`, async () => {
  const files = originals();
  await collectGarbage();
  const { liveBlocks } = backend.memory;
  const { totalBytes } = backend.memory;
  let read = 0;
  for (let i = 0; i < COUNT; i++) {
    let file = pick(files);
    for (let times = 1 + random.integer(3); times > 0; times--) {
      // A file may be broken beyond a mutation that takes it apart.
      try {
        file = pick(mutations)(file);
      } catch {
        break;
      }
    }
    try {
      using model = await loadModel(backend, file);
      read++;
      expect(saveModel(model).length).toBeGreaterThan(0);
    } catch (error) {
      if (!(error instanceof FormatError))
        throw new Error(`mutation ${i} of seed ${SEED}: ${error}`, { cause: error });
      expect(error.message).toMatch(/^model file: ./);
    }
    expect(backend.memory.liveBlocks).toBe(liveBlocks);
  }
  // The files are of a kilobyte: no allocation was for what a header only claims.
  expect(backend.memory.totalBytes - totalBytes).toBeLessThan(1024 * 1024);
  expect(read).toBeGreaterThan(COUNT / 1000);
  expect(read).toBeLessThan(COUNT / 2);
}, 600_000);
