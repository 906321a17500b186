import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { Graph } from "../../src/graph/graph.js";
import type { Value } from "../../src/graph/value.js";
import { createBackendSync } from "../../src/index.js";
import { activation } from "../../src/ops/activation.js";
import { add } from "../../src/ops/add.js";
import { concatenate } from "../../src/ops/concatenate.js";
import { matmul } from "../../src/ops/matmul.js";
import { multiply } from "../../src/ops/multiply.js";
import { Session } from "../graph/session.js";
import { on, variants } from "../reference/backends.js";
import { expectClose, type LayerCase, transposed } from "../reference/golden.js";

/** Two of the networks that PyTorch differentiated in float64, by test/golden/generate-networks.py. */
const golden = JSON.parse(readFileSync(new URL("../golden/graphs.json", import.meta.url), "utf8")) as Record<
  string,
  LayerCase
>;

/** A graph with a dense layer for each `<name>.weight` and `<name>.bias` of PyTorch's parameters. */
function layersOf({ params }: LayerCase) {
  const graph = new Graph();
  const parameters = new Map<string, Value>();
  const parameter = (name: string): Value => {
    const known = parameters.get(name);
    if (known) return known;
    const { shape } = params[name];
    const value = graph.parameter([...shape].reverse());
    parameters.set(name, value);
    return value;
  };
  const dense = (name: string, x: Value): Value =>
    matmul(graph, x, parameter(`${name}.weight`), parameter(`${name}.bias`));
  return { graph, parameters, dense };
}

const valuesOf = (tensor: LayerCase["params"][string]): number[] =>
  tensor.shape.length === 2 ? transposed(tensor) : tensor.data;

it.each(variants)(
  "a residual block with a concatenation and a layer used twice, on the %s build",
  (variant) => {
    const golden1 = golden.graph_residualConcatShared;
    const { graph, parameters, dense } = layersOf(golden1);
    const x = graph.input([6]);
    const h = add(graph, x, activation(graph, dense("a", x), "tanh"));
    const gate = activation(graph, dense("b", h), "sigmoid");
    const y = multiply(
      graph,
      dense("c", concatenate(graph, [multiply(graph, h, h), gate])),
      dense("c", concatenate(graph, [h, multiply(graph, gate, gate)])),
    );
    const names = [...parameters.keys()];
    const session = new Session(createBackendSync(on(variant)), {
      graph,
      inputs: [x],
      parameters: [...parameters.values()],
      outputs: [y],
    });
    expect(names.sort()).toEqual(Object.keys(golden1.params).sort());
    for (const [name, value] of parameters) session.write(value, valuesOf(golden1.params[name]));
    const { outputs, gradients } = session.run(4, [golden1.inputs[0].data], [golden1.upstream.data]);
    expectClose("y", outputs[0], golden1.y.data, 1e-6, 1e-6);
    expectClose("dx", gradients[0], golden1.dInputs[0].data, 2e-6, 2e-6);
    [...parameters.keys()].forEach((name, i) => {
      expectClose(name, gradients[1 + i], valuesOf(golden1.dParams[name]), 5e-6, 5e-6);
    });
  },
);

/** relu of a convolution in float64, which stands for the image half of the network, as PyTorch flattens it. */
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

it.each(variants)("two inputs of which one joins the other late, on the %s build", (variant) => {
  const golden2 = golden.graph_twoInputs;
  const { graph, parameters, dense } = layersOf(golden2);
  const features = imageFeatures(golden2);
  const [image, table] = [graph.input([features.length / 3]), graph.input([4])];
  const y = dense("out", concatenate(graph, [image, activation(graph, dense("table", table), "relu")]));
  const session = new Session(createBackendSync(on(variant)), {
    graph,
    inputs: [image, table],
    parameters: [...parameters.values()],
    outputs: [y],
  });
  for (const [name, value] of parameters) session.write(value, valuesOf(golden2.params[name]));
  const { outputs, gradients } = session.run(3, [features, golden2.inputs[1].data], [golden2.upstream.data]);
  expectClose("y", outputs[0], golden2.y.data, 1e-6, 1e-6);
  expectClose("dz", gradients[1], golden2.dInputs[1].data, 1e-6, 1e-6);
  expect([...parameters.keys()].sort()).toEqual(["out.bias", "out.weight", "table.bias", "table.weight"]);
  [...parameters.keys()].forEach((name, i) => {
    expectClose(name, gradients[2 + i], valuesOf(golden2.dParams[name]), 2e-6, 2e-6);
  });
  // The gradient of the bias of the convolution: what comes out of the graph, where the relu passed it.
  const positions = features.length / 3 / 3;
  const bias = [0, 0, 0];
  gradients[0].forEach((dy, i) => {
    if (features[i] > 0) bias[Math.floor(i / positions) % 3] += dy;
  });
  expectClose("image.bias", bias, golden2.dParams["image.bias"].data, 2e-6, 2e-6);
});
