import { columns, type Notation } from "./notation.js";

/** Jeffrey Zhou, "Basic Neural Network Math": one sample, as a column. Z is F(Y). */
export const zhou: Notation = {
  title: "Zhou",
  symbols: {
    x: "X",
    w: "W",
    b: "B",
    z: "Y",
    a: "Z",
    t: "T",
    e: "E",
    g: "∂E/∂Z",
    slope: "F′(Y)",
    d: "F′(Y) ⊙ ∂E/∂Z",
    dw: "∂E/∂W",
    db: "∂E/∂B",
  },
  activation: "F",
  elements: { z: "y", dw: "∂E/∂w" },
  transposed: columns,
  equations: {
    z: { text: "Y = W · X + B", place: "equation (2), corrected" },
    a: { text: "Z = F(Y)", place: "equation (1)" },
    g: {
      text: `∂E/∂X = W^T (∂E/∂Z ⊙ F′(Y))`,
      place: "equation (8), corrected",
    },
    d: { text: "F′(Y) ⊙ ∂E/∂Z", place: "equation (5)" },
    squaredError: { text: "∂E/∂Z = 2/(m N) (Z − T)" },
    crossEntropy: { text: "F′(Y) ⊙ ∂E/∂Z = 1/N (P − T)" },
    dw: {
      text: `∂E/∂W = (F′(Y) ⊙ ∂E/∂Z) X^T`,
      place: "equation (4), corrected",
    },
    db: {
      text: "∂E/∂B = (F′(Y) ⊙ ∂E/∂Z) 1",
      place: "equation (5), a batch",
    },
  },
  counts: (samples, outputs) => `N = ${samples} samples, m = ${outputs}`,
};
