import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { floatsOf, parseSafetensors, writeSafetensors } from "../../src/files/safetensors.js";
import {
  adadelta,
  adagrad,
  adam,
  adamw,
  createBackendSync,
  dense,
  dropout,
  FormatError,
  lion,
  nadam,
  type Optimizer,
  restoreCheckpoint,
  rmsprop,
  Sequential,
  saveModel,
  scaling,
  schedules,
  sgd,
  ValueError,
} from "../../src/index.js";
import { rightChecksum } from "../../src/model/checkpoint.js";
import { iris } from "../reference/data.js";

const backend = createBackendSync();
const { x, y } = iris();
const layers = () => [
  scaling({ mean: [5, 3, 4, 1], deviation: [1, 1, 2, 1] }),
  dense(8, { activation: "tanh" }),
  dropout(0.2),
  dense(3),
];
const make = () =>
  new Sequential(backend, {
    inputShape: 4,
    seed: 9,
    layers: layers(),
    labels: ["a", "b", "c"],
    metadata: { by: "a test" },
  });
const weightsOf = (model: Sequential): number[] =>
  model.parameters.flatMap(({ value }) => Array.from(value.data));
const options = { loss: "softmaxCrossEntropy", batchSize: 32, validationSplit: 0.2 } as const;

describe("a checkpoint goes on to the very bits of a training that was not interrupted", () => {
  const rate = (schedule: Parameters<typeof adam>[0]) => schedule;
  const optimizers: [string, () => Optimizer][] = [
    ["sgd", () => sgd({ learningRate: 0.05 })],
    ["sgd with momentum", () => sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true })],
    ["adam", () => adam()],
    ["adam with AMSGrad", () => adam({ amsgrad: true })],
    [
      "adamw with groups",
      () => adamw({ weightDecay: 0.1, groups: [{ parameters: /bias$/, weightDecay: 0 }] }),
    ],
    ["nadam", () => nadam()],
    ["rmsprop", () => rmsprop({ momentum: 0.5, centered: true })],
    ["adagrad", () => adagrad()],
    ["adadelta", () => adadelta()],
    ["lion", () => lion()],
    [
      "a cosine with restarts after a warm-up",
      () =>
        adam(
          rate({
            learningRate: schedules.warmup({
              steps: 5,
              before: schedules.cosine({ learningRate: 0.01, steps: 7, restarts: true }),
            }),
          }),
        ),
    ],
    ...[
      schedules.constant({ learningRate: 0.02 }),
      schedules.step({ learningRate: 0.02, every: 7 }),
      schedules.multiStep({ learningRate: 0.02, at: [3, 13] }),
      schedules.exponential({ learningRate: 0.02, factor: 0.9 }),
      schedules.polynomial({ learningRate: 0.02, steps: 20, power: 1.5 }),
      schedules.oneCycle({ learningRate: 0.02, steps: 24 }),
    ].map((schedule): [string, () => Optimizer] => [
      `the schedule ${schedule.type}`,
      () => sgd({ learningRate: schedule, momentum: 0.9 }),
    ]),
    [
      "a rate that is reduced on a plateau",
      () => adam(rate({ learningRate: schedules.reduceOnPlateau({ learningRate: 0.3, patience: 1 }) })),
    ],
  ];
  it.each(optimizers)("of %s", async (_, optimizer) => {
    using whole = make();
    using part = make();
    const expected = await whole.fit(x, y, { ...options, optimizer: optimizer(), epochs: 6 });
    const first = optimizer();
    await part.fit(x, y, { ...options, optimizer: first, epochs: 3 });
    const file = part.checkpoint(first);
    const { model, optimizer: second, epoch, history } = restoreCheckpoint(backend, file);
    expect(model.checkpoint(second)).toEqual(file);
    expect(epoch).toBe(3);
    const rest = await model.fit(x, y, { ...options, optimizer: second, initialEpoch: epoch, epochs: 6 });
    const values = ({ loss, validationLoss, learningRate }: (typeof rest.epochs)[number]) => [
      loss,
      validationLoss,
      learningRate,
    ];
    expect([...history.epochs, ...rest.epochs].map(values)).toEqual(expected.epochs.map(values));
    expect(weightsOf(model)).toEqual(weightsOf(whole));
    expect(Buffer.compare(saveModel(model), saveModel(whole))).toBe(0);
    model.dispose();
  });

  // Left after its last epoch, before the weights of the best have come back, training has none to do: it
  // only brings them back.
  it.each([2, 0])(
    "also of early stopping: what was best, and how long ago, %i epochs before its end",
    async (left) => {
      // Targets that lead away: validation gets worse from the first epochs on.
      const validationData = [x, Int32Array.from(y, (label) => (label + 1) % 3)] as const;
      const settings = {
        loss: "softmaxCrossEntropy",
        epochs: 50,
        validationData,
        earlyStopping: { patience: 6 },
      } as const;
      using whole = make();
      const expected = await whole.fit(x, y, settings);
      const stopAt = expected.epochs.length - left;
      using part = make();
      const first = adam();
      let file: Uint8Array = new Uint8Array();
      const controller = new AbortController();
      const training = part.fit(x, y, {
        ...settings,
        optimizer: first,
        signal: controller.signal,
        onEpochEnd: ({ epoch }, { model, optimizer }) => {
          if (epoch < stopAt) return;
          file = model.checkpoint(optimizer);
          controller.abort("killed");
        },
      });
      await expect(training).rejects.toBe("killed");
      const { model, optimizer, epoch } = restoreCheckpoint(backend, file);
      const rest = await model.fit(x, y, { ...settings, optimizer, initialEpoch: epoch });
      expect(rest.epochs.length).toBe(left);
      expect(rest.bestEpoch).toBe(expected.bestEpoch);
      expect(weightsOf(model)).toEqual(weightsOf(whole));
      model.dispose();
    },
  );

  it("keeps labels and metadata, and what the explicit loop had drawn", () => {
    using model = make();
    const optimizer = sgd().attach(model);
    const step = (of: Sequential) => Array.from(of.forward(x, { training: true }).data.slice(0, 60));
    step(model);
    const restored = restoreCheckpoint(backend, model.checkpoint(optimizer));
    expect(restored.model.labels).toEqual(["a", "b", "c"]);
    expect(restored.model.metadata).toEqual({ by: "a test" });
    expect(step(restored.model)).toEqual(step(model));
    restored.model.dispose();
  });
});

describe("a file that is no whole checkpoint is refused with the reason, and nothing is made", () => {
  using model = make();
  const optimizer = adam().attach(model);
  const file = model.checkpoint(optimizer);
  const model2 = saveModel(model);

  it.each([
    [
      "a model",
      () => model2,
      /checkpoint: expected a checkpoint of lanewise, got a model of lanewise; loadModel reads it/,
    ],
    [
      "another file",
      () => new TextEncoder().encode("PK\u0003\u0004 a zip file"),
      /checkpoint: expected a safetensors file, got a zip archive; unpack it first/,
    ],
    [
      "no bytes",
      () => "out/run.safetensors" as never,
      /checkpoint: expected the bytes of a checkpoint, got String/,
    ],
    ["half of it", () => file.slice(0, file.length / 2), /checkpoint: /],
    ["without its last byte", () => file.slice(0, -1), /checkpoint: /],
    [
      "with one bit of a weight flipped",
      () => flipped(file.length - 5),
      /checkpoint: is damaged: its checksum is "\w{8}", that of its bytes "\w{8}"/,
    ],
  ])("%s", (_, bytes, message) => {
    const { liveBlocks } = backend.memory;
    expect(() => restoreCheckpoint(backend, bytes())).toThrow(FormatError);
    expect(() => restoreCheckpoint(backend, bytes())).toThrow(message);
    expect(backend.memory.liveBlocks).toBe(liveBlocks);
  });

  /** The file with other words or tensors, and the checksum of those. */
  function forged(words: Record<string, string>, keeps: (name: string) => boolean = () => true): Uint8Array {
    const { metadata, tensors } = parseSafetensors(file);
    const { checksum: _, ...own } = metadata;
    const made = writeSafetensors(
      [...tensors.values()]
        .filter(({ name }) => keeps(name))
        .map((tensor) => ({ ...tensor, dtype: "F32" as const, values: floatsOf(tensor).slice() })),
      { checksum: "00000000", ...own, ...words },
    );
    made.set(Buffer.from(rightChecksum(made)), 8 + `{"__metadata__":{"checksum":"`.length);
    return made;
  }

  it.each<[string, () => Uint8Array, RegExp]>([
    [
      "without a slab of the optimizer's",
      () => forged({}, (name) => name !== "optimizer/square"),
      /expected tensor optimizer\/square \[\d+\], got none/,
    ],
    ["with a progress that is none", () => forged({ progress: "null" }), /^checkpoint: /],
    [
      "with an epoch that is none",
      () => forged({ progress: '{"epoch":-1,"history":[],"step":0}' }),
      /progress expected epoch to be an integer of at least 0, got -1/,
    ],
    [
      "with a history that is none",
      () => forged({ progress: '{"epoch":0,"history":"","step":0}' }),
      /expected history to be an array, got ""/,
    ],
    [
      "with an optimizer that is none",
      () => forged({ optimizer: '{"name":"adamm"}' }),
      /unknown optimizer "adamm"/,
    ],
    [
      "with another optimizer's state",
      () => forged({ state: '{"steps":1,"powers":[1]}' }),
      /expected 2 powers, got 1/,
    ],
    ["with a model that is none", () => forged({ model: "[]" }), /^checkpoint: |model/],
  ])("with a whole checksum, but %s", (_, bytes, message) => {
    const { liveBlocks } = backend.memory;
    expect(() => restoreCheckpoint(backend, bytes())).toThrow(FormatError);
    expect(() => restoreCheckpoint(backend, bytes())).toThrow(message);
    expect(backend.memory.liveBlocks).toBe(liveBlocks);
  });

  it("with any bit flipped, anywhere", () => {
    const { liveBlocks } = backend.memory;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: file.length * 8 - 1 }), (bit) => {
        expect(() => restoreCheckpoint(backend, flipped(bit >> 3, bit & 7))).toThrow(FormatError);
      }),
      { seed: 8, numRuns: 400 },
    );
    expect(backend.memory.liveBlocks).toBe(liveBlocks);
  });

  it("nor is a checkpoint made of another model's optimizer, or of a group whose parameters are a function", () => {
    using other = make();
    expect(() => other.checkpoint(optimizer)).toThrow(ValueError);
    const chosen = adam({ groups: [{ parameters: (name) => name.endsWith("bias"), weightDecay: 0 }] }).attach(
      other,
    );
    expect(() => other.checkpoint(chosen)).toThrow(/function/);
  });

  function flipped(byte: number, bit = 0): Uint8Array {
    const damaged = file.slice();
    damaged[byte] ^= 1 << bit;
    return damaged;
  }
});
