import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, it } from "vitest";
import { scalar as forwardScalar } from "../../src/builds/inference-scalar.js";
import { relaxed } from "../../src/builds/relaxed.js";
import { scalar } from "../../src/builds/scalar.js";
import { supports } from "../../src/core/wasm.js";
import {
  BackendError,
  createBackend,
  createBackendSync,
  matmul,
  ValueError,
  type Variant,
} from "../../src/index.js";
import * as inference from "../../src/inference.js";
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
      /kernel interface 99, this bundle needs 7: take both from one version/,
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
      /unknown option "varient"; known are variant, wasm, build/,
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

  describe("where the engine has no SIMD", () => {
    const { validate } = WebAssembly;
    /** An engine without the instructions of these builds. */
    const without = (...missing: Variant[]) => {
      WebAssembly.validate = (source) =>
        validate(source) && !missing.some((variant) => isProbe(source, variant));
    };
    afterEach(() => {
      WebAssembly.validate = validate;
    });

    it("createBackend imports the scalar build, and computes with it", async () => {
      without("simd", "relaxed");
      for (const variant of ["auto", "fastest"] as const) {
        const backend = await createBackend({ variant });
        expect(backend.variant).toBe("scalar");
        computes(backend);
      }
      expect((await inference.createBackend()).variant).toBe("scalar");
    });

    it("createBackendSync says which build to import, and takes it", () => {
      without("simd", "relaxed");
      expect(() => createBackendSync()).toThrow(
        /^createBackendSync: this engine cannot run the simd build, which needs .*; import \{ scalar \} from "lanewise\/scalar" and pass \{ build: scalar \}$/,
      );
      expect(() => inference.createBackendSync()).toThrow(/from "lanewise\/inference-scalar" and pass/);
      computes(createBackendSync({ build: scalar }));
    });

    it("names what a build needs that was asked for by name", async () => {
      without("relaxed", "simd", "scalar");
      await expect(createBackend({ variant: "relaxed" })).rejects.toThrow(
        /^createBackend: this engine cannot run the relaxed build, which needs relaxed SIMD: .*--experimental-wasm-relaxed-simd/,
      );
      await expect(createBackend()).rejects.toThrow(/cannot run the scalar build, which needs .*bulk memory/);
      expect(() => createBackendSync({ build: relaxed })).toThrow(
        /^createBackendSync: this engine cannot run the relaxed build/,
      );
    });
  });

  it.each(["scalar", "simd", "relaxed"] as const)(
    "knows whether the engine runs the %s build as the engine itself does",
    (variant) => expect(supports(variant)).toBe(WebAssembly.validate(bytes(variant))),
  );
});

describe("a build that has been imported", () => {
  it("is taken by both functions, and by those of lanewise/inference", async () => {
    for (const build of [scalar, ...(supports("relaxed") ? [relaxed] : [])]) {
      const backends = [createBackendSync({ build }), await createBackend({ build, variant: build.variant })];
      for (const backend of backends) {
        expect(backend.variant).toBe(build.variant);
        computes(backend);
      }
    }
    expect(inference.createBackendSync({ build: forwardScalar }).variant).toBe("scalar");
    expect(inference.createBackendSync({ build: scalar }).variant).toBe("scalar");
  });

  it("is what createBackendSync asks for when only an import has the build", () => {
    expect(() => createBackendSync({ variant: "scalar" })).toThrow(
      'createBackendSync: only the simd build is inside lanewise; import { scalar } from "lanewise/scalar" and pass { build: scalar }, or await createBackend({ variant: "scalar" })',
    );
    expect(() => createBackendSync({ variant: "fastest" })).toThrow(
      'import { relaxed } from "lanewise/relaxed" and pass { build: relaxed }, or await createBackend({ variant: "fastest" })',
    );
    expect(() => inference.createBackendSync({ variant: "scalar" })).toThrow(
      'import { scalar } from "lanewise/inference-scalar" and pass { build: scalar }',
    );
    expect(createBackendSync({ variant: "simd" }).variant).toBe("simd");
    expect(inference.createBackendSync({ variant: "fastest" }).variant).toBe("simd");
  });

  it("is refused when it is none, is another than asked for, only predicts, or comes beside wasm", () => {
    for (const build of [null, "scalar", { variant: "scalar" }, { ...scalar, variant: "sse" }])
      expect(() => createBackendSync({ build: build as never })).toThrow(
        /^createBackendSync expected build to be one of the package's modules, such as import \{ scalar \} from "lanewise\/scalar", got /,
      );
    expect(() => createBackendSync({ build: scalar, variant: "simd" })).toThrow(
      /variant simd was asked for, and build is the scalar build/,
    );
    expect(() => createBackendSync({ build: forwardScalar })).toThrow(/inference build/);
    expect(() => createBackendSync({ build: scalar, wasm: bytes("scalar") })).toThrow(
      /createBackendSync expected wasm or build, got both/,
    );
  });
});

/** Whether a module is the smallest one with instructions of the build, and is no build itself. */
function isProbe(source: BufferSource, variant: Variant): boolean {
  if (source.byteLength > 100) return false;
  const instructions = { scalar: "fc0b", simd: "fd11", relaxed: "fd8502" };
  return Buffer.from(source as Uint8Array)
    .toString("hex")
    .includes(instructions[variant]);
}
