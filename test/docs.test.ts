import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as lanewise from "../src/index.js";

describe("docs/mathematics.md", () => {
  const place = new URL("../docs/mathematics.md", import.meta.url);
  const text = readFileSync(place, "utf8");

  it("leads to files that are there", () => {
    const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, link]) => link);
    expect(links.length).toBeGreaterThan(8);
    expect(links.filter((link) => !existsSync(new URL(link, place)))).toEqual([]);
  });

  it("names scripts that package.json has", () => {
    const { scripts } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
    const named = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name);
    expect(named).toEqual(["example:sphere", "example:square"]);
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
  });

  it("names functions that the library exports", () => {
    const codes = [...text.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code);
    const losses = codes.flatMap((code) => [...code.matchAll(/losses\.(\w+)\(/g)].map(([, name]) => name));
    expect(Object.keys(lanewise.losses)).toEqual(expect.arrayContaining(losses));
    const functions = codes.flatMap((code) => [...code.matchAll(/(?<![\w.])(\w+)\(/g)].map(([, name]) => name));
    expect(functions.length).toBeGreaterThan(15);
    expect(Object.keys(lanewise)).toEqual(expect.arrayContaining(functions));
  });
});
