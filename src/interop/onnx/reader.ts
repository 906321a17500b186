import type { NodeProto } from "onnx-buf";
import { divisible } from "../../files/factor.js";
import { missingLayer } from "../../files/missing-layers.js";
import type { ActivationName, ActivationOptions, Backend, FormatError } from "../../index.js";
import { Constants, foldable } from "./constants.js";
import { elementwise, type Found, points, recogniser } from "./elementwise.js";
import { axesOf, axisOf, shapeBetween } from "./folds.js";
import {
  attributesOf,
  type Graph,
  type GraphInput,
  integersOf,
  isOwnDomain,
  nameOf,
  numberOf,
  quote,
  wrong,
} from "./graph.js";
import { type Constant, isFloating, sizeOf, transposed } from "./tensor.js";

/** A layer to be made. */
export type Step =
  | {
      type: "dense";
      name?: string;
      units: number;
      weight: Float32Array;
      bias?: Float32Array;
      activation: ActivationName;
    }
  | { type: "scaling"; node: NodeProto; mean: Float64Array; deviation: Float64Array }
  | { type: "dropout"; rate: number }
  | { type: "activation"; name: ActivationName; options?: ActivationOptions }
  | { type: "prelu"; name?: string; alpha: Float32Array; sharedAxes: "all" | readonly number[] }
  | { type: "reshape"; shape: readonly number[] };

const shapeText = (dims: readonly number[]): string => `[${dims.join(", ")}]`;

/** Nodes between two values that everything goes through, which together may be an activation. */
interface Region {
  readonly nodes: NodeProto[];
  /** What each value in it is where the value before it is each of `points`. */
  readonly values: Map<string, ArrayLike<number>>;
  /** What its first `count` nodes are; those behind them may make another activation of it. */
  found?: { readonly activation: Found; readonly out: string; readonly count: number };
}

/** More nodes than any activation is written in. */
const LONGEST_REGION = 64;
/** Nodes in a row that may make another activation of one: exp has two before it is softplus. */
const MOST_AFTER = 4;
/** More values than any operator in them takes. */
const MOST_INPUTS = 8;

/**
 * Goes through a graph once, from its input on, and says what layers it is made of. `length`: that of the
 * file, in bytes.
 */
export class Reader {
  private readonly made: Step[] = [];
  private readonly constants: Constants;
  /** How often each value goes into a node that works on its elements. */
  private readonly uses = new Map<string, number>();
  private readonly names = new Set<string>();
  private readonly input: GraphInput;
  private readonly recognise: (values: ArrayLike<number>) => Found | undefined;
  /** The value that all nodes so far come down to, and its shape without the batch. */
  private current: string;
  private dims: readonly number[];
  /** The shape that a sample has for the layers made so far. */
  private layerDims: readonly number[];
  /** Whether the samples are in columns: the value is the transpose of [batch, size]. */
  private flipped = false;
  private region: Region | undefined;

  constructor(
    backend: Backend,
    private readonly graph: Graph,
    length: number,
  ) {
    const { input, output, nodes } = graph;
    this.input = input;
    this.current = input.name;
    this.dims = input.dims;
    this.layerDims = input.dims;
    this.recognise = recogniser(backend);
    this.constants = new Constants(graph, length);
    const use = (name: string) => this.uses.set(name, (this.uses.get(name) ?? 0) + 1);
    for (const { opType, input } of nodes)
      if (opType === "CastLike") use(input[0]);
      else if (opType !== "Shape") input.forEach(use);
    use(output);
  }

  /** @throws FormatError */
  steps(): Step[] {
    const known = new Set([
      ...Object.keys(this.operators),
      ...Object.keys(elementwise),
      ...foldable,
      "Shape",
    ]);
    for (const written of this.graph.nodes) {
      if (!isOwnDomain(written.domain)) throw unsupported(written);
      const node = this.plainCast(written);
      if (node.opType === "Shape") this.settle();
      if (this.fold(node)) continue;
      this.checkVariable(node);
      if (!known.has(node.opType)) throw unsupported(node);
      if (node.output.slice(1).some((name) => this.uses.has(name)))
        throw wrong(nameOf(node), "expected its first output alone to be used");
      this.read(node);
    }
    this.settle();
    if (this.region) throw noActivation(this.region);
    if (this.current !== this.graph.output)
      throw wrong(`output ${quote(this.graph.output)}`, "expected it to depend on the input");
    if (this.flipped)
      throw wrong(
        `output ${quote(this.graph.output)}`,
        "expected a sample in each row, got one in each column",
      );
    return this.made;
  }

  /** A node; a Cast where it casts to the type of what comes of the input, which is one of floating point. */
  private plainCast(node: NodeProto): NodeProto {
    if (node.opType !== "CastLike" || this.constants.get(node.input[1])) return node;
    return { ...node, opType: "Cast", input: node.input.slice(0, 1), attribute: [] };
  }

  /**
   * Evaluates a node that does not depend on the input: a constant, or a shape. Returns whether it was one.
   */
  private fold(node: NodeProto): boolean {
    if (node.opType !== "Shape") return this.constants.fold(node);
    if (this.constants.fold(node)) return true;
    if (this.region || this.flipped || node.input[0] !== this.current) return false;
    // In a shape for Reshape, 0 stands for the size that is there: that is the batch.
    const values = shapeBetween(node, this.input.batched ? [0, ...this.dims] : this.dims);
    this.constants.set(node.output[0], { dims: [values.length], values, integer: true });
    return true;
  }

  /** @throws FormatError for a node on constants that lanewise cannot evaluate */
  private checkVariable(node: NodeProto): void {
    const inputs = node.input.filter((name) => name !== "");
    if (inputs.length === 0 || inputs.some((name) => !this.constants.get(name))) return;
    throw wrong(
      nameOf(node),
      `expected an operator on the input, got one on constants that lanewise does not fold; fold them before, as onnxsim does`,
    );
  }

  /** A node that works on what comes before it. */
  private read(node: NodeProto): void {
    if (this.region?.found && !this.goesOn(node)) this.settle();
    const variables = new Set(node.input.filter((name) => name !== "" && !this.constants.get(name)));
    for (const name of variables) {
      if (name === this.current || this.region?.values.has(name)) continue;
      throw wrong(
        nameOf(node),
        `expected layers in a row, each on the output of the one before it, got the value ${quote(name)} from elsewhere`,
      );
    }
    const { opType } = node;
    const alone = !this.region && this.uses.get(this.current) === 1;
    const at = node.input.indexOf(this.current);
    // A number divided by the value is no scaling of that.
    if (alone && Object.hasOwn(this.operators, opType) && !(opType === "Div" && at === 1)) {
      this.operators[opType](node, at);
      this.current = node.output[0];
      return;
    }
    if (Object.hasOwn(elementwise, opType)) this.evaluate(node);
    else if (!Object.hasOwn(this.operators, opType)) throw unsupported(node);
    else if (this.region) throw noActivation(this.region);
    else
      throw wrong(
        nameOf(node),
        `expected layers in a row, got the value ${quote(this.current)} in several places`,
      );
  }

  /** Adds a node to the region. Where that comes down to one value, it may be an activation. */
  private evaluate(node: NodeProto): void {
    this.region ??= { nodes: [], values: new Map([[this.current, points]]) };
    const { nodes, values } = this.region;
    nodes.push(node);
    if (node.input.length > MOST_INPUTS)
      throw wrong(nameOf(node), `expected at most ${MOST_INPUTS} inputs, got ${node.input.length}`);
    if (nodes.length > LONGEST_REGION) throw noActivation(this.region);
    const [out] = node.output;
    values.set(
      out,
      valuesOf(
        node,
        node.input.map((name) => values.get(name) ?? (name ? this.scalar(node, name) : undefined)),
      ),
    );
    for (const name of node.input) if (values.has(name)) this.uses.set(name, (this.uses.get(name) ?? 0) - 1);
    for (const name of values.keys()) if (name !== out && (this.uses.get(name) ?? 0) > 0) return;
    const activation = this.recognise(values.get(out) as ArrayLike<number>);
    if (activation) this.region.found = { activation, out, count: nodes.length };
  }

  /**
   * Whether a node may make another activation of the one that the region is: it works on its value alone,
   * with numbers, and is none by itself.
   */
  private goesOn(node: NodeProto): boolean {
    const { nodes = [], values, found } = this.region ?? {};
    const last = nodes.at(-1)?.output[0];
    if (!found || !last || nodes.length - found.count >= MOST_AFTER || this.uses.get(last) !== 1)
      return false;
    if (!Object.hasOwn(elementwise, node.opType) || node.input.length > MOST_INPUTS) return false;
    const inputs: (ArrayLike<number> | number | undefined)[] = [];
    for (const name of node.input) {
      const constant = name && !values?.has(name) ? this.constants.get(name) : undefined;
      if (constant ? constant.values.length !== 1 : name !== last && name !== "") return false;
      inputs.push(name === last ? points : constant?.values[0]);
    }
    return this.recognise(valuesOf(node, inputs)) === undefined;
  }

  /** Takes the activation that the region has come to, if it has, and goes on with the nodes behind it. */
  private settle(): void {
    while (this.region?.found) {
      const { nodes, values, found } = this.region;
      const { name, options } = found.activation;
      this.activate(name, options);
      this.current = found.out;
      this.region = undefined;
      const rest = nodes.slice(found.count);
      for (const { input } of rest)
        for (const name of input) if (values.has(name)) this.uses.set(name, (this.uses.get(name) ?? 0) + 1);
      for (const node of rest) this.read(node);
    }
  }

  /** A constant that is one number for all elements. */
  private scalar(node: NodeProto, name: string): number {
    const values = this.spread(node, this.constants.needed(node, node.input.indexOf(name), "it"));
    const first = values[0];
    for (let i = 1; i < values.length; i++)
      if (values[i] !== first)
        throw wrong(nameOf(node), "expected one number for all elements of an activation, got several");
    return first;
  }

  /** Gives a sample the shape that it has in the graph, for a layer that depends on it. */
  private align(dims: readonly number[] = this.dims): void {
    if (this.layerDims.join() === dims.join()) return;
    const last = this.made.at(-1);
    if (last?.type === "reshape") last.shape = dims;
    else this.made.push({ type: "reshape", shape: dims });
    this.layerDims = dims;
  }

  private activate(name: ActivationName, options?: ActivationOptions): void {
    const last = this.made.at(-1);
    if (name === "linear") return;
    if (options) this.made.push({ type: "activation", name, options });
    else if (last?.type === "dense" && last.activation === "linear") last.activation = name;
    else this.made.push({ type: "activation", name });
  }

  /** Dimensions, that of the batch among them. */
  private get rank(): number {
    return this.dims.length + (this.input.batched ? 1 : 0);
  }

  /**
   * A constant as it is broadcast to a sample: one number, or one for each element. @throws FormatError where
   * it differs between samples or makes the sample larger
   */
  private spread(
    node: NodeProto,
    { dims, values }: Constant,
    sample: readonly number[] = this.dims,
  ): ArrayLike<number> {
    const misfit = () =>
      wrong(
        nameOf(node),
        `expected a constant for a sample of shape ${shapeText(sample)}, got one of shape ${shapeText(dims.slice(0, 9))}`,
      );
    if (dims.length > this.rank || values.length === 0) throw misfit();
    const axis = this.graph.opset < 7 ? numberOf(node, "axis", -1) : -1;
    if (axis >= 0 && axis + dims.length !== this.rank) throw misfit();
    if (values.length === 1) return values;
    // The batch is the other axis where samples are in columns.
    if (this.flipped && (dims.length !== 2 || dims[1] !== 1)) throw misfit();
    const own = this.flipped ? dims.slice(0, 1) : dims.length > sample.length ? dims.slice(1) : dims;
    if (!this.flipped && own !== dims && dims[0] !== 1) throw misfit();
    const sizes = [...new Array<number>(sample.length - own.length).fill(1), ...own];
    if (sizes.some((size, i) => size !== 1 && size !== sample[i])) throw misfit();
    const count = sizeOf(sample);
    this.constants.spend(node, count);
    if (values.length === count) return values;
    return Float64Array.from({ length: count }, (_, at) => {
      let index = 0;
      let stride = 1;
      let rest = at;
      for (let i = sample.length - 1; i >= 0; i--) {
        if (sizes[i] > 1) {
          index += (rest % sample[i]) * stride;
          stride *= sizes[i];
        }
        rest = Math.floor(rest / sample[i]);
      }
      return values[index];
    });
  }

  /** y = x W, W: [inputs, units], or its transpose. */
  private multiply(
    node: NodeProto,
    matrix: Constant,
    isTransposed: boolean,
    alpha: number,
    name: string,
  ): Extract<Step, { type: "dense" }> {
    if (matrix.dims.length !== 2)
      throw wrong(
        nameOf(node),
        `expected a matrix of weights, got shape ${shapeText(matrix.dims.slice(0, 9))}`,
      );
    if (this.flipped && this.dims.length !== 1)
      throw wrong(nameOf(node), `expected samples in one dimension, got ${shapeText(this.dims)}`);
    this.constants.spend(node, matrix.values.length);
    const { dims, values } = isTransposed ? transposed(matrix) : matrix;
    const [inputs, units] = dims;
    const leading = this.dims.slice(0, -1);
    const last = this.dims[leading.length];
    if (inputs !== last || units < 1)
      throw wrong(nameOf(node), `expected weights for ${last} inputs, got ${shapeText(dims)}`);
    this.align();
    const weight = new Float32Array(values);
    if (alpha !== 1) for (let i = 0; i < weight.length; i++) weight[i] *= alpha;
    const step: Extract<Step, { type: "dense" }> = {
      type: "dense",
      units,
      weight,
      activation: "linear",
      ...this.layerName(name),
    };
    this.made.push(step);
    this.dims = [...leading, units];
    this.layerDims = this.dims;
    return step;
  }

  /**
   * "fc1" for a tensor "fc1.weight": what exporters call weights by, and lanewise slopes "act.alpha". An
   * index would be that of another layer.
   */
  private layerName(tensor: string): { name?: string } {
    const name = /^(.*)\.(?:weight|alpha)$/s.exec(tensor)?.[1] ?? "";
    if (name === "" || /^\d+$/.test(name) || this.names.has(name)) return {};
    this.names.add(name);
    return { name };
  }

  /** Whether a constant has a number for each unit, or one for all. */
  private isBias({ dims }: Constant): boolean {
    return this.dims.length === 1 || dims.slice(0, -1).every((size) => size === 1);
  }

  private bias(node: NodeProto, constant: Constant, beta: number): Float32Array {
    const { dims } = this;
    const units = dims[dims.length - 1];
    const values = this.spread(node, constant, [units]);
    this.constants.spend(node, units);
    return Float32Array.from({ length: units }, (_, i) => values[values.length === 1 ? 0 : i] * beta);
  }

  /**
   * Takes a constant off y = (x - mean) / deviation, or divides by it, in float64: one scaling for operators
   * in a row.
   */
  private scale(
    node: NodeProto,
    constant: Constant | number,
    change: (step: { mean: Float64Array; deviation: Float64Array }, i: number, value: number) => void,
  ): void {
    const values = typeof constant === "number" ? [constant] : this.spread(node, constant);
    const count = sizeOf(this.dims);
    this.constants.spend(node, count);
    let step = this.made.at(-1);
    if (step?.type !== "scaling") {
      step = {
        type: "scaling",
        node,
        mean: new Float64Array(count),
        deviation: new Float64Array(count).fill(1),
      };
      this.made.push(step);
    }
    for (let i = 0; i < count; i++) change(step, i, values[values.length === 1 ? 0 : i]);
  }

  /** y = factor x + term, one of each a channel: the first axis of a sample. */
  private affine(node: NodeProto, factor: Float64Array, term: Float64Array): void {
    const last = this.made.at(-1);
    if (last?.type === "dense" && last.activation === "linear" && this.dims.length === 1) {
      const { units, weight } = last;
      this.constants.spend(node, units);
      for (let i = 0; i < weight.length; i++) weight[i] *= factor[i % units];
      last.bias = Float32Array.from(term, (value, i) => factor[i] * (last.bias?.[i] ?? 0) + value);
      return;
    }
    const inner = sizeOf(this.dims.slice(1));
    const spread = { dims: this.dims, integer: false };
    const values = (of: Float64Array) => {
      this.constants.spend(node, of.length * inner);
      return Float64Array.from({ length: of.length * inner }, (_, i) => of[Math.floor(i / inner)]);
    };
    this.scale(
      node,
      { ...spread, values: values(factor) },
      ({ deviation }, i, value) => (deviation[i] /= divisible(value)),
    );
    this.scale(
      node,
      { ...spread, values: values(term) },
      ({ mean, deviation }, i, value) => (mean[i] -= value * deviation[i]),
    );
  }

  /** @throws FormatError where the samples are in columns */
  private needRows(node: NodeProto): void {
    if (this.flipped) throw wrong(nameOf(node), "expected a sample in each row, got one in each column");
  }

  /** Another shape of a sample, from the axes that a node names. */
  private resize(
    node: NodeProto,
    shapeFrom: (axes: readonly number[] | undefined, rank: number) => readonly number[],
  ): void {
    this.needRows(node);
    const axes = axesOf(node, node.input[1] ? this.constants.needed(node, 1, "its axes") : undefined);
    if (!this.input.batched) throw wrong(nameOf(node), "expected samples in a batch, got one alone");
    if (axes && axes.length > 8) throw wrong(nameOf(node), `expected at most 8 axes, got ${axes.length}`);
    const dims = shapeFrom(axes, this.rank);
    if (dims.length === 0 || dims.length > 8)
      throw wrong(nameOf(node), `expected a sample of 1 to 8 dimensions, got ${dims.length}`);
    this.dims = dims;
  }

  private softmax(node: NodeProto, name: ActivationName): void {
    const { opset } = this.graph;
    const given = numberOf(node, "axis", opset < 13 ? 1 : -1);
    const axis = given < 0 ? given + this.rank : given;
    const first = this.rank - this.dims.length;
    // Up to operator set 12 it goes over all dimensions from the axis on.
    const over = opset < 13 ? this.dims.slice(Math.max(0, axis - first)) : [this.dims[axis - first]];
    const leading = opset < 13 ? this.dims.slice(0, Math.max(0, axis - first)) : this.dims.slice(0, -1);
    const whole = opset < 13 ? axis >= first : axis === this.rank - 1 || sizeOf(this.dims) === over[0];
    // Where samples are in columns, a sample is along the first axis.
    const fits = this.flipped ? axis === 0 && opset >= 13 : axis >= first && axis < this.rank && whole;
    if (!fits)
      throw wrong(
        nameOf(node),
        `expected it over the last axis of a sample, got axis ${given} of shape ${shapeText(["batch", ...this.dims] as number[])}`,
      );
    if (!this.flipped)
      this.align([...leading.filter((size) => size !== 1 || leading.length > 1), sizeOf(over)]);
    this.activate(name);
  }

  /** What becomes of the current value, for each operator. `at` says which input that is. */
  private readonly operators: Readonly<Record<string, (node: NodeProto, at: number) => void>> = {
    Gemm: (node, at) => {
      const turned = ["transA", "transB"].map((name) => numberOf(node, name, 0) !== 0);
      const matrix = this.constants.needed(
        node,
        at === 0 ? 1 : 0,
        at === 0 ? "its second input" : "its first input",
      );
      // The sample is in a row of the first factor, or in a column of the second.
      if (at > 1 || (turned[at] !== this.flipped) !== (at === 1))
        throw wrong(
          nameOf(node),
          at === 0
            ? `expected a sample in each row of its first input, got one in each column (transA ${Number(turned[0])})`
            : `expected a sample in each column of its second input, got one in each row (transB ${Number(turned[1])})`,
        );
      const isTransposed = at === 0 ? turned[1] : !turned[0];
      const step = this.multiply(node, matrix, isTransposed, numberOf(node, "alpha", 1), node.input[1 - at]);
      this.flipped = at === 1;
      if (node.input[2])
        step.bias = this.bias(
          node,
          this.constants.needed(node, 2, "its third input"),
          numberOf(node, "beta", 1),
        );
    },
    MatMul: (node, at) => {
      const matrix = this.constants.needed(node, 1 - at, `its ${at === 0 ? "second" : "first"} input`);
      // A sample alone is a row or a column, whatever is needed.
      if (this.input.batched && this.flipped !== (at === 1))
        throw wrong(
          nameOf(node),
          `expected a sample in each ${at === 0 ? "row" : "column"}, got one in each ${at === 0 ? "column" : "row"}`,
        );
      this.multiply(node, matrix, at === 1, 1, node.input[1 - at]);
    },
    Transpose: (node) => {
      const order = integersOf(node, "perm") ?? [1, 0];
      if (!this.input.batched || this.dims.length !== 1 || order.join() !== "1,0")
        throw wrong(nameOf(node), `unsupported: ${missingLayer("Transpose")}`);
      this.flipped = !this.flipped;
    },
    BatchNormalization: (node) => {
      this.needRows(node);
      if (!this.input.batched || numberOf(node, "training_mode", 0) !== 0)
        throw wrong(nameOf(node), "expected it to use the statistics that it holds (training_mode 0)");
      const [gamma, beta, mean, variance] = ["scale", "bias", "mean", "variance"].map(
        (what, i) => this.constants.needed(node, i + 1, `its ${what}`).values,
      );
      const [channels] = this.dims;
      if ([gamma, beta, mean, variance].some(({ length }) => length !== channels))
        throw wrong(nameOf(node), `expected ${channels} numbers of each kind, one a channel`);
      const epsilon = numberOf(node, "epsilon", 1e-5);
      const factor = Float64Array.from(gamma, (value, i) => value / Math.sqrt(variance[i] + epsilon));
      const term = Float64Array.from(beta, (value, i) => value - mean[i] * factor[i]);
      if (![...factor, ...term].every((value) => Number.isFinite(Math.fround(value))))
        throw wrong(nameOf(node), "expected finite numbers and variances above 0");
      this.affine(node, factor, term);
    },
    Squeeze: (node) =>
      this.resize(node, (axes, rank) => {
        const gone = axes?.map((axis) => axisOf(node, axis, rank));
        // Without axes it would take away the batch, too, where that is of one sample.
        if (!gone || gone.some((axis) => axis === 0 || this.dims[axis - 1] !== 1))
          throw wrong(nameOf(node), "expected axes of size 1 within a sample");
        return this.dims.filter((_, i) => !gone.includes(i + 1));
      }),
    Unsqueeze: (node) =>
      this.resize(node, (axes = [], rank) => {
        const added = new Set(axes.map((axis) => axisOf(node, axis, rank + axes.length)));
        if (added.has(0) || added.size !== axes.length)
          throw wrong(nameOf(node), "expected new axes within a sample, each once");
        let next = 0;
        return Array.from({ length: this.dims.length + added.size }, (_, i) =>
          added.has(i + 1) ? 1 : this.dims[next++],
        );
      }),
    Add: (node, at) => {
      const constant = this.constants.needed(node, 1 - at, "one of its inputs");
      const last = this.made.at(-1);
      // Of a product of matrices it is the bias.
      if (last?.type === "dense" && !last.bias && last.activation === "linear" && this.isBias(constant))
        last.bias = this.bias(node, constant, 1);
      else this.scale(node, constant, ({ mean, deviation }, i, value) => (mean[i] -= value * deviation[i]));
    },
    Sub: (node, at) => {
      this.scale(
        node,
        this.constants.needed(node, 1 - at, "one of its inputs"),
        ({ mean, deviation }, i, value) => {
          mean[i] += value * deviation[i];
          if (at === 1) deviation[i] = -deviation[i];
        },
      );
    },
    Mul: (node, at) => {
      this.scale(
        node,
        this.constants.needed(node, 1 - at, "one of its inputs"),
        ({ deviation }, i, value) => (deviation[i] /= divisible(value)),
      );
    },
    Div: (node) => {
      this.scale(
        node,
        this.constants.needed(node, 1, "its second input"),
        ({ deviation }, i, value) => (deviation[i] *= value),
      );
    },
    Neg: (node) => {
      this.scale(node, -1, ({ deviation }, i, value) => (deviation[i] *= value));
    },
    PRelu: (node) => {
      const slope = this.constants.needed(node, 1, "its slope");
      const { dims } = this;
      // Before operator set 7 a list has one slope for each channel, which come first.
      const isOld = this.graph.opset < 7 && slope.dims.length === 1 && slope.values.length === dims[0];
      const sizes = isOld
        ? dims.map((size, i) => (i === 0 ? size : 1))
        : [...dims.map(() => 1), ...slope.dims].slice(-dims.length);
      const { values } = slope;
      const spread = this.spread(node, isOld ? { ...slope, dims: sizes } : slope);
      const shared = sizes.flatMap((size, i) => (size === 1 ? [i + 1] : []));
      const own = sizes.flatMap((size, i) => (size === 1 ? [] : [i + 1]));
      // Slopes of axes in a row are shared as they are here, others are not.
      const fits = own.length === (own.at(-1) ?? 0) - (own[0] ?? 1) + 1;
      this.align();
      const sharedAxes = values.length === 1 ? "all" : fits ? shared : [];
      const alpha = Float32Array.from(sharedAxes.length > 0 ? values : spread);
      this.made.push({ type: "prelu", alpha, sharedAxes, ...this.layerName(node.input[1]) });
    },
    Softmax: (node) => this.softmax(node, "softmax"),
    LogSoftmax: (node) => this.softmax(node, "logSoftmax"),
    Flatten: (node) => {
      this.needRows(node);
      const axis = numberOf(node, "axis", 1);
      if ((axis < 0 ? axis + this.rank : axis) !== 1 || !this.input.batched)
        throw wrong(nameOf(node), `expected it to keep the samples apart (axis 1), got axis ${axis}`);
      this.dims = [sizeOf(this.dims)];
    },
    Reshape: (node) => {
      this.needRows(node);
      const [batch, ...sizes] =
        integersOf(node, "shape") ?? Array.from(this.constants.needed(node, 1, "its shape").values);
      const keeps = batch === 0 || batch === -1 || batch === this.input.batch;
      // 0 is the size that is there. Of the batch it is so with allowzero, too: no file has a batch of none.
      const kept = sizes.map((size, i) =>
        size === 0 && numberOf(node, "allowzero", 0) === 0 ? (this.dims[i] ?? 0) : size,
      );
      const open = kept.indexOf(-1);
      const count = sizeOf(this.dims);
      const filled = kept.map((size, i) =>
        i === open ? count / sizeOf(kept.filter((_, j) => j !== open)) : size,
      );
      const fits =
        filled.length > 0 &&
        filled.length <= 8 &&
        filled.every((size) => Number.isSafeInteger(size) && size > 0) &&
        sizeOf(filled) === count;
      if (!this.input.batched || !keeps || !fits || (open >= 0 && batch === -1)) {
        throw wrong(
          nameOf(node),
          `expected it to keep the samples apart, got ${shapeText([batch ?? 0, ...sizes].slice(0, 9))} for [batch, ${this.dims.join(", ")}]`,
        );
      }
      this.dims = filled;
    },
    Dropout: (node) => {
      const rate = node.input[1]
        ? this.constants.needed(node, 1, "its ratio").values[0]
        : numberOf(node, "ratio", 0.5);
      if (!(rate >= 0 && rate < 1))
        throw wrong(nameOf(node), `expected a ratio of at least 0 and below 1, got ${rate}`);
      if (rate > 0) this.made.push({ type: "dropout", rate });
    },
    Identity: () => {},
    Cast: (node) => {
      const to = numberOf(node, "to", 1);
      if (!isFloating(to))
        throw wrong(nameOf(node), `expected a type of floating-point numbers, got number ${to}`);
    },
  };
}

/** What a node makes of its inputs: values at `points`, or numbers that are the same at all. */
function valuesOf(node: NodeProto, inputs: readonly (ArrayLike<number> | number | undefined)[]): number[] {
  const apply = elementwise[node.opType](attributesOf(node));
  return points.map((_, i) =>
    apply(...inputs.map((input) => (typeof input === "number" ? input : input?.[i]) as number)),
  );
}

/** What an operator is that cannot be a part of a row of layers. */
function unsupported(node: NodeProto): FormatError {
  const { domain, opType } = node;
  const what =
    isOwnDomain(domain) || domain.startsWith("ai.onnx.ml")
      ? missingLayer(opType, "an operator")
      : `an operator of ${domain.slice(0, 60)}: lanewise reads only those of ONNX`;
  return wrong(nameOf(node), `unsupported: ${what}`);
}

function noActivation({ nodes }: Region): FormatError {
  const listed = nodes.slice(0, 8).map(nameOf).join(", ");
  return wrong(
    listed + (nodes.length > 8 ? ` and ${nodes.length - 8} more` : ""),
    `unsupported: ${nodes.length > 1 ? "together they are" : "it is"} none of the activations that lanewise has`,
  );
}
