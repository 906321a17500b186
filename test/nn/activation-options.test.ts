import { describe, expect, it } from "vitest";
import {
  type ActivationName,
  type ActivationOptions,
  activate,
  activation,
  activationGradient,
  checkGradients,
  createBackendSync,
  dense,
  loadModel,
  Sequential,
  saveModel,
  ValueError,
} from "../../src/index.js";
import { loadModel as loadForInference } from "../../src/inference.js";
import { on, variants } from "../reference/backends.js";

/** Activations with a parameter: leakyRelu and hardSigmoid have a slope, elu an alpha. */
const cases: [ActivationName, ActivationOptions, (z: number) => number, (z: number) => number][] = [
  ["leakyRelu", { slope: 0.3 }, (z) => (z > 0 ? z : 0.3 * z), (z) => (z > 0 ? 1 : 0.3)],
  ["leakyRelu", { slope: 0 }, (z) => Math.max(z, 0), (z) => (z > 0 ? 1 : 0)],
  // Here an output above 0 comes of inputs of both signs.
  ["leakyRelu", { slope: -0.5 }, (z) => (z > 0 ? z : -0.5 * z), (z) => (z > 0 ? 1 : -0.5)],
  ["elu", { alpha: 0.5 }, (z) => (z > 0 ? z : 0.5 * Math.expm1(z)), (z) => (z > 0 ? 1 : 0.5 * Math.exp(z))],
  [
    "hardSigmoid",
    { slope: 0.2 },
    (z) => Math.min(Math.max(0.2 * z + 0.5, 0), 1),
    (z) => (Math.abs(z) < 2.5 ? 0.2 : 0),
  ],
];

const z = [-7, -3, -2, -0.4, 0.25, 1, 2.9, 8];

const textOf = (model: Sequential): string => new TextDecoder().decode(saveModel(model));
const architecture = (model: Sequential): { layers: Record<string, unknown>[] } =>
  JSON.parse(JSON.parse(/^[^{]*(\{.*?\}\})/s.exec(textOf(model))?.[1] ?? "{}").__metadata__.architecture);

describe.each(variants)("on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));

  it.each(cases)("%s with %j: its values and its derivative", (name, options, value, slope) => {
    const x = backend.matrix(1, z.length, z);
    const y = activate(name, x, options).data;
    const d = activationGradient(name, x, options).data;
    for (const [i, at] of z.entries()) {
      expect(y[i]).toBeCloseTo(value(at), 6);
      expect(d[i]).toBeCloseTo(slope(at), 6);
    }
  });

  it.each(cases)("%s with %j as a layer learns by its own slope", (name, options) => {
    using model = new Sequential(backend, {
      inputShape: 4,
      seed: 3,
      layers: [dense(6), activation(name, options), dense(2)],
    });
    const x = Float32Array.from({ length: 20 }, (_, i) => Math.sin(i * i) * 2);
    const y = Float32Array.from({ length: 10 }, (_, i) => Math.cos(i));
    for (const { relativeError } of checkGradients(model, x, y, { loss: "meanSquaredError" }))
      expect(relativeError).toBeLessThan(2e-3);
  });

  it.each(cases)("%s with %j comes back from a file, for inference too", async (name, options) => {
    using model = new Sequential(backend, {
      inputShape: 2,
      seed: 1,
      layers: [dense(8), activation(name, options)],
    });
    expect(architecture(model).layers[1]).toEqual({ type: "activation", activation: name, ...options });
    const file = saveModel(model);
    using again = await loadModel(backend, file);
    expect(saveModel(again)).toEqual(file);
    const inputs = z.map((value) => [value, -value]);
    expect(again.predict(inputs)).toEqual(model.predict(inputs));
    using running = await loadForInference(backend, file);
    expect(running.predict(inputs)).toEqual(model.predict(inputs));
  });
});

const backend = createBackendSync();

it.each<[ActivationName, ActivationOptions]>([
  ["leakyRelu", { slope: 0.01 }],
  ["leakyRelu", { slope: Math.fround(0.01) }],
  ["elu", { alpha: 1 }],
  ["hardSigmoid", { slope: 1 / 6 }],
  ["hardSigmoid", {}],
])("a file says nothing of the default: %s with %j", (name, options) => {
  const file = (layer: ReturnType<typeof activation>) =>
    saveModel(new Sequential(backend, { inputShape: 2, layers: [layer] }));
  expect(file(activation(name, options))).toEqual(file(activation(name)));
  expect(new Sequential(backend, { inputShape: 2, layers: [activation(name, options)] }).summary()).toMatch(
    new RegExp(`activation ${name} `),
  );
});

it("a summary has a parameter that is not the default", () => {
  const layers = [activation("leakyRelu", { slope: 0.3 }), activation("elu", { alpha: 0.5 })];
  const summary = new Sequential(backend, { inputShape: 2, layers }).summary();
  expect(summary).toContain("activation(slope 0.3) leakyRelu");
  expect(summary).toContain("activation(alpha 0.5) elu");
});

describe("parameters that are refused", () => {
  const wrong: [string, () => unknown, string][] = [
    [
      "an option of another activation",
      () => activation("elu", { slope: 1 }),
      'activation: elu: unknown option "slope"; known are alpha',
    ],
    [
      "one where there is none",
      () => activation("relu", { slope: 1 }),
      'activation: relu has no options, got "slope"',
    ],
    [
      "a slope that is no number",
      () => activation("leakyRelu", { slope: "0.3" as never }),
      'activation: leakyRelu expected slope to be a finite number, got "0.3"',
    ],
    ["null", () => activation("leakyRelu", { slope: null as never }), "expected slope to be a finite number"],
    ["no options", () => activation("leakyRelu", 0.3 as never), "expected an object of options, got 0.3"],
    [
      "an infinite slope",
      () => activation("leakyRelu", { slope: 1e39 }),
      "expected slope to be a finite number",
    ],
    [
      "an alpha below 0",
      () => activation("elu", { alpha: -1 }),
      "activation: elu expected alpha to be a finite number of at least 0, got -1",
    ],
    [
      "a slope of 0, with which hardSigmoid is constant",
      () => activation("hardSigmoid", { slope: 0 }),
      "activation: hardSigmoid expected slope to be a finite number above 0, got 0",
    ],
    [
      "activate with an option of another one",
      () => activate("sigmoid", backend.matrix(1, 1), { slope: 1 }),
      'activate: sigmoid: unknown option "slope"; known are out',
    ],
    [
      "dense, which takes names alone",
      () => dense(3, { activation: { name: "elu", alpha: 2 } as never }),
      "dense: unknown activation Object; known are linear",
    ],
  ];
  it.each(wrong)("%s", (_, make, message) => {
    expect(make).toThrow(ValueError);
    expect(make).toThrow(message);
  });

  it("in a file", async () => {
    const text = textOf(
      new Sequential(backend, { inputShape: 2, layers: [activation("elu", { alpha: 0.5 })] }),
    ).slice(8);
    for (const load of [loadModel, loadForInference]) {
      const damaged = new TextEncoder().encode(
        `........${text.replace(":0.5", ":-.5".replace("-.5", "null"))}`,
      );
      new DataView(damaged.buffer).setBigUint64(0, BigInt(damaged.length - 8), true);
      await expect(load(backend, damaged)).rejects.toThrow(
        "model file: architecture: activation: elu expected alpha to be a finite number of at least 0, got null",
      );
    }
  });
});
