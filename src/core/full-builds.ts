import packed from "../../build/full.packed";
import { Backend } from "./backend.js";
import { type BackendSourceOptions, createOf, createSyncOf } from "./create-backend.js";
import { unpack } from "./unpack.js";
import type { WasmAtHand, WasmSource } from "./wasm.js";

/** A string costs nothing until it is unpacked. The build that most hosts pick comes first in it. */
const entry = {
  options: ["variant", "wasm"],
  builds: {
    simd: () => unpack(packed, 0),
    relaxed: () => unpack(packed, 1),
    scalar: () => unpack(packed, 2),
  },
  Backend,
};

/**
 * A backend on the embedded build that `variant` picks, or on the module given as `wasm`.
 * @throws BackendError when this engine cannot run the build, the host forbids compiling it, or the module is
 * not one of lanewise's
 */
export function createBackend(
  options: BackendSourceOptions<WasmSource | Promise<WasmSource>> = {},
): Promise<Backend> {
  return createOf(entry, options);
}

/**
 * Like {@link createBackend}, at once: where a host allows only that, as at the top level of an edge worker.
 * @throws BackendError likewise, and where the engine compiles so large a module only asynchronously
 */
export function createBackendSync(options: BackendSourceOptions<WasmAtHand> = {}): Backend {
  return createSyncOf(entry, options);
}
