import { checkName, checkOptions, show } from "./check.js";
import { embedded } from "./embedded.js";
import { BackendError, DisposedError, ValueError } from "./errors.js";
import type { Kernels, Pointer } from "./kernels.js";
import { Matrix, type Values } from "./matrix.js";
import { Allocator } from "./memory.js";
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
  /** Which build of the kernels to run. Default "auto": SIMD where the engine has it, else scalar, with the same bits. */
  variant?: keyof typeof choices;
}

export interface BackendSourceOptions<Source> extends BackendOptions {
  /** A .wasm file of this package instead of the embedded build: a module, bytes, and for createBackend also where to fetch it. */
  wasm?: Source;
}

/**
 * The kernels of one build and the linear memory that they work in. All matrices and models belong to a backend.
 * Made by {@link createBackend} or {@link createBackendSync}.
 */
export class Backend {
  /** Which build runs. */
  readonly variant: Variant;
  /** @internal */
  readonly kernels: Kernels;
  private readonly linear: { readonly buffer: ArrayBufferLike };
  private readonly allocator: Allocator;
  private disposed = false;
  private scratchAddress: Pointer = 0;
  private scratchBytes = 0;

  /** @internal */
  constructor(instance: Instance) {
    this.kernels = instance.kernels;
    this.variant = instance.variant;
    this.linear = instance.memory;
    this.allocator = new Allocator(instance.memory);
  }

  /**
   * A new matrix, of zeros or of `values`: rows x cols numbers, flat (row by row) or one array a row. The caller disposes it.
   * @throws ValueError, ShapeError, OutOfMemoryError, DisposedError
   */
  matrix(rows: number, cols: number, values?: Values): Matrix {
    return Matrix.allocate(this, rows, cols, values);
  }

  /** Blocks of linear memory in use, their bytes, and the bytes of the whole memory. */
  get memory(): { liveBlocks: number; liveBytes: number; totalBytes: number } {
    return { liveBlocks: this.allocator.liveBlocks, liveBytes: this.allocator.liveBytes, totalBytes: this.linear.buffer.byteLength };
  }

  /**
   * Ends it: matrices and models of this backend cannot be used afterwards. The host takes the memory back once nothing refers to them.
   * Disposing again does nothing.
   */
  dispose(): void {
    this.disposed = true;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** @internal @throws DisposedError */
  check(): void {
    if (this.disposed) throw new DisposedError("backend: used after dispose()");
  }

  /** @internal A block that is the caller's to release. Its content is arbitrary. */
  allocate(bytes: number): Pointer {
    this.check();
    return this.allocator.allocate(bytes);
  }

  /** @internal */
  release(block: Pointer): void {
    if (!this.disposed) this.allocator.release(block);
  }

  /**
   * @internal Room to work in of at least `bytes`, the same for everybody: its content lasts until the next call of a function
   * that needs some itself.
   */
  scratch(bytes: number): Pointer {
    if (bytes > this.scratchBytes || this.scratchAddress === 0) {
      const larger = this.allocate(bytes);
      if (this.scratchAddress) this.release(this.scratchAddress);
      this.scratchAddress = larger;
      this.scratchBytes = bytes;
    }
    return this.scratchAddress;
  }

  /** @internal The values, copied if they are a view of this memory: the next allocation may detach that. */
  own<T>(values: T): T {
    return this.holds(values) ? ((values as unknown as Float32Array).slice() as T) : values;
  }

  /** @internal Whether it is a view of this memory, such as matrix.data. */
  holds(values: unknown): boolean {
    return ArrayBuffer.isView(values) && values.buffer === this.linear.buffer;
  }

  /** @internal A view of n floats, good until the next allocation. */
  floats(address: Pointer, n: number): Float32Array<ArrayBufferLike> {
    return new Float32Array(this.linear.buffer, address, n);
  }

  /** @internal A view of n 32-bit integers, good until the next allocation. */
  integers(address: Pointer, n: number): Int32Array<ArrayBufferLike> {
    return new Int32Array(this.linear.buffer, address, n);
  }
}

/**
 * A backend on the embedded build that `variant` picks, or on the module given as `wasm`.
 * @throws BackendError when this engine cannot run the build, the host forbids compiling it, or the module is not one of lanewise's
 */
export async function createBackend(options: BackendSourceOptions<WasmSource | Promise<WasmSource>> = {}): Promise<Backend> {
  const variants = choose("createBackend", options);
  if (options.wasm !== undefined) return checkGiven(variants, options, new Backend(instantiate(await moduleFromAny(options.wasm))));
  return new Backend(instantiate(await compile(pick(variants))));
}

/**
 * Like {@link createBackend}, at once: where a host allows only that, as at the top level of an edge worker.
 * @throws BackendError likewise, and where the engine compiles so large a module only asynchronously
 */
export function createBackendSync(options: BackendSourceOptions<WasmAtHand> = {}): Backend {
  const variants = choose("createBackendSync", options);
  if (options.wasm !== undefined) return checkGiven(variants, options, new Backend(instantiate(moduleFrom(options.wasm))));
  return new Backend(instantiate(compileSync(pick(variants))));
}

function choose(who: string, options: BackendSourceOptions<unknown>): readonly Variant[] {
  checkOptions(who, options, ["variant", "wasm"]);
  const name = options.variant ?? "auto";
  checkName(who, "variant", name, choices);
  return choices[name];
}

/** The bytes of the first of the builds that this engine can run; no other is decoded. */
function pick(variants: readonly Variant[]): BufferSource {
  for (const variant of variants) {
    const bytes = embedded(variant);
    if (runs(bytes)) return bytes;
  }
  throw lacks(variants[variants.length - 1]);
}

function checkGiven(variants: readonly Variant[], options: BackendOptions, backend: Backend): Backend {
  if (options.variant === undefined || variants.includes(backend.variant)) return backend;
  throw new ValueError(`createBackend: variant ${options.variant} was asked for, and wasm is the ${backend.variant} build; leave one of them out`);
}

/** @internal @throws ValueError for what is no matrix, BackendError when the two do not belong to one backend */
export function checkOneBackend(who: string, first: { readonly backend: Backend }, second = first): Backend {
  checkOwned(who, first);
  checkOwned(who, second);
  if (first.backend === second.backend) return first.backend;
  throw new BackendError(`${who} expected matrices of one backend; copy one over with backend.matrix(rows, cols, other.data)`);
}

function checkOwned(who: string, owned: { readonly backend: Backend }): void {
  if (!(owned?.backend instanceof Backend)) throw new ValueError(`${who} expected a Matrix, got ${show(owned)}`);
}
