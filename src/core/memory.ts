import { DisposedError, OutOfMemoryError } from "./errors.js";

/** The part of WebAssembly.Memory that the allocator needs. */
export interface LinearMemory {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}

/** Bytes of a WebAssembly page. */
const PAGE = 65_536;
/**
 * The last page of the 4 GiB stays unused, so that no end of a block is 2^32, which wraps to 0 in a kernel.
 */
const LARGEST = 65_535 * PAGE;
const ALIGNMENT = 16;

/**
 * Hands out 16-byte aligned blocks of one linear memory and takes them back. Free blocks are kept by address
 * and joined with their neighbours; a request takes the smallest that is large enough. When none is, the
 * memory grows by what is missing or by an eighth of its size, whichever is more. Growing detaches every
 * typed array over the memory: make views afresh.
 */
export class Allocator {
  private readonly sizes = new Map<number, number>();
  private readonly free: { start: number; size: number }[];
  private end: number;
  /** Bytes of the live blocks, each rounded up to a multiple of 16. */
  liveBytes = 0;

  /** Blocks start at the first aligned address that is not 0, which kernels take for "none". */
  constructor(private readonly memory: LinearMemory) {
    this.end = memory.buffer.byteLength;
    this.free = this.end > ALIGNMENT ? [{ start: ALIGNMENT, size: this.end - ALIGNMENT }] : [];
  }

  /** Blocks handed out and not yet taken back. */
  get liveBlocks(): number {
    return this.sizes.size;
  }

  /**
   * The address of a new block of at least `bytes` bytes (0 counts as 1). Its content is arbitrary.
   * @throws OutOfMemoryError when the memory cannot grow enough; nothing changes then.
   */
  allocate(bytes: number): number {
    const size = Math.ceil(Math.max(bytes, 1) / ALIGNMENT) * ALIGNMENT;
    let best = this.smallestFree(size);
    if (best < 0) {
      this.grow(size);
      best = this.smallestFree(size);
    }
    const block = this.free[best];
    const start = block.start;
    if (block.size === size) {
      this.free.splice(best, 1);
    } else {
      block.start += size;
      block.size -= size;
    }
    this.sizes.set(start, size);
    this.liveBytes += size;
    return start;
  }

  /**
   * Takes a block back.
   * @throws DisposedError when no live block starts there: it was released before, or never handed out.
   */
  release(start: number): void {
    const size = this.sizes.get(start);
    if (size === undefined)
      throw new DisposedError(
        `memory: no live block starts at ${start}; it was released before or never allocated`,
      );
    this.sizes.delete(start);
    this.liveBytes -= size;
    this.insertFree(start, size);
  }

  private smallestFree(size: number): number {
    let best = -1;
    for (let i = 0; i < this.free.length; i++) {
      if (this.free[i].size >= size && (best < 0 || this.free[i].size < this.free[best].size)) best = i;
    }
    return best;
  }

  private insertFree(start: number, size: number): void {
    let at = 0;
    while (at < this.free.length && this.free[at].start < start) at++;
    const before = this.free[at - 1];
    const after = this.free[at];
    const joinsBefore = before !== undefined && before.start + before.size === start;
    const joinsAfter = after !== undefined && start + size === after.start;
    if (joinsBefore && joinsAfter) {
      before.size += size + after.size;
      this.free.splice(at, 1);
    } else if (joinsBefore) {
      before.size += size;
    } else if (joinsAfter) {
      after.start = start;
      after.size += size;
    } else {
      this.free.splice(at, 0, { start, size });
    }
  }

  private grow(size: number): void {
    const last = this.free[this.free.length - 1];
    const atEnd = last !== undefined && last.start + last.size === this.end ? last.size : 0;
    const start = Math.max(this.end, ALIGNMENT);
    const needed = start + size - atEnd;
    const refuse = (why: string) =>
      new OutOfMemoryError(
        `memory: cannot allocate ${size} bytes: ${why} (${this.liveBytes} bytes in ${this.liveBlocks} blocks are in use, the memory has ${this.end}). ` +
          "dispose() what is no longer needed: what was only dropped is given back in a later turn of the event loop",
      );
    if (needed > LARGEST) throw refuse(`a 32-bit WebAssembly memory ends at ${LARGEST} bytes`);
    const pages = (bytes: number) => Math.ceil((bytes - this.end) / PAGE);
    const generous = Math.min(Math.max(needed, Math.ceil(this.end * 1.125)), LARGEST);
    try {
      this.memory.grow(pages(generous));
    } catch {
      try {
        this.memory.grow(pages(needed));
      } catch (cause) {
        throw refuse(
          `the host refused to grow it: ${cause instanceof Error ? cause.message : String(cause)}`,
        );
      }
    }
    this.end = this.memory.buffer.byteLength;
    this.insertFree(start, this.end - start);
  }
}
