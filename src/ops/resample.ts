import { ShapeError } from "../core/errors.js";
import type { Graph, Node, Op } from "../graph/graph.js";
import { TRAINING } from "../graph/training.js";
import { extentOf, sizeOf, type Value } from "../graph/value.js";
import { shapeOf } from "./check.js";

/** How a pixel of another size of an image comes about. */
export type Interpolation = "nearest" | "bilinear";

/** The sizes of an image before and after. */
export interface Resampling {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly interpolation: Interpolation;
}

/**
 * y[outHeight, outWidth, channels] from x[height, width, channels]: of each pixel the nearest, or the mean of
 * the four around it by their distances. `shape` is that of y: in one dimension it has no height.
 * @throws ShapeError
 */
export function resample(graph: Graph, x: Value, sizes: Resampling, shape: readonly number[]): Value {
  const { height, width, channels, outHeight, outWidth } = sizes;
  if (x.size !== height * width * channels || sizeOf(shape) !== outHeight * outWidth * channels)
    throw new ShapeError(
      `resample expected x of ${height * width * channels} elements and y of ${outHeight * outWidth * channels}, got ${shapeOf(x)} and [${shape.join(", ")}]`,
    );
  return graph.emit(resampleOp, [x], shape, sizes);
}

/** x[channels] at each position of `shape`: y[..., channels]. @throws ShapeError */
export function repeat(graph: Graph, x: Value, shape: readonly number[]): Value {
  const outWidth = sizeOf(shape) / x.size;
  const one = { height: 1, width: 1, channels: x.size, outHeight: 1 };
  return resample(graph, x, { ...one, outWidth, interpolation: "nearest" }, shape);
}

const record = ({ attributes: sizes }: Node<Resampling>): readonly number[] => [
  sizes.height,
  sizes.width,
  sizes.channels,
  sizes.outHeight,
  sizes.outWidth,
  Number(sizes.interpolation === "bilinear"),
];

const resampleOp: Op<Resampling> = {
  name: "resample",
  record,
  bind({ inputs: [x], outputs: [y] }, { kernels, at, record }) {
    const { resample } = kernels;
    const { each, fixed } = extentOf(x, x.size);
    return function resampleStep(rows) {
      resample(at[x.id], at[y.id], at[record], rows * each + fixed);
    };
  },
  backward: TRAINING
    ? (g, { inputs: [x], attributes }, dy) => g.into(x, resampleGradientOp, [dy], attributes)
    : undefined,
};

/** dx = the sum of dy by the weights that the elements of x have in y. */
const resampleGradientOp: Op<Resampling> = {
  name: "resampleGradient",
  record,
  work: ({ inputs: [dy] }) => dy.size,
  bind({ inputs: [dy], outputs: [dx] }, { kernels, at, record }) {
    const { resampleBackward } = kernels;
    const { each, fixed } = extentOf(dx, dx.size);
    return function resampleGradient(rows) {
      resampleBackward(at[dy.id], at[dx.id], at[record], rows * each + fixed);
    };
  },
};
