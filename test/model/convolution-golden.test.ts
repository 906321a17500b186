import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import {
  activation,
  adam,
  batchNormalization,
  concatenate,
  conv2d,
  createBackendSync,
  dense,
  flatten,
  input,
  losses,
  Model,
  maxPool2d,
  Sequential,
} from "../../src/index.js";
import { on, variants } from "../reference/backends.js";
import {
  channelsLast,
  expectClose,
  kernelLast,
  type LayerCase,
  permuted,
  type Tensor,
  transposed,
} from "../reference/golden.js";

/** Networks with convolutions that PyTorch trained and differentiated (test/golden/generate-networks.py). */
const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../golden/${name}.json`, import.meta.url), "utf8"));

interface Training {
  readonly batch: number;
  readonly steps: number;
  readonly X: Tensor;
  readonly Y: { readonly data: number[] };
  readonly init: Record<string, Tensor>;
  readonly losses: readonly number[];
  readonly final: Record<string, Tensor>;
}

const { cnn_batchNorm_adam: training } = read("convolution-trainings") as Record<string, Training>;
const { graph_twoInputs: graph } = read("convolutions") as Record<string, LayerCase>;

/**
 * The weights [units, inputs] of a dense layer behind a flattened image of [channels, height, width], for one
 * that is flattened with its channels last; further inputs follow the image.
 */
function behindImage({ shape: [units, inputs], data }: Tensor, image: readonly number[]): number[] {
  const [channels, height, width] = image;
  const size = channels * height * width;
  const order = permuted({ shape: [...image], data: Array.from({ length: size }, (_, i) => i) }, [1, 2, 0]);
  const from = Array.from({ length: inputs }, (_, i) => (i < size ? order[i] : i));
  return from.flatMap((column) => Array.from({ length: units }, (_, unit) => data[unit * inputs + column]));
}

/** Tensors of lanewise by PyTorch's names, in the order of lanewise. */
const convert = (name: string, tensor: Tensor): number[] => {
  if (tensor.shape.length === 4) return kernelLast(tensor);
  return name === "7.weight" ? behindImage(tensor, [6, 2, 2]) : tensor.data;
};

const NAMES: Record<string, string> = {
  "0.weight": "0.weight",
  "0.bias": "0.bias",
  "1.gamma": "1.weight",
  "1.beta": "1.bias",
  "1.movingMean": "1.running_mean",
  "1.movingVariance": "1.running_var",
  "4.weight": "4.weight",
  "4.bias": "4.bias",
  "6.weight": "7.weight",
  "6.bias": "7.bias",
};

it.each(variants)("20 steps of Adam on a network with batch normalization, on the %s build", (variant) => {
  const { init, final, batch, steps, X, Y } = training;
  const backend = createBackendSync(on(variant));
  const model = new Sequential(backend, {
    inputShape: [8, 8, 1],
    layers: [
      conv2d(4, 3, { padding: "same" }),
      batchNormalization({ momentum: 0.9, epsilon: 1e-5 }),
      activation("relu"),
      maxPool2d(),
      conv2d(6, 3, { activation: "relu" }),
      flatten(),
      dense(3),
    ],
  });
  const tensors = () => [...model.parameters, ...model.buffers];
  expect(
    tensors()
      .map(({ name }) => name)
      .sort(),
  ).toEqual(Object.keys(NAMES).sort());
  for (const { name, value } of tensors()) value.data.set(convert(NAMES[name], init[NAMES[name]]));
  const optimizer = adam({ learningRate: 0.01 }).attach(model);
  const loss = losses.softmaxCrossEntropy();
  const x = channelsLast(X);
  const size = x.length / Y.data.length;
  const dOut = backend.matrix(batch, 3);
  for (let step = 0; step < steps; step++) {
    const begin = (step * batch) % Y.data.length;
    model.zeroGradients();
    const output = model.forward(x.slice(begin * size, (begin + batch) * size), { training: true });
    const labels = Int32Array.from(Y.data.slice(begin, begin + batch));
    const value = loss.valueAndGradient(output, labels, dOut);
    expectClose(`loss of step ${step}`, [value], [training.losses[step]], 2e-5);
    model.backward(dOut);
    optimizer.step();
  }
  // Batch normalization takes away what a bias before it adds: the bias has a gradient of rounding errors, which
  // Adam makes steps of, and the mean follows it. Other roundings of 1e-7 grow to some 1e-4 in 20 steps of 0.01.
  for (const { name, value } of tensors())
    if (name !== "0.bias" && name !== "1.movingMean")
      expectClose(name, value.data, convert(NAMES[name], final[NAMES[name]]), 5e-4, 1e-4);
});

it.each(variants)("an image and a table that join behind a convolution, on the %s build", (variant) => {
  const [image, table] = [input([6, 5, 2]), input(4)];
  const outputs = dense(2, { name: "out" }).apply(
    concatenate(
      flatten().apply(conv2d(3, 3, { name: "image", activation: "relu" }).apply(image)),
      dense(5, { name: "table", activation: "relu" }).apply(table),
    ),
  );
  const model = new Model(createBackendSync(on(variant)), { inputs: [image, table], outputs });
  const order = (name: string, tensor: Tensor): number[] => {
    if (name === "out.weight") return behindImage(tensor, [3, 4, 3]);
    return tensor.shape.length === 4
      ? kernelLast(tensor)
      : tensor.shape.length === 2
        ? transposed(tensor)
        : tensor.data;
  };
  for (const { name, value } of model.parameters) value.data.set(order(name, graph.params[name]));
  const samples = [channelsLast(graph.inputs[0]), graph.inputs[1].data];
  const output = model.forward(samples, { training: true });
  expectClose("y", output.data, graph.y.data, 2e-6, 1e-6);
  const dOut = model.backend.matrix(output.rows, output.cols, graph.upstream.data);
  const [dImage, dTable] = [model.backward(dOut, { inputGradient: true })].flat();
  expectClose("image", dImage?.data ?? [], channelsLast(graph.dInputs[0]), 2e-6, 2e-6);
  expectClose("table", dTable?.data ?? [], graph.dInputs[1].data, 2e-6, 2e-6);
  for (const { name, gradient } of model.parameters)
    expectClose(name, gradient.data, order(name, graph.dParams[name]), 5e-6, 5e-6);
});
