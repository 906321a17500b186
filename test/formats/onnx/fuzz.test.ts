import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type ModelProto, ModelProtoSchema, TensorProto_DataType as Type } from "onnx-buf";
import { expect, it } from "vitest";
import {
  activation,
  bidirectional,
  createBackendSync,
  dense,
  FormatError,
  gru,
  lstm,
  Sequential,
  saveModel,
  scaling,
  timeStep,
} from "../../../src/index.js";
import { exportOnnx, importOnnx } from "../../../src/onnx.js";
import { on } from "../../reference/backends.js";
import { Random } from "../../support/random.js";
import { floats, integers, node, onnxFile } from "./graphs.js";

/** Mutated ONNX files, from a fixed seed; `npm run test:fuzz -- --count N` makes more of them. */
const COUNT = Number(process.env.FUZZ_COUNT ?? 2000);
const SEED = Number(process.env.FUZZ_SEED ?? 20261122);

const backend = createBackendSync(on("scalar"));
const random = new Random(SEED);
const pick = <T>(all: readonly T[]): T => all[random.integer(all.length)];

function originals(): Uint8Array[] {
  const models = [
    new Sequential(backend, {
      inputShape: 3,
      layers: [dense(4, { activation: "gelu" }), dense(2, { activation: "softmax" })],
      labels: ["a", "b"],
      metadata: { n: "x" },
    }),
    new Sequential(backend, {
      inputShape: [2, 2],
      layers: [scaling({ mean: [1, 2, 3, 4], deviation: [1, 2, 3, 4] }), dense(3), activation("geluTanh")],
    }),
    new Sequential(backend, { inputShape: [2, 2], layers: [activation("silu"), activation("logSoftmax")] }),
    new Sequential(backend, {
      inputShape: [3, 2],
      layers: [bidirectional(gru(2, { returnSequences: true })), timeStep(-1), dense(2)],
    }),
    new Sequential(backend, { inputShape: [3, 2], layers: [lstm(2, { returnSequences: true }), lstm(1)] }),
  ];
  const foreign = [
    onnxFile({
      nodes: [
        node("Shape", ["x"], "s"),
        node("Constant", [], "first", { value: { dataType: Type.INT64, int64Data: [0n] } }),
        node("Gather", ["s", "first"], "g"),
        node("Unsqueeze", ["g", "zero"], "u"),
        node("Concat", ["u", "minus"], "c", { axis: 0n }),
        node("Reshape", ["x", "c"], "f"),
        node("Transpose", ["w"], "v", { perm: [1n, 0n] }),
        node("MatMul", ["f", "v"], "p"),
        node("Add", ["p", "b"], "q"),
        node("Dropout", ["q"], "d", { ratio: 0.1 }),
        node("LeakyRelu", ["d"], "y", { alpha: 0.01 }),
      ],
      tensors: [
        integers("zero", [0]),
        integers("minus", [-1]),
        floats("w", [2, 4], [1, 2, 3, 4, 5, 6, 7, 8]),
        { name: "b", dims: [2n], dataType: Type.FLOAT16, rawData: Uint8Array.of(0, 60, 0, 60) },
      ],
      shape: ["n", 2, 2],
    }),
  ];
  return [...models.map((model) => exportOnnx(model)), ...foreign];
}

const NUMBERS = [
  0n,
  1n,
  2n,
  -1n,
  4n,
  255n,
  65_536n,
  2n ** 31n,
  2n ** 32n,
  2n ** 53n,
  2n ** 62n,
  -(2n ** 63n),
];

/** A change of the file's bytes. */
const ofBytes: readonly ((file: Uint8Array, other: Uint8Array) => Uint8Array)[] = [
  // A bit, or a byte.
  (file) => {
    const changed = file.slice();
    changed[random.integer(changed.length)] ^= pick([1 << random.integer(8), 1 + random.integer(255)]);
    return changed;
  },
  (file) => file.slice(0, random.integer(file.length + 1)),
  // A piece of another file in place of one.
  (file, other) => {
    const [at, from] = [random.integer(file.length), random.integer(other.length)];
    return Uint8Array.from([
      ...file.subarray(0, at),
      ...other.subarray(from, from + random.integer(64)),
      ...file.subarray(at + random.integer(64)),
    ]);
  },
  // A number of up to ten bytes in place of one byte: a length blown up.
  (file) => {
    const at = random.integer(file.length);
    const number = Array.from({ length: random.integer(10) }, () => 128 | random.integer(128));
    return Uint8Array.from([
      ...file.subarray(0, at),
      ...number,
      random.integer(128),
      ...file.subarray(at + 1),
    ]);
  },
];

/** A change of what the file says. */
const ofModel: readonly ((model: ModelProto, other: ModelProto) => void)[] = [
  ({ graph }) => {
    const { dims } = pick(graph?.initializer ?? []);
    dims[random.integer(dims.length + 1)] = pick(NUMBERS);
  },
  ({ graph }) => {
    pick(graph?.initializer ?? []).dataType = random.integer(20);
  },
  ({ graph }) => {
    const type = pick(graph?.input ?? []).type?.value;
    if (type?.case === "tensorType")
      pick(type.value.shape?.dim ?? []).value = { case: "dimValue", value: pick(NUMBERS) };
  },
  ({ graph }, other) => {
    pick(graph?.node ?? []).opType = pick(other.graph?.node ?? []).opType;
  },
  // A node on another value.
  ({ graph }) => {
    const { input } = pick(graph?.node ?? []);
    input[random.integer(input.length + 1)] = pick([
      ...(graph?.node ?? []).flatMap(({ output }) => output),
      ...(graph?.initializer ?? []).map(({ name }) => name),
      "",
      "__proto__",
    ]);
  },
  ({ graph }, other) => {
    graph?.node.splice(
      random.integer(graph.node.length + 1),
      random.integer(2),
      ...(other.graph?.node ?? []).slice(random.integer(4), 4 + random.integer(4)),
    );
  },
  ({ graph }) => {
    const node = pick(graph?.node ?? []);
    const attribute = pick(node.attribute);
    attribute.i = pick(NUMBERS);
    attribute.f = Number(pick(NUMBERS));
    attribute.type = pick([attribute.type, attribute.type, random.integer(15)]);
  },
  // One matrix, many times.
  ({ graph }) => {
    const { node = [] } = graph ?? {};
    for (let doublings = random.integer(8); doublings > 0; doublings--) node.push(...node.slice(0, 200));
  },
  (model) => {
    for (const opset of model.opsetImport) opset.version = pick(NUMBERS);
  },
  (model) => {
    model.metadataProps.push(
      ...["labels", "format", "__proto__", "n"].map((key) => ({
        $typeName: "onnx.StringStringEntryProto" as const,
        key,
        value: pick(["[]", '["a"]', "{", ""]),
      })),
    );
  },
];

function mutated(file: Uint8Array, other: Uint8Array): Uint8Array {
  if (random.integer(2) > 0) return pick(ofBytes)(file, other);
  const model = fromBinary(ModelProtoSchema, file);
  pick(ofModel)(model, fromBinary(ModelProtoSchema, other));
  return toBinary(ModelProtoSchema, model);
}

it(`${COUNT} mutated ONNX files are read, or refused by a FormatError, and nothing is left of them`, () => {
  const files = originals();
  for (const file of files) importOnnx(backend, file).dispose();
  const { liveBlocks, totalBytes } = backend.memory;
  let read = 0;
  let mostBytes = 0;
  for (let i = 0; i < COUNT; i++) {
    let file = pick(files);
    for (let times = 1 + random.integer(3); times > 0; times--) {
      // A file may be broken beyond a mutation that takes it apart.
      try {
        file = mutated(file, pick(files));
      } catch {
        break;
      }
    }
    const before = process.memoryUsage().arrayBuffers;
    const began = process.cpuUsage();
    try {
      using model = importOnnx(backend, file);
      read++;
      expect(saveModel(model).length).toBeGreaterThan(0);
    } catch (error) {
      if (!(error instanceof FormatError))
        throw new Error(`mutation ${i} of seed ${SEED}: ${error}`, { cause: error });
      expect(error.message).toMatch(/^ONNX file: ./);
      expect(error.message.length).toBeLessThan(2000);
    }
    const { user } = process.cpuUsage(began);
    expect(user / 1000, `milliseconds of the processor for mutation ${i}`).toBeLessThan(1000);
    mostBytes = Math.max(mostBytes, process.memoryUsage().arrayBuffers - before);
    expect(backend.memory.liveBlocks).toBe(liveBlocks);
  }
  // The files are of some kilobytes, and any file may ask for 65,536 numbers: no allocation was for what one
  // only claims.
  expect(mostBytes).toBeLessThan(8 * 1024 * 1024);
  expect(backend.memory.totalBytes - totalBytes).toBeLessThan(1024 * 1024);
  expect(read).toBeGreaterThan(COUNT / 50);
  expect(read).toBeLessThan(COUNT * 0.8);
}, 600_000);
