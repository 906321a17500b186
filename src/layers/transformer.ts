import { checkCount, checkFraction, checkOptions, checkPositive, checkTruth, show } from "../core/check.js";
import { ShapeError, ValueError } from "../core/errors.js";
import { lastOf } from "../graph/value.js";
import { type ActivationName, checkActivation } from "../ops/activation-kinds.js";
import { add } from "../ops/add.js";
import { multiply } from "../ops/multiply.js";
import { checkHeads, type HeadOptions, multiHeadAttention } from "./attention.js";
import { dense } from "./dense.js";
import { checkInitializer, type InitializerName } from "./initializer.js";
import { checkLayerOptions, Layer, type LayerConfig, type LayerOptions } from "./layer.js";
import { layerNormalization, rmsNormalization } from "./normalization.js";
import { anyNumber } from "./output-range.js";
import { dropout } from "./random.js";
import type { Scope, TracedTensor } from "./scope.js";
import { batchShape } from "./tensor.js";

/** The options of `transformer`. */
export interface TransformerOptions extends HeadOptions, LayerOptions {
  /** At least 1. */
  heads: number;
  /** The units within the feed-forward network, at least 1. */
  hidden: number;
  /** Within the feed-forward network. "swiglu" is W (silu(x A) * (x B)), Shazeer 2020. Default "gelu". */
  activation?: ActivationName | "swiglu";
  /** Whether each part is normalized before it, x + f(norm(x)), or after it, norm(x + f(x)). Default true. */
  normFirst?: boolean;
  /** Layer normalization, or that by the root mean square. Default "layer". */
  normalization?: "layer" | "rms";
  /** Of the normalizations, above 0. Default 1e-5. */
  epsilon?: number;
  /**
   * The share that is dropped in training of attention, of the hidden units, and of what each part adds. At
   * least 0 and below 1. Default 0.
   */
  dropout?: number;
  /** Whether the products have a bias. Default true. */
  useBias?: boolean;
  /** Default "glorotUniform". */
  kernelInitializer?: InitializerName;
}

const known = [
  "heads",
  "hidden",
  "activation",
  "normFirst",
  "normalization",
  "epsilon",
  "dropout",
  "causal",
  "rotary",
  "keySize",
  "valueSize",
  "useBias",
  "kernelInitializer",
  "name",
  "trainable",
];

/**
 * A block of a transformer (Vaswani and others 2017): self-attention and a feed-forward network, each added
 * to its input. x and y: [batch, time, features]. With `normFirst`
 *
 *     h = x + attention(norm1(x))        y = h + output(activation(hidden(norm2(h))))
 *
 * and else h = norm1(x + attention(x)), y = norm2(h + output(activation(hidden(h)))). With `causal` it is
 * the block of a language model. Padding that the mask of x names is not seen; y keeps the mask.
 *
 * Its layers are called "attention", "norm1", "norm2", "hidden", "output", and "gate" with "swiglu": so the
 * first tensor of a block "a" is "a.norm1.gamma".
 *
 * @example
 * const x = input([64, 32]);
 * const block = () => transformerEncoder({ heads: 4, hidden: 128, causal: true });
 * const y = dense(10).apply(layerNormalization().apply(block().apply(block().apply(x))));
 *
 * @throws ValueError for counts that are no integers of at least 1, a dropout outside [0, 1), an epsilon not
 * above 0, unknown names and options; ShapeError for features that heads does not divide
 */
export function transformerEncoder(options: TransformerOptions): Layer {
  return describe("transformerEncoder", options);
}

/**
 * A block of a decoder that looks at what an encoder made of another sequence: `apply([x, memory])`, x and y
 * [batch, time, features], memory [batch, other time, others]. Self-attention, which is causal unless
 * `causal` is false, attention to the memory, and a feed-forward network, each added to its input, with
 * "norm1", "norm2" and "norm3". Its other layers are called "attention", "crossAttention", "hidden",
 * "output", and "gate" with "swiglu". Padding that the masks of x and of the memory name is not seen; y keeps
 * the mask of x. `rotary` is for the self-attention alone.
 *
 * @example
 * const [x, memory] = [input([10, 16]), input([12, 16])];
 * const y = transformerDecoder({ heads: 2, hidden: 32 }).apply([x, memory]);
 * console.log(y.shape); // [ 10, 16 ]
 *
 * @throws as transformerEncoder
 */
export function transformerDecoder(options: TransformerOptions): Layer {
  return describe("transformerDecoder", options);
}

/** @throws ValueError */
function describe(type: string, given: TransformerOptions): Layer {
  checkOptions(type, given, known);
  const { kernelInitializer = "glorotUniform" } = given ?? {};
  checkInitializer(type, kernelInitializer);
  return transformerFrom({ type, ...given }, kernelInitializer);
}

/** The layer of a model file. @throws ValueError for options out of range */
export function transformerFrom(config: LayerConfig, initializer: InitializerName = "zeros"): Layer {
  return config.type === "transformerDecoder"
    ? new Decoder(config, initializer)
    : new Encoder(config, initializer);
}

abstract class Transformer extends Layer {
  private readonly normFirst: boolean;
  private readonly norm: (name: string) => Layer;
  private readonly feedForward: (x: TracedTensor) => TracedTensor;
  protected readonly drop: (x: TracedTensor) => TracedTensor;

  constructor(
    override readonly config: LayerConfig,
    private readonly initializer: InitializerName,
  ) {
    super();
    const { type, hidden, activation = "gelu", normFirst = true, dropout: rate = 0 } = config;
    const { normalization = "layer", epsilon = 1e-5 } = config;
    checkLayerOptions(config);
    checkHeads(type, config);
    checkCount(type, "hidden", hidden);
    checkFraction(type, "dropout", rate);
    checkTruth(type, "normFirst", normFirst);
    checkTruth(type, "useBias", config.useBias ?? true);
    checkPositive(type, "epsilon", epsilon);
    if (normalization !== "layer" && normalization !== "rms")
      throw new ValueError(
        `${type} expected normalization to be "layer" or "rms", got ${show(normalization)}`,
      );
    const norm = normalization === "layer" ? layerNormalization : rmsNormalization;
    this.norm = (name) => norm({ name, epsilon });
    this.normFirst = normFirst;
    this.drop = (x) => (rate > 0 ? next(dropout(rate), x) : x);
    this.feedForward = this.network(hidden, activation);
  }

  override get leavesOutPadding(): boolean {
    return true;
  }

  override label([input]: readonly (readonly number[])[]): string {
    const { type, heads, hidden } = this.config;
    return `${type}(${heads} heads, ${lastOf(input)} -> ${hidden} -> ${lastOf(input)})`;
  }

  /** x and what the part makes of it, with the normalization that is called `name`. */
  protected residual(name: string, x: TracedTensor, part: (x: TracedTensor) => TracedTensor): TracedTensor {
    const norm = this.norm(name);
    const made = this.drop(part(this.normFirst ? next(norm, x) : x));
    const sum = x.along(add(x.scope.graph, x.value, made.value), { range: anyNumber(this.config.type) });
    return this.normFirst ? sum : next(norm, sum);
  }

  protected attention(name: string, own: HeadOptions): Layer {
    const { heads, keySize, valueSize, dropout, useBias } = this.config as LayerConfig & TransformerOptions;
    const kernelInitializer = this.initializer;
    return multiHeadAttention({
      heads,
      keySize,
      valueSize,
      dropout,
      useBias,
      kernelInitializer,
      name,
      ...own,
    });
  }

  /** The last part of a block. */
  protected last(name: string, x: TracedTensor): TracedTensor {
    return this.residual(name, x, this.feedForward);
  }

  private network(hidden: number, activation: unknown): (x: TracedTensor) => TracedTensor {
    const { type, useBias = true } = this.config as LayerConfig & TransformerOptions;
    if (activation !== "swiglu") checkActivation(type, activation);
    const own = { useBias, kernelInitializer: this.initializer };
    const within = dense(hidden, {
      ...own,
      name: "hidden",
      activation: activation === "swiglu" ? "linear" : activation,
    });
    const gate = dense(hidden, { ...own, name: "gate", activation: "silu" });
    return (x) => {
      let h = next(within, x);
      if (activation === "swiglu") h = h.along(multiply(h.scope.graph, h.value, next(gate, x).value));
      return next(dense(lastOf(x.shape), { ...own, name: "output" }), this.drop(h));
    };
  }

  /** @throws ShapeError */
  protected checkSequence({ shape }: TracedTensor): void {
    if (shape.length !== 2)
      throw new ShapeError(`${this.config.type} expected [batch, time, features], got ${batchShape(shape)}`);
  }
}

class Encoder extends Transformer {
  override isStepwise(): boolean {
    return this.config.causal === true;
  }

  override build(_scope: Scope, [x]: readonly TracedTensor[]): TracedTensor {
    this.checkSequence(x);
    const { causal, rotary } = this.config as HeadOptions;
    const attention = this.attention("attention", { causal, rotary });
    return this.last(
      "norm2",
      this.residual("norm1", x, (h) => next(attention, h)),
    );
  }

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "TransformerEncoder";
  }
}

class Decoder extends Transformer {
  override get arity(): readonly [least: number, most: number] {
    return [2, 2];
  }

  override build(_scope: Scope, [x, memory]: readonly TracedTensor[]): TracedTensor {
    this.checkSequence(x);
    this.checkSequence(memory);
    const { causal = true, rotary } = this.config as HeadOptions;
    const attention = this.attention("attention", { causal, rotary });
    const cross = this.attention("crossAttention", {});
    const h = this.residual("norm1", x, (h) => next(attention, h));
    const looked = this.residual("norm2", h, (h) => next(cross, h, memory));
    return this.last("norm3", looked);
  }

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "TransformerDecoder";
  }
}

/** What the inner layer makes of tensors of this layer. */
const next = (layer: Layer, ...inputs: readonly TracedTensor[]): TracedTensor =>
  layer.apply(inputs) as TracedTensor;
