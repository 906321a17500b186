import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createBackend } from "lanewise";
import { describe, expect, it } from "vitest";
import { commandFor } from "../../site/playground/table/choice.js";
import { learn, openTable } from "../../site/playground/table/learner.js";
import type { Choice } from "../../site/playground/table/messages.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What the command line says of a command of the page. */
function trained(command: string): { sha256: string; target: string; features: string[] } {
  const words = command.replace("npx lanewise train ", `node dist/cli.js train examples/data/`);
  const options = "--folds 0 --json --force --out /dev/null";
  const text = execFileSync("sh", ["-c", `${words} ${options}`], {
    cwd: root,
    stdio: ["ignore", "pipe", "ignore"],
  });
  return JSON.parse(text.toString());
}

describe("training in the page", () => {
  it.each([
    ["iris.csv", {}],
    ["wine.csv", { seed: 7, balanced: true, ignore: ["ash"] }],
    ["diabetes.csv", { columns: { sex: "category" } }],
  ] as const)("on %s with %o ends with the weights of the command", async (name, part) => {
    const { table, choice } = await openTable(
      new Blob([await readFile(`${root}examples/data/${name}`)]),
      name,
    );
    const chosen: Choice = { ...choice, ...part };
    const { trained: result, model } = await learn(await createBackend(), table, chosen, () => {});
    const { sha256, target, features } = trained(commandFor(name, chosen));
    expect(result.hash).toBe(sha256);
    expect(chosen.target).toBe(target);
    expect(result.form.map(({ name }) => name)).toEqual(features);
    model.dispose();
  });
});
