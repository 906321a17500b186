import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as lanewise from "../src/index.js";

const read = (name: string) => readFileSync(new URL(`../docs/${name}`, import.meta.url), "utf8");

describe.each([
  { name: "mathematics.md", scripts: ["example:sphere", "example:square"] },
  { name: "numerics.md", scripts: ["test:browsers", "test:numerics", "test:runtimes", "test:ulp"] },
  { name: "interop.md", scripts: ["test:fuzz", "test:interop"] },
])("docs/$name", ({ name, scripts }) => {
  const text = read(name);

  it("leads to files that are there", () => {
    const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, link]) => link);
    expect(links.length).toBeGreaterThan(8);
    expect(links.filter((link) => !existsSync(new URL(`../docs/${link}`, import.meta.url)))).toEqual([]);
  });

  it("names scripts that package.json has", () => {
    const known = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).scripts;
    const named = new Set([...text.matchAll(/npm run ([\w:]+)/g)].map(([, script]) => script));
    expect([...named].sort()).toEqual(scripts);
    expect(Object.keys(known)).toEqual(expect.arrayContaining(scripts));
  });
});

describe("docs/mathematics.md", () => {
  const text = read("mathematics.md");

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
