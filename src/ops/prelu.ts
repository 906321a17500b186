import { ShapeError } from "../core/errors.js";
import type { Graph, Op } from "../graph/graph.js";
import { TRAINING } from "../graph/training.js";
import { extentOf, sizeOf, type Value } from "../graph/value.js";

/** How the slopes lie in a sample: [outer, slopes, inner]. */
interface Attributes {
  readonly outer: number;
  readonly slopes: number;
  readonly inner: number;
}

/**
 * y = max(x, 0) + alpha min(x, 0). alpha has the shape of a sample of x, with 1 for each shared axis; the
 * shared axes are before or behind the others. @throws ShapeError
 */
export function prelu(graph: Graph, x: Value, alpha: Value): Value {
  return graph.emit(preluOp, [x, alpha], x.shape, layoutOf(x.shape, alpha.shape));
}

/** @throws ShapeError for slopes that do not lie side by side */
function layoutOf(shape: readonly number[], slopes: readonly number[]): Attributes {
  const first = slopes.findIndex((size) => size > 1);
  const last = slopes.reduce((at, size, i) => (size > 1 ? i : at), -1);
  const own = first < 0 ? [] : shape.slice(first, last + 1);
  if (slopes.length !== shape.length || sizeOf(own) !== sizeOf(slopes))
    throw new ShapeError(
      `prelu expected slopes that are shared over the first or the last axes of [${shape.join(", ")}], got [${slopes.join(", ")}]`,
    );
  return {
    outer: first < 0 ? 1 : sizeOf(shape.slice(0, first)),
    slopes: sizeOf(slopes),
    inner: first < 0 ? sizeOf(shape) : sizeOf(shape.slice(last + 1)),
  };
}

const preluOp: Op<Attributes> = {
  name: "prelu",
  inPlace: [0],
  bind({ inputs: [x, alpha], outputs: [y], attributes }, { kernels, at }) {
    const { prelu } = kernels;
    const { outer, slopes, inner } = flat(x, attributes);
    return function preluStep(rows) {
      if (slopes === 1) prelu(at[x.id], at[alpha.id], at[y.id], 1, 1, rows * inner);
      else prelu(at[x.id], at[alpha.id], at[y.id], rows * outer, slopes, inner);
    };
  },
  backward: TRAINING
    ? (g, { inputs: [x, alpha], attributes }, dy) => {
        g.into(alpha, slopeGradientOp, [x, dy], attributes);
        g.into(x, inputGradientOp, [x, alpha, dy], attributes);
      }
    : undefined,
};

/** dx = dy where x > 0, else alpha dy. */
const inputGradientOp: Op<Attributes> = {
  name: "preluInputGradient",
  inPlace: [2, 0],
  bind({ inputs: [x, alpha, dy], outputs: [dx], attributes }, { kernels, at }) {
    const { preluBackward } = kernels;
    const { outer, slopes, inner } = flat(x, attributes);
    return function preluInputGradient(rows) {
      if (slopes === 1) preluBackward(at[x.id], at[alpha.id], at[dy.id], at[dx.id], 1, 1, rows * inner);
      else preluBackward(at[x.id], at[alpha.id], at[dy.id], at[dx.id], rows * outer, slopes, inner);
    };
  },
};

/** dalpha = the sum of dy min(x, 0) over the samples and the shared axes, or added to it. */
const slopeGradientOp: Op<Attributes> = {
  name: "preluSlopeGradient",
  accumulates: true,
  bind({ inputs: [x, dy], outputs: [dalpha], attributes, adds }, { kernels, at, scratch }) {
    const { preluGradient } = kernels;
    const { outer, slopes, inner } = flat(x, attributes);
    return function preluSlopeGradient(rows) {
      const to = at[dalpha.id];
      if (slopes === 1) preluGradient(at[x.id], at[dy.id], at[scratch], to, 1, 1, rows * inner, adds, 1);
      else preluGradient(at[x.id], at[dy.id], at[scratch], to, rows * outer, slopes, inner, adds, slopes);
    };
  },
  scratch({ inputs: [x] }, rows) {
    const { each, fixed } = extentOf(x);
    return 4 * (rows * each + fixed);
  },
};

/** With one slope a batch is a single row. */
const flat = ({ size }: Value, attributes: Attributes): Attributes =>
  attributes.slopes === 1 ? { outer: 1, slopes: 1, inner: size } : attributes;
