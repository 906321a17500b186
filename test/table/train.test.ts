import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createBackendSync, loadModel, saveModel, ValueError } from "../../src/index.js";
import * as inference from "../../src/inference.js";
import { exportOnnx, importOnnx } from "../../src/onnx.js";
import {
  crossValidate,
  type FindColumnsOptions,
  findColumns,
  readTable,
  TableError,
  type TableRecipe,
  trainTable,
} from "../../src/table.js";

const backend = createBackendSync();
const file = (name: string) =>
  readFileSync(new URL(`../../examples/data/${name}.csv`, import.meta.url), "utf8");

/** A table with gaps, names, dates and a target that follows from them: 240 rows. */
const visits = (() => {
  const lines = ["customer,day,colour,age,spent"];
  for (let i = 0; i < 240; i++) {
    const colour = ["red", "green", "blue"][(i * 7) % 3];
    const age = i % 11 === 0 ? "" : 20 + ((i * 13) % 50);
    const month = 1 + ((i * 5) % 12);
    const spent = (colour === "red" ? 30 : 0) + Number(age === "" ? 80 : age) + 5 * month;
    lines.push(`k${i}x,2024-${String(month).padStart(2, "0")}-0${1 + (i % 9)},${colour},${age},${spent}.5`);
  }
  return lines.join("\n");
})();
const record = { day: "2024-05-02", colour: "red", age: 40 };

describe("trainTable", () => {
  it("learns classes, much better than the baseline", async () => {
    const { model, report } = await trainTable(backend, file("iris"), { target: "species" });
    expect(report).toMatchObject({ task: "classification", rows: 150, features: 4 });
    expect(report.baseline).toMatchObject({ accuracy: 1 / 3, balancedAccuracy: 1 / 3 });
    expect((report.heldOut as { accuracy: number }).accuracy).toBeGreaterThan(0.93);
    expect(model.labels).toEqual(["setosa", "versicolor", "virginica"]);
    const setosa = { sepal_length: 5.1, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 };
    const names = model.encoding?.columns.map(({ name }) => name) ?? [];
    const [prediction] = model.predictClasses(
      [Object.fromEntries(names.map((name, i) => [name, Object.values(setosa)[i]]))],
      { probabilities: true },
    );
    expect(prediction.label).toBe("setosa");
    expect(prediction.probability).toBeGreaterThan(0.9);
  });

  it("learns values from categories, dates and numbers with gaps, and predicts in their unit", async () => {
    const { model, report } = await trainTable(backend, visits, { target: "spent" });
    expect(report.findings.columns.map(({ kind }) => kind)).toEqual([
      "identifier",
      "date",
      "category",
      "number",
      "target",
    ]);
    expect((report.heldOut as { r2: number }).r2).toBeGreaterThan(0.95);
    const [red, missing] = model.predict([record, { ...record, age: null }]);
    // 30 + 40 + 25, and 30 + 80 + 25; the deviation of the target is about 30.
    expect(Math.abs(red - 95.5)).toBeLessThan(10);
    expect(Math.abs(missing - 135.5)).toBeLessThan(15);
  });

  it("gives the same bits for the same seed, others for another, and its model predicts alike after a reload", async () => {
    const train = async (seed: number) =>
      (await trainTable(backend, visits, { target: "spent", seed })).model;
    const [a, b, c] = [await train(1), await train(1), await train(2)];
    expect(await a.weightsDigest()).toBe(await b.weightsDigest());
    expect(await a.weightsDigest()).not.toBe(await c.weightsDigest());
    const bytes = saveModel(a);
    const again = await loadModel(backend, bytes);
    const small = await inference.loadModel(inference.createBackendSync(), bytes);
    for (const model of [again, small]) expect(model.predict([record])).toEqual(a.predict([record]));
  });

  it("leaves out rows without a target, and learns from few rows", async () => {
    const table = await readTable("a;b\n1;2,5\n2;4,5\n3;6,5\n4;\n7;14,5\n", { name: "few" });
    const { report, model } = await trainTable(backend, table, { target: "b" });
    expect(report).toMatchObject({ rows: 4, heldOut: undefined });
    expect(Number.isFinite(model.predict([{ a: 3 }])[0])).toBe(true);
  });

  it("holds no row out where hardly a class has two", async () => {
    const rows = Array.from({ length: 30 }, (_, i) => `${i % 7},n${i < 4 ? 0 : i}`);
    const options = { target: "y", task: "classification", recipe: { epochs: 2 } } as const;
    const { model, report } = await trainTable(backend, ["x,y", ...rows].join("\n"), options);
    expect([model.labels?.length, report.heldOut]).toEqual([27, undefined]);
  });

  it("reports the recipe and the losses of each network, the smallest at its best epoch", async () => {
    const { report } = await trainTable(backend, visits, { target: "spent" });
    const { recipe, history, epochs } = report;
    expect(recipe).toMatchObject({ hidden: [64, 64], networks: 8, epochs: 150, batchSize: 16 });
    expect(history).toHaveLength(8);
    history.forEach(({ loss, validationLoss = [] }, network) => {
      expect(loss).toHaveLength(validationLoss.length);
      expect(Math.min(...validationLoss)).toBe(validationLoss[epochs[network] - 1]);
      expect(loss[0]).toBeGreaterThan(loss[epochs[network] - 1]);
      // It stopped by itself, `patience` epochs behind the best, or at the last one.
      expect(loss.length).toBe(Math.min(epochs[network] + recipe.patience, recipe.epochs));
    });
    const few = await trainTable(backend, "a,b\n1,2.5\n2,4.5\n3,6.5\n4,8.5\n", { target: "b" });
    expect(few.report.history.map((each) => Object.keys(each))).toEqual([["loss"], ["loss"], ["loss"]]);
    expect(few.report.heldOutPredictions).toBeUndefined();
  });

  it("writes into the model what it was trained on", async () => {
    const { metadata } = (await trainTable(backend, visits, { target: "spent" })).model;
    const sha256 = createHash("sha256").update(visits).digest("hex");
    expect(metadata).toEqual({
      target: "spent",
      task: "regression",
      table: expect.stringContaining(`{"rows":240,"sha256":"${sha256}","baseline":[`),
    });
    const table = (await readTable(visits)).take(Array.from({ length: 30 }, (_, row) => row));
    const taken = (await trainTable(backend, table, { target: "spent" })).model;
    expect(taken.metadata.table).toMatch(/^\{"rows":30,"baseline":\[[\d.]+\]\}$/);
    expect((await loadModel(backend, saveModel(taken))).metadata).toEqual(taken.metadata);
    expect(importOnnx(backend, exportOnnx(taken)).metadata).toEqual(taken.metadata);
  });

  it("follows a recipe, and fills in what it leaves open", async () => {
    const train = (recipe: Partial<TableRecipe>) => trainTable(backend, visits, { target: "spent", recipe });
    const { model, report } = await train({ hidden: [7], networks: 2, epochs: 4, dropout: 0 });
    expect(report.recipe).toEqual({
      hidden: [7],
      learningRate: 0.003,
      weightDecay: 0.1,
      dropout: 0,
      networks: 2,
      epochs: 4,
      patience: 2,
      batchSize: 16,
    });
    expect(report.history.map(({ loss }) => loss.length)).toEqual([4, 4]);
    const hidden = model.parameters.filter(({ name }) => /hidden.*bias/.test(name));
    expect(hidden.map(({ value }) => value.data.length)).toEqual([7, 7]);
    // Each of two networks holds out a third.
    expect(report.heldOutPredictions?.rows).toHaveLength(Math.round((2 / 3) * report.rows));
    const again = await train(report.recipe);
    expect(await again.model.weightsDigest()).toBe(await model.weightsDigest());
    const linear = await train({
      hidden: [],
      networks: 1,
      batchSize: 1000,
      learningRate: 0.1,
      weightDecay: 0,
    });
    expect(linear.model.parameters.map(({ name }) => name)).toEqual([
      "net0.output.weight",
      "net0.output.bias",
      "net0.linear.weight",
    ]);
    expect((linear.report.heldOut as { r2: number }).r2).toBeGreaterThan(0.9);
  });

  it("refuses a recipe with an entry out of range, and names it", async () => {
    const wrong: [unknown, RegExp][] = [
      [null, /expected recipe to be an object, got null/],
      [{ layers: 3 }, /: recipe: unknown option "layers"; known are hidden,/],
      [{ hidden: 64 }, /expected recipe.hidden to be an array such as \[64, 64\], got number/],
      [{ hidden: [64, 0] }, /expected recipe.hidden\[1\] to be an integer of at least 1, got 0/],
      [{ learningRate: 0 }, /expected recipe.learningRate to be a finite number above 0, got 0/],
      [{ weightDecay: -1 }, /expected recipe.weightDecay to be a finite number of at least 0, got -1/],
      [{ dropout: 1 }, /expected recipe.dropout to be at least 0 and below 1, got 1/],
      [{ networks: 101 }, /expected recipe.networks to be at most 100, got 101/],
      ...["networks", "epochs", "patience", "batchSize"].map((name): [unknown, RegExp] => [
        { [name]: 1.5 },
        new RegExp(`expected recipe.${name} to be an integer of at least 1, got 1.5`),
      ]),
    ];
    for (const [recipe, message] of wrong) {
      const options = { target: "spent", recipe } as never;
      await expect(trainTable(backend, visits, options)).rejects.toThrow(message);
      await expect(crossValidate(backend, visits, options)).rejects.toThrow(ValueError);
    }
  });

  it("learns from the words of a text where it is asked to", async () => {
    // Of a sentence in ten places one word decides, the others are any of 40.
    const [good, bad] = ["great lovely superb tasty friendly", "awful boring rude cold broken"].map((words) =>
      words.split(" "),
    );
    const rows = Array.from({ length: 300 }, (_, i) => {
      const words = Array.from({ length: 9 }, (_, k) => `word${(i * 31 + k * k * 17 + i * i * k) % 40}`);
      words.splice(i % 10, 0, (i % 2 === 0 ? good : bad)[(i * 7) % 5]);
      return `"${words.join(" ")}",${((i * 37) % 101) / 2},${i % 2 === 0 ? "good" : "bad"}`;
    });
    const csv = ["review,price,stars", ...rows].join("\n");
    const accuracy = async (options: FindColumnsOptions) => {
      const { report, model } = await trainTable(backend, csv, { target: "stars", ...options });
      return { model, accuracy: (report.heldOut as { accuracy: number }).accuracy };
    };
    expect((await accuracy({})).accuracy).toBeLessThan(0.65);
    const { model, accuracy: withWords } = await accuracy({ columns: { review: "words" } });
    expect(withWords).toBeGreaterThan(0.9);
    const small = await inference.loadModel(inference.createBackendSync(), saveModel(model));
    const records = [
      { review: "Superb! A friendly place.", price: 20 },
      { review: "rude, and cold food", price: 20 },
    ];
    expect(small.predictClasses(records)).toEqual(["good", "bad"]);
    expect(small.predict(records)).toEqual(model.predict(records));
  });

  it("weighs classes alike if asked", async () => {
    // Above 50, one of four rows is rare: without weights none is the likelier class.
    const rows = Array.from({ length: 400 }, (_, i) => {
      const x = (i * 37) % 100;
      return `${x}.5,${x > 50 && (i * 7919) % 4 === 0 ? "rare" : "common"}`;
    });
    const recall = async (options: { classWeights?: "balanced" }) => {
      const { report } = await trainTable(backend, ["x,y", ...rows].join("\n"), { target: "y", ...options });
      return (report.heldOut as { balancedAccuracy: number }).balancedAccuracy;
    };
    expect(await recall({})).toBeLessThan(0.6);
    expect(await recall({ classWeights: "balanced" })).toBeGreaterThan(0.65);
  });

  it("tells its progress, and ends when it is aborted", async () => {
    const done: number[] = [];
    await trainTable(backend, visits, { target: "spent", onProgress: (part) => done.push(part) });
    expect(done).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((member) => member / 8));
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(trainTable(backend, visits, { target: "spent", signal })).rejects.toThrow("enough");
  });

  it("refuses a table without a column to learn from, too few rows and wrong options", async () => {
    await expect(trainTable(backend, "a,b\nx1,1\nx2,2\nx3,3\nx4,4.5\n", { target: "b" })).rejects.toThrow(
      /expected a column to learn from, got none: a is another word in each row/,
    );
    await expect(trainTable(backend, "a,b\n1,2\n2,3.5\n", { target: "b" })).rejects.toThrow(TableError);
    await expect(trainTable(backend, visits, { target: "spend" })).rejects.toThrow('did you mean "spent"?');
    for (const options of [{}, { target: "spent", seed: 0.5 }, { target: "spent", epochs: 5 }])
      await expect(trainTable(backend, visits, options as never)).rejects.toThrow(ValueError);
  });
});

describe("crossValidate", () => {
  it("scores models on the rows that they were not trained on, beside the baseline", async () => {
    const { score, deviation, folds, task } = await crossValidate(backend, file("iris"), {
      target: "species",
      folds: 3,
    });
    expect([task, folds.length]).toEqual(["classification", 3]);
    const accuracies = folds.map(({ scores }) => (scores as { accuracy: number }).accuracy);
    expect(score).toBeCloseTo(accuracies.reduce((a, b) => a + b) / 3, 12);
    expect(score).toBeGreaterThan(0.93);
    expect(deviation).toBeLessThan(0.05);
    for (const { baseline } of folds)
      expect((baseline as { accuracy: number }).accuracy).toBeCloseTo(1 / 3, 1);
  });

  it("finds nothing in noise", async () => {
    const noise = Array.from({ length: 200 }, (_, i) => `${(i * 7919) % 1009},${((i * 104729) % 997) / 7}`);
    const { folds, score } = await crossValidate(backend, ["x,y", ...noise].join("\n"), { target: "y" });
    expect(score).toBeLessThan(0.15);
    // The mean of the training rows is not that of the others.
    for (const { baseline } of folds) expect((baseline as { r2: number }).r2).toBeLessThan(0);
  });

  it("refuses numbers of folds that the rows do not have", async () => {
    for (const folds of [1, 2.5, 500])
      await expect(crossValidate(backend, visits, { target: "spent", folds })).rejects.toThrow(ValueError);
  });
});

it("a found column can be overridden before training", async () => {
  const table = await readTable(visits);
  const options = { target: "spent", ignore: ["day"], columns: { age: "category" } } as const;
  const { report } = await trainTable(backend, table, options);
  expect(report.findings).toEqual(findColumns(table, options));
});
