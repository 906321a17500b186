import { ShapeError } from "../core/errors.js";
import { cosineOfTurns, power, sineOfTurns } from "../core/reproducible-math.js";
import type { Graph, Op } from "../graph/graph.js";
import { TRAINING } from "../graph/training.js";
import { extentOf, lastOf, type Value } from "../graph/value.js";
import { shapeOf } from "./check.js";

/** The step that runs, where a graph has but one: a sequence of `time` steps, and the index of this one. */
export interface Place {
  readonly time: number;
  readonly position: Uint32Array;
}

/** Which vectors of a tensor are rotated. */
export interface Rotation {
  /** The first vectors of each step. */
  readonly heads: number;
  /** Their elements, an even number. */
  readonly size: number;
  readonly base: number;
  /** Of a graph of one time step. */
  readonly place?: Place | undefined;
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

/** By step, the cosines and the sines by which `rotate` turns vectors of `size` elements. */
export const rotations = (time: number, size: number, base: number): number[][][] =>
  anglesOf(time, size, base).map((turns) => [turns.map(cosineOfTurns), turns.map(sineOfTurns)]);

/** What `addSinusoids` adds: [time, features], row by row. */
export const sinusoids = (time: number, features: number, base: number): number[] =>
  anglesOf(time, features, base).flatMap((turns) =>
    Array.from({ length: features }, (_, i) =>
      (i % 2 === 0 ? sineOfTurns : cosineOfTurns)(turns[Math.floor(i / 2)]),
    ),
  );

const rotateOp: Op<Rotation & { readonly direction: 1 | -1 }> = {
  name: "rotate",
  inPlace: [0],
  record: ({ inputs: [x], attributes: { size, base, place } }) => {
    return bitsOf(rotations(place?.time ?? x.shape[0], size, base).flat(2));
  },
  bind({ inputs: [x], outputs: [y], attributes }, { kernels, at, record }) {
    const { rotate } = kernels;
    const { heads, size, direction, place } = attributes;
    const [time, cols] = x.shape;
    const { each, fixed } = extentOf(x, cols);
    return function rotateStep(rows) {
      const angles = at[record] + offsetOf(place, size);
      rotate(at[x.id], at[y.id], angles, rows * each + fixed, time, cols, heads, size / 2, direction);
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
export function addSinusoids(graph: Graph, x: Value, base: number, place?: Place): Value {
  if (x.shape.length !== 2)
    throw new ShapeError(`addSinusoids expected x [time, features], got ${shapeOf(x)}`);
  return graph.emit(addSinusoidsOp, [x], x.shape, { base, place });
}

const addSinusoidsOp: Op<{ readonly base: number; readonly place: Place | undefined }> = {
  name: "addSinusoids",
  inPlace: [0],
  record({ inputs: [x], attributes: { base, place } }) {
    const [time, features] = x.shape;
    return bitsOf(sinusoids(place?.time ?? time, features, base));
  },
  bind({ inputs: [x], outputs: [y], attributes: { place } }, { kernels, at, record }) {
    const { addRow } = kernels;
    const { each, fixed } = extentOf(x, x.size);
    return function addSinusoidsStep(rows) {
      addRow(at[x.id], at[record] + offsetOf(place, x.size), at[y.id], rows * each + fixed, x.size);
    };
  },
  backward: TRAINING ? (g, { inputs: [x] }, dy) => g.pass(x, dy) : undefined,
};

/** y[features] = x[features] + w[time, features] of the step that runs. */
export const addPlace = (graph: Graph, x: Value, w: Value, place: Place): Value =>
  graph.emit(addPlaceOp, [x, w], x.shape, place);

const addPlaceOp: Op<Place> = {
  name: "addPlace",
  inPlace: [0],
  bind({ inputs: [x, w], outputs: [y], attributes: place }, { kernels, at }) {
    const { addRow } = kernels;
    return function addPlaceStep(rows) {
      addRow(at[x.id], at[w.id] + offsetOf(place, x.size), at[y.id], rows, x.size);
    };
  },
};

/** y[n] = x[n] + w[n], of a longer w its first n. */
export const addFirst = (graph: Graph, x: Value, w: Value): Value => graph.emit(addFirstOp, [x, w], x.shape);

const addFirstOp: Op<undefined> = {
  name: "addFirst",
  inPlace: [0],
  bind({ inputs: [x, w], outputs: [y] }, { kernels, at }) {
    const { addRow } = kernels;
    return function addFirst(rows) {
      addRow(at[x.id], at[w.id], at[y.id], rows, x.size);
    };
  },
  backward: TRAINING
    ? (g, { inputs: [x, w] }, dy) => {
        g.into(w, addFirstGradientOp, [dy]);
        g.pass(x, dy);
      }
    : undefined,
};

/** dw[n, ...] = the sum of all dy[n], and 0 behind that; or added to it. */
const addFirstGradientOp: Op<undefined> = {
  name: "addFirstGradient",
  accumulates: true,
  bind({ inputs: [dy], outputs: [dw], adds }, { kernels, at }) {
    const { sumRows, zero } = kernels;
    const { size } = dy;
    return function addFirstGradient(rows) {
      sumRows(at[dy.id], at[dw.id], rows, size, adds, size);
      if (!adds) zero(at[dw.id] + 4 * size, dw.size - size);
    };
  },
};

/** The bytes to the row of the step that runs, of rows of `width` floats. */
const offsetOf = (place: Place | undefined, width: number): number =>
  place ? 4 * place.position[0] * width : 0;

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
