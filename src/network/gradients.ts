import type { Host } from "../core/host.js";
import type { Kernels, Pointer } from "../core/kernels.js";
import type { Lease } from "../core/lease.js";
import type { Pass } from "./pass.js";

/**
 * The gradients of a model's parameters, a slab of the layout of the weights: those of one backward pass, or
 * the sum of several. Each pass computes its gradients as if it were alone; they are then added, element by
 * element in float32, to the sum of those before: ((g1 + g2) + g3) ... So the sum is that of passes through
 * separate models, to the bit, whatever the batch size. Memory for it is there once something asks for it,
 * and for what is to be added once a second pass comes.
 */
export class Gradients {
  private sum: Pointer = 0;
  private addend: Pointer = 0;

  /** `length`: floats of a slab. */
  constructor(
    private readonly backend: Host,
    private readonly lease: Lease,
    private readonly length: number,
  ) {}

  /** The slab of the sum. @throws OutOfMemoryError */
  get slab(): Pointer {
    this.reserve();
    return this.sum;
  }

  /** The bytes of both slabs, as far as they are there. */
  get bytes(): number {
    return (Number(this.sum !== 0) + Number(this.addend !== 0)) * this.length * 4;
  }

  /** Sets every gradient to 0. */
  zero(): void {
    this.kernels.zero(this.slab, this.length);
  }

  /**
   * Makes room for the gradients of a pass, and for those of one that adds to gradients that are there.
   * @throws OutOfMemoryError; nothing has changed then
   */
  reserve(toAdd = false): void {
    this.sum ||= this.zeros();
    if (toAdd) this.addend ||= this.zeros();
  }

  /** Whether every gradient is 0, so that a pass may as well replace them. */
  areZero(): boolean {
    return this.kernels.largestMagnitude(this.slab, this.length) === 0;
  }

  /** Multiplies every gradient. */
  scale(factor: number): void {
    this.kernels.scale(this.slab, this.slab, this.length, factor);
  }

  /** Runs a pass backward, whose gradients replace those that are there. */
  replace(pass: Pass, rows: number, ofInputs = true): void {
    pass.backward(rows, this.slab, ofInputs);
  }

  /** Runs a pass backward and adds its gradients to those that are there. @throws OutOfMemoryError */
  add(pass: Pass, rows: number, ofInputs = true): void {
    this.reserve(true);
    const { slab, addend } = this;
    pass.backward(rows, addend, ofInputs);
    this.kernels.add(slab, addend, slab, this.length);
  }

  private get kernels(): Kernels {
    return this.backend.kernelsFor(this.length);
  }

  /** Also of what lies between tensors, since the optimizer's checks look at all of a slab. */
  private zeros(): Pointer {
    const slab = this.lease.allocate(this.length * 4);
    this.kernels.zero(slab, this.length);
    return slab;
  }
}
