import type { InitializerName } from "./initializer.js";
import type { LayerOptions } from "./layer.js";
import type { Regularizer } from "./scope.js";

/** The options of recurrent layers. */
export interface RecurrentOptions extends LayerOptions {
  /** Whether the output has a row for each step, [batch, time, units]. Default false: the last state. */
  returnSequences?: boolean;
  /**
   * Whether `apply` gives the last state, too: [output, h] or, of an LSTM, [output, h, c], of which h and c
   * are [batch, units]. Default false.
   */
  returnState?: boolean;
  /**
   * Whether the steps go from the last to the first. Each output stands at the step of its input. Default
   * false.
   */
  reverse?: boolean;
  /** Whether a bias is added. Default true. */
  useBias?: boolean;
  /**
   * Whether the product of the state has a bias of its own, as in PyTorch. Default true for a GRU whose
   * third gate needs it, one with `resetAfter`, else false.
   */
  recurrentBias?: boolean;
  /** Default "glorotUniform". */
  kernelInitializer?: InitializerName;
  /** Default "orthogonal". */
  recurrentInitializer?: InitializerName;
  /** Default "zeros". */
  biasInitializer?: InitializerName;
  /** A penalty on large weights of the input. Default none. */
  kernelRegularizer?: Regularizer;
  /** A penalty on large weights of the state. Default none. */
  recurrentRegularizer?: Regularizer;
  /** A penalty on large biases. Default none. */
  biasRegularizer?: Regularizer;
}

/** The options of `simpleRnn`. */
export interface SimpleRnnOptions extends RecurrentOptions {
  /** Default "tanh". */
  activation?: "tanh" | "relu";
}

/** The options of layers with gates. */
export interface GatedOptions extends RecurrentOptions {
  /**
   * That of the gates. "hardSigmoid" is for weights that were trained with it, as the default of
   * TensorFlow.js is. Default "sigmoid".
   */
  recurrentActivation?: "sigmoid" | "hardSigmoid";
  /** Of "hardSigmoid", min(max(slope z + 1/2, 0), 1). Above 0. Default 1/6. */
  slope?: number;
}

/** The options of `lstm`. */
export interface LstmOptions extends GatedOptions {
  /**
   * Whether the bias of the forget gate begins at 1, so that a new cell remembers (Jozefowicz and others
   * 2015). Default true.
   */
  unitForgetBias?: boolean;
}

/** The options of `gru`. */
export interface GruOptions extends GatedOptions {
  /**
   * Whether the reset gate stands behind the product of the state, as in cuDNN and PyTorch, or before it, as
   * in Cho's paper and TensorFlow.js: n = tanh(x(t) W_n + b_n + (r h(t - 1)) R_n). Default true, which is
   * faster.
   */
  resetAfter?: boolean;
}

/**
 * The options that layers with gates have in common: those of a program that has one or the other of them,
 * `const layer = isFast ? gru : lstm`.
 */
export interface CommonGatedOptions extends GatedOptions {
  /** Of `lstm` alone. */
  unitForgetBias?: never;
  /** Of `gru` alone. */
  resetAfter?: never;
}

/** The options that all recurrent layers have in common. */
export interface CommonRecurrentOptions extends RecurrentOptions {
  /** Of `simpleRnn` alone. */
  activation?: never;
  /** Of `lstm` and `gru`. */
  recurrentActivation?: never;
  /** Of `lstm` and `gru`. */
  slope?: never;
  /** Of `lstm` alone. */
  unitForgetBias?: never;
  /** Of `gru` alone. */
  resetAfter?: never;
}
