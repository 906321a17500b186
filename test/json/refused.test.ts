import { describe, expect, it } from "vitest";
import {
  createBackendSync,
  fitOptionsFrom,
  lossFrom,
  metricFrom,
  modelFrom,
  OutOfMemoryError,
  optimizerFrom,
  ShapeError,
  ValueError,
} from "../../src/index.js";
import { on } from "../reference/backends.js";
import { Random } from "../support/random.js";
import { layerCases, pairCases } from "./layer-cases.js";

const backend = createBackendSync(on("scalar"));
const json = (text: string) => JSON.parse(text);
const listOf = (...layers: unknown[]) => ({ inputShape: 4, layers });
const dense = { type: "dense", units: 2 };
const graph = {
  inputs: [{ shape: [4] }],
  layers: [dense],
  calls: [[0, [0]]],
  outputs: 1,
};

describe("modelFrom says where JSON describes no model", () => {
  it.each<[unknown, string]>([
    [null, "modelFrom expected an object, got null"],
    ["{}", 'modelFrom expected an object, got "{}"'],
    [[dense], "modelFrom expected an object, got an array of length 1"],
    [{ inputShape: 4 }, "modelFrom: JSON expected layers to be an array, got undefined"],
    [{ inputShape: 4, layers: [], shape: 3 }, 'modelFrom: unknown option "shape"; known are inputShape'],
    [listOf(), "modelFrom: network expected at least one layer, got none"],
    [
      { ...listOf(dense), inputShape: 0.5 },
      "modelFrom: inputShape: network expected a size in inputShape to",
    ],
    [{ ...listOf(dense), seed: "7" }, 'modelFrom: seed: network expected seed to be a safe integer, got "7"'],
    [{ ...listOf(dense), labels: 5 }, "modelFrom: labels: network expected labels"],
    [{ ...listOf(dense), version: 2 }, "modelFrom: version: JSON expected version to be 1 or none, got 2"],
    [listOf(dense, 5), "modelFrom: layers[1] expected an object, got 5"],
    [listOf(dense, [dense]), "modelFrom: layers[1] expected an object, got an array of length 1"],
    [listOf(dense, { units: 2 }), "modelFrom: layers[1].type: unknown layer undefined; known are add"],
    [listOf({ type: "densse" }), 'modelFrom: layers[0].type: unknown layer "densse"; known are add'],
    [listOf({ type: "toString" }), 'modelFrom: layers[0].type: unknown layer "toString"; known are add'],
    [
      listOf(dense, { ...dense, units: "2" }),
      'modelFrom: layers[1].units: dense expected units to be an integer of at least 1, got "2"',
    ],
    [
      listOf(dense, { type: "dense" }),
      "modelFrom: layers[1]: dense expected units to be an integer of at least 1, got undefined",
    ],
    [
      listOf({ ...dense, unitz: 1 }),
      'modelFrom: layers[0].unitz: dense: unknown option "unitz"; known are activation, useBias',
    ],
    [
      listOf({ ...dense, activation: "tahn" }),
      'modelFrom: layers[0].activation: dense: unknown activation "tahn"; known are ',
    ],
    [
      listOf({ ...dense, trainable: 1 }),
      "modelFrom: layers[0].trainable: dense expected trainable to be true",
    ],
    [listOf({ ...dense, kernelRegularizer: { l2: -1 } }), "modelFrom: layers[0].kernelRegularizer: dense"],
    [
      listOf(json('{ "type": "dense", "units": 2, "__proto__": { "useBias": false } }')),
      'modelFrom: layers[0].__proto__: dense: unknown option "__proto__"',
    ],
    [
      listOf({ ...dense, constructor: {} }),
      'modelFrom: layers[0].constructor: dense: unknown option "constr',
    ],
    [listOf({ type: "add", factor: 2 }), 'modelFrom: layers[0].factor: add: unknown option "factor"'],
    [listOf({ type: "scale", factor: "2" }), "modelFrom: layers[0].factor: scale expected factor"],
    [listOf({ type: "scaling", name: "in" }), "modelFrom: layers[0]: scaling expected mean to be numbers"],
    [
      listOf({ type: "bidirectional", layer: { type: "lstm", units: 0 } }),
      "modelFrom: layers[0].layer.units: lstm expected units to be an integer of at least 1, got 0",
    ],
    [
      listOf({ type: "bidirectional", layer: dense }),
      "modelFrom: layers[0].layer expected a recurrent layer without returnState, got Object",
    ],
    [
      listOf({ type: "bidirectional", layer: { type: "lstm", units: 2, returnState: true } }),
      "modelFrom: layers[0].layer expected a recurrent layer without returnState",
    ],
    [
      { inputShape: [3, 4], layers: [{ type: "lstm", units: 2, returnState: true }] },
      "modelFrom: layers[0].returnState: lstm expected no returnState in a list of layers",
    ],
    [{ ...graph, calls: undefined }, "modelFrom: calls: expected a list of calls"],
    [{ ...graph, calls: [[0, [3]]] }, "modelFrom: calls[0] expected the number of a tensor below 1, got 3"],
    [{ ...graph, layers: [{ type: "conv2d" }] }, "modelFrom: layers[0]: conv2d expected filters"],
    [{ ...graph, inputShape: 4 }, 'unknown option "inputShape"; known are inputs, calls, outputs'],
    [
      { ...graph, inputs: [{ shape: [0] }] },
      "modelFrom: inputs: expected inputs[0].shape to hold sizes, got [0]",
    ],
  ])("%j", (spec, message) => {
    expect(() => modelFrom(backend, spec as never)).toThrow(ValueError);
    expect(() => modelFrom(backend, spec as never)).toThrow(message);
  });

  it("with the layer or the call that does not fit the one before", () => {
    const conv = { type: "conv2d", filters: 2, kernelSize: 3 };
    const list = () => modelFrom(backend, listOf(dense, conv) as never);
    expect(list).toThrow(ShapeError);
    expect(list).toThrow(
      "modelFrom: layers[1]: conv2d expected an input of [batch, height, width, channels]",
    );
    const ofGraph = () => modelFrom(backend, { ...graph, layers: [conv] } as never);
    expect(ofGraph).toThrow(ShapeError);
    expect(ofGraph).toThrow("modelFrom: calls[0]: conv2d expected an input of [batch, height");
  });

  it("where memory does not suffice, before any is taken", () => {
    const before = backend.memory.totalBytes;
    expect(() => modelFrom(backend, listOf({ ...dense, units: 1e12 }) as never)).toThrow(OutOfMemoryError);
    expect(backend.memory.totalBytes).toBe(before);
  });

  it("and what it has polluted nothing", () => {
    const spec = json('{ "__proto__": { "polluted": 1 }, "inputShape": 4, "layers": [] }');
    expect(() => modelFrom(backend, spec)).toThrow('unknown option "__proto__"');
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });
});

describe("what JSON does not describe is refused with its place:", () => {
  it.each<[string, () => unknown, string]>([
    [
      "no optimizer",
      () => optimizerFrom(null as never),
      "optimizerFrom expected a name or an object, got null",
    ],
    [
      "an unknown one",
      () => optimizerFrom({ name: "adamm" }),
      'optimizerFrom: unknown optimizer "adamm"; known are sgd, adam, ',
    ],
    [
      "an option that another one has",
      () => optimizerFrom({ name: "sgd", beta1: 0.9 }),
      'optimizerFrom: beta1: sgd: unknown option "beta1"; known are learningRate',
    ],
    [
      "a learning rate of text",
      () => optimizerFrom({ name: "sgd", learningRate: "fast" }),
      "optimizerFrom: learningRate: scheduleFrom: unknown schedule undefined; known are constant",
    ],
    [
      "a schedule",
      () => optimizerFrom({ name: "sgd", learningRate: { type: "step", learningRate: 1, every: 0 } }),
      "optimizerFrom: learningRate.every: step expected every to be an integer of at least 1, got 0",
    ],
    [
      "a schedule behind another one",
      () =>
        optimizerFrom({
          name: "sgd",
          learningRate: { type: "warmup", steps: 2, before: { type: "cosine", learningRate: 1, steps: 0 } },
        }),
      "optimizerFrom: learningRate.before.steps: cosine expected steps",
    ],
    [
      "groups that are no list",
      () => optimizerFrom({ name: "sgd", groups: 5 }),
      "optimizerFrom: groups: sgd expected groups to be an array, got 5",
    ],
    [
      "a group of no parameters",
      () => optimizerFrom({ name: "sgd", groups: [{ parameters: [1] }] }),
      "optimizerFrom: groups[0].parameters: a group",
    ],
    [
      "an expression that is none",
      () => optimizerFrom({ name: "sgd", groups: [{ parameters: { source: "(" } }] }),
      "optimizerFrom: groups[0]: Invalid regular expression",
    ],
    [
      "a decay of a group",
      () => optimizerFrom({ name: "sgd", groups: [{ parameters: ["0.bias"], weightDecay: -1 }] }),
      "optimizerFrom: groups[0].weightDecay: an optimizer expected weightDecay",
    ],
    ["a loss", () => lossFrom("toString" as never), 'lossFrom: unknown loss "toString"; known are mean'],
    [
      "an option of a loss",
      () => lossFrom({ name: "huber", delta: 0 }),
      "lossFrom: delta: huber expected delta to be a finite number above 0, got 0",
    ],
    ["a metric", () => metricFrom({ name: "auc" }), 'metricFrom: unknown metric "auc"; known are accuracy'],
    [
      "an option of a metric",
      () => metricFrom({ name: "r2", k: 1 }),
      'metricFrom: unknown option "k"; known are name',
    ],
    [
      "no loss",
      () => fitOptionsFrom({} as never),
      "fitOptionsFrom: loss expected a name or an object, got undef",
    ],
    [
      "a loss of an output",
      () => fitOptionsFrom({ loss: { price: { name: "huber", delta: -1 } } }),
      "fitOptionsFrom: loss.price.delta: huber expected delta",
    ],
    [
      "a metric in a list",
      () => fitOptionsFrom({ loss: "mse", metrics: ["r2", { name: "topKAccuracy", k: 0 }] }),
      "fitOptionsFrom: metrics[1].k: topKAccuracy expected k",
    ],
    [
      "metrics that are no list",
      () => fitOptionsFrom({ loss: "mse", metrics: "r2" as never }),
      'fitOptionsFrom: metrics expected an object, got "r2"',
    ],
    [
      "an optimizer's option",
      () => fitOptionsFrom({ loss: "mse", optimizer: { name: "adam", learningRate: 0 } }),
      "fitOptionsFrom: optimizer.learningRate: adam expected learningRate",
    ],
    [
      "a number",
      () => fitOptionsFrom({ loss: "mse", epochs: 0.5 }),
      "fitOptionsFrom: epochs: fit expected epochs to be an integer of at least 0, got 0.5",
    ],
    [
      "early stopping",
      () => fitOptionsFrom({ loss: "mse", earlyStopping: { patience: -1 } }),
      "fitOptionsFrom: earlyStopping: fit: earlyStopping expected patience",
    ],
    [
      "class weights",
      () => fitOptionsFrom({ loss: "mse", classWeights: [1, -1] }),
      "fitOptionsFrom: classWeights: fit expected classWeights.1 to be a finite number of at least 0, got -1",
    ],
    [
      "what is no data",
      () => fitOptionsFrom({ loss: "mse", callbacks: [] } as never),
      'fitOptionsFrom: unknown option "callbacks"; known are loss',
    ],
  ])("%s", (_, make, message) => {
    expect(make).toThrow(ValueError);
    expect(make).toThrow(message);
  });

  it("schedules within schedules, deeper than a stack", () => {
    let learningRate: unknown = 0.1;
    for (let i = 0; i < 100_000; i++) learningRate = { type: "warmup", steps: 1, before: learningRate };
    expect(() => optimizerFrom({ name: "sgd", learningRate })).toThrow(ValueError);
  });
});

describe("JSON that is damaged anywhere is read or refused with an error of the library", () => {
  const values = [
    null,
    true,
    -1,
    0,
    0.5,
    3,
    1e12,
    1e300,
    "",
    "adam",
    "__proto__",
    [],
    {},
    [[1]],
    { name: "sgd" },
  ];

  /** The JSON with one place changed: a value replaced, removed or put elsewhere. */
  function damaged(whole: unknown, random: Random): unknown {
    const copy = structuredClone(whole);
    const places: [Record<string, unknown>, string][] = [];
    const visit = (part: unknown): void => {
      if (part === null || typeof part !== "object") return;
      for (const key of Object.keys(part)) {
        places.push([part as Record<string, unknown>, key]);
        visit((part as Record<string, unknown>)[key]);
      }
    };
    visit(copy);
    const [parent, key] = places[random.integer(places.length)];
    const [other, otherKey] = places[random.integer(places.length)];
    const kind = random.integer(5);
    if (kind === 0) delete parent[key];
    else if (kind === 1) parent[key] = structuredClone(other[otherKey]);
    else if (kind === 2 && !Array.isArray(parent)) {
      const name = ["__proto__", "constructor", "unitz", otherKey][random.integer(4)];
      Object.defineProperty(parent, name, { value: parent[key], enumerable: true });
    } else parent[key] = values[random.integer(values.length)];
    return JSON.parse(JSON.stringify(copy));
  }

  const models = [
    ...layerCases.map(({ spec, input }) => ({ inputShape: input, seed: 1, layers: [spec, dense] })),
  ];
  const graphs = pairCases.map(({ spec, input: shape }) => ({
    inputs: [{ shape, name: "a" }, { shape }],
    seed: 1,
    layers: [spec, dense],
    calls: [
      [0, [0, 1]],
      [1, [2]],
    ],
    outputs: [3],
    inputList: true,
    labels: ["a", "b"],
  }));
  const fits = [
    {
      loss: { a: { name: "huber", delta: 1 }, b: "mse" },
      lossWeights: { a: 1 },
      metrics: { a: ["accuracy", { name: "topKAccuracy", k: 2 }] },
      optimizer: {
        name: "adamw",
        learningRate: {
          type: "warmup",
          steps: 2,
          before: { type: "multiStep", learningRate: 0.1, at: [2, 4] },
        },
        groups: [{ parameters: ["0.bias"] }, { parameters: { source: "^0", flags: "u" }, weightDecay: 0 }],
        clipNorm: 1,
      },
      epochs: 3,
      batchSize: 2,
      accumulate: 2,
      shuffle: true,
      groupByLength: false,
      validationSplit: 0.1,
      earlyStopping: { monitor: "loss", patience: 2, minimumChange: 0, restoreBest: true },
      classWeights: [1, 2],
    },
  ];
  const kinds: [string, readonly unknown[], (json: never) => unknown][] = [
    ["models", [...models, ...graphs], (spec) => modelFrom(backend, spec).dispose()],
    ["options of fit", fits, (spec) => fitOptionsFrom(spec)],
  ];
  const isOwn = (error: unknown) =>
    error instanceof ValueError || error instanceof ShapeError || error instanceof OutOfMemoryError;

  it.each(kinds)("%s, 2,500 times", (_, wholes, read) => {
    let refused = 0;
    for (let seed = 0; seed < 2500; seed++) {
      const random = new Random(seed);
      let spec: unknown = wholes[random.integer(wholes.length)];
      for (let times = random.integer(3); times >= 0; times--) spec = damaged(spec, random);
      try {
        read(spec as never);
      } catch (error) {
        refused++;
        if (!isOwn(error)) throw new Error(`seed ${seed}: ${JSON.stringify(spec)}`, { cause: error });
      }
    }
    expect(refused).toBeGreaterThan(1000);
    expect(refused).toBeLessThan(2500);
    expect(({} as Record<string, unknown>).unitz).toBeUndefined();
  });
});
