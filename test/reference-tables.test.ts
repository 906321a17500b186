import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { commands, pagesWithTables } from "../site/reference-tables/pages.js";
import { Sources } from "../site/reference-tables/sources.js";
import { filled } from "../site/reference-tables/tables.js";
import * as lanewise from "../src/index.js";
import { read } from "./support/documents.js";

const sources = new Sources();
const pages = pagesWithTables();

describe("the tables of the reference", () => {
  it.each(pages.map((path) => [basename(path), path]))(
    "%s has them as the sources have them; npm run docs:reference writes them",
    (_, path) => {
      const text = readFileSync(path, "utf8");
      expect(filled(text, sources, commands)).toBe(text);
    },
  );

  it("name every layer, loss, metric, optimizer, schedule and command", () => {
    const has = (page: string, names: readonly string[]) => {
      const text = read(`site/reference/${page}.md`);
      expect(names.filter((name) => !text.includes(`| \`${name}(`))).toEqual([]);
    };
    has("losses", Object.keys(lanewise.losses));
    has("metrics", Object.keys(lanewise.metrics));
    has("optimizers", ["sgd", "adam", "adamw", "nadam", "rmsprop", "adagrad", "adadelta", "lion"]);
    has("optimizers", Object.keys(lanewise.schedules));
    const text = read("site/reference/command-line.md");
    for (const name of commands.keys()) expect(text).toContain(`<!-- command: ${name} -->`);
  });
});

describe("a table", () => {
  const made = (block: string) => filled(`${block}\n<!-- end -->`, sources, commands);

  it("has the name, the default and the first sentence of each option", () => {
    const text = made("<!-- options: AdamOptions -->");
    expect(text).toMatch(/^\| `beta1` \| `0.9` \| .+\. \|$/m);
    expect(text).toMatch(/^\| `amsgrad` \| `false` \| .+ \|$/m);
    expect(text).not.toContain("learningRate");
  });

  it("says which options are required", () => {
    expect(made("<!-- options: ConstantOptions -->")).toMatch(/^\| `learningRate` \| required \|/m);
  });

  it("leaves out what all members have", () => {
    const text = made("<!-- members: losses, LossOptions -->");
    expect(text).toMatch(/^\| `huber\(\{ delta \}\)` \|/m);
    expect(text).toMatch(/^\| `hinge\(\)` \|/m);
  });

  it("keeps bars within their cells", () => {
    expect(made("<!-- members: losses, LossOptions -->")).toContain("\\|p - t\\|");
  });

  it("is refused for a name that the sources do not have", () => {
    expect(() => made("<!-- options: NoSuchOptions -->")).toThrow(/expected NoSuchOptions to be declared/);
    expect(() => made("<!-- command: fly -->")).toThrow(/expected one of train, .*, got fly/);
  });
});
