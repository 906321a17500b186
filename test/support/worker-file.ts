/** The module of the thread that reads files, as it is built. */
export const workerFile = new URL("../../dist/rows-worker.js", import.meta.url);
