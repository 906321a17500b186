import base64 from "../../build/threads.base64.js";
import type { ThreadStarter } from "../core/threads.js";
import { throwErrorsOf } from "../threads/errors.js";
import { prepare } from "../threads/start.js";

/**
 * Threads for backends. createBackend imports this module when `threads` asks for them.
 *
 * @internal
 */
export const threads: ThreadStarter = {
  prepare(options) {
    throwErrorsOf(options.errors);
    return prepare(base64, options);
  },
};
