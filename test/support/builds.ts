import { readFileSync } from "node:fs";
import type { Kernels } from "../../src/core/kernels.js";
import { compileSync, type Instance, instantiate, runs, VARIANTS, type Variant } from "../../src/core/wasm.js";

export type KernelName = Exclude<keyof Kernels, "abi" | "variant">;

export const moduleBytes = (variant: Variant): BufferSource => readFileSync(new URL(`../../build/${variant}.wasm`, import.meta.url));

const load = (variant: Variant): Instance => instantiate(compileSync(moduleBytes(variant)));

/** The builds whose bits are promised to be equal. */
export const scalar = load("scalar");
export const simd = load("simd");

/** Every build that this engine validates: only relaxed SIMD may be missing. */
export const builds: readonly Instance[] = [
  scalar,
  simd,
  ...VARIANTS.slice(2)
    .filter((variant) => runs(moduleBytes(variant)))
    .map(load),
];
