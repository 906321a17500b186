import { expect, it } from "vitest";
import { Workplace } from "./program.js";

const place = new Workplace();
const relaxedNeedsFlag = Number(process.versions.node.split(".")[0]) < 22;

it("compare measures the builds, and finds the same bits in scalar and SIMD weights", () => {
  const flags = relaxedNeedsFlag ? ["--experimental-wasm-relaxed-simd"] : [];
  const { status, out } = place.runWith(flags, ["compare"]);
  expect(status).toBe(0);
  expect(out).toMatch(
    /\nscalar +\d+\.\d +[\d,]+ +[0-9a-f]{64}\nsimd +\d+\.\d +[\d,]+ +[0-9a-f]{64}\nrelaxed +\d+\.\d +[\d,]+ +[0-9a-f]{64}\n/,
  );
  expect(out).toContain("identical bits in scalar and SIMD weights: yes");
});

it.runIf(relaxedNeedsFlag)("compare --json names a build that the engine lacks, with the reason", () => {
  const { builds, identicalBits } = place.json("compare");
  expect(identicalBits).toBe(true);
  expect(builds[0].sha256).toBe(builds[1].sha256);
  expect(builds[2]).toMatchObject({
    build: "relaxed",
    missing: expect.stringContaining("node --experimental-wasm-relaxed-simd"),
  });
});
