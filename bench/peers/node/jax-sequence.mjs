// The networks of sequences in jax-js, with the weights of the reference. It has no loop over time under jit,
// so recurrent layers are unrolled; look-ups fail there, so tokens come one-hot.
import { nn, numpy as np } from "@jax-js/jax";
import { encodedOf, sequencesOf, targetsOf, tensorsOfFile } from "./harness.mjs";

/** The arrays that Adam changes, and their names. */
export function tensorsOf({ model }) {
  const tensors = tensorsOfFile(model);
  return {
    names: tensors.map(([name]) => name),
    parameters: tensors.map(([, { values, shape }]) => np.array(values).reshape(shape)),
  };
}

export function inputOf(net, x) {
  const [values, shape] = encodedOf(net, x);
  return np.array(values).reshape(shape);
}

/** Batches of [inputs, targets]. */
export function batchesOf(net, count) {
  const { batch, input, outputs, target } = net;
  const { x, y } = sequencesOf(net, batch * count);
  const values = targetsOf(net, y);
  const shape = target === "tokens" ? [-1, input[0], outputs] : [-1, outputs];
  const part = (array, i) => array.slice((i * array.length) / count, ((i + 1) * array.length) / count);
  return Array.from({ length: count }, (_, i) => [
    inputOf(net, part(x, i)),
    np.array(part(values, i)).reshape(shape),
  ]);
}

/** x[batch,time,inputs] W + b of each step, an array each. */
function stepsOf(x, weight, bias) {
  const product = np.matmul(x, weight).add(bias);
  const [batch, time, cols] = product.shape;
  return np.split(np.moveaxis(product, 1, 0), time).map((step) => step.reshape([batch, cols]));
}

/** The last state, or all, of states h. */
function given(states, isAll) {
  if (isAll) return np.stack(states, 1);
  for (const state of states.slice(0, -1)) state.dispose();
  return states.at(-1);
}

function lstm(x, { weight, recurrentWeight, bias }, isAll) {
  const states = [];
  let cell;
  for (const step of stepsOf(x, weight, bias)) {
    const h = states.at(-1);
    const sum = h ? step.add(np.matmul(h.ref, recurrentWeight.ref)) : step;
    const [i, f, g, o] = np.split(sum, 4, -1);
    const fresh = nn.sigmoid(i).mul(np.tanh(g));
    if (cell) cell = nn.sigmoid(f).mul(cell).add(fresh);
    else {
      f.dispose();
      cell = fresh;
    }
    states.push(nn.sigmoid(o).mul(np.tanh(cell.ref)));
  }
  cell.dispose();
  recurrentWeight.dispose();
  return given(states, isAll);
}

function gru(x, { weight, recurrentWeight, bias, recurrentBias }, isAll) {
  const states = [];
  const units = recurrentWeight.shape[0];
  for (const step of stepsOf(x, weight, bias)) {
    const h = states.at(-1) ?? np.zeros([step.shape[0], units]);
    const sum = np.matmul(h.ref, recurrentWeight.ref).add(recurrentBias.ref);
    const [sumR, sumZ, sumN] = np.split(sum, 3, -1);
    const [stepR, stepZ, stepN] = np.split(step, 3, -1);
    const r = nn.sigmoid(stepR.add(sumR));
    const z = nn.sigmoid(stepZ.add(sumZ));
    const n = np.tanh(stepN.add(r.mul(sumN)));
    const before = states.length > 0 ? h.ref : h;
    states.push(n.ref.add(z.mul(before.sub(n))));
  }
  recurrentWeight.dispose();
  recurrentBias.dispose();
  return given(states, isAll);
}

const normalize = (x, gamma, beta) => nn.standardize(x, -1, { epsilon: 1e-5 }).mul(gamma).add(beta);

function block(x, take, { heads }) {
  const [batch, time, units] = x.shape;
  const dense = (y, name) => np.matmul(y, take(`${name}.weight`)).add(take(`${name}.bias`));
  const norm = (y, name) => normalize(y, take(`${name}.gamma`), take(`${name}.beta`));
  const qkv = dense(norm(x.ref, "norm1"), "attention.queryKeyValue");
  const [q, k, v] = np
    .split(qkv, 3, -1)
    .map((part) => np.moveaxis(part.reshape([batch, time, heads, units / heads]), 1, 2));
  const future = Float32Array.from({ length: time * time }, (_, i) => (i % time > i / time ? -1e30 : 0));
  // Its dotProductAttention needs iterator helpers, which Node 20 lacks.
  const scores = np.matmul(q, np.swapaxes(k, -1, -2)).mul((units / heads) ** -0.5);
  const weights = nn.softmax(scores.add(np.array(future).reshape([time, time])));
  const attended = np.moveaxis(np.matmul(weights, v), 1, 2).reshape([batch, time, units]);
  const h = x.add(dense(attended, "attention.output"));
  const hidden = nn.gelu(dense(norm(h.ref, "norm2"), "hidden"), { approximate: false });
  return h.add(dense(hidden, "output"));
}

/** The outputs. It takes ownership of everything, as functions of jax-js do. */
export function forward({ layers }, names, parameters, x) {
  const tensors = new Map(names.map((name, i) => [name, parameters[i]]));
  return layers.reduce((y, layer, at) => {
    const take = (name) => tensors.get(`${at}.${name}`);
    const cell = () => ({
      weight: take("weight"),
      recurrentWeight: take("recurrentWeight"),
      bias: take("bias"),
      recurrentBias: take("recurrentBias"),
    });
    switch (layer.kind) {
      case "embedding":
        return np.matmul(y, take("weight"));
      case "positions":
        return y.add(take("weight"));
      case "lstm":
        return lstm(y, cell(), layer.sequences);
      case "gru":
        return gru(y, cell(), layer.sequences);
      case "block":
        return block(y, take, layer);
      case "norm":
        return normalize(y, take("gamma"), take("beta"));
      // The inputs of the embedding are shares already.
      case "mean":
        return y;
      default: {
        const z = np.matmul(y, take("weight")).add(take("bias"));
        return layer.relu ? nn.relu(z) : z;
      }
    }
  }, x);
}
