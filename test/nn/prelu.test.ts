import { describe, expect, it } from "vitest";
import {
  activation,
  checkGradients,
  createBackendSync,
  dense,
  flatten,
  type Layer,
  loadModel,
  Network,
  type PreluOptions,
  prelu,
  Sequential,
  saveModel,
  sgd,
  ValueError,
} from "../../src/index.js";
import { loadModel as loadForInference } from "../../src/inference.js";
import { on, variants } from "../reference/backends.js";
import { expectClose, prelu as golden } from "../reference/golden.js";

const numbers = (n: number) => Float32Array.from({ length: n }, (_, i) => Math.sin((i + 1) ** 2) * 3);

describe.each(variants)("prelu on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));

  it("is PyTorch's PReLU of three channels, forward and backward", () => {
    const [x] = golden.inputs;
    const [batch, ...inputShape] = x.shape;
    using model = new Network(backend, { inputShape, layers: [prelu({ sharedAxes: [2, 3] })] });
    const [{ name, value, gradient }] = model.parameters;
    expect(name).toBe("0.alpha");
    value.set(golden.params.weight.data);
    const size = model.inputSize;
    const y = model.forward(backend.matrix(batch, size, x.data), { training: true });
    expectClose("y", y.data, golden.y.data, 1e-6, 1e-6);
    const dx = model.backward(backend.matrix(batch, size, golden.upstream.data), { inputGradient: true });
    expectClose("dx", dx?.data ?? [], golden.dInputs[0].data, 1e-6, 1e-6);
    expectClose("da", gradient.data, golden.dParams.weight.data, 2e-5, 1e-6);
  });

  const shapes: [string, number | number[], PreluOptions, number[]][] = [
    ["a slope a feature", 5, {}, [5]],
    ["one for all", 5, { sharedAxes: "all" }, [1]],
    ["a slope a feature of several dimensions", [2, 3], {}, [2, 3]],
    ["channels last", [3, 2, 4], { sharedAxes: [1, 2] }, [1, 1, 4]],
    ["channels first", [4, 3, 2], { sharedAxes: [2, 3] }, [4, 1, 1]],
    ["an axis in the middle", [3, 4, 2], { sharedAxes: [1, 3] }, [1, 4, 1]],
    ["every axis by its number", [3, 2], { sharedAxes: [1, 2] }, [1, 1]],
  ];

  it.each(shapes)("%s: its gradients, first layer and hidden", (_, inputShape, options, shape) => {
    using model = new Sequential(backend, {
      inputShape,
      seed: 5,
      layers: [
        prelu(options),
        flatten(),
        dense(6, { activation: "tanh" }),
        prelu(options.sharedAxes === "all" ? options : {}),
        dense(2),
      ],
    });
    expect(model.parameters[0].value.length).toBe(shape.reduce((size, length) => size * length, 1));
    const rows = 7;
    const [x, y] = [numbers(rows * model.inputSize), numbers(rows * 2)];
    const checks = checkGradients(model, x, y, { loss: "meanSquaredError" });
    expect(checks.map(({ name }) => name)).toContain("0.alpha");
    for (const { relativeError } of checks) expect(relativeError).toBeLessThan(2e-3);
  });

  it.each(shapes)("%s: the output has one formula, alone and in a batch", (_, inputShape, options, shape) => {
    using model = new Sequential(backend, { inputShape, layers: [prelu(options)] });
    const { value } = model.parameters[0];
    value.set(numbers(value.length));
    const size = model.inputSize;
    const x = numbers(300 * size);
    const y = model.predict(x);
    const sizes = Array.isArray(inputShape) ? inputShape : [inputShape];
    const slopeAt = (at: number) => {
      let [index, rest] = [0, at];
      const place = sizes.map(() => 0);
      for (let i = sizes.length - 1; i >= 0; i--) {
        place[i] = rest % sizes[i];
        rest = Math.floor(rest / sizes[i]);
      }
      for (const [i, length] of shape.entries()) index = index * length + (length > 1 ? place[i] : 0);
      return value.data[index];
    };
    for (let i = 0; i < x.length; i++)
      expect(y[i]).toBe(x[i] > 0 ? x[i] : Math.fround(x[i] * slopeAt(i % size)));
    expect(model.predict(x.subarray(0, size))).toEqual(y.subarray(0, size));
  });

  it.each(shapes)(
    "%s: comes back from a file to the bit, for inference too",
    async (_, inputShape, options, shape) => {
      const own = { ...options, alphaRegularizer: { l2: 0.01 }, name: "slopes" };
      using model = new Sequential(backend, { inputShape, layers: [prelu(own), flatten(), dense(2)] });
      await model.fit(numbers(8 * model.inputSize), numbers(16), { loss: "meanSquaredError", epochs: 2 });
      const file = saveModel(model);
      expect(new TextDecoder().decode(file)).toContain(`"slopes.alpha":{"dtype":"F32","shape":[${shape}]`);
      using again = await loadModel(backend, file);
      expect(saveModel(again)).toEqual(file);
      const x = numbers(3 * model.inputSize);
      expect(again.predict(x)).toEqual(model.predict(x));
      using running = await loadForInference(backend, file);
      expect(running.predict(x)).toEqual(model.predict(x));
      const fits = [again, model].map((each) =>
        each.fit(numbers(8 * model.inputSize), numbers(16), {
          loss: "meanSquaredError",
          optimizer: sgd(),
          epochs: 2,
        }),
      );
      await Promise.all(fits);
      expect(saveModel(again)).toEqual(saveModel(model));
    },
  );

  it("the gradient of an empty batch is 0", () => {
    for (const options of [{}, { sharedAxes: "all" as const }]) {
      using model = new Network(backend, { inputShape: 3, layers: [prelu(options)] });
      model.forward(backend.matrix(0, 3), { training: true });
      model.backward(backend.matrix(0, 3));
      expect(model.parameters[0].gradient.data.every((value) => value === 0)).toBe(true);
    }
  });

  it("training allocates no linear memory in a step", () => {
    using model = new Network(backend, {
      inputShape: [4, 3],
      layers: [prelu({ sharedAxes: [1] }), flatten(), dense(5), prelu(), dense(2)],
    });
    const optimizer = sgd({ learningRate: 1e-4 }).attach(model);
    const [x, d] = [backend.matrix(6, 12, numbers(72)), backend.matrix(6, 2, numbers(12))];
    const step = () => {
      model.zeroGradients();
      model.forward(x, { training: true });
      model.backward(d);
      optimizer.step();
    };
    step();
    const before = backend.memory;
    for (let i = 0; i < 20; i++) step();
    expect(backend.memory).toEqual(before);
  });
});

const backend = createBackendSync();
const alphaOf = (spec: Layer, inputShape: number | number[] = 4): number[] => [
  ...new Sequential(backend, { inputShape, seed: 2, layers: [spec] }).parameters[0].value.data,
];

describe("the first slopes", () => {
  it("are PyTorch's 0.25, a number, or an initializer's", () => {
    expect(alphaOf(prelu())).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect(alphaOf(prelu({ alphaInitializer: -0.5, sharedAxes: "all" }))).toEqual([-0.5]);
    expect(alphaOf(prelu({ alphaInitializer: "zeros" }))).toEqual([0, 0, 0, 0]);
    const drawn = alphaOf(prelu({ alphaInitializer: "heNormal" }), 400);
    expect(new Set(drawn).size).toBeGreaterThan(390);
    // Of one input: a variance of 2.
    expect(drawn.reduce((sum, value) => sum + value * value, 0) / 400).toBeGreaterThan(1.5);
  });

  it("a penalty pulls them to 0", async () => {
    const slope = async (l2: number) => {
      using model = new Sequential(backend, {
        inputShape: 1,
        layers: [prelu({ alphaRegularizer: { l2 } })],
      });
      const x = [-1, -2, -3];
      await model.fit(x, x, {
        loss: "meanSquaredError",
        optimizer: sgd({ learningRate: 0.05 }),
        epochs: 200,
      });
      return model.parameters[0].value.data[0];
    };
    expect(await slope(0)).toBeCloseTo(1, 4);
    expect(await slope(14 / 3)).toBeCloseTo(0.5, 4);
  });

  it("with slopes of 0 it is a relu", () => {
    const x = numbers(8);
    using model = new Sequential(backend, { inputShape: 4, layers: [prelu({ alphaInitializer: 0 })] });
    using rectifier = new Sequential(backend, { inputShape: 4, layers: [activation("relu")] });
    expect([...model.predict(x)].map((y) => y + 0)).toEqual([...rectifier.predict(x)]);
  });
});

it.each<[string, () => unknown, string]>([
  [
    "an unknown option",
    () => prelu({ alpha: 1 } as never),
    'prelu: unknown option "alpha"; known are alphaInit',
  ],
  [
    "an unknown initializer",
    () => prelu({ alphaInitializer: "ones" as never }),
    'unknown initializer "ones"',
  ],
  [
    "a slope that is none",
    () => prelu({ alphaInitializer: Number.NaN }),
    "alphaInitializer to be a finite number",
  ],
  [
    "axes that are none",
    () => prelu({ sharedAxes: 1 as never }),
    'sharedAxes to be "all" or a list of axes, got 1',
  ],
  [
    "the axis of the batch",
    () => prelu({ sharedAxes: [0] }),
    "an axis in sharedAxes to be an integer of at least 1",
  ],
  [
    "a negative penalty",
    () => prelu({ alphaRegularizer: { l1: -1 } }),
    "prelu: alphaRegularizer expected l1",
  ],
  [
    "an axis that the input has not",
    () => new Sequential(backend, { inputShape: [2, 3], layers: [prelu({ sharedAxes: [3] })] }),
    "prelu expected sharedAxes from 1 to 2 for an input of [batch, 2, 3], got 3",
  ],
  [
    "a shared axis between others",
    () => new Sequential(backend, { inputShape: [2, 3, 4], layers: [prelu({ sharedAxes: [2] })] }),
    "prelu expected sharedAxes before or behind the other axes, got [2] for an input of [batch, 2, 3, 4]",
  ],
])("%s is refused", (_, make, message) => {
  expect(make).toThrow(ValueError);
  expect(make).toThrow(message);
});
