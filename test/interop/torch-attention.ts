import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Model, Tensor } from "../../src/index.js";
import { Random } from "../support/random.js";
import { FOLDER } from "./digits.js";
import { type Judge, largestDifference, pythonVersion, type Row, runPython } from "./judge.js";
import { backend, lanewise } from "./library.js";

const NAME = "PyTorch's modules";
const [ROWS, HEADS, HIDDEN, WORDS] = [20, 2, 12, 9];

/** The models of torch_attention.py: of their inputs, and the names that PyTorch's modules have. */
function models(): Readonly<Record<string, readonly [Tensor | Tensor[], Tensor]>> {
  const l = lanewise;
  const [x, memory, narrow, words] = [l.input([5, 8]), l.input([4, 8]), l.input([4, 6]), l.input([5])];
  const attention = (more: object = {}) => l.multiHeadAttention({ heads: HEADS, name: "attention", ...more });
  const block = (i: number) =>
    l.transformerEncoder({ heads: HEADS, hidden: HIDDEN, causal: true, name: `blocks.layers.${i}` });
  let h = l.embedding(WORDS, 8, { name: "words" }).apply(words);
  for (const i of [0, 1]) h = block(i).apply(h);
  const norm = l.layerNormalization({ epsilon: 1e-5, name: "blocks.norm" }).apply(h);
  const after = { normFirst: false, activation: "relu", name: "block" } as const;
  const decoder = l.transformerDecoder({ heads: HEADS, hidden: HIDDEN, ...after });
  return {
    attention: [x, attention().apply(x)],
    "attention-without-bias": [x, attention({ useBias: false }).apply(x)],
    "cross-attention": [[x, memory], attention().apply([x, memory])],
    "cross-attention-narrow": [[x, narrow], attention().apply([x, narrow])],
    "language-model": [words, l.dense(WORDS, { name: "head" }).apply(norm)],
    decoder: [[x, memory], decoder.apply([x, memory])],
  };
}

/** PyTorch loads the state_dicts of attention and transformers, and gives the same outputs. */
export const torchAttention: Judge = {
  name: NAME,
  packages: ["python3-torch"],
  version: () => pythonVersion("torch"),
  async rows(version) {
    mkdirSync(FOLDER, { recursive: true });
    const random = new Random(67);
    const expected = new Map<string, Float32Array>();
    for (const [name, [inputs, outputs]] of Object.entries(models())) {
      const model = new lanewise.Model(backend, { inputs, outputs }) as unknown as Model;
      for (const { value } of model.parameters) value.set(random.floats(value.length, -0.6, 0.6));
      const ports = Array.isArray(inputs) ? inputs : [inputs];
      const given = ports.map(({ shape }) => {
        const size = ROWS * shape.reduce((a, b) => a * b);
        return shape.length > 1 ? random.floats(size) : Float32Array.from(random.integers(size, WORDS));
      });
      writeFileSync(`${FOLDER}/${name}.safetensors`, lanewise.torchStateDict(model));
      for (const [i, values] of given.entries())
        writeFileSync(`${FOLDER}/${name}.in${i}`, new Uint8Array(values.buffer));
      expected.set(name, model.predict((given.length > 1 ? given : given[0]) as Float32Array).slice());
      model.dispose();
    }
    const printed = runPython("torch_attention.py", FOLDER).trim().split("\n");
    return printed
      .filter((line) => line.startsWith("module "))
      .map((line): Row => {
        const name = line.slice(7);
        const bytes = new Uint8Array(readFileSync(`${FOLDER}/${name}.out`));
        const largest = largestDifference(expected.get(name) as Float32Array, new Float32Array(bytes.buffer));
        return { judge: NAME, version, what: `${name}, our state_dict`, rows: ROWS, largest };
      });
  },
};
