import type { Op } from "../graph/graph.js";
import { extentOf } from "../graph/value.js";

/** y[n] = the sum of all rows of x[..., n], or added to it: the gradient of a bias. */
export const sumRowsOp: Op<undefined> = {
  name: "sumRows",
  accumulates: true,
  bind({ inputs: [x], outputs: [y], adds }, { kernels, at }) {
    const { sumRows } = kernels;
    const { each, fixed } = extentOf(x, y.size);
    return function sumRowsStep(rows) {
      sumRows(at[x.id], at[y.id], rows * each + fixed, y.size, adds, y.size);
    };
  },
  work: ({ inputs: [x] }) => x.size,
};
