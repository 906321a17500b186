import { spawn } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Variant } from "lanewise";

const root = new URL("../../", import.meta.url);
const source = new URL("peak.ts", import.meta.url);
const folder = new URL("out/peak/", root);

/** The same features as the targets of asconfig.json. */
const features: Record<Variant, readonly string[]> = {
  scalar: ["--disable", "simd"],
  simd: ["--enable", "simd"],
  relaxed: ["--enable", "simd", "--enable", "relaxed-simd"],
};

/** The compiled peak loop of a build. */
export function peakFile(variant: Variant): URL {
  return new URL(`${variant}.wasm`, folder);
}

/** Compiles the peak loop for the builds that have none newer than its source. */
export async function compilePeak(variants: readonly Variant[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const old = variants.filter(
    (variant) =>
      (statSync(peakFile(variant), { throwIfNoEntry: false })?.mtimeMs ?? 0) <= statSync(source).mtimeMs,
  );
  await Promise.all(old.map(compile));
}

function compile(variant: Variant): Promise<void> {
  const compiler = fileURLToPath(new URL("node_modules/assemblyscript/bin/asc.js", root));
  const args = [
    compiler,
    "peak.ts",
    "--outFile",
    `../../out/peak/${variant}.wasm`,
    "--runtime",
    "stub",
    "-O3",
    "--noAssert",
    "--initialMemory",
    "1",
  ];
  // In a folder of its own: the compiler would take the kernels' asconfig.json from the root.
  const cwd = fileURLToPath(new URL(".", import.meta.url));
  return new Promise((resolve, reject) => {
    spawn(process.execPath, [...args, ...features[variant]], { cwd, stdio: "inherit" }).on("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`compiling the ${variant} peak loop ended with ${code}`)),
    );
  });
}
