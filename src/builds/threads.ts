import base64 from "../../build/threads.base64.js";
import type { ThreadStarter } from "../core/threads.js";
import { prepare } from "../threads/start.js";

/**
 * Threads for backends. createBackend imports this module when `threads` asks for them.
 *
 * @internal
 */
export const threads: ThreadStarter = { prepare: (options) => prepare(base64, options) };
