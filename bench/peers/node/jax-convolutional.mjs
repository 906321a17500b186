// The networks of convolutions in jax-js: channels first, with the weights of the reference.
import { lax, nn, numpy as np } from "@jax-js/jax";
import { layersOfFile } from "./harness.mjs";

/** Of lanewise and Keras, by default. */
const EPSILON = 1e-3;
const MOMENTUM = 0.99;

const arrayOf = ({ values, shape }) => np.array(values).reshape(shape);

/** The tensors that Adam changes, and the running statistics, each layer's one after the other. */
export function tensorsOf({ stateDict }) {
  const layers = layersOfFile(stateDict);
  const named = (...names) =>
    layers.flatMap((layer) => names.filter((name) => name in layer).map((name) => arrayOf(layer[name])));
  return { parameters: named("weight", "bias"), statistics: named("running_mean", "running_var") };
}

/** Samples in a row, channels last, as jax-js takes them: [samples, channels, ...positions]. */
export function imagesOf({ input }, values) {
  const images = np.array(values).reshape([-1, ...input]);
  return np.moveaxis(images, -1, 1);
}

/** A vector as the factor or the summand of each channel. */
const perChannel = (vector, dimensions) => vector.reshape([-1, ...Array(dimensions).fill(1)]);

/**
 * The logits, and the running statistics after the step. It takes ownership of everything, as functions of
 * jax-js do.
 */
export function forward({ input, layers }, { parameters, statistics }, x, training) {
  const dimensions = input.length - 1;
  const weights = [...parameters];
  const running = [...statistics];
  const next = [];
  const positions = Array.from({ length: dimensions }, (_, i) => i + 2);
  const convolve = (y, weight, strides, padding, groups) =>
    lax.convGeneralDilated(y, weight, Array(dimensions).fill(strides), padding, {
      featureGroupCount: groups,
    });
  const withBias = (y) => y.add(perChannel(weights.shift(), dimensions));
  const apply = {
    convolution: (y, { same, bias = true }) => {
      const z = convolve(y, weights.shift(), 1, same ? "SAME" : "VALID", 1);
      return bias ? withBias(z) : z;
    },
    depthwise: (y, { strides }) => {
      const channels = y.shape[1];
      return withBias(convolve(y, weights.shift(), strides, "SAME", channels));
    },
    batchNorm: (y) => {
      const [gamma, beta] = [weights.shift(), weights.shift()];
      const [movingMean, movingVariance] = [running.shift(), running.shift()];
      if (!training) return normalize(y, movingMean, movingVariance, gamma, beta);
      const axes = [0, ...positions];
      const mean = y.ref.mean(axes);
      const variance = np.square(y.ref.sub(perChannel(mean.ref, dimensions))).mean(axes);
      const moved = (moving, value) => moving.mul(MOMENTUM).add(lax.stopGradient(value).mul(1 - MOMENTUM));
      next.push(moved(movingMean, mean.ref), moved(movingVariance, variance.ref));
      return normalize(y, mean, variance, gamma, beta);
    },
    maxPool: (y, { size }) => maxPool(y, size),
    globalAverage: (y) => y.mean(positions),
    globalMax: (y) => np.max(y, positions),
    flatten: (y) => {
      const samples = y.shape[0];
      return y.reshape([samples, -1]);
    },
    dense: (y) => np.matmul(y, np.transpose(weights.shift())).add(weights.shift()),
  };
  const normalize = (y, mean, variance, gamma, beta) => {
    const factor = gamma.div(np.sqrt(variance.add(EPSILON)));
    return y
      .sub(perChannel(mean, dimensions))
      .mul(perChannel(factor, dimensions))
      .add(perChannel(beta, dimensions));
  };
  const logits = layers.reduce((y, layer) => {
    const z = apply[layer.kind](y, layer);
    return layer.relu ? nn.relu(z) : z;
  }, x);
  return [logits, next];
}

/** The largest of each window. */
const maxPool = (y, size) => lax.reduceWindow(y, (window) => np.max(window), [size, size], [size, size]);
