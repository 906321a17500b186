import { describe, expect, it } from "vitest";
import { RandomStream } from "../../src/core/random.js";
import {
  type ActivationName,
  activation,
  createBackendSync,
  dense,
  type LossName,
  losses,
  Network,
} from "../../src/index.js";
import { on, variants } from "../reference/backends.js";
import { expectClose } from "../reference/golden.js";
import {
  activationNames,
  differences,
  forward,
  lossValues,
  type ReferenceLayer,
} from "../reference/network.js";

/**
 * Backpropagation against central differences of a float64 network with the same weights. The differences are
 * good to about 1e-9; the bound is what float32 leaves of two layers' sums.
 */
const TOLERANCE = 5e-6;

describe.each(variants)("gradients on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));
  const random = new RandomStream(11, 1, 1);
  let drawn = 0;
  const draw = (rows: number, cols: number) =>
    Array.from({ length: rows }, () =>
      Array.from({ length: cols }, () => Math.fround(random.normal(drawn++))),
    );

  function check(hidden: ActivationName, last: ActivationName, lossName: string, separate = false): void {
    const [batch, inputs, units, outputs] = [5, 3, 6, 4];
    using model = new Network(backend, {
      inputShape: inputs,
      seed: 3,
      layers: separate
        ? [dense(units), activation(hidden), dense(outputs), activation(last)]
        : [dense(units, { activation: hidden }), dense(outputs, { activation: last })],
    });
    const x = draw(batch, inputs);
    const { parameters } = model;
    // Biases away from 0, so that theirs are tested too.
    for (const { name, value } of parameters) if (name.endsWith("bias")) value.set(draw(1, value.cols));
    const layers: ReferenceLayer[] = [hidden, last].map((name, i) => ({
      activation: name,
      weight: parameters[2 * i].value.toArray(),
      bias: parameters[2 * i + 1].value.toArray()[0],
    }));
    const overClasses = /categorical|softmax|kullback/.test(lossName);
    const binary = /binary|hinge/i.test(lossName);
    const target = draw(batch, outputs).map((row, i) =>
      row.map((value, j) =>
        overClasses
          ? Number(j === i % outputs)
          : binary
            ? Number(value > 0)
            : lossName === "poisson"
              ? Math.abs(value)
              : value,
      ),
    );

    const value = () => lossValues[lossName](forward(layers, x), target);
    const loss = losses[lossName as LossName]();
    const out = model.forward(backend.matrix(batch, inputs, x), { training: true });
    const dOut = backend.matrix(batch, outputs);
    expectClose(
      "loss",
      [loss.valueAndGradient(out, backend.matrix(batch, outputs, target), dOut)],
      [value()],
      1e-6,
      1e-6,
    );
    const dx = model.backward(dOut, { inputGradient: true });
    for (const [i, layer] of layers.entries()) {
      for (const [p, row] of layer.weight.entries()) {
        expectClose(
          `${i}.weight row ${p}`,
          parameters[2 * i].gradient.toArray()[p],
          differences(row, value),
          TOLERANCE,
          TOLERANCE,
        );
      }
      expectClose(
        `${i}.bias`,
        parameters[2 * i + 1].gradient.data,
        differences(layer.bias, value),
        TOLERANCE,
        TOLERANCE,
      );
    }
    for (const [i, row] of x.entries())
      expectClose(`input ${i}`, dx?.toArray()[i] ?? [], differences(row, value), TOLERANCE, TOLERANCE);
  }

  it.each(activationNames)("hidden %s", (name) =>
    check(name as ActivationName, "linear", "meanSquaredError"),
  );
  it.each(activationNames)("last %s", (name) => check("tanh", name as ActivationName, "meanSquaredError"));
  it.each(activationNames)("%s as a layer of its own", (name) =>
    check(name as ActivationName, "tanh", "meanSquaredError", true),
  );
  it.each(Object.keys(lossValues))("%s", (name) => {
    const last =
      {
        binaryCrossEntropy: "sigmoid",
        categoricalCrossEntropy: "softmax",
        categoricalFocal: "softmax",
        kullbackLeiblerDivergence: "softmax",
        poisson: "softplus",
      }[name] ?? "linear";
    check("tanh", last as ActivationName, name);
  });

  it("parameter gradients accumulate until they are zeroed", () => {
    using model = new Network(backend, {
      inputShape: 2,
      seed: 1,
      layers: [dense(3, { activation: "tanh" }), dense(1)],
    });
    const x = backend.matrix(4, 2, draw(4, 2));
    const dOut = backend.matrix(4, 1, [1, 2, 3, 4]);
    const run = () => {
      model.forward(x, { training: true });
      model.backward(dOut);
      return model.parameters.map(({ gradient }) => Array.from(gradient.data));
    };
    const once = run();
    const twice = run();
    expect(twice).toEqual(once.map((values) => values.map((value) => Math.fround(2 * value))));
    model.zeroGradients();
    expect(run()).toEqual(once);
  });

  it("the gradient of an empty batch is 0", () => {
    using model = new Network(backend, {
      inputShape: 2,
      layers: [dense(3, { activation: "gelu" }), dense(2)],
    });
    const out = model.forward(backend.matrix(0, 2), { training: true });
    expect([out.rows, out.cols]).toEqual([0, 2]);
    model.backward(backend.matrix(0, 2));
    for (const { gradient } of model.parameters)
      expect(gradient.data.every((value) => value === 0)).toBe(true);
    expect(losses.meanSquaredError().value(out, backend.matrix(0, 2))).toBe(0);
  });
});

it.each(variants)(
  "goes back through layers without an activation on the %s build: dX = dY (W1 W2 W3)^T, of sums longer than a block",
  (variant) => {
    const backend = createBackendSync(on(variant));
    using model = new Network(backend, {
      inputShape: 5,
      seed: 4,
      layers: [dense(300), dense(290), dense(3)],
    });
    const dOut = backend.matrix(2, 3, [1, -2, 0.5, 3, 0.25, -1]);
    model.forward(new Float32Array(10).fill(0.5), { training: true });
    const got = model.backward(dOut, { inputGradient: true })?.toArray() ?? [];
    const kernels = model.parameters
      .filter(({ name }) => name.endsWith("weight"))
      .map(({ value }) => value.toArray());
    const expected = kernels.reduceRight(
      (dy, kernel) =>
        dy.map((row) =>
          kernel.map((weights) => weights.reduce((sum, weight, j) => sum + weight * row[j], 0)),
        ),
      dOut.toArray(),
    );
    for (const [i, row] of expected.entries())
      for (const [j, value] of row.entries()) expect(Math.abs(got[i][j] - value)).toBeLessThan(5e-6);
  },
);
