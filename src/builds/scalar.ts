import base64 from "../../build/scalar.base64.js";
import type { Build } from "../core/build.js";

/**
 * The scalar build of the kernels. createBackend of lanewise imports this module when it is needed;
 * createBackendSync takes it as `build`.
 *
 * @example
 * const backend = createBackendSync({ build: scalar });
 * console.log(backend.variant); // scalar
 */
export const scalar: Build = { variant: "scalar", base64 };
