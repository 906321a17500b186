import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { adam, createBackend, dense, loadModel, losses, Sequential, saveModel } from "../../src/index.js";

/**
 * Edge runtimes, iframes and node:vm hand over arrays whose classes are not those of the realm that lanewise
 * runs in: `instanceof` does not know them.
 */
const foreign = <T>(values: T): T => {
  const type = Object.prototype.toString.call(values).slice(8, -1);
  return runInNewContext(type === "Array" ? "JSON.parse(values)" : `new ${type}(JSON.parse(values))`, {
    values: JSON.stringify([...(values as never)]),
  });
};

describe("arrays of another realm", () => {
  it("are not instances of this one's classes", () => {
    expect(foreign(Float32Array.of(1, 2))).not.toBeInstanceOf(Float32Array);
    expect([...foreign(Float32Array.of(1, 2))]).toEqual([1, 2]);
  });

  it("fill matrices", async () => {
    const backend = await createBackend();
    for (const values of [
      Float32Array.of(1, 2, 3, 4),
      [1, 2, 3, 4],
      [
        [1, 2],
        [3, 4],
      ],
    ]) {
      expect(backend.matrix(2, 2, foreign(values)).toArray()).toEqual([
        [1, 2],
        [3, 4],
      ]);
    }
  });

  const x = Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1);
  const targets = {
    "class indices, Int32Array": Int32Array.of(0, 1, 1, 0),
    "class indices, Uint8Array": Uint8Array.of(0, 1, 1, 0),
    "class indices, number[]": [0, 1, 1, 0],
    "probabilities, Float32Array": Float32Array.of(0.9, 0.1, 0, 1, 0, 1, 1, 0),
    "probabilities, number[][]": [
      [0.9, 0.1],
      [0, 1],
      [0, 1],
      [1, 0],
    ],
  };
  it.each(Object.entries(targets))("train and evaluate as this realm's do: %s", async (_, y) => {
    const backend = await createBackend();
    const trained = async (here: <T>(values: T) => T) => {
      const model = new Sequential(backend, {
        inputShape: here([2]),
        seed: 7,
        layers: [dense(8, { activation: "tanh" }), dense(2)],
      });
      await model.fit(here(x), here(y), {
        loss: "softmaxCrossEntropy",
        optimizer: adam(),
        epochs: 3,
        metrics: ["accuracy"],
      });
      const { loss } = model.evaluate(here(x), here(y), { loss: "softmaxCrossEntropy" });
      const again = losses.softmaxCrossEntropy().value(model.forward(backend.matrix(4, 2, here(x))), here(y));
      return { file: saveModel(model), loss, again };
    };
    expect(await trained(foreign)).toEqual(await trained((values) => values));
  });

  it("hold a model's file", async () => {
    const backend = await createBackend();
    const model = new Sequential(backend, { inputShape: 2, seed: 7, layers: [dense(2)] });
    const file = foreign(saveModel(model));
    for (const source of [file, file.buffer as ArrayBuffer])
      expect((await loadModel(backend, source)).predict(foreign(x))).toEqual(model.predict(x));
  });
});
