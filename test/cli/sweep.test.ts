import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { optunaJournal } from "../../cli/optuna.js";
import { shortNames, valueText } from "../../cli/sweep-text.js";
import { table, Workplace } from "./program.js";

/** lanewise sweep and lanewise trial. */

const place = new Workplace();
const spec = {
  data: { file: "iris.csv", target: "species" },
  metric: "accuracy",
  folds: 2,
  model: { layers: [{ type: "dense", units: { choice: [4, 8] }, activation: "tanh" }, "output"] },
  optimizer: { name: "adamw", learningRate: { choice: [0.01, 0.05] } },
  fit: { epochs: 5 },
};
place.file("iris.csv", readFileSync(table("iris")));
place.file("spec.json", JSON.stringify(spec));

describe("lanewise sweep", () => {
  it("prints the trials and writes the best model, which predict takes", () => {
    const { status, out, error } = place.run(
      "sweep",
      "spec.json",
      "--threads",
      "2",
      "--out",
      "best.safetensors",
    );
    expect([status, error]).toEqual([0, ""]);
    expect(out).toMatch(
      /^4 trials of 2 folds, [\d.]+ s; accuracy, the mean of the folds, higher is better\n/,
    );
    expect(out).toMatch(/\n {2}trial +accuracy +± +loss +units +learningRate\n/);
    expect(out).toMatch(
      /\nwrote best.safetensors: trial \d, trained on all 150 rows, [\d,]+ bytes\n\ndigest \w{64}\n$/,
    );
    const predicted = place.run("predict", "best.safetensors", "iris.csv", "--out", "predicted.csv");
    expect(predicted.status).toBe(0);
    expect(readFileSync(place.path("predicted.csv"), "utf8")).toMatch(
      /^prediction,probability,setosa,versicolor,virginica\n/,
    );
  });

  it("has the same result on one thread, from another folder, and from its cache", () => {
    const first = place.json("sweep", "spec.json", "--threads", "1", "--cache", "cache", "--force");
    const again = place.json("sweep", "spec.json", "--threads", "2", "--cache", "cache", "--force");
    mkdirSync(place.path("other"));
    writeFileSync(
      place.path("other/spec.json"),
      JSON.stringify({ ...spec, data: { ...spec.data, file: "../iris.csv" } }),
    );
    const other = place.json("sweep", "other/spec.json", "--out", "c.safetensors");
    for (const result of [again, other])
      expect({ ...result, seconds: 0, out: "" }).toEqual({ ...first, seconds: 0, out: "" });
    expect(first.trials).toHaveLength(4);
  });

  it("writes a page of one file without scripts, and a journal", () => {
    place.run("sweep", "spec.json", "--report", "page.html", "--optuna", "journal.log", "--force");
    const page = readFileSync(place.path("page.html"), "utf8");
    expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)| on\w+=/);
    for (const id of ["trials", "parallel", "coordinates", "learning", "settings"])
      expect(page).toContain(`id="${id}"`);
    expect(page.match(/<svg /g)).toHaveLength(1 + 4);
    const lines = readFileSync(place.path("journal.log"), "utf8").trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).op_code)).toEqual([0, 4, 4, 4, 4]);
  });

  it("says where a spec is wrong, and writes nothing", () => {
    place.file(
      "wrong.json",
      JSON.stringify({ ...spec, optimizer: { name: "adamw", learningRate: { choice: [1, -1] } } }),
    );
    const { status, out, error } = place.run("sweep", "wrong.json", "--out", "wrong.safetensors");
    expect([status, out]).toEqual([1, ""]);
    expect(error).toMatch(
      /^optimizer.learningRate.choice\[1\]: .*learningRate to be a finite number above 0, got -1\n$/,
    );
    expect(existsSync(place.path("wrong.safetensors"))).toBe(false);
  });

  it.each([
    ["none.json", /^none.json: no such file\n$/, 1],
    ["bad.json", /^bad.json: .*JSON/, 1],
    ["spec.json --threads 0", /^--threads expected a whole number of at least 1, got 0/, 2],
    ["spec.json --gather parts --cache cache", /^--gather expected no --cache/, 2],
    ["spec.json --gather nowhere", /^nowhere: ENOENT/, 1],
  ])("refuses %s", (words, message, code) => {
    place.file("bad.json", "{");
    const { status, error } = place.run("sweep", ...words.split(" "));
    expect(status).toBe(code);
    expect(error).toMatch(message);
  });
});

describe("lanewise trial", () => {
  it("writes a file a trial, of which sweep --gather makes the sweep's result", () => {
    for (const index of ["0", "3", "1"]) {
      const { out } = place.run("trial", "spec.json", index, "--out", "parts", "--threads", "1");
      expect(out).toBe(`trial ${index} of 0-3: 2 folds; wrote parts/trial-${index}.json\n`);
    }
    const early = place.run("sweep", "spec.json", "--gather", "parts");
    expect([early.status, early.error]).toEqual([1, "1 of 4 trials are missing: 2\n"]);
    place.run("trial", "spec.json", "2", "--out", "parts");
    const gathered = place.json("sweep", "spec.json", "--gather", "parts", "--force");
    const swept = place.json("sweep", "spec.json", "--force");
    expect({ ...gathered, seconds: 0 }).toEqual({ ...swept, seconds: 0 });
  });

  it("says which trials there are", () => {
    const { status, error } = place.run("trial", "spec.json", "4");
    expect([status, error]).toEqual([1, "expected the index of one of 4 trials, from 0 to 3, got 4\n"]);
    expect(place.run("trial", "spec.json", "x").status).toBe(2);
  });
});

describe("words for trials", () => {
  it("are values without the signs of JSON", () => {
    expect([0.1, "relu", [1, 2], { name: "adam", learningRate: 0.1 }, null].map(valueText)).toEqual([
      "0.1",
      "relu",
      "[1,2]",
      "adam learningRate=0.1",
      "null",
    ]);
  });

  it("are names as short as they differ", () => {
    expect(shortNames(["model.layers[0].units", "model.layers[1].units", "fit.epochs", "loss"])).toEqual([
      "layers[0].units",
      "layers[1].units",
      "epochs",
      "loss",
    ]);
  });

  it("are states and categories in Optuna's journal", () => {
    const trial = { index: 0, parameters: { loss: { name: "huber" } }, deviation: 0, loss: 1, folds: [] };
    const journal = optunaJournal(
      "s",
      {
        best: 0,
        ranking: [0, 1],
        metric: { name: "loss", better: "lower" },
        trials: [
          { ...trial, score: 0.5 },
          { ...trial, index: 1, score: null, parameters: { loss: "meanSquaredError" }, why: "fold 0: no" },
        ],
        digest: "",
      },
      new Date(0),
    );
    const [study, first, second] = journal
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(study.directions).toEqual([1]);
    expect(first).toMatchObject({ state: 1, value: 0.5, params: { loss: 0 } });
    expect(JSON.parse(first.distributions.loss).attributes.choices).toEqual([
      '{"name":"huber"}',
      "meanSquaredError",
    ]);
    expect(second).toMatchObject({ state: 3, params: { loss: 1 }, user_attrs: { why: "fold 0: no" } });
    expect(second).not.toHaveProperty("value");
  });
});
