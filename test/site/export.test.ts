import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { unzipSync } from "fflate";
import { createBackend, loadModel, loadWeights, type Model } from "lanewise";
import { importOnnx } from "lanewise/onnx";
import { importTfjs } from "lanewise/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadDigitImages } from "../../site/playground/data/digit-images.js";
import { sceneOf } from "../../site/playground/data/index.js";
import { exported } from "../../site/playground/export/files.js";
import { type Exportable, type FormatName, portsInWords } from "../../site/playground/export/formats.js";
import { decimal } from "../../site/playground/export/words.js";
import { Learner } from "../../site/playground/learner.js";
import { decode } from "../../site/playground/link.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Where a program finds the package by its name. */
mkdirSync(join(root, "out"), { recursive: true });
const folder = mkdtempSync(join(root, "out/export-"));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => loadDigitImages(async () => readFileSync(join(root, "examples/digits/data/digits.csv.gz"))));

const entries = {
  lanewise: () => import("lanewise"),
  onnx: () => import("lanewise/onnx"),
  tfjs: () => import("lanewise/tfjs"),
};

/**
 * A run to its end, as the page has it: its model's file, the hash, and its answers to the training samples.
 */
async function ended(link: string): Promise<Exportable & { hash: string; answers: Float32Array }> {
  const { recipe, problems } = decode(link);
  expect(problems).toEqual([]);
  const learner = new Learner(await createBackend(), recipe);
  const flatOut = { next: async () => Number.MAX_SAFE_INTEGER, batch: () => undefined };
  await learner.run(flatOut, new AbortController().signal);
  const hash = (await learner.hash()) as string;
  const answers = Float32Array.from(learner.model.predict(learner.data.training.x) as Float32Array);
  const model = learner.save();
  learner.dispose();
  return { recipe, model, hash, answers };
}

const fileOf = async (format: FormatName, run: Exportable) => exported(format, run, entries);

/** Expects the answers of the page of a model that was read from another format. */
function expectAnswers(model: Model, { recipe, answers }: Awaited<ReturnType<typeof ended>>): void {
  const { x } = sceneOf(recipe.scene).samples(recipe).training;
  const read = model.predict(x) as Float32Array;
  expect(read.length).toBe(answers.length);
  const far = Math.max(
    ...answers.map((answer, i) => Math.abs(answer - read[i]) / Math.max(1, Math.abs(answer))),
  );
  expect(far).toBeLessThan(1e-6);
}

const links = [
  "v=1&scene=points&epochs=40",
  "v=1&scene=points&epochs=20&data=arms,90,0.05,3&net=6relu,5silu,4leakyRelu&opt=nadam&drop=0.2&l2=0.001",
  "v=1&scene=points&epochs=20&in=x,y,xy&net=4gelu,3elu,3softsign,2sigmoid&loss=squaredError&batch=7",
  "v=1&scene=curve&epochs=40",
  "v=1&scene=sphere&epochs=5",
  "v=1&scene=digits&epochs=3",
  "v=1&scene=digits&epochs=2&conv=4relu,6tanh&net=12elu&drop=0.1",
];

describe.each(links)("the run of %s", (link) => {
  let run: Awaited<ReturnType<typeof ended>>;
  beforeAll(async () => {
    run = await ended(link);
  });

  it("as safetensors is loaded by loadModel, with the hash of the page", async () => {
    const { name, bytes } = await fileOf("safetensors", run);
    expect(name).toBe(`lanewise-${run.recipe.scene}.safetensors`);
    const model = await loadModel(await createBackend(), bytes);
    expect(await model.weightsDigest()).toBe(run.hash);
    expectAnswers(model, run);
  });

  it("as ONNX answers as the page does", async () => {
    const { bytes } = await fileOf("onnx", run);
    expectAnswers(importOnnx(await createBackend(), bytes), run);
  });

  it("for TensorFlow.js answers as the page does", async () => {
    const { name, bytes } = await fileOf("tfjs", run);
    expect(name).toMatch(/\.zip$/);
    const files = unzipSync(bytes);
    expect(Object.keys(files)).toEqual(["model.json", "weights.bin"]);
    const { "model.json": json, ...shards } = files;
    expectAnswers(await importTfjs(await createBackend(), new TextDecoder().decode(json), shards), run);
  });

  it("for PyTorch has the names of the script's modules, and weights that answer as the page does", async () => {
    const { bytes } = await fileOf("torch", run);
    const files = unzipSync(bytes);
    const [weights, script] = Object.keys(files);
    const python = new TextDecoder().decode(files[script]);
    expect(python).toContain(`load_file("${weights}")`);
    const modules = [...python.matchAll(/^ {4}torch\.nn\.(\w+)\((.*)\),$/gm)];
    const weighted = [...modules.keys()].filter((i) => ["Linear", "Conv2d"].includes(modules[i][1]));
    const [length] = new BigUint64Array(files[weights].slice(0, 8).buffer);
    const header: Record<string, { shape: number[] }> = JSON.parse(
      new TextDecoder().decode(files[weights].subarray(8, 8 + Number(length))),
    );
    const shapes = Object.fromEntries(
      weighted.flatMap((i) => {
        const [inputs, outputs, window] = modules[i][2].split(", ").map(Number);
        return [
          [`${i}.weight`, modules[i][1] === "Linear" ? [outputs, inputs] : [outputs, inputs, window, window]],
          [`${i}.bias`, [outputs]],
        ];
      }),
    );
    const { __metadata__: _, ...tensors } = header;
    expect(Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]))).toEqual(
      shapes,
    );
    const model = await loadModel(await createBackend(), run.model);
    for (const { value } of model.parameters) value.data.fill(0);
    loadWeights(model, files[weights], { layout: "torch" });
    expect(await model.weightsDigest()).toBe(run.hash);
  });
});

describe("the program of a run", () => {
  it.each([
    ...links,
    "v=1&scene=points&data=moons,60,0.3,1&rate=0.03&stop=5",
    "v=1&scene=points&epochs=40&at=3:opt:sgd;5:batch:25;6.3:l2:0.01;9:batch:4;12:opt:adam;20:l2:0;40:opt:lion",
    "v=1&scene=points&epochs=9&at=0:opt:sgd;0:batch:40;0.2:rate:0.3;3.5:l2:0.1",
    "v=1&scene=points&data=moons,60,0.3,1&rate=0.03&stop=5&at=4:batch:5;300:opt:sgd",
    "v=1&scene=digits&epochs=3&conv=4relu&net=&at=1:opt:sgd;2.3:l2:0.1",
    "v=1&scene=points&data=own,AAAAgAAB__8A&epochs=9&test=0",
    "v=1&scene=curve&epochs=40&at=0:rate:0.02;3:rate:0.1;3:p1.0:0.5;5.2:p0.1:0.5;6.99:rate:1;40:p1.0:0.25",
  ])("%s prints its hash in Node", async (link) => {
    const run = await ended(link);
    const { name, bytes } = await fileOf("program", run);
    const program = new TextDecoder().decode(bytes);
    expect(program).toContain(`// ${run.hash}\n`);
    const path = join(folder, name);
    writeFileSync(path, program);
    const printed = execFileSync(process.execPath, [path], { encoding: "utf8" });
    expect(printed.trim().split("\n").at(-1)).toBe(run.hash);
  });

  it("names no hash before the run has ended", async () => {
    const run = await ended("v=1&scene=curve&epochs=2");
    const { bytes } = await fileOf("program", { ...run, hash: undefined });
    expect(new TextDecoder().decode(bytes)).not.toMatch(/[0-9a-f]{64}|On every engine/);
  });
});

it("decimals are read as the same float32", () => {
  for (const value of [0, -0.5, 1 / 3, 1e-30, 16777215, 0.1, Math.PI * 1e10].map(Math.fround))
    expect(Math.fround(Number(decimal(value)))).toBe(value);
  expect(decimal(Math.fround(0.1))).toBe("0.1");
});

it.each([
  [
    "v=1&scene=points&in=x,x2",
    "It takes 3x, 3x² of a point, and gives a logit; its sigmoid is the probability of class 2.",
  ],
  [
    "v=1&scene=points&data=rings",
    "It takes 3x, 3y of a point, and gives 3 logits, that of class 1 first; softmax makes them probabilities.",
  ],
  [
    "v=1&scene=digits&conv=4relu",
    "It takes 64 pixels from 0 for paper to 1 for ink, row by row as an image of 8 × 8, and gives 10 logits, that of 0 first; softmax makes them probabilities.",
  ],
  ["v=1&scene=curve", "It takes x, and gives the value."],
  ["v=1&scene=sphere", "It takes latitude and longitude in radians, and gives 3 values."],
])("the inputs and outputs of %s are told", (link, words) => {
  expect(portsInWords(decode(link).recipe)).toBe(words);
});
