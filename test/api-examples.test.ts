import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";
import ts from "typescript";
import { beforeAll, describe, expect, it } from "vitest";
import { apiExamples, withoutExample } from "./support/api-examples.js";

/**
 * Every example in the docstrings of the public API, as a reader copies it: on the built package, in Node.
 */

// Within the package, whose name programs import.
const folder = fileURLToPath(new URL("../out/api-examples", import.meta.url));
const data = fileURLToPath(new URL("../examples/data", import.meta.url));
const runner = fileURLToPath(new URL("./support/run-programs.mjs", import.meta.url));

/** What an example prints, and the error that ends it. */
let results: Record<string, { lines: string[]; error: string }>;

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true });
  const work = join(folder, "work");
  mkdirSync(work, { recursive: true });
  cpSync(data, work, { recursive: true });
  writeFileSync(join(work, "brain.json"), JSON.stringify(brainNetwork));
  for (const { name, program, needsRedis } of apiExamples) {
    writeFileSync(join(folder, `${name}.ts`), program);
    if (needsRedis) continue;
    writeFileSync(join(folder, `${name}.mjs`), transformSync(program, { loader: "ts" }).code);
  }
  const { stderr, status } = spawnSync(process.execPath, [runner, folder, "results.json"], {
    cwd: work,
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([0, ""]);
  results = JSON.parse(readFileSync(join(work, "results.json"), "utf8"));
}, 120_000);

/** A network of two inputs, three hidden units and one output, as brain.js writes it. */
const brainNetwork = {
  type: "NeuralNetwork",
  sizes: [2, 3, 1],
  layers: [
    { weights: [], biases: [] },
    {
      weights: [
        [1, 2],
        [-1, 0.5],
        [0.25, 1],
      ],
      biases: [0, 0.1, -0.2],
    },
    { weights: [[1, -1, 2]], biases: [0.5] },
  ],
  inputLookup: null,
  outputLookup: null,
  options: { activation: "sigmoid", inputSize: 2, hiddenLayers: [3], outputSize: 1 },
  trainOpts: { activation: "sigmoid" },
};

/** What the comments behind console.log promise. */
const outputsIn = (text: string): string[] =>
  [...text.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, output]) => output);

describe("the examples of the API", () => {
  it("are there for each function, class and constant", () => {
    expect(apiExamples.length).toBeGreaterThan(100);
    expect(withoutExample).toEqual([]);
  });

  it("are each another", () => {
    const texts = apiExamples.map(({ text }) => text);
    expect(texts.filter((text, i) => texts.indexOf(text) !== i)).toEqual([]);
  });

  it.each(
    apiExamples.filter(({ needsRedis }) => !needsRedis).map((example) => [example.symbol, example] as const),
  )("%s runs and prints what its comments say", (_, { name, text }) => {
    const { lines, error } = results[name];
    expect(error).toBe("");
    expect(lines).toEqual(expect.arrayContaining(outputsIn(text)));
  });

  it("are TypeScript that compiles against the types of the package", () => {
    const program = ts.createProgram(
      apiExamples.map(({ name }) => join(folder, `${name}.ts`)),
      {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.NodeNext,
        moduleResolution: ts.ModuleResolutionKind.NodeNext,
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        types: ["node"],
      },
    );
    const complaints = ts
      .getPreEmitDiagnostics(program)
      .map(
        ({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
      );
    expect(complaints).toEqual([]);
  }, 120_000);
});
