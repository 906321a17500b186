import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as lanewise from "lanewise";
import * as text from "lanewise/text";
import { afterAll, describe, expect, it } from "vitest";
import { learnText } from "../../site/playground/text/learner.js";
import { textProgram } from "../../site/playground/text/program.js";
import { defaultTextRecipe, type TextRecipe } from "../../site/playground/text/recipe.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Where a program finds the package by its name. */
mkdirSync(join(root, "out"), { recursive: true });
const folder = mkdtempSync(join(root, "out/text-program-"));
afterAll(() => rmSync(folder, { recursive: true }));

const sonnets = readFileSync(join(root, "site/playground/text/corpora/sonnets.txt"), "utf8");
/** With what a string of a program has to escape. */
const learned = `${sonnets.slice(0, 1200)}\n"\\\\" \`\${x}\` €🙂\u2028 ${sonnets.slice(1200, 1500)}`;

const small: TextRecipe = { ...defaultTextRecipe, units: 16, heads: 2, steps: 32, batch: 8, epochs: 2 };

describe("the program of a run", () => {
  it.each<readonly [string, TextRecipe]>([
    ["a transformer", small],
    ["a transformer without dropout, tested on nothing", { ...small, dropout: 0, test: 0, layers: 1 }],
    ["two layers of an LSTM", { ...small, kind: "lstm", heads: 1, dropout: 0.2 }],
    [
      "a GRU whose rate changed",
      {
        ...small,
        kind: "gru",
        heads: 1,
        layers: 1,
        changes: [
          { epoch: 0, batch: 0, rate: 0.02 },
          { epoch: 0, batch: 3, rate: 0.01 },
          { epoch: 1, batch: 0, rate: 0.001 },
          { epoch: 1, batch: 2, rate: 0.1 },
        ],
      },
    ],
  ])("of %s prints its hash in Node, and writes", async (_, recipe) => {
    const { hash } = await learnText({ lanewise, text }, await lanewise.createBackend(), recipe, learned);
    const program = textProgram(recipe, learned, hash, "From ");
    expect(program).toContain(`// ${hash}\n`);
    const path = join(folder, "run.mjs");
    writeFileSync(path, program);
    const printed = execFileSync(process.execPath, [path], { encoding: "utf8" });
    expect(printed.split("\n")).toContain(hash);
    expect(printed).toMatch(/^From ./m);
    expect(printed.includes("test bits")).toBe(recipe.test > 0);
  });
});
