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

console.log(
  JSON.stringify(
    await conform(lanewise, {
      runtime: { name: process.argv[2], version },
      digits,
      inference,
      table,
      sources,
    }),
  ),
);
