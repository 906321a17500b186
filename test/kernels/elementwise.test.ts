import { describe, expect, it } from "vitest";
import { builds } from "../support/builds.js";
import { call, input, output, outputWords, resultOf, run, update } from "../support/harness.js";
import { describeAgainstTwins } from "../support/suite.js";

describeAgainstTwins("copies", "elementwise");

describe.each(builds)("in the $variant build", (build) => {
  it("gather copies the bits of signalling NaNs, and integers that look like them", () => {
    const words = Int32Array.of(0x7f800001, -1, 5, 0xffa00000 | 0, 0x7fc00000, 0);
    const y = outputWords(words.length);
    const outcome = run(build, call("gather", input(words), input(Int32Array.of(1, 0)), y, 2, 3));
    expect([...(outcome.words.get(y) ?? [])]).toEqual(
      [...new Uint32Array(words.buffer)].slice(3).concat([...new Uint32Array(words.buffer)].slice(0, 3)),
    );
  });

  it("gather may take a row as often as it likes, and zero rows", () => {
    const x = input(Int32Array.of(10, 11, 20, 21));
    const y = outputWords(8);
    const outcome = run(build, call("gather", x, input(Int32Array.of(1, 1, 0, 1)), y, 4, 2));
    expect([...(outcome.words.get(y) ?? [])]).toEqual([20, 21, 20, 21, 10, 11, 20, 21]);
    run(build, call("gather", x, input(new Int32Array(0)), outputWords(0), 0, 2));
  });

  it("shuffle gives each order about as often", () => {
    const counts = new Map<string, number>();
    for (let key = 0; key < 6000; key++) {
      const x = update(Int32Array.of(0, 1, 2));
      const order = String(run(build, call("shuffle", x, 3, key, 5)).words.get(x));
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(["0,1,2", "0,2,1", "1,0,2", "1,2,0", "2,0,1", "2,1,0"]);
    // Five standard deviations of a count.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt(1000));
  });

  it("transposing twice gives the matrix back", () => {
    const [rows, cols] = [67, 130];
    const x = Float32Array.from({ length: rows * cols }, (_, i) => i);
    const once = output(x.length);
    const twice = output(x.length);
    const turned = resultOf(run(build, call("transpose", input(x), once, rows, cols, cols)), once);
    expect(resultOf(run(build, call("transpose", input(turned), twice, cols, rows, rows)), twice)).toEqual(x);
  });

  it("zero writes +0 over anything", () => {
    const x = output(21);
    expect(resultOf(run(build, call("zero", x, 21)), x)).toEqual(new Float32Array(21));
  });
});
