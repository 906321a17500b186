import { checkFraction, checkLayerName, checkOptions, checkPositive } from "../../core/check.js";
import type { Host } from "../../core/host.js";
import type { Pointer } from "../../core/kernels.js";
import { ActivationLayer } from "./activation-layer.js";
import type { LayerConfig, LayerSpec, TrainableLayer } from "./layer.js";

export interface RandomLayerOptions {
  /** What the layer is called by instead of its index. */
  name?: string;
}

/**
 * Dropout (Srivastava and others 2014): in training each input is 0 with the probability `rate`, in [0, 1), and the others are divided by 1 - rate; else
 * nothing happens. x and y: [batch, ...shape]. What falls out is a function of the model's seed, the layer's place, the step and the input's place.
 * @throws ValueError for a rate outside [0, 1) and for unknown options
 */
export function dropout(rate: number, options: RandomLayerOptions = {}): LayerSpec {
  checkOptions("dropout", options, ["name"]);
  return dropoutFrom({ type: "dropout", ...options, rate });
}

/**
 * Adds normal noise of mean 0 and this standard deviation, above 0, in training; else nothing happens. x and y: [batch, ...shape]. The noise is a
 * function of the model's seed, the layer's place, the step and the input's place.
 * @throws ValueError for a deviation not above 0 and for unknown options
 */
export function gaussianNoise(deviation: number, options: RandomLayerOptions = {}): LayerSpec {
  checkOptions("gaussianNoise", options, ["name"]);
  return gaussianNoiseFrom({ type: "gaussianNoise", ...options, deviation });
}

/** @throws ValueError */
export function dropoutFrom(config: LayerConfig): LayerSpec {
  const { rate, name } = config;
  checkFraction("dropout", "rate", rate);
  checkLayerName("dropout", name);
  return { name, config, build: (backend, shape) => new Dropout(backend, shape, rate) };
}

/** @throws ValueError */
export function gaussianNoiseFrom(config: LayerConfig): LayerSpec {
  const { deviation, name } = config;
  checkPositive("gaussianNoise", "deviation", deviation);
  checkLayerName("gaussianNoise", name);
  return { name, config, build: (backend, shape) => new GaussianNoise(backend, shape, deviation) };
}

const TWO_TO_24 = 16_777_216;

/** A layer that changes its input by random numbers in training, and else is none. */
abstract class RandomLayer extends ActivationLayer implements TrainableLayer {
  protected key: Uint32Array | undefined;

  constructor(
    backend: Host,
    shape: readonly number[],
    override readonly label: string,
  ) {
    super(backend, shape, "linear");
  }

  begin(key: Uint32Array | undefined): void {
    this.key = key;
  }

  override forward(x: Pointer, y: Pointer, work: Pointer, rows: number, logits: boolean): void {
    if (this.key) this.draw(x, y, rows * this.size, this.key);
    else super.forward(x, y, work, rows, logits);
  }

  backward(_x: Pointer, _y: Pointer, _work: Pointer, dy: Pointer, _dz: Pointer, dx: Pointer, rows: number): void {
    if (dx) this.drawBackward(dy, dx, rows * this.size, this.key as Uint32Array);
  }

  protected abstract draw(x: Pointer, y: Pointer, n: number, key: Uint32Array): void;
  protected abstract drawBackward(dy: Pointer, dx: Pointer, n: number, key: Uint32Array): void;
}

class Dropout extends RandomLayer {
  constructor(
    backend: Host,
    shape: readonly number[],
    private readonly rate: number,
  ) {
    super(backend, shape, `dropout(${rate})`);
  }

  protected draw(x: Pointer, y: Pointer, n: number, key: Uint32Array): void {
    // The kernel draws integers from -2^23 up to 2^23 - 1.
    this.kernels.dropout(x, y, n, 1 / (1 - this.rate), (this.rate - 0.5) * TWO_TO_24, key[0], key[1]);
  }

  /** What fell out is drawn once more: it takes no memory. */
  protected drawBackward(dy: Pointer, dx: Pointer, n: number, key: Uint32Array): void {
    this.draw(dy, dx, n, key);
  }
}

class GaussianNoise extends RandomLayer {
  constructor(
    backend: Host,
    shape: readonly number[],
    private readonly deviation: number,
  ) {
    super(backend, shape, `gaussianNoise(${deviation})`);
  }

  protected draw(x: Pointer, y: Pointer, n: number, key: Uint32Array): void {
    this.kernels.gaussianNoise(x, y, n, this.deviation, key[0], key[1]);
  }

  protected drawBackward(dy: Pointer, dx: Pointer, n: number): void {
    this.kernels.scale(dy, dx, n, 1);
  }
}
