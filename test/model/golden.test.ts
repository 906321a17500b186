import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import {
  add,
  concatenate,
  createBackendSync,
  dense,
  input,
  Model,
  multiply,
  type Network,
  type Tensor,
} from "../../src/index.js";
import { on, variants } from "../reference/backends.js";
import { expectClose, type LayerCase, transposed } from "../reference/golden.js";

/**
 * Networks that PyTorch differentiated in float64 (test/golden/generate-networks.py, whose output graphs.json
 * has the cases of dense layers of), as models of layers.
 */
const golden = JSON.parse(readFileSync(new URL("../golden/graphs.json", import.meta.url), "utf8")) as Record<
  string,
  LayerCase
>;

const inOrder = (tensor: LayerCase["params"][string]): number[] =>
  tensor.shape.length === 2 ? transposed(tensor) : tensor.data;

/** Writes PyTorch's parameters, and checks output and gradients. */
function check(
  model: Network<Tensor>,
  { params, dParams, y, upstream, dInputs }: LayerCase,
  samples: readonly (readonly number[])[],
  asked: readonly (number[] | undefined)[] = dInputs.map(({ data }) => data),
) {
  expect(model.parameters.map(({ name }) => name).sort()).toEqual(
    Object.keys(params)
      .filter((name) => !name.startsWith("image"))
      .sort(),
  );
  for (const { name, value } of model.parameters) {
    expect(value.length, name).toBe(params[name].data.length);
    value.data.set(inOrder(params[name]));
  }
  const one = samples.length === 1 ? samples[0] : samples;
  expectClose("predict", model.predict(one as number[]), y.data, 1e-6, 1e-6);
  const output = model.forward(one as number[], { training: true });
  expectClose("forward", output.data, y.data, 1e-6, 1e-6);
  const dOut = model.backend.matrix(output.rows, output.cols, upstream.data);
  model.zeroGradients();
  const gradients = [model.backward(dOut, { inputGradient: true })].flat();
  for (const { name, gradient } of model.parameters)
    expectClose(name, gradient.data, inOrder(dParams[name]), 5e-6, 5e-6);
  asked.forEach((expected, i) => {
    if (expected) expectClose(`input ${i}`, gradients[i]?.data ?? [], expected, 2e-6, 2e-6);
  });
}

it.each(variants)("a residual block, a concatenation and a layer used twice, on the %s build", (variant) => {
  const x = input(6);
  const [a, b, c] = [
    dense(6, { name: "a", activation: "tanh" }),
    dense(5, { name: "b", activation: "sigmoid" }),
    dense(golden.graph_residualConcatShared.y.shape[1], { name: "c" }),
  ];
  const h = add(x, a.apply(x));
  const gate = b.apply(h);
  const outputs = multiply(
    c.apply(concatenate(multiply(h, h), gate)),
    c.apply(concatenate(h, multiply(gate, gate))),
  );
  const model = new Model(createBackendSync(on(variant)), { inputs: x, outputs });
  check(model, golden.graph_residualConcatShared, [golden.graph_residualConcatShared.inputs[0].data]);
});

/** The features that the convolution of the image gives, which stand for the image here. */
function imageFeatures({ inputs: [image], params }: LayerCase): number[] {
  const [samples, channels, height, width] = image.shape;
  const [filters, , kh, kw] = params["image.weight"].shape;
  const features: number[] = [];
  for (let s = 0; s < samples; s++)
    for (let f = 0; f < filters; f++)
      for (let i = 0; i + kh <= height; i++)
        for (let j = 0; j + kw <= width; j++) {
          let sum = params["image.bias"].data[f];
          for (let c = 0; c < channels; c++)
            for (let p = 0; p < kh; p++)
              for (let q = 0; q < kw; q++)
                sum +=
                  image.data[((s * channels + c) * height + i + p) * width + j + q] *
                  params["image.weight"].data[((f * channels + c) * kh + p) * kw + q];
          features.push(Math.max(sum, 0));
        }
  return features;
}

it.each(variants)("two inputs, the dense part, on the %s build", (variant) => {
  const two = golden.graph_twoInputs;
  const features = imageFeatures(two);
  const [image, table] = [input(features.length / 3, { name: "features" }), input(4, { name: "row" })];
  const joined = concatenate(
    image,
    dense(two.params["table.weight"].shape[0], { name: "table", activation: "relu" }).apply(table),
  );
  const outputs = dense(two.y.shape[1], { name: "out" }).apply(joined);
  const model = new Model(createBackendSync(on(variant)), { inputs: [image, table], outputs });
  check(model, two, [features, two.inputs[1].data], [undefined, two.dInputs[1].data]);
});
