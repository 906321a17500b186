import { createBackend, losses } from "lanewise";
import { describe, expect, it } from "vitest";
import { checksOf, ROWS, stepOf } from "../../site/playground/equations.js";
import { Learner } from "../../site/playground/learner.js";
import { decode } from "../../site/playground/link.js";

const links = [
  "v=1&scene=points",
  "v=1&scene=points&data=rings&net=5gelu,4silu",
  "v=1&scene=points&data=moons&loss=squaredError&net=6sigmoid",
  "v=1&scene=curve",
  "v=1&scene=sphere",
];

describe("a step by its equations", () => {
  it.each(links)("%s has the gradients that the model's own backpropagation has", async (link) => {
    const learner = new Learner(await createBackend(), decode(link).recipe);
    const { model, data, recipe, kind } = learner;
    const steps = stepOf(learner);
    const inputs = recipe.inputs.length;
    const x = Array.from({ length: ROWS }, (_, i) => data.training.x.slice(i * inputs, (i + 1) * inputs));
    const outputs = model.forward(x, { training: true });
    const y = learner.backend.matrix(ROWS, outputs.cols);
    y.data.set(data.training.y.slice(0, y.length));
    const loss =
      recipe.loss === "squaredError"
        ? losses.meanSquaredError()
        : kind === "binary"
          ? losses.binaryCrossEntropyWithLogits()
          : losses.softmaxCrossEntropy();
    model.zeroGradients();
    model.backward(loss.gradient(outputs, y));
    for (const [i, { dw, db }] of steps.entries())
      for (const [j, { values }] of [dw, db].entries()) {
        const own = model.parameters[2 * i + j].gradient.data;
        expect(values.length).toBe(own.length);
        for (const [k, value] of values.entries()) expect(value).toBeCloseTo(own[k], 5);
      }
  });

  it.each(links)("%s agrees with central differences to 2 %%, and leaves the model alone", async (link) => {
    const learner = new Learner(await createBackend(), decode(link).recipe);
    const before = await learner.hash();
    for (const { relativeError } of checksOf(learner)) expect(relativeError).toBeLessThan(0.02);
    expect(await learner.hash()).toBe(before);
  });
});
