import { checkLayerName } from "../../core/check.js";
import { ShapeError } from "../../core/errors.js";
import type { Host } from "../../core/host.js";
import type { Kernels, Pointer } from "../../core/kernels.js";
import { sizeOf } from "../slab.js";
import type { BufferSpec, Layer, LayerConfig, LayerSpec } from "./layer.js";

/** Without numbers where they come with a file's tensors. @throws ValueError for what is no name; ShapeError, when it is built, for numbers of another count */
export function scalingFrom(config: LayerConfig, mean?: ArrayLike<number>, deviation?: ArrayLike<number>): LayerSpec {
  const { name } = config;
  checkLayerName("scaling", name);
  return {
    name,
    config,
    build(backend, inputShape) {
      const size = sizeOf(inputShape);
      if (mean && mean.length !== size) throw new ShapeError(`scaling expected a mean and a deviation for each of ${size} inputs, got ${mean.length}`);
      return new Scaling(backend, inputShape, size, mean ?? [], deviation ?? []);
    },
  };
}

class Scaling implements Layer {
  readonly label: string;
  readonly activationName = "linear";
  readonly parameters = [];
  readonly buffers: readonly BufferSpec[];
  readonly workSize = 0;
  private readonly kernels: Kernels;
  private mean: Pointer = 0;
  private deviation: Pointer = 0;

  constructor(
    backend: Host,
    readonly outputShape: readonly number[],
    private readonly size: number,
    mean: ArrayLike<number>,
    deviation: ArrayLike<number>,
  ) {
    this.kernels = backend.kernels;
    this.label = `scaling(${size})`;
    this.buffers = [
      { name: "mean", shape: [size], initial: mean },
      { name: "deviation", shape: [size], initial: deviation },
    ];
  }

  place(_parameters: unknown, [mean, deviation]: readonly Pointer[]): void {
    this.mean = mean;
    this.deviation = deviation;
  }

  scratchBytes(): number {
    return 0;
  }

  forward(x: Pointer, y: Pointer, _work: Pointer, rows: number): void {
    this.kernels.standardize(x, this.mean, this.deviation, y, rows, this.size);
  }

  backward(_x: Pointer, _y: Pointer, _work: Pointer, dy: Pointer, _dz: Pointer, dx: Pointer, rows: number): void {
    if (dx) this.kernels.standardizeBackward(this.deviation, dy, dx, rows, this.size);
  }
}
