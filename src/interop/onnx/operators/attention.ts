import type { NodeProto } from "onnx-buf";
import { type FormatError, input, multiHeadAttention, type Tensor } from "../../../index.js";
import type { Made } from "../../model-of.js";
import {
  BATCH,
  countOf,
  type Factor,
  type Folded,
  foldedOf,
  placesOf,
  reshaped,
  transposed,
  turnedOf,
} from "../folded.js";
import { integersOf, nameOf, numberOf, wrong } from "../graph.js";
import type { Origin } from "../padding.js";
import { type Reading, shapeText } from "../reading.js";
import type { Constant } from "../tensor.js";
import { baseOfBoth, rotaryOf, type Turns } from "./rotary.js";
import { scoresBehind } from "./scores.js";

/**
 * Attention as products: softmax(q k^T scale) v, with a product before and behind it. q, k and v may be parts
 * of one product, and the batch may stand together with the heads.
 */

/** A projection x W + b: columns of a dense layer, or the tensor itself. */
interface Projection {
  readonly x: Tensor;
  /** W, [features, columns]. */
  readonly weight: Float64Array;
  readonly bias: Float64Array | undefined;
  readonly columns: number;
}

/** softmax(q k^T) v that waits for the product behind it. */
interface Attended {
  readonly q: Projection;
  readonly k: Projection;
  readonly v: Projection;
  readonly heads: number;
  readonly causal: boolean;
  /** Which keys are padding. */
  readonly mask: Origin | undefined;
  /** The base of rotary positions. */
  readonly rotary: number | undefined;
}

/** What is known of values that are no tensors of samples. */
export class Attentions {
  private readonly folded = new Map<string, Folded>();
  private readonly attended = new Map<Tensor, Attended>();
  /** The nodes that make values of two others, or of one of those. */
  private readonly scores = new Map<string, NodeProto>();
  private readonly turns = new Map<Tensor, Turns>();
  /** Why a value is no tensor. */
  private readonly reasons = new Map<string, FormatError>();

  constructor(private readonly reading: Reading) {}

  /** The sizes of a value, with 0 for those that depend on the batch. */
  sizesOf(name: string): readonly number[] | undefined {
    return this.folded.get(name)?.axes.map((axis) => (axis.includes(BATCH) ? 0 : countOf(axis)));
  }

  /** @throws FormatError for a value that is none that can be read by itself */
  check(name: string): void {
    const [last] = this.reading.nodes.slice(-1);
    if (last) this.settle(name, last);
    const reason = this.reading.findTurned(name) ? undefined : this.reasons.get(name);
    if (reason) throw reason;
  }

  /** Why a value that a node takes is none that can be read by itself. */
  reasonFor({ input }: NodeProto): FormatError | undefined {
    return input
      .map((name) => (this.reading.findTurned(name) ? undefined : this.reasons.get(name)))
      .find((reason) => reason !== undefined);
  }

  /**
   * Takes a node of attention. Says whether it was one. @throws FormatError for what lanewise does not have
   */
  add(node: NodeProto): boolean {
    const { opType, input, output } = node;
    if (!this.reading.batched) return false;
    if (opType === "MatMul" && input.every((name) => this.find(name) || this.scores.has(name)))
      return this.product(node);
    if (input.some((name) => this.scores.has(name))) {
      this.scores.set(output[0], node);
      this.reasons.set(output[0], this.reasonFor(node) as FormatError);
      return true;
    }
    if (["Mul", "Div"].includes(opType)) return this.scaled(node);
    if (opType === "Split" && this.rotated(node)) return true;
    if (!this.folded.has(input[0] ?? "") && !this.folded.has(input[1] ?? "")) return false;
    if (opType === "MatMul" || opType === "Gemm") return this.behind(node);
    const made = this.moved(node);
    const reason = this.reasonFor(node);
    if (made && reason) this.reasons.set(output[0], reason);
    if (made) this.give(output[0], made);
    else this.settleAll(node);
    return made !== undefined;
  }

  /** Makes tensors of what a node takes, where these are attention without a product behind it. */
  settleAll(node: NodeProto): void {
    for (const name of node.input) this.settle(name, node);
  }

  /** Makes a tensor of an attention that has no product behind it, so that this keeps what it is given. */
  private settle(name: string, node: NodeProto): void {
    const folded = this.folded.get(name);
    const attended = folded && this.attended.get(folded.tensor);
    if (!attended || !turnedOf(folded)) return;
    const { columns } = attended.v;
    const same = new Float32Array(columns * columns);
    for (let i = 0; i < columns; i++) same[i * columns + i] = 1;
    const tensor = this.layer(node, attended, same, columns, undefined, "");
    this.folded.delete(name);
    this.give(name, { ...folded, tensor });
  }

  /** Keeps a value that a node makes, and that is no tensor of samples. Says whether it could. */
  keep(node: NodeProto, reason: FormatError): boolean {
    const made = this.moved(node);
    if (!made) return false;
    this.give(node.output[0], made);
    this.reasons.set(node.output[0], this.reasonFor(node) ?? reason);
    return true;
  }

  private find(name = ""): Folded | undefined {
    const own = this.folded.get(name);
    if (own) return own;
    const turned = this.reading.findTurned(name);
    return turned && foldedOf(turned);
  }

  private give(name: string, folded: Folded): void {
    const waits = this.attended.has(folded.tensor) || this.turns.has(folded.tensor);
    const turned = waits ? undefined : turnedOf(folded);
    if (turned) this.reading.giveTurned(name, turned.value, turned.batchAt);
    else this.folded.set(name, folded);
  }

  /** What a node that moves axes makes of a value. */
  private moved(node: NodeProto): Folded | undefined {
    const { reading } = this;
    const { opType, input } = node;
    const value = this.find(input[0]);
    if (!value) return undefined;
    if (opType === "Transpose") {
      const order = integersOf(node, "perm") ?? [...value.axes.keys()].reverse();
      const isOrder = [...order].sort((a, b) => a - b).join() === [...value.axes.keys()].join();
      return isOrder ? transposed(value, order) : undefined;
    }
    if (opType !== "Reshape") return undefined;
    const shape = reading.constants.get(input[1] ?? "")?.values ?? integersOf(node, "shape");
    const batch = reading.graph.inputs.find((port) => port.batch !== undefined)?.batch;
    return shape && reshaped(value, Array.from(shape), batch);
  }

  /** Vectors that are turned by their places, on their way to a product of two values. */
  private rotated(node: NodeProto): boolean {
    const value = this.find(node.input[0]);
    const found = value && rotaryOf(this.reading, node);
    const [batch, time, , size] = value?.axes ?? [];
    const fits = value?.axes.length === 4 && batch.includes(BATCH) && countOf(time) === found?.time;
    if (!value || !found || !fits) return false;
    const tensor = input(value.tensor.shape);
    this.turns.set(tensor, { base: found.base, of: value.tensor, time, size });
    for (const one of found.nodes) this.reading.done.add(one);
    this.folded.set(found.output, { ...value, tensor });
    const reason = wrong(
      nameOf(node),
      "unsupported: rotary positions of what is no query or key of an attention, where lanewise has them",
    );
    this.reasons.set(found.output, reason);
    return true;
  }

  /** A value by a number on its way to a product of two values. */
  private scaled(node: NodeProto): boolean {
    const { reading } = this;
    const { input, output, opType } = node;
    const at = input.findIndex((name) => this.find(name));
    const value = this.find(input[at]);
    const constant = reading.constants.get(input[1 - at] ?? "");
    if (!value || constant?.values.length !== 1 || (opType === "Div" && at === 1)) return false;
    let next = reading.onlyUser(output[0]);
    let name = output[0];
    while (next && (next.opType === "Reshape" || next.opType === "Transpose") && next.input[0] === name) {
      [name] = next.output;
      next = reading.onlyUser(name);
    }
    const isScore = next?.opType === "MatMul" && next.input.every((one) => !reading.constants.get(one));
    if (!isScore && !this.folded.has(input[at])) return false;
    const by = constant.values[0];
    const scale = value.scale * (opType === "Mul" ? by : 1 / by);
    const reason =
      this.reasonFor(node) ?? wrong(nameOf(node), "expected a product of queries and keys behind it");
    this.reasons.set(output[0], reason);
    this.folded.set(output[0], { ...value, scale });
    return true;
  }

  /** A product of two values: of queries and keys, or of weights and values. */
  private product(node: NodeProto): boolean {
    const reason = wrong(
      nameOf(node),
      "unsupported: a product of two values that is no attention: lanewise has softmax(q k^T) v, whose factors depend on each sample",
    );
    if (!this.scores.has(node.input[0])) {
      this.scores.set(node.output[0], node);
      this.reasons.set(node.output[0], reason);
      return true;
    }
    this.attend(node, reason);
    return true;
  }

  private attend(node: NodeProto, reason: FormatError): void {
    const { reading } = this;
    const v = this.find(node.input[1]);
    const found = scoresBehind(reading, this.scores, node.input[0], reason);
    const [q, k] = found.product.input.map((name) => this.find(name));
    if (!q || !k || !v) throw reason;
    const [qs, ks, vs] = [q, k, v].map(({ axes }) => axes.slice(0, -2).flat());
    const lead = (factors: readonly Factor[]) => factors.map(({ size }) => size).join();
    if (lead(ks) !== lead(qs) || lead(vs) !== lead(qs) || !qs.includes(BATCH)) throw reason;
    const heads = countOf(qs);
    const last = q.axes.length - 1;
    const part = (folded: Folded, own: readonly Factor[], time: number, size: number) => {
      const columns = [...own.filter((factor) => factor !== BATCH), ...folded.axes[size]];
      return this.projection(node, folded, folded.axes[time], columns, reason);
    };
    const query = part(q, qs, last - 1, last);
    const scale = q.scale * k.scale * found.scale * Math.sqrt(query.columns / heads);
    const attended: Attended = {
      q: scaledBy(query, scale),
      k: part(k, ks, last, last - 1),
      v: scaledBy(part(v, vs, last - 1, last), v.scale),
      heads,
      causal: found.causal,
      mask: found.mask,
      rotary: baseOfBoth(this.turns, q, k, v, reason),
    };
    // A tensor that stands for the one that the product behind makes, [time, heads, size].
    const [queries] = q.tensor.shape;
    const tensor = input([queries, attended.v.columns]);
    const [time, head, size] = [queries, heads, attended.v.columns / heads].map((count): Factor[] =>
      count === 1 ? [] : [{ size: count }],
    );
    // All factors of the heads stand where the first of them does.
    let isFirst = true;
    const leading = q.axes.slice(0, -2).map((axis) =>
      axis.flatMap((factor) => {
        if (factor === BATCH) return [BATCH];
        const own = isFirst ? head : [];
        isFirst = false;
        return own;
      }),
    );
    this.attended.set(tensor, attended);
    this.reasons.set(node.output[0], reason);
    const memory = [...time, ...head, ...size];
    this.folded.set(node.output[0], { tensor, memory, axes: [...leading, time, size], scale: 1 });
  }

  /** The columns of a product that a value is, in the order of these factors. */
  private projection(
    node: NodeProto,
    folded: Folded,
    time: readonly Factor[],
    columns: readonly Factor[],
    reason: FormatError,
  ): Projection {
    const { tensor, memory } = folded;
    const [steps, width] = tensor.shape;
    const isInFront = time.every((factor, i) => factor === memory[i]);
    if (tensor.shape.length !== 2 || !isInFront || countOf(time) !== steps) throw reason;
    const order = placesOf(folded, columns);
    if (order.length !== width) throw reason;
    const { x, begin, layer } = this.sourceOf(tensor);
    const rows = x.shape[1];
    const units = layer ? (layer.layer?.config.units as number) : width;
    const { weight, bias } = layer?.values ?? {};
    this.reading.constants.spend(node, 2 * rows * width);
    return {
      x,
      weight: Float64Array.from({ length: rows * width }, (_, place) => {
        const [i, j] = [Math.floor(place / width), order[place % width]];
        return weight ? weight[i * units + begin + j] : Number(i === j);
      }),
      bias: bias && Float64Array.from(order, (j) => bias[begin + j]),
      columns: width,
    };
  }

  /** The dense layer that a tensor is, or is a part of; else the tensor. */
  private sourceOf(tensor: Tensor): { x: Tensor; begin: number; layer?: Made } {
    const { made, parts } = this.reading;
    const whole = this.turns.get(tensor)?.of ?? tensor;
    let [at, begin] = [whole, 0];
    for (let part = parts.get(at); part; part = parts.get(at)) {
      begin += part.begin;
      at = part.from;
    }
    const layer = made.find(({ output }) => output === at);
    const config = layer?.layer?.config;
    const isLinear = config?.type === "dense" && (config.activation ?? "linear") === "linear";
    if (!layer || !isLinear || layer.inputs[0].shape.length !== 2) return { x: whole, begin: 0 };
    return { x: layer.inputs[0], begin, layer };
  }

  /** The product by weights behind an attention, which is its last. */
  private behind(node: NodeProto): boolean {
    const { reading } = this;
    const folded = this.folded.get(node.input[0]);
    const attended = folded && this.attended.get(folded.tensor);
    if (!folded || !attended) return false;
    const weights = reading.constants.needed(node, 1, "its second input");
    const isTransposed = node.opType === "Gemm" && numberOf(node, "transB", 0) !== 0;
    const isPlain =
      node.opType === "MatMul" ||
      (numberOf(node, "transA", 0) === 0 &&
        numberOf(node, "alpha", 1) === 1 &&
        numberOf(node, "beta", 1) === 1);
    const [inputs, units] = isTransposed ? [weights.dims[1], weights.dims[0]] : weights.dims;
    const order = folded.axes[folded.axes.length - 1];
    const { columns } = attended.v;
    if (!isPlain || weights.dims.length !== 2 || inputs !== countOf(order) || inputs !== columns)
      throw wrong(
        nameOf(node),
        `expected weights for the ${columns} numbers of all heads, got ${shapeText(weights.dims)}`,
      );
    const rows = placesOf(folded, order);
    reading.constants.spend(node, inputs * units);
    const weight = new Float32Array(inputs * units);
    for (const [i, row] of rows.entries())
      for (let j = 0; j < units; j++)
        weight[row * units + j] = weights.values[isTransposed ? j * inputs + i : i * units + j];
    let [output] = node.output;
    let bias = node.input[2] ? reading.constants.needed(node, 2, "its third input") : undefined;
    const next = reading.onlyUser(output);
    if (!bias && next?.opType === "Add") {
      const constant = next.input.map((name) => reading.constants.get(name)).find((one) => one !== undefined);
      if (constant?.values.length === units) {
        bias = constant;
        [output] = next.output;
        reading.done.add(next);
      }
    }
    const tensor = this.layer(node, attended, weight, units, bias, node.input[1]);
    const features: Factor[] = units === 1 ? [] : [{ size: units }];
    const time = folded.memory.filter((factor) => !order.includes(factor));
    const axes = [...folded.axes.slice(0, -1), features];
    this.give(output, { tensor, memory: [...time, ...features], axes, scale: 1 });
    return true;
  }

  /** The layer of an attention with all its products. @throws FormatError where it gives other features */
  private layer(
    node: NodeProto,
    { q, k, v, heads, causal, mask, rotary }: Attended,
    output: Float32Array,
    units: number,
    outputBias: Constant | undefined,
    name: string,
  ): Tensor {
    const { reading } = this;
    if (q.x.shape[1] !== units)
      throw wrong(
        nameOf(node),
        `expected as many features as the query has, ${q.x.shape[1]}, got ${units}: attention of lanewise gives as many`,
      );
    const groups: [string, Projection[]][] =
      q.x === k.x && k.x === v.x
        ? [["queryKeyValue", [q, k, v]]]
        : k.x === v.x
          ? [
              ["query", [q]],
              ["keyValue", [k, v]],
            ]
          : [
              ["query", [q]],
              ["key", [k]],
              ["value", [v]],
            ];
    const useBias = outputBias !== undefined || [q, k, v].some(({ bias }) => bias !== undefined);
    const values: Record<string, ArrayLike<number>> = { "output.weight": output };
    if (useBias) values["output.bias"] = outputBias?.values ?? new Float32Array(units);
    for (const [part, own] of groups) {
      const width = own.reduce((sum, { columns }) => sum + columns, 0);
      const rows = own[0].x.shape[1];
      const weight = new Float32Array(rows * width);
      const bias = new Float32Array(width);
      let from = 0;
      for (const { weight: w, bias: b, columns } of own) {
        for (let i = 0; i < rows; i++)
          for (let j = 0; j < columns; j++) weight[i * width + from + j] = w[i * columns + j];
        if (b) bias.set(b, from);
        from += columns;
      }
      values[`${part}.weight`] = weight;
      if (useBias) values[`${part}.bias`] = bias;
    }
    const [keySize, valueSize] = [q.columns / heads, v.columns / heads];
    const layer = reading.layer(node, () =>
      multiHeadAttention({
        heads,
        keySize,
        valueSize,
        useBias,
        ...(causal && { causal }),
        ...(rotary !== undefined && { rotary: rotary === 10_000 || rotary }),
        kernelInitializer: "zeros",
        ...reading.layerName(name.replace(/\.out_proj(?=\.weight$)/, "")),
      }),
    );
    // Keys have the mask, and a query that is none of them any.
    const inputs = groups.map(([, [{ x }]], i) =>
      i === 0 && groups.length > 1 ? x : reading.carried.with(node, x, mask),
    );
    return reading.apply(node, layer, inputs, values);
  }
}

const scaledBy = ({ weight, bias, ...others }: Projection, by: number): Projection => ({
  ...others,
  weight: weight.map((value) => value * by),
  bias: bias?.map((value) => value * by),
});
