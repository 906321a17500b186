import type { Notation } from "./notation.js";

/** "Mathematics behind Neural Networks", a question and its answer: one layer, one sample as a row. */
export const answer: Notation = {
  title: "Question and answer",
  symbols: {
    x: "H",
    w: "W",
    b: "B",
    z: "H W + B",
    a: "Y",
    t: "Y^*",
    e: "J",
    g: "∂J/∂Y",
    slope: "f′(H W + B)",
    d: "∂J/∂Y * f′(H W + B)",
    dw: "∂J/∂W",
    db: "∂J/∂B",
  },
  activation: "f",
  elements: { z: "[HW + B]", dw: "∂J/∂W" },
  transposed: [],
  equations: {
    z: { text: "[H W + B]_i = ∑_j H_j W_{ji} + B_i", place: "the answer" },
    a: { text: "Y = f(H W + B)", place: "the answer" },
    g: { text: `∂J/∂H = (∂J/∂Y * f′(H W + B)) W^T` },
    d: { text: "∂J/∂Y * f′(H W + B)", place: "the answer" },
    squaredError: { text: "∂J/∂Y = 2/(m y) (Y − Y^*)", place: "the answer" },
    crossEntropy: { text: "∂J/∂Y * f′(H W + B) = 1/m (P − Y^*)" },
    dw: {
      text: `∂J/∂W = H^T (∂J/∂Y * f′(H W + B))`,
      place: "the answer",
    },
    db: {
      text: `∂J/∂B = 1^T (∂J/∂Y * f′(H W + B))`,
      place: "the answer, a batch",
    },
  },
  counts: (samples, outputs) => `m = ${samples} samples, y = ${outputs}`,
  scale: (samples, outputs) => (samples * outputs) / 2,
};
