import { instantiateSync } from "@assemblyscript/loader";
import { BackendError } from "./errors.js";
import type { Kernels } from "./kernels.js";
import type { LinearMemory } from "./memory.js";
import type { Bytes, ResponseLike, URLLike, WasmModule } from "./platform.js";
import { bytesOf, classOf, readBytes, reasonOf } from "./source.js";

/** The only file that says WebAssembly: it compiles a build, instantiates it and looks at what came out. */

/** The kernel interface that this bundle speaks; assembly/version.ts has the other half. */
const ABI = 7;

/** The builds, ordered by variant(), which each module exports. */
export const VARIANTS = ["scalar", "simd", "relaxed"] as const;
/** A build of the kernels: plain, SIMD, or relaxed SIMD. */
export type Variant = (typeof VARIANTS)[number];

const NEEDS: Record<Variant, string> = {
  scalar: "WebAssembly with bulk memory operations",
  simd: "fixed-width SIMD: Chrome 91, Firefox 89, Safari 16.4, Node 16.4 or later",
  relaxed:
    "relaxed SIMD: Chrome 114, Firefox 146, Node 22 or later (Node 20 and 21: node --experimental-wasm-relaxed-simd)",
};

/** A module ready to instantiate, its bytes, or what they can be fetched from. */
export type WasmSource = WasmModuleSource | ResponseLike | URLLike;

/** A module ready to instantiate, or its bytes. */
export type WasmModuleSource = WasmModule | Bytes;

export interface Instance {
  readonly kernels: Kernels;
  readonly memory: LinearMemory;
  readonly variant: Variant;
}

function isModule(value: unknown): value is WasmModule {
  return classOf(value) === "WebAssembly.Module";
}

/** The beginning of a module with one function, () -> (). */
const FUNCTION = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0];
/** i32.const 0, i32x4.splat */
const SPLAT = [0x41, 0, 0xfd, 0x11];

/** For each build the smallest module that has an instruction of it. */
const PROBES: Record<Variant, readonly number[]> = {
  // A memory, and memory.fill.
  scalar: [...FUNCTION, 5, 3, 1, 0, 0, 10, 13, 1, 11, 0, 0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 0x0b, 0, 0x0b],
  simd: [...FUNCTION, 10, 9, 1, 7, 0, ...SPLAT, 0x1a, 0x0b],
  // f32x4.relaxed_madd
  relaxed: [...FUNCTION, 10, 20, 1, 18, 0, ...SPLAT, ...SPLAT, ...SPLAT, 0xfd, 0x85, 2, 0x1a, 0x0b],
};

/** Whether this engine has the instructions of the build. The host may still forbid compiling it. */
export function supports(variant: Variant): boolean {
  return WebAssembly.validate(Uint8Array.from(PROBES[variant]));
}

export const unsupported = (who: string, variant: Variant): string =>
  `${who}: this engine cannot run the ${variant} build, which needs ${NEEDS[variant]}`;

const error = (message: string, cause: unknown) =>
  new BackendError(`createBackend: ${message} (${reasonOf(cause)})`, { cause });

const FORBIDDEN =
  "this host forbids compiling WebAssembly from bytes. On an edge runtime import a .wasm file of the package as a " +
  "module and pass it as { wasm }; on a page allow 'wasm-unsafe-eval' in the script-src of its Content-Security-Policy";

/**
 * The error for bytes that did not compile: damaged or beyond this engine, or fine and forbidden by the host.
 */
function refused(bytes: Uint8Array<ArrayBuffer>, cause: unknown): BackendError {
  return error(
    WebAssembly.validate(bytes)
      ? FORBIDDEN
      : "the bytes are not a WebAssembly module that this engine can run",
    cause,
  );
}

/** @throws BackendError when the bytes do not compile, with the reason. */
export function compileSync(bytes: Uint8Array<ArrayBuffer>): WasmModule {
  try {
    return new WebAssembly.Module(bytes);
  } catch (cause) {
    throw refused(bytes, cause);
  }
}

/**
 * Compiles synchronously, and asynchronously where an engine refuses that by size (a RangeError). Not the
 * other way round: in workerd an asynchronous compilation awaited at top level ends in an error that nobody
 * can catch.
 */
export async function compile(bytes: Uint8Array<ArrayBuffer>): Promise<WasmModule> {
  try {
    return new WebAssembly.Module(bytes);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw refused(bytes, cause);
  }
  // Next.js refuses to build an edge function that contains a call of WebAssembly.compile, even one that
  // never runs because a module is passed.
  const { compile: compileAsync } = WebAssembly;
  try {
    return await compileAsync(bytes);
  } catch (cause) {
    throw refused(bytes, cause);
  }
}

/**
 * The module in a source that is at hand. @throws BackendError when it is neither a module nor bytes, or does
 * not compile.
 */
export function moduleFrom(source: unknown): WasmModule {
  if (isModule(source)) return source;
  const bytes = bytesOf(source);
  if (bytes) return compileSync(bytes);
  throw new BackendError(
    `createBackendSync: wasm must be a WebAssembly.Module or bytes, got ${classOf(source)}`,
  );
}

/** The bytes of a source, fetched where it has to be; undefined for a module. @throws BackendError */
export async function bytesOfSource(source: WasmSource): Promise<Uint8Array<ArrayBuffer> | undefined> {
  return isModule(source) ? undefined : readSource(source);
}

/**
 * The module in any source, fetched where it has to be. @throws BackendError as above, or when it cannot be
 * read.
 */
export async function moduleFromAny(source: WasmSource | Promise<WasmSource>): Promise<WasmModule> {
  const given = await source;
  return isModule(given) ? given : compile(await readSource(given));
}

async function readSource(given: unknown): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await readBytes(
    given,
    (message, cause) => new BackendError(`createBackend: ${message}`, { cause }),
  );
  if (bytes) return bytes;
  throw new BackendError(
    `createBackend: wasm must be a WebAssembly.Module, bytes, a Response, a URL or a promise of one, got ${classOf(given)}`,
  );
}

/**
 * A module that the loader knows for one: it asks by instanceof, which denies modules of another realm, as
 * edge-runtime imports them.
 */
function ofThisRealm(module: WasmModule): WebAssembly.Module {
  if (!(module instanceof WebAssembly.Module)) Object.setPrototypeOf(module, WebAssembly.Module.prototype);
  return module as WebAssembly.Module;
}

/**
 * A build on a memory, by default one of its own. @throws BackendError when the module is not a build of
 * lanewise, or is one of another version.
 */
export function instantiate(
  module: WasmModule,
  memory: LinearMemory = new WebAssembly.Memory({ initial: 1 }),
): Instance {
  let exports: Record<string, unknown>;
  try {
    // Its own `exports` are wrapped: kernels are called as they are.
    exports = instantiateSync(ofThisRealm(module), importing({ memory })).instance.exports;
  } catch (cause) {
    // WebKit compiles whatever a page's policy is, and says only now that it forbids that.
    throw error(
      cause instanceof WebAssembly.CompileError
        ? FORBIDDEN
        : "the module is not one of lanewise's: it does not instantiate",
      cause,
    );
  }
  if (typeof exports.abi !== "function" || typeof exports.variant !== "function") {
    throw new BackendError(
      "createBackend: the module is not one of lanewise's: it does not export abi() and variant()",
    );
  }
  const kernels = exports as unknown as Kernels;
  if (kernels.abi() !== ABI) {
    throw new BackendError(
      `createBackend: the module has kernel interface ${kernels.abi()}, this bundle needs ${ABI}: take both from one version of lanewise`,
    );
  }
  return { kernels, memory, variant: VARIANTS[kernels.variant()] };
}

const importing = (env: { memory: LinearMemory }, kernels: object = {}): WebAssembly.Imports =>
  ({ env, kernels }) as unknown as WebAssembly.Imports;

/**
 * A memory that threads can share. Its maximum is the whole 4 GiB, or less where the host does not reserve so
 * many addresses. @throws BackendError
 */
export function sharedMemory(): LinearMemory {
  for (let maximum = 65_536; ; maximum /= 2) {
    try {
      return new WebAssembly.Memory({ initial: 1, maximum, shared: true });
    } catch (cause) {
      if (maximum <= 1024) throw error("the host gives no shared memory", cause);
    }
  }
}

/**
 * The exports of a module that imports kernels, and the memory that they work in. Kernels that the build does
 * not have are never called.
 */
export function instantiateBeside<Exports>(
  module: WasmModule,
  kernels: Kernels,
  memory: LinearMemory,
): Exports {
  const own = ofThisRealm(module);
  const missing = WebAssembly.Module.imports(own)
    .filter(({ module: from, name }) => from === "kernels" && !(name in kernels))
    .map(({ name }) => [name, () => {}]);
  const imports = importing({ memory }, { ...kernels, ...Object.fromEntries(missing) });
  return new WebAssembly.Instance(own, imports).exports as Exports;
}
