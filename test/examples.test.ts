import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";

/** Examples as a user runs them, but in a folder of their own: first those that draw the two figures of Jeffrey Zhou, "Basic Neural Network Math". */
const folder = mkdtempSync(join(tmpdir(), "lanewise-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const here = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/**
 * The error on a dense grid, nearly all of it new to the network, about three times what was measured (3.3e-6 and 1.5e-5): the network of a straight line has
 * 0.089 for the square, and one that has learnt no more than the sphere's middle 0.33.
 */
it.each([
  ["square", 1e-5],
  ["sphere", 5e-5],
])("the %s is learnt to a mean squared error below %d, and drawn", (name, bound) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [here("node_modules/tsx/dist/cli.mjs"), here(`examples/${name}/main.ts`)], {
    cwd: folder,
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  const [, error] = /mean squared error (\S+)/.exec(stdout) ?? [];
  expect(Number(error)).toBeLessThan(bound);
  const picture = readFileSync(join(folder, "out", `${name}.svg`), "utf8");
  expect(picture).toMatch(/^<svg /);
  expect(picture).toContain("learned");
});

/** The error is about three times what was measured (7.1e-6); a straight line has 0.16. */
it("the custom layer has the gradients of the differences, learns a wave and is loaded again", () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [here("node_modules/tsx/dist/cli.mjs"), here("examples/custom-layer/main.ts")], {
    cwd: folder,
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  const errors = [...stdout.matchAll(/│ '[\w.]+' +│ (\S+)/g)].map(([, error]) => Number(error));
  expect(errors).toHaveLength(5);
  for (const error of errors) expect(error).toBeLessThan(0.002);
  expect(Number(/(\S+) in the last of 400/.exec(stdout)?.[1])).toBeLessThan(2e-5);
  expect(stdout).toContain("the same predictions");
});
