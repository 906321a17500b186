import packed from "../../build/inference.packed";
import { type BackendSourceOptions, createOf, createSyncOf } from "./create-backend.js";
import { Host } from "./host.js";
import { unpack } from "./unpack.js";
import type { WasmAtHand, WasmSource } from "./wasm.js";

/**
 * The forward half of the kernels. A string costs nothing until it is unpacked. The build that most hosts
 * pick comes first in it.
 */
const entry = {
  builds: { simd: () => unpack(packed, 0), scalar: () => unpack(packed, 1) },
  Backend: Host,
  options: ["variant", "wasm"],
};

/**
 * A backend on the embedded build that `variant` picks, or on the module given as `wasm`. It runs models and
 * trains none.
 * @throws BackendError when this engine cannot run the build, the host forbids compiling it, or the module is
 * not one of lanewise's
 */
export function createBackend(
  options: BackendSourceOptions<WasmSource | Promise<WasmSource>> = {},
): Promise<Host> {
  return createOf(entry, options);
}

/**
 * Like {@link createBackend}, at once: where a host allows only that, as at the top level of an edge worker.
 * @throws BackendError likewise, and where the engine compiles so large a module only asynchronously
 */
export function createBackendSync(options: BackendSourceOptions<WasmAtHand> = {}): Host {
  return createSyncOf(entry, options);
}
