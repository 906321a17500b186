import { readFileSync } from "node:fs";
import { instantiateSync } from "@assemblyscript/loader";
import type { Kernels } from "../../src/core/kernels.js";
import { compileSync, type Instance, VARIANTS, type Variant } from "../../src/core/wasm.js";

export type KernelName = Exclude<keyof Kernels, "abi" | "variant">;

export const moduleBytes = (variant: Variant): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(new URL(`../../build/${variant}.wasm`, import.meta.url)));

/** By AssemblyScript's own loader, which the library does without: its kernels take nothing but numbers. */
function load(variant: Variant): Instance {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { instance } = instantiateSync(compileSync(moduleBytes(variant)), { env: { memory } });
  return { kernels: instance.exports as unknown as Kernels, memory, variant };
}

/** The builds whose bits are promised to be equal. */
export const scalar = load("scalar");
export const simd = load("simd");

const validates = (variant: Variant): boolean => WebAssembly.validate(moduleBytes(variant));

/** Every build that this engine validates: only relaxed SIMD may be missing. */
export const builds: readonly Instance[] = [scalar, simd, ...VARIANTS.slice(2).filter(validates).map(load)];
