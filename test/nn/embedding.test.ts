import { describe, expect, it } from "vitest";
import {
  checkGradients,
  createBackendSync,
  dense,
  dropout,
  embedding,
  flatten,
  globalAveragePool1d,
  globalMaxPool1d,
  groupNormalization,
  input,
  type Layer,
  layerNormalization,
  loadModel,
  masking,
  reshape,
  Sequential,
  saveModel,
  ValueError,
} from "../../src/index.js";
import { loadModel as loadForInference } from "../../src/inference.js";
import { on, variants } from "../reference/backends.js";
import { embeddingWithPadding, expectClose, type LayerCase, layers } from "../reference/golden.js";
import { Random } from "../support/random.js";

const CASES: readonly (readonly [string, LayerCase, Layer])[] = [
  ["embedding", layers.embedding, embedding(11, 4)],
  ["embedding with padding_idx", embeddingWithPadding, embedding(9, 5, { paddingIndex: 0 })],
];

describe.each(variants)("an embedding on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));

  it.each(CASES)("%s: output and gradient are those of PyTorch", (_, golden, layer) => {
    const { inputs, params, y, upstream, dParams } = golden;
    const [x] = inputs;
    const model = new Sequential(backend, { inputShape: x.shape.slice(1), layers: [layer] });
    const [weight] = model.parameters;
    weight.value.set(Float32Array.from(params.weight.data));
    expect([...model.predict(x.data)]).toEqual([...Float32Array.from(y.data)]);
    const output = model.forward(x.data, { training: true });
    const dOut = backend.matrix(output.rows, output.cols, Float32Array.from(upstream.data));
    const dx = model.backward(dOut, { inputGradient: true });
    expect(dx?.data.every((value) => value === 0)).toBe(true);
    expectClose("dw", weight.gradient.data, dParams.weight.data, 1e-6, 1e-6);
    // Gradients add up.
    model.forward(x.data, { training: true });
    model.backward(dOut);
    expectClose(
      "dw",
      weight.gradient.data,
      dParams.weight.data.map((value) => 2 * value),
      2e-6,
      1e-6,
    );
  });

  it("begins with numbers of its initializer, and 0 in the row of padding", () => {
    const first = (layer: Layer) => {
      const model = new Sequential(backend, { inputShape: [2], seed: 3, layers: [layer] });
      return model.parameters[0].value.data;
    };
    const most = (values: Float32Array) => values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    const uniform = first(embedding(50, 8, { paddingIndex: 2 }));
    expect(most(uniform)).toBeLessThanOrEqual(Math.fround(0.05));
    expect(most(uniform)).toBeGreaterThan(0.045);
    expect([...uniform.subarray(16, 24)]).toEqual(new Array(8).fill(0));
    expect(uniform.subarray(0, 16).every((value) => value !== 0)).toBe(true);
    const normal = first(embedding(50, 8, { initializer: { normal: 2 } }));
    expect(most(normal)).toBeGreaterThan(4);
    const lecun = first(embedding(50, 8, { initializer: "lecunUniform" }));
    expect(most(lecun)).toBeLessThanOrEqual(Math.sqrt(3 / 8));
    expect(most(lecun)).toBeGreaterThan(0.9 * Math.sqrt(3 / 8));
  });

  it.each([
    ["globalAveragePool1d", [globalAveragePool1d()]],
    ["globalMaxPool1d", [globalMaxPool1d()]],
    [
      "dense layers, then the mean",
      [dense(4, { activation: "tanh" }), globalAveragePool1d({ keepDims: true }), flatten()],
    ],
  ])("%s leaves padding out: rows and gradients are those of shorter samples", (_, pool) => {
    const random = new Random(5);
    const modelOf = (steps: number) =>
      new Sequential(backend, {
        inputShape: [steps],
        seed: 4,
        layers: [embedding(9, 6, { paddingIndex: 3, initializer: { normal: 1 } }), ...pool, dense(2)],
      });
    const [short, long] = [modelOf(5), modelOf(8)];
    const x = Float32Array.from(random.integers(15, 8), (index) => (index === 3 ? 8 : index));
    const padded = new Float32Array(24).fill(3);
    for (let i = 0; i < 3; i++) padded.set(x.subarray(5 * i, 5 * i + 5), 8 * i + i);
    expect(long.predict(padded)).toEqual(short.predict(x));
    // One sample has the bits of its row in a batch.
    expect(long.predict(padded.subarray(8, 16))).toEqual(short.predict(x).slice(2, 4));
    const gradients = [short, long].map((model, i) => {
      const dOut = backend.matrix(3, 2, new Random(6).floats(6));
      model.forward(i > 0 ? padded : x, { training: true });
      model.backward(dOut);
      return model.parameters.map(({ gradient }) => [...gradient.data]);
    });
    expect(gradients[1][0]).toEqual(gradients[0][0]);
    for (const [k, expected] of gradients[0].entries())
      expectClose(`gradient ${k}`, gradients[1][k], expected, 1e-6);
    const checks = checkGradients(
      long,
      padded,
      [
        [1, 2],
        [0, 1],
        [3, 1],
      ],
      { loss: "meanSquaredError" },
    );
    expect(checks.map(({ name }) => name)).not.toContain("input");
    for (const { name, relativeError } of checks) expect(relativeError, name).toBeLessThan(5e-3);
  });

  it("leaves out the steps of the last mask: here those whose row is 0", () => {
    const layers = [embedding(4, 2), masking(), globalAveragePool1d()];
    const model = new Sequential(backend, { inputShape: [4], layers });
    model.parameters[0].value.set([1, 2, 0, 0, 5, 6, 0, 1]);
    expect([...model.predict([1, 0, 1, 2])]).toEqual([3, 4]);
  });

  it("gives 0 for samples that are all padding", () => {
    for (const pool of [globalAveragePool1d(), globalMaxPool1d()]) {
      const layers = [embedding(4, 3, { paddingIndex: 1 }), dense(5, { biasInitializer: "heNormal" }), pool];
      const model = new Sequential(backend, { inputShape: [2], layers });
      expect([...model.predict([1, 1])]).toEqual([0, 0, 0, 0, 0]);
    }
  });

  it("is part of model files, with the mask", async () => {
    const model = new Sequential(backend, {
      inputShape: [4],
      seed: 9,
      layers: [
        embedding(6, 3, { paddingIndex: 0, name: "words" }),
        dropout(0.5),
        dense(3),
        globalAveragePool1d(),
        dense(1),
      ],
    });
    const loaded = await loadModel(backend, saveModel(model));
    const x = [1, 2, 0, 0, 5, 5, 3, 0];
    expect(loaded.predict(x)).toEqual(model.predict(x));
    const predicts = await loadForInference(backend, saveModel(model));
    expect(
      predicts.predict([
        [1, 2],
        [5, 5, 3],
      ]),
    ).toEqual(model.predict(x));
    expect(saveModel(loaded)).toEqual(saveModel(model));
    expect(model.summary()).toContain("embedding(6 -> 3)");
    expect(model.parameters[0].name).toBe("words.weight");
    const masked = new Sequential(backend, {
      inputShape: [3, 2],
      layers: [masking({ value: -1 }), globalMaxPool1d()],
    });
    const again = await loadModel(backend, saveModel(masked));
    expect([...again.predict([-3, -1, -1, -1, -2, -4])]).toEqual([-2, -1]);
  });

  it("masking tells steps whose features all equal a value, and makes them 0", () => {
    const x = [7, 7, 1, 7, 7, 7, 2, 3];
    const model = new Sequential(backend, { inputShape: [4, 2], layers: [masking({ value: 7 })] });
    expect([...model.predict(x)]).toEqual([0, 0, 1, 7, 0, 0, 2, 3]);
    const mean = new Sequential(backend, {
      inputShape: [4, 2],
      layers: [masking({ value: 7 }), globalAveragePool1d()],
    });
    expect([...mean.predict(x)]).toEqual([1.5, 5]);
    mean.forward(x, { training: true });
    const dx = mean.backward(backend.matrix(1, 2, [2, 4]), { inputGradient: true });
    expect([...(dx?.data ?? [])]).toEqual([0, 0, 1, 2, 0, 0, 1, 2]);
  });

  it("samples may be shorter than the model's steps: they are padded at the end", () => {
    const tokens = new Sequential(backend, {
      inputShape: [4],
      seed: 2,
      layers: [embedding(6, 3, { paddingIndex: 5 }), globalAveragePool1d()],
    });
    const full = tokens.predict([1, 2, 5, 5, 3, 5, 5, 5, 0, 1, 2, 4]);
    expect(tokens.predict([[1, 2], [3], [0, 1, 2, 4]])).toEqual(full);
    expect(tokens.predict([Int32Array.of(1, 2), Uint8Array.of(3), Float32Array.of(0, 1, 2, 4)])).toEqual(
      full,
    );
    expect(() => tokens.predict([[1], [1, 2, 3, 4, 0]])).toThrow(
      "embedding(6 -> 3) expected input [batch, 4], got 5 values in row 1 of 2: it is longer than the model's 4 steps; make the model for more, or cut the sample",
    );
    const floats = new Sequential(backend, { inputShape: [3, 2], layers: [masking({ value: 9 })] });
    expect([
      ...floats.predict([
        [1, 2, 3, 4],
        [5, 6],
      ]),
    ]).toEqual([1, 2, 3, 4, 0, 0, 5, 6, 0, 0, 0, 0]);
    expect([
      ...floats.predict([
        [
          [1, 2],
          [3, 4],
        ],
        [[5, 6]],
      ]),
    ]).toEqual([1, 2, 3, 4, 0, 0, 5, 6, 0, 0, 0, 0]);
    expect(() => floats.predict([[1, 2, 3]])).toThrow("got 3 values in row 0 of 1: a step has 2 values");
    const whole = new Sequential(backend, { inputShape: [4], layers: [embedding(6, 3)] });
    expect(() => whole.predict([[1]])).toThrow("expected input [batch, 4], got 1 values in row 0 of 1");
  });

  it.each([7, -1, 0.5, Number.NaN])(
    "%d is no index: an error names the place, before anything is learned",
    async (value) => {
      const words = { name: "words" };
      const model = new Sequential(backend, {
        inputShape: [3],
        seed: 1,
        layers: [embedding(7, 2, words), globalAveragePool1d(), dense(1)],
      });
      const x = Float32Array.from({ length: 900 }, (_, i) => i % 7);
      x[3 * 270 + 2] = value;
      const before = model.tensorValues;
      const wrong = `embedding "words" expected whole numbers from 0 to 6, got ${value} for sample 270, position 2`;
      expect(() => model.predict(x)).toThrow(wrong);
      expect(() => model.forward(x, { training: true })).toThrow(wrong);
      const y = new Float32Array(300);
      const options = { loss: "meanSquaredError", batchSize: 8, epochs: 2 } as const;
      await expect(model.fit(x, y, options)).rejects.toThrow(ValueError);
      if (!Number.isNaN(value)) await expect(model.fit(x, y, options)).rejects.toThrow(`fit: ${wrong}`);
      expect(() => model.evaluate(x, y, { loss: "meanSquaredError" })).toThrow(ValueError);
      expect(model.tensorValues).toEqual(before);
    },
  );

  it("a computed number that is no index ends the step, too", () => {
    const layers = [
      dense(1, { kernelInitializer: "heNormal" }),
      reshape(1),
      embedding(3, 2, { name: "late" }),
    ];
    const model = new Sequential(backend, { inputShape: [1], layers });
    model.parameters[0].value.set([2]);
    expect(model.predict([1]).length).toBe(2);
    expect(() => model.predict([1, 0, 2])).toThrow(
      'embedding "late" expected whole numbers from 0 to 2, got 4 for sample 2, position 0',
    );
  });

  it("layers whose statistics padding would enter refuse it", () => {
    for (const layer of [groupNormalization({ groups: 1 }), layerNormalization({ axis: [-2, -1] })]) {
      const model = () => {
        const layers = [embedding(4, 3, { paddingIndex: 0 }), layer, globalAveragePool1d()];
        return new Sequential(backend, { inputShape: [2], layers }).forward([1, 2], { training: true });
      };
      expect(model).toThrow("expected a sequence without padding, got one with a mask");
    }
    const layers = [embedding(4, 3, { paddingIndex: 0 }), layerNormalization(), globalAveragePool1d()];
    expect(new Sequential(backend, { inputShape: [2], layers }).predict([1, 0]).length).toBe(3);
  });
});

describe("options", () => {
  it.each([
    [() => embedding(0, 3), "embedding expected vocabulary to be an integer of at least 1, got 0"],
    [() => embedding(2 ** 24 + 1, 3), "embedding expected a vocabulary of at most 16777216, got 16777217"],
    [() => embedding(3, 1.5), "embedding expected units to be an integer of at least 1, got 1.5"],
    [
      () => embedding(3, 2, { paddingIndex: 3 }),
      "embedding expected paddingIndex to be an index of the vocabulary, from 0 to 2, got 3",
    ],
    [
      () => embedding(3, 2, { initializer: { even: 1 } as never }),
      "embedding expected initializer to be a name, { uniform: limit } or { normal: deviation }, got Object",
    ],
    [
      () => embedding(3, 2, { initializer: { normal: 0 } }),
      "embedding expected initializer.normal to be a finite number above 0, got 0",
    ],
    [
      () => embedding(3, 2, { initializer: "best" as never }),
      'embedding: unknown initializer "best"; known are glorotUniform',
    ],
    [() => masking({ value: Number.NaN }), "masking expected value to be a finite number, got NaN"],
    [
      () => masking().apply(dense(3).apply(dense(2).apply(input(2)))),
      "masking expected [batch, time, ...features], got [batch, 3]",
    ],
  ])("%s", (make, message) => expect(make).toThrow(message));
});
