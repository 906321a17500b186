import base64 from "../../build/inference-scalar.base64.js";
import type { Build } from "../core/build.js";

/**
 * The scalar build of the forward kernels. createBackend of lanewise/inference imports this module when it is
 * needed; createBackendSync takes it as `build`.
 *
 * @example
 * import { createBackendSync } from "lanewise/inference";
 *
 * const backend = createBackendSync({ build: scalar });
 * console.log(backend.variant); // scalar
 */
export const scalar: Build = { variant: "scalar", base64 };
