import { columns, type Notation } from "./notation.js";

/** Aditya Mehrotra, "Neural Networks": samples as columns, layers as superscripts. */
export const mehrotra: Notation = {
  title: "Mehrotra",
  symbols: {
    x: "a^{l−1}",
    w: "w^l",
    b: "b^l",
    z: "z^l",
    a: "a^l",
    t: "y(x)",
    e: "C",
    g: "∇_{aˡ} C",
    slope: "σ′(z^l)",
    d: "δ^l",
    dw: "∂C/∂w^l",
    db: "∇_{bˡ} C",
  },
  activation: "σ",
  elements: { z: "z", dw: "∂C/∂w" },
  transposed: columns,
  equations: {
    z: { text: "z^l = w^l a^{l−1} + b^l", place: "§ 1" },
    a: { text: "a^l = σ(z^l)", place: "§ 1" },
    g: { text: `∇_{aˡ} C = (w^{l+1})^T δ^{l+1}`, place: "§ 2.2" },
    d: { text: "δ^l = ∇_{aˡ} C ⊙ σ′(z^l)", place: "§ 2.2" },
    squaredError: { text: "δ^L = 2/(n N) (a^L − y(x))", place: "§ 2.1" },
    crossEntropy: { text: "δ^L = 1/N (P − y(x))" },
    dw: { text: `∂C/∂w^l = δ^l (a^{l−1})^T`, place: "§ 2.4" },
    db: { text: "∇_{bˡ} C = δ^l 1", place: "§ 2.3, a batch" },
  },
  counts: (samples, outputs) => `N = ${samples} samples, n = ${outputs}`,
  scale: (_, outputs) => outputs / 2,
};
