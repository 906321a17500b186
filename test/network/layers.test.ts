import { describe, expect, it } from "vitest";
import {
  activation,
  ComposedLayer,
  type Composition,
  CustomLayer,
  concatenate,
  createBackendSync,
  dense,
  dropout,
  input,
  type Layer,
  Model,
  Network,
  Sequential,
  ShapeError,
  sgd,
  Tensor,
  ValueError,
} from "../../src/index.js";
import { Random } from "../support/random.js";

const backend = createBackendSync();
const random = new Random(8);

/** A layer that does what it is told. */
class Of extends ComposedLayer<{ name?: string; trainable?: boolean }> {
  readonly type = "of";

  constructor(
    private readonly by: (x: Tensor, composition: Composition) => Tensor,
    options: { name?: string; trainable?: boolean } = {},
  ) {
    super(options);
  }

  override compose([x]: readonly Tensor[], composition: Composition): Tensor {
    return this.by(x, composition);
  }
}

const names = ({ parameters }: Network): string[] => parameters.map(({ name }) => name);
const valuesOf = (tensors: Network["buffers"]): Record<string, number[]> =>
  Object.fromEntries(tensors.map(({ name, value }) => [name, Array.from(value.data)]));
const network = (...layers: Layer[]) => new Network(backend, { inputShape: 3, layers, seed: 6 });

describe("a layer that is not trainable", () => {
  const layers = (trainable: boolean) => [
    dense(4, { activation: "tanh" }),
    dense(5, { kernelInitializer: "heNormal", biasInitializer: "heNormal", trainable }),
    dense(2),
  ];

  it("keeps its weights, which begin as if it were, while those before and behind it learn", async () => {
    using learning = network(...layers(true));
    using model = new Sequential(backend, { inputShape: 3, layers: layers(false), seed: 6 });
    expect(names(model)).toEqual(["0.weight", "0.bias", "2.weight", "2.bias"]);
    const before = { learned: valuesOf(model.parameters), kept: valuesOf(model.buffers) };
    expect({ ...before.learned, ...before.kept }).toEqual(valuesOf(learning.parameters));
    expect(Object.keys(before.kept)).toEqual(["1.weight", "1.bias"]);
    await model.fit(random.floats(24), random.floats(16), {
      loss: "meanSquaredError",
      optimizer: sgd({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.1 }),
      epochs: 3,
    });
    expect(valuesOf(model.buffers)).toEqual(before.kept);
    for (const [name, values] of Object.entries(valuesOf(model.parameters)))
      expect(values, name).not.toEqual(before.learned[name]);
  });

  it("has the gradients of the other layers as if it were", () => {
    const gradients = (trainable: boolean): Record<string, number[]> => {
      using model = network(...layers(trainable));
      const y = model.forward(new Random(1).floats(12), { training: true });
      model.zeroGradients();
      model.backward(backend.matrix(y.rows, y.cols, new Random(2).floats(y.length)));
      return Object.fromEntries(
        model.parameters.map(({ name, gradient }) => [name, Array.from(gradient.data)]),
      );
    };
    const all = gradients(true);
    const some = gradients(false);
    expect(Object.keys(some)).toHaveLength(4);
    for (const [name, values] of Object.entries(some)) expect(values, name).toEqual(all[name]);
  });

  it("freezes the layers within it, and may be within one that learns", () => {
    const inner = (trainable: boolean) => (x: Tensor) => dense(2).apply(dense(4, { trainable }).apply(x));
    expect(names(network(new Of(inner(true))))).toEqual(["0.0.weight", "0.0.bias", "0.1.weight", "0.1.bias"]);
    expect(names(network(new Of(inner(false))))).toEqual(["0.1.weight", "0.1.bias"]);
    expect(names(network(new Of(inner(true), { trainable: false })))).toEqual([]);
  });
});

describe("a layer that is used twice", () => {
  it("in a model has one set of weights, whose gradient is that of both uses", () => {
    const shared = dense(3, { activation: "tanh" });
    const x = input(3);
    using twice = new Model(backend, { inputs: x, outputs: shared.apply(shared.apply(x)), seed: 6 });
    expect(names(twice)).toEqual(["0.weight", "0.bias"]);
    using once = network(shared);
    const samples = random.floats(6);
    expect(twice.predict(samples)).toEqual(once.predict(once.predict(samples)));
  });

  it("in a list has a set of weights for each place", () => {
    const layer = dense(3);
    using model = network(layer, layer);
    expect(names(model)).toEqual(["0.weight", "0.bias", "1.weight", "1.bias"]);
    const { "0.weight": first, "1.weight": second } = valuesOf(model.parameters);
    expect(first).not.toEqual(second);
  });

  it("within another has one set of weights, under its name or its place", () => {
    const named = dense(3, { name: "own" });
    const inner = dense(3);
    const by = (x: Tensor) => named.apply(inner.apply(inner.apply(named.apply(x))));
    expect(names(network(new Of(by, { name: "outer" })))).toEqual([
      "outer.own.weight",
      "outer.own.bias",
      "outer.1.weight",
      "outer.1.bias",
    ]);
  });

  it("takes inputs of the same shape", () => {
    const shared = dense(4);
    const x = input(3);
    const both = concatenate(shared.apply(x), shared.apply(input(4)));
    expect(both).toBeInstanceOf(Tensor);
    expect(() => new Model(backend, { inputs: x, outputs: shared.apply(shared.apply(x)) })).toThrow(
      ShapeError,
    );
    expect(() => new Model(backend, { inputs: x, outputs: shared.apply(shared.apply(x)) })).toThrow(
      "0.weight has the shape [3, 4] from the layer's first use, and would need [4, 4] here",
    );
  });
});

/** Several parameters in one operation: y = x (a + b), element by element. */
class Sum extends CustomLayer {
  readonly type = "sum";
  override parameters([size]: readonly number[]) {
    return [
      { name: "a", shape: [size], initializer: "heNormal" as const },
      { name: "b", shape: [size], initializer: "heNormal" as const },
    ];
  }
  override forward({ x, y, parameters: { a, b } }: Parameters<CustomLayer["forward"]>[0]): void {
    y.forEach((_, i) => {
      y[i] = x[i] * (a[i % a.length] + b[i % b.length]);
    });
  }
  override backward({ x, dy, dx, parameters, gradients }: Parameters<CustomLayer["backward"]>[0]): void {
    const { a, b } = parameters;
    dy.forEach((value, i) => {
      const j = i % a.length;
      if (dx) dx[i] = value * (a[j] + b[j]);
      gradients.a[j] += value * x[i];
      gradients.b[j] += value * x[i];
    });
  }
}

describe("random numbers", () => {
  const ones = new Float32Array(64).fill(1);
  const three = (x: Tensor): Tensor =>
    concatenate([dropout(0.5), dropout(0.5), dropout(0.5)].map((layer) => layer.apply(x)));

  /** What a model of 64 inputs gives for ones in training, in parts of 64. */
  function parts(y: Float32Array): string[] {
    return Array.from({ length: y.length / 64 }, (_, i) => y.slice(i * 64, i * 64 + 64).join());
  }

  it("of one layer that draws three times differ", () => {
    using model = new Network(backend, { inputShape: 64, layers: [new Of(three)] });
    expect(new Set(parts(model.forward(ones, { training: true }).data)).size).toBe(3);
  });

  it("of the layers of a model differ, and are those of their places", () => {
    const x = input(64);
    const drops = [dropout(0.5), dropout(0.5), dropout(0.5)].map((layer) => layer.apply(x));
    using model = new Model(backend, { inputs: x, outputs: drops });
    const drawn = model.forward(ones, { training: true }).flatMap(({ data }) => parts(data.slice()));
    expect(new Set(drawn).size).toBe(3);
    using one = new Model(backend, { inputs: x, outputs: drops[0] });
    expect(parts(one.forward(ones, { training: true }).data)).toEqual([drawn[0]]);
  });

  it("of a layer do not depend on what the layers before it draw", () => {
    const drawn = (first: Layer): string[] => {
      using model = new Network(backend, { inputShape: 64, layers: [first, dropout(0.5)] });
      return parts(model.forward(ones, { training: true }).data);
    };
    // A rate of 0 leaves everything, and draws all the same.
    expect(drawn(dropout(0))).toEqual(drawn(activation("relu")));
  });
});

it("an operation of several parameters has the gradients of each", () => {
  using model = network(new Sum());
  model.forward([1, 2, 3, 4, 5, 6], { training: true });
  model.zeroGradients();
  const dOut = backend.matrix(2, 3, [1, 1, 1, 2, 2, 2]);
  for (const times of [1, 2]) {
    model.backward(dOut);
    for (const { gradient } of model.parameters)
      expect(Array.from(gradient.data)).toEqual([9 * times, 12 * times, 15 * times]);
  }
});

describe("refused", () => {
  const x = input(3);
  it.each<[string, () => unknown, string]>([
    [
      "two layers of one name",
      () => network(dense(3, { name: "a" }), dense(3, { name: "a" })),
      "two tensors are called a.weight",
    ],
    [
      "a layer that asks for one name twice",
      () =>
        network(
          new Of((tensor, { parameter }) => {
            parameter("p", [3]);
            parameter("p", [3]);
            return tensor;
          }),
        ),
      "two tensors are called 0.p",
    ],
    [
      "an output that depends on no input",
      () => new Of((_, { parameter }) => parameter("p", [3])).apply(x),
      "expected an output with a row for each sample",
    ],
    [
      "a layer on what is no tensor",
      () => dense(2).apply([1] as never),
      "dense expected a tensor, from input(shape)",
    ],
    ["a layer on nothing", () => dense(2).apply([]), "dense expected 1 tensor, got 0"],
  ])("%s", (_, act, message) => {
    expect(act).toThrow(ValueError);
    expect(act).toThrow(message);
  });
});
