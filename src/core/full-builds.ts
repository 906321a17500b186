import packed from "../../build/full.packed";
import { Backend } from "./backend.js";
import { checkFlag } from "./check.js";
import { type BackendSourceOptions, createOf, createSyncOf } from "./create-backend.js";
import { unpack } from "./unpack.js";
import type { WasmAtHand, WasmSource } from "./wasm.js";

/** A string costs nothing until it is unpacked. The build that most hosts pick comes first in it. */
const entry = {
  options: ["variant", "wasm", "debug"],
  builds: {
    simd: () => unpack(packed, 0),
    relaxed: () => unpack(packed, 1),
    scalar: () => unpack(packed, 2),
  },
  Backend,
};

export interface DebugOption {
  /**
   * Whether a matrix or model that is dropped without dispose() is told of on the console, with where it was
   * made, once it is garbage. Default false.
   */
  debug?: boolean;
}

/** @throws ValueError */
function inMode(backend: Backend, { debug }: DebugOption): Backend {
  checkFlag("createBackend", "debug", debug);
  if (debug) backend.debug();
  return backend;
}

/**
 * A backend on the embedded build that `variant` picks, or on the module given as `wasm`.
 * @throws BackendError when this engine cannot run the build, the host forbids compiling it, or the module is
 * not one of lanewise's
 */
export async function createBackend(
  options: BackendSourceOptions<WasmSource | Promise<WasmSource>> & DebugOption = {},
): Promise<Backend> {
  return inMode(await createOf(entry, options), options);
}

/**
 * Like {@link createBackend}, at once: where a host allows only that, as at the top level of an edge worker.
 * @throws BackendError likewise, and where the engine compiles so large a module only asynchronously
 */
export function createBackendSync(options: BackendSourceOptions<WasmAtHand> & DebugOption = {}): Backend {
  return inMode(createSyncOf(entry, options), options);
}
