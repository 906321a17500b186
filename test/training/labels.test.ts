import { describe, expect, it } from "vitest";
import {
  type ActivationName,
  type Batch,
  checkGradients,
  createBackendSync,
  dense,
  type FitOptions,
  type LabelledTargets,
  loadModel,
  losses,
  restoreCheckpoint,
  Sequential,
  saveModel,
  sgd,
  ValueError,
} from "../../src/index.js";
import { loadModel as loadNetwork, createBackendSync as smallBackend } from "../../src/inference.js";
import { iris } from "../reference/data.js";

/** Targets that are labels, true and false; and the classes that a model then predicts. */
const backend = createBackendSync();
const { x, y } = iris();
const names = ["setosa", "versicolor", "virginica"];
const species = Array.from(y, (index) => names[index]);
const isSetosa = Array.from(y, (index) => index === 0);
const yesNo = isSetosa.map((is) => (is ? "yes" : "no"));
const make = (outputs: number, activation: ActivationName = "linear", labels?: string[]) =>
  new Sequential(backend, {
    inputShape: 4,
    seed: 3,
    labels,
    layers: [dense(8, { activation: "tanh" }), dense(outputs, { activation })],
  });
const weightsOf = (model: Sequential): number[] =>
  model.parameters.flatMap(({ value }) => Array.from(value.data));
const changed = <Value>(values: readonly Value[], at: number, value: Value): Value[] =>
  values.map((old, i) => (i === at ? value : old));
const options: FitOptions = { loss: "softmaxCrossEntropy", batchSize: 16, epochs: 2 };
const binary: FitOptions = { ...options, loss: "binaryCrossEntropyWithLogits" };

describe("targets that are labels", () => {
  it("train to the weights of their indices, and are learnt in the order of their names", async () => {
    using numbered = make(3);
    using labelled = make(3);
    const validation = { epochs: 3, metrics: ["accuracy" as const] };
    const a = await numbered.fit(x, y, { ...options, ...validation, validationData: [x, y] });
    const b = await labelled.fit(x, species, { ...options, ...validation, validationData: [x, species] });
    expect(labelled.labels).toEqual(names);
    expect(numbered.labels).toBeUndefined();
    expect(weightsOf(labelled)).toEqual(weightsOf(numbered));
    expect(b.epochs.map(({ validationLoss }) => validationLoss)).toEqual(
      a.epochs.map(({ validationLoss }) => validationLoss),
    );
  });

  it("mean what the model's labels say, in whatever order those are", async () => {
    using model = make(3, "linear", ["virginica", "setosa", "versicolor"]);
    using numbered = make(3);
    await model.fit(x, species, options);
    await numbered.fit(
      x,
      Int32Array.from(y, (index) => [1, 2, 0][index]),
      options,
    );
    expect(weightsOf(model)).toEqual(weightsOf(numbered));
  });

  it("of one output with two labels are 0 and 1", async () => {
    using labelled = make(1);
    using numbered = make(1);
    await labelled.fit(x, yesNo, binary);
    await numbered.fit(x, Float32Array.from(isSetosa, Number), binary);
    expect(labelled.labels).toEqual(["no", "yes"]);
    expect(weightsOf(labelled)).toEqual(weightsOf(numbered));
  });

  it.each([
    ["one output", 1, binary],
    ["two classes", 2, options],
  ])("that are true and false are 1 and 0, for %s", async (_, outputs, options) => {
    using truths = make(outputs);
    using numbered = make(outputs);
    await truths.fit(x, isSetosa, options);
    await numbered.fit(x, isSetosa.map(Number), options);
    expect(weightsOf(truths)).toEqual(weightsOf(numbered));
    expect(truths.labels).toBeUndefined();
    expect(truths.evaluate(x, isSetosa, { loss: options.loss })).toEqual(
      numbered.evaluate(x, isSetosa.map(Number), { loss: options.loss }),
    );
  });

  it("are taken by evaluate, checkGradients, train and streams of a model that has labels", async () => {
    using model = make(3, "linear", names);
    using numbered = make(3, "linear", names);
    const both = (targets: LabelledTargets) => {
      const batches = (): Batch[] => [
        [x.slice(0, 300), (targets as string[]).slice(0, 75)],
        [x.slice(300), (targets as string[]).slice(75)],
      ];
      return { targets, batches };
    };
    const results = [];
    for (const [each, { targets, batches }] of [
      [model, both(species)],
      [numbered, both(y)],
    ] as const) {
      await each.fit(batches, { ...options, optimizer: sgd() });
      for await (const _ of each.train(x, targets, { ...options, optimizer: sgd() }));
      results.push({
        weights: weightsOf(each),
        evaluation: each.evaluate(x, targets, { loss: options.loss, metrics: ["accuracy"] }),
        checks: checkGradients(each, x.slice(0, 20), (targets as string[]).slice(0, 5), {
          loss: options.loss,
        }),
      });
    }
    expect(results[0]).toEqual(results[1]);
  });

  it("are learnt once: they stay in the model, in its file and in its checkpoint", async () => {
    using model = make(3);
    const optimizer = sgd();
    await model.fit(x, species, { ...options, optimizer });
    using loaded = await loadModel(backend, saveModel(model));
    const { model: restored } = restoreCheckpoint(backend, model.checkpoint(optimizer));
    for (const each of [model, loaded, restored]) {
      expect(each.labels).toEqual(names);
      // A few of them, in another order.
      await each.fit(x.slice(400), species.slice(100).reverse(), options);
      expect(each.labels).toEqual(names);
      await each.fit(x, y, options);
    }
    restored.dispose();
  });

  const refused: [
    string,
    (model: Sequential) => unknown,
    Partial<{ outputs: number; labels: string[] }>,
    RegExp,
  ][] = [
    [
      "an unknown label",
      (model) => model.fit(x, changed(species, 7, "rosa"), options),
      { labels: names },
      /^fit expected each target to be one of the labels "setosa", "versicolor", "virginica", got "rosa" at row 7/,
    ],
    [
      "an unknown label in validation data",
      (model) => model.fit(x, species, { ...options, validationData: [x, changed(species, 9, "rosa")] }),
      {},
      /^fit: validationData expected each target to be one of the labels .*, got "rosa" at row 9/,
    ],
    [
      "an unknown label in evaluate",
      (model) => model.evaluate(x, changed(species, 0, ""), { loss: "softmaxCrossEntropy" }),
      { labels: names },
      /^evaluate expected each target to be one of .*, got "" at row 0/,
    ],
    [
      "an unknown label in a stream",
      (model) => model.fit([[x, changed(species, 3, "rosa")]], options),
      { labels: names },
      /^fit expected each target to be one of .*, got "rosa" at row 3/,
    ],
    [
      "labels in a stream for a model that has none",
      (model) => model.fit([[x, species]], options),
      {},
      /^fit expected numbers as targets, got "setosa" at row 0, and the model has no labels: pass the option/,
    ],
    [
      "labels in evaluate for a model that has none",
      (model) => model.evaluate(x, species, { loss: "softmaxCrossEntropy" }),
      {},
      /^evaluate expected numbers as targets, got "setosa"/,
    ],
    [
      "fewer labels than classes",
      (model) => model.fit(x, yesNo, options),
      {},
      /^fit expected 3 labels among the targets, one for each class of the model, got 2: "no", "yes"; name all/,
    ],
    [
      "more labels than one output has",
      (model) => model.fit(x, species, binary),
      { outputs: 1 },
      /^fit expected 2 labels among the targets, .* got 3: "setosa", "versicolor", "virginica"/,
    ],
    [
      "labels for several outputs of a loss that is not over classes",
      (model) => model.fit(x, species, { ...options, loss: "meanSquaredError" }),
      {},
      /^fit expected 3 numbers a row as targets for meanSquaredError, got "setosa"; labels are for one output/,
    ],
    [
      "labels for values of one output, which predictClasses could not tell apart",
      (model) => model.fit(x, yesNo, { ...options, loss: "meanSquaredError" }),
      { outputs: 1 },
      /^fit expected numbers as targets for meanSquaredError after linear, which gives values, got "\w+"; use sigmoid with binaryCrossEntropy for labels, or pass 0 and 1/,
    ],
    [
      "true and false for values of one output",
      (model) => model.fit(x, isSetosa, { ...options, loss: losses.huber() }),
      { outputs: 1 },
      /^fit expected numbers as targets for huber after linear, .* got true; use sigmoid/,
    ],
    [
      "true and false for values in validation",
      (model) =>
        model.fit(x, Array.from(y, Number), {
          ...options,
          loss: "meanSquaredError",
          validationData: [x, isSetosa],
        }),
      { outputs: 1 },
      /^fit: validationData expected numbers as targets for meanSquaredError after linear/,
    ],
    [
      "true and false for values in evaluate",
      (model) => model.evaluate(x, isSetosa, { loss: "meanAbsoluteError" }),
      { outputs: 1 },
      /^evaluate expected numbers as targets for meanAbsoluteError after linear/,
    ],
    [
      "true and false for three classes",
      (model) => model.fit(x, isSetosa, options),
      {},
      /^fit expected labels of 3 classes as targets, got true at row 0/,
    ],
    [
      "numbers among labels",
      (model) => model.fit(x, [...species.slice(0, 149), 2 as never], options),
      {},
      /each target to be one of the labels "setosa", "versicolor", "virginica", got 2 at row 149/,
    ],
    [
      "labels among numbers",
      (model) => model.fit(x, [...Array.from(y).slice(0, 149), "virginica" as never], options),
      { labels: names },
      /expected targets to be numbers, got "virginica" at index 149/,
    ],
    [
      "null among true and false",
      (model) =>
        model.fit(x, changed(isSetosa, 4, null as never), { ...options, loss: "softmaxCrossEntropy" }),
      { outputs: 2 },
      /^fit expected true or false as each target, got null at row 4/,
    ],
  ];
  it.each(refused)(
    "refuse %s, before anything has changed",
    async (_, act, { outputs = 3, labels }, message) => {
      using model = make(outputs, "linear", labels);
      const before = { weights: weightsOf(model), labels: model.labels };
      const failing = (async () => act(model))();
      await expect(failing).rejects.toThrow(ValueError);
      await expect(failing).rejects.toThrow(message);
      expect({ weights: weightsOf(model), labels: model.labels }).toEqual(before);
    },
  );

  it("are not for a loss alone, which knows no labels", () => {
    const pred = backend.matrix(2, 3);
    expect(() => losses.softmaxCrossEntropy().value(pred, ["a", "b"] as never)).toThrow(
      /softmaxCrossEntropy expected .*targets to be numbers, got "a" at index 0/,
    );
    expect(() => losses.meanSquaredError().value(pred, [true, false] as never)).toThrow(
      /got true at index 0/,
    );
  });
});

describe("labels of a model", () => {
  it("that are the same twice are refused", () => {
    expect(() => make(3, "linear", ["a", "b", "a"])).toThrow(ValueError);
    expect(() => make(3, "linear", ["a", "b", "a"])).toThrow(
      /network expected labels that differ from each other, got "a" twice/,
    );
  });
});

describe("predictClasses", () => {
  it.each([
    [1, "sigmoid"],
    [1, "linear"],
    [3, "softmax"],
  ] as const)("refuses NaN, which is of no class: %d outputs after %s", (outputs, last) => {
    using model = make(outputs, last);
    const rows = Array.from(x.slice(0, 12));
    expect(model.predictClasses(rows)).toHaveLength(3);
    rows[9] = Number.NaN;
    for (const probabilities of [false, true] as const) {
      const predict = () => model.predictClasses(rows, { probabilities } as { probabilities: true });
      expect(predict).toThrow(ValueError);
      expect(predict).toThrow(/predictClasses expected outputs that are numbers, got NaN for sample 2: its/);
    }
  });

  it("gives labels where the model has them, else indices", async () => {
    using model = make(3);
    await model.fit(x, y, { ...options, epochs: 40, optimizer: sgd({ learningRate: 0.2 }) });
    const indices = model.predictClasses(x);
    expect(indices.filter((index, i) => index === y[i]).length).toBeGreaterThan(140);
    await model.fit(x, species, { ...options, epochs: 1 });
    expect(new Set(model.predictClasses(x))).toEqual(new Set(names));
    expect(model.predictClasses([])).toEqual([]);
  });

  /** A model whose outputs are its inputs, after an activation. */
  const plain = (outputs: number, activation: ActivationName, labels?: string[]) => {
    const model = new Sequential(backend, {
      inputShape: outputs,
      labels,
      layers: [dense(outputs, { activation })],
    });
    model.parameters[0].value.set(
      Array.from({ length: outputs ** 2 }, (_, i) => Number(i % (outputs + 1) === 0)),
    );
    return model;
  };
  const close = (actual: ArrayLike<number>, expected: number[]) => {
    expect(actual.length).toBe(expected.length);
    for (const [i, value] of expected.entries()) expect(Math.abs(actual[i] - value)).toBeLessThan(1e-6);
  };
  const softmax = (z: number[]) => z.map((v) => Math.exp(v) / z.reduce((sum, u) => sum + Math.exp(u), 0));

  it.each(["softmax", "logSoftmax", "linear"] as const)(
    "gives the probabilities of logits after %s",
    (last) => {
      using model = plain(3, last, names);
      const [first, second] = model.predictClasses([1, 3, -2, 0, 0, 5], { probabilities: true });
      expect(first).toMatchObject({ label: "versicolor", index: 1 });
      close(first.probabilities, softmax([1, 3, -2]));
      expect(first.probability).toBe(first.probabilities[1]);
      expect(second.label).toBe("virginica");
      close(second.probabilities, softmax([0, 0, 5]));
    },
  );

  it.each(["sigmoid", "linear"] as const)("of one output, by a sigmoid after %s", (last) => {
    using model = plain(1, last, ["no", "yes"]);
    expect(model.predictClasses([-2, 0, 0.3])).toEqual(["no", "no", "yes"]);
    const [no, , yes] = model.predictClasses([-2, 0, 0.3], { probabilities: true });
    const p = (z: number) => 1 / (1 + Math.exp(-z));
    close(no.probabilities, [1 - p(-2), p(-2)]);
    expect(no).toMatchObject({ label: "no", index: 0, probability: no.probabilities[0] });
    close(yes.probabilities, [1 - p(0.3), p(0.3)]);
    expect(yes).toMatchObject({ label: "yes", index: 1, probability: yes.probabilities[1] });
  });

  it("of one output without labels gives 0 and 1, by a threshold of one's own too", () => {
    using model = plain(1, "linear");
    expect(model.predictClasses([0.2, 0.7])).toEqual([1, 1]);
    expect(model.predictClasses([0.2, 0.7], { threshold: 0.5 })).toEqual([0, 1]);
  });

  it("does not overflow", () => {
    using many = plain(3, "linear");
    close(many.predictClasses([3e38, 0, -3e38], { probabilities: true })[0].probabilities, [1, 0, 0]);
    using one = plain(1, "linear");
    close(one.predictClasses([-3e38], { probabilities: true })[0].probabilities, [1, 0]);
  });

  it("gives the same where only predicting matters", async () => {
    using model = make(3);
    await model.fit(x, species, options);
    const network = await loadNetwork(smallBackend(), saveModel(model));
    expect(network.predictClasses(x)).toEqual(model.predictClasses(x));
    expect(network.predictClasses(x, { probabilities: true })).toEqual(
      model.predictClasses(x, { probabilities: true }),
    );
  });

  it.each<[string, () => unknown, RegExp]>([
    [
      "an unknown option",
      () => plain(3, "linear").predictClasses([], { top: 3 } as never),
      /unknown option "top"/,
    ],
    [
      "a threshold for several outputs",
      () => plain(3, "linear").predictClasses([], { threshold: 0.5 }),
      /predictClasses expected no threshold for 3 outputs/,
    ],
    [
      "probabilities of what is none",
      () => plain(3, "relu").predictClasses([], { probabilities: true }),
      /predictClasses expected a last layer that gives probabilities \(softmax, sigmoid, logSoftmax, linear\), got relu/,
    ],
    [
      "inputs of another width",
      () => plain(3, "linear").predictClasses([1, 2]),
      /expected input \[batch, 3\]/,
    ],
  ])("refuses %s", (_, act, message) => expect(act).toThrow(message));
});
