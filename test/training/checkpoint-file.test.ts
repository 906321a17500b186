import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createBackendSync, dense, restoreCheckpoint, Sequential } from "../../src/index.js";
import { checkpointFile, writeWhole } from "../../src/node.js";
import { iris } from "../reference/data.js";

const backend = createBackendSync();
const { x, y } = iris();
const make = () =>
  new Sequential(backend, { inputShape: 4, seed: 9, layers: [dense(8, { activation: "tanh" }), dense(3)] });
const options = { loss: "softmaxCrossEntropy", batchSize: 32 } as const;

describe("lanewise/node", () => {
  const folder = mkdtempSync(join(tmpdir(), "lanewise-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("writes every so many epochs, and at the end, into folders that it makes", async () => {
    using model = make();
    const path = join(folder, "a/b/run.safetensors");
    const epochs: number[] = [];
    await model.fit(x, y, {
      ...options,
      epochs: 5,
      callbacks: [
        checkpointFile(path, { every: 2 }),
        { onEpochEnd: () => void epochs.push(existsSync(path) ? restored(path).epoch : 0) },
      ],
    });
    expect(epochs).toEqual([0, 2, 2, 4, 4]);
    expect(restored(path).epoch).toBe(5);
    expect(readdirSync(join(folder, "a/b"))).toEqual(["run.safetensors"]);
  });

  // A training that has run for a night should not be the first to tell of a checkpoint that was never
  // written.
  it.each([
    ["no path", [], /checkpointFile expected a path, got undefined/],
    [
      "an interval of 0",
      ["x", { every: 0 }],
      /checkpointFile expected every to be an integer of at least 1, got 0/,
    ],
    [
      "a misspelt option",
      ["x", { frequency: 5 }],
      /checkpointFile: unknown option "frequency"; known are every/,
    ],
  ])("refuses %s at once", (_, args, error) => {
    expect(() => checkpointFile(...(args as [string]))).toThrow(error);
  });

  it("leaves the old file and nothing else where it cannot write", () => {
    const path = join(folder, "kept");
    writeWhole(path, "old");
    expect(() =>
      writeWhole(path, {
        toString: () => {
          throw new Error("no text");
        },
      } as never),
    ).toThrow();
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(folder).filter((name) => name.startsWith("kept"))).toEqual(["kept"]);
  });

  it("is killed at 100 moments, and goes on each time to the bits of the uninterrupted run", async () => {
    // More than a fast machine trains between all the kills.
    const epochs = 2000;
    const whole = join(folder, "whole");
    expect(await run(whole, epochs)).toBe("done\n");
    const expected = new Map<number, string>();
    const path = join(folder, "killed");
    let kills = 0;
    // Moments that a seed decides: between a process's first breath and well into its training.
    for (let seed = 1; kills < 100; seed = (seed * 48_271) % 2_147_483_647) {
      const out = await run(path, epochs, seed % 60);
      if (out === "done\n") break;
      kills++;
      if (!existsSync(path)) continue;
      const { epoch, weights } = restored(path);
      // Two states of one epoch are one.
      expect(expected.get(epoch) ?? weights).toBe(weights);
      expected.set(epoch, weights);
    }
    expect(kills).toBe(100);
    expect(await run(path, epochs)).toBe("done\n");
    expect(restored(path)).toEqual(restored(whole));
  }, 600_000);

  function restored(path: string): { epoch: number; weights: string } {
    const { model, epoch } = restoreCheckpoint(backend, readFileSync(path));
    const weights = model.parameters.flatMap(({ value }) => Array.from(value.data)).join();
    model.dispose();
    return { epoch, weights };
  }

  /** What the program prints; killed so many milliseconds after it has begun to train, "". */
  function run(path: string, epochs: number, killAfter?: number): Promise<string> {
    const child = spawn(process.execPath, ["test/training/killed.mjs", path, String(epochs)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let out = "";
    child.stdout.on("data", (text) => {
      out += text;
      if (killAfter !== undefined && out === "begins\n") setTimeout(() => child.kill("SIGKILL"), killAfter);
    });
    return new Promise((resolve) => child.on("close", () => resolve(out.replace("begins\n", ""))));
  }
});
