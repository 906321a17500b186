import { spawn } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { FunctionName } from "./bounds.js";

/** Inputs that are computed in one call. */
export const BLOCK = 1 << 16;

/** f of each x, BLOCK of them; the result is overwritten by the next call. */
export type Compute = (name: FunctionName, x: Float32Array) => Float32Array;

const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * functions.ts, compiled as the published build of that name is, unless that was done after the last change.
 */
export async function build(variant: "scalar" | "simd"): Promise<Compute> {
  const file = `out/ulp/${variant}.wasm`;
  if (changed(`${root}${file}`) <= lastChange())
    await compile("test/ulp/functions.ts", "--target", variant, "--outFile", file);
  const memory = new WebAssembly.Memory({ initial: 16 });
  const { instance } = await WebAssembly.instantiate(readFileSync(`${root}${file}`), { env: { memory } });
  const functions = instance.exports as unknown as Record<
    FunctionName,
    (x: number, y: number, n: number) => void
  >;
  const [x, y] = [
    new Float32Array(memory.buffer, 1024, BLOCK),
    new Float32Array(memory.buffer, 1024 + 4 * BLOCK, BLOCK),
  ];
  return (name, inputs) => {
    x.set(inputs);
    functions[name](x.byteOffset, y.byteOffset, BLOCK);
    return y;
  };
}

const changed = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

function lastChange(): number {
  const kernels = readdirSync(`${root}assembly`).map((name) => `assembly/${name}`);
  return Math.max(
    ...[...kernels, "asconfig.json", "test/ulp/functions.ts"].map((name) => changed(`${root}${name}`)),
  );
}

function compile(...args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    spawn(process.execPath, ["node_modules/assemblyscript/bin/asc.js", ...args], {
      cwd: root,
      stdio: "inherit",
    }).on("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`asc ${args.join(" ")} ended with ${code}`)),
    );
  });
}
