import { checkCount, checkFlag, checkName, checkOptions, checkPositive, checkTruth } from "../core/check.js";
import { ShapeError } from "../core/errors.js";
import type { Graph } from "../graph/graph.js";
import { TRAINING } from "../graph/training.js";
import { lastOf, type Value } from "../graph/value.js";
import { addRow } from "../ops/add-row.js";
import { concatenate } from "../ops/concatenate.js";
import { matmul } from "../ops/matmul.js";
import { blocksOf, type CellName, recurrent } from "../ops/recurrent.js";
import { reshape } from "../ops/reshape.js";
import { slice } from "../ops/slice.js";
import { clearSteps } from "../ops/steps.js";
import { timeStep } from "../ops/time-step.js";
import { checkInitializer, type InitializerName } from "./initializer.js";
import { initializeWith } from "./kernel.js";
import { checkLayerOptions, Layer, type LayerConfig } from "./layer.js";
import { operationFrom } from "./operation.js";
import { anyNumber, rangeOfActivation } from "./output-range.js";
import type {
  CommonGatedOptions,
  CommonRecurrentOptions,
  GruOptions,
  LstmOptions,
  RecurrentOptions,
  SimpleRnnOptions,
} from "./recurrent-options.js";
import { regularizerFrom } from "./regularization.js";
import type { Regularizer, Scope, TracedTensor } from "./scope.js";
import { batchShape, type Tensor } from "./tensor.js";

/** How the weights begin. */
interface RecurrentInitializers {
  readonly kernel: InitializerName;
  readonly recurrent: InitializerName;
  readonly bias: InitializerName;
  readonly forget: boolean;
}

const ZEROS: RecurrentInitializers = { kernel: "zeros", recurrent: "zeros", bias: "zeros", forget: false };

/** The options that all of them have. */
const KNOWN = [
  "returnSequences",
  "returnState",
  "reverse",
  "useBias",
  "recurrentBias",
  "kernelInitializer",
  "recurrentInitializer",
  "biasInitializer",
  "kernelRegularizer",
  "recurrentRegularizer",
  "biasRegularizer",
  "name",
  "trainable",
];
/** Those of layers with gates. */
const GATES = ["recurrentActivation", "slope"];

/**
 * A simple recurrent layer (Elman 1990): h(t) = f(x(t) W + h(t - 1) R + b), f tanh or ReLU. x: [batch, time,
 * inputs], W: [inputs, units], R: [units, units], b: [units]. The output is the last state, [batch, units],
 * or all states, [batch, time, units], with `returnSequences`. A second input, [batch, units], is the state
 * before the first step, else zeros. Steps that the mask of x calls padding keep the state and give 0.
 *
 * @example
 * const layers = [simpleRnn(16), dense(1)];
 * const model = new Sequential(backend, { inputShape: [20, 3], layers });
 * console.log(model.outputShape); // [ 1 ]
 *
 * @throws ValueError for units that are no integer of at least 1, and for unknown options, activations and
 * initializers; ShapeError for an input without steps
 */
export function simpleRnn(units: number, options: SimpleRnnOptions & { returnState: true }): StatefulLayer;
export function simpleRnn(units: number, options?: SimpleRnnOptions): Layer;
// A call of one or another recurrent layer takes a signature that all of them have.
export function simpleRnn(
  units: number,
  options: CommonRecurrentOptions & { returnState: true },
): StatefulLayer;
export function simpleRnn(units: number, options?: CommonRecurrentOptions): Layer;
// Messages are about the last one.
export function simpleRnn(units: number, options?: SimpleRnnOptions): Layer;
export function simpleRnn(units: number, options: SimpleRnnOptions = {}): Layer | StatefulLayer {
  checkOptions("simpleRnn", options, [...KNOWN, "activation"]);
  const { activation = "tanh", ...others } = options;
  return described("simpleRnn", { units, activation }, others);
}

/**
 * Long short-term memory (Hochreiter and Schmidhuber 1997; Gers and others 2000). Of z = x(t) W + h(t - 1) R
 * + b, whose four blocks are those of the gates i, f, g and o:
 *
 *   c(t) = sigmoid(z_f) c(t - 1) + sigmoid(z_i) tanh(z_g);   h(t) = sigmoid(z_o) tanh(c(t))
 *
 * x: [batch, time, inputs], W: [inputs, 4 units], R: [units, 4 units], b: [4 units]. The output is the last
 * h, [batch, units], or each, [batch, time, units], with `returnSequences`. A second and a third input,
 * [batch, units], are h and c before the first step, else zeros. Steps that the mask of x calls padding keep
 * the state and give 0.
 *
 * @example
 * const layers = [lstm(64, { returnSequences: true }), lstm(64), dense(1)];
 * const model = new Sequential(backend, { inputShape: [30, 8], seed: 1, layers });
 * console.log(model.parameterCount); // 51777
 *
 * @throws ValueError for units that are no integer of at least 1, and for unknown options and initializers;
 * ShapeError for an input without steps
 */
export function lstm(units: number, options: LstmOptions & { returnState: true }): StatefulLayer;
export function lstm(units: number, options?: LstmOptions): Layer;
// A call of one or another recurrent layer takes a signature that all of them have.
export function lstm(units: number, options: CommonGatedOptions & { returnState: true }): StatefulLayer;
export function lstm(units: number, options?: CommonGatedOptions): Layer;
export function lstm(units: number, options: CommonRecurrentOptions & { returnState: true }): StatefulLayer;
export function lstm(units: number, options?: CommonRecurrentOptions): Layer;
// Messages are about the last one.
export function lstm(units: number, options?: LstmOptions): Layer;
export function lstm(units: number, options: LstmOptions = {}): Layer | StatefulLayer {
  checkOptions("lstm", options, [...KNOWN, ...GATES, "unitForgetBias"]);
  checkFlag("lstm", "unitForgetBias", options.unitForgetBias);
  return described("lstm", { units }, options);
}

/**
 * A gated recurrent unit (Cho and others 2014), with the reset gate behind the product as in cuDNN, PyTorch
 * and Keras, unless `resetAfter` is false. The three blocks of the weights are those of r, z and n:
 *
 *   r, z = sigmoid(x(t) W + b + h(t - 1) R + rb);   n = tanh(x(t) W_n + b_n + r (h(t - 1) R_n + rb_n))
 *   h(t) = (1 - z) n + z h(t - 1)
 *
 * x: [batch, time, inputs], W: [inputs, 3 units], R: [units, 3 units], b and rb: [3 units]. The output is
 * the last h, [batch, units], or each, [batch, time, units], with `returnSequences`. A second input, [batch,
 * units], is the state before the first step, else zeros. Steps that the mask of x calls padding keep the
 * state and give 0.
 *
 * @example
 * const x = input([24, 4]);
 * console.log(gru(10, { returnSequences: true }).apply(x).shape); // [ 24, 10 ]
 *
 * @throws ValueError for units that are no integer of at least 1, and for unknown options and initializers;
 * ShapeError for an input without steps
 */
export function gru(units: number, options: GruOptions & { returnState: true }): StatefulLayer;
export function gru(units: number, options?: GruOptions): Layer;
// A call of one or another recurrent layer takes a signature that all of them have.
export function gru(units: number, options: CommonGatedOptions & { returnState: true }): StatefulLayer;
export function gru(units: number, options?: CommonGatedOptions): Layer;
export function gru(units: number, options: CommonRecurrentOptions & { returnState: true }): StatefulLayer;
export function gru(units: number, options?: CommonRecurrentOptions): Layer;
// Messages are about the last one.
export function gru(units: number, options?: GruOptions): Layer;
export function gru(units: number, options: GruOptions = {}): Layer | StatefulLayer {
  checkOptions("gru", options, [...KNOWN, ...GATES, "resetAfter"]);
  return described("gru", { units }, options);
}

/** A part of the states after each step. */
const pick = (type: "slice" | "timeStep", config: object, x: Tensor): Tensor =>
  operationFrom({ ...config, type }).apply(x);

/**
 * A recurrent layer whose `apply` gives the last state, too: from the option `returnState`.
 *
 * @example
 * const [source, target] = [input([12, 5]), input([10, 5])];
 * const [, h, c] = lstm(16, { returnState: true }).apply(source);
 * const decoded = lstm(16, { returnSequences: true }).apply([target, h, c]);
 * console.log(decoded.shape); // [ 10, 16 ]
 */
export class StatefulLayer {
  /** @internal `layer` gives the states after each step. */
  constructor(
    /** @internal */
    readonly layer: RecurrentLayer,
  ) {}

  /**
   * [output, h] or, of an LSTM, [output, h, c]: h and c are [batch, units], the output as without
   * `returnState`. x: the sequence, or [sequence, h] or [sequence, h, c] to begin with a state.
   * @throws ShapeError, ValueError for inputs that the layer does not take
   */
  apply(x: Tensor | readonly Tensor[]): Tensor[] {
    const { layer } = this;
    const { units, lastStep, states } = layer;
    const all = layer.apply(x);
    const last = pick("timeStep", { index: lastStep }, all);
    const blocks = Array.from({ length: states }, (_, i) =>
      pick("slice", { begin: i * units, end: (i + 1) * units }, last),
    );
    const output = layer.returnSequences ? pick("slice", { begin: 0, end: units }, all) : blocks[0];
    return [output, ...blocks];
  }
}

/** The blocks of an initial state side by side. */
const joined = (graph: Graph, blocks: readonly TracedTensor[]): Value | undefined =>
  blocks.length > 0
    ? concatenate(
        graph,
        blocks.map(({ value }) => value),
      )
    : undefined;

function described(
  type: string,
  own: Readonly<Record<string, unknown>>,
  options: RecurrentOptions,
): Layer | StatefulLayer {
  const {
    kernelInitializer: kernel = "glorotUniform",
    recurrentInitializer = "orthogonal",
    biasInitializer: bias = "zeros",
    unitForgetBias = true,
    name,
  }: RecurrentOptions & Pick<LstmOptions, "unitForgetBias"> = options;
  for (const initializer of [kernel, recurrentInitializer, bias]) checkInitializer(type, initializer);
  const initial = {
    kernel,
    recurrent: recurrentInitializer,
    bias,
    forget: type === "lstm" && unitForgetBias,
  };
  const layer = recurrentFrom({ type, name, ...own, ...options }, initial);
  return options.returnState ? new StatefulLayer(layer) : layer;
}

/** @internal The layer of a model file. @throws ValueError for options out of range */
export function recurrentFrom(config: LayerConfig, initial: RecurrentInitializers = ZEROS): RecurrentLayer {
  const { type, units, activation } = config;
  checkCount(type, "units", units);
  for (const flag of ["returnSequences", "returnState", "reverse", "useBias", "recurrentBias"])
    if (config[flag] !== undefined) checkTruth(type, flag, config[flag]);
  if (config.resetAfter !== undefined) checkTruth(type, "resetAfter", config.resetAfter);
  if (config.recurrentActivation !== undefined)
    checkName(type, "recurrentActivation", config.recurrentActivation, gates);
  if (config.slope !== undefined) checkPositive(type, "slope", config.slope);
  checkLayerOptions(config);
  if (type === "simpleRnn") checkName(type, "activation", activation, simpleCells);
  const cell = type === "simpleRnn" ? simpleCells[activation as keyof typeof simpleCells] : type;
  const isBefore = type === "gru" && config.resetAfter === false;
  return new RecurrentLayer(config, units, isBefore ? "gruResetBefore" : (cell as CellName), initial);
}

const gates = { sigmoid: true, hardSigmoid: true } as const;

/** @internal The slope of the gates of a layer; 0 where they are sigmoids. */
export const slopeOfGates = ({ recurrentActivation, slope = 1 / 6 }: LayerConfig): number =>
  recurrentActivation === "hardSigmoid" ? (slope as number) : 0;

/** @internal Whether the product of the state of a layer has a bias of its own. */
export const hasRecurrentBias = ({ type, resetAfter, recurrentBias }: LayerConfig): boolean =>
  recurrentBias === undefined ? type === "gru" && resetAfter !== false : recurrentBias === true;

const simpleCells = { tanh: "simpleRnn", relu: "simpleRnnRelu" } as const;

/** @internal A recurrent layer. */
export class RecurrentLayer extends Layer {
  private readonly regularizers: Partial<Record<"kernel" | "recurrent" | "bias", Regularizer>> = {};

  constructor(
    override readonly config: LayerConfig,
    readonly units: number,
    private readonly cell: CellName,
    private readonly initial: RecurrentInitializers,
  ) {
    super();
    if (!TRAINING) return;
    for (const part of ["kernel", "recurrent", "bias"] as const) {
      const regularizer = regularizerFrom(config, `${part}Regularizer`);
      if (regularizer) this.regularizers[part] = regularizer;
    }
  }

  get returnSequences(): boolean {
    return this.config.returnSequences === true;
  }

  /** Blocks of the state. */
  get states(): number {
    return blocksOf(this.cell).states;
  }

  /** The index of the step that runs last. */
  get lastStep(): number {
    return this.config.reverse ? 0 : -1;
  }

  /** @internal The same layer, from the last step to the first, and the other way round. */
  reversed(): RecurrentLayer {
    const { config, units, cell, initial } = this;
    return new RecurrentLayer({ ...config, reverse: config.reverse !== true }, units, cell, initial);
  }

  /** x, and a tensor for each block of the state before the first step. */
  override get arity(): readonly [least: number, most: number] {
    return [1, 1 + blocksOf(this.cell).states];
  }

  override label([input]: readonly (readonly number[])[]): string {
    return `${this.config.type}(${input.at(-1)} -> ${this.units})`;
  }

  override isStepwise(): boolean {
    return this.config.reverse !== true;
  }

  override get leavesOutPadding(): boolean {
    return true;
  }

  override build(scope: Scope, [x, ...initial]: readonly TracedTensor[]): TracedTensor {
    const { graph } = scope;
    const { cell, units, config } = this;
    const states = this.statesOf(scope, x, initial);
    // An initial state may lie outside of the range of the activation.
    const range =
      initial.length > 0
        ? anyNumber(config.type)
        : { ...rangeOfActivation(cell === "simpleRnnRelu" ? "relu" : "tanh"), from: config.type };
    // A StatefulLayer takes the output and the state from it.
    if (config.returnState) return x.along(states);
    if (!this.returnSequences) {
      const last = timeStep(graph, states, this.lastStep);
      return x.to(slice(graph, last, 0, units), { range });
    }
    const h = lastOf(states.shape) === units ? states : slice(graph, states, 0, units);
    // A range that holds 0 holds for padding, too.
    return x.along(x.mask ? clearSteps(graph, h, x.mask) : h, { range });
  }

  /** The states after each step: [time, states units]. @throws ShapeError */
  private statesOf(scope: Scope, x: TracedTensor, initial: readonly TracedTensor[]): Value {
    const { graph } = scope;
    const { cell, units, config, regularizers } = this;
    const { type, useBias = true, reverse = false } = config;
    const recurrentBias = hasRecurrentBias(config);
    const { blocks, states } = blocksOf(cell);
    if (x.shape.length !== 2)
      throw new ShapeError(
        `${type} expected sequences, [batch, time, inputs], got ${batchShape(x.shape)}; reshape or flatten other axes first`,
      );
    const wrong = initial.find(({ shape }) => shape.join() !== String(units));
    if (wrong || (initial.length > 0 && initial.length !== states))
      throw new ShapeError(
        `${type} expected ${states === 1 ? "an initial state" : `${states} initial states, h and c,`} of ${batchShape([units])}, got ${initial.map(({ shape }) => batchShape(shape)).join(", ")}`,
      );
    const cols = blocks * units;
    const inputs = x.shape[1];
    const weight = scope.parameter({
      name: "weight",
      shape: [inputs, cols],
      ...initializeWith(this.initial.kernel, inputs, cols),
      regularizer: regularizers.kernel,
    });
    const r = scope.parameter({
      name: "recurrentWeight",
      shape: [units, cols],
      ...initializeWith(this.initial.recurrent, units, cols),
      regularizer: regularizers.recurrent,
    });
    const bias = useBias ? this.bias(scope, "bias", inputs, cols) : undefined;
    const rb = useBias && recurrentBias ? this.bias(scope, "recurrentBias", units, cols) : undefined;
    let product = matmul(graph, x.value, weight, bias);
    if (rb && cell !== "gru") product = addRow(graph, product, rb);
    const memory = scope.remembers ? scope.state("state", [states * units]) : undefined;
    const y = recurrent(
      graph,
      cell,
      {
        x: product,
        r,
        rb: cell === "gru" ? rb : undefined,
        initial: memory?.before ?? joined(graph, initial),
        mask: x.mask,
      },
      reverse === true,
      slopeOfGates(config),
    );
    if (memory)
      memory.after = scope.stepping ? reshape(graph, y, [states * units]) : timeStep(graph, y, this.lastStep);
    return y;
  }

  private bias(scope: Scope, name: string, inputs: number, cols: number): Value {
    const { bias, forget } = this.initial;
    const by = initializeWith(bias, inputs, cols);
    const { units } = this;
    return scope.parameter({
      name,
      shape: [cols],
      ...by,
      ...(forget && name === "bias" && by
        ? {
            initialize: (host, at, n, seed, index) => {
              by.initialize(host, at, n, seed, index);
              host.floats(at + 4 * units, units).fill(1);
            },
          }
        : undefined),
      regularizer: this.regularizers.bias,
    });
  }

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "RecurrentLayer";
  }
}
