import type { Graph, Op } from "../graph/graph.js";
import { extentOf, type Value } from "../graph/value.js";

/** y[n, n] for each sample of x: 1 where row and column are the same, else 0. */
export const unitRows = (graph: Graph, x: Value, n: number): Value => graph.emit(unitRowsOp, [x], [n, n], n);

const unitRowsOp: Op<number> = {
  name: "unitRows",
  bind({ outputs: [y], attributes: n }, { backend, kernels, at }) {
    const { each, fixed } = extentOf(y);
    return function unitRowsStep(rows) {
      const count = rows * each + fixed;
      kernels.zero(at[y.id], count);
      const values = backend.floats(at[y.id], count);
      for (let sample = 0; sample < count; sample += n * n)
        for (let i = 0; i < n; i++) values[sample + i * (n + 1)] = 1;
    };
  },
};
