import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { table, Workplace } from "./program.js";

const place = new Workplace();

describe("help", () => {
  it("lists the commands", () => {
    const { status, out } = place.run("--help");
    expect(status).toBe(0);
    for (const command of ["train", "evaluate", "predict", "info", "export", "import", "compare"])
      expect(out).toContain(`\n  ${command} `);
  });

  it.each([
    [
      "train",
      [
        "DATA",
        "--target",
        "--task",
        "--hidden",
        "--epochs",
        "--batch-size",
        "--learning-rate",
        "--activation",
        "--validation",
        "--seed",
        "--variant",
      ],
    ],
    ["evaluate", ["MODEL", "DATA", "--target", "--json"]],
    ["predict", ["MODEL", "DATA", "--out"]],
    ["info", ["MODEL", "--json"]],
    ["export", ["MODEL", "--onnx", "--tfjs", "--torch", "--f16", "--data"]],
    ["import", ["FILE", "--out", "--activations"]],
    ["compare", ["--json"]],
  ])("of %s lists its arguments and options", (command, words) => {
    const { status, out } = place.run(command, "--help");
    expect(status).toBe(0);
    for (const word of words) expect(out).toContain(word);
  });

  it("--version is the package's", () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(place.run("--version").out).toBe(`${version}\n`);
  });
});

describe("wrong usage ends with 2 and a line that says what and where help is", () => {
  const iris = [table("iris"), "--target", "species"];
  it.each<[words: string[], message: string]>([
    [[], "expected a command, got nothing (lanewise --help lists what there is)"],
    [["trian"], "unknown command trian (lanewise --help lists what there is)"],
    [["train"], "expected DATA, got nothing (lanewise train --help lists what there is)"],
    [["predict", "model"], "expected DATA, got nothing (lanewise predict --help lists what there is)"],
    [["info"], "expected MODEL, got nothing (lanewise info --help lists what there is)"],
    [["export"], "expected MODEL, got nothing (lanewise export --help lists what there is)"],
    [["export", "model", "--tfjs"], "--tfjs expected a value, got none"],
    [["export", "model", "--torch", "x", "--data", "y"], "--data expected --f16, got none"],
    [["import"], "expected FILE, got nothing (lanewise import --help lists what there is)"],
    [["info", "a", "b"], "unexpected argument b (lanewise info --help lists what there is)"],
    [
      ["train", "x.csv", "--epoch", "3"],
      "unknown option --epoch (lanewise train --help lists what there is)",
    ],
    [["compare", "-x"], "unknown option -x (lanewise compare --help lists what there is)"],
    [["train", ...iris, "--epochs", "0"], "--epochs expected a whole number of at least 1, got 0"],
    [["train", ...iris, "--epochs"], "--epochs expected a value, got none"],
    [
      ["train", ...iris, "--batch-size", "1.5"],
      "--batch-size expected a whole number of at least 1, got 1.5",
    ],
    [["train", ...iris, "--hidden", "64,,32"], "--hidden expected a whole number of at least 0, got nothing"],
    [["train", ...iris, "--learning-rate", "fast"], "--learning-rate expected a number above 0, got fast"],
    [
      ["train", ...iris, "--validation", "1"],
      "--validation expected a number of at least 0 and below 1, got 1",
    ],
    [
      ["train", ...iris, "--task", "clustering"],
      "--task expected one of classification, regression, got clustering",
    ],
    [
      ["train", ...iris, "--variant", "gpu"],
      "--variant expected one of auto, fastest, relaxed, simd, scalar, got gpu",
    ],
    [["train", ...iris, "--activation", "softmax"], "--activation expected one of linear, relu, "],
    [
      ["train", table("iris")],
      "train expected --target, one of the columns sepal_length, sepal_width, petal_length, petal_width, species",
    ],
  ])("%j", (words, message) => {
    const { status, out, error } = place.run(...words);
    expect(error.startsWith(message)).toBe(true);
    expect(error.trim().split("\n")).toHaveLength(1);
    expect([status, out]).toEqual([2, ""]);
  });
});
