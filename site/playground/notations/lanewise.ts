import type { Notation } from "./notation.js";

/** The notation of the mathematics. */
export const lanewise: Notation = {
  title: "lanewise",
  symbols: {
    x: "X",
    w: "W",
    b: "b",
    z: "Z",
    a: "A",
    t: "T",
    e: "E",
    g: "G",
    slope: "f′(Z)",
    d: "D",
    dw: "∂E/∂W",
    db: "∂E/∂b",
  },
  activation: "f",
  elements: { z: "z", dw: "∂E/∂w" },
  transposed: [],
  equations: {
    z: { text: "Z = X W + 1 b", place: "(1)" },
    a: { text: "A = f(Z)", place: "(2)" },
    g: { text: `G = D W^T`, place: "(12)" },
    d: { text: "D = G ∘ f′(Z)", place: "(9)" },
    squaredError: { text: "D = G = 2/(m k) (A − T)", place: "(6)" },
    crossEntropy: { text: "D = 1/m (P − T)", place: "(8)" },
    dw: { text: `∂E/∂W = X^T D`, place: "(10)" },
    db: { text: `∂E/∂b = 1^T D`, place: "(11)" },
  },
  counts: (samples, outputs) => `m = ${samples} samples, k = ${outputs}`,
};
