import type { Notation } from "./notation.js";

/** styxofsyntax, "Mathematics for Neural Networks": samples as rows. */
export const styxofsyntax: Notation = {
  title: "styxofsyntax",
  symbols: {
    x: "A^{[l−1]}",
    w: "W^{[l]}",
    b: "b^{[l]}",
    z: "Z^{[l]}",
    a: "A^{[l]}",
    t: "Y",
    e: "E",
    g: "∂(l)",
    slope: "h′(Z^{[l]})",
    d: "h′(Z^{[l]}) × ∂(l)",
    dw: "∂E/∂w^{[l]}",
    db: "∂E/∂b^{[l]}",
  },
  activation: "h",
  elements: { z: "z", dw: "∂E/∂w" },
  transposed: [],
  equations: {
    z: { text: "Z^{[l]} = A^{[l−1]} · W^{[l]} + j ⊗ b^{[l]}", place: "§ 2.1, 2.2" },
    a: { text: "A^{[l]} = h(Z^{[l]})", place: "§ 2.2" },
    g: {
      text: `∂(l) = [h′(Z^{[l+1]}) × ∂(l+1)] · (W^{[l+1]})^T`,
      place: "§ 2.3",
    },
    d: { text: "h′(Z^{[l]}) × ∂(l)", place: "§ 2.3" },
    squaredError: { text: "∂(L) = 2/(m k) (A^{[L]} − Y)", place: "§ 2.2" },
    crossEntropy: { text: "h′(Z^{[L]}) × ∂(L) = 1/m (P − Y)" },
    dw: {
      text: `∂E/∂w^{[l]} = (A^{[l−1]})^T · [h′(Z^{[l]}) × ∂(l)]`,
      place: "§ 2.3",
    },
    db: {
      text: "∂E/∂b^{[l]} = ∑_i [h′(Z^{[l]}) × ∂(l)]_i",
      place: "§ 2.3, 2.4",
    },
  },
  counts: (samples, outputs) => `m = ${samples} samples, k = ${outputs}`,
  scale: (_, outputs) => outputs,
};
