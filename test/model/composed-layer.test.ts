import { describe, expect, it } from "vitest";
import {
  activate,
  add,
  addRow,
  ComposedLayer,
  type Composition,
  checkGradients,
  createBackendSync,
  dense,
  dropout,
  input,
  loadModel,
  Model,
  matmul,
  multiply,
  Sequential,
  saveModel,
  type Tensor,
} from "../../src/index.js";
import { Random } from "../support/random.js";

/** Layers that are composed of operations and of other layers. */
const backend = createBackendSync();
const random = new Random(4);
const x = random.floats(6 * 3);
const y = random.floats(6 * 3);
const loss = "meanSquaredError";

/** sigmoid(x g + c) x + (1 - …) dense(x), from parameters, operations and layers. */
class Highway extends ComposedLayer<{ rate?: number }> {
  readonly type = "highway";

  override compose([x]: readonly Tensor[], { parameter }: Composition): Tensor {
    const [size] = x.shape;
    const gate = activate(
      "sigmoid",
      addRow(matmul(x, parameter("gate", [size, size])), parameter("shift", size)),
    );
    const h = dense(size, { activation: "tanh" }).apply(dropout(this.options.rate ?? 0).apply(x));
    return add(multiply(gate, x), multiply(gate, h));
  }
}

/** Highways one after another, of which the last is a shared one. */
class Tower extends ComposedLayer<{ floors: number }> {
  readonly type = "tower";

  override compose([x]: readonly Tensor[]): Tensor {
    const top = new Highway({ name: "top" });
    let h = x;
    for (let i = 0; i < this.options.floors; i++) h = new Highway().apply(h);
    return top.apply(top.apply(h));
  }
}

const layers = {
  highway: (options: { rate?: number }) => new Highway(options),
  tower: (options: { floors: number }) => new Tower(options),
};

const namesOf = (model: Model) => model.parameters.map(({ name }) => name);
const highway = (prefix: string) =>
  ["gate", "shift", "1.weight", "1.bias"].map((tensor) => `${prefix}.${tensor}`);

describe("a composed layer", () => {
  it("names its parameters, and its layers by their places or names", () => {
    const model = new Sequential(backend, {
      inputShape: 3,
      layers: [dense(3), new Highway({ name: "way" })],
    });
    expect(namesOf(model)).toEqual(["0.weight", "0.bias", ...highway("way")]);
    const tower = new Sequential(backend, { inputShape: 3, layers: [new Tower({ floors: 2 })] });
    expect(namesOf(tower)).toEqual([...highway("0.0"), ...highway("0.1"), ...highway("0.top")]);
    expect(tower.summary()).toContain(`tower(3 -> 3)  [batch, 3]          ${3 * (9 + 3 + 9 + 3)}`);
  });

  it("has the right gradients without a backward pass of its own", () => {
    const t = input(3);
    for (const outputs of [new Highway().apply(t), new Tower({ floors: 2 }).apply(t)]) {
      const model = new Model(backend, { inputs: t, outputs, seed: 6 });
      const checks = checkGradients(model, x, y, { loss });
      expect(checks.map(({ name }) => name)).toEqual([...namesOf(model), "input"]);
      for (const { name, relativeError } of checks) expect(relativeError, name).toBeLessThan(3e-3);
    }
  });

  it("has its weights once where it is used twice, although compose makes its layers anew", () => {
    const t = input(3);
    const way = new Highway();
    const outputs = add(way.apply(way.apply(t)), way.apply(t));
    const model = new Model(backend, { inputs: t, outputs, seed: 6 });
    expect(namesOf(model)).toEqual(highway("0"));
    for (const { name, relativeError } of checkGradients(model, x, y, { loss }))
      expect(relativeError, name).toBeLessThan(3e-3);
  });

  it("draws random numbers, other ones at each use", async () => {
    const t = input(3);
    const way = new Highway({ rate: 0.5 });
    const make = () => new Model(backend, { inputs: t, outputs: way.apply(way.apply(t)), seed: 6 });
    const [one, other] = [make(), make()];
    for (const model of [one, other]) await model.fit(x, y, { loss, epochs: 4, batchSize: 2 });
    expect(await one.weightsDigest()).toBe(await other.weightsDigest());
    expect(one.plan({ training: true }).match(/dropoutFactors/g)).toHaveLength(2);
    expect(one.plan()).not.toContain("dropout");
  });

  it("is saved, and loaded by its type", async () => {
    const t = input(3);
    const outputs = add(new Tower({ floors: 1 }).apply(t), t);
    const model = new Model(backend, { inputs: t, outputs, seed: 6 });
    await model.fit(x, y, { loss });
    const file = saveModel(model);
    const loaded = await loadModel(backend, file, { layers });
    expect(loaded.predict(x)).toEqual(model.predict(x));
    expect(saveModel(loaded)).toEqual(file);
    await expect(loadModel(backend, file)).rejects.toThrow('layers[0] is of type "tower"; known are');
  });

  it("that is not trainable keeps the weights of the layers in it", async () => {
    const t = input(3);
    const frozen = new Tower({ floors: 1, name: "frozen", trainable: false });
    const model = new Model(backend, { inputs: t, outputs: dense(3).apply(frozen.apply(t)), seed: 6 });
    expect(namesOf(model)).toEqual(["1.weight", "1.bias"]);
    const before = model.buffers.map(({ value }) => Array.from(value.data));
    await model.fit(x, y, { loss, epochs: 3 });
    expect(model.buffers.map(({ value }) => Array.from(value.data))).toEqual(before);
    expect(model.buffers).toHaveLength(8);
  });

  it("may take several tensors", () => {
    class Gate extends ComposedLayer {
      readonly type = "gate";
      override compose([value, by]: readonly Tensor[]): Tensor {
        return multiply(value, activate("sigmoid", by));
      }
    }
    const [s, t] = [input(3), input(3)];
    const model = new Model(backend, { inputs: [s, t], outputs: new Gate().apply([s, t]) });
    expect([...model.predict([[[1, 2, 4]], [[0, 0, 0]]])]).toEqual([0.5, 1, 2]);
  });
});

describe("a composed layer is refused", () => {
  /** A layer with this compose. */
  const composed = (compose: (x: Tensor, composition: Composition) => unknown, options = {}) =>
    new (class extends ComposedLayer {
      readonly type = "odd";
      override compose([x]: readonly Tensor[], composition: Composition): Tensor {
        return compose(x, composition) as Tensor;
      }
    })(options);
  const outside = input(2);
  const cases: [string, () => unknown, RegExp][] = [
    [
      "that gives no tensor",
      () => composed(() => 5),
      /^odd.compose expected to return a tensor computed from its inputs, got 5$/,
    ],
    [
      "that gives a tensor of a model",
      () => composed(() => outside),
      /^odd.compose expected to return a tensor computed from its inputs/,
    ],
    [
      "that mixes its tensors with those of a model",
      () => composed((x) => add(x, outside)),
      /^add expected tensors of one place, got some that compose\(\) was given and some from outside/,
    ],
    [
      "whose output is a parameter",
      () => composed((_, { parameter }) => parameter("p", 2)),
      /^odd expected an output with a row for each sample, got one that does not depend on the input$/,
    ],
    [
      "with a parameter twice",
      () => composed((x, { parameter }) => addRow(addRow(x, parameter("p", 2)), parameter("p", 2))),
      /two tensors are called 0\.p; give the layers different names/,
    ],
    [
      "with a parameter of no size",
      () => composed((x, { parameter }) => addRow(x, parameter("p", 0))),
      /^odd expected a size in shape of p to be an integer of at least 1, got 0$/,
    ],
    [
      "whose trainable is text",
      () => composed((x) => x, { trainable: "no" }),
      /^odd expected trainable to be true or false, got "no"$/,
    ],
    [
      "that multiplies by a tensor with a row for each sample",
      () => composed((x) => matmul(x, x)),
      /^matmul expected a parameter of a composed layer as its second argument.*; use dense/,
    ],
    [
      "that adds such a tensor as a row",
      () => composed((x) => addRow(x, x)),
      /^addRow expected a parameter of a composed layer as its second argument.*; use add/,
    ],
  ];

  it.each(cases)("%s", (_, make, message) => {
    expect(() => (make() as ComposedLayer).apply(input(2))).toThrow(message);
  });

  it("that declares another parameter, or applies another layer, when it trains", async () => {
    const t = input(2);
    for (const layer of [
      composed((x, { parameter, training }) => (training ? addRow(x, parameter("b", 2)) : x)),
      composed((x, { training }) => dense(2).apply(training ? dropout(0.5).apply(x) : x)),
    ]) {
      const model = new Model(backend, { inputs: t, outputs: dense(3).apply(layer.apply(t)) });
      await expect(model.fit(x.subarray(0, 12), y, { loss })).rejects.toThrow(
        /expected the same tensors in training as in predicting, got 0\.\S+ in only one of them/,
      );
    }
  });
});
