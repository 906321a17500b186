import { relaxed } from "../../src/builds/relaxed.js";
import { scalar } from "../../src/builds/scalar.js";
import { supports } from "../../src/core/wasm.js";
import type { BackendOptions, Build, Variant } from "../../src/index.js";

/**
 * The builds that this engine runs. The test configuration turns relaxed SIMD on where it needs a flag.
 */
export const variants = (["scalar", "simd", "relaxed"] as const).filter(supports);
/** The builds whose results have the same bits. */
export const exactVariants = ["scalar", "simd"] as const;

const builds: { readonly [variant in Variant]?: Build } = { scalar, relaxed };

/** Options of createBackendSync that create a backend on the build. */
export const on = (variant: Variant): BackendOptions & { build?: Build } => ({
  variant,
  build: builds[variant],
});
