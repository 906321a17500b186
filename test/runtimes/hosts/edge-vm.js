import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { EdgeVM } from "@edge-runtime/vm";

/**
 * Runs a bundled edge function in an EdgeVM that compiles no WebAssembly and no strings, and prints its
 * report. The modules are compiled out here, as such a host does before it starts a function. Arguments: the
 * runtime's name, and the folder of the user's project.
 */
const [name, folder] = process.argv.slice(2);
const { version } = createRequire(import.meta.url)("@edge-runtime/vm/package.json");
const names = ["scalar", "simd", "relaxed", "inference-scalar", "inference-simd"];
const wasm = Object.fromEntries(
  names.map((name) => [
    name,
    new WebAssembly.Module(readFileSync(join(folder, `node_modules/lanewise/dist/${name}.wasm`))),
  ]),
);

const vm = new EdgeVM({ codeGeneration: { strings: false, wasm: false } });
vm.evaluate(readFileSync(join(folder, "edge/edge-function.js"), "utf8"));
console.log(await vm.context.conform({ name, version }, wasm));
