import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";
import { expect, it, onTestFinished } from "vitest";
import { apiExamples, REDIS } from "../../support/api-examples.js";
import { RedisServer } from "./redis.js";
import { temporary } from "./start.js";
import { startWorker } from "./workers.js";

/** The examples in docstrings and in the documentation that need a Redis, as a reader copies them. */

const pathOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

it("examples of the API run, and print what their comments say", async () => {
  const { url } = await RedisServer.start();
  const examples = apiExamples.filter(({ needsRedis }) => needsRedis);
  expect(examples.length).toBeGreaterThan(3);
  // Within the package, whose name programs import.
  const folder = pathOf("../../../out/queue-examples");
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const work = join(folder, "work");
  mkdirSync(work, { recursive: true });
  cpSync(pathOf("../../../examples/data"), work, { recursive: true });
  const here = (text: string): string => text.replaceAll(REDIS, url).replaceAll(REDIS.slice(8), url.slice(8));
  for (const { name, program } of examples)
    writeFileSync(join(folder, `${name}.mjs`), transformSync(here(program), { loader: "ts" }).code);
  const words = [pathOf("../../support/run-programs.mjs"), folder, "results.json"];
  const { stderr } = spawnSync(process.execPath, words, { cwd: work, encoding: "utf8" });
  expect(stderr).not.toMatch(/Error/);
  const results = JSON.parse(readFileSync(join(work, "results.json"), "utf8"));
  for (const { name, symbol, text } of examples) {
    const { lines, error } = results[name] as { lines: string[]; error: string };
    expect(error, symbol).toBe("");
    const outputs = [...here(text).matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, output]) => output);
    expect(lines, symbol).toEqual(expect.arrayContaining(outputs));
  }
});

it("the program of the page on queues runs, and prints what its comment says", async () => {
  const { url } = await RedisServer.start();
  const data = pathOf("../../../examples/data");
  await startWorker({ connection: url, data });
  const page = readFileSync(pathOf("../../../site/how-to/distributed.md"), "utf8");
  const [, program] = /^```js redis\n([\s\S]*?)^```/m.exec(page) ?? [];
  const [, output] = /console\.log\(.*\); \/\/ (.*)$/m.exec(program) ?? [];
  const library = pathOf("../../../dist/distributed.js");
  const file = join(temporary(), "program.mjs");
  writeFileSync(file, program.replace("lanewise/distributed", library).replace(REDIS, url));
  const { stdout, status } = spawnSync(process.execPath, [file], { cwd: data, encoding: "utf8" });
  expect([stdout.trim(), status]).toEqual([output, 0]);
});
