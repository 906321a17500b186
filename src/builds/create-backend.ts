import base64 from "../../build/simd.base64.js";
import {
  type BackendSourceOptions,
  createOf,
  createSyncOf,
  type Entry,
  type ThreadsOptions,
} from "../core/create-backend.js";
import type { WasmModuleSource, WasmSource } from "../core/wasm.js";
import { Backend } from "../matrix/backend.js";

const entry: Entry<Backend> = {
  name: "lanewise",
  inside: { variant: "simd", base64 },
  modules: {
    scalar: async () => (await import("./scalar.js")).scalar,
    relaxed: async () => (await import("./relaxed.js")).relaxed,
  },
  threads: async () => (await import("./threads.js")).threads,
  options: ["variant", "wasm", "build", "threads", "worker"],
  Backend,
};

/**
 * A backend on the build that `variant` selects, or on the one passed as `wasm` or `build`. The SIMD build is
 * inside this module; the others are imported when they are needed, and so is what starts threads.
 *
 * @example
 * const scalar = await createBackend({ variant: "scalar" });
 * console.log(backend.variant, scalar.variant); // simd scalar
 *
 * @throws BackendError when this engine cannot run the build, the host forbids compiling it, the module is
 * not one of lanewise's, or there can be no threads and a number of them was asked for
 * @throws ValueError for options that are wrong
 */
export function createBackend(
  options: BackendSourceOptions<WasmSource | Promise<WasmSource>> & ThreadsOptions = {},
): Promise<Backend> {
  return createOf(entry, options);
}

/**
 * Like {@link createBackend}, but synchronous, for hosts that allow nothing else at the top level of a
 * module. Without `wasm` or `build` it runs the SIMD build.
 *
 * @example
 * const simd = createBackendSync();
 * console.log(simd.variant); // simd
 *
 * @throws ValueError for a variant other than SIMD without `wasm` or `build`
 * @throws BackendError likewise, and where the engine compiles so large a module only asynchronously
 */
export function createBackendSync(options: BackendSourceOptions<WasmModuleSource> = {}): Backend {
  return createSyncOf(entry, options);
}
