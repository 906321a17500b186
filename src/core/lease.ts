import type { Pointer } from "./kernels.js";

/** The allocator of a lease's blocks. */
interface Lender {
  allocate(bytes: number): Pointer;
  release(block: Pointer): void;
}

/**
 * The blocks of linear memory that one owner holds: a matrix, a model, an optimizer. They are given back by
 * `end`, or when the owner has been garbage-collected. A lease has no reference to its owner, which would
 * otherwise never be collected.
 */
export class Lease {
  /** Whether its blocks have been given back. */
  ended = false;
  private readonly blocks = new Map<Pointer, number>();
  private readonly parts = new Set<Lease>();

  /** Use backend.lease(). A lease `within` another ends with that, too. */
  constructor(
    private readonly lender: Lender,
    private readonly collector: Collector,
    private readonly within: Lease | undefined,
  ) {
    within?.parts.add(this);
  }

  /** The bytes of its blocks. */
  get bytes(): number {
    let sum = 0;
    for (const bytes of this.blocks.values()) sum += bytes;
    return sum;
  }

  /** A block of arbitrary content. @throws OutOfMemoryError */
  allocate(bytes: number): Pointer {
    const block = this.lender.allocate(bytes);
    this.blocks.set(block, bytes);
    return block;
  }

  /** Gives one block back. */
  release(block: Pointer): void {
    if (this.blocks.delete(block)) this.lender.release(block);
  }

  /** Gives every block back. Ending again does nothing. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.collector.forget(this);
    this.within?.parts.delete(this);
    for (const part of this.parts) part.end();
    for (const block of this.blocks.keys()) this.lender.release(block);
    this.blocks.clear();
  }
}

/** Bytes of dropped matrices and models below which the engine decides when to collect them. */
const SLACK = 64 * 1024 * 1024;

/** Bytes of a buffer that makes V8 collect garbage: twice the external memory that it lets pass. */
const PRESSURE = 128 * 1024 * 1024;

/**
 * Ends the leases of owners that the engine has garbage-collected, where it has FinalizationRegistry. It says
 * so in a later turn of the event loop.
 */
export class Collector {
  private readonly registry =
    typeof FinalizationRegistry === "function"
      ? new FinalizationRegistry(this.collected.bind(this))
      : undefined;
  /** The bytes in use from which the engine is asked to collect. */
  private limit = SLACK;

  /** `inUse` is asked for the bytes that are in use. */
  constructor(private readonly inUse: () => number) {}

  /** Ends the lease when the owner has been collected. */
  watch(owner: object, lease: Lease): void {
    this.registry?.register(owner, lease, lease);
  }

  /** The lease has ended already. */
  forget(lease: Lease): void {
    this.registry?.unregister(lease);
  }

  /**
   * To be called after an allocation. An engine collects when its own heap grows, where an owner of many
   * megabytes of linear memory is a few small objects: of these the engine learns by a buffer that is dropped
   * at once. The limit grows with what is in use, as that of a garbage collector does.
   */
  allocated(): void {
    const inUse = this.inUse();
    if (!this.registry || inUse <= this.limit) return;
    this.limit = 2 * inUse + SLACK;
    try {
      // Nobody writes to it: a system gives pages out as they are written.
      new ArrayBuffer(PRESSURE);
    } catch {
      // There is no memory for it; the engine has collected what it could before it threw.
    }
  }

  private collected(lease: Lease): void {
    lease.end();
    this.limit = Math.min(this.limit, 2 * this.inUse() + SLACK);
  }
}

/** A reference that keeps nothing alive; in an engine without WeakRef, one that does. */
export function weakly<Of extends object>(target: Of): { deref(): Of | undefined } {
  return typeof WeakRef === "function" ? new WeakRef(target) : { deref: () => target };
}
