import type { Pointer } from "../core/kernels.js";

/** What blocks come from: a backend, or the lease of a model. */
interface Lender {
  allocate(bytes: number): Pointer;
  release(block: Pointer): void;
}

/**
 * One block of linear memory that all plans of a model work in. It is as large as the largest of them needs,
 * and grows without keeping what is in it.
 */
export class Arena {
  /** 0 before the first reserve and after release. */
  address: Pointer = 0;
  bytes = 0;
  /** How often the address changed: a plan whose number is another one has to look again. */
  moves = 0;

  private readonly kept: Pointer[] = [];

  constructor(private readonly lender: Lender) {}

  /** Makes the block at least this large. @throws OutOfMemoryError; nothing has changed then */
  reserve(bytes: number): void {
    if (this.address && bytes <= this.bytes) return;
    const address = this.lender.allocate(bytes);
    this.release();
    this.address = address;
    this.bytes = bytes;
  }

  /**
   * A block of its own, until the address changes next: a plan that looks again asks again.
   * @throws OutOfMemoryError
   */
  keep(bytes: number): Pointer {
    const address = this.lender.allocate(bytes);
    this.kept.push(address);
    return address;
  }

  /** Gives all blocks back. A plan takes new ones at its next reserve. */
  release(): void {
    this.moves++;
    for (const block of this.kept.splice(0)) this.lender.release(block);
    if (!this.address) return;
    this.lender.release(this.address);
    this.address = 0;
    this.bytes = 0;
  }
}
