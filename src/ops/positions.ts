import { ShapeError } from "../core/errors.js";
import { cosineOfTurns, power, sineOfTurns } from "../core/reproducible-math.js";
import type { Graph, Node, Op } from "../graph/graph.js";
import { TRAINING } from "../graph/training.js";
import { extentOf, lastOf, type Value } from "../graph/value.js";
import { shapeOf } from "./check.js";

/** Which vectors of a tensor are rotated. */
export interface Rotation {
  /** The first vectors of each step. */
  readonly heads: number;
  /** Their elements, an even number. */
  readonly size: number;
  readonly base: number;
}

/**
 * Rotary position embedding (Su and others 2021): of x[time, features] the first heads vectors of `size`
 * elements of step t are rotated. Elements p and size / 2 + p are turned by the angle t base^(-2 p / size).
 * The other features stay. @throws ShapeError
 */
export function rotate(graph: Graph, x: Value, rotation: Rotation): Value {
  const { heads, size } = rotation;
  if (x.shape.length !== 2 || size % 2 !== 0 || heads * size > lastOf(x.shape))
    throw new ShapeError(
      `rotate expected x [time, at least ${heads * size}] and vectors of an even size, got ${shapeOf(x)} and vectors of ${size}`,
    );
  return graph.emit(rotateOp, [x], x.shape, { ...rotation, direction: 1 });
}

const rotateOp: Op<Rotation & { readonly direction: 1 | -1 }> = {
  name: "rotate",
  inPlace: [0],
  record: ({ inputs: [x], attributes: { size, base } }) => {
    const angles = anglesOf(x.shape[0], size, base);
    return bitsOf(angles.flatMap((turns) => [...turns.map(cosineOfTurns), ...turns.map(sineOfTurns)]));
  },
  bind({ inputs: [x], outputs: [y], attributes: { heads, size, direction } }, { kernels, at, record }) {
    const { rotate } = kernels;
    const [time, cols] = x.shape;
    const { each, fixed } = extentOf(x, cols);
    return function rotateStep(rows) {
      rotate(at[x.id], at[y.id], at[record], rows * each + fixed, time, cols, heads, size / 2, direction);
    };
  },
  backward: TRAINING
    ? (g, { inputs: [x], attributes }, dy) =>
        g.into(x, rotateOp, [dy], { ...attributes, direction: attributes.direction === 1 ? -1 : 1 })
    : undefined,
};

/**
 * y = x + P, x and y [time, features], with sines and cosines of the step t (Vaswani and others 2017): P[t, 2
 * i] = sin(t base^(-2 i / features)), and P[t, 2 i + 1] its cosine. @throws ShapeError
 */
export function addSinusoids(graph: Graph, x: Value, base: number): Value {
  if (x.shape.length !== 2)
    throw new ShapeError(`addSinusoids expected x [time, features], got ${shapeOf(x)}`);
  return graph.emit(addSinusoidsOp, [x], x.shape, base);
}

const addSinusoidsOp: Op<number> = {
  name: "addSinusoids",
  inPlace: [0],
  record({ inputs: [x], attributes: base }: Node<number>) {
    const [time, features] = x.shape;
    const angles = anglesOf(time, features, base);
    return bitsOf(
      angles.flatMap((turns) =>
        Array.from({ length: features }, (_, i) =>
          (i % 2 === 0 ? sineOfTurns : cosineOfTurns)(turns[Math.floor(i / 2)]),
        ),
      ),
    );
  },
  bind({ inputs: [x], outputs: [y] }, { kernels, at, record }) {
    const { addRow } = kernels;
    const { each, fixed } = extentOf(x, x.size);
    return function addSinusoidsStep(rows) {
      addRow(at[x.id], at[record], at[y.id], rows * each + fixed, x.size);
    };
  },
  backward: TRAINING ? (g, { inputs: [x] }, dy) => g.pass(x, dy) : undefined,
};

/** By step t, the angles t base^(-2 p / size) for p < size / 2, in turns from 0 to 1. */
function anglesOf(time: number, size: number, base: number): number[][] {
  const frequencies = Array.from({ length: Math.ceil(size / 2) }, (_, p) => 1 / power(base, (2 * p) / size));
  return Array.from({ length: time }, (_, t) =>
    frequencies.map((frequency) => {
      const turns = (t * frequency) / (2 * Math.PI);
      return turns - Math.floor(turns);
    }),
  );
}

/** float32 numbers as the integers of a record. */
const bitsOf = (values: readonly number[]): number[] => [...new Int32Array(Float32Array.from(values).buffer)];
