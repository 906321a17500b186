import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { writeCalls, writeKernels } from "./declarations.mjs";

const everything = ["assembly/index.ts"];
const forwardOnly = ["assembly/inference.ts", "--transform", "./tools/forward-only.mjs"];

/** What each .wasm file is compiled from. Its name is a target of asconfig.json. */
const MODULES = {
  scalar: everything,
  simd: everything,
  relaxed: everything,
  "inference-scalar": forwardOnly,
  "inference-simd": forwardOnly,
};

/** The module of the queue that threads work on. It imports the kernels of any build. */
const QUEUE = "threads";

/** The names of the builds. */
export const builds = Object.keys(MODULES);

/**
 * Compiles assembly/ to build/*.wasm, each also as a module with the file in base64, and writes what the
 * kernels take as TypeScript.
 */
export async function buildKernels() {
  await Promise.all(Object.entries(MODULES).map(([name, words]) => compile(name, words)));
  writeKernels("build/simd.d.ts", "src/core/generated/kernels.ts");
  writeCalls("build/simd.d.ts", "assembly/generated/calls.ts", "src/threads/generated/calls.ts");
  await compile(QUEUE, ["assembly/threads.ts"]);
}

async function compile(name, words) {
  await run("node_modules/assemblyscript/bin/asc.js", ...words, "--target", name);
  const base64 = readFileSync(`build/${name}.wasm`).toString("base64");
  writeFileSync(`build/${name}.base64.js`, `export default "${base64}";\n`);
}

/** Runs a program of Node's. @throws Error when it fails; it has said why on stderr */
export function run(program, ...words) {
  return new Promise((resolve, reject) => {
    spawn(process.execPath, [program, ...words], { stdio: "inherit" }).on("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}`)),
    );
  });
}
