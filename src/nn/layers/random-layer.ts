import { checkFraction, checkLayerName, checkOptions, checkPositive } from "../../core/check.js";
import type { Host } from "../../core/host.js";
import type { Kernels, Pointer } from "../../core/kernels.js";
import type { OutputRange } from "../output-range.js";
import { ActivationLayer } from "./activation-layer.js";
import type { LayerConfig, LayerSpec, TrainableLayer } from "./layer.js";

export interface RandomLayerOptions {
  /** What the layer is called by instead of its index. */
  name?: string;
}

/**
 * Dropout (Srivastava and others 2014): in training each input is 0 with the probability `rate`, in [0, 1),
 * and the others are divided by 1 - rate; else nothing happens. x and y: [batch, ...shape]. What falls out is
 * a function of the model's seed, the layer's place, the step and the input's place.
 * @throws ValueError for a rate outside [0, 1) and for unknown options
 */
export function dropout(rate: number, options: RandomLayerOptions = {}): LayerSpec {
  checkOptions("dropout", options, ["name"]);
  return dropoutFrom({ type: "dropout", ...options, rate });
}

/**
 * Adds normal noise of mean 0 and this standard deviation, above 0, in training; else nothing happens. x and
 * y: [batch, ...shape]. The noise is a function of the model's seed, the layer's place, the step and the
 * input's place.
 * @throws ValueError for a deviation not above 0 and for unknown options
 */
export function gaussianNoise(deviation: number, options: RandomLayerOptions = {}): LayerSpec {
  checkOptions("gaussianNoise", options, ["name"]);
  return gaussianNoiseFrom({ type: "gaussianNoise", ...options, deviation });
}

/** @throws ValueError */
export function dropoutFrom(config: LayerConfig): LayerSpec {
  const { rate } = config;
  checkFraction("dropout", "rate", rate);
  return specOf(config, rate, {
    keeps: true,
    range: (input) =>
      rate === 0
        ? input
        : {
            from: `${input.from} with dropout`,
            least: input.least / (1 - rate),
            most: input.most / (1 - rate),
          },
    forward(kernels, x, y, factors, n, key) {
      // The kernel draws integers from -2^23 up to 2^23 - 1.
      kernels.dropout(factors, n, 1 / (1 - rate), (rate - 0.5) * 16_777_216, key[0], key[1]);
      kernels.hadamard(x, factors, y, n);
    },
    backward: (kernels, factors, dy, dx, n) => kernels.hadamard(dy, factors, dx, n),
  });
}

/** @throws ValueError */
export function gaussianNoiseFrom(config: LayerConfig): LayerSpec {
  const { deviation } = config;
  checkPositive("gaussianNoise", "deviation", deviation);
  return specOf(config, deviation, {
    keeps: false,
    range: (input) => ({ ...input, from: `${input.from} with noise`, sumsToOne: false, noisy: true }),
    forward(kernels, x, y, _work, n, key) {
      kernels.gaussianNoise(y, n, deviation, key[0], key[1]);
      kernels.add(x, y, y, n);
    },
    backward: (kernels, _work, dy, dx, n) => kernels.scale(dy, dx, n, 1),
  });
}

/** What becomes of n floats in training. */
interface Draw {
  /** Whether forward leaves as many floats in `work` for backward. */
  readonly keeps: boolean;
  /** The range of its outputs for that of its inputs. */
  range(input: OutputRange): OutputRange;
  /** With the key of the step. */
  forward(kernels: Kernels, x: Pointer, y: Pointer, work: Pointer, n: number, key: Uint32Array): void;
  backward(kernels: Kernels, work: Pointer, dy: Pointer, dx: Pointer, n: number): void;
}

function specOf(config: LayerConfig, size: number, draw: Draw): LayerSpec {
  const { type, name } = config;
  checkLayerName(type, name);
  return {
    name,
    config,
    build: (backend, shape) => new RandomLayer(backend, shape, `${type}(${size})`, draw),
  };
}

/** A layer that changes its input by random numbers in training, and else is none. */
class RandomLayer extends ActivationLayer implements TrainableLayer {
  override readonly workSize: number;
  private key: Uint32Array | undefined;

  constructor(
    backend: Host,
    shape: readonly number[],
    override readonly label: string,
    private readonly draw: Draw,
  ) {
    super(backend, shape, "linear");
    this.workSize = draw.keeps ? this.size : 0;
  }

  begin(key: Uint32Array | undefined): void {
    this.key = key;
  }

  outputRange(input: OutputRange | undefined): OutputRange | undefined {
    return input && this.draw.range(input);
  }

  override forward(x: Pointer, y: Pointer, work: Pointer, rows: number, logits: boolean): void {
    if (this.key) this.draw.forward(this.kernels, x, y, work, rows * this.size, this.key);
    else super.forward(x, y, work, rows, logits);
  }

  backward(
    _x: Pointer,
    _y: Pointer,
    work: Pointer,
    dy: Pointer,
    _dz: Pointer,
    dx: Pointer,
    rows: number,
  ): void {
    if (dx) this.draw.backward(this.kernels, work, dy, dx, rows * this.size);
  }
}
