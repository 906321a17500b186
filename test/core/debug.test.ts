import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { createBackend, createBackendSync } from "../../src/index.js";
import { createBackendSync as createForInference } from "../../src/inference.js";

const program = fileURLToPath(new URL("../support/dropped.ts", import.meta.url));

/** What the program tells, in a process of its own, for garbage is collected there when it asks. */
function told(mode: string): { warnings: string[]; alive: number[] } {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ["--expose-gc", "--import", "tsx", program, mode],
    { encoding: "utf8" },
  );
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return JSON.parse(stdout);
}

describe("a backend in debug mode", () => {
  let debugged: ReturnType<typeof told>;
  beforeAll(() => {
    debugged = told("debug");
  }, 60_000);

  it("warns of each matrix and model that was dropped undisposed, and where it was made, and of no other", () => {
    expect(debugged.warnings.map((text) => text.split(", made")[0]).sort()).toEqual([
      "lanewise: dropped without dispose(): matrix [2, 3]",
      "lanewise: dropped without dispose(): model of 1 layers, dense(8 -> 9) first",
    ]);
    for (const text of debugged.warnings) expect(text).toMatch(/at drop \(.*dropped\.ts/);
  });

  it("has nothing to say of a matrix of which a view of rows is still there", () =>
    expect(debugged.alive).toEqual([1, 1]));

  it("is asked for", () => expect(told("quiet").warnings).toEqual([]), 60_000);
});

it("debug is true or false, and an option of the main entry alone", async () => {
  await expect(createBackend({ debug: 1 as unknown as boolean })).rejects.toThrow(
    /createBackend expected debug to be true or false, got 1/,
  );
  expect(() => createBackendSync({ debgu: true } as object)).toThrow(
    /unknown option "debgu"; known are variant, wasm, debug/,
  );
  expect(() => createForInference({ debug: true } as object)).toThrow(
    /unknown option "debug"; known are variant, wasm/,
  );
});
