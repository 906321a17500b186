/** The activations that the notes are held with, and their derivatives, in float64. */
interface Activation {
  f(z: number): number;
  derivative(z: number): number;
}

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

export const activations = {
  sigmoid: { f: sigmoid, derivative: (z) => sigmoid(z) * (1 - sigmoid(z)) },
  tanh: { f: Math.tanh, derivative: (z) => 1 - Math.tanh(z) ** 2 },
  relu: { f: (z) => Math.max(0, z), derivative: (z) => (z > 0 ? 1 : 0) },
  linear: { f: (z) => z, derivative: () => 1 },
} satisfies Record<string, Activation>;
