import base64 from "../../build/inference-simd.base64.js";
import {
  type BackendSourceOptions,
  createOf,
  createSyncOf,
  type Entry,
  type ThreadsOptions,
} from "../core/create-backend.js";
import { Host } from "../core/host.js";
import type { WasmModuleSource, WasmSource } from "../core/wasm.js";

/** The forward half of the kernels. */
const entry: Entry<Host> = {
  name: "lanewise/inference",
  inside: { variant: "simd", base64 },
  modules: { scalar: async () => (await import("./inference-scalar.js")).scalar },
  threads: async () => (await import("./threads.js")).threads,
  options: ["variant", "wasm", "build", "threads", "worker"],
  Backend: Host,
};

/**
 * A backend that runs models and does not train them, on the build that `variant` selects, or on the one
 * passed as `wasm` or `build`. The SIMD build is inside this module; the scalar one is imported when it is
 * needed, and so is what starts threads.
 *
 * @example
 * const backend = await createBackend();
 * console.log(backend.variant); // simd
 *
 * @throws BackendError when this engine cannot run the build, the host forbids compiling it, the module is
 * not one of lanewise's, or there can be no threads and a number of them was asked for
 * @throws ValueError for options that are wrong
 */
export function createBackend(
  options: BackendSourceOptions<WasmSource | Promise<WasmSource>> & ThreadsOptions = {},
): Promise<Host> {
  return createOf(entry, options);
}

/**
 * Like {@link createBackend}, but synchronous, for hosts that allow nothing else at the top level of a
 * module. Without `wasm` or `build` it runs the SIMD build.
 *
 * @example
 * const backend = createBackendSync();
 * console.log(backend.variant); // simd
 *
 * @throws ValueError for a variant other than SIMD without `wasm` or `build`
 * @throws BackendError likewise, and where the engine compiles so large a module only asynchronously
 */
export function createBackendSync(options: BackendSourceOptions<WasmModuleSource> = {}): Host {
  return createSyncOf(entry, options);
}
