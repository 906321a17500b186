import { ShapeError } from "../core/errors.js";
import type { Graph, Node, Op } from "../graph/graph.js";
import { TRAINING } from "../graph/training.js";
import { lastOf, NONE, type Value } from "../graph/value.js";
import { shapeOf } from "./check.js";
import type { Place } from "./positions.js";
import type { RandomKey } from "./random.js";

/** Columns of a tensor [batch, time, features], from `offset` on: several may be parts of one tensor. */
export interface Part {
  readonly value: Value;
  /** Default 0. */
  readonly offset?: number;
}

export interface AttentionOptions {
  readonly heads: number;
  /** Of a vector of q and k, and of v. */
  readonly keySize: number;
  readonly valueSize: number;
  /** Whether a query sees only the keys up to its own place. */
  readonly causal?: boolean;
  /** The keys that are there: [batch, keys], 0 for one that is not. */
  readonly mask?: Value | undefined;
  /** For training: the probabilities that are dropped, in [0, 1), and what they are drawn from. */
  readonly dropout?: { readonly rate: number; readonly key: RandomKey } | undefined;
}

interface Attributes extends Required<Omit<AttentionOptions, "mask" | "dropout">> {
  readonly offsets: readonly number[];
  readonly key: RandomKey;
  /** What a probability that stays is multiplied by; 1 draws nothing. */
  readonly keep: number;
  /** Integers below it drop a probability. */
  readonly threshold: number;
  /** The outputs of the gradient in which those of q, k and v are. */
  readonly targets: readonly number[];
}

const NO_KEY: RandomKey = new Uint32Array(2);

/**
 * Scaled dot-product attention of several heads (Vaswani and others 2017): for each head, y = softmax(q k^T /
 * sqrt(keySize)) v. q: [batch, queries, heads keySize], k: [batch, keys, heads keySize], v: [batch, keys,
 * heads valueSize], y: [batch, queries, heads valueSize]. A query that sees no key gets zeros. @throws
 * ShapeError
 */
export function attention(
  graph: Graph,
  parts: readonly [q: Part, k: Part, v: Part],
  { heads, keySize, valueSize, causal = false, mask = NONE, dropout }: AttentionOptions,
): Value {
  const values = parts.map(({ value }) => value);
  const offsets = parts.map(({ offset = 0 }) => offset);
  const [q, k, v] = values;
  const widths = [heads * keySize, heads * keySize, heads * valueSize];
  const [queries, keys] = [q.shape[0], k.shape[0]];
  const fits = values.every(
    (value, i) => value.batched && value.shape.length === 2 && offsets[i] + widths[i] <= lastOf(value.shape),
  );
  if (!fits || v.shape[0] !== keys || (mask !== NONE && (!mask.batched || mask.size !== keys)))
    throw new ShapeError(
      `attention expected q [batch, queries, ${widths[0]}], k [batch, keys, ${widths[1]}], v [batch, keys, ${widths[2]}] and a mask [batch, keys], got ${[...values, mask].map(shapeOf).join(", ")}`,
    );
  const attributes = {
    ...{ heads, keySize, valueSize, causal, offsets },
    targets: targetsOf(values, widths),
    key: dropout?.key ?? NO_KEY,
    keep: dropout ? 1 / (1 - dropout.rate) : 1,
    threshold: dropout ? (dropout.rate - 0.5) * 16_777_216 : 0,
  };
  return graph.emit(attentionOp, [q, k, v, mask], [queries, widths[2]], attributes);
}

/**
 * Parts of one tensor have one gradient together. A tensor that is an operand as a whole has one for each
 * use.
 */
function targetsOf(values: readonly Value[], widths: readonly number[]): number[] {
  const targets: number[] = [];
  let next = 0;
  values.forEach((value, i) => {
    const before = lastOf(value.shape) > widths[i] ? values.indexOf(value) : i;
    targets.push(before < i ? targets[before] : next++);
  });
  return targets;
}

/** The words of the record that the kernels read: `assembly/heads.ts`. */
function record({ inputs: [q, k, v], attributes }: Node<Attributes>): readonly number[] {
  const { heads, keySize, valueSize, causal } = attributes;
  const strides = [q, k, v].map(({ shape }) => lastOf(shape));
  return [q.shape[0], k.shape[0], heads, keySize, valueSize, ...strides, causal ? 0 : -1];
}

const work = ({ inputs: [q, k], attributes: { heads, keySize, valueSize } }: Node<Attributes>): number =>
  q.shape[0] * k.shape[0] * heads * (keySize + valueSize);

const attentionOp: Op<Attributes> = {
  name: "attention",
  record,
  work,
  bind(node, { kernels, at, scratch, record }) {
    const { attention } = kernels;
    const [q, k, v, mask] = node.inputs;
    const [y, statistics = NONE] = node.outputs;
    const { key, keep, threshold, offsets } = node.attributes;
    const [qOffset, kOffset, vOffset] = offsets.map((offset) => 4 * offset);
    return function attentionStep(rows) {
      attention(
        at[q.id] + qOffset,
        at[k.id] + kOffset,
        at[v.id] + vOffset,
        at[mask.id],
        at[y.id],
        at[statistics.id],
        at[record],
        at[scratch],
        rows,
        keep,
        threshold,
        key[0],
        key[1],
      );
    };
  },
  scratch: ({ inputs: [, k], attributes: { keySize, valueSize } }, _rows, kernels) =>
    kernels.attentionWorkspace(k.shape[0], keySize, valueSize),
  backward: TRAINING
    ? (g, node, dy) => {
        const { inputs, attributes } = node as Node<Attributes>;
        const { heads, targets } = attributes;
        const statistics = g.graph.keep(node, 1, [heads, 2, inputs[0].shape[0]]);
        const values = inputs.slice(0, 3).filter((_, i) => targets.indexOf(targets[i]) === i);
        g.intoAll(values, gradientOp, [...inputs, statistics, dy], attributes);
      }
    : undefined,
};

/** dq, dk and dv. What nobody needs is written to the scratch memory. */
const gradientOp: Op<Attributes> = {
  name: "attentionGradient",
  record,
  work: (node) => 2.5 * work(node),
  bind(node, { kernels, at, scratch, record }) {
    const { attentionBackward } = kernels;
    const [q, k, v, mask, statistics, dy] = node.inputs;
    const { key, keep, threshold, offsets, targets } = node.attributes;
    const [qOffset, kOffset, vOffset] = offsets.map((offset) => 4 * offset);
    const [dq, dk, dv] = targets.map((target) => node.outputs[target].id);
    const room = workspaceOf(node, kernels);
    return function attentionGradient(rows) {
      const unused = at[scratch] + room;
      attentionBackward(
        at[q.id] + qOffset,
        at[k.id] + kOffset,
        at[v.id] + vOffset,
        at[mask.id],
        at[statistics.id],
        at[dy.id],
        (at[dq] || unused) + qOffset,
        (at[dk] || unused) + kOffset,
        (at[dv] || unused) + vOffset,
        at[record],
        at[scratch],
        rows,
        keep,
        threshold,
        key[0],
        key[1],
      );
    };
  },
  scratch(node, rows, kernels) {
    const { targets } = node.attributes;
    const unused = node.inputs.slice(0, 3).filter((_, i) => node.outputs[targets[i]] === NONE);
    return workspaceOf(node, kernels) + 4 * rows * Math.max(0, ...unused.map(({ size }) => size));
  },
};

/** The bytes that the kernel of the gradient works in, a multiple of 16. */
function workspaceOf(
  { inputs: [, k], attributes: { keySize, valueSize } }: Node<Attributes>,
  kernels: Parameters<NonNullable<Op["scratch"]>>[2],
): number {
  return Math.ceil(kernels.attentionGradientWorkspace(k.shape[0], keySize, valueSize) / 16) * 16;
}

/** What attention of one step remembers, and the mask of the step. */
export interface StepMemory {
  /** Keys and values of all steps: [time, heads (keySize + valueSize)]. The operation adds those of its step. */
  readonly cache: Value;
  /** Whether this step is real, [1], and where that of all steps is kept, [time]. */
  readonly mask?: Value | undefined;
  readonly seen?: Value | undefined;
}

/**
 * Attention of one step: its query sees its own key and those of the steps before it. x[1, heads (2 keySize +
 * valueSize)] is the step's query, key and value; y: [1, heads valueSize].
 */
export function attendStep(
  graph: Graph,
  x: Value,
  { cache, mask = NONE, seen = NONE }: StepMemory,
  sizes: Pick<Attributes, "heads" | "keySize" | "valueSize">,
  place: Place,
): Value {
  const shape = [1, sizes.heads * sizes.valueSize];
  return graph.emit(stepOp, [x, cache, mask, seen], shape, { ...sizes, place });
}

type StepAttributes = Pick<Attributes, "heads" | "keySize" | "valueSize"> & { readonly place: Place };

/** The word of the record that says how many keys stand before that of the query. */
const PAST = 8;

const stepOp: Op<StepAttributes> = {
  name: "attendStep",
  record({ inputs: [x, cache], attributes: { heads, keySize, valueSize, place } }) {
    const stride = lastOf(cache.shape);
    return [1, place.time, heads, keySize, valueSize, lastOf(x.shape), stride, stride, 0];
  },
  work: ({ attributes: { heads, keySize, valueSize, place } }) => place.time * heads * (keySize + valueSize),
  bind({ inputs: [x, cache, mask, seen], outputs: [y], attributes }, { backend, kernels, at, ...to }) {
    const { attention, copyRows } = kernels;
    const { heads, keySize, place } = attributes;
    const { time, position } = place;
    const [width, kept] = [lastOf(x.shape), lastOf(cache.shape)];
    const keys = 4 * heads * keySize;
    return function attendStep(rows) {
      const record = at[to.record];
      const [step] = position;
      backend.integers(record, PAST + 1)[PAST] = step;
      copyRows(at[x.id] + keys, at[cache.id] + 4 * step * kept, rows, kept, width, time * kept);
      if (mask !== NONE) copyRows(at[mask.id], at[seen.id] + 4 * step, rows, 1, 1, time);
      attention(
        at[x.id],
        at[cache.id],
        at[cache.id] + keys,
        at[seen.id],
        at[y.id],
        0,
        record,
        at[to.scratch],
        rows,
        1,
        0,
        0,
        0,
      );
    };
  },
  scratch: ({ attributes: { keySize, valueSize, place } }, _rows, kernels) =>
    kernels.attentionWorkspace(place.time, keySize, valueSize),
};
