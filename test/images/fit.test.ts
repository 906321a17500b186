import { describe, expect, it } from "vitest";
import {
  augment,
  type Batch,
  createBackendSync,
  dense,
  flatten,
  type Model,
  restoreCheckpoint,
  type SampleReader,
  Sequential,
  ShapeError,
  ValueError,
} from "../../src/index.js";

/** Training on images: what reads them one by one, and what changes them. */

const backend = createBackendSync();
const [rows, size] = [20, 6 * 6];
const x = Float32Array.from({ length: rows * size }, (_, i) => ((i * 97) % 211) / 211);
const y = Int32Array.from({ length: rows }, (_, i) => i % 3);
const make = (variant = backend) =>
  new Sequential(variant, { inputShape: [6, 6, 1], seed: 5, layers: [flatten(), dense(8), dense(3)] });
const options = { loss: "softmaxCrossEntropy", batchSize: 8 } as const;
const variants = () =>
  augment({ flip: "both", shift: 0.2, rotate: 20, zoom: 0.1, brightness: 0.2, cutout: 0.3 });
const imageAt = (row: number) => ({
  height: 6,
  width: 6,
  channels: 1,
  data: x.slice(row * size, (row + 1) * size),
});

/** Reads the same samples. */
class Reader implements SampleReader {
  readonly length = rows;
  readonly size = size;
  readonly asked: number[] = [];

  read(index: number, to: Float32Array): void {
    this.asked.push(index);
    to.set(x.subarray(index * size, (index + 1) * size));
  }
}

async function trained(how: (model: Model) => Promise<unknown>): Promise<string> {
  using model = make();
  await how(model);
  return model.weightsDigest();
}

describe("samples that are read when they are needed", () => {
  it("train to the bits of an array, and are read once where they fit in memory", async () => {
    const reader = new Reader();
    const fromArray = await trained((model) =>
      model.fit(x, y, { ...options, epochs: 3, validationSplit: 0.2 }),
    );
    expect(
      await trained((model) => model.fit(reader, y, { ...options, epochs: 3, validationSplit: 0.2 })),
    ).toBe(fromArray);
    expect(reader.asked).toEqual(Array.from({ length: rows }, (_, i) => i));
  });

  it("predict and evaluate like an array", () => {
    using model = make();
    expect(model.predict(new Reader())).toEqual(model.predict(x));
    expect(model.evaluate(new Reader(), y, { loss: options.loss })).toEqual(
      model.evaluate(x, y, { loss: options.loss }),
    );
  });

  it("are refused where they are of another size, before any is read", async () => {
    using model = new Sequential(backend, { inputShape: [6, 6, 3], layers: [flatten(), dense(3)] });
    const reader = new Reader();
    await expect(model.fit(reader, y, options)).rejects.toThrow(ShapeError);
    await expect(model.fit(reader, y, options)).rejects.toThrow(/\[batch, 108\], got samples of 36 values/);
    expect(reader.asked).toEqual([]);
  });

  it("end training before it begins where one cannot be read", async () => {
    using model = make();
    const before = await model.weightsDigest();
    const reader = Object.assign(new Reader(), {
      read(index: number) {
        if (index === 13) throw new Error("cat/13.png: damaged PNG");
      },
    });
    await expect(model.fit(reader, y, options)).rejects.toThrow("cat/13.png: damaged PNG");
    expect(await model.weightsDigest()).toBe(before);
  });
});

describe("augment in fit", () => {
  it("trains on what apply gives for the model's seed, the epoch and the row", async () => {
    const changed = (epoch: number) =>
      Float32Array.from(
        Array.from({ length: rows }, (_, sample) =>
          Array.from(variants().apply(imageAt(sample), { seed: 5, epoch, sample }).data),
        ).flat(),
      );
    const byHand = await trained(async (model) => {
      await model.fit(changed(0), y, { ...options, epochs: 1 });
      await model.fit(changed(1), y, { ...options, epochs: 1 });
    });
    // A second fit goes on with the optimizer of the first, and with the epochs of the model's life.
    const asOption = await trained(async (model) => {
      await model.fit(x, y, { ...options, epochs: 1, augment: variants() });
      await model.fit(x, y, { ...options, epochs: 1, augment: variants() });
    });
    expect(asOption).toBe(byHand);
    expect(await trained((model) => model.fit(x, y, { ...options, epochs: 2, augment: variants() }))).toBe(
      byHand,
    );
    expect(await trained((model) => model.fit(x, y, { ...options, epochs: 2 }))).not.toBe(byHand);
  });

  it("counts the samples of batches from an iterable through the epoch", async () => {
    const inOrder = await trained((model) =>
      model.fit(x, y, { ...options, epochs: 2, shuffle: false, augment: variants() }),
    );
    function* batches(): Generator<Batch> {
      for (let begin = 0; begin < rows; begin += 8)
        yield [x.slice(begin * size, (begin + 8) * size), y.slice(begin, begin + 8)];
    }
    expect(
      await trained((model) => model.fit(batches, { loss: options.loss, epochs: 2, augment: variants() })),
    ).toBe(inOrder);
  });

  it.each(["array", "iterable"])(
    "goes on to the same bits after a checkpoint amid an epoch: %s",
    async (kind) => {
      function* batches(): Generator<Batch> {
        for (let begin = 0; begin < rows; begin += 8)
          yield [x.slice(begin * size, (begin + 8) * size), y.slice(begin, begin + 8)];
      }
      const train = (model: Model, more: object) =>
        kind === "array"
          ? model.fit(x, y, { ...options, epochs: 3, augment: variants(), ...more })
          : model.fit(batches, { loss: options.loss, epochs: 3, augment: variants(), ...more });
      const whole = await trained((model) => train(model, {}));
      let saved: Uint8Array | undefined;
      await trained((model) =>
        train(model, {
          callbacks: [
            {
              onBatchEnd: (
                { epoch, batch }: { epoch: number; batch: number },
                training: { model: Model; optimizer: never },
              ) => {
                if (epoch === 2 && batch === 2) saved = training.model.checkpoint(training.optimizer);
              },
            },
          ],
        }),
      );
      const { model, optimizer, epoch } = restoreCheckpoint(backend, saved as Uint8Array);
      await train(model, { optimizer, initialEpoch: epoch });
      expect(await model.weightsDigest()).toBe(whole);
      model.dispose();
    },
  );

  it("gives the same bits on the scalar and the SIMD build", async () => {
    const { createBackend } = await import("../../src/index.js");
    const digests = await Promise.all(
      (["scalar", "simd"] as const).map(async (variant) => {
        using model = make(await createBackend({ variant }));
        await model.fit(x, y, { ...options, epochs: 2, augment: variants() });
        return model.weightsDigest();
      }),
    );
    expect(digests[0]).toBe(digests[1]);
  });

  it("leaves the arrays, and the samples to validate on, as they are", async () => {
    const before = x.slice();
    using model = make();
    const { epochs } = await model.fit(x, y, {
      ...options,
      validationData: [x, y],
      augment: augment({ brightness: 1000 }),
    });
    expect(x).toEqual(before);
    expect(epochs[0].validationLoss).toBe(model.evaluate(x, y, { loss: options.loss }).loss);
  });

  it("is refused for inputs that are no images, and for what augment did not make", async () => {
    using flat = new Sequential(backend, { inputShape: size, layers: [dense(3)] });
    const train = () => flat.fit(x, y, { ...options, augment: variants() });
    await expect(train()).rejects.toThrow(ShapeError);
    await expect(train()).rejects.toThrow(/images \[height, width, channels\] for augment, got \[36\]/);
    using model = make();
    const given = { ...options, augment: { flip: "horizontal" } as never };
    await expect(model.fit(x, y, given)).rejects.toThrow(ValueError);
    await expect(model.fit(x, y, given)).rejects.toThrow(
      /expected augment to be what augment\(\{ \.\.\. \}\) returns/,
    );
  });
});
