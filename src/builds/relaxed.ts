import base64 from "../../build/relaxed.base64.js";
import type { Build } from "../core/build.js";

/**
 * The relaxed build of the kernels. createBackend of lanewise imports this module when it is needed;
 * createBackendSync takes it as `build`.
 *
 * @example
 * const fastest = await createBackend({ build: relaxed }).catch(() => backend); // not every engine has it
 * console.log(fastest.variant.length > 0); // true
 */
export const relaxed: Build = { variant: "relaxed", base64 };
