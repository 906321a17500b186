import { type SweepSpec, sweep } from "lanewise/distributed";
import { describe, expect, it } from "vitest";
import { Bench, table } from "./support.js";

/** What is refused before anything runs, with the path of what is wrong. */

const bench = new Bench();
const engine = bench.threads(1);
engine.run = () => Promise.reject(new Error("it ran"));
const data = { file: table("iris"), target: "species" };
const layers = (...list: unknown[]) => ({ model: { layers: list } });
const dense = (units: unknown) => ({ type: "dense", units });
const rate = (learningRate: unknown) => ({ optimizer: { name: "adamw", learningRate } });

describe("sweep", () => {
  it("runs what is right", async () => {
    await expect(sweep({ data }, { engine })).rejects.toThrow(/^it ran$/);
  });

  it.each([
    [
      "an unknown key",
      { fold: 3 },
      /^sweep: the spec has the unknown key "fold", did you mean folds\?; known are data, /,
    ],
    ["one fold", { folds: 1 }, /^sweep: folds expected a whole number from 2 to 100, got 1$/],
    ["no seed", { seed: 0.5 }, /^sweep: seed expected a safe integer, got 0.5$/],
    ["a metric", { metric: "acuracy" }, /^sweep: metric: unknown metric "acuracy"; known are accuracy, /],
    [
      "a metric that is no number",
      { metric: "confusionMatrix" },
      /^sweep: metric expected one that is a number/,
    ],
    [
      "a metric of values",
      { metric: "r2" },
      /r2 expected targets that are values; those of softmaxCrossEntropy are/,
    ],
    [
      "a strategy",
      { strategy: "all" },
      /^sweep: strategy expected "grid", \{ random \} or \{ halving \}, got "all"$/,
    ],
    [
      "no trials",
      { strategy: { random: 0 } },
      /^sweep: strategy.random expected a whole number from 1 to 10000, got 0$/,
    ],
    [
      "two strategies",
      { strategy: { random: 1, halving: {} } },
      /^sweep: strategy expected random or halving, got/,
    ],
    [
      "a factor",
      { strategy: { halving: { trials: 9, factor: 1 } } },
      /^sweep: strategy.halving.factor expected a whole/,
    ],
    [
      "a rate",
      rate(-1),
      /^sweep: optimizer.learningRate: adamw expected learningRate to be a finite number above 0/,
    ],
    [
      "the second rate",
      rate({ choice: [0.1, -1] }),
      /^sweep: optimizer.learningRate.choice\[1\]: optimizer.learningRate/,
    ],
    [
      "the first rate",
      rate({ choice: [-1, 0.1] }),
      /^sweep: optimizer.learningRate.choice\[0\]: optimizer.learningRate/,
    ],
    [
      "the end of a range",
      { strategy: { random: 2 }, ...rate({ uniform: [-0.1, 1] }) },
      /^sweep: optimizer.learningRate.uniform\[0\]: optimizer.learningRate: adamw expected/,
    ],
    [
      "a rate twice",
      rate({ choice: [1, 1] }),
      /^sweep: optimizer.learningRate.choice\[1\] expected values that differ/,
    ],
    [
      "no choice",
      rate({ choice: [] }),
      /^sweep: optimizer.learningRate expected choice to be a list of 1 to 1000/,
    ],
    [
      "two searches",
      rate({ choice: [1], uniform: [1, 2] }),
      /expected one of choice, uniform, .* alone, got/,
    ],
    ["a range", rate({ logUniform: [0, 1] }), /expected logUniform to be two numbers above 0, got \[0,1\]/],
    [
      "a range backwards",
      { fit: { epochs: { integers: [3, 1] } } },
      /fit.epochs expected integers to be two numbers, the/,
    ],
    [
      "an optimizer",
      { optimizer: "adamv" },
      /^sweep: optimizer: unknown optimizer "adamv"; known are sgd, adam/,
    ],
    [
      "an option",
      { optimizer: { name: "adam", learnRate: 1 } },
      /^sweep: optimizer.learnRate: adam: unknown option/,
    ],
    [
      "an expression",
      { optimizer: { name: "sgd", groups: [{ parameters: "(a+)+$" }] } },
      /^sweep: optimizer.groups\[0\].parameters expected a list of names, got "\(a\+\)\+\$"$/,
    ],
    [
      "a layer",
      layers({ type: "densee", units: 3 }, "output"),
      /^sweep: model.layers\[0\].type: unknown layer "densee"/,
    ],
    [
      "a layer's option",
      layers({ type: "dense", unit: 3 }, "output"),
      /^sweep: model.layers\[0\].unit: dense: unknown/,
    ],
    [
      "a layer's second choice",
      layers(dense({ choice: [3, 0] }), "output"),
      /^sweep: model.layers\[0\].units.choice\[1\]: model.layers\[0\].units: dense expected units/,
    ],
    ["a huge layer", layers(dense(1e12), "output"), /^sweep: memory: cannot allocate 32000000000016 bytes/],
    [
      "a shape",
      layers({ type: "conv2d", filters: 4, kernelSize: 3 }, "output"),
      /conv2d expected an input of \[batch, h/,
    ],
    ["a word", layers("outputs"), /^sweep: model.layers\[0\] expected a layer such as/],
    [
      "the output first",
      layers("output", dense(3)),
      /^sweep: model.layers expected "output" as the last layer/,
    ],
    ["too many outputs", layers(dense(4)), /4/],
    [
      "a key of the model",
      { model: { layers: ["output"], seed: 1 } },
      /^sweep: model has the unknown key "seed"/,
    ],
    ["a loss", { loss: "nothing" }, /^sweep: loss: unknown loss "nothing"; known are meanSquaredError/],
    [
      "a loss of values",
      { loss: "meanSquaredError" },
      /^sweep: fit: meanSquaredError expected targets \[batch, 3\]/,
    ],
    [
      "no epochs",
      { fit: { epochs: 0 } },
      /^sweep: fit.epochs expected a whole number from 1 to 1000000, got 0$/,
    ],
    [
      "a callback",
      { fit: { epochs: 3, callbacks: [] } },
      /^sweep: fit has the unknown key "callbacks"; known are/,
    ],
    [
      "patience",
      { fit: { epochs: 3, earlyStopping: { patience: -1 } } },
      /^sweep: fit.earlyStopping: .* patience to be/,
    ],
    ["a file", { data: { ...data, file: "/nowhere.csv" } }, /^\/nowhere.csv: no such file or folder$/],
    [
      "a column",
      { data: { ...data, target: "specie" } },
      /iris.csv: expected a column "specie", got none; did you mean/,
    ],
    [
      "no target",
      { data: { file: data.file } },
      /^sweep: data.target expected the name of a column, got undefined$/,
    ],
    [
      "no data",
      { data: 3 },
      /^sweep: data expected an object with file and target, or images and labels, got 3$/,
    ],
    ["an option of data", { data: { ...data, skip: 1 } }, /^sweep: data has the unknown key "skip"/],
    [
      "a prototype",
      JSON.parse('{"__proto__": {"folds": 1}}'),
      /^sweep: the spec has the unknown key "__proto__"/,
    ],
    ["a function", { fit: { epochs: 3, shuffle: () => true } }, /^sweep: fit.shuffle/],
  ])("refuses %s", async (_, change, message) => {
    const spec = { data, fit: { epochs: 2 }, ...change } as SweepSpec;
    // A key of this name is not copied by a spread.
    if (Object.hasOwn(change, "__proto__"))
      Object.defineProperty(spec, "__proto__", { value: 1, enumerable: true });
    await expect(sweep(spec, { engine })).rejects.toThrow(message);
  });

  it("refuses more folds than rows", async () => {
    const file = bench.file(
      "few.csv",
      `x,y\n${Array.from({ length: 8 }, (_, i) => `${i},${i * 1.5}`).join("\n")}\n`,
    );
    await expect(sweep({ data: { file, target: "y" }, folds: 9 }, { engine })).rejects.toThrow(
      /folds expected to be at most the number of rows 8, got 9/,
    );
  });

  it("refuses what is no spec", async () => {
    await expect(sweep(null as never, { engine })).rejects.toThrow(/^sweep: /);
    await expect(sweep([] as never, { engine })).rejects.toThrow(/^sweep: the spec expected an object/);
  });
});
