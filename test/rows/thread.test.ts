import { spawnSync } from "node:child_process";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { csvOf, Folder } from "./files.js";

const folder = new Folder();
const file = folder.file("rows.csv", csvOf(100_000));
const library = new URL("../../dist/node.js", import.meta.url);

/** What a program prints that reads that file, in a process of its own. */
function run(program: string) {
  const start = `import { fileBatches, fileSamples } from ${JSON.stringify(library)};
    const path = ${JSON.stringify(file)};
    const options = { inputs: ["a"], target: "y", shuffle: false };`;
  const path = folder.file("program.mjs", `${start}\n${program}`);
  const { status, stdout, stderr } = spawnSync(process.execPath, [path], {
    encoding: "utf8",
    timeout: 60_000,
  });
  return { status, out: stdout.trim(), error: stderr };
}

describe("the thread that reads files", () => {
  it("does not keep a process alive that stopped reading halfway", () => {
    const { status, out, error } = run(`
      const first = await fileBatches(path, options)().next();
      const second = await fileSamples(path, { inputs: ["a"] }).next();
      console.log(first.value.length, second.value.begin);`);
    expect([status, out, error]).toEqual([0, "2 0", ""]);
  });

  it("reads several files at a time, and stops where the reader stops", () => {
    const { status, out, error } = run(`
      const count = async (most) => {
        let rows = 0;
        for await (const [, targets] of fileBatches(path, options)()) {
          rows += targets.length;
          if (rows >= most) break;
        }
        return rows;
      };
      console.log(...(await Promise.all([count(Infinity), count(64), count(32_000), count(Infinity)])));`);
    expect([status, out, error]).toEqual([0, "100000 64 32000 100000", ""]);
  });

  it("is not started by a program that imports its module", () => {
    const worker = pathToFileURL(new URL("../../dist/rows-worker.js", import.meta.url).pathname).href;
    const { status, out } = run(`
      const { tasks } = await import(${JSON.stringify(worker)});
      console.log(Object.keys(tasks).join(" "));`);
    expect([status, out]).toEqual([0, "examples samples outline survey texts"]);
  });
});
