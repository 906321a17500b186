import { createBackendSync, type Variant } from "../../src/index.js";

const runs = (variant: Variant): boolean => {
  try {
    createBackendSync({ variant }).dispose();
    return true;
  } catch {
    return false;
  }
};

/**
 * The builds that this engine validates. The test configuration turns relaxed SIMD on where it needs a flag.
 */
export const variants = (["scalar", "simd", "relaxed"] as const).filter(runs);
/** The builds whose results have the same bits. */
export const exactVariants = ["scalar", "simd"] as const;
