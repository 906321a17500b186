// The elementary functions of jax-js on its WebAssembly backend, by the names of assembly/math.ts. It has no
// rsqrt.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { defaultDevice, init, lax, nn, numpy as np } from "@jax-js/jax";

await init("wasm");
defaultDevice("wasm");

const operations = {
  exp: np.exp,
  expm1: np.expm1,
  log: np.log,
  log1p: np.log1p,
  tanh: np.tanh,
  sigmoid: nn.sigmoid,
  erf: lax.erf,
  softplus: nn.softplus,
  gelu: (x) => nn.gelu(x, { approximate: false }),
  geluTanh: (x) => nn.gelu(x, { approximate: true }),
  silu: nn.silu,
};

const main = createRequire(import.meta.url).resolve("@jax-js/jax");
export const name = "jax-js";
export const { version } = JSON.parse(readFileSync(new URL("../package.json", `file://${main}`), "utf8"));
export const has = (name) => name in operations;
export const compute = (name, x) => operations[name](np.array(x)).data();
