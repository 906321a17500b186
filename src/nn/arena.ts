import type { Host } from "../core/host.js";
import type { Pointer } from "../core/kernels.js";
import type { Layer } from "./layers/layer.js";
import { sizeOf } from "./slab.js";

/**
 * Room for the activations of one batch and, once a model trains, for their gradients. It grows at the first larger batch and then
 * stays, so that a training step allocates nothing.
 */
export class Arena {
  /** Where a batch that is not in linear memory is copied to. */
  input: Pointer = 0;
  /** Each layer's output, and what it keeps beside that for its backward pass. */
  outputs: Pointer[] = [];
  works: Pointer[] = [];
  /** Two gradients of the widest output or input: a layer reads one and writes the other. */
  gradients: readonly [Pointer, Pointer] = [0, 0];
  /** The gradient of the loss with respect to the output. */
  outputGradient: Pointer = 0;
  /** Scratch that the layers need at this size of batch. */
  scratchBytes = 0;

  /** The samples that there is room for, and the bytes of it. */
  capacity = 0;
  bytes = 0;

  private trains = false;
  private block: Pointer = 0;

  constructor(
    private readonly backend: Host,
    private readonly inputSize: number,
    private readonly layers: readonly Layer[],
  ) {}

  /** Makes room for batches of up to `rows` samples. True when it had to grow: what stood in the arena is then lost. */
  reserve(rows: number, training: boolean): boolean {
    if (this.block && rows <= this.capacity && (this.trains || !training)) return false;
    const capacity = Math.max(rows, this.capacity);
    const trains = this.trains || training;
    const sizes = this.layers.map((layer) => sizeOf(layer.outputShape));
    let bytes = 0;
    const region = (size: number) => {
      const at = bytes;
      bytes += Math.ceil((size * capacity) / 4) * 16;
      return at;
    };
    const input = region(this.inputSize);
    const outputs = sizes.map(region);
    const works = this.layers.map((layer) => region(layer.workSize));
    const widest = trains ? Math.max(this.inputSize, ...sizes) : 0;
    const gradients = [region(widest), region(widest)];
    const outputGradient = region(trains ? sizes[sizes.length - 1] : 0);

    const block = this.backend.allocate(bytes);
    this.release();
    this.block = block;
    this.capacity = capacity;
    this.bytes = bytes;
    this.trains = trains;
    this.input = block + input;
    this.outputs = outputs.map((at) => block + at);
    this.works = works.map((at) => block + at);
    this.gradients = [block + gradients[0], block + gradients[1]];
    this.outputGradient = block + outputGradient;
    this.scratchBytes = Math.max(16, ...this.layers.map((layer) => layer.scratchBytes(capacity)));
    return true;
  }

  release(): void {
    if (this.block) this.backend.release(this.block);
    this.block = 0;
    this.bytes = 0;
    this.capacity = 0;
  }
}
