import { checkCount, checkFraction, checkOptions, checkTruth } from "../core/check.js";
import { ShapeError } from "../core/errors.js";
import { lastOf, type Value } from "../graph/value.js";
import { activate } from "../ops/activation.js";
import { add } from "../ops/add.js";
import { type AttentionOptions, attention } from "../ops/attention.js";
import { matmul } from "../ops/matmul.js";
import { repeat, resample } from "../ops/resample.js";
import { reshape } from "../ops/reshape.js";
import { scale } from "../ops/scale.js";
import { unitRows } from "../ops/unit-rows.js";
import { describeKernel, type Initializers, Kernel, type KernelOptions, ZEROS } from "./kernel.js";
import { checkLayerOptions, Layer, type LayerConfig, type LayerOptions } from "./layer.js";
import { anyNumber } from "./output-range.js";
import type { Scope, TracedTensor } from "./scope.js";
import { batchShape } from "./tensor.js";

/** The options of `dotAttention`. */
export interface DotAttentionOptions extends LayerOptions {
  /** Whether scores are divided by the root of the features, as in transformers. Default false. */
  scaled?: boolean;
  /** Whether a step of the query sees only values up to its own place. Default false. */
  causal?: boolean;
  /** The share of attention that is dropped in training, at least 0 and below 1. Default 0. */
  dropout?: number;
}

/** The options of `additiveAttention`. */
export interface AdditiveAttentionOptions
  extends Pick<DotAttentionOptions, "causal" | "dropout">,
    Omit<KernelOptions, "activation"> {}

/**
 * Attention of a decoder over an encoder by products (Luong and others 2015): y = softmax(q k^T) v. q:
 * [batch, queries, features], k: [batch, keys, features], v: [batch, keys, values], y: [batch, queries,
 * values]. It learns nothing itself; `dense` before the query makes Luong's form "general" of it.
 *
 * `apply([query, keyValue])` has one tensor for k and v, `apply([query, key, value])` one for each. Keys that
 * a mask names as padding are not seen; a query that sees no key gets zeros. y has the mask of the query.
 *
 * @example
 * const [source, target] = [input([12, 6]), input([10, 8])];
 * const encoded = gru(16, { returnSequences: true }).apply(source);
 * const decoded = gru(16, { returnSequences: true }).apply(target);
 * console.log(dotAttention().apply([decoded, encoded]).shape); // [ 10, 16 ]
 *
 * @throws ValueError for a dropout outside [0, 1) and unknown options; ShapeError for queries and keys of
 * different features
 */
export function dotAttention(options: DotAttentionOptions = {}): Layer {
  checkOptions("dotAttention", options, ["scaled", "causal", "dropout", "name", "trainable"]);
  return dotAttentionFrom({ type: "dotAttention", ...options });
}

/**
 * Attention of a decoder over an encoder by a layer of its own (Bahdanau, Cho and Bengio 2015): the score of
 * key j for query i is s_ij = tanh(q_i W + k_j U + b) w, and y_i = sum over j of softmax(s_i)_j v_j. q:
 * [batch, queries, features], k: [batch, keys, others], v: [batch, keys, values], y: [batch, queries,
 * values].
 *
 * Its tensors are "query.weight" W [features, units], "query.bias" b [units], "key.weight" U [others, units]
 * and "score.weight" w [units, 1]. Inputs and masks are those of `dotAttention`. It keeps queries x keys x
 * units numbers for each sample.
 *
 * @example
 * const [source, target] = [input([12, 6]), input([10, 8])];
 * const encoded = bidirectional(gru(16, { returnSequences: true })).apply(source);
 * const decoded = gru(24, { returnSequences: true }).apply(target);
 * console.log(additiveAttention(20).apply([decoded, encoded]).shape); // [ 10, 32 ]
 *
 * @throws ValueError for units that are no integer of at least 1, and the options of dense
 */
export function additiveAttention(units: number, options: AdditiveAttentionOptions = {}): Layer {
  checkOptions("additiveAttention", options, [
    "causal",
    "dropout",
    "useBias",
    "kernelInitializer",
    "biasInitializer",
    "kernelRegularizer",
    "biasRegularizer",
    "kernelConstraint",
    "name",
    "trainable",
  ]);
  const { causal, dropout, ...others } = options;
  const own = Object.entries({ units, causal, dropout }).filter(([, value]) => value !== undefined);
  const { config, initial } = describeKernel("additiveAttention", Object.fromEntries(own), others);
  const { activation: _, ...ofAttention } = config;
  return additiveAttentionFrom(ofAttention as LayerConfig, initial);
}

/** The layer of a model file. @throws ValueError for options out of range */
export function dotAttentionFrom(config: LayerConfig): Layer {
  const { scaled = false } = config;
  checkTruth("dotAttention", "scaled", scaled);
  checkLayerOptions(config);
  return new DotAttention(config, checkSeen("dotAttention", config), scaled);
}

/** The layer of a model file. @throws ValueError for options out of range */
export function additiveAttentionFrom(config: LayerConfig, initial = ZEROS): Layer {
  checkCount("additiveAttention", "units", config.units);
  return new AdditiveAttention(config, checkSeen("additiveAttention", config), config.units, initial);
}

interface Seen {
  readonly causal: boolean;
  readonly dropout: number;
}

/** @throws ValueError */
function checkSeen(who: string, { causal = false, dropout = 0 }: LayerConfig): Seen {
  checkTruth(who, "causal", causal);
  checkFraction(who, "dropout", dropout);
  return { causal, dropout };
}

/** Attention of one head of a query over keys and values. */
abstract class EncoderAttention extends Layer {
  constructor(
    override readonly config: LayerConfig,
    private readonly seen: Seen,
  ) {
    super();
  }

  override get arity(): readonly [least: number, most: number] {
    return [2, 3];
  }

  override build(scope: Scope, [query, key, value = key]: readonly TracedTensor[]): TracedTensor {
    const { type } = this.config;
    const wrong = [query, key, value].find(({ shape }) => shape.length !== 2);
    if (wrong)
      throw new ShapeError(`${type} expected [batch, time, features], got ${batchShape(wrong.shape)}`);
    if (key.shape[0] !== value.shape[0])
      throw new ShapeError(
        `${type} expected a value for each of the ${key.shape[0]} keys, got ${value.shape[0]}`,
      );
    const { causal, dropout } = this.seen;
    const randomKey = scope.randomKey();
    const [q, k] = this.vectors(scope, query, key);
    const y = attention(scope.graph, [{ value: q }, { value: k }, { value: value.value }], {
      heads: 1,
      keySize: lastOf(k.shape),
      valueSize: lastOf(value.shape),
      causal,
      mask: key.mask ?? value.mask,
      dropout: scope.training && dropout > 0 ? { rate: dropout, key: randomKey } : undefined,
    } satisfies AttentionOptions);
    return query.along(y, { range: anyNumber(type) });
  }

  /** Vectors whose products, divided by the root of their length, are the scores. */
  protected abstract vectors(
    scope: Scope,
    query: TracedTensor,
    key: TracedTensor,
  ): readonly [query: Value, key: Value];

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "EncoderAttention";
  }
}

class DotAttention extends EncoderAttention {
  constructor(
    config: LayerConfig,
    seen: Seen,
    private readonly scaled: boolean,
  ) {
    super(config, seen);
  }

  override get leavesOutPadding(): boolean {
    return true;
  }

  /** @throws ShapeError */
  protected override vectors({ graph }: Scope, query: TracedTensor, key: TracedTensor) {
    const features = lastOf(query.shape);
    if (lastOf(key.shape) !== features)
      throw new ShapeError(
        `dotAttention expected keys of as many features as the queries, ${features}, got ${batchShape(key.shape)}; bring one to the other by dense, or use additiveAttention`,
      );
    const q = this.scaled ? query.value : scale(graph, query.value, Math.sqrt(features));
    return [q, key.value] as const;
  }
}

class AdditiveAttention extends EncoderAttention {
  private readonly kernel: Kernel;

  constructor(
    config: LayerConfig,
    seen: Seen,
    private readonly units: number,
    initial: Initializers,
  ) {
    super(config, seen);
    this.kernel = new Kernel({ useBias: true, ...config, activation: "linear" }, initial);
  }

  override label(): string {
    return `additiveAttention(${this.units})`;
  }

  /**
   * The scores of a query as its vector, and for the keys vectors of one 1 each, so that attention takes the
   * scores as they are.
   */
  protected override vectors(scope: Scope, query: TracedTensor, key: TracedTensor) {
    const { graph } = scope;
    const { kernel, units } = this;
    const [queries, keys] = [query.shape[0], key.shape[0]];
    const project = (x: TracedTensor, name: string, bias?: Value): Value => {
      const inputs = lastOf(x.shape);
      return matmul(
        graph,
        x.value,
        kernel.weight(scope, [inputs, units], inputs, units, `${name}.weight`),
        bias,
      );
    };
    const q = project(query, "query", kernel.bias(scope, units, lastOf(query.shape), units, "query.bias"));
    const k = project(key, "key");
    // Each pair of a query and a key has a row: the query's is there for all keys, and all keys for each
    // query.
    const pairs = [queries * keys, units];
    const ofQueries = resample(
      graph,
      q,
      {
        height: 1,
        width: queries,
        channels: units,
        outHeight: 1,
        outWidth: pairs[0],
        interpolation: "nearest",
      },
      pairs,
    );
    const ofKeys = reshape(
      graph,
      repeat(graph, reshape(graph, k, [keys * units]), [queries, keys * units]),
      pairs,
    );
    const hidden = activate(graph, add(graph, ofQueries, ofKeys), "tanh");
    const weight = kernel.weight(scope, [units, 1], units, 1, "score.weight");
    const scores = reshape(graph, matmul(graph, hidden, weight), [queries, keys]);
    return [scale(graph, scores, Math.sqrt(keys)), unitRows(graph, key.value, keys)] as const;
  }
}
