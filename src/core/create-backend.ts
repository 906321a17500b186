import { checkName, checkOptions } from "./check.js";
import { ValueError } from "./errors.js";
import type { Host } from "./host.js";
import {
  compile,
  compileSync,
  type Instance,
  instantiate,
  lacks,
  moduleFrom,
  moduleFromAny,
  runs,
  type Variant,
  type WasmAtHand,
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

export interface BackendOptions {
  /**
   * Which build of the kernels to run. Default "auto": SIMD where the engine has it, else scalar, with the
   * same bits.
   */
  variant?: keyof typeof choices;
}

export interface BackendSourceOptions<Source> extends BackendOptions {
  /**
   * A .wasm file of this package instead of the embedded build: a module, bytes, and for createBackend also
   * where to fetch it.
   */
  wasm?: Source;
}

/** What an entry of the package makes backends of. */
export interface Entry<Of extends Host> {
  /** The builds that it has inside. */
  readonly builds: { readonly [variant in Variant]?: () => Uint8Array<ArrayBuffer> };
  readonly Backend: new (instance: Instance) => Of;
  /** The options that it knows. */
  readonly options: readonly string[];
}

/** @throws BackendError, ValueError */
export async function createOf<Of extends Host>(
  { builds, Backend, options: known }: Entry<Of>,
  options: BackendSourceOptions<WasmSource | Promise<WasmSource>>,
): Promise<Of> {
  const variants = choose("createBackend", options, known);
  if (options.wasm !== undefined)
    return checkGiven(variants, options, new Backend(instantiate(await moduleFromAny(options.wasm))));
  return new Backend(instantiate(await compile(pick(builds, variants))));
}

/** @throws BackendError, ValueError */
export function createSyncOf<Of extends Host>(
  { builds, Backend, options: known }: Entry<Of>,
  options: BackendSourceOptions<WasmAtHand>,
): Of {
  const variants = choose("createBackendSync", options, known);
  if (options.wasm !== undefined)
    return checkGiven(variants, options, new Backend(instantiate(moduleFrom(options.wasm))));
  return new Backend(instantiate(compileSync(pick(builds, variants))));
}

function choose(
  who: string,
  options: BackendSourceOptions<unknown>,
  known: readonly string[],
): readonly Variant[] {
  checkOptions(who, options, known);
  const name = options.variant ?? "auto";
  checkName(who, "variant", name, choices);
  return choices[name];
}

/**
 * The bytes of the first of the builds that is inside and that this engine can run; no build that comes after
 * it is unpacked.
 */
function pick(builds: Entry<Host>["builds"], variants: readonly Variant[]): BufferSource {
  for (const variant of variants) {
    const bytes = builds[variant]?.();
    if (bytes && runs(bytes)) return bytes;
  }
  const last = variants[variants.length - 1];
  if (!builds[last])
    throw new ValueError(
      `createBackend: this entry has no ${last} build inside, only ${Object.keys(builds).join(" and ")}`,
    );
  throw lacks(last);
}

function checkGiven<Of extends Host>(variants: readonly Variant[], options: BackendOptions, backend: Of): Of {
  if (options.variant === undefined || variants.includes(backend.variant)) return backend;
  throw new ValueError(
    `createBackend: variant ${options.variant} was asked for, and wasm is the ${backend.variant} build; leave one of them out`,
  );
}
