import { type Backend, dense, Sequential } from "lanewise";
import type { Net } from "../nets.js";
import { randomFloats } from "./random.js";

export function modelOf(backend: Backend, { inputs, hidden, activation, outputs }: Net): Sequential {
  return new Sequential(backend, {
    inputShape: inputs,
    seed: 7,
    layers: [...hidden.map((units) => dense(units, { activation })), dense(outputs)],
  });
}

/** Random inputs, and targets that can be learned from them: one class a row, or one value. */
export function samplesOf({ inputs, outputs, loss, samples }: Net): {
  x: Float32Array;
  labels: Int32Array;
  values: Float32Array;
} {
  const x = randomFloats(samples * inputs, 1, 0, 1);
  const teacher = randomFloats(inputs * outputs, 2);
  const values = new Float32Array(samples * outputs);
  for (let row = 0; row < samples; row++) {
    for (let output = 0; output < outputs; output++) {
      let sum = 0;
      for (let i = 0; i < inputs; i++) sum += x[row * inputs + i] * teacher[i * outputs + output];
      values[row * outputs + output] = sum;
    }
  }
  const labels = new Int32Array(loss === "softmaxCrossEntropy" ? samples : 0);
  for (let row = 0; row < labels.length; row++) {
    const scores = values.subarray(row * outputs, (row + 1) * outputs);
    labels[row] = scores.indexOf(Math.max(...scores));
  }
  return { x, labels, values };
}
