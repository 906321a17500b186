import { checkLayerName } from "../../core/check.js";
import type { Host } from "../../core/host.js";
import type { Kernels, Pointer } from "../../core/kernels.js";
import { sizeOf } from "../slab.js";
import type { BufferSpec, Layer, LayerConfig, LayerSpec } from "./layer.js";

type MakeScaling<Of> = (backend: Host, shape: readonly number[]) => Of;

/** @throws ValueError for what is no name */
export function scalingFrom<Of extends Layer>(config: LayerConfig, make: MakeScaling<Of>): LayerSpec<Of> {
  const { name } = config;
  checkLayerName("scaling", name);
  return { name, config, build: make };
}

/** A scaling layer that runs, on rows of its own or, without, on those that a file fills in. */
export class Scaling implements Layer {
  readonly label: string;
  readonly activationName = "linear";
  readonly parameters = [];
  readonly buffers: readonly BufferSpec[];
  readonly workSize = 0;
  protected readonly kernels: Kernels;
  protected readonly size: number;
  protected mean: Pointer = 0;
  protected deviation: Pointer = 0;

  constructor(
    backend: Host,
    readonly outputShape: readonly number[],
    mean: ArrayLike<number> = [],
    deviation: ArrayLike<number> = [],
  ) {
    this.kernels = backend.kernels;
    this.size = sizeOf(outputShape);
    this.label = `scaling(${this.size})`;
    const shape = [this.size];
    this.buffers = [
      { name: "mean", shape, initial: mean },
      { name: "deviation", shape, initial: deviation },
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
}
