import type { ActivationName } from "../../src/index.js";

/** All of them: the compiler misses one that is not here. */
const all: Record<ActivationName, true> = {
  linear: true,
  relu: true,
  relu6: true,
  leakyRelu: true,
  elu: true,
  selu: true,
  gelu: true,
  geluTanh: true,
  silu: true,
  sigmoid: true,
  tanh: true,
  softplus: true,
  hardSwish: true,
  hardSigmoid: true,
  softsign: true,
  mish: true,
  exp: true,
  softmax: true,
  logSoftmax: true,
};

export const activationNames = Object.keys(all) as ActivationName[];
