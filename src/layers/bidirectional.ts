import { checkName, checkOptions, show } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import type { Graph } from "../graph/graph.js";
import type { Value } from "../graph/value.js";
import { add } from "../ops/add.js";
import { concatenate } from "../ops/concatenate.js";
import { multiply } from "../ops/multiply.js";
import { average } from "../ops/scale.js";
import { checkLayerOptions, Layer, type LayerConfig, type LayerOptions } from "./layer.js";
import { anyNumber } from "./output-range.js";
import { RecurrentLayer, recurrentFrom } from "./recurrent.js";
import type { Scope, TracedTensor } from "./scope.js";

/** How the outputs of both directions are joined. */
const merges = {
  concatenate: (graph, a, b) => concatenate(graph, [a, b]),
  sum: add,
  average: (graph, a, b) => average(graph, [a, b]),
  multiply,
} as const satisfies Record<string, (graph: Graph, a: Value, b: Value) => Value>;

/** How the outputs of both directions are joined. */
export type BidirectionalMerge = "concatenate" | "sum" | "average" | "multiply";

/** The options of `bidirectional`. */
export interface BidirectionalOptions extends LayerOptions {
  /** How the outputs of both directions are joined. Default "concatenate". */
  merge?: BidirectionalMerge;
}

/**
 * A recurrent layer and its twin that reads from the last step to the first (Schuster and Paliwal 1997), with
 * weights of their own. x: [batch, time, inputs]; the output is [batch, 2 units], or [batch, time, 2 units]
 * with `returnSequences`; other merges than "concatenate" give [..., units].
 *
 * @example
 * const x = input([40, 6]);
 * console.log(bidirectional(lstm(32)).apply(x).shape); // [ 64 ]
 *
 * @throws ValueError for a layer that is not recurrent, an unknown merge and unknown options
 */
export function bidirectional(layer: Layer, options: BidirectionalOptions = {}): Layer {
  checkOptions("bidirectional", options, ["merge", "name", "trainable"]);
  if (!(layer instanceof RecurrentLayer))
    throw new ValueError(
      `bidirectional expected a recurrent layer, such as lstm(32), got ${layer instanceof Layer ? layer.config.type : show(layer)}`,
    );
  const { name, trainable, merge = "concatenate" } = options;
  const config = { type: "bidirectional", name, trainable, merge, layer: layer.config };
  return new Bidirectional(checked(config), layer, layer.reversed());
}

/** The layer of a model file. @throws ValueError for options out of range */
export function bidirectionalFrom(config: LayerConfig): Layer {
  const { type } = (config.layer ?? {}) as LayerConfig;
  if (type !== "simpleRnn" && type !== "lstm" && type !== "gru")
    throw new ValueError(`bidirectional expected a recurrent layer, got ${show(config.layer)}`);
  const layer = recurrentFrom(config.layer as LayerConfig);
  return new Bidirectional(checked(config), layer, layer.reversed());
}

function checked(config: LayerConfig): LayerConfig {
  checkLayerOptions(config);
  checkName("bidirectional", "merge", config.merge, merges);
  return config;
}

class Bidirectional extends Layer {
  constructor(
    override readonly config: LayerConfig,
    private readonly ahead: RecurrentLayer,
    private readonly back: RecurrentLayer,
  ) {
    super();
  }

  /** x, the states of the layer, and those of its twin. */
  override get arity(): readonly [least: number, most: number] {
    return [1, 2 * this.ahead.arity[1] - 1];
  }

  override label(...shapes: Parameters<Layer["label"]>): string {
    return `bidirectional(${this.ahead.label(shapes[0])})`;
  }

  override get leavesOutPadding(): boolean {
    return true;
  }

  override build(scope: Scope, [x, ...states]: readonly TracedTensor[]): TracedTensor {
    const { ahead, back, config } = this;
    const half = states.length / 2;
    if (half !== Math.floor(half))
      throw new ValueError(
        `bidirectional expected as many initial states for both directions, got ${states.length}`,
      );
    const run = (layer: RecurrentLayer, name: string, own: readonly TracedTensor[]): TracedTensor => {
      const inner = scope.within({ name, trainable: true });
      return layer.build(
        inner,
        [x, ...own].map((tensor) => tensor.in(inner)),
      );
    };
    const a = run(ahead, "forward", states.slice(0, half));
    const b = run(back, "backward", states.slice(half));
    const y = merges[config.merge as BidirectionalMerge](scope.graph, a.value, b.value);
    const isJoined = config.merge === "concatenate" || config.merge === "average";
    return x.to(y, { range: isJoined ? a.range : anyNumber("bidirectional"), mask: a.mask });
  }

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "Bidirectional";
  }
}
