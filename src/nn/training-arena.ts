import type { Pointer } from "../core/kernels.js";
import { Arena, type Region } from "./arena.js";
import { sizeOf } from "./slab.js";

/** An arena that has room for gradients, too, from the first batch that is trained on. */
export class TrainingArena extends Arena {
  /** Two gradients of the widest output or input: a layer reads one and writes the other. */
  gradients: readonly [Pointer, Pointer] = [0, 0];
  /** The gradient of the loss with respect to the output. */
  outputGradient: Pointer = 0;

  private trains = false;

  override reserve(rows: number, training = false): boolean {
    if (this.trains || !training) return super.reserve(rows);
    this.trains = true;
    try {
      this.grow(Math.max(rows, this.capacity));
    } catch (error) {
      this.trains = false;
      throw error;
    }
    return true;
  }

  protected override regions(region: Region): (block: Pointer) => void {
    const place = super.regions(region);
    const sizes = this.layers.map((layer) => sizeOf(layer.outputShape));
    const works = this.layers.map((layer) => region(layer.workSize));
    const widest = this.trains ? Math.max(this.inputSize, ...sizes) : 0;
    const gradients = [region(widest), region(widest)];
    const outputGradient = region(this.trains ? sizes[sizes.length - 1] : 0);
    return (block) => {
      place(block);
      this.works = works.map((at) => block + at);
      this.gradients = [block + gradients[0], block + gradients[1]];
      this.outputGradient = block + outputGradient;
    };
  }
}
