import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createBackendSync, dense, Sequential, saveModel } from "../../src/index.js";
import { QUICK, table, Workplace } from "./program.js";

const place = new Workplace();
const iris = ["train", table("iris"), "--target", "species"];
const quick = [...iris, ...QUICK];

describe("train", () => {
  it.each([
    ["iris", "species", "accuracy", 0.93],
    ["penguins", "Species", "accuracy", 0.97],
    ["breast_cancer", "diagnosis", "accuracy", 0.95],
    ["diabetes", "target", "r2", 0.4],
  ])("learns %s by its defaults: %s, in 5 folds %s of at least %d", (name, target, score, least) => {
    const { scores, scoredOn, folds } = place.json("train", table(name), "--target", target, "--force");
    expect(scores[score]).toBeGreaterThanOrEqual(least);
    expect(scores.intervals[score][0]).toBeLessThan(scores[score]);
    expect(scores.baseline[score]).toBeLessThan(scores[score]);
    expect([scoredOn, folds]).toEqual(["folds", 5]);
  });

  it("says what it found, how it trained, how good that is, and by what", () => {
    const { status, out, error } = place.run(
      ...iris,
      "--epochs",
      "5",
      "--folds",
      "2",
      "--out",
      "said.safetensors",
    );
    expect([status, error]).toEqual([0, ""]);
    expect(out).toMatch(
      /^target species: 3 classes \(setosa, versicolor, virginica\), so classification\n\n {2}column +is a +reason\n {2}sepal_length +number +is 35 different numbers\n/,
    );
    expect(out).toMatch(
      /\ntrained 8 networks with hidden layers of 64 and 64 units on 150 rows of 4 features; \d+\.\d s, \S+ build\n/,
    );
    expect(out).toMatch(
      /\n +score +95 % interval +baseline\n {2}accuracy +0\.\d{3} +0\.\d{3} to 0\.\d{3} +0\.333\n/,
    );
    expect(out).toMatch(/\n {2}class +rows +recall +precision +F1\n {2}setosa +50 /);
    expect(out).toMatch(/\n {2}actual \\ predicted +setosa +versicolor +virginica\n/);
    expect(out).toMatch(/\nimportance: how much accuracy falls when a column is shuffled\n\n {2}petal_/);
    expect(out).toMatch(/\nwrote said\.safetensors, [\d,]+ bytes\n$/);
  });

  it("prints one JSON object with --json, and the rest to standard error", () => {
    const { out, error } = place.run(...quick, "--json");
    expect(out.trim().split("\n")).toHaveLength(1);
    expect(JSON.parse(out)).toMatchObject({
      task: "classification",
      target: "species",
      labels: ["setosa", "versicolor", "virginica"],
      features: ["sepal_length", "sepal_width", "petal_length", "petal_width"],
      columns: [
        { name: "sepal_length", kind: "number", used: true, reason: "is 35 different numbers" },
        {},
        {},
        {},
      ],
      rows: 150,
      recipe: { hidden: [64, 64], networks: 1, epochs: 2 },
      seed: 1,
      notes: expect.any(Array),
      model: "model.safetensors",
      bytes: readFileSync(place.path("model.safetensors")).length,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(error).toContain("target species: 3 classes");
  });

  it("writes the same file for the same seed, on the scalar and the SIMD build", () => {
    const train = (out: string, ...more: string[]) => {
      place.json(...quick, "--out", out, ...more);
      return readFileSync(place.path(out));
    };
    const simd = train("simd.safetensors", "--variant", "simd");
    expect(train("scalar.safetensors", "--variant", "scalar").equals(simd)).toBe(true);
    expect(train("other.safetensors", "--seed", "2").equals(simd)).toBe(false);
  });
});

describe("options of train", () => {
  it.each<[words: string[], recipe: object]>([
    [["--hidden", "8"], { hidden: [8] }],
    [["--hidden", "8,4"], { hidden: [8, 4] }],
    [["--hidden", "0"], { hidden: [] }],
    [["--dropout", "0.3"], { dropout: 0.3 }],
    [["--networks", "2"], { networks: 2 }],
    [["--epochs", "3"], { epochs: 3 }],
    [["--batch-size", "50"], { batchSize: 50 }],
    [["--learning-rate", "0.01"], { learningRate: 0.01 }],
    [["--weight-decay", "0"], { weightDecay: 0 }],
  ])("%j are in the recipe", (words, recipe) => {
    expect(place.json(...quick, ...words).recipe).toMatchObject(recipe);
  });

  it("--hidden 0 is a linear model, which is said", () => {
    expect(place.run(...quick, "--hidden", "0").out).toContain(
      "trained 1 network with no hidden layer on 150 rows",
    );
    expect(place.run("info", "model.safetensors").out).not.toContain("relu");
  });

  it("--column, --date-format, --missing, --decimal and --ignore say what columns are", () => {
    place.table(
      "t.csv",
      "zip;when;size;note;y",
      40,
      (i) =>
        `${7000 + (i % 3)};${1_700_000_000 + 86_400 * i};${i % 7 === 3 ? "lost" : `${i % 5},5`};${i % 9};${i < 20 ? "a" : "b"}`,
    );
    const words =
      "--column zip=category --date-format when=epoch-seconds --missing lost --decimal , --ignore note";
    const { columns } = place.json("train", "t.csv", "--target", "y", ...QUICK, ...words.split(" "));
    expect(columns.map(({ kind, reason }: { kind: string; reason: string }) => `${kind}: ${reason}`)).toEqual(
      [
        "category: is a category as asked",
        "date: is a date (epoch-seconds) as asked",
        "number: is 5 different numbers with decimal commas",
        "number: is left out as asked",
      ],
    );
  });

  it("--date-format without a name is for all columns that it fits", () => {
    place.table("t.csv", "a,b,y", 40, (i) => `0${1 + (i % 9)}/05/2024,${i % 7},${i < 20 ? "p" : "q"}`);
    const { columns } = place.json(
      ...["train", "t.csv", "--target", "y", ...QUICK, "--date-format", "day/month/year"],
    );
    expect(columns[0].reason).toBe("is a date (day/month/year) as asked");
    expect(columns[1].kind).toBe("number");
  });

  it("--test scores on another table, first of all, and warns of the very table", () => {
    const flowers = readFileSync(table("iris"), "utf8").trim().split("\n");
    place.file("test.csv", `${[flowers[0], ...flowers.filter((_, i) => i % 10 === 1)].join("\n")}\n`);
    expect(place.json(...quick, "--test", "test.csv")).toMatchObject({
      scoredOn: "test",
      scores: { samples: 15, baseline: { accuracy: expect.closeTo(1 / 3, 2) } },
    });
    const both = place.json(...iris, "--epochs", "2", "--folds", "2", "--test", "test.csv", "--force");
    expect(Object.keys(both.allScores)).toEqual(["test", "folds"]);
    expect(place.run(...quick, "--test", "test.csv").out).toContain("\ntest.csv, 15 rows\n\n");
    expect(place.json(...quick, "--test", table("iris")).notes).toContainEqual(
      expect.stringMatching(
        /iris\.csv is the very table that the model was trained on: on other rows, expect less$/,
      ),
    );
  });

  it("--tune searches for the seconds that it says, and trains by what it found", () => {
    const { out, error, status } = place.run(
      ...iris,
      "--epochs",
      "2",
      "--folds",
      "0",
      "--force",
      "--tune",
      "1",
    );
    expect([status, error]).toEqual([0, ""]);
    const [, trials, hidden] =
      /tuned in ([\d,]+) trials?: hidden ([\d,]+), learning rate [\d.e-]+, weight decay [\d.e-]+, dropout [\d.]+, batch size \d+\n/.exec(
        out,
      ) ?? [];
    expect(Number(trials)).toBeGreaterThan(0);
    const units = hidden === "0" ? "no hidden layer" : hidden.split(",").join(" and ");
    expect(out).toMatch(new RegExp(`trained \\d+ networks? with .*${units}`));
  });

  it("--from goes on from a model, with its columns, classes and networks", () => {
    const first = place.json(...quick, "--hidden", "8", "--epochs", "10", "--out", "first.safetensors");
    const words = [...iris, "--epochs", "5", "--folds", "0", "--from", "first.safetensors", "--force"];
    const { recipe, scores, features, notes } = place.json(...words);
    expect([recipe.hidden, recipe.networks, features]).toEqual([[8], 1, first.features]);
    expect(scores.logLoss).toBeLessThan(first.scores.logLoss);
    expect(notes).toContain(
      "first.safetensors was trained on this very table, so the scores are too good: score the model with --test",
    );
    const flowers = readFileSync(table("iris"), "utf8");
    place.file("odd.csv", flowers.replaceAll("virginica", "tulip"));
    const train = (data: string, ...more: string[]) =>
      place.run("train", data, "--target", "species", ...QUICK, "--from", "first.safetensors", ...more);
    const start =
      /^odd\.csv: line 102: target species: expected a class of the model, got "tulip" \(and 49 more such\); it has setosa, /;
    expect(train("odd.csv").error).toMatch(start);
    expect(train(table("iris"), "--hidden", "4")).toMatchObject({
      status: 1,
      error: "--hidden expected [8], as of --from, got [4]\n",
    });
    expect(train(table("iris"), "--networks", "2").error).toBe(
      "--networks expected 1, as of --from, got 2\n",
    );
    expect(train(table("iris"), "--ignore", "petal_width").error).toBe(
      "expected columns as the encoding of --from has them, got --ignore; leave it out\n",
    );
    const plain = new Sequential(createBackendSync(), { inputShape: 4, layers: [dense(3)] });
    place.file("plain.safetensors", saveModel(plain));
    expect(train(table("iris"), "--from", "plain.safetensors").error).toBe(
      "--from expected a model that lanewise train made of a table, got no encoding\n",
    );
  });

  it("--column note=words uses the words of a text", () => {
    place.table(
      "t.csv",
      "note,y",
      60,
      (i) => `it was ${i % 2 ? "good" : "bad"} on day ${i},${i % 2 ? "up" : "down"}`,
    );
    const words = ["train", "t.csv", "--target", "y", "--folds", "0", "--force"];
    expect(place.run(...words).error).toContain("t.csv: ");
    const { scores, columns } = place.json(...words, "--column", "note=words");
    expect(columns).toMatchObject([{ kind: "words", used: true }]);
    expect(scores.accuracy).toBeGreaterThan(0.9);
  });

  it("--report writes a page with the scores and the command, without scripts", () => {
    const words = [...iris, "--epochs", "2", "--folds", "2", "--force", "--report", "pages/report.html"];
    expect(place.run(...words).out).toMatch(
      /\nwrote model\.safetensors, [\d,]+ bytes, and pages\/report\.html\n$/,
    );
    const page = readFileSync(place.path("pages/report.html"), "utf8");
    expect(page).toContain("2-fold cross-validation");
    expect(page).toContain("--epochs 2 --folds 2 --force --report pages/report.html");
    expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
    place.run(...iris, "--epochs", "2", "--validation", "0.2", "--force", "--report", "pages/report.html");
    expect(readFileSync(place.path("pages/report.html"), "utf8")).toContain("30 rows that were kept back");
  });
});

describe("files that train writes", () => {
  it("are not there when it fails", () => {
    place.file("one.csv", "x,y\n1,a\n2,a\n3,a\n");
    const words = ["train", "one.csv", "--target", "y", "--out", "one.safetensors", "--report", "one.html"];
    expect(place.run(...words).status).toBe(1);
    expect([existsSync(place.path("one.safetensors")), existsSync(place.path("one.html"))]).toEqual([
      false,
      false,
    ]);
  });

  it("have the folders on their way made, and are no folders", () => {
    place.json(...quick, "--out", "a/b/iris.safetensors");
    expect(existsSync(place.path("a/b/iris.safetensors"))).toBe(true);
    for (const option of ["--out", "--report"]) {
      const { status, out, error } = place.run(...quick, option, "a/b");
      expect([status, out, error]).toEqual([1, "", "a/b: expected a file to write, got a folder\n"]);
    }
  });

  it("keep what was there under another name, until --force", () => {
    const kept = quick.filter((word) => word !== "--force");
    const train = (seed: string, ...more: string[]) =>
      place.run(
        ...kept,
        "--seed",
        seed,
        "--out",
        "kept/m.safetensors",
        "--report",
        "kept/page.html",
        ...more,
      );
    mkdirSync(place.path("kept"));
    const names = () => readdirSync(place.path("kept")).sort();
    const bytes = (name: string) => readFileSync(place.path(`kept/${name}`));
    expect(train("1").error).toBe("");
    const first = bytes("m.safetensors");
    expect(train("2").error).toBe(
      "kept the kept/m.safetensors that was there as kept/m.1.safetensors; --force overwrites\n" +
        "kept the kept/page.html that was there as kept/page.1.html; --force overwrites\n",
    );
    expect(bytes("m.1.safetensors").equals(first)).toBe(true);
    const second = bytes("m.safetensors");
    train("3");
    expect(bytes("m.2.safetensors").equals(second)).toBe(true);
    const all = [
      "m.1.safetensors",
      "m.2.safetensors",
      "m.safetensors",
      "page.1.html",
      "page.2.html",
      "page.html",
    ];
    expect(names()).toEqual(all);
    expect(train("4", "--force").error).toBe("");
    expect(names()).toEqual(all);
  });
});
