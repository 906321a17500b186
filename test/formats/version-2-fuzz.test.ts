import { expect, it } from "vitest";
import {
  add,
  average,
  concatenate,
  createBackendSync,
  dense,
  dropout,
  FormatError,
  flatten,
  input,
  loadModel,
  Model,
  reshape,
  Sequential,
  saveModel,
  scale,
  slice,
} from "../../src/index.js";
import * as inference from "../../src/inference.js";
import { on } from "../reference/backends.js";
import { Random } from "../support/random.js";
import { architectureOf, withArchitecture } from "./architecture-in.js";

/** Damaged architectures of version 2, from a fixed seed. What is refused is a FormatError, whatever it is. */
const COUNT = Number(process.env.FUZZ_COUNT ?? 3000);
const random = new Random(Number(process.env.FUZZ_SEED ?? 20261129));
const pick = <T>(all: readonly T[]): T => all[random.integer(all.length)];
const backend = createBackendSync(on("scalar"));

function originals(): Uint8Array[] {
  const [a, b] = [input([2, 3], { name: "a" }), input(4)];
  const shared = dense(4, { activation: "relu", name: "shared" });
  const h = concatenate(shared.apply(b), flatten().apply(a));
  const y = add(scale(shared.apply(b), 0.5), slice(h, 1, 5), dropout(0.2).apply(b));
  const graph = new Model(backend, {
    inputs: [a, b],
    outputs: [dense(2, { kernelRegularizer: { l2: 0.1 } }).apply(y), reshape([2, 2]).apply(average(y, b)), a],
  });
  const chain = new Sequential(backend, {
    inputShape: [2, 2],
    layers: [dense(3, { activation: "softmax", trainable: false }), flatten(), dense(1)],
  });
  return [graph, chain].map((model) => saveModel(model));
}

const values: readonly unknown[] = [
  null,
  true,
  "",
  "add",
  "__proto__",
  -1,
  0,
  1,
  2,
  3.5,
  99,
  4294967296,
  9007199254740991,
  1e308,
  [],
  [0],
  [[0, [0]]],
  [9007199254740991, 9007199254740991],
  {},
  { type: "add" },
  { type: "dense", units: 2, activation: "linear", useBias: true },
  { shape: [2] },
];

type Json = Record<string, unknown> | unknown[];
const isJson = (value: unknown): value is Json => value !== null && typeof value === "object";

/** Every object and array in a value. */
function* partsOf(value: Json): Generator<Json> {
  yield value;
  for (const part of Object.values(value)) if (isJson(part)) yield* partsOf(part);
}

function damaged(architecture: Json): Json {
  const copy = JSON.parse(JSON.stringify(architecture)) as Json;
  for (let i = 1 + random.integer(2); i > 0; i--) {
    const part = pick([...partsOf(copy)]);
    const keys = Object.keys(part);
    const key = keys.length > 0 && random.integer(8) > 0 ? pick(keys) : pick(["0", "name", "type", "units"]);
    const record = part as Record<string, unknown>;
    const action = random.integer(4);
    if (action === 0 && Array.isArray(part)) part.splice(random.integer(part.length + 1), 1);
    else if (action === 0) delete record[key];
    else if (action === 1 && Array.isArray(part)) part.push(structuredClone(pick([...part, ...values])));
    else if (action === 2 && Array.isArray(part)) part.reverse();
    else record[key] = structuredClone(pick(values));
  }
  return copy;
}

it("damaged architectures of version 2 are FormatErrors, or models that run", async () => {
  const files = originals().map((file) => ({ file, architecture: architectureOf(file) }));
  const small = await inference.createBackend();
  let refused = 0;
  for (let i = 0; i < COUNT; i++) {
    const { file, architecture } = pick(files);
    const changed = damaged(architecture);
    const bytes = withArchitecture(file, changed);
    try {
      using model = await loadModel(backend, bytes);
      const one = (size: number) => new Float32Array(size);
      const x = Object.fromEntries(model.inputs.map(({ name }, i) => [name, one(model.inputSizes[i])]));
      model.predict(x);
      expect(saveModel(await loadModel(backend, saveModel(model)))).toEqual(saveModel(model));
    } catch (error) {
      expect(error, JSON.stringify(changed)).toBeInstanceOf(FormatError);
      await expect(inference.loadModel(small, bytes)).rejects.toBeInstanceOf(FormatError);
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(COUNT / 3);
  expect(refused).toBeLessThan(COUNT);
});
