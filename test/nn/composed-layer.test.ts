import { describe, expect, it } from "vitest";
import {
  add,
  ComposedLayer,
  type Composition,
  checkGradients,
  createBackendSync,
  dense,
  input,
  loadModel,
  Model,
  matmul,
  multiply,
  Sequential,
  saveModel,
  type Tensor,
} from "../../src/index.js";
import { on, variants } from "../reference/backends.js";

/** A layer as a user writes it: y = x sigmoid(x W + b), with W a product of two small matrices. */
class Gate extends ComposedLayer<{ rank: number }> {
  readonly type = "gate";

  override compose([x]: readonly Tensor[], { parameter }: Composition): Tensor {
    const size = x.shape[x.shape.length - 1];
    const narrow = matmul(x, parameter("down", [size, this.options.rank]));
    return multiply(x, dense(size, { activation: "sigmoid", name: "up" }).apply(narrow));
  }
}

/** y = x + tanh(x W + b). */
class Residual extends ComposedLayer {
  readonly type = "residual";

  override compose([x]: readonly Tensor[]): Tensor {
    return add(x, dense(x.shape[0], { activation: "tanh" }).apply(x));
  }
}

const makers = { gate: (options: { rank: number }) => new Gate(options) };
const x = Array.from({ length: 12 }, (_, i) => [0, 1, 2, 3].map((j) => Math.sin(i * (j + 1) * 0.9 + j)));
const y = x.map(([a, b, c, d]) => a * b + c - d);

describe.each(variants)("a layer of operations that a user composes, %s", (variant) => {
  const backend = createBackendSync(on(variant));
  const made = (): Sequential =>
    new Sequential(backend, { inputShape: 4, seed: 5, layers: [new Gate({ rank: 2 }), dense(1)] });

  it("names its tensors and those of the layers within it", () => {
    expect(made().parameters.map(({ name }) => name)).toEqual([
      "0.down",
      "0.up.weight",
      "0.up.bias",
      "1.weight",
      "1.bias",
    ]);
  });

  it("has the gradients that differences of the loss give", () => {
    for (const { relativeError } of checkGradients(made(), x, y, { loss: "meanSquaredError" }))
      expect(relativeError).toBeLessThan(2e-3);
  });

  it("trains, and is saved and loaded with the same predictions", async () => {
    const model = made();
    const { epochs } = await model.fit(x, y, { loss: "meanSquaredError", epochs: 60 });
    expect(epochs[59].loss).toBeLessThan(epochs[0].loss);
    const again = await loadModel(backend, saveModel(model), { layers: makers });
    expect(again.predict(x)).toEqual(model.predict(x));
  });

  it("has its weights once when it is applied twice", () => {
    const residual = new Residual();
    const values = input(4);
    const outputs = residual.apply(residual.apply(values));
    const model = new Model(backend, { inputs: values, outputs, seed: 5 });
    expect(model.parameters.map(({ name }) => name)).toEqual(["0.0.weight", "0.0.bias"]);
    const targets = x.map((row) => row.map(() => 1));
    for (const { relativeError } of checkGradients(model, x, targets, { loss: "meanSquaredError" }))
      expect(relativeError).toBeLessThan(2e-3);
  });

  it("refuses two layers of one name within it", () => {
    class Twice extends ComposedLayer {
      readonly type = "twice";

      override compose([x]: readonly Tensor[]): Tensor {
        return add(dense(4, { name: "same" }).apply(x), dense(4, { name: "same" }).apply(x));
      }
    }
    expect(() => new Sequential(backend, { inputShape: 4, layers: [new Twice()] })).toThrow(
      "two layers are called 0.same; give them different names",
    );
  });
});
