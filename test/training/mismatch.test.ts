import { describe, expect, it } from "vitest";
import {
  type ActivationName,
  activation,
  activationNames,
  adadelta,
  adagrad,
  adam,
  adamw,
  CustomLayer,
  checkGradients,
  createBackendSync,
  dense,
  dropout,
  type FitOptions,
  gaussianNoise,
  type Layer,
  type Loss,
  losses,
  type Metric,
  metrics,
  NonFiniteError,
  nadam,
  rmsprop,
  Sequential,
  scaling,
  schedules,
  sgd,
  type Targets,
  ValueError,
} from "../../src/index.js";

/** What a loss refuses: last activations that it is not for, and targets outside its range. */
const backend = createBackendSync();
const x = [
  [1, 2],
  [3, 4],
  [5, 1],
];
const modelOf = (...layers: Layer[]) => new Sequential(backend, { inputShape: 2, seed: 1, layers });
const endingIn = (last: ActivationName, units = 3) => modelOf(dense(units, { activation: last }));

/** The losses, the last activations that they are for, and targets that suit all of them. */
const suitable: Record<string, readonly string[]> = {
  binaryCrossEntropy: ["sigmoid", "hardSigmoid"],
  binaryCrossEntropyWithLogits: ["linear", "leakyRelu", "prelu"],
  binaryFocalWithLogits: ["linear", "leakyRelu", "prelu"],
  softmaxCrossEntropy: ["linear", "leakyRelu", "prelu", "logSoftmax"],
  categoricalCrossEntropy: ["softmax"],
  categoricalFocal: ["softmax"],
  kullbackLeiblerDivergence: ["softmax"],
  hinge: ["linear", "leakyRelu", "prelu", "elu", "selu", "tanh", "softsign"],
  squaredHinge: ["linear", "leakyRelu", "prelu", "elu", "selu", "tanh", "softsign"],
  poisson: ["relu", "relu6", "sigmoid", "hardSigmoid", "softplus", "softmax", "exp"],
};
const every = losses as unknown as Record<string, (options?: object) => Loss>;
const oneHot = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

describe("a loss and the activation before it", () => {
  describe.each(Object.keys(losses).filter((name) => name !== "custom"))("%s", (name) => {
    it.each(activationNames as ActivationName[])("after %s", async (last) => {
      const allowed = !(name in suitable) || suitable[name].includes(last);
      const loss = every[name]();
      using model = endingIn(last);
      const before = [...model.parameters[0].value.data];
      const calls = [
        async () => void (await model.fit(x, oneHot, { loss })),
        async () => {
          for await (const _ of model.train(x, oneHot, { loss }));
        },
        async () => void model.evaluate(x, oneHot, { loss }),
        async () => void checkGradients(model, x, oneHot, { loss }),
      ];
      if (allowed) {
        for (const call of calls) await call();
        return;
      }
      for (const call of calls) {
        const error = await call().then(
          () => undefined,
          (reason) => reason,
        );
        expect(error).toBeInstanceOf(ValueError);
        expect(error.message).toMatch(
          new RegExp(`^(fit|evaluate|checkGradients): ${name} expected .*, got the outputs of ${last}; `),
        );
        expect(error.message).toMatch(/change the last activation, or set .* allowMismatch: true/);
      }
      expect([...model.parameters[0].value.data]).toEqual(before);
      // That it is meant can be said.
      model.evaluate(x, oneHot, { loss: every[name]({ allowMismatch: true }) });
    });
  });

  it.each<[string, ActivationName, RegExp]>([
    ["categoricalCrossEntropy", "linear", /use softmaxCrossEntropy after linear/],
    ["categoricalCrossEntropy", "sigmoid", /use binaryCrossEntropy after sigmoid/],
    ["softmaxCrossEntropy", "softmax", /use categoricalCrossEntropy after softmax/],
    ["binaryCrossEntropy", "linear", /use binaryCrossEntropyWithLogits after linear/],
    ["binaryCrossEntropy", "softmax", /use categoricalCrossEntropy after softmax/],
    ["binaryCrossEntropyWithLogits", "sigmoid", /use binaryCrossEntropy after sigmoid/],
    ["hinge", "sigmoid", /use binaryCrossEntropy after sigmoid/],
    ["poisson", "linear", /expected outputs that are never negative, as softplus or exp gives them/],
    ["kullbackLeiblerDivergence", "logSoftmax", /use softmaxCrossEntropy after logSoftmax/],
  ])("%s after %s names the right pair", (name, last, message) => {
    using model = endingIn(last);
    expect(() => model.evaluate(x, oneHot, { loss: every[name]() })).toThrow(message);
  });

  class Own extends CustomLayer {
    readonly type = "own";
    forward({ x, y }: { x: Float32Array; y: Float32Array }): void {
      y.set(x);
    }
    backward({ dy, dx }: { dy: Float32Array; dx: Float32Array | undefined }): void {
      dx?.set(dy);
    }
  }
  const shift = () => scaling({ mean: [-1, -1, -1], deviation: [2, 2, 2] });

  it.each<[string, Layer[], string, boolean]>([
    [
      "a layer of one's own, of which nothing is known",
      [dense(3), new Own()],
      "categoricalCrossEntropy",
      true,
    ],
    [
      "a sigmoid brought to another range",
      [dense(3, { activation: "tanh" }), shift()],
      "binaryCrossEntropy",
      true,
    ],
    ["a linear layer that is scaled", [dense(3), shift()], "binaryCrossEntropy", false],
    ["a linear layer that is scaled", [dense(3), shift()], "softmaxCrossEntropy", true],
    ["dropout after a linear layer", [dense(3), dropout(0.5)], "softmaxCrossEntropy", true],
    [
      "dropout after softmax",
      [dense(3, { activation: "softmax" }), dropout(0.5)],
      "softmaxCrossEntropy",
      false,
    ],
    [
      "dropout after softmax",
      [dense(3, { activation: "softmax" }), dropout(0.5)],
      "categoricalCrossEntropy",
      false,
    ],
    ["dropout after relu", [dense(3, { activation: "relu" }), dropout(0.5)], "poisson", true],
    [
      "noise after sigmoid",
      [dense(3, { activation: "sigmoid" }), gaussianNoise(0.1)],
      "binaryCrossEntropy",
      false,
    ],
    [
      "noise after sigmoid",
      [dense(3, { activation: "sigmoid" }), gaussianNoise(0.1)],
      "binaryCrossEntropyWithLogits",
      false,
    ],
    ["noise after a linear layer", [dense(3), gaussianNoise(0.1)], "binaryCrossEntropyWithLogits", true],
    ["a layer of the activation alone", [dense(3), activation("softmax")], "categoricalCrossEntropy", true],
    ["a layer of the activation alone", [dense(3), activation("softmax")], "softmaxCrossEntropy", false],
    [
      "an activation that does nothing",
      [dense(3, { activation: "softmax" }), activation("linear")],
      "softmaxCrossEntropy",
      false,
    ],
  ])("%s: %s", (_, layers, name, allowed) => {
    using model = modelOf(...layers);
    const call = () => model.evaluate(x, oneHot, { loss: every[name]() });
    if (allowed) call();
    else expect(call).toThrow(ValueError);
  });

  it.each(Object.keys(losses).filter((name) => name !== "custom"))(
    "softmax of one unit is always 1: %s refuses it, meant or not",
    (name) => {
      using model = endingIn("softmax", 1);
      for (const loss of [every[name](), every[name]({ allowMismatch: true })])
        expect(() => model.evaluate(x, [[1], [1], [1]], { loss })).toThrow(
          /got the output of softmax over one unit, which is always the same; use sigmoid with binaryCrossEntropy/,
        );
    },
  );

  it("losses over classes refuse one output, and cosineSimilarity does", () => {
    using model = endingIn("linear", 1);
    expect(() => model.evaluate(x, [0, 0, 0], { loss: "softmaxCrossEntropy" })).toThrow(
      /softmaxCrossEntropy expected at least 2 outputs, got 1; use sigmoid with binaryCrossEntropy/,
    );
    expect(() => model.evaluate(x, [1, 1, 1], { loss: losses.cosineSimilarity() })).toThrow(
      /cosineSimilarity expected at least 2 outputs, got 1/,
    );
  });

  it.each([["allowMismatch of a word", () => losses.huber({ allowMismatch: "yes" as never })]])(
    "%s is refused",
    (_, make) => {
      expect(make).toThrow(/huber expected allowMismatch to be true or false, got "yes"/);
    },
  );
});

describe("a loss and its targets", () => {
  const column = (...values: number[]) => values;
  it.each<[string, ActivationName, number, Targets, RegExp]>([
    [
      "binaryCrossEntropy",
      "sigmoid",
      1,
      column(1, 2, 1),
      /targets from 0 to 1, got 2 at row 1, column 0; classes 1 and 2 become 0 and 1 by subtracting 1/,
    ],
    ["binaryCrossEntropy", "sigmoid", 1, column(0, 255, 255), /got 255 at row 1, column 0; divide by 255/],
    [
      "binaryCrossEntropy",
      "sigmoid",
      1,
      column(-1, 1, 1),
      /got -1 at row 0.*become 0 and 1 by \(target \+ 1\) \/ 2/,
    ],
    ["binaryCrossEntropyWithLogits", "linear", 1, column(0, 0, 2), /got 2 at row 2/],
    ["binaryFocalWithLogits", "linear", 1, column(0, 1, 1.5), /got 1.5 at row 2/],
    ["hinge", "linear", 1, column(1, 2, 2), /targets from -1 to 1, got 2 at row 1.*by subtracting 1/],
    ["squaredHinge", "linear", 1, column(1, -3, 1), /got -3 at row 1/],
    ["poisson", "softplus", 1, column(3, 0, -2), /targets of at least 0, got -2 at row 2/],
    [
      "categoricalCrossEntropy",
      "softmax",
      3,
      [
        [1, 0, 0],
        [1, 1, 0],
        [0, 0, 1],
      ],
      /targets that sum to 1 in each row, got a sum of 2 at row 1; use sigmoid with binaryCrossEntropy/,
    ],
    [
      "softmaxCrossEntropy",
      "linear",
      3,
      Float32Array.of(1, 0, 0, 0, 0, 0, 0, 0, 1),
      /got a sum of 0 at row 1/,
    ],
    ["categoricalFocal", "softmax", 3, Float32Array.of(1, 0, 0, 2, -1, 0, 0, 0, 1), /got -1 at row 1/],
    [
      "kullbackLeiblerDivergence",
      "softmax",
      3,
      Float32Array.of(1, 0, 0, 0.5, 0.25, 0, 0, 0, 1),
      /a sum of 0.75 at row 1/,
    ],
  ])("%s after %s", async (name, last, units, targets, message) => {
    using model = endingIn(last, units);
    const loss = every[name]();
    const before = [...model.parameters[0].value.data];
    await expect(model.fit(x, targets, { loss })).rejects.toThrow(message);
    await expect(model.fit(x, targets, { loss })).rejects.toThrow(
      new RegExp(`^fit: ${name} expected targets`),
    );
    await expect(model.fit([[x, targets]] as never, { loss } as never)).rejects.toThrow(message);
    const good = units === 3 ? oneHot : column(1, 1, 0);
    await expect(model.fit(x, good, { loss, validationData: [x, targets] })).rejects.toThrow(
      /^fit: validationData: /,
    );
    expect(() => model.evaluate(x, targets, { loss })).toThrow(message);
    expect(() => checkGradients(model, x, targets, { loss })).toThrow(message);
    expect([...model.parameters[0].value.data]).toEqual(before);
    const pred = backend.matrix(3, units, new Float32Array(3 * units).fill(1 / 3));
    for (const y of [targets, backend.matrix(3, units, [...(targets as number[][])].flat())]) {
      expect(() => loss.value(pred, y)).toThrow(message);
      expect(() => loss.gradient(pred, y)).toThrow(message);
    }
    expect(Number.isFinite(every[name]({ allowMismatch: true }).value(pred, targets))).toBe(true);
  });

  it("of many rows the one that is wrong is named", () => {
    const y = new Float32Array(20_000);
    y[19_321] = 7;
    const pred = backend.matrix(
      20_000,
      1,
      y.map(() => 0.5),
    );
    expect(() => losses.binaryCrossEntropy().value(pred, y)).toThrow(/got 7 at row 19321, column 0/);
    const wide = new Float32Array(100 * 6000);
    for (let i = 0; i < 100; i++) wide[i * 6000] = 1;
    wide[6000 * 55 + 5] = 1;
    const p = backend.matrix(
      100,
      6000,
      wide.map(() => 1 / 6000),
    );
    expect(() => losses.categoricalCrossEntropy().value(p, wide)).toThrow(/a sum of 2 at row 55/);
  });

  it("rows that people round, and those that smoothing makes, pass", () => {
    const pred = backend.matrix(1, 3, [0.3, 0.3, 0.4]);
    for (const y of [
      [0.33, 0.33, 0.33],
      [0.333, 0.333, 0.333],
      [0.1, 0.2, 0.7],
    ])
      expect(losses.categoricalCrossEntropy({ labelSmoothing: 0.1 }).value(pred, [y])).toBeGreaterThan(0);
  });

  it("errors name the loss that was asked for, not the one that it becomes", async () => {
    using classes = endingIn("softmax", 2);
    await expect(classes.fit(x, [{}, {}, {}] as never, { loss: "categoricalCrossEntropy" })).rejects.toThrow(
      /^fit: categoricalCrossEntropy expected/,
    );
    await expect(classes.fit(x, [0, 1, 2], { loss: "categoricalCrossEntropy" })).rejects.toThrow(
      /fit: categoricalCrossEntropy expected class indices from 0 to 1, got 2 at row 2/,
    );
    using yes = endingIn("sigmoid", 1);
    await expect(yes.fit(x, [[1, 2]] as never, { loss: "bce" })).rejects.toThrow(
      /fit: binaryCrossEntropy expected/,
    );
    expect(() =>
      yes.evaluate(x, [0, 1, 1], { loss: "binaryCrossEntropy", metrics: [metrics.topKAccuracy()] }),
    ).toThrow(/those of binaryCrossEntropy are not/);
  });
});

describe("metrics of answers, of a loss of values", () => {
  const answers: [string, Metric][] = [
    ["accuracy", metrics.accuracy()],
    ["precision", metrics.precision()],
    ["recall", metrics.recall()],
    ["f1", metrics.f1()],
    ["confusionMatrix", metrics.confusionMatrix()],
  ];
  it.each(answers)("%s of outputs that are values is refused", async (name, metric) => {
    using model = endingIn("linear", 1);
    const options: FitOptions = { loss: "mse", metrics: [metric] };
    await expect(model.fit(x, [10, 20, 30], options)).rejects.toThrow(
      new RegExp(
        `${name} expected answers that are right or wrong; meanSquaredError after linear gives values`,
      ),
    );
    expect(() => model.evaluate(x, [10, 20, 30], options as never)).toThrow(ValueError);
  });

  it.each([metrics.topKAccuracy(), metrics.rocAuc()])("and so is one without a threshold", (metric) => {
    using model = endingIn("linear", 2);
    expect(() =>
      model.evaluate(
        x,
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
        { loss: "mae", metrics: [metric] },
      ),
    ).toThrow(/expected answers that are right or wrong/);
  });

  it("a threshold says that it is meant, and probabilities have answers", () => {
    using values = endingIn("linear", 1);
    values.evaluate(x, [0, 1, 1], { loss: "mse", metrics: [metrics.accuracy({ threshold: 0.5 })] });
    using yes = endingIn("sigmoid", 1);
    yes.evaluate(x, [0, 1, 1], { loss: "mse", metrics: ["accuracy", metrics.rocAuc()] });
    using classes = endingIn("softmax", 3);
    classes.evaluate(x, oneHot, { loss: "mse", metrics: ["acc", metrics.topKAccuracy({ k: 2 })] });
    values.evaluate(x, [1, 2, 3], { loss: "mse", metrics: [metrics.r2(), metrics.meanAbsoluteError()] });
  });
});

describe("Keras's short names", () => {
  it("are those of the losses and of accuracy; logs have the long names", async () => {
    const score = (loss: "mse" | "mae" | "meanSquaredError" | "meanAbsoluteError") => {
      using model = endingIn("linear", 1);
      return model.evaluate(x, [1, 2, 3], { loss });
    };
    expect(score("mse")).toEqual(score("meanSquaredError"));
    expect(score("mae")).toEqual(score("meanAbsoluteError"));
    using model = endingIn("sigmoid", 1);
    const { epochs } = await model.fit(x, [0, 1, 1], {
      loss: "bce",
      metrics: ["acc"],
      validationSplit: 0.4,
      earlyStopping: { monitor: "validationAccuracy" },
    });
    expect(Object.keys(epochs[0])).toContain("accuracy");
    expect(Object.keys(epochs[0])).toContain("validationAccuracy");
    expect(() => model.evaluate(x, [0, 1, 1], { loss: "bce", metrics: ["acc", "accuracy"] })).toThrow(
      /each metric once, got accuracy twice/,
    );
  });
});

describe("targets that the last activation cannot reach", () => {
  const cases: [ActivationName, Loss, number, RegExp][] = [
    ["sigmoid", losses.meanSquaredError(), 250, /from 0 to 1, got 250 at row 1, column 0; scale the targets/],
    ["sigmoid", losses.meanAbsoluteError(), -1, /that sigmoid can reach, from 0 to 1, got -1 at row 1/],
    ["hardSigmoid", losses.huber(), 2, /that hardSigmoid can reach/],
    ["tanh", losses.logCosh(), -1.5, /that tanh can reach, from -1 to 1, got -1.5/],
    ["softsign", losses.meanSquaredError(), 40, /that softsign can reach/],
    ["relu6", losses.meanSquaredError(), 7, /that relu6 can reach, from 0 to 6, got 7/],
    ["sigmoid", losses.poisson(), 3, /poisson expected targets that sigmoid can reach, from 0 to 1, got 3/],
  ];
  it.each(cases)("%s: are refused everywhere", async (last, loss, wrong, message) => {
    using model = endingIn(last, 1);
    const before = [...model.parameters[0].value.data];
    const targets = [0, wrong, 1];
    const right = [0, 1, 0.5];
    for (const act of [
      () => model.fit(x, targets, { loss }),
      () => model.fit(x, right, { loss, validationData: [x, targets] }),
      () => model.fit([[x, targets]], { loss }),
      async () => model.evaluate(x, targets, { loss }),
      async () => checkGradients(model, x, targets, { loss }),
    ]) {
      await expect(act()).rejects.toThrow(ValueError);
      await expect(act()).rejects.toThrow(message);
    }
    expect([...model.parameters[0].value.data]).toEqual(before);
    expect(model.evaluate(x, right, { loss }).loss).toBeGreaterThan(0);
  });

  it("are taken where that is meant, and within a rounding of the bounds", async () => {
    using model = endingIn("tanh", 1);
    await model.fit(x, [-1.001, 1.001, 0], { loss: "mse" });
    await model.fit(x, [5, 6, 7], { loss: losses.meanSquaredError({ allowMismatch: true }) });
    using unbounded = endingIn("relu", 1);
    await unbounded.fit(x, [100, -1, 3], { loss: "mse" });
    using directions = endingIn("tanh", 2);
    const vectors = [
      [30, 40],
      [1, 2],
      [5, 6],
    ];
    await directions.fit(x, vectors, { loss: losses.cosineSimilarity() });
  });
});

describe("what is monitored is checked before the first step", () => {
  const plateau = (monitor?: string) =>
    schedules.reduceOnPlateau({ learningRate: 0.1, ...(monitor && { monitor }) });
  const refused: [string, Partial<FitOptions>, RegExp][] = [
    [
      "early stopping on a name of another library",
      { validationSplit: 0.4, earlyStopping: { monitor: "val_loss" } },
      /fit: earlyStopping expected monitor .*, got "val_loss"; it is called validationLoss here: monitor one of loss, validationLoss, epoch, learningRate, seconds, samplesPerSecond/,
    ],
    [
      "early stopping on the validation without one",
      { earlyStopping: { monitor: "validationLoss" } },
      /got "validationLoss"; set validationSplit or validationData/,
    ],
    [
      "early stopping on a metric that is not asked for",
      { earlyStopping: { monitor: "accuracy" } },
      /got "accuracy"; ask for it in metrics/,
    ],
    [
      "early stopping on a table",
      { metrics: [metrics.confusionMatrix()], earlyStopping: { monitor: "confusionMatrix" } },
      /got "confusionMatrix"; confusionMatrix is no single number: monitor one of loss, epoch/,
    ],
    ...(
      [
        ["acc", "accuracy"],
        ["val_acc", "validationAccuracy"],
        ["val_accuracy", "validationAccuracy"],
        ["valLoss", "validationLoss"],
        ["validation_loss", "validationLoss"],
        ["lr", "learningRate"],
      ] as const
    ).map(([given, name]): (typeof refused)[number] => [
      `early stopping on ${given}`,
      { validationSplit: 0.4, metrics: ["accuracy"], earlyStopping: { monitor: given } },
      new RegExp(`got "${given}"; it is called ${name} here: monitor one of loss, accuracy, validationLoss`),
    ]),
    [
      "a plateau without validation",
      { optimizer: adam({ learningRate: plateau() }) },
      /reduceOnPlateau expected/,
    ],
    [
      "a plateau within a warmup",
      {
        optimizer: adam({
          learningRate: schedules.warmup({ steps: 2, before: plateau("validationAccuracy") }),
        }),
      },
      /got "validationAccuracy"/,
    ],
    [
      "a plateau on a metric that is not asked for",
      { validationSplit: 0.4, optimizer: adam({ learningRate: plateau("validationF1") }) },
      /got "validationF1"/,
    ],
  ];
  it.each(refused)("%s is refused", async (_, options, message) => {
    using model = endingIn("sigmoid", 1);
    const before = [...model.parameters[0].value.data];
    let begun = false;
    const fitting = model.fit(x, [0, 1, 1], {
      loss: "bce",
      epochs: 3,
      onTrainBegin: () => {
        begun = true;
      },
      ...options,
    });
    await expect(fitting).rejects.toThrow(ValueError);
    await expect(model.fit(x, [0, 1, 1], { loss: "bce", ...options })).rejects.toThrow(message);
    expect(begun).toBe(false);
    expect([...model.parameters[0].value.data]).toEqual(before);
  });

  it.each<[string, Partial<FitOptions>]>([
    ["its own loss", { earlyStopping: { monitor: "loss" } }],
    ["a metric", { metrics: ["accuracy"], earlyStopping: { monitor: "accuracy" } }],
    [
      "a metric of the validation",
      { metrics: [metrics.f1()], validationSplit: 0.4, earlyStopping: { monitor: "validationF1" } },
    ],
    ["nothing that is named", { earlyStopping: {} }],
    ["a plateau of the validation", { validationSplit: 0.4, optimizer: sgd({ learningRate: plateau() }) }],
    ["a plateau of the loss", { optimizer: sgd({ learningRate: plateau("loss") }) }],
  ])("%s can be monitored", async (_, options) => {
    using model = endingIn("sigmoid", 1);
    expect((await model.fit(x, [0, 1, 1], { loss: "bce", epochs: 2, ...options })).epochs.length).toBe(2);
  });
});

describe("training that blows up names the likely cause", () => {
  const blow = async (
    layers: Layer[],
    inputs: number[][],
    targets: number[],
    options: Partial<FitOptions> = {},
  ): Promise<string> => {
    using model = modelOf(...layers);
    const error = await model
      .fit(inputs, targets, {
        loss: "mse",
        optimizer: sgd({ learningRate: 0.1 }),
        epochs: 500,
        batchSize: 1,
        shuffle: false,
        ...options,
      })
      .then(
        () => undefined,
        (reason) => reason,
      );
    expect(error).toBeInstanceOf(NonFiniteError);
    return error.message;
  };

  it("inputs that are not scaled", async () => {
    const message = await blow([dense(4), dense(1)], [[1000, 43_000]], [1]);
    expect(message).toMatch(
      /The largest input of the batch is 43000: scale the inputs, as standardScaler does/,
    );
    expect(message).toMatch(/Otherwise lower the learning rate, now 0.1, or set clipNorm of sgd to 1$/);
    expect(message).not.toMatch(/target/);
  });

  it("but not those behind a layer that scales them", async () => {
    const layers = [scaling({ mean: [1000, 43_000], deviation: [1, 1] }), dense(1)];
    const message = await blow(layers, [[1001, 43_002]], [1], { optimizer: sgd({ learningRate: 1e4 }) });
    expect(message).not.toMatch(/input/);
    expect(message).toMatch(/before this batch. Lower the learning rate, now 10000/);
  });

  it("targets that are not scaled", async () => {
    const message = await blow([dense(1)], [[1, 2]], [4e6], { optimizer: sgd({ learningRate: 1 }) });
    expect(message).toMatch(/The largest target of the batch is 4000000: scale the targets to around 1/);
  });

  it("outputs that the loss has no value for", async () => {
    const loss = losses.binaryCrossEntropy({ allowMismatch: true });
    const message = await blow([dense(1)], [[1, 2]], [1], { loss });
    expect(message).toMatch(
      /binaryCrossEntropy expected a probability from each output, as sigmoid gives it, got -?\d.*: change the last layer/,
    );
  });

  it("weights that a step has made infinite, also in the last epoch", async () => {
    for (const epochs of [1, 3]) {
      const message = await blow([dense(2), dense(1)], [[1, 2]], [1], {
        optimizer: sgd({ learningRate: 3e38 }),
        epochs,
      });
      expect(message).toMatch(
        /^fit: epoch [12]: 0.weight is NaN or infinite after the steps so far: begin again/,
      );
      expect(message).toMatch(/Lower the learning rate, now 3e\+38, or set clipNorm of sgd to 1$/);
    }
    const optimizer = sgd({ learningRate: schedules.exponential({ learningRate: 1, factor: 1e38 }) });
    expect(await blow([dense(1)], [[1, 2]], [1], { optimizer, epochs: 3 })).toMatch(
      /0.weight is NaN or infinite/,
    );
  });

  it.each([adam(), adamw(), nadam(), rmsprop(), adagrad(), adadelta(), adam({ amsgrad: true })])(
    "gradients whose squares $name cannot keep",
    async (optimizer) => {
      const message = await blow([dense(1)], [[1e9, 2e9]], [1e12], { optimizer, epochs: 1 });
      expect(message).toMatch(
        /batch 1: the gradient of 0.weight is \d.*e\+2\d, and (\w+) keeps squares of gradients, .* 1.8e\+19; the weights are those before this batch. The largest input of the batch is 2000000000: scale/,
      );
    },
  );

  it("a norm that is set already is not proposed", async () => {
    const optimizer = sgd({ learningRate: 1e38, clipNorm: 1e10 });
    expect(await blow([dense(1)], [[1, 2]], [1], { optimizer })).toMatch(/now 1e\+38$/);
  });
});
