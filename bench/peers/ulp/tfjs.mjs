// The elementary functions of TensorFlow.js on its WebAssembly backend, by the names of assembly/math.ts:
// operations, and activations of its layers.
import { createRequire } from "node:module";
import { dirname } from "node:path";

const require = createRequire(import.meta.url);
const tf = require("@tensorflow/tfjs-core");
const layers = require("@tensorflow/tfjs-layers");
const { setWasmPaths } = require("@tensorflow/tfjs-backend-wasm");
setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
await tf.setBackend("wasm");
await tf.ready();

const activation = (name) => {
  const layer = layers.layers.activation({ activation: name });
  return (x) => layer.apply(x);
};

const operations = {
  exp: tf.exp,
  expm1: tf.expm1,
  log: tf.log,
  log1p: tf.log1p,
  tanh: tf.tanh,
  sigmoid: tf.sigmoid,
  erf: tf.erf,
  softplus: tf.softplus,
  gelu: activation("gelu"),
  geluTanh: activation("gelu_new"),
  silu: activation("swish"),
  rsqrt: tf.rsqrt,
};

export const name = "tfjs-wasm";
export const version = tf.version_core;
export const has = (name) => name in operations;
export const compute = (name, x) => tf.tidy(() => operations[name](tf.tensor1d(x)).dataSync());
