import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { reportPage } from "../../cli/report/page.js";
import { read, values } from "./report-pages.js";

describe("dist/cli-report.js", () => {
  it("is a file of its own, which only a report loads", async () => {
    expect(read("dist/cli.js")).not.toMatch(/zrender|echarts/i);
    const { metafile } = await build({
      entryPoints: ["dist/cli-report.js"],
      bundle: true,
      packages: "external",
      platform: "node",
      format: "esm",
      metafile: true,
      write: false,
    });
    const imported = Object.values(metafile.inputs).flatMap(({ imports }) => imports.map(({ path }) => path));
    expect(imported.filter((path) => !path.startsWith("node:"))).toEqual([]);
  });

  it("draws the very page that the sources draw", async () => {
    const bundle: { reportPage: typeof reportPage } = await import(
      new URL("../../dist/cli-report.js", import.meta.url).href
    );
    const { input } = await values;
    expect(bundle.reportPage(input)).toBe(reportPage(input));
  });

  it("has the licences of what is in it beside it", () => {
    const licences = read("dist/THIRD_PARTY_LICENSES");
    for (const name of ["echarts", "zrender", "tslib"])
      expect(licences).toMatch(new RegExp(`^${name} \\d.* is in dist/cli-report\\.js$`, "m"));
    expect(licences).toContain("Copyright 2017-2026 The Apache Software Foundation");
    expect(licences).toContain("Copyright 2010-2016 Mike Bostock");
  });
});
