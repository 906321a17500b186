import { describe, expect, it } from "vitest";
import {
  additiveAttention,
  batchNormalization,
  bidirectional,
  conv1d,
  createBackendSync,
  dense,
  dotAttention,
  embedding,
  type FitOptions,
  flatten,
  globalAveragePool1d,
  globalMaxPool1d,
  gru,
  input,
  type Layer,
  layerNormalization,
  losses,
  lstm,
  Model,
  masking,
  positionalEncoding,
  positionEmbedding,
  restoreCheckpoint,
  Sequential,
  sgd,
  simpleRnn,
  timeStep,
  transformerEncoder,
} from "../../src/index.js";
import { Lengths } from "../../src/network/lengths.js";
import { Order } from "../../src/training/sources.js";
import { exactVariants, on } from "../reference/backends.js";
import { expectClose } from "../reference/golden.js";
import { Random } from "../support/random.js";

/** Sequences of different lengths: what goes without padding has the bits of what goes with it. */
const [WORDS, CLASSES] = [9, 3];
const random = new Random(11);
const wordsOf = (lengths: readonly number[]): number[][] =>
  lengths.map((n) => [...random.integers(n, WORDS - 1)].map((word) => word + 1));
const lengths = Array.from({ length: 70 }, (_, i) => 1 + ((i * 7) % 23));
const x = wordsOf(lengths);
const labels = Int32Array.from(x, (row) => row.length % CLASSES);
const tags = x.map((row) => row.map((word) => word % CLASSES));
const padded = (steps: number): Float32Array =>
  Float32Array.from(x.flatMap((row) => Array.from({ length: steps }, (_, i) => row[i] ?? 0)));

/** Layers that give one answer for a sequence. */
const whole: Readonly<Record<string, () => Layer[]>> = {
  simpleRnn: () => [simpleRnn(5)],
  lstm: () => [lstm(5, { returnSequences: true }), lstm(4)],
  "gru from the end": () => [gru(5, { reverse: true })],
  bidirectional: () => [bidirectional(gru(3))],
  transformer: () => [
    positionEmbedding(),
    transformerEncoder({ heads: 2, hidden: 8, rotary: true }),
    layerNormalization(),
    globalAveragePool1d(),
  ],
  "causal transformer": () => [
    positionalEncoding(),
    transformerEncoder({ heads: 2, hidden: 8, causal: true }),
    globalMaxPool1d(),
  ],
  "batch normalization": () => [batchNormalization(), simpleRnn(4)],
  "a mean of words": () => [globalAveragePool1d()],
};

/** Layers that need padding: what they give depends on how much there is. */
const needing: Readonly<Record<string, () => Layer[]>> = {
  conv1d: () => [conv1d(4, 3, { padding: "same" }), globalMaxPool1d()],
  flatten: () => [flatten()],
  "the last step": () => [dense(4), timeStep(-1)],
};

const words = (): Layer => embedding(WORDS, 4, { paddingIndex: 0, initializer: { normal: 1 } });
const loss = "softmaxCrossEntropy";
const step = sgd({ learningRate: 0.5 });

describe.each(exactVariants)("sequences of different lengths on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));
  const make = (steps: number, layers: Layer[], outputs = CLASSES) =>
    new Sequential(backend, { inputShape: [steps], seed: 5, layers: [words(), ...layers, dense(outputs)] });

  it.each(Object.keys({ ...whole, ...needing }))(
    "%s predicts what it does with all padding, to the bit, in the order of the samples",
    (kind) => {
      const layers = { ...whole, ...needing }[kind];
      using model = make(40, layers());
      expect(model.lengths !== undefined).toBe(kind in whole);
      // A forward of one's own has all steps.
      const expected = model.forward(x).data.slice();
      expect(model.predict(x)).toEqual(expected);
      expect(model.predict(padded(40))).toEqual(expected);
      using given = backend.matrix(x.length, 40, padded(40));
      expect(model.predict(given)).toEqual(expected);
      expect(model.predict([x[3]])).toEqual(expected.slice(9, 12));
    },
  );

  it.each(Object.keys(whole))("%s learns the same bits, however long its sequences may be", async (kind) => {
    const of = async (steps: number, given: typeof x | Float32Array, options: Partial<FitOptions> = {}) => {
      using model = make(steps, whole[kind]());
      const { epochs } = await model.fit(given, labels, {
        loss,
        optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }),
        batchSize: 16,
        epochs: 2,
        metrics: ["accuracy"],
        validationSplit: 0.1,
        ...options,
      });
      // A vector for each place has as many places as there are steps: the first are trained.
      const weights = model.parameters.map(({ value }) => [
        ...value.data.slice(0, value.cols === 4 && value.rows === steps ? 24 * 4 : undefined),
      ]);
      const log = epochs.map(({ seconds: _, samplesPerSecond: __, ...scores }) => scores);
      return { weights, log, scores: model.evaluate(x, labels, { loss }) };
    };
    const short = await of(24, x);
    if (kind !== "transformer") expect(await of(61, x)).toEqual(short);
    expect(await of(24, padded(24))).toEqual(short);
    expect(await of(24, x, { accumulate: 2, groupByLength: true })).toEqual(
      await of(24, padded(24), { accumulate: 2, groupByLength: true }),
    );
  });

  it.each(Object.keys(whole))("%s has the gradients of a plan of all steps", async (kind) => {
    // So few steps are summed in one go: padding adds zeros. Of more the sums are split elsewhere.
    for (const [rows, isExact] of [
      [[0, 1, 2, 3, 4, 5], true],
      [lengths.map((_, i) => i), false],
    ] as const) {
      const some = rows.map((i) => x[i].slice(0, 12));
      const answers = Int32Array.from(rows, (i) => labels[i]);
      using batch = make(40, whole[kind]());
      await batch.fit(some, answers, { loss, optimizer: step, batchSize: rows.length, shuffle: false });
      using own = make(40, whole[kind]());
      const optimizer = sgd({ learningRate: 0.5 });
      const logits = own.forward(some, { training: true });
      own.backward(losses.softmaxCrossEntropy().gradient(logits, answers));
      optimizer.attach(own);
      optimizer.step();
      for (const [i, { name, value }] of batch.parameters.entries()) {
        const expected = own.parameters[i].value.data;
        if (isExact) expect([...value.data], name).toEqual([...expected]);
        else expectClose(name, value.data, expected, 1e-6, 1e-5);
      }
    }
  });

  it("a place that a batch does not have keeps no gradient of the batch before", async () => {
    const layers = () => [positionEmbedding(), globalAveragePool1d()];
    const some = [x[0], [...x[1], ...x[2], ...x[3]].slice(0, 30), x[4]];
    const answers = Int32Array.of(0, 1, 2);
    using model = make(40, layers());
    await model.fit(some, answers, { loss, optimizer: step, batchSize: 1, shuffle: false });
    using own = make(40, layers());
    const optimizer = sgd({ learningRate: 0.5 });
    optimizer.attach(own);
    some.forEach((sample, i) => {
      own.zeroGradients();
      const logits = own.forward([sample], { training: true });
      own.backward(losses.softmaxCrossEntropy().gradient(logits, answers.subarray(i, i + 1)));
      optimizer.step();
    });
    expect(model.tensorValues).toEqual(own.tensorValues);
  });

  it("answers for each step learn and count the same, too", async () => {
    const of = async (
      steps: number,
      loss: FitOptions["loss"],
      y: FitOptions["validationData"],
      last: Layer[],
    ) => {
      using model = make(steps, [gru(6, { returnSequences: true }), ...last]);
      const { epochs } = await model.fit(x, y?.[1] as typeof tags, {
        loss,
        optimizer: sgd({ learningRate: 0.1 }),
        batchSize: 16,
        epochs: 2,
        groupByLength: true,
        metrics: ["accuracy"],
        sampleWeights: x.map((row) => row.map((word) => word / 4)),
      });
      const scores = model.evaluate(x, y?.[1] as typeof tags, { loss, metrics: ["accuracy"] });
      return {
        log: epochs.map(({ loss, accuracy }) => ({ loss, accuracy })),
        scores,
        w: [...model.tensorValues],
      };
    };
    const oneHot = tags.map((row) => row.map((tag) => [0, 1, 2].map((k) => Number(k === tag))));
    expect(await of(49, loss, [x, tags], [])).toEqual(await of(24, loss, [x, tags], []));
    expect(await of(49, "binaryCrossEntropyWithLogits", [x, oneHot], [])).toEqual(
      await of(24, "binaryCrossEntropyWithLogits", [x, oneHot], []),
    );
    // Predictions for padding are there, too.
    using model = make(30, [gru(6, { returnSequences: true })]);
    expect(model.predict(x)).toEqual(model.forward(x).data.slice());
  });

  it("numbers with masking, and several inputs, go without padding", async () => {
    const features = x.map((row) => row.map((word) => [word / 8, 1 - word / 4]));
    const of = async (steps: number, others: number) => {
      const [numbers, text, extra] = [input([steps, 2]), input(others), input(3)];
      const read = gru(4, { returnSequences: true, name: "numbers" }).apply(masking().apply(numbers));
      const other = lstm(4, { returnSequences: true, name: "text" }).apply(
        embedding(WORDS, 3, { paddingIndex: 0, name: "words" }).apply(text),
      );
      const seen = globalAveragePool1d().apply(dotAttention().apply([read, other]));
      const last = dense(CLASSES).apply([
        (await import("../../src/index.js")).concatenate(seen, dense(2).apply(extra)),
      ]);
      using model = new Model(backend, { inputs: [numbers, text, extra], outputs: last, seed: 2 });
      expect(model.lengths).toBeInstanceOf(Lengths);
      const samples = [features, [...x].reverse(), x.map((row) => [row.length, 1, row[0]])];
      expect(model.predict(samples)).toEqual(model.forward(samples).data.slice());
      await model.fit(samples, labels, { loss, optimizer: sgd({ learningRate: 0.1 }), batchSize: 8 });
      return [...model.tensorValues];
    };
    expect(await of(50, 30)).toEqual(await of(24, 24));
  });

  it("a mask that an input does not tell, and scores divided by their number, need all steps", () => {
    const x = input([20, 2]);
    const hidden = masking({ value: 0 }).apply(dense(3, { activation: "relu" }).apply(masking().apply(x)));
    using masked = new Model(backend, { inputs: x, outputs: globalAveragePool1d().apply(hidden) });
    expect(masked.lengths).toBeUndefined();
    const text = embedding(WORDS, 4, { paddingIndex: 0 });
    const words = input(20);
    const seen = additiveAttention(3).apply([text.apply(words), text.apply(words)]);
    using scored = new Model(backend, { inputs: words, outputs: globalAveragePool1d().apply(seen) });
    expect(scored.lengths).toBeUndefined();
    // Steps that one path leaves out are real for another.
    for (const other of [dense(2), lstm(2), lstm(2, { returnSequences: true }), globalAveragePool1d()]) {
      const x = input([20, 2]);
      const outputs = [globalAveragePool1d().apply(masking().apply(x)), other.apply(x)];
      using model = new Model(backend, { inputs: x, outputs });
      expect(model.lengths).toBeUndefined();
    }
  });

  it("only what is padding at the end of a sample is left out", () => {
    using model = make(40, [gru(4)]);
    const samples = [Array(30).fill(1), [0, 0, 0, 2, 0, 3, 0, 0], [0], [4, ...Array(39).fill(0)]];
    const expected = model.forward(samples).data.slice();
    expect(model.predict(samples)).toEqual(expected);
    samples.forEach((sample, i) => {
      expect(model.predict([sample])).toEqual(expected.slice(i * CLASSES, (i + 1) * CLASSES));
    });
  });

  it("needs no more memory for many lengths than for one, and few plans", async () => {
    const many = wordsOf(Array.from({ length: 300 }, (_, i) => 1 + i));
    const answers = Int32Array.from(many, (row) => row.length % CLASSES);
    const options = { loss, batchSize: 4, optimizer: sgd({ learningRate: 0.01 }), shuffle: false } as const;
    using one = make(300, [lstm(5)]);
    const full = many.map((row) => [...row, ...many[299]].slice(0, 300));
    await one.fit(full, answers, options);
    one.predict(full);
    using model = make(300, [lstm(5)]);
    await model.fit(many, answers, options);
    model.predict(many);
    expect(model.arena.bytes).toBeLessThanOrEqual(one.arena.bytes);
    const plans = new Set(Array.from({ length: 300 }, (_, i) => model.lengths?.ofPlan(i + 1)));
    expect(plans.size).toBeLessThan(25);
    for (let steps = 1; steps <= 300; steps++) {
      const length = model.lengths?.ofPlan(steps) ?? 300;
      expect(length).toBeGreaterThanOrEqual(steps);
      expect(length).toBeLessThanOrEqual(Math.max(steps + 3, 1.25 * steps));
    }
  });

  it("names the sample and the place of a number that is no word", () => {
    using model = make(30, [gru(4)]);
    const wrong = x.map((row, i) => (i === 7 ? [...row, WORDS] : row));
    expect(() => model.predict(wrong)).toThrow(`got ${WORDS} for sample 7, position ${x[7].length}`);
  });
});

describe.each(exactVariants)("groupByLength on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));
  const make = () =>
    new Sequential(backend, { inputShape: [30], seed: 5, layers: [words(), gru(5), dense(CLASSES)] });
  const options = { loss, batchSize: 4, epochs: 3, groupByLength: true } as const;

  it("puts each sample into one batch of an epoch, with samples of similar lengths", () => {
    using model = make();
    const lengths = random.integers(1003, 60);
    const order = new Order(model, 1003, 0, true);
    const epochs = [0, 1, 0].map((epoch) => {
      order.shuffle(epoch);
      order.group(lengths, 8, epoch);
      return [...order.rows(0, 1003)];
    });
    expect(epochs[2]).toEqual(epochs[0]);
    expect(epochs[1]).not.toEqual(epochs[0]);
    const batchesOf = (rows: readonly number[]) =>
      Array.from({ length: 126 }, (_, i) => rows.slice(i * 8, i * 8 + 8));
    const spread = (rows: readonly number[]) => {
      const own = rows.map((row) => lengths[row]);
      return Math.max(...own) - Math.min(...own);
    };
    for (const rows of epochs) {
      expect([...rows].sort((a, b) => a - b)).toEqual(rows.map((_, i) => i));
      const batches = batchesOf(rows);
      const wide = batches.filter((batch) => spread(batch) > 3);
      expect(wide.length).toBeLessThan(5);
      // Neither the short nor the long ones come first.
      const longest = batches.map((batch) => Math.max(...batch.map((row) => lengths[row])));
      const rising = longest.filter((length, i) => i > 0 && length >= longest[i - 1]).length;
      expect(rising).toBeGreaterThan(30);
      expect(rising).toBeLessThan(95);
    }
    // Their places are others in the next epoch, and samples of one length meet others.
    const longest = epochs.map((rows) =>
      batchesOf(rows).map((batch) => Math.max(...batch.map((row) => lengths[row]))),
    );
    const alike = longest[0].filter((length, i) => Math.abs(length - longest[1][i]) <= 3);
    expect(alike.length).toBeLessThan(60);
    const pairs = (rows: readonly number[]) =>
      new Set(batchesOf(rows).map((batch) => [...batch].sort().join()));
    const first = pairs(epochs[0]);
    expect([...pairs(epochs[1])].filter((batch) => first.has(batch)).length).toBeLessThan(5);
  });

  it("goes on from the middle of an epoch with the same bits", async () => {
    using whole = make();
    await whole.fit(x, labels, { ...options, optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }) });
    using left = make();
    const optimizer = sgd({ learningRate: 0.1, momentum: 0.9 });
    let saved = new Uint8Array();
    await left.fit(x, labels, {
      ...options,
      optimizer,
      onBatchEnd: ({ epoch, batch }, training) => {
        if (epoch !== 2 || batch !== 7) return;
        saved = left.checkpoint(optimizer);
        training.stop();
      },
    });
    const { model, optimizer: again, epoch } = restoreCheckpoint(backend, saved);
    await model.fit(x, labels, { ...options, optimizer: again, initialEpoch: epoch });
    expect(model.tensorValues).toEqual(whole.tensorValues);
    expect(model.tensorValues).not.toEqual(left.tensorValues);
    model.dispose();
  });

  it("without shuffle sorts in the order of the samples", async () => {
    using model = make();
    const order = new Order(model, 6, 0, false);
    order.shuffle(3);
    order.group(Int32Array.of(3, 1, 2, 1, 3, 1), 2, 3);
    expect([...order.rows(0, 6)]).toEqual([1, 3, 5, 2, 0, 4]);
  });

  it("refuses batches that come one by one, and models that need all steps", async () => {
    using model = make();
    await expect(model.fit([[x, labels]], options)).rejects.toThrow(
      "fit expected groupByLength for arrays of samples and a model whose layers all leave padding out",
    );
    using other = new Sequential(backend, { inputShape: [30], layers: [dense(3)] });
    await expect(other.fit(padded(30), labels, options)).rejects.toThrow(
      "fit expected groupByLength for arrays",
    );
  });
});

describe("sequences of different lengths", () => {
  it("have the same bits in all builds", async () => {
    const weights = await Promise.all(
      exactVariants.map(async (variant) => {
        using model = new Sequential(createBackendSync(on(variant)), {
          inputShape: [30],
          seed: 5,
          layers: [words(), lstm(5), dense(CLASSES)],
        });
        await model.fit(x, labels, { loss, batchSize: 8, groupByLength: true, epochs: 2 });
        return [...model.tensorValues, ...model.predict(x)];
      }),
    );
    for (const other of weights) expect(other).toEqual(weights[0]);
  });
});
