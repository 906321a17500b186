import type { Pointer } from "../core/kernels.js";
import type { Lease } from "../core/lease.js";
import type { Layer } from "./layers/layer.js";
import { sizeOf } from "./slab.js";

/** Takes room for so many floats a sample, and gives its place within the block that is to be allocated. */
export type Region = (size: number) => number;

/**
 * Room for the activations of one batch. It grows at the first larger batch and then stays, so that running
 * allocates nothing.
 */
export class Arena {
  /** Where a batch that is not in linear memory is copied to. */
  input: Pointer = 0;
  /** Each layer's output, and what it keeps beside that for its backward pass, where there is one. */
  outputs: Pointer[] = [];
  works: Pointer[] = [];
  /** Scratch that the layers need at this size of batch. */
  scratchBytes = 0;

  /** The samples that there is room for. */
  capacity = 0;
  /** What that takes. */
  bytes = 0;
  private block: Pointer = 0;

  constructor(
    private readonly lease: Lease,
    protected readonly inputSize: number,
    protected readonly layers: readonly Layer[],
  ) {}

  /**
   * Makes room for batches of up to `rows` samples. True when it had to grow: what stood in the arena is then
   * lost.
   */
  reserve(rows: number): boolean {
    if (this.block && rows <= this.capacity) return false;
    this.grow(Math.max(rows, this.capacity));
    return true;
  }

  /** Takes another block, when there is memory for it. @throws OutOfMemoryError */
  protected grow(capacity: number): void {
    let bytes = 0;
    const place = this.regions((size) => {
      const at = bytes;
      bytes += Math.ceil((size * capacity) / 4) * 16;
      return at;
    });
    const block = this.lease.allocate(bytes);
    this.lease.release(this.block);
    this.block = block;
    this.capacity = capacity;
    this.bytes = bytes;
    place(block);
    this.scratchBytes = Math.max(16, ...this.layers.map((layer) => layer.scratchBytes(capacity)));
  }

  /** Takes the regions of the block. The result tells the arena where they are, once the block is there. */
  protected regions(region: Region): (block: Pointer) => void {
    const input = region(this.inputSize);
    const outputs = this.layers.map((layer) => region(sizeOf(layer.outputShape)));
    return (block) => {
      this.input = block + input;
      this.outputs = outputs.map((at) => block + at);
    };
  }
}
