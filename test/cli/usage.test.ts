import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { table, Workplace } from "./program.js";

const place = new Workplace();
const iris = [table("iris"), "--target", "species"];

describe("help", () => {
  it.each([["--help"], ["-h"], ["help"]])("%s lists the commands", (word) => {
    const { status, out } = place.run(word);
    expect(status).toBe(0);
    for (const command of ["train", "evaluate", "predict", "generate", "info", "export", "import", "compare"])
      expect(out).toContain(`\n  ${command} `);
  });

  it.each<[command: string, words: string[]]>([
    [
      "train",
      [
        "DATA",
        ..."target task ignore column date-format missing decimal delimiter encoding comment bad-rows"
          .split(" ")
          .map((name) => `--${name} `),
        ..."class-weights folds test tune report hidden dropout networks size channels augment epochs"
          .split(" ")
          .map((name) => `--${name} `),
        ..."batch-size learning-rate weight-decay validation from seed variant out force json"
          .split(" ")
          .map((name) => `--${name} `),
        ..."tokens minutes window forecast season forecasts".split(" ").map((name) => `--${name} `),
      ],
    ],
    ["evaluate", ["MODEL", "DATA", "--target", "--features", "--labels", "--missing", "--json"]],
    ["predict", ["MODEL", "DATA", "--out", "--id", "--force", "--json"]],
    [
      "generate",
      ["MODEL", "--prompt", "--length", "--temperature", "--top-k", "--top-p", "--seed", "--json"],
    ],
    ["info", ["MODEL", "--json"]],
    ["export", ["MODEL", "--onnx", "--tfjs", "--torch", "--f16", "--data", "--force", "--json"]],
    ["import", ["FILE", "--out", "--activations", "--order", "--force", "--json"]],
    ["compare", ["--json"]],
  ])("of %s lists its arguments and options, in lines of 100 characters", (command, words) => {
    const { status, out } = place.run(command, "--help");
    expect(status).toBe(0);
    for (const word of words) expect(out).toContain(`\n  ${word}`);
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
    expect(out).not.toMatch(/ \n/);
    expect(place.run("help", command).out).toBe(out);
  });

  it("--version is the package's", () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    for (const word of ["--version", "-v", "version"]) expect(place.run(word).out).toBe(`${version}\n`);
  });
});

describe("wrong usage ends with 2 and a line that says what and where help is", () => {
  it.each<[words: string[], message: string]>([
    [[], "expected a command, got nothing (lanewise --help lists what there is)"],
    [["trian"], "unknown command trian; did you mean train? (lanewise --help lists what there is)"],
    [["help", "predct"], "unknown command predct; did you mean predict?"],
    [["fetch"], "unknown command fetch (lanewise --help lists what there is)"],
    [["train"], "expected DATA, got nothing (lanewise train --help lists what there is)"],
    [["predict", "model"], "expected DATA, got nothing (lanewise predict --help lists what there is)"],
    [["info"], "expected MODEL, got nothing (lanewise info --help lists what there is)"],
    [["info", "a", "b"], "unexpected argument b (lanewise info --help lists what there is)"],
    [["export"], "expected MODEL, got nothing (lanewise export --help lists what there is)"],
    [["export", "model", "--tfjs"], "--tfjs expected a value, got none"],
    [["export", "model", "--torch", "x", "--data", "y"], "--data expected --f16, got none"],
    [["export", "model"], "export expected one of --onnx, --tfjs, --torch, --f16, got none"],
    [["generate"], "expected MODEL, got nothing (lanewise generate --help lists what there is)"],
    [["generate", "m", "--top-p", "1.5"], "--top-p expected a number above 0 and at most 1, got 1.5"],
    [["generate", "m", "--top-p", "0"], "--top-p expected a number above 0 and at most 1, got 0"],
    [["generate", "m", "--top-k", "0"], "--top-k expected a whole number of at least 1, got 0"],
    [["generate", "m", "--temperature", "-1"], "--temperature expected a number of at least 0, got -1"],
    [["generate", "m", "--length", "many"], "--length expected a whole number of at least 1, got many"],
    [["train", "x.csv", "--forecast"], "--forecast expected a value, got none"],
    [["train", "x.csv", "--forecast", "0"], "--forecast expected a whole number of at least 1, got 0"],
    [
      ["train", "x.csv", "--tokens", "letters"],
      "--tokens expected one of characters, byte-pairs, got letters",
    ],
    [
      ["train", ...iris, "--minutes", "3"],
      `--minutes is for text, and ${table("iris")} is a table (lanewise train --help lists what there is)`,
    ],
    [["train", ...iris, "--window", "3"], "--window is for text and time series (--forecast), and "],
    [["import"], "expected FILE, got nothing (lanewise import --help lists what there is)"],
    [["train", "x.csv", "--epoch", "3"], "unknown option --epoch; did you mean --epochs?"],
    [["train", "x.csv", "--colum", "a=b"], "unknown option --colum; did you mean --column?"],
    [["train", "x.csv", "--numbers", "a"], "unknown option --numbers (lanewise train --help lists"],
    [["compare", "-x"], "unknown option -x (lanewise compare --help lists what there is)"],
    [["train", ...iris, "--epochs", "0"], "--epochs expected a whole number of at least 1, got 0"],
    [["train", ...iris, "--epochs"], "--epochs expected a value, got none"],
    [["train", ...iris, "--epochs", " 5"], "--epochs expected a whole number of at least 1, got  5"],
    [["train", ...iris, "--epochs", "0x5"], "--epochs expected a whole number of at least 1, got 0x5"],
    [["train", ...iris, "--batch-size", "1.5"], "--batch-size expected a whole number of at least 1"],
    [["train", ...iris, "--networks", "101"], "--networks expected a whole number from 1 to 100, got 101"],
    [["train", ...iris, "--hidden", "64,,32"], "--hidden expected a whole number of at least 0, got nothing"],
    [["train", ...iris, "--hidden", "8,0"], "--hidden expected units of at least 1, or 0 alone for none"],
    [["train", ...iris, "--learning-rate", "fast"], "--learning-rate expected a number above 0, got fast"],
    [["train", ...iris, "--learning-rate", "0x10"], "--learning-rate expected a number above 0, got 0x10"],
    [["train", ...iris, "--learning-rate", "Infinity"], "--learning-rate expected a number above 0"],
    [["train", ...iris, "--weight-decay", "1_0"], "--weight-decay expected a number of at least 0, got 1_0"],
    [["train", ...iris, "--dropout", "1"], "--dropout expected a number of at least 0 and below 1, got 1"],
    [["train", ...iris, "--validation", "1"], "--validation expected a number of at least 0 and below 1"],
    [
      ["train", ...iris, "--validation", "0.001"],
      "--validation expected a part that leaves rows on either side, got 0.001 of 150 rows",
    ],
    [["train", ...iris, "--folds", "1"], "--folds expected 2 or more, or 0 for none, got 1"],
    [
      ["train", ...iris, "--folds", "151"],
      "--folds expected at most the 150 rows that can be tested on, got 151",
    ],
    [["train", ...iris, "--tune", "0"], "--tune expected a number above 0, got 0"],
    [["train", ...iris, "--task", "clustering"], "--task expected one of classification, regression, got"],
    [
      ["train", ...iris, "--variant", "gpu"],
      "--variant expected one of auto, fastest, relaxed, simd, scalar",
    ],
    [["train", ...iris, "--class-weights", "even"], "--class-weights expected one of balanced, got even"],
    [
      ["train", ...iris, "--column", "a"],
      "--column expected a column and a value such as zip=category, got a",
    ],
    [
      ["train", ...iris, "--column", "a=numbr"],
      "--column expected one of number, category, yesNo, date, text",
    ],
    [["train", ...iris, "--date-format", "dmy"], "--date-format expected one of iso, month-name-first, "],
    [["train", ...iris, "--decimal", ";"], "--decimal expected one of ., ,, got ;"],
    [["train", ...iris, "--delimiter", "::"], "--delimiter expected one character or the word tab, got ::"],
    [["train", ...iris, "--bad-rows", "skip"], "--bad-rows expected one of refuse, leave-out, got skip"],
    [["train", ...iris, "--encoding", "ascii7"], "--encoding expected a label of the Encoding Standard"],
    [["train", ...iris, "--ignore"], "--ignore expected a value, got none"],
    [
      ["train", table("iris")],
      "train expected --target, one of the columns sepal_length, sepal_width, petal_length, petal_width, species",
    ],
  ])("%j", (words, message) => {
    const { status, out, error } = place.run(...words);
    expect(error.startsWith(message), error).toBe(true);
    expect(error).toMatch(/\(lanewise( \w+)? --help lists what there is\)\n$/);
    expect(error.trim().split("\n")).toHaveLength(1);
    expect([status, out]).toEqual([2, ""]);
  });
});
