import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { QUICK, table, Workplace } from "./program.js";

const place = new Workplace();

/** Reference: the same commands on one thread. Tolerance: none. */
describe("--threads", () => {
  it("changes neither the model nor what it predicts", () => {
    const wine = table("wine");
    const train = (threads: string) => {
      const words = ["--threads", threads, "--hidden", "256,256", "--out", `${threads}.safetensors`];
      const { status, error } = place.run("train", wine, "--target", "cultivar", ...QUICK, ...words);
      expect([status, error]).toEqual([0, ""]);
      return readFileSync(place.path(`${threads}.safetensors`)).toString("latin1");
    };
    const [one, ...others] = ["1", "3", "auto"].map(train);
    for (const other of others) expect(other).toBe(one);

    for (const command of ["predict", "evaluate"]) {
      const [first, ...rest] = ["1", "3", "auto"].map(
        (threads) => place.run(command, "1.safetensors", wine, "--threads", threads).out,
      );
      expect(first.length).toBeGreaterThan(100);
      for (const out of rest) expect(out).toBe(first);
    }
  });

  it("is a number of threads, or auto", () => {
    for (const threads of ["0", "33", "all"]) {
      const { status, error } = place.run("train", table("iris"), "--threads", threads);
      expect(status).not.toBe(0);
      expect(error).toMatch(`--threads expected a whole number from 1 to 32, got ${threads}`);
    }
  });
});
