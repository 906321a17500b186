import { BackendError, createBackend as create } from "lanewise";
import simd from "lanewise/simd.wasm?url";

/** The package for workers of the built site: its SIMD build is a file, which they share. */
export * from "lanewise";

/** Like createBackend of the package, which has the SIMD build inside. */
export const createBackend: typeof create = async (options = {}) => {
  const { variant = "auto", wasm, build } = options;
  if (wasm || build || (variant !== "auto" && variant !== "simd")) return create(options);
  try {
    return await create({ ...options, wasm: new URL(simd, import.meta.url) });
  } catch (error) {
    // Where the engine has no SIMD, or the file does not come, the scalar build has the same bits.
    if (variant === "auto" && error instanceof BackendError) return create({ ...options, variant: "scalar" });
    throw error;
  }
};
