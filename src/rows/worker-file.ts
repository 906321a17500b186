/** The module of the thread, which the build puts beside the one that this is in. */
export const workerFile = new URL("./rows-worker.js", import.meta.url);
