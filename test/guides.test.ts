import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { folders, guides, linksOf, pages, programsOf, read } from "./support/documents.js";
import { makeProject } from "./support/project.js";

/**
 * The README, the tutorial and the guides as a user follows them: in a folder that has the packed package and
 * nothing else.
 */

const project = fileURLToPath(new URL("../out/guides", import.meta.url));
// It packs and installs the package.
beforeAll(() => makeProject(project), 300_000);

/** A folder for each page: a program may read a file that an earlier one of the same page wrote. */
function folderOf(page: string): string {
  const folder = join(project, page.replaceAll("/", "-"));
  mkdirSync(folder, { recursive: true });
  return folder;
}

function node(page: string, ...words: string[]): { out: string; error: string; status: number | null } {
  const { stdout, stderr, status } = spawnSync(process.execPath, words, {
    cwd: folderOf(page),
    encoding: "utf8",
  });
  return { out: stdout, error: stderr, status };
}

function run(page: string, text: string): ReturnType<typeof node> {
  writeFileSync(join(folderOf(page), "program.mjs"), text);
  return node(page, "program.mjs");
}

/** What the comments behind console.log say it prints: `// 0.00 1.00`, but not `// the layers`. */
const outputsIn = (text: string): string[] =>
  [...text.matchAll(/^console\.log\(.*\); \/\/ (?!the |\{)(.*)$/gm)].map(([, output]) => output);

/** The commands of a page, each as words, and the files that it copies from the package first. */
const commandsOf = (page: string): string[][] =>
  [...read(page).matchAll(/^npx lanewise (.*)$/gm)].map(([, words]) => words.split(" "));
const copiesOf = (page: string): [from: string, to: string][] =>
  [...read(page).matchAll(/^cp (?:-r )?(node_modules\/\S+) (\S+)$/gm)].map(([, from, to]) => [from, to]);

const cli = join(project, "node_modules/lanewise/dist/cli.js");
const programs = guides.flatMap(programsOf);

describe("the programs of the README and the guides", () => {
  it("are as many as there were in the README when it had all of them, or more", () => {
    expect(programs.filter(({ kind }) => kind === "js").length).toBeGreaterThanOrEqual(16);
    expect(programs.filter(({ kind }) => kind === "js worker")).toHaveLength(1);
    expect(programs.filter(({ kind }) => kind === "mjs")).toHaveLength(2);
  });

  it.each(programs.filter(({ kind }) => kind === "js").map((program) => [program.name, program] as const))(
    "%s runs as an .mjs file and prints what it says",
    (_, { page, text }) => {
      const { out, error, status } = run(page, text);
      expect(error).toBe("");
      expect(status).toBe(0);
      // Node 20 knows neither `using` nor TypeScript.
      expect(text).not.toMatch(/\busing \w+ =/);
      expect(out.split("\n")).toEqual(expect.arrayContaining(outputsIn(text)));
    },
  );

  it("have outputs in comments", () => {
    expect(programs.flatMap(({ text }) => outputsIn(text)).length).toBeGreaterThan(6);
  });
});

describe("the commands of the README and the guides", () => {
  it.each(guides.filter((page) => commandsOf(page).length > 0))(
    "%s has commands that run, on data that is in the package",
    (page) => {
      for (const [from, to] of copiesOf(page))
        cpSync(join(project, from), join(folderOf(page), to), { recursive: true });
      for (const words of commandsOf(page)) {
        const { error, status } = node(page, cli, ...words);
        expect(status, `${words.join(" ")}: ${error}`).toBe(0);
      }
    },
  );

  it("are all that the program has", () => {
    const { out } = node("README.md", cli, "--help");
    const known = [...out.matchAll(/^ {2}(\w+) {2,}[A-Z]/gm)].map(([, name]) => name);
    expect(known.length).toBeGreaterThan(5);
    const page = "site/reference/command-line.md";
    // These need a server; test/distributed runs them.
    const ofQueues = ["worker", "status", "result", "report"];
    for (const name of ofQueues) expect(read(page)).toContain(`<!-- command: ${name} -->`);
    const named = new Set([...commandsOf(page).map(([name]) => name), ...ofQueues]);
    expect([...named].sort()).toEqual(known.sort());
  });
});

describe("the README", () => {
  const readme = read("README.md");

  it("says in its first ten lines how to install, which modules and which Node", () => {
    const head = readme.split("\n").slice(0, 10).join("\n");
    expect(head).toContain("npm install lanewise");
    expect(head).toMatch(/ES modules.*\.mjs.*"type": "module"/);
    expect(head).toContain("Node 20 or later");
  });

  it("is at most 150 lines long", () => {
    expect(readme.trimEnd().split("\n").length).toBeLessThanOrEqual(150);
  });

  it("has a first program of ten lines at most, which learns the exclusive or", () => {
    const [{ page, text }] = programsOf("README.md");
    expect(text.trim().split("\n").length).toBeLessThanOrEqual(10);
    const outputs = run(page, text).out.match(/\d\.\d+/g);
    expect(outputs?.map((output) => Math.round(Number(output)))).toEqual([0, 1, 1, 0]);
  });
});

describe("the pages in the package", () => {
  it.each(pages)("%s links to files that are in the package", (page) => {
    expect(existsSync(join(project, "node_modules/lanewise", page))).toBe(true);
    const missing = linksOf(page).filter((link) => !existsSync(join(project, "node_modules/lanewise", link)));
    expect(missing).toEqual([]);
  });

  // Rows of tables cannot be wrapped.
  it.each(pages)("%s has lines of at most 110 columns", (page) => {
    expect(
      read(page)
        .split("\n")
        .filter((line) => line.length > 110 && !line.startsWith("|")),
    ).toEqual([]);
  });

  it.each(folders)("are all in the index of their folder, %s, to which the README links", (folder) => {
    const index = `${folder}index.md`;
    const others = pages.filter((page) => page.startsWith(folder) && page !== index);
    expect(others.length).toBeGreaterThan(3);
    expect(others.filter((page) => !linksOf(index).includes(page))).toEqual([]);
    expect(linksOf("README.md")).toContain(index);
  });
});
