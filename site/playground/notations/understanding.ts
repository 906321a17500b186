import { columns, type Notation } from "./notation.js";

/** "Understanding Neural Networks Through Mathematics": one sample, as a column. */
export const understanding: Notation = {
  title: "Understanding",
  symbols: {
    x: "a^{(l−1)}",
    w: "W^{(l)}",
    b: "b^{(l)}",
    z: "z^{(l)}",
    a: "a^{(l)}",
    t: "y",
    e: "L",
    g: "∂L/∂a^{(l)}",
    slope: "f′(z^{(l)})",
    d: "δ^{(l)}",
    dw: "∂L/∂w_{ij}^{(l)}",
    db: "∂L/∂b^{(l)}",
  },
  activation: "f",
  elements: { z: "z", dw: "∂L/∂w" },
  // Its w_ij leads from input i to unit j, so the gradient has lanewise's layout.
  transposed: columns.filter((quantity) => quantity !== "dw"),
  equations: {
    z: { text: "z^{(l)} = W^{(l)} a^{(l−1)} + b^{(l)}", place: "under Forward Propagation" },
    a: { text: "a^{(l)} = f^{(l)}(z^{(l)})", place: "under Forward Propagation" },
    g: { text: `∂L/∂a^{(l)} = (W^{(l+1)})^T δ^{(l+1)}` },
    d: { text: "δ^{(l)} = ∂L/∂a^{(l)} ⊙ f′(z^{(l)})" },
    squaredError: { text: "δ^{(L)} = 2/n (ŷ − y)" },
    crossEntropy: { text: "δ^{(L)} = 1/m (P − y)" },
    dw: {
      text: "∂L/∂w_{ij}^{(l)} = δ_j^{(l)} " + "∂z_j^{(l)}/∂w_{ij}^{(l)} = δ_j^{(l)} a_i^{(l−1)}",
      place: "under Backpropagation",
    },
    db: { text: "∂L/∂b^{(l)} = δ^{(l)} 1" },
  },
  counts: (samples, outputs) => `m = ${samples} samples, n = ${samples * outputs} values`,
};
