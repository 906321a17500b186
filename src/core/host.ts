/// <reference lib="esnext.disposable" preserve="true" />

import { show } from "./check.js";
import { BackendError, DisposedError, ValueError } from "./errors.js";
import type { Kernels, Pointer } from "./kernels.js";
import { Collector, Lease } from "./lease.js";
import { Allocator } from "./memory.js";
import type { Threads } from "./threads.js";
import type { Instance, Variant } from "./wasm.js";

/** No kernel divides a call on fewer elements than these. */
const FEW = 4096;

/**
 * The kernels of one build and the linear memory that they work in: the half of a backend that running a
 * model needs.
 */
export class Host {
  /** Which build runs. */
  readonly variant: Variant;
  /** @internal The kernels, whose calls are divided where that pays. */
  kernels: Kernels;
  /** @internal The kernels on the calling thread. */
  readonly direct: Kernels;
  /** @internal */
  divided: Threads | undefined;
  private readonly linear: { readonly buffer: ArrayBufferLike };
  private readonly allocator: Allocator;
  private readonly collector: Collector;
  private disposed = false;
  private scratchAddress: Pointer = 0;
  private scratchBytes = 0;

  /** @internal */
  constructor(instance: Instance) {
    this.kernels = instance.kernels;
    this.direct = instance.kernels;
    this.variant = instance.variant;
    this.linear = instance.memory;
    const allocator = new Allocator(instance.memory);
    this.allocator = allocator;
    this.collector = new Collector(() => allocator.liveBytes);
  }

  /** How many threads work for it, with the calling one. */
  get threads(): number {
    return this.divided?.count ?? 1;
  }

  /** Blocks of linear memory in use, their bytes, and the bytes of the whole memory. */
  get memory(): { liveBlocks: number; liveBytes: number; totalBytes: number } {
    return {
      liveBlocks: this.allocator.liveBlocks,
      liveBytes: this.allocator.liveBytes,
      totalBytes: this.linear.buffer.byteLength,
    };
  }

  /**
   * Ends it: matrices and models of this backend cannot be used afterwards. Its memory is freed once nothing
   * refers to them, and its threads end. A backend that is no longer referenced is freed without this, too.
   * Disposing again does nothing.
   */
  dispose(): void {
    this.disposed = true;
    this.divided?.dispose();
  }

  /** Disposes at the end of a block that declares it with `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** @internal @throws DisposedError */
  check(): void {
    if (this.disposed) throw new DisposedError("backend: used after dispose()");
  }

  /**
   * @internal A lease of memory for `owner`, ended when that has been garbage-collected, or with the lease
   * that it is `within`.
   */
  lease(owner: object, within?: Lease): Lease {
    const lease = new Lease(this, this.collector, within);
    this.collector.watch(owner, lease);
    return lease;
  }

  /**
   * @internal A block that the caller must release. Its content is arbitrary. Memory of an owner that may be
   * dropped comes from a lease.
   */
  allocate(bytes: number): Pointer {
    this.check();
    const block = this.allocator.allocate(bytes);
    this.collector.allocated();
    return block;
  }

  /** @internal */
  release(block: Pointer): void {
    if (!this.disposed) this.allocator.release(block);
  }

  /**
   * @internal Shared scratch memory of at least `bytes`. Its content lasts until the next call of a function
   * that uses scratch memory.
   */
  scratch(bytes: number): Pointer {
    if (bytes > this.scratchBytes || this.scratchAddress === 0) {
      this.divided?.reserve(bytes);
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

  /** @internal Has calls of kernels divided among threads. */
  divide(threads: Threads): void {
    this.divided = threads;
    this.kernels = threads.kernels;
  }

  /** @internal The kernels for calls on n elements: few are not worth the question whether to divide. */
  kernelsFor(n: number): Kernels {
    return n < FEW ? this.direct : this.kernels;
  }

  /** @internal A view of n floats, good until the next allocation. */
  floats(address: Pointer, n: number): Float32Array<ArrayBufferLike> {
    this.divided?.finish();
    return new Float32Array(this.linear.buffer, address, n);
  }

  /** @internal A view of n 32-bit integers, good until the next allocation. */
  integers(address: Pointer, n: number): Int32Array<ArrayBufferLike> {
    this.divided?.finish();
    return new Int32Array(this.linear.buffer, address, n);
  }

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "Host";
  }
}

/**
 * @internal @throws ValueError for what is no matrix, BackendError when the two do not belong to one backend
 */
export function checkOneBackend<Of extends Host>(
  who: string,
  first: { readonly backend: Of },
  second: { readonly backend: Host },
): Of {
  checkOwned(who, second);
  const backend = checkOwned(who, first);
  if (backend === second.backend) return backend;
  throw new BackendError(
    `${who} expected matrices of one backend; copy one over with backend.matrix(rows, cols, other.data)`,
  );
}

/** @internal The backend of a matrix. @throws ValueError for what is none */
export function checkOwned<Of extends Host>(who: string, owned: { readonly backend: Of }): Of {
  if (owned?.backend instanceof Host) return owned.backend;
  throw new ValueError(`${who} expected a Matrix, got ${show(owned)}`);
}

/** A backend that may still be used. @throws ValueError, DisposedError */
export function checkBackend(who: string, backend: unknown): asserts backend is Host {
  if (!(backend instanceof Host))
    throw new ValueError(`${who} expected a backend, from await createBackend(), got ${show(backend)}`);
  backend.check();
}
