import { checkCount, checkFraction, checkOptions, checkPositive, checkTruth } from "../core/check.js";
import { ShapeError, ValueError } from "../core/errors.js";
import { lastOf, type Value } from "../graph/value.js";
import { attendStep, attention as emit, type Part } from "../ops/attention.js";
import { matmul } from "../ops/matmul.js";
import { rotate } from "../ops/positions.js";
import { describeKernel, type Initializers, Kernel, type KernelOptions, ZEROS } from "./kernel.js";
import { Layer, type LayerConfig } from "./layer.js";
import { anyNumber } from "./output-range.js";
import type { Scope, Stepping, TracedTensor } from "./scope.js";
import { batchShape } from "./tensor.js";

/** What an attention has beside the number of its heads. */
export interface HeadOptions {
  /** Elements of a query and of a key of a head. Default: the features of the query, divided by heads. */
  keySize?: number;
  /** Elements of a value of a head. Default keySize. */
  valueSize?: number;
  /** Whether a step sees only itself and the steps before it. Default false. */
  causal?: boolean;
  /** The share of attention that is dropped in training, at least 0 and below 1. Default 0. */
  dropout?: number;
  /**
   * Whether the places of queries and keys turn them (rotary position embedding): true for the base 10,000,
   * or another base. Default false. keySize is then even.
   */
  rotary?: boolean | number;
}

/** The options of `multiHeadAttention`. */
export interface MultiHeadAttentionOptions extends HeadOptions, Omit<KernelOptions, "activation"> {
  /** At least 1. */
  heads: number;
}

const headOptions = ["heads", "keySize", "valueSize", "causal", "dropout", "rotary"];
const kernelOptions = [
  "useBias",
  "kernelInitializer",
  "biasInitializer",
  "kernelRegularizer",
  "biasRegularizer",
  "kernelConstraint",
  "name",
  "trainable",
];

/**
 * Multi-head attention (Vaswani and others 2017, "Attention Is All You Need"): every query looks at all keys.
 * For each head h, with q, k and v projected to Q, K [time, heads, keySize] and V [time, heads, valueSize],
 * Y_h = softmax(Q_h K_h^T / sqrt(keySize)) V_h; y is the projection of all Y_h, side by side.
 *
 * - One input x [batch, time, features]: self-attention. y: as x.
 * - Two, `apply([query, keyValue])`: the query [batch, time, features] looks at [batch, other time, others].
 * - Three, `apply([query, key, value])`. y: as the query.
 *
 * Keys that a mask of their tensor names as padding are not seen; a query that sees no key gets the bias
 * alone. y has the mask of the query.
 *
 * Its tensors are "output.weight" [heads valueSize, features], "output.bias", and of the projections
 * "queryKeyValue.weight" [features, heads (2 keySize + valueSize)] of one input, "query.weight" and
 * "keyValue.weight" of two, or "query.weight", "key.weight" and "value.weight" of three, with a bias each.
 * The columns are the query of head 0, of head 1 and so on, then the keys, then the values: PyTorch's
 * in_proj_weight, transposed, and Keras's kernels [features, heads, size] side by side.
 *
 * @example
 * const x = input([64, 32]);
 * const h = multiHeadAttention({ heads: 4, causal: true }).apply(layerNormalization().apply(x));
 *
 * @throws ValueError for counts that are no integers of at least 1, a dropout outside [0, 1), an odd keySize
 * with rotary, and for the options of dense; ShapeError for features that heads does not divide
 */
export function multiHeadAttention(options: MultiHeadAttentionOptions): Layer {
  checkOptions("multiHeadAttention", options, [...headOptions, ...kernelOptions]);
  const { heads, keySize, valueSize, causal, dropout, rotary, ...others } = { ...options };
  const own = { heads, keySize, valueSize, causal, dropout, rotary };
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  const { config, initial } = describeKernel("multiHeadAttention", given, others);
  const { activation: _, ...ofAttention } = config;
  return attentionFrom(ofAttention as LayerConfig, initial);
}

/** The layer of a model file. @throws ValueError for options out of range */
export function attentionFrom(config: LayerConfig, initial = ZEROS): Layer {
  return new MultiHeadAttention(config, checkHeads(config.type, config), initial);
}

/** @internal The options of attention in their order, checked. @throws ValueError */
export function checkHeads(who: string, options: object) {
  const { heads, keySize, valueSize, causal = false, dropout = 0, rotary = false } = options as LayerConfig;
  checkCount(who, "heads", heads);
  if (keySize !== undefined) checkCount(who, "keySize", keySize);
  if (valueSize !== undefined) checkCount(who, "valueSize", valueSize);
  checkTruth(who, "causal", causal);
  checkFraction(who, "dropout", dropout);
  if (typeof rotary !== "boolean") checkPositive(who, "rotary", rotary);
  const base = rotary === true ? 10_000 : rotary;
  if (base !== false && keySize !== undefined && keySize % 2 !== 0)
    throw new ValueError(`${who} expected keySize to be even with rotary, got ${keySize}`);
  return { heads, keySize, valueSize, causal, dropout, base };
}

class MultiHeadAttention extends Layer {
  private readonly kernel: Kernel;

  constructor(
    override readonly config: LayerConfig,
    private readonly options: ReturnType<typeof checkHeads>,
    initial: Initializers,
  ) {
    super();
    this.kernel = new Kernel({ useBias: true, ...config, activation: "linear" }, initial);
  }

  override get arity(): readonly [least: number, most: number] {
    return [1, 3];
  }

  override label([query]: readonly (readonly number[])[]): string {
    return `multiHeadAttention(${this.options.heads} heads of ${this.sizesOf(query).keySize})`;
  }

  override isStepwise(inputs: readonly (readonly number[])[]): boolean {
    return inputs.length === 1 && this.options.causal;
  }

  override get leavesOutPadding(): boolean {
    return true;
  }

  override build(scope: Scope, inputs: readonly TracedTensor[]): TracedTensor {
    const { graph } = scope;
    const [query, key = query, value = key] = inputs;
    const { causal, dropout, heads } = this.options;
    const sizes = this.sizesOf(query.shape);
    for (const { shape } of inputs)
      if (shape.length !== 2)
        throw new ShapeError(`multiHeadAttention expected [batch, time, features], got ${batchShape(shape)}`);
    if (key.shape[0] !== value.shape[0])
      throw new ShapeError(
        `multiHeadAttention expected a value for each of the ${key.shape[0]} keys, got ${value.shape[0]}`,
      );
    const randomKey = scope.randomKey();
    const parts = this.project(scope, inputs);
    const mask = key.mask ?? value.mask;
    const place = scope.steppingByPosition();
    const y = place
      ? this.step(scope, parts[0].value, sizes, mask, place)
      : emit(graph, parts, {
          heads,
          ...sizes,
          causal,
          mask,
          dropout: scope.training && dropout > 0 ? { rate: dropout, key: randomKey } : undefined,
        });
    const projected = this.dense(scope, "output", y, lastOf(query.shape));
    return query.along(projected, { range: anyNumber("multiHeadAttention") });
  }

  /** One query, which sees the keys of the steps before it. `x` has its own query, key and value. */
  private step(
    scope: Scope,
    x: Value,
    { keySize, valueSize }: { keySize: number; valueSize: number },
    mask: Value | undefined,
    place: Stepping,
  ): Value {
    const { heads } = this.options;
    const cache = scope.state("cache", [place.time, heads * (keySize + valueSize)]).before;
    const seen = mask && scope.state("mask", [place.time]).before;
    return attendStep(scope.graph, x, { cache, mask, seen }, { heads, keySize, valueSize }, place);
  }

  /** q, k and v of all heads: parts of as few products as there are inputs. */
  private project(scope: Scope, inputs: readonly TracedTensor[]): [q: Part, k: Part, v: Part] {
    const { heads } = this.options;
    const { keySize, valueSize } = this.sizesOf(inputs[0].shape);
    const [keys, values] = [heads * keySize, heads * valueSize];
    const named = [["queryKeyValue"], ["query", "keyValue"], ["query", "key", "value"]][inputs.length - 1];
    const columns = [[2 * keys + values], [keys, keys + values], [keys, keys, values]][inputs.length - 1];
    const turned = [[2 * heads], [heads, heads], [heads, heads, 0]][inputs.length - 1];
    const [first, second = first, third = second] = named.map((name, i) =>
      this.rotated(scope, this.dense(scope, name, inputs[i].value, columns[i], keys), turned[i], keySize),
    );
    return [
      { value: first },
      { value: second, offset: second === first ? keys : 0 },
      { value: third, offset: third === first ? 2 * keys : third === second ? keys : 0 },
    ];
  }

  private rotated(scope: Scope, x: Value, heads: number, size: number): Value {
    const { base } = this.options;
    return base === false || heads === 0
      ? x
      : rotate(scope.graph, x, { heads, size, base, place: scope.steppingByPosition() });
  }

  /** x W + b. `each`: the columns of one of several projections side by side, for the initializer. */
  private dense(scope: Scope, name: string, x: Value, units: number, each = units): Value {
    const inputs = lastOf(x.shape);
    const weight = this.kernel.weight(scope, [inputs, units], inputs, each, `${name}.weight`);
    const bias = this.kernel.bias(scope, units, inputs, each, `${name}.bias`);
    return matmul(scope.graph, x, weight, bias);
  }

  /** @throws ShapeError, ValueError */
  private sizesOf(query: readonly number[]): { keySize: number; valueSize: number } {
    const { heads, keySize = lastOf(query) / heads, valueSize = keySize, base } = this.options;
    if (!Number.isInteger(keySize))
      throw new ShapeError(
        `multiHeadAttention expected features that ${heads} heads divide, got ${batchShape(query)}; give keySize to have another size`,
      );
    if (base !== false && keySize % 2 !== 0)
      throw new ShapeError(`multiHeadAttention expected an even keySize with rotary, got ${keySize}`);
    return { keySize, valueSize };
  }

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "MultiHeadAttention";
  }
}
