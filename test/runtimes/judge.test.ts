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
    threads: {
      auto: 2,
      builds: [{ variant: "simd", threads: 2, sha256: "ab", trainings: { lion: "34" } }],
    },
    failures: [],
  };
  const alone: Report["threads"] = {
    auto: 1,
    error: "BackendError: createBackend: 2 threads were asked for, but this host has no workers",
    builds: [],
  };
  const forbidden = {
    error:
      "BackendError: createBackend: this host forbids compiling WebAssembly from bytes. On an edge runtime import a .wasm file and pass it as { wasm }",
  };

  it("is content with builds that agree, whatever the relaxed one gave", () => {
    expect(failuresOf(true, good)).toEqual([]);
    expect(failuresOf(false, { ...good, embedded: forbidden, threads: alone })).toEqual([]);
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
    expect(failuresOf(false, { ...good, threads: alone })).toHaveLength(1);
    const embedded = { error: "CompileError: disallowed" };
    expect(failuresOf(false, { ...good, threads: alone, embedded })).toHaveLength(1);
  });

  it("tells of threads that are missing, of more than there can be, and of an error that does not say why", () => {
    expect(failuresOf(true, { ...good, threads: alone })).toHaveLength(1);
    const error = "TypeError: Worker is not defined";
    const edge = { ...good, embedded: forbidden };
    expect(failuresOf(false, { ...edge, threads: { ...alone, auto: 2 } })).toHaveLength(1);
    expect(failuresOf(false, { ...edge, threads: { ...alone, error } })).toHaveLength(1);
    expect(failuresOf(false, { ...edge, threads: { auto: 1, builds: [] } })).toHaveLength(1);
  });

  it("tells of threads that gave another hash", () => {
    const builds = [{ ...good.threads.builds[0], sha256: "ac", trainings: { lion: "35" } }];
    expect(disagreements([{ ...good, threads: { auto: 2, builds } }])).toHaveLength(2);
  });
});
