import { type Build, checkBuild, decode } from "./build.js";
import { checkName, checkOptions, show } from "./check.js";
import { BackendError, ShapeError, ValueError } from "./errors.js";
import type { Host } from "./host.js";
import type { URLLike } from "./platform.js";
import { reasonOf } from "./source.js";
import type { ThreadStarter } from "./threads.js";
import {
  bytesOfSource,
  compile,
  compileSync,
  type Instance,
  instantiate,
  moduleFrom,
  moduleFromAny,
  supports,
  unsupported,
  type Variant,
  type WasmModuleSource,
  type WasmSource,
} from "./wasm.js";

/** Which builds a choice means, in order of preference. */
const choices = {
  /** The fastest build whose weights have the same bits everywhere. */
  auto: ["simd", "scalar"],
  /** The fastest build that this engine runs; relaxed SIMD trades the last bits for speed. */
  fastest: ["relaxed", "simd", "scalar"],
  relaxed: ["relaxed"],
  simd: ["simd"],
  scalar: ["scalar"],
} as const satisfies Record<string, readonly Variant[]>;

/** The options of `createBackend`. */
export interface BackendOptions {
  /**
   * Which build of the kernels to run. Default "auto": SIMD where the engine has it, else scalar, with the
   * same bits.
   */
  variant?: keyof typeof choices;
}

/** The options of threads, of `createBackend`. */
export interface ThreadsOptions {
  /**
   * How many threads work, with the calling one: a number up to 32, or "auto" for one a core, up to 16, and
   * for one where no others can be started. Default 1. The bits do not depend on it. Each run uses as many of
   * them as make it faster at the time. On a page threads need two headers; the memory of a backend that has
   * several is shared, and so are views of it, such as `matrix.data`.
   */
  threads?: number | "auto";
  /**
   * Where the script of the threads is, for bundlers that do not find it: the URL of a copy of
   * lanewise/threads-worker.
   */
  worker?: URLLike;
}

/** The options of `createBackend`, with the kernels to use. */
export interface BackendSourceOptions<Source> extends BackendOptions {
  /**
   * A .wasm file of this package instead of a build inside its modules: a WebAssembly.Module, bytes, and for
   * createBackend also a Response, a URL or a promise of one.
   */
  wasm?: Source;
  /**
   * A build that has been imported, such as `scalar` of lanewise/scalar. createBackend imports builds by
   * itself; createBackendSync cannot.
   */
  build?: Build;
}

/** What an entry of the package creates backends from. */
export interface Entry<Of extends Host> {
  /** The name of the entry, as it is imported. */
  readonly name: string;
  /** The build that is inside the entry. */
  readonly inside: Build;
  /** Imports the other builds, each a module of the package. */
  readonly modules: { readonly [variant in Variant]?: () => Promise<Build> };
  /** Imports what starts threads. */
  readonly threads: () => Promise<ThreadStarter>;
  readonly Backend: new (instance: Instance) => Of;
  /** The names of the options. */
  readonly options: readonly string[];
}

/** @throws BackendError, ValueError */
export async function createOf<Of extends Host>(
  entry: Entry<Of>,
  options: BackendSourceOptions<WasmSource | Promise<WasmSource>> & ThreadsOptions,
): Promise<Of> {
  const who = "createBackend";
  const variants = choose(who, entry, options);
  const { wasm, build, threads = 1, worker } = options;
  checkThreads(who, threads);
  const source = await (wasm === undefined ? builtIn(who, entry, variants, build) : wasm);
  if (threads !== 1) {
    const bytes = await bytesOfSource(source);
    const errors = { BackendError, ShapeError, ValueError };
    const prepared = await (await loadThreads(who, entry)).prepare({ threads, worker, bytes, errors });
    if (prepared) {
      const backend = checked(who, options, new entry.Backend(prepared.instance));
      const started = await prepared.start(backend);
      if (started) {
        backend.divide(started);
        return backend;
      }
    }
    if (bytes) return checked(who, options, new entry.Backend(instantiate(await compile(bytes))));
  }
  return checked(who, options, new entry.Backend(instantiate(await moduleFromAny(source))));
}

/** The bytes of the build to use. @throws BackendError, ValueError */
async function builtIn(
  who: string,
  entry: Entry<Host>,
  variants: readonly Variant[],
  build: Build | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  if (build !== undefined) return bytesOfBuild(who, build);
  const variant = variants.find(supports);
  if (!variant) throw new BackendError(unsupported(who, variants[variants.length - 1]));
  return decode(await load(who, entry, variant));
}

/** @throws ValueError */
function checkThreads(who: string, threads: unknown): asserts threads is number | "auto" {
  if (threads === "auto") return;
  if (typeof threads === "number" && Number.isInteger(threads) && threads >= 1 && threads <= MOST_THREADS)
    return;
  throw new ValueError(
    `${who} expected threads to be "auto" or a whole number from 1 to ${MOST_THREADS}, got ${show(threads)}`,
  );
}

const MOST_THREADS = 32;

/** @throws BackendError, ValueError */
export function createSyncOf<Of extends Host>(
  entry: Entry<Of>,
  options: BackendSourceOptions<WasmModuleSource>,
): Of {
  const who = "createBackendSync";
  const variants = choose(who, entry, options);
  const { wasm, build } = options;
  if (wasm !== undefined) return checked(who, options, new entry.Backend(instantiate(moduleFrom(wasm))));
  if (build !== undefined)
    return checked(who, options, new entry.Backend(instantiate(compileSync(bytesOfBuild(who, build)))));
  const { name, inside } = entry;
  if (variants[0] !== inside.variant)
    throw new ValueError(
      `${who}: only the ${inside.variant} build is inside ${name}; ${howToImport(name, variants[0])}, ` +
        `or await createBackend({ variant: "${options.variant}" })`,
    );
  if (!supports(inside.variant))
    throw new BackendError(`${unsupported(who, inside.variant)}; ${howToImport(name, "scalar")}`);
  return new entry.Backend(instantiate(compileSync(decode(inside))));
}

/** The builds of the entry that `variant` allows, in order of preference. @throws ValueError */
function choose(
  who: string,
  { name, inside, modules, options: known }: Entry<Host>,
  options: BackendSourceOptions<unknown>,
): readonly Variant[] {
  checkOptions(who, options, known);
  const { variant = "auto", wasm, build } = options;
  checkName(who, "variant", variant, choices);
  if (wasm !== undefined && build !== undefined)
    throw new ValueError(`${who} expected wasm or build, got both; leave one of them out`);
  const own = choices[variant].filter((each) => each === inside.variant || modules[each]);
  if (own.length > 0 || wasm !== undefined || build !== undefined) return own;
  throw new ValueError(`${who}: ${name} has no ${variant} build; lanewise has one, lanewise/${variant}`);
}

/** @throws BackendError when the module of the build cannot be imported */
async function load(who: string, { name, inside, modules }: Entry<Host>, variant: Variant): Promise<Build> {
  if (variant === inside.variant) return inside;
  try {
    return (await modules[variant]?.()) ?? inside;
  } catch (cause) {
    throw new BackendError(
      `${who}: could not import the ${variant} build (${reasonOf(cause)}); ${howToImport(name, variant)}`,
      { cause },
    );
  }
}

/** @throws BackendError when the module cannot be imported */
async function loadThreads(who: string, entry: Entry<Host>): Promise<ThreadStarter> {
  try {
    return await entry.threads();
  } catch (cause) {
    throw new BackendError(`${who}: could not import threads.js of the package (${reasonOf(cause)})`, {
      cause,
    });
  }
}

/** What to do where a build is neither inside the entry nor imported on demand. */
function howToImport(entry: string, variant: Variant): string {
  const module = entry === "lanewise" ? `lanewise/${variant}` : `${entry}-${variant}`;
  return `import { ${variant} } from "${module}" and pass { build: ${variant} }`;
}

/** The WebAssembly module of a build that was passed. @throws ValueError, BackendError */
function bytesOfBuild(who: string, build: unknown): Uint8Array<ArrayBuffer> {
  checkBuild(who, build);
  if (!supports(build.variant)) throw new BackendError(unsupported(who, build.variant));
  return decode(build);
}

/** A backend that has been made. @throws ValueError when `variant` asks for another build */
function checked<Of extends Host>(
  who: string,
  { variant, wasm }: BackendSourceOptions<unknown>,
  backend: Of,
): Of {
  const allowed: readonly Variant[] = choices[variant ?? backend.variant];
  if (allowed.includes(backend.variant)) return backend;
  throw new ValueError(
    `${who}: variant ${variant} was asked for, and ${wasm === undefined ? "build" : "wasm"} is the ` +
      `${backend.variant} build; leave one of them out`,
  );
}
