import { type Backend, type BackendOptions, createBackend } from "../../src/index.js";

/** The script of the threads, as the build makes it: the source of a worker is TypeScript. */
export const worker = new URL("../../dist/threads-worker.js", import.meta.url);

/** A backend with this number of threads. */
export const threaded = (threads: number | "auto", variant?: BackendOptions["variant"]): Promise<Backend> =>
  createBackend({ threads, worker, ...(variant && { variant }) });
