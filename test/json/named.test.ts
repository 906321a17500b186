import { describe, expect, it } from "vitest";
import {
  type ActivationName,
  adadelta,
  adagrad,
  adam,
  adamw,
  createBackendSync,
  dense,
  type FitSpec,
  fitOptionsFrom,
  input,
  type Loss,
  type LossSpec,
  lion,
  losses,
  lossFrom,
  type MetricSpec,
  Model,
  metricFrom,
  metrics,
  nadam,
  type Optimizer,
  type OptimizerSpec,
  optimizerFrom,
  rmsprop,
  type Schedule,
  type ScheduleSpec,
  Sequential,
  schedules,
  sgd,
} from "../../src/index.js";
import { on } from "../reference/backends.js";
import { Random } from "../support/random.js";

const backend = createBackendSync(on("simd"));
const through = (json: unknown) => JSON.parse(JSON.stringify(json));
const random = (n: number): Float32Array => new Random(n).floats(n);

/** The digest of the same model after some steps of an optimizer along the gradients of a loss. */
async function trained(optimizer: Optimizer, loss: Loss, activation: ActivationName = "linear") {
  const layers = [dense(4, { activation: "tanh" }), dense(3, { activation })];
  using model = new Sequential(backend, { inputShape: 5, seed: 1, layers });
  const y = Float32Array.from(random(24), (value, i) =>
    activation === "linear" ? value : Number(i % 3 === 1),
  );
  await model.fit(random(40), y, { loss, optimizer, epochs: 3, batchSize: 4 });
  return model.weightsDigest();
}

const groups = [
  { parameters: ["0.bias"], weightDecay: 0.5 },
  { parameters: /^1/, learningRateFactor: 0.5 },
];
const groupSpecs = [groups[0], { parameters: { source: "^1", flags: "" }, learningRateFactor: 0.5 }];

const optimizerCases: readonly [OptimizerSpec, Optimizer][] = [
  ["sgd", sgd()],
  ["adam", adam()],
  ["adamw", adamw()],
  ["nadam", nadam()],
  ["rmsprop", rmsprop()],
  ["adagrad", adagrad()],
  ["adadelta", adadelta()],
  ["lion", lion()],
  [
    { name: "sgd", learningRate: 0.1, momentum: 0.9, nesterov: true },
    sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }),
  ],
  [{ name: "adam", amsgrad: true, clipNorm: 1 }, adam({ amsgrad: true, clipNorm: 1 })],
  [
    { name: "adamw", learningRate: 0.01, weightDecay: 0.1, groups: groupSpecs as never },
    adamw({ learningRate: 0.01, weightDecay: 0.1, groups: groups as never }),
  ],
  [{ name: "nadam", momentumDecay: 0.1 }, nadam({ momentumDecay: 0.1 })],
  [{ name: "rmsprop", centered: true, momentum: 0.5 }, rmsprop({ centered: true, momentum: 0.5 })],
  [{ name: "adagrad", learningRate: 0.2 }, adagrad({ learningRate: 0.2 })],
  [{ name: "adadelta", rho: 0.8 }, adadelta({ rho: 0.8 })],
  [{ name: "lion", beta1: 0.8, clipValue: 0.1 }, lion({ beta1: 0.8, clipValue: 0.1 })],
];

const warmedUp = { type: "cosine", learningRate: 0.1, steps: 4, restarts: true } as const;
const scheduleCases: readonly [ScheduleSpec, Schedule][] = [
  [{ type: "constant", learningRate: 0.1 }, schedules.constant({ learningRate: 0.1 })],
  [{ type: "step", learningRate: 0.1, every: 2 }, schedules.step({ learningRate: 0.1, every: 2 })],
  [
    { type: "multiStep", learningRate: 0.1, at: [1, 3] },
    schedules.multiStep({ learningRate: 0.1, at: [1, 3] }),
  ],
  [
    { type: "exponential", learningRate: 0.1, factor: 0.5 },
    schedules.exponential({ learningRate: 0.1, factor: 0.5 }),
  ],
  [
    { type: "polynomial", learningRate: 0.1, steps: 5, power: 2 },
    schedules.polynomial({ learningRate: 0.1, steps: 5, power: 2 }),
  ],
  [{ type: "cosine", learningRate: 0.1, steps: 5 }, schedules.cosine({ learningRate: 0.1, steps: 5 })],
  [{ type: "oneCycle", learningRate: 0.1, steps: 6 }, schedules.oneCycle({ learningRate: 0.1, steps: 6 })],
  [
    { type: "warmup", steps: 2, before: warmedUp },
    schedules.warmup({
      steps: 2,
      before: schedules.cosine({ learningRate: 0.1, steps: 4, restarts: true }),
    }),
  ],
  [
    { type: "reduceOnPlateau", learningRate: 0.1, monitor: "loss", patience: 1 },
    schedules.reduceOnPlateau({ learningRate: 0.1, monitor: "loss", patience: 1 }),
  ],
];

const lossCases: readonly [LossSpec, Loss, ActivationName?][] = [
  ["meanSquaredError", losses.meanSquaredError()],
  ["mse", losses.meanSquaredError()],
  ["mae", losses.meanAbsoluteError()],
  [{ name: "meanAbsoluteError", reduction: "sum" }, losses.meanAbsoluteError({ reduction: "sum" })],
  [{ name: "huber", delta: 0.3 }, losses.huber({ delta: 0.3 })],
  ["logCosh", losses.logCosh()],
  [{ name: "poisson", allowMismatch: true }, losses.poisson({ allowMismatch: true }), "softplus"],
  ["cosineSimilarity", losses.cosineSimilarity()],
  [{ name: "hinge", allowMismatch: true }, losses.hinge({ allowMismatch: true })],
  [{ name: "squaredHinge", allowMismatch: true }, losses.squaredHinge({ allowMismatch: true })],
  ["bce", losses.binaryCrossEntropy(), "sigmoid"],
  [
    { name: "binaryCrossEntropy", allowMismatch: true, labelSmoothing: 0.1 },
    losses.binaryCrossEntropy({ allowMismatch: true, labelSmoothing: 0.1 }),
    "sigmoid",
  ],
  [
    { name: "binaryCrossEntropyWithLogits", allowMismatch: true },
    losses.binaryCrossEntropyWithLogits({ allowMismatch: true }),
  ],
  [
    { name: "softmaxCrossEntropy", allowMismatch: true, ignoreIndex: -1 },
    losses.softmaxCrossEntropy({ allowMismatch: true, ignoreIndex: -1 }),
  ],
  [
    { name: "categoricalCrossEntropy", labelSmoothing: 0.2 },
    losses.categoricalCrossEntropy({ labelSmoothing: 0.2 }),
    "softmax",
  ],
  [
    { name: "binaryFocalWithLogits", gamma: 1, allowMismatch: true },
    losses.binaryFocalWithLogits({ gamma: 1, allowMismatch: true }),
  ],
  [{ name: "categoricalFocal", gamma: 3 }, losses.categoricalFocal({ gamma: 3 }), "softmax"],
  ["kullbackLeiblerDivergence", losses.kullbackLeiblerDivergence(), "softmax"],
];

const metricCases: readonly [MetricSpec, ReturnType<typeof metricFrom>][] = [
  ["accuracy", metrics.accuracy()],
  ["acc", metrics.accuracy()],
  [{ name: "accuracy", threshold: 0.7 }, metrics.accuracy({ threshold: 0.7 })],
  [{ name: "topKAccuracy", k: 2 }, metrics.topKAccuracy({ k: 2 })],
  [{ name: "precision", threshold: 0.2 }, metrics.precision({ threshold: 0.2 })],
  ["recall", metrics.recall()],
  ["f1", metrics.f1()],
  ["confusionMatrix", metrics.confusionMatrix()],
  ["rocAuc", metrics.rocAuc()],
  ["meanAbsoluteError", metrics.meanAbsoluteError()],
  ["rootMeanSquaredError", metrics.rootMeanSquaredError()],
  ["r2", metrics.r2()],
];

const namesOf = (cases: readonly (readonly [unknown, { readonly name: string }, ...unknown[]])[]) =>
  new Set(cases.map(([, { name }]) => name));
const titled = <Case extends readonly [unknown, ...unknown[]]>(cases: readonly Case[]) =>
  cases.map((each) => [JSON.stringify(each[0]), each] as const);

describe("an optimizer from JSON trains to the bits of the one made by hand", () => {
  it.each(titled(optimizerCases))("%s", async (_, [spec, optimizer]) => {
    const expected = await trained(optimizer, losses.meanSquaredError());
    expect(await trained(optimizerFrom(through(spec)), losses.meanSquaredError())).toBe(expected);
    const again = optimizerFrom(through(optimizer.config));
    expect(again.config).toEqual(optimizer.config);
    expect(await trained(again, losses.meanSquaredError())).toBe(expected);
  });

  it.each(titled(scheduleCases))("with the schedule %s", async (_, [learningRate, schedule]) => {
    const optimizer = sgd({ learningRate: schedule });
    const expected = await trained(optimizer, losses.meanSquaredError());
    const made = optimizerFrom(through({ name: "sgd", learningRate }));
    expect(await trained(made, losses.meanSquaredError())).toBe(expected);
    expect(await trained(optimizerFrom(optimizer.config), losses.meanSquaredError())).toBe(expected);
  });

  it("of every name and with every schedule", () => {
    expect(namesOf(optimizerCases).size).toBe(8);
    expect(scheduleCases.map(([, { type }]) => type).sort()).toEqual(Object.keys(schedules).sort());
  });

  it("whose config can be sent to another thread", () => {
    const before = schedules.warmup({ steps: 2, before: 0.1 });
    const { config } = adam({ learningRate: schedules.warmup({ steps: 3, before }), groups: [] });
    expect(structuredClone(config)).toEqual(config);
  });
});

describe("a loss from JSON trains to the bits of the one made by hand", () => {
  it.each(titled(lossCases))("%s", async (_, [spec, loss, activation]) => {
    const expected = await trained(sgd(), loss, activation);
    expect(await trained(sgd(), lossFrom(through(spec)), activation)).toBe(expected);
    const again = lossFrom(through(loss.config));
    expect(again.config).toEqual(loss.config);
    expect(await trained(sgd(), again, activation)).toBe(expected);
  });

  it("of every name but custom, which is made of functions", () => {
    const { custom, ...others } = losses;
    expect([...namesOf(lossCases)].sort()).toEqual(Object.keys(others).sort());
    const own = custom({ name: "own", value: () => 0, gradient: () => undefined });
    expect(() => own.config).toThrow("own: a loss of functions has no config");
    expect(() => lossFrom({ name: "custom" })).toThrow('lossFrom: unknown loss "custom"; known are mean');
  });
});

describe("a metric from JSON gives the value of the one made by hand", () => {
  it.each(titled(metricCases))("%s", (_, [spec, metric]) => {
    const isOfValues = /Error|r2/.test(metric.name);
    const isBinary = metric.name === "rocAuc" || "threshold" in Object(spec);
    const activation = isOfValues ? "linear" : isBinary ? "sigmoid" : "softmax";
    const layers = [dense(isBinary || isOfValues ? 1 : 3, { activation })];
    using model = new Sequential(backend, { inputShape: 5, seed: 1, layers });
    const loss = isOfValues
      ? "meanSquaredError"
      : isBinary
        ? "binaryCrossEntropy"
        : "categoricalCrossEntropy";
    const y = isOfValues
      ? random(8)
      : isBinary
        ? [0, 1, 1, 0, 1, 0, 0, 1]
        : Int32Array.of(0, 1, 2, 1, 0, 2, 2, 1);
    const scored = (one: typeof metric) => model.evaluate(random(40), y, { loss, metrics: [one] });
    expect(scored(metricFrom(through(spec)))).toEqual(scored(metric));
    const again = metricFrom(through(metric.config));
    expect(again.config).toEqual(metric.config);
    expect(scored(again)).toEqual(scored(metric));
  });

  it("of every name", () => {
    expect([...namesOf(metricCases)].sort()).toEqual(Object.keys(metrics).sort());
  });
});

describe("fitOptionsFrom", () => {
  const json: FitSpec = {
    loss: { name: "categoricalCrossEntropy", labelSmoothing: 0.1 },
    metrics: ["accuracy", { name: "topKAccuracy", k: 2 }],
    optimizer: { name: "adamw", learningRate: { type: "cosine", learningRate: 0.05, steps: 30 } },
    epochs: 5,
    batchSize: 8,
    accumulate: 2,
    shuffle: true,
    groupByLength: false,
    validationSplit: 0.25,
    earlyStopping: { monitor: "validationAccuracy", patience: 3 },
    classWeights: { 1: 2 },
  };
  const classifier = () =>
    new Sequential(backend, { inputShape: 5, seed: 1, layers: [dense(3, { activation: "softmax" })] });
  const [x, y] = [random(200), Int32Array.from({ length: 40 }, (_, i) => (i * i) % 3)];

  it("gives the options that a program would write", async () => {
    const [model, twin] = [classifier(), classifier()];
    const log = await model.fit(x, y, fitOptionsFrom(through(json)));
    const byHand = await twin.fit(x, y, {
      ...(json as object),
      loss: losses.categoricalCrossEntropy({ labelSmoothing: 0.1 }),
      metrics: ["accuracy", metrics.topKAccuracy({ k: 2 })],
      optimizer: adamw({ learningRate: schedules.cosine({ learningRate: 0.05, steps: 30 }) }),
    });
    expect(log.epochs.map(({ loss, validationAccuracy }) => [loss, validationAccuracy])).toEqual(
      byHand.epochs.map(({ loss, validationAccuracy }) => [loss, validationAccuracy]),
    );
    expect(await model.weightsDigest()).toBe(await twin.weightsDigest());
  });

  it.each<[string, Pick<FitSpec, "loss" | "metrics" | "lossWeights">]>([
    ["arrays", { loss: ["mse", { name: "huber", delta: 2 }], metrics: [["r2"], []], lossWeights: [1, 0.5] }],
    [
      "objects",
      {
        loss: { a: "mse", b: { name: "huber", delta: 2 } },
        metrics: { a: ["r2"] },
        lossWeights: { b: 0.5 },
      },
    ],
  ])("has a loss for each of several outputs, in %s", async (_, given) => {
    const one = input(5);
    const outputs = [dense(1, { name: "a" }).apply(one), dense(1, { name: "b" }).apply(one)];
    const make = () => new Model(backend, { inputs: one, outputs, seed: 1 });
    const [model, twin] = [make(), make()];
    const targets = [random(40), random(40)];
    await model.fit(x, targets, fitOptionsFrom(given));
    const loss = ["meanSquaredError", losses.huber({ delta: 2 })] as const;
    await twin.fit(x, targets, { loss, lossWeights: [1, 0.5] });
    expect(await model.weightsDigest()).toBe(await twin.weightsDigest());
  });

  it("makes a new optimizer each time", () => {
    const [a, b] = [fitOptionsFrom(json), fitOptionsFrom(json)];
    expect(a.optimizer).not.toBe(b.optimizer);
    expect(fitOptionsFrom({ loss: "mse" })).not.toHaveProperty("optimizer");
  });
});
