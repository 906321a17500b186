import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";

/** The examples of sequences as a user runs them, shortened, in a folder of their own. */
const folder = mkdtempSync(join(tmpdir(), "lanewise-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const here = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** What an example prints. It draws a picture that has these texts. */
function outputOf(name: string, options: readonly string[], texts: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [here("node_modules/tsx/dist/cli.mjs"), here(`examples/${name}/main.ts`), ...options],
    { cwd: folder, encoding: "utf8" },
  );
  expect(stderr).toBe("");
  expect(status).toBe(0);
  const picture = readFileSync(join(folder, "out", `${name}.svg`), "utf8");
  expect(picture).toMatch(/^<svg /);
  for (const text of texts) expect(picture).toContain(`>${text}<`);
  return stdout;
}

const numberIn = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1]);

/**
 * Seeds 1 and 2 gave 0.998 and 0.9975 so early, and 0.999 in full; without memory 0.45 to 0.54, which is
 * chance.
 */
it("an LSTM counts brackets, which a network without memory cannot", () => {
  const texts = ["Right answers", "without memory", "a cell of the LSTM, to scale"];
  const stdout = outputOf("brackets", ["--words", "3000", "--epochs", "10"], texts);
  expect(numberIn(stdout, /test accuracy (\S+)/)).toBeGreaterThan(0.98);
  const bag = [...stdout.matchAll(/^\d+ to \d+ +\S+ +(\S+)$/gm)].map(([, share]) => Number(share));
  expect(bag).toHaveLength(5);
  for (const share of bag) expect(share).toBeLessThan(0.65);
});

/** One number in a hundred is right by chance. Seeds 1 and 2 gave 0.765 and 0.761 in a tenth of the steps. */
it("a transformer begins to sort", () => {
  const stdout = outputOf("sorting", ["--steps", "500"], ["Learning", "place in the sorted row"]);
  expect(numberIn(stdout, /right: (\S+) of the numbers/)).toBeGreaterThan(0.65);
});

/** As many bits as the frequencies of the characters alone need are 4.4. Seeds 1 and 2 gave 4.21 and 4.12. */
it("an LSTM begins to read a book, and writes", () => {
  const options = ["--steps", "200", "--units", "48", "--length", "60", "--save", "out/book.safetensors"];
  const stdout = outputOf("book", options, ["What surprises it", "bits of each character"]);
  expect(numberIn(stdout, /(\S+) bits a character of held-out text/)).toBeLessThan(4.35);
  expect(stdout.match(/^step +\d+ {2}\S+ bits {2}She was /gm)).toHaveLength(4);
  expect(readFileSync(join(folder, "out/book.safetensors")).length).toBeGreaterThan(100_000);
});

/**
 * One line in nine is right by chance. Seeds 1 and 2 gave 0.65 and 0.648 after an epoch, and 0.92 in full.
 */
it("a GRU tells the language of a line, the better the more it has read", () => {
  const stdout = outputOf("language", ["--epochs", "1"], ["Right answers", "letters read"]);
  const [, early, late] = /right: (\S+) after 5 letters, (\S+) after the line/.exec(stdout) ?? [];
  expect(Number(late)).toBeGreaterThan(0.5);
  expect(Number(late)).toBeGreaterThan(Number(early) + 0.1);
});

/** Seeds 1 and 2 gave 2.89 and 2.88, the naive forecasts 3.41 and 3.16. */
it("a GRU forecasts the weather with smaller errors than the naive forecasts", () => {
  const stdout = outputOf("forecast", [], ["Errors", "as usual", "measured"]);
  const meanOf = (name: string) => numberIn(stdout, new RegExp(`^${name} .* (\\S+)$`, "m"));
  expect(meanOf("network")).toBeLessThan(3);
  expect(meanOf("as today")).toBeGreaterThan(3.3);
  expect(meanOf("as usual")).toBeGreaterThan(3.1);
});
