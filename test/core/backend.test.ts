import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { BackendError, createBackend, createBackendSync, matmul, ValueError } from "../../src/index.js";
import { variants } from "../reference/backends.js";

const file = (name: string) => new URL(`../../build/${name}.wasm`, import.meta.url);
const bytes = (name: string) => new Uint8Array(readFileSync(file(name)));
const computes = (backend: ReturnType<typeof createBackendSync>) => {
  expect(matmul(backend.matrix(1, 2, [2, 3]), backend.matrix(2, 1, [4, 5])).toArray()).toEqual([[23]]);
};

/** The smallest module, and one that exports what lanewise's do with another interface number. */
const EMPTY = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
const OTHER_VERSION = new Uint8Array([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7f, 3, 3, 2, 0, 0, 7, 0x11, 2, 3, 0x61, 0x62, 0x69,
  0, 0, 7, 0x76, 0x61, 0x72, 0x69, 0x61, 0x6e, 0x74, 0, 1, 0x0a, 0x0c, 2, 5, 0, 0x41, 0xe3, 0, 0x0b, 4, 0,
  0x41, 0, 0x0b,
]);

describe("createBackend", () => {
  it("picks the SIMD build by default, and any build by name", async () => {
    expect((await createBackend()).variant).toBe("simd");
    expect((await createBackend({ variant: "auto" })).variant).toBe("simd");
    for (const variant of variants) {
      const backend = await createBackend({ variant });
      expect(backend.variant).toBe(variant);
      computes(backend);
    }
    expect((await createBackend({ variant: "fastest" })).variant).toBe(variants[variants.length - 1]);
  });

  const sources: [string, () => unknown][] = [
    ["a module", () => new WebAssembly.Module(bytes("simd"))],
    ["bytes", () => bytes("simd")],
    ["an ArrayBuffer", () => bytes("simd").buffer],
    ["a DataView", () => new DataView(bytes("simd").buffer)],
    ["a Response", () => new Response(bytes("simd"), { headers: { "content-type": "application/wasm" } })],
    ["a Response of another type", () => new Response(bytes("simd"))],
    ["a file URL", () => file("simd")],
    [
      "a data URL",
      () => new URL(`data:application/wasm;base64,${readFileSync(file("simd")).toString("base64")}`),
    ],
    ["a promise of a module", () => WebAssembly.compile(bytes("simd"))],
    ["a promise of a Response", () => Promise.resolve(new Response(bytes("simd")))],
    [
      "a module of another realm",
      () => runInNewContext("new WebAssembly.Module(bytes)", { bytes: bytes("simd") }),
    ],
    ["bytes of another realm", () => runInNewContext("Uint8Array.from(bytes)", { bytes: bytes("simd") })],
  ];
  it.each(sources)("takes %s", async (_, source) => {
    const backend = await createBackend({ wasm: source() as BufferSource });
    expect(backend.variant).toBe("simd");
    computes(backend);
  });

  it("takes at once what is at hand", () => {
    computes(createBackendSync());
    computes(createBackendSync({ wasm: bytes("scalar") }));
    computes(createBackendSync({ wasm: new WebAssembly.Module(bytes("scalar")) }));
    expect(() => createBackendSync({ wasm: file("simd") as never })).toThrow(
      /createBackendSync: wasm must be a WebAssembly.Module or bytes, got URL/,
    );
  });

  const refusals: [string, unknown, RegExp][] = [
    ["another program", EMPTY, /not one of lanewise's: it does not export abi\(\) and variant\(\)/],
    [
      "a program with other imports",
      new Uint8Array([...EMPTY, 2, 8, 1, 1, 0x61, 1, 0x62, 3, 0x7f, 0]),
      /not one of lanewise's: it does not instantiate/,
    ],
    [
      "another version",
      OTHER_VERSION,
      /kernel interface 99, this bundle needs 3: take both from one version/,
    ],
    [
      "bytes that are no module",
      new Uint8Array([1, 2, 3]),
      /the bytes are not a WebAssembly module that this engine can run/,
    ],
    ["a truncated module", bytes("simd").subarray(0, 1000), /the bytes are not a WebAssembly module/],
    [
      "a string",
      "simd.wasm",
      /wasm must be a WebAssembly.Module, bytes, a Response, a URL or a promise of one, got String/,
    ],
    ["null", null, /got Null/],
    [
      "a Response that is not ok",
      new Response("no", { status: 404, statusText: "Not Found" }),
      /answered 404 Not Found/,
    ],
    [
      "a file that is not there",
      new URL("file:///nowhere/simd.wasm"),
      /could not read file:\/\/\/nowhere\/simd.wasm/,
    ],
  ];
  it.each(refusals)("refuses %s", async (_, source, message) => {
    const made = createBackend({ wasm: source as BufferSource });
    await expect(made).rejects.toThrow(BackendError);
    await expect(made).rejects.toThrow(message);
  });

  it("passes on the rejection of a promised module", async () => {
    await expect(createBackend({ wasm: Promise.reject(new Error("offline")) })).rejects.toThrow("offline");
  });

  it("refuses an unknown variant or option, with the known ones, and a variant that the module is not", async () => {
    await expect(createBackend({ variant: "sse" as never })).rejects.toThrow(
      /unknown variant "sse"; known are auto, fastest, relaxed, simd, scalar/,
    );
    await expect(createBackend({ varient: "simd" } as never)).rejects.toThrow(
      /unknown option "varient"; known are variant, wasm/,
    );
    await expect(createBackend({ variant: "scalar", wasm: bytes("simd") })).rejects.toThrow(ValueError);
    expect((await createBackend({ variant: "auto", wasm: bytes("simd") })).variant).toBe("simd");
  });

  /**
   * A host that forbids compiling, as workerd does in a request and a page by its Content-Security-Policy,
   * still validates.
   */
  it("says so where the host forbids compiling, and how to go on", async () => {
    const { Module, compile } = WebAssembly;
    const refusing = (error: Error) =>
      function refuse() {
        throw error;
      } as never;
    WebAssembly.Module = refusing(
      new WebAssembly.CompileError("Wasm code generation disallowed by embedder"),
    );
    try {
      expect(() => createBackendSync()).toThrow(
        /this host forbids compiling WebAssembly from bytes.*pass it as \{ wasm \}.*'wasm-unsafe-eval'/,
      );
      await expect(createBackend()).rejects.toThrow(/disallowed by embedder/);
      // A limit on the size compiled at once is none on compiling: the asynchronous way is taken then.
      WebAssembly.Module = refusing(new RangeError("buffer too large"));
      WebAssembly.compile = async (source: BufferSource) => {
        WebAssembly.Module = Module;
        return compile(source);
      };
      computes(await createBackend());
    } finally {
      WebAssembly.Module = Module;
      WebAssembly.compile = compile;
    }
  });

  it("decodes only the build that it picks, and falls back where SIMD is missing", async () => {
    const { validate } = WebAssembly;
    const seen: number[] = [];
    WebAssembly.validate = (source) => {
      seen.push(source.byteLength);
      return false;
    };
    try {
      await expect(createBackend({ variant: "relaxed" })).rejects.toThrow(
        /cannot run the relaxed build, which needs relaxed SIMD: .*--experimental-wasm-relaxed-simd/,
      );
      expect(seen).toEqual([bytes("relaxed").length]);
      await expect(createBackend()).rejects.toThrow(/cannot run the scalar build/);
      expect(seen).toEqual(["relaxed", "simd", "scalar"].map((name) => bytes(name).length));
      WebAssembly.validate = (source) => source.byteLength === bytes("scalar").length;
      expect((await createBackend()).variant).toBe("scalar");
    } finally {
      WebAssembly.validate = validate;
    }
  });
});
