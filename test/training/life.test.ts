import { describe, expect, it } from "vitest";
import {
  adam,
  checkGradients,
  createBackendSync,
  dense,
  dropout,
  type FitOptions,
  gaussianNoise,
  loadModel,
  Sequential,
  saveModel,
  sgd,
} from "../../src/index.js";
import { iris } from "../reference/data.js";

/**
 * What is drawn in a step, a mask, noise or a shuffle, is a function of the steps that the model has taken in
 * its life: calls of fit go on where the last one ended.
 */
const backend = createBackendSync();
const { x, y } = iris();
const make = () =>
  new Sequential(backend, {
    inputShape: 4,
    seed: 9,
    layers: [dense(8, { activation: "tanh" }), dropout(0.3), gaussianNoise(0.1), dense(3)],
  });
const weightsOf = (model: Sequential): number[] =>
  model.parameters.flatMap(({ value }) => Array.from(value.data));
const options: FitOptions = { loss: "softmaxCrossEntropy", batchSize: 32 };
/** The mask that a model's next step of so many inputs draws. */
const maskOf = (model: Sequential) =>
  Array.from(model.forward(new Float32Array(16).fill(1), { training: true }).data).join();
const onlyDropout = () => new Sequential(backend, { inputShape: 16, seed: 4, layers: [dropout(0.5)] });

describe("calls of fit one after another", () => {
  it.each([
    ["an optimizer that is passed on", () => adam({ learningRate: 0.01 })],
    ["an optimizer by name", () => "adam" as const],
    ["no optimizer", () => undefined],
  ])("train as one call of as many epochs does, with %s", async (_, optimizer) => {
    using whole = make();
    using parts = make();
    const same = optimizer();
    await whole.fit(x, y, { ...options, epochs: 4, optimizer: optimizer() });
    await parts.fit(x, y, { ...options, epochs: 1, optimizer: same });
    await parts.fit(x, y, { ...options, epochs: 2, optimizer: same });
    await parts.fit(x, y, { ...options, optimizer: same });
    expect(weightsOf(parts)).toEqual(weightsOf(whole));
  });

  it("of a sample each let dropout draw another mask each time", async () => {
    using model = new Sequential(backend, {
      inputShape: 16,
      seed: 1,
      layers: [dropout(0.5), dense(1, { kernelInitializer: "zeros" })],
    });
    const trained = new Set<string>();
    const x = new Float32Array(16).fill(1);
    for (let call = 0; call < 50; call++) {
      const before = weightsOf(model);
      await model.fit(x, [9], { loss: "meanSquaredError", optimizer: sgd({ learningRate: 0.001 }) });
      trained.add(
        weightsOf(model)
          .map((weight, i) => Number(weight !== before[i]))
          .join(""),
      );
    }
    expect(trained.size).toBeGreaterThan(45);
  });

  it("shuffle otherwise each time, and hold out the same rows", async () => {
    const one = async (times: number) => {
      using model = new Sequential(backend, { inputShape: 40, seed: 2, layers: [dense(1)] });
      const eye = Array.from({ length: 40 }, (_, i) => Array.from({ length: 40 }, (_, j) => Number(i === j)));
      const before = weightsOf(model);
      const order: number[][] = [];
      for (let call = 0; call < times; call++)
        await model.fit(eye, new Float32Array(40).fill(50), {
          loss: "meanSquaredError",
          batchSize: 1,
          validationSplit: 0.25,
          optimizer: sgd({ learningRate: 0.01 }),
          onBatchBegin: () => void order.push(weightsOf(model)),
        });
      const held = weightsOf(model).flatMap((weight, i) => (i < 40 && weight === before[i] ? [i] : []));
      const first = order.map((weights, i) =>
        weights.findIndex((weight, j) => j < 40 && weight !== (order[i + 1] ?? weightsOf(model))[j]),
      );
      return { held, first };
    };
    const [once, thrice] = [await one(1), await one(3)];
    expect(once.held).toHaveLength(10);
    expect(thrice.held).toEqual(once.held);
    const orders = [0, 1, 2].map((call) => thrice.first.slice(call * 30, call * 30 + 30).join());
    expect(new Set(orders).size).toBe(3);
  });

  it("draw other numbers after an epoch that was left in the middle", async () => {
    using left = onlyDropout();
    using fresh = onlyDropout();
    const seen = new Set([maskOf(left), maskOf(left), maskOf(left)]);
    // Three steps here; then an epoch of which two batches are done; then a new one.
    for await (const { batch } of left.train(new Float32Array(64), new Float32Array(64), {
      loss: "meanSquaredError",
      batchSize: 1,
    }))
      if (batch === 2) break;
    for (let i = 0; i < 40; i++) seen.add(maskOf(left));
    expect(seen.size).toBe(43);
    expect(seen).toContain(maskOf(fresh));
  });

  it("draw what initialEpoch says in a model that was loaded without its life", async () => {
    using whole = make();
    using later = make();
    const optimizer = sgd();
    await whole.fit(x, y, { ...options, optimizer: sgd(), epochs: 3 });
    await later.fit(x, y, { ...options, optimizer, epochs: 1 });
    later.life = { epoch: 0, step: 0 };
    await later.fit(x, y, { ...options, optimizer, initialEpoch: 1, epochs: 3 });
    expect(weightsOf(later)).toEqual(weightsOf(whole));
  });
});

describe("steps in a loop of one's own", () => {
  it("draw other numbers than those of fit, before and after", async () => {
    using model = onlyDropout();
    const data = new Float32Array(16 * 3).fill(1);
    const seen = new Set<string>();
    let steps = 0;
    const step = () => {
      seen.add(maskOf(model));
      expect(seen.size).toBe(++steps);
    };
    /** The masks of a call of fit: those of a copy at the same place in its life. */
    const train = async () => {
      using copy = onlyDropout();
      copy.life = model.life;
      copy.beginEpoch(0);
      for (let batch = 0; batch < 3; batch++, steps++) seen.add(maskOf(copy));
      await model.fit(data, data, { loss: "meanSquaredError", batchSize: 1 });
      expect(seen.size).toBe(steps);
      expect(model.life).toEqual(copy.life);
    };
    step();
    step();
    await train();
    step();
    await train();
    await train();
    step();
  });

  it("draw as the step that they name and go on from there; fit draws new numbers nevertheless", async () => {
    using model = onlyDropout();
    const as = (step: number) =>
      Array.from(model.forward(new Float32Array(16).fill(1), { training: true, step }).data).join();
    const masks = [maskOf(model), maskOf(model), maskOf(model)];
    expect(as(1)).toBe(masks[1]);
    expect(maskOf(model)).toBe(masks[2]);
    await model.fit(new Float32Array(16), new Float32Array(16), { loss: "meanSquaredError" });
    expect(model.life).toMatchObject({ epoch: 1, step: 1 });
    expect(as(0)).toBe(masks[0]);
    await model.fit(new Float32Array(16), new Float32Array(16), { loss: "meanSquaredError" });
    expect(model.life).toMatchObject({ epoch: 2, step: 1 });
    expect(masks).not.toContain(maskOf(model));
  });

  it("take the life on to behind the step that they name, and never back", () => {
    using model = onlyDropout();
    const lifeAfter = (step: number) => {
      model.forward(new Float32Array(16), { training: true, step });
      const { epoch, step: next } = model.life;
      return [epoch, next];
    };
    expect(lifeAfter(5)).toEqual([0, 6]);
    expect(lifeAfter(1)).toEqual([0, 6]);
    expect(lifeAfter(6)).toEqual([0, 7]);
    // Step 3 of the next epoch.
    expect(lifeAfter(2 ** 32 + 3)).toEqual([1, 4]);
    expect(lifeAfter(9)).toEqual([1, 4]);
  });

  it("never come to an end of the numbers", () => {
    using model = onlyDropout();
    model.life = { epoch: 2 ** 22, step: 1 };
    const masks = [maskOf(model), maskOf(model)];
    expect(model.beginEpoch(0)).toBe(2 ** 22 + 1);
    masks.push(maskOf(model), maskOf(model));
    expect(new Set(masks).size).toBe(4);
  });
});

describe("looking at a model", () => {
  it("changes nothing: evaluate, predict and checkGradients between the calls of fit and in callbacks", async () => {
    const run = async (look: (model: Sequential) => void) => {
      using model = make();
      for (let call = 0; call < 2; call++) {
        await model.fit(x, y, {
          ...options,
          epochs: 2,
          accumulate: 2,
          validationSplit: 0.1,
          onEpochBegin: () => look(model),
          onBatchBegin: () => look(model),
          onBatchEnd: () => look(model),
          onEpochEnd: () => look(model),
        });
        look(model);
        if (!model.busy && look !== nothing)
          checkGradients(model, x.slice(0, 8), y.slice(0, 2), { loss: "softmaxCrossEntropy" });
      }
      const optimizer = adam().attach(model);
      return {
        weights: weightsOf(model),
        life: model.life,
        file: [...saveModel(model)],
        steps: optimizer.steps,
      };
    };
    const nothing = () => {};
    const looked = await run((model) => {
      model.predict(x);
      model.evaluate(x, y, { loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
      model.forward(x);
      saveModel(model);
    });
    expect(looked).toEqual(await run(nothing));
  });
});

describe("a model that was saved and loaded", () => {
  it("draws on where it was: learning a sample a visit is learning, also with dropout", async () => {
    using kept = make();
    let file = saveModel(kept);
    for (let visit = 0; visit < 3; visit++) {
      await kept.fit(x.slice(0, 40), y.slice(0, 10), { ...options, optimizer: sgd() });
      const model = await loadModel(backend, file);
      await model.fit(x.slice(0, 40), y.slice(0, 10), { ...options, optimizer: sgd() });
      file = saveModel(model);
      expect(weightsOf(model)).toEqual(weightsOf(kept));
      model.dispose();
    }
    expect(file).toEqual(saveModel(kept));
  });
});

describe("an optimizer by name", () => {
  it("goes on where the last fit of the model stopped, when it is the same with the same settings", async () => {
    using model = make();
    await model.fit(x, y, options);
    const first = model.fitted;
    await model.fit(x, y, { ...options, optimizer: "adam" });
    expect(model.fitted).toBe(first);
    const passed = adam();
    await model.fit(x, y, { ...options, optimizer: passed });
    await model.fit(x, y, { ...options, optimizer: "adam" });
    expect(model.fitted).toBe(passed);
    expect(passed.steps).toBe(10);
  });

  it.each([
    ["another one by name", () => sgd()],
    ["another learning rate", () => adam({ learningRate: 0.5 })],
    ["another setting", () => adam({ beta1: 0.5 })],
    ["a group", () => adam({ groups: [{ parameters: () => true, weightDecay: 0 }] })],
    [
      "a learning rate that was set since",
      () => {
        const optimizer = adam();
        optimizer.learningRate = 0.5;
        return optimizer;
      },
    ],
  ])("is a new one where the model was trained by %s", async (_, attached) => {
    using model = make();
    const before = attached().attach(model);
    await model.fit(x, y, { ...options, optimizer: "adam" });
    expect(model.fitted).not.toBe(before);
  });
});
