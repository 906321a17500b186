import { checkCount, checkLayerName, show } from "../../core/check.js";
import { ValueError } from "../../core/errors.js";
import type { Host } from "../../core/host.js";
import type { Kernels, Pointer } from "../../core/kernels.js";
import { sizeOf } from "../slab.js";
import type { Layer, LayerConfig, LayerSpec, ParameterPlace, ParameterSpec } from "./layer.js";

/** The axes of a sample over which a slope is shared, counted from 1 as the batch is axis 0. */
export type SharedAxes = "all" | readonly number[];

type MakePrelu<Of> = (backend: Host, shape: readonly number[], sharedAxes: SharedAxes) => Of;

/** @throws ValueError for shared axes that are none, and for what is no name */
export function preluFrom<Of extends Layer>(config: LayerConfig, make: MakePrelu<Of>): LayerSpec<Of> {
  const { name, sharedAxes = [] } = config;
  checkLayerName("prelu", name);
  if (sharedAxes !== "all" && !Array.isArray(sharedAxes))
    throw new ValueError(`prelu expected sharedAxes to be "all" or a list of axes, got ${show(sharedAxes)}`);
  if (sharedAxes !== "all") for (const axis of sharedAxes) checkCount("prelu", "an axis in sharedAxes", axis);
  return { name, config, build: (backend, shape) => make(backend, shape, sharedAxes) };
}

/** The rectifier with learnt slopes, which runs. */
export class Prelu implements Layer {
  readonly label: string;
  readonly activationName = "linear";
  parameters: readonly ParameterSpec[];
  readonly buffers = [];
  readonly workSize = 0;
  protected readonly kernels: Kernels;
  /** Slopes. */
  protected readonly cols: number;
  protected alpha: ParameterPlace = { value: 0, gradient: 0 };
  private readonly outer: number;
  private readonly inner: number;

  /** @throws ValueError for axes that the input has not, and for shared ones between others */
  constructor(
    backend: Host,
    readonly outputShape: readonly number[],
    sharedAxes: SharedAxes,
  ) {
    this.kernels = backend.kernels;
    const beyond = sharedAxes === "all" ? undefined : sharedAxes.find((axis) => axis > outputShape.length);
    if (beyond !== undefined)
      throw new ValueError(
        `prelu expected sharedAxes from 1 to ${outputShape.length} for an input of [batch, ${outputShape.join(", ")}], got ${beyond}`,
      );
    const shape = outputShape.map((size, i) =>
      sharedAxes === "all" || sharedAxes.includes(i + 1) ? 1 : size,
    );
    // The slopes are those of axes in a row: what is shared stands before and behind them.
    const first = shape.findIndex((size) => size > 1);
    const last = shape.reduce((at, size, i) => (size > 1 ? i : at), -1);
    const own = first < 0 ? [] : outputShape.slice(first, last + 1);
    this.cols = sizeOf(shape);
    if (sizeOf(own) !== this.cols)
      throw new ValueError(
        `prelu expected sharedAxes before or behind the other axes, got [${sharedAxes}] for an input of [batch, ${outputShape.join(", ")}]`,
      );
    this.outer = first < 0 ? 1 : sizeOf(outputShape.slice(0, first));
    this.inner = first < 0 ? sizeOf(outputShape) : sizeOf(outputShape.slice(last + 1));
    this.label = `prelu(${this.cols})`;
    this.parameters = [{ name: "alpha", shape }];
  }

  place([alpha]: readonly ParameterPlace[]): void {
    this.alpha = alpha;
  }

  scratchBytes(): number {
    return 0;
  }

  forward(x: Pointer, y: Pointer, _work: Pointer, rows: number): void {
    this.kernels.prelu(x, this.alpha.value, y, ...this.sizes(rows));
  }

  /** A batch as the kernels see it: [outer, slopes, inner]. */
  protected sizes(rows: number): [outer: number, cols: number, inner: number] {
    const { outer, cols, inner } = this;
    // With one slope a batch is one row, unless it is empty.
    return cols === 1 && rows > 0 ? [1, 1, rows * outer * inner] : [rows * outer, cols, inner];
  }
}
