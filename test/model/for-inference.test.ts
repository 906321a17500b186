import { describe, expect, it } from "vitest";
import {
  activation,
  add,
  batchNormalization,
  conv2d,
  createBackendSync,
  dense,
  depthwiseConv2d,
  flatten,
  globalAveragePool2d,
  input,
  Model,
  Sequential,
  separableConv2d,
} from "../../src/index.js";
import { expectClose } from "../reference/golden.js";
import { Random } from "../support/random.js";

const backend = createBackendSync();

/** A step of training, after which running statistics and weights are those of nothing in particular. */
async function trained<M extends Model>(model: M, size: number, outputs: number): Promise<M> {
  const random = new Random(5);
  await model.fit(random.floats(12 * size), random.floats(12 * outputs), {
    loss: "meanSquaredError",
    epochs: 4,
    batchSize: 4,
  });
  return model;
}

describe("model.forInference()", () => {
  it("folds batch normalizations into dense layers and convolutions: the same outputs within 2e-6", async () => {
    const model = await trained(
      new Sequential(backend, {
        inputShape: [6, 6, 3],
        layers: [
          conv2d(8, 3, { padding: "same", useBias: false }),
          batchNormalization({ momentum: 0.5 }),
          activation("relu"),
          depthwiseConv2d(3, { depthMultiplier: 2 }),
          batchNormalization({ scale: false }),
          separableConv2d(5, 2),
          batchNormalization({ center: false, epsilon: 0.1 }),
          flatten(),
          dense(7, { trainable: false }),
          batchNormalization(),
          dense(2),
        ],
        labels: ["a", "b"],
        metadata: { note: "x" },
        seed: 2,
      }),
      108,
      2,
    );
    const x = new Random(6).floats(9 * 108);
    const copy = model.forInference();
    expect(copy).toBeInstanceOf(Sequential);
    expect(copy.layers.map(({ config }) => config.type)).toEqual([
      "conv2d",
      "activation",
      "depthwiseConv2d",
      "separableConv2d",
      "flatten",
      "dense",
      "dense",
    ]);
    expectClose("outputs", copy.predict(x), model.predict(x), 2e-6, 2e-6);
    expect(copy.labels).toEqual(["a", "b"]);
    expect(copy.metadata).toEqual({ note: "x" });
    const before = model.predict(x);
    copy.dispose();
    expect(model.predict(x)).toEqual(before);
  });

  it("leaves a normalization behind a layer with an activation of its own", async () => {
    const layers = [conv2d(3, 1, { activation: "relu" }), batchNormalization(), globalAveragePool2d()];
    const model = await trained(new Sequential(backend, { inputShape: [4, 4, 2], layers }), 32, 3);
    const x = new Random(7).floats(5 * 32);
    const copy = model.forInference();
    expect(copy.layers.length).toBe(3);
    expect(copy.predict(x)).toEqual(model.predict(x));
  });

  it("leaves a normalization whose input something else needs, and one behind shared layers", async () => {
    const image = input([4, 4, 2]);
    const h = conv2d(3, 3, { padding: "same" }).apply(image);
    const skip = add(h, batchNormalization().apply(h));
    const relu = conv2d(3, 1, { activation: "relu" }).apply(skip);
    const shared = conv2d(3, 1);
    const twice = add(batchNormalization().apply(shared.apply(relu)), shared.apply(skip));
    const model = await trained(
      new Model(backend, {
        inputs: image,
        outputs: globalAveragePool2d().apply(batchNormalization().apply(twice)),
      }),
      32,
      3,
    );
    const x = new Random(7).floats(5 * 32);
    const copy = model.forInference();
    expect(copy).not.toBeInstanceOf(Sequential);
    expect(copy.layers.map(({ config }) => config.type)).toEqual(
      model.layers.map(({ config }) => config.type),
    );
    expect(copy.predict(x)).toEqual(model.predict(x));
  });

  it.each([64, 256, 512])(
    "copies a new model whose memory has to grow: %i units, the same outputs within 2e-6",
    (units) => {
      const model = new Sequential(createBackendSync(), {
        inputShape: units,
        layers: [dense(units), batchNormalization(), activation("relu"), dense(3)],
        seed: 4,
      });
      const bytes = model.backend.memory.totalBytes;
      const x = new Random(8).floats(2 * units);
      const copy = model.forInference();
      expectClose("outputs", copy.predict(x), model.predict(x), 2e-6, 2e-6);
      expect(model.backend.memory.totalBytes).toBeGreaterThan(bytes);
    },
  );
});
