import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as lanewise from "../src/index.js";
import { pages, read } from "./support/documents.js";

/** Codes in a page that are paths of the repository, such as `test/notes`. */
const paths = (text: string): string[] =>
  [...text.matchAll(/`((?:assembly|bench|cli|examples|src|test|tools)\/(?!\.\.\.)[^`\s]*)`/g)].map(
    ([, path]) => path,
  );

it.each(pages)("%s names paths and scripts that the repository has", (page) => {
  const text = read(page);
  expect(paths(text).filter((path) => !existsSync(new URL(`../${path}`, import.meta.url)))).toEqual([]);
  const known = JSON.parse(read("package.json")).scripts;
  const scripts = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, script]) => script);
  expect(scripts.filter((script) => !(script in known))).toEqual([]);
});

describe.each([
  { name: "explanation/mathematics.md", scripts: ["example:sphere", "example:square"] },
  {
    name: "explanation/numerics.md",
    scripts: ["test:browsers", "test:numerics", "test:runtimes", "test:ulp"],
  },
  { name: "reference/file-formats.md", scripts: ["test:fuzz", "test:interop"] },
])("site/$name", ({ name, scripts }) => {
  const text = read(`site/${name}`);

  it("names the tests that check it", () => {
    expect(paths(text).length).toBeGreaterThan(2);
    const named = new Set([...text.matchAll(/npm run ([\w:-]+)/g)].map(([, script]) => script));
    expect([...named].sort()).toEqual(scripts);
  });
});

describe("site/explanation/mathematics.md", () => {
  const text = read("site/explanation/mathematics.md");

  it("names functions that the library exports", () => {
    const codes = [...text.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code);
    const losses = codes.flatMap((code) => [...code.matchAll(/losses\.(\w+)\(/g)].map(([, name]) => name));
    expect(Object.keys(lanewise.losses)).toEqual(expect.arrayContaining(losses));
    const functions = codes.flatMap((code) =>
      [...code.matchAll(/(?<![\w.])(\w+)\(/g)].map(([, name]) => name),
    );
    expect(functions.length).toBeGreaterThan(15);
    expect(Object.keys(lanewise)).toEqual(expect.arrayContaining(functions));
  });

  it("has every loss, schedule and optimizer that the library has", () => {
    const losses = Object.keys(lanewise.losses).filter((name) => name !== "custom");
    expect(losses.filter((name) => !text.includes(`losses.${name}(`))).toEqual([]);
    expect(Object.keys(lanewise.schedules).filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
    const optimizers = ["adadelta", "adagrad", "adam", "adamw", "lion", "nadam", "rmsprop", "sgd"];
    expect(optimizers.filter((name) => !text.includes(`\`${name}(`))).toEqual([]);
  });
});
