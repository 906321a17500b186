import type { Host } from "../../core/host.js";
import type { Pointer } from "../../core/kernels.js";
import type { ActivationName } from "../activation.js";
import type { OutputRange } from "../output-range.js";
import type { TensorSpec } from "../slab.js";

/**
 * A penalty on large weights: l1 sum |w| + l2 sum w^2. Its gradient is added to that of the loss before each
 * step; the loss that is reported is that of the data.
 */
export interface Regularizer {
  /** At least 0. Default 0. */
  readonly l1?: number;
  /** At least 0. Default 0. */
  readonly l2?: number;
}

/** What weights are held to after each step. */
export interface Constraint {
  /**
   * Longer columns, the weights into one unit each, are scaled down to this norm (Srivastava and others
   * 2014).
   */
  readonly maxNorm: number;
}

/** A tensor that a layer learns. */
export interface ParameterSpec extends TensorSpec {
  /** Writes its n first values where zeros are, as parameter `index` of a model of this seed. */
  initialize?(host: Host, at: Pointer, n: number, seed: number, index: number): void;
  readonly regularizer?: Regularizer;
  readonly constraint?: Constraint;
}

/** A tensor that a layer keeps and does not learn. */
export interface BufferSpec extends TensorSpec {
  readonly initial: ArrayLike<number>;
}

/** Where a parameter and its gradient stand. The gradient is 0 until a network first needs gradients. */
export interface ParameterPlace {
  readonly value: Pointer;
  readonly gradient: Pointer;
}

/** A layer as a model file describes it: what it is, and what it was made with but for its tensors. */
export interface LayerConfig {
  readonly type: string;
  readonly name?: string;
  readonly [option: string]: unknown;
}

/** What a user writes in `layers`: it becomes a layer once the shape of its input is known. */
export interface LayerSpec<Of extends Layer = TrainableLayer> {
  /** The name that its tensors go by instead of its index. */
  readonly name?: string | undefined;
  /** @internal */
  readonly config: LayerConfig;
  /** @internal */
  build(backend: Host, inputShape: readonly number[]): Of;
}

/**
 * A layer of a network. It holds no memory: the network gives it its tensors once and, at each call, where
 * its input, its output and its room to work in are. All are row-major with one row a sample.
 */
export interface Layer {
  /** As in an error: "dense(784 -> 128)". */
  readonly label: string;
  readonly outputShape: readonly number[];
  /** What its output last went through: a loss may include it. */
  readonly activationName: ActivationName;
  readonly parameters: readonly ParameterSpec[];
  readonly buffers: readonly BufferSpec[];
  place(parameters: readonly ParameterPlace[], buffers: readonly Pointer[]): void;
  /** Floats a sample that forward leaves for backward, beside its output: none where nothing goes back. */
  readonly workSize: number;
  /** Bytes of scratch that it needs for so many samples. */
  scratchBytes(rows: number): number;
  /** y = f(x). With `logits`, its activation is left out, for a loss that includes it. */
  forward(x: Pointer, y: Pointer, work: Pointer, rows: number, logits: boolean, scratch: Pointer): void;
}

/** A layer through which gradients go back. */
export interface TrainableLayer extends Layer {
  /**
   * Called before each forward of a layer that is another one in training: with the key of the random numbers
   * of this step, two words that stay until backward, or with nothing when the model only runs.
   */
  begin?(key: Uint32Array | undefined): void;
  /**
   * The range of its outputs for that of its inputs; undefined where nothing is known. Without it, that of
   * its activation.
   */
  outputRange?(input: OutputRange | undefined): OutputRange | undefined;
  /**
   * From dy, the gradient of y: adds to the gradients of the parameters (or replaces them, unless
   * `accumulate`), and writes that of x to dx unless dx is 0. dz is room for a gradient of the size of y; it
   * may be dy, and then dy is lost.
   */
  backward(
    x: Pointer,
    y: Pointer,
    work: Pointer,
    dy: Pointer,
    dz: Pointer,
    dx: Pointer,
    rows: number,
    logits: boolean,
    accumulate: boolean,
    scratch: Pointer,
  ): void;
}
