import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createBackend } from "lanewise";
import { describe, expect, it } from "vitest";
import { names, pairs } from "../../cli/options.js";
import { commandFor, firstChoice, foldsFor, trainOptionsOf } from "../../site/playground/table/choice.js";
import { evidenceOf, inSentence } from "../../site/playground/table/evidence.js";
import { found, learn, openTable } from "../../site/playground/table/learner.js";
import type { Choice } from "../../site/playground/table/messages.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const example = async (name: string) => {
  const bytes = await readFile(`${root}examples/data/${name}`);
  return openTable(new Blob([bytes]), name);
};

describe("the target", () => {
  it.each([
    ["iris.csv", "species", "classification"],
    ["wine.csv", "cultivar", "classification"],
    ["breast_cancer.csv", "diagnosis", "classification"],
    ["diabetes.csv", "target", "regression"],
  ])("of %s is %s", async (name, target, task) => {
    const { table, choice, opened } = await example(name);
    expect(choice.target).toBe(target);
    expect(found(table, choice).task).toBe(task);
    expect(opened.records[0]).toEqual(table.record(0));
  });

  it("is the last column that can be one, where none is called so", async () => {
    const rows = Array.from(
      { length: 30 },
      (_, i) => `${i % 7}.5,${["a", "b"][i % 2]},remark number ${i} of many`,
    );
    const { choice } = await openTable(new Blob([["size,kind,remark", ...rows].join("\n")]), "x.csv");
    expect(choice.target).toBe("kind");
  });
});

describe("the command", () => {
  const choice: Choice = { target: "species", ignore: [], columns: {}, balanced: false, seed: 1 };

  it("names the file, the target and the seed", () => {
    expect(commandFor("iris.csv", choice)).toBe("npx lanewise train iris.csv --target species --seed 1");
  });

  it("has what was corrected, and not of the target", () => {
    const corrected: Choice = {
      ...choice,
      ignore: ["id", "species"],
      columns: { zip: "category", species: "category" },
      balanced: true,
      task: "classification",
    };
    expect(commandFor("a.csv", corrected)).toBe(
      "npx lanewise train a.csv --target species --task classification --ignore id --column zip=category --class-weights balanced --seed 1",
    );
  });

  it("means the same names to a shell and to the command line", () => {
    const odd = ["a, b", 'say "hi"', "it's", "x=y", "-minus", " padded "];
    const command = commandFor("my file.csv", {
      ...choice,
      target: "-goal",
      ignore: odd,
      columns: Object.fromEntries(odd.map((name) => [name, "category" as const])),
    });
    const words = execFileSync("sh", [
      "-c",
      `for word in ${command.replace("npx lanewise train ", "")}; do printf '%s\\0' "$word"; done`,
    ])
      .toString()
      .split("\0")
      .slice(0, -1);
    expect(words[0]).toBe("my file.csv");
    expect(words).toContain("--target=-goal");
    expect(names("ignore", words)).toEqual(odd);
    expect(pairs("column", words)).toEqual(Object.fromEntries(odd.map((name) => [name, "category"])));
  });
});

describe("training", () => {
  it("takes what is chosen, and nothing of the target's", () => {
    const choice: Choice = {
      target: "a",
      ignore: ["b", "a"],
      columns: { c: "category", a: "number" },
      balanced: true,
      seed: 7,
    };
    expect(trainOptionsOf(choice)).toEqual({
      target: "a",
      ignore: ["b"],
      columns: { c: "category" },
      classWeights: "balanced",
      seed: 7,
    });
  });

  it("has scores with intervals beside no model, and a sentence", async () => {
    const { table, choice } = await example("iris.csv");
    const { trained: result, model } = await learn(await createBackend(), table, choice, () => {});
    model.dispose();
    const evidence = evidenceOf(result.report, undefined);
    expect(evidence?.rows.map(({ name }) => name)).toEqual([
      "Accuracy",
      "Balanced accuracy",
      "ROC-AUC",
      "Log loss",
    ]);
    expect(evidence?.main.value).toBeGreaterThan(0.9);
    expect(evidence && inSentence(evidence)).toMatch(/^Right in 9\d of 100 rows\. Always .*: 33\.$/);
    expect(foldsFor(table.rows)).toBe(5);
  });

  it("says so where the rows do not show that the model is better than none", async () => {
    const rows = Array.from(
      { length: 60 },
      (_, i) => `${(i * 37) % 60},${["a", "b"][Math.floor(((i * 53) % 61) / 31)]}`,
    );
    const { table } = await openTable(new Blob([["n,kind", ...rows].join("\n")]), "noise.csv");
    const { trained: result, model } = await learn(
      await createBackend(),
      table,
      firstChoice(table),
      () => {},
    );
    model.dispose();
    const evidence = evidenceOf(result.report, undefined);
    expect(evidence && inSentence(evidence)).toBe(
      "These rows do not show that the model is better than no model.",
    );
  });
});

describe("a table that cannot be read", () => {
  it.each([
    ["a,b\n1\n2,3\n4,5,6\n", ["line 2", "line 4"]],
    ["a,b\n", ["expected rows after the header"]],
    ["a\n1\n2\n", ["expected at least two columns, got a"]],
  ])("%j is refused with everything that is wrong", async (text, parts) => {
    const refusal = openTable(new Blob([text]), "x.csv");
    for (const part of parts) await expect(refusal).rejects.toThrow(part);
  });
});
