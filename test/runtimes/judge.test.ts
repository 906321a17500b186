import { describe, expect, it } from "vitest";
import type { BuildReport, Report } from "../conformance/report.js";
import { disagreements, failuresOf } from "./judge.js";

/** What npm run test:runtimes must not let pass. */
describe("the judge of the runtimes' reports", () => {
  const build = (variant: BuildReport["variant"], sha256 = "ab", trained = "34"): BuildReport => ({
    variant,
    sha256,
    trainings: { lion: variant === "relaxed" ? "12" : trained },
    accuracy: 0.9,
    kernelError: 0,
    seconds: 1,
  });
  const good: Report = {
    runtime: { name: "Node", version: "20" },
    embedded: { variant: "simd" },
    builds: [build("scalar"), build("simd"), build("relaxed", "cd")],
    failures: [],
  };
  const forbidden = {
    error:
      "BackendError: createBackend: this host forbids compiling WebAssembly from bytes. On an edge runtime import a .wasm file and pass it as { wasm }",
  };

  it("is content with builds that agree, whatever the relaxed one gave", () => {
    expect(failuresOf(true, good)).toEqual([]);
    expect(failuresOf(false, { ...good, embedded: forbidden })).toEqual([]);
    expect(
      disagreements([good, { ...good, builds: [build("scalar"), build("simd"), build("relaxed", "ef")] }]),
    ).toEqual([]);
  });

  it("tells of what the program found, and of a build that is not there", () => {
    expect(failuresOf(true, { ...good, builds: [build("scalar")], failures: ["simd: no"] })).toEqual([
      "simd: no",
      "has no simd build",
    ]);
  });

  it("tells of another hash in one build of one runtime, and of none at all", () => {
    const message = /expected one hash of the weights of all scalar and SIMD builds, got (2|0)/;
    expect(disagreements([good, { ...good, builds: [build("scalar"), build("simd", "ac")] }])).toEqual([
      expect.stringMatching(message),
    ]);
    expect(disagreements([])).toEqual([expect.stringMatching(message)]);
  });

  it("tells of a training that gave another hash in one build", () => {
    const other = { ...good, builds: [build("scalar"), build("simd", "ab", "35")] };
    expect(disagreements([good, other])).toEqual([
      "expected one hash of the weights of each training, got several of lion",
    ]);
  });

  it("tells of an embedded build that is not made, or is made where that is forbidden, or of an error that does not help", () => {
    expect(failuresOf(true, { ...good, embedded: { variant: "scalar" } })).toHaveLength(1);
    expect(failuresOf(true, { ...good, embedded: forbidden })).toHaveLength(1);
    expect(failuresOf(false, good)).toHaveLength(1);
    expect(failuresOf(false, { ...good, embedded: { error: "CompileError: disallowed" } })).toHaveLength(1);
  });
});
