import { describe, expect, it } from "vitest";
import {
  activation,
  adam,
  type CustomBackward,
  type CustomForward,
  CustomLayer,
  type CustomParameter,
  checkGradients,
  createBackendSync,
  dense,
  dropout,
  FormatError,
  loadModel,
  Sequential,
  saveModel,
} from "../../src/index.js";
import { loadModel as loadForInference } from "../../src/inference.js";
import { on, variants } from "../reference/backends.js";

/** y = x sigmoid(beta x) with one learnt beta an input, and slopes that may be wrong on purpose. */
class Swish extends CustomLayer<{ beta: number; wrong?: "dx" | "beta" }> {
  readonly type = "swish";

  override parameters([size]: readonly number[]): CustomParameter[] {
    return [{ name: "beta", shape: [size], initializer: (values) => values.fill(this.options.beta) }];
  }

  forward({ x, y, parameters: { beta } }: CustomForward): void {
    for (let i = 0; i < x.length; i++) y[i] = x[i] / (1 + Math.exp(-beta[i % beta.length] * x[i]));
  }

  backward({ x, dy, dx, parameters: { beta }, gradients }: CustomBackward): void {
    for (let i = 0; i < x.length; i++) {
      const j = i % beta.length;
      const s = 1 / (1 + Math.exp(-beta[j] * x[i]));
      gradients.beta[j] += dy[i] * x[i] * x[i] * s * (1 - s) * (this.options.wrong === "beta" ? 1.2 : 1);
      if (dx) dx[i] = dy[i] * (s + (this.options.wrong === "dx" ? 0 : beta[j] * x[i] * s * (1 - s)));
    }
  }
}

/** The sums of neighbours: half as many outputs as inputs, and nothing learnt. */
class Pairs extends CustomLayer {
  readonly type = "pairs";
  readonly passes: boolean[] = [];

  override outputShape([size]: readonly number[]): number[] {
    return [size / 2];
  }

  forward({ x, y, training }: CustomForward): void {
    this.passes.push(training);
    for (let i = 0; i < y.length; i++) y[i] = x[2 * i] + x[2 * i + 1];
  }

  backward({ dy, dx }: CustomBackward): void {
    if (dx) for (let i = 0; i < dx.length; i++) dx[i] = dy[i >> 1];
  }
}

const x = Float32Array.from({ length: 6 * 4 }, (_, i) => Math.sin(i * 1.7));
const y = Float32Array.from({ length: 6 * 2 }, (_, i) => Math.cos(i));
const own = { swish: (options: { beta: number }) => new Swish(options), pairs: () => new Pairs() };

describe.each(variants)("a layer of one's own on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));
  const make = () =>
    new Sequential(backend, {
      inputShape: 4,
      seed: 3,
      layers: [dense(8), new Swish({ beta: 1, name: "s" }), new Pairs(), dense(2)],
    });

  it("does what the library's own does: with beta 1 and its gradient left out, silu", () => {
    using model = new Sequential(backend, { inputShape: 4, layers: [new Swish({ beta: 1 })] });
    using silu = new Sequential(backend, { inputShape: 4, layers: [activation("silu")] });
    using dOut = backend.matrix(6, 4, x.map(Math.cos));
    const [mine, known] = [model, silu].map((of) => {
      const out = [...of.forward(x, { training: true }).data];
      return [...out, ...(of.backward(dOut, { inputGradient: true })?.data ?? [])];
    });
    for (const [i, value] of mine.entries()) expect(value).toBeCloseTo(known[i], 6);
  });

  it("has the gradients of the differences, and learns with the others", async () => {
    using model = make();
    expect(model.parameters.map(({ name }) => name)).toEqual([
      "0.weight",
      "0.bias",
      "s.beta",
      "3.weight",
      "3.bias",
    ]);
    for (const { name, relativeError } of checkGradients(model, x, y, { loss: "meanSquaredError" }))
      expect(relativeError, name).toBeLessThan(0.002);
    const before = [...model.parameters[2].value.data];
    const { epochs } = await model.fit(x, y, {
      loss: "meanSquaredError",
      optimizer: adam({ learningRate: 0.05 }),
      epochs: 300,
    });
    expect(epochs[299].loss).toBeLessThan(epochs[0].loss / 10);
    expect([...model.parameters[2].value.data]).not.toEqual(before);
  });

  it("is told whether it trains, and gradients accumulate as any layer's do", () => {
    const pairs = new Pairs();
    using model = new Sequential(backend, { inputShape: 4, layers: [new Swish({ beta: 2 }), pairs] });
    model.predict(x);
    using dOut = backend.matrix(6, 2, y);
    const gradients = [1, 2].map(() => {
      model.forward(x, { training: true });
      model.backward(dOut);
      return [...model.parameters[0].gradient.data];
    });
    expect(pairs.passes).toEqual([false, true, true]);
    for (const [i, value] of gradients[1].entries()) expect(value).toBeCloseTo(2 * gradients[0][i], 6);
  });

  it("is saved by its type and options, and loaded by whoever knows the type", async () => {
    using model = make();
    await model.fit(x, y, { loss: "meanSquaredError", epochs: 2 });
    const file = saveModel(model);
    using loaded = await loadModel(backend, file, { layers: own });
    expect([...loaded.predict(x)]).toEqual([...model.predict(x)]);
    expect(saveModel(loaded)).toEqual(file);
    await expect(loadModel(backend, file)).rejects.toThrow(FormatError);
    await expect(loadModel(backend, file)).rejects.toThrow(
      /layers\[1\] is of type "swish"; known are dense, activation/,
    );
    await expect(loadForInference(backend, file)).rejects.toThrow(/layers\[1\] is of type "swish"/);
    await expect(
      loadModel(backend, file, { layers: { ...own, pairs: () => ({}) as Pairs } }),
    ).rejects.toThrow(/layers: pairs expected to make a layer, got Object/);
  });

  it("says what it cannot be", () => {
    class Odd extends Pairs {
      override outputShape(): number[] {
        return [0.5];
      }
    }
    class Nameless extends Pairs {
      override readonly type = "" as "pairs";
    }
    class Misspelt extends Swish {
      override parameters(): CustomParameter[] {
        return [{ name: "beta", shape: [4], initializer: "ones" as "zeros" }];
      }
    }
    const build = (layer: CustomLayer) => () => new Sequential(backend, { inputShape: 4, layers: [layer] });
    expect(build(new Odd())).toThrow(
      /pairs expected a size in outputShape to be an integer of at least 1, got 0.5/,
    );
    expect(build(new Nameless())).toThrow(/CustomLayer expected type to be a string that is not empty/);
    expect(build(new Misspelt({ beta: 1 }))).toThrow(/swish: unknown initializer "ones"/);
  });
});

describe.each(variants)("checkGradients on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));
  const errors = (model: Sequential) =>
    Object.fromEntries(
      checkGradients(model, x, y, { loss: "meanSquaredError" }).map((row) => [row.name, row.relativeError]),
    );

  it.each(["tanh", "gelu", "sigmoid", "softplus"] as const)(
    "finds the gradients of a network with %s right, dropout and all",
    (name) => {
      using model = new Sequential(backend, {
        inputShape: 4,
        seed: 3,
        layers: [dense(8, { activation: name }), dropout(0.5), dense(2)],
      });
      const found = errors(model);
      expect(Object.keys(found)).toEqual(["0.weight", "0.bias", "2.weight", "2.bias", "input"]);
      for (const [tensor, error] of Object.entries(found)) expect(error, tensor).toBeLessThan(0.002);
    },
  );

  it.each([
    ["dx", "0.weight"],
    ["beta", "1.beta"],
  ] as const)("finds a wrong %s", (wrong, tensor) => {
    using model = new Sequential(backend, {
      inputShape: 4,
      seed: 3,
      layers: [dense(4), new Swish({ beta: 1, wrong }), dense(2)],
    });
    const found = errors(model);
    expect(found[tensor]).toBeGreaterThan(0.1);
    // What comes after the layer has a gradient of its own.
    expect(found["2.weight"]).toBeLessThan(0.002);
  });

  it("of a tensor that the loss does not depend on, finds no error", () => {
    class Cut extends CustomLayer {
      readonly type = "cut";
      forward({ y }: CustomForward): void {
        y.fill(0.5);
      }
      backward({ dx }: CustomBackward): void {
        dx?.fill(0);
      }
    }
    using model = new Sequential(backend, {
      inputShape: 4,
      seed: 3,
      layers: [dense(4), new Cut(), dense(2)],
    });
    expect(errors(model)).toMatchObject({ "0.weight": 0, "0.bias": 0, input: 0 });
  });

  it("leaves the model as it was, to the bit, and the step too", () => {
    using model = new Sequential(backend, {
      inputShape: 4,
      seed: 3,
      layers: [dense(8, { activation: "tanh" }), dropout(0.5), dense(2)],
    });
    using dOut = backend.matrix(6, 2, y);
    model.forward(x, { training: true });
    model.backward(dOut);
    const state = () => model.parameters.map(({ value, gradient }) => [[...value.data], [...gradient.data]]);
    const before = state();
    const blocks = backend.memory.liveBlocks;
    checkGradients(model, x, y, { loss: "meanSquaredError" });
    expect(state()).toEqual(before);
    expect(backend.memory.liveBlocks).toBeLessThanOrEqual(blocks + 1);
    using other = new Sequential(backend, {
      inputShape: 4,
      seed: 3,
      layers: [dense(8, { activation: "tanh" }), dropout(0.5), dense(2)],
    });
    other.forward(x, { training: true });
    expect([...model.forward(x, { training: true }).data]).toEqual([
      ...other.forward(x, { training: true }).data,
    ]);
  });

  it("refuses what it cannot check", () => {
    using model = new Sequential(backend, { inputShape: 4, layers: [dense(2)] });
    expect(() => checkGradients(model, [], [], { loss: "meanSquaredError" })).toThrow(
      /checkGradients expected at least one sample/,
    );
    expect(() => checkGradients(model, x, y, { loss: "meanSquaredError", epsilon: 0 })).toThrow(
      /epsilon to be a finite number above 0/,
    );
    expect(() => checkGradients(model, x, y, { loss: "cube" as "huber" })).toThrow(
      /checkGradients expected loss to be meanSquaredError, .*, got "cube"/,
    );
  });
});
