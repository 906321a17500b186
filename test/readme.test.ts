import { spawnSync } from "node:child_process";
import { cpSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { makeProject } from "./support/project.js";
import { readme, readmePrograms } from "./support/readme.js";

/** The README as a user follows it: in a folder that has the packed package and nothing else. */

const project = fileURLToPath(new URL("../out/readme", import.meta.url));
beforeAll(() => makeProject(project));

function node(...words: string[]): { out: string; error: string; status: number | null } {
  const { stdout, stderr, status } = spawnSync(process.execPath, words, { cwd: project, encoding: "utf8" });
  return { out: stdout, error: stderr, status };
}

/** Those that run in Node, in their order: a later one may read a file that an earlier one wrote. */
const programs = readmePrograms().filter(({ kind }) => kind === "js");

function run(text: string): ReturnType<typeof node> {
  writeFileSync(join(project, "program.mjs"), text);
  return node("program.mjs");
}

describe("the README", () => {
  it("says in its first ten lines how to install, and that the package is ES modules", () => {
    const head = readme.split("\n").slice(0, 10).join("\n");
    expect(head).toContain("npm install lanewise");
    expect(head).toMatch(/ES modules.*\.mjs.*"type": "module"/);
  });

  it.each(programs.map(({ text }, i) => [i + 1, text] as const))(
    "program %i runs as an .mjs file",
    (_, text) => {
      const { error, status } = run(text);
      expect(error).toBe("");
      expect(status).toBe(0);
      // Node 20 knows neither `using` nor TypeScript.
      expect(text).not.toMatch(/\busing \w+ =/);
    },
  );

  it("has the ten lines that train, and they learn", () => {
    expect(programs[0].text.trim().split("\n").length).toBeLessThanOrEqual(10);
    const outputs = run(programs[0].text)
      .out.match(/\d\.\d+/g)
      ?.map(Number);
    expect(outputs?.map(Math.round)).toEqual([0, 1, 1, 0]);
  });

  it("goes on from its checkpoint to the bits of the training that was not left", () => {
    const [program] = programs.filter(({ text }) => text.includes("restoreCheckpoint"));
    expect(run(program.text).out).toBe("10 true\n");
  });

  it("has commands that run, on data that is in the package", () => {
    const [, from, to] = readme.match(/^cp (node_modules\/\S+) (\S+)$/m) ?? [];
    cpSync(join(project, from), join(project, to));
    const lines = [...readme.matchAll(/^npx lanewise (.*)$/gm)].map(([, words]) => words.split(" "));
    expect(lines.map(([command]) => command)).toEqual([
      "train",
      "evaluate",
      "predict",
      "info",
      "export",
      "export",
      "import",
      "compare",
    ]);
    for (const words of lines) {
      const { error, status } = node("node_modules/lanewise/dist/cli.js", ...words);
      expect(status, `${words.join(" ")}: ${error}`).toBe(0);
    }
  });

  it("leads to files that are in the package", () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link]) => link);
    expect(links.length).toBeGreaterThan(1);
    expect(links.filter((link) => !existsSync(join(project, "node_modules/lanewise", link)))).toEqual([]);
  });
});
