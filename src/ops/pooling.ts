import { ShapeError } from "../core/errors.js";
import type { Graph, Node, Op } from "../graph/graph.js";
import { TRAINING } from "../graph/training.js";
import { extentOf, lastOf, type Value } from "../graph/value.js";
import { shapeOf } from "./check.js";
import { type Geometry, recordOf } from "./geometry.js";
import { repeat } from "./resample.js";
import { scale } from "./scale.js";

/** Windows that are averaged, and whether padding counts. */
interface AverageWindows extends Geometry {
  readonly countPadding: boolean;
}

/**
 * y[outHeight, outWidth, channels]: the largest element of each window of x[height, width, channels]. `shape`
 * is that of y: in one dimension it has no height. @throws ShapeError
 */
export function maxPool(graph: Graph, x: Value, geometry: Geometry, shape: readonly number[]): Value {
  check("maxPool", x, geometry);
  return graph.emit(maxPoolOp, [x], shape, geometry);
}

/**
 * y[outHeight, outWidth, channels]: the mean of each window of x[height, width, channels], over its pixels
 * inside of x, or over all of a window if padding counts. `shape` is that of y. @throws ShapeError
 */
export function averagePool(
  graph: Graph,
  x: Value,
  geometry: Geometry,
  countPadding: boolean,
  shape: readonly number[],
): Value {
  check("averagePool", x, geometry);
  return graph.emit(averagePoolOp, [x], shape, { ...geometry, countPadding });
}

/**
 * The mean over all positions of x[..., channels]: y[channels]. @throws ShapeError for an x without positions
 */
export function averagePositions(graph: Graph, x: Value): Value {
  if (x.shape.length < 2)
    throw new ShapeError(`averagePositions expected x [..., channels], got ${shapeOf(x)}`);
  return graph.emit(averagePositionsOp, [x], [lastOf(x.shape)]);
}

/** @throws ShapeError */
function check(who: string, x: Value, { height, width, channels }: Geometry): void {
  if (x.size === height * width * channels) return;
  throw new ShapeError(
    `${who} expected x of ${height * width * channels} elements, got [${x.shape.join(", ")}]`,
  );
}

const record = ({ attributes }: Node<Geometry>): readonly number[] => recordOf(attributes);

/** Each pixel of each window. */
const work = ({ attributes: g }: Node<Geometry>): number =>
  g.outHeight * g.outWidth * g.kernelHeight * g.kernelWidth * g.channels;

const maxPoolOp: Op<Geometry> = {
  name: "maxPool",
  record,
  work,
  bind({ inputs: [x], outputs: [y] }, { kernels, at, record }) {
    const { maxPool } = kernels;
    const { each, fixed } = extentOf(x, x.size);
    return function maxPoolStep(rows) {
      maxPool(at[x.id], at[y.id], at[record], rows * each + fixed);
    };
  },
  backward: TRAINING
    ? (g, { inputs: [x], outputs: [y], attributes }, dy) => {
        const { strideHeight, kernelHeight, strideWidth, kernelWidth } = attributes;
        const apart = strideHeight >= kernelHeight && strideWidth >= kernelWidth;
        g.into(x, apart ? separateGradientOp : maxPoolGradientOp, [x, y, dy], attributes);
      }
    : undefined,
};

/** dy to the first of the largest elements of each window. */
const maxPoolGradientOp: Op<Geometry> = {
  name: "maxPoolGradient",
  record,
  work,
  bind({ inputs: [x, y, dy], outputs: [dx] }, { kernels, at, record }) {
    const { maxPoolBackward } = kernels;
    const { each, fixed } = extentOf(x, x.size);
    return function maxPoolGradient(rows) {
      maxPoolBackward(at[x.id], at[y.id], at[dy.id], at[dx.id], at[record], rows * each + fixed);
    };
  },
};

/** The same for windows that do not overlap: each element of x is read before its gradient is written. */
const separateGradientOp: Op<Geometry> = { ...maxPoolGradientOp, inPlace: [0] };

const averageRecord = ({ attributes }: Node<AverageWindows>): readonly number[] => recordOf(attributes);

const averagePoolOp: Op<AverageWindows> = {
  name: "averagePool",
  record: averageRecord,
  work,
  bind({ inputs: [x], outputs: [y], attributes }, { kernels, at, record }) {
    const { averagePool } = kernels;
    const { each, fixed } = extentOf(x, x.size);
    const countPadding = Number(attributes.countPadding);
    return function averagePoolStep(rows) {
      averagePool(at[x.id], at[y.id], at[record], rows * each + fixed, countPadding);
    };
  },
  backward: TRAINING
    ? (g, { inputs: [x], attributes }, dy) => g.into(x, averagePoolGradientOp, [dy], attributes)
    : undefined,
};

/** Its share of dy to each element of a window. */
const averagePoolGradientOp: Op<AverageWindows> = {
  name: "averagePoolGradient",
  record: averageRecord,
  work,
  bind({ inputs: [dy], outputs: [dx], attributes }, { kernels, at, record }) {
    const { averagePoolBackward } = kernels;
    const { each, fixed } = extentOf(dx, dx.size);
    const countPadding = Number(attributes.countPadding);
    return function averagePoolGradient(rows) {
      averagePoolBackward(at[dy.id], at[dx.id], at[record], rows * each + fixed, countPadding);
    };
  },
};

const averagePositionsOp: Op<undefined> = {
  name: "averagePositions",
  work: ({ inputs: [x] }) => x.size,
  bind({ inputs: [x], outputs: [y] }, { kernels, at }) {
    const { averagePositions } = kernels;
    const { each, fixed } = extentOf(x, x.size);
    const channels = y.size;
    return function averagePositionsStep(rows) {
      averagePositions(at[x.id], at[y.id], rows * each + fixed, x.size / channels, channels);
    };
  },
  backward: TRAINING
    ? (g, { inputs: [x] }, dy) => {
        if (!g.needs(x)) return;
        const positions = x.size / dy.size;
        g.pass(x, repeat(g.graph, scale(g.graph, dy, 1 / positions), x.shape));
      }
    : undefined,
};
