import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

describe("dist/cli.js", () => {
  it("is the package's command, and the package needs no other one", () => {
    const { bin, dependencies } = JSON.parse(read("package.json"));
    expect(bin).toEqual({ lanewise: "dist/cli.js" });
    expect(dependencies).toBeUndefined();
  });

  // npm runs these when it installs a package.
  it.each(["preinstall", "install", "postinstall"])("has no script %s", (name) => {
    expect(Object.keys(JSON.parse(read("package.json")).scripts)).not.toContain(name);
  });

  it("has its source map beside it", () => {
    expect(read("dist/cli.js")).toMatch(/\n\/\/# sourceMappingURL=cli\.js\.map\n$/);
    const { sources, sourcesContent } = JSON.parse(read("dist/cli.js.map"));
    expect(sources).toContain("../cli/main.ts");
    expect(sourcesContent).toHaveLength(sources.length);
  });

  it("imports the library beside it and otherwise only what Node has", () => {
    const imported = [...read("dist/cli.js").matchAll(/\bfrom\s?"([\w./:@-]+)"/g)].map(([, name]) => name);
    expect(imported).toContain("./lanewise.js");
    expect(imported).toContain("./table.js");
    expect(imported).toContain("./text.js");
    const beside = /^\.\/(lanewise|table|text|node|onnx|tfjs|brain|distributed)\.js$/;
    expect(imported.filter((name) => !beside.test(name) && !process.getBuiltinModule(name))).toEqual([]);
  });

  it("has the licences of the packages in it beside it, and of the loader in the library", () => {
    const licences = read("dist/THIRD_PARTY_LICENSES");
    for (const name of ["citty", "cli-progress", "hyparquet", "string-width"])
      expect(licences).toMatch(new RegExp(`${name} \\d.* is in .*dist/cli\\.js`));
    const ofLibrary = licences.split("\n").filter((line) => line.includes("dist/lanewise.js"));
    expect(ofLibrary).toEqual([expect.stringMatching(/^@assemblyscript\/loader \d.* \(Apache-2\.0\)/)]);
    expect(licences.match(/permission is hereby granted/gi)?.length).toBeGreaterThanOrEqual(8);
  });
});
