import * as lanewise from "lanewise";
import * as inference from "lanewise/inference";
import * as table from "lanewise/table";
import digits from "./digits.js";
import { conform } from "./program.js";

/**
 * Node, Deno and Bun: a program that is started and prints its report. Its argument is the runtime's name.
 */
const { Bun, Deno, process } = globalThis;
const version = Deno?.version.deno ?? Bun?.version ?? process.versions.node;

const url = new URL(import.meta.resolve("lanewise/simd.wasm"));
const bytes = process.getBuiltinModule("node:fs").readFileSync(url);
const sources = {
  "a file's URL": url,
  bytes,
  "a module": new WebAssembly.Module(bytes),
  "a promise of a module": WebAssembly.compile(bytes),
  "a response": new Response(bytes, { headers: { "content-type": "application/wasm" } }),
};

const report = await conform(lanewise, {
  runtime: { name: process.argv[2], version },
  digits,
  inference,
  table,
  sources,
  threads: [2, 3, 4, 7],
});
report.failures.push(...(await leaks()));
// Threads that nobody disposes of must not keep the process alive.
await lanewise.createBackend({ threads: 3 });
console.log(JSON.stringify(report));

/** That threads of backends that were disposed of are still there. */
async function leaks() {
  const before = threads();
  for (let i = 0; i < 8; i++) (await lanewise.createBackend({ threads: 4 })).dispose();
  for (let i = 0; i < 100 && threads() > before + 12; i++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  return threads() > before + 12 ? [`of 24 threads that ended, ${threads() - before} are there`] : [];
}

/** The threads of this process, where the system says it and lets it be read. */
function threads() {
  try {
    return process.getBuiltinModule("node:fs").readdirSync("/proc/self/task").length;
  } catch {
    return 0;
  }
}
