import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { BackendError, createBackend, ValueError } from "../../src/index.js";
import { threaded, worker } from "../support/threads.js";

/** Where threads cannot be, a number of them is refused in a sentence, and "auto" is one thread. */
describe("createBackend", () => {
  afterEach(() => vi.unstubAllGlobals());

  it.each([
    [
      "whose script is not there",
      { worker: new URL("file:///nowhere.js") },
      /could not start a thread \(Cannot/,
    ],
    [
      "of a compiled module",
      { worker, wasm: new WebAssembly.Module(readFileSync("build/simd.wasm")) },
      /threads need the bytes of the kernels, got a compiled WebAssembly.Module; pass bytes or a URL$/,
    ],
  ])("has no threads %s", async (_, options, message) => {
    await expect(createBackend({ ...options, threads: 2 })).rejects.toThrow(BackendError);
    await expect(createBackend({ ...options, threads: 2 })).rejects.toThrow(message);
    const alone = await createBackend({ ...options, threads: "auto" });
    expect(alone.threads).toBe(1);
    // Its memory is its own.
    expect(alone.matrix(1, 1, [1]).data.buffer).toBeInstanceOf(ArrayBuffer);
  });

  it.each([
    [
      "crossOriginIsolated",
      false,
      /2 threads were asked for, but this page is not cross-origin isolated: serve it/,
    ],
    ["process", undefined, /2 threads were asked for, but this host has no workers$/],
  ])("has no threads where %s is %s", async (name, value, message) => {
    vi.stubGlobal(name, value);
    await expect(threaded(2)).rejects.toThrow(message);
    expect((await threaded("auto")).threads).toBe(1);
  });

  it("takes no more than 32 threads, and a URL as their script", async () => {
    for (const threads of [0, 33, 1.5, Number.NaN, "2" as unknown as number])
      await expect(createBackend({ threads })).rejects.toThrow(ValueError);
    const wrong = { threads: 2, worker: "threads-worker.js" as unknown as URL };
    await expect(createBackend(wrong)).rejects.toThrow(/worker to be a URL, got String/);
  });

  it("ends its threads when it is disposed", async () => {
    const backend = await threaded(3);
    expect(backend.threads).toBe(3);
    backend.dispose();
    expect(() => backend.matrix(1, 1)).toThrow(/after dispose/);
  });
});
