import { describe, expect, it } from "vitest";
import {
  activation,
  checkGradients,
  createBackendSync,
  dense,
  embedding,
  flatten,
  globalAveragePool1d,
  input,
  type Layer,
  losses,
  Model,
  masking,
  metrics,
  restoreCheckpoint,
  Sequential,
  sgd,
} from "../../src/index.js";
import { exactVariants, on } from "../reference/backends.js";
import { expectClose } from "../reference/golden.js";
import { Random } from "../support/random.js";

const [CLASSES, WORDS, PADDING] = [3, 9, 4];

/** Layers that say something of each word. */
const tagger = (...last: Layer[]): Layer[] => [
  embedding(WORDS, 5, { paddingIndex: PADDING, initializer: { normal: 1 } }),
  dense(6, { activation: "tanh" }),
  ...last,
];

describe.each(exactVariants)("losses over time steps on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));
  const random = new Random(3);
  const lengths = [4, 2, 6, 5, 3, 6, 1, 4];
  const x = lengths.map((n) =>
    [...random.integers(n, WORDS - 1)].map((word) => (word < PADDING ? word : word + 1)),
  );
  const y = lengths.map((n) => [...random.integers(n, CLASSES)]);
  const flat = (rows: readonly number[][], steps: number, padding: number): number[] =>
    rows.flatMap((row) => Array.from({ length: steps }, (_, i) => row[i] ?? padding));
  const modelOf = (steps: number, layers = tagger(dense(CLASSES, { activation: "softmax" }))) =>
    new Sequential(backend, { inputShape: [steps], seed: 8, layers });
  const loss = "categoricalCrossEntropy";
  const total = lengths.reduce((a, b) => a + b);

  /** The mean over words of the samples by themselves. */
  const bySample = (of: (model: Sequential, i: number) => number, layers?: () => Layer[]): number =>
    lengths.reduce((sum, n, i) => sum + n * of(modelOf(n, layers?.()), i), 0) / total;

  it("are means over the real steps, and so are metrics", () => {
    const expected = bySample((model, i) => model.evaluate([x[i]], [y[i]], { loss }).loss);
    const right = bySample(
      (model, i) => model.evaluate([x[i]], [y[i]], { loss, metrics: ["accuracy"] }).accuracy ?? 0,
    );
    for (const steps of [6, 9]) {
      const model = modelOf(steps);
      const padded = flat(x, steps, PADDING);
      const labels = flat(y, steps, 0);
      for (const [inputs, targets] of [
        [x, y],
        [padded, labels],
        [padded, Int32Array.from(labels)],
        [x, y.map((row) => Int32Array.from(row))],
        [x, y.map((row) => row.map((label) => [0, 1, 2].map((k) => Number(k === label))))],
        [x, Float32Array.from(labels.flatMap((label) => [0, 1, 2].map((k) => Number(k === label))))],
      ] as const) {
        const scores = model.evaluate(inputs, targets, { loss, metrics: ["accuracy"] });
        expect(scores.loss).toBeCloseTo(expected, 6);
        expect(scores.accuracy).toBeCloseTo(right, 12);
      }
    }
  });

  it("have the gradients of samples without padding: those of rows to the bit", () => {
    const same = x.map((row) => Array.from({ length: 4 }, (_, i) => row[i % row.length]));
    const labels = y.map((row) => Array.from({ length: 4 }, (_, i) => row[i % row.length]));
    const of = (steps: number) => {
      const model = modelOf(steps);
      const output = model.forward(same, { training: true });
      const dOut = losses.categoricalCrossEntropy().gradient(output, labels);
      model.backward(dOut);
      return model.parameters.map(({ name, gradient }) => [name, [...gradient.data]] as const);
    };
    const [short, long] = [of(4), of(7)];
    for (const [i, [name, gradient]] of short.entries()) {
      if (name.endsWith("weight")) expect(long[i][1], name).toEqual(gradient);
      else expectClose(name, long[i][1], gradient, 1e-7, 1e-6);
    }
  });

  it("fit takes the same step for padded samples, in one batch or by accumulation", async () => {
    const of = async (steps: number, options: object) => {
      const model = modelOf(steps);
      const all = {
        loss,
        optimizer: sgd({ learningRate: 1 }),
        shuffle: false,
        batchSize: 8,
        ...options,
      } as const;
      const { epochs } = await model.fit(x, y, all);
      return { loss: epochs[0].loss, weights: [...model.tensorValues] };
    };
    const [whole, longer, parts] = [
      await of(6, {}),
      await of(11, {}),
      await of(7, { batchSize: 3, accumulate: 3 }),
    ];
    expect(whole.loss).toBeCloseTo(
      bySample((model, i) => model.evaluate([x[i]], [y[i]], { loss }).loss),
      6,
    );
    for (const other of [longer, parts]) {
      expect(other.loss).toBeCloseTo(whole.loss, 6);
      expectClose("weights", other.weights, whole.weights, 1e-6, 1e-6);
    }
  });

  it("weigh samples or steps, and not the mean's divisor", () => {
    const model = modelOf(6);
    const ofSamples = lengths.map((_, i) => i / 2);
    const ofSteps = lengths.map((n, i) => new Array<number>(n).fill(i / 2));
    const expected = bySample((own, i) => (i / 2) * own.evaluate([x[i]], [y[i]], { loss }).loss);
    for (const sampleWeights of [ofSamples, ofSteps, Float32Array.from(flat(ofSteps, 6, 1))])
      expect(model.evaluate(x, y, { loss, sampleWeights }).loss).toBeCloseTo(expected, 6);
    const uneven = lengths.map((n) => Array.from({ length: n }, (_, t) => t));
    const byStep = bySample(
      (own, i) => own.evaluate([x[i]], [y[i]], { loss, sampleWeights: [uneven[i]] }).loss,
    );
    expect(model.evaluate(x, y, { loss, sampleWeights: uneven }).loss).toBeCloseTo(byStep, 6);
    const classWeights = [0.5, 1, 3];
    const byClass = bySample((own, i) => own.evaluate([x[i]], [y[i]], { loss, classWeights }).loss);
    expect(model.evaluate(x, y, { loss, classWeights }).loss).toBeCloseTo(byClass, 6);
  });

  it("leave out steps of ignoreIndex, and those behind the end of a sample's targets", async () => {
    const ignoring = losses.categoricalCrossEntropy({ ignoreIndex: -100 });
    // Without a mask.
    const layers = () => [embedding(WORDS, 5), dense(CLASSES, { activation: "softmax" })];
    const model = modelOf(6, layers());
    const padded = flat(x, 6, 0);
    const expected = bySample((own, i) => own.evaluate(x[i], [y[i]], { loss }).loss, layers);
    expect(model.evaluate(padded, flat(y, 6, -100), { loss: ignoring }).loss).toBeCloseTo(expected, 6);
    expect(model.evaluate(padded, y, { loss }).loss).toBeCloseTo(expected, 6);
    // With a mask, and with weights, too.
    const some100 = y.map((row) => row.map((label, t) => (t === 1 ? -100 : label)));
    const weights = y.map((row) => row.map((_, t) => (t === 1 ? 0 : 1)));
    const masked = modelOf(6);
    const rest = masked.evaluate(x, y, { loss, sampleWeights: weights }).loss;
    const left = total - lengths.filter((n) => n > 1).length;
    for (const sampleWeights of [undefined, new Float32Array(8).fill(1)])
      expect(masked.evaluate(x, some100, { loss: ignoring, sampleWeights }).loss).toBeCloseTo(
        (rest * total) / left,
        6,
      );
    // Of one row a sample, too.
    const single = new Sequential(backend, {
      inputShape: 2,
      seed: 1,
      layers: [dense(CLASSES, { activation: "softmax" })],
    });
    const some = [1, 2, 3, 4, 5, 6];
    expect(
      single.evaluate(some, [1, -1, 2], { loss: losses.categoricalCrossEntropy({ ignoreIndex: -1 }) }),
    ).toEqual(single.evaluate([1, 2, 5, 6], [1, 2], { loss }));
    const logits = backend.matrix(3, 3, [1, 2, 3, 9, 8, 7, 0, 1, 0]);
    const own = losses.softmaxCrossEntropy({ ignoreIndex: 7 });
    expect(own.value(logits, [2, 7, 1])).toBeCloseTo(
      losses.softmaxCrossEntropy().value(backend.matrix(2, 3, [1, 2, 3, 0, 1, 0]), [2, 1]),
      6,
    );
    const gradient = own.gradient(logits, [2, 7, 1]).data;
    expect([...gradient.slice(3, 6)].every((value) => Math.abs(value) === 0)).toBe(true);
    await expect(model.fit(padded, flat(y, 6, -100), { loss: ignoring })).resolves.toBeDefined();
    // Nothing counts.
    const none = await model.fit(padded, new Int32Array(48).fill(-100), { loss: ignoring });
    expect(none.epochs[0].loss).toBe(0);
  });

  it("of values take features by themselves where there is a mask", async () => {
    const [n, steps] = [4, 5];
    const values = random.floats(n * 3 * 2, 0.5, 1);
    const short = Array.from({ length: n }, (_, i) => [...values.subarray(6 * i, 6 * i + 6)]);
    const targets = short.map((row) => row.map((value) => 1 - value));
    const layers = () => [masking(), dense(4, { activation: "tanh" }), dense(2)];
    const [whole, padded] = [3, steps].map(
      (length) => new Sequential(backend, { inputShape: [length, 2], seed: 2, layers: layers() }),
    );
    const options = {
      loss: "meanSquaredError",
      metrics: [metrics.r2(), metrics.meanAbsoluteError()],
    } as const;
    const expected = whole.evaluate(short, targets, options);
    const got = padded.evaluate(short, targets, options);
    expect(got.loss).toBeCloseTo(expected.loss, 6);
    expect(got.r2).toBeCloseTo(expected.r2 ?? 0, 6);
    expect(got.meanAbsoluteError).toBeCloseTo(expected.meanAbsoluteError ?? 0, 6);
    for (const model of [whole, padded]) {
      const optimizer = sgd({ learningRate: 0.1 });
      await model.fit(short, targets, { ...options, optimizer, epochs: 2, shuffle: false });
    }
    expectClose("weights", padded.tensorValues, whole.tensorValues, 1e-6);
  });

  it("of values without a mask weigh steps by an array for each sample", () => {
    const model = new Sequential(backend, { inputShape: [2, 2], seed: 2, layers: [dense(1)] });
    const steps = [1, 2, 3, 4, 5, 6, 7, 8];
    const targets = [
      [1, 2],
      [3, 4],
    ];
    const errors = [...model.predict(steps)].map((value, i) => (value - targets.flat()[i]) ** 2);
    const weighed = model.evaluate(steps, targets, {
      loss: "meanSquaredError",
      sampleWeights: [
        [1, 0],
        [2, 3],
      ],
    });
    expect(weighed.loss).toBeCloseTo((errors[0] + 2 * errors[2] + 3 * errors[3]) / 4, 4);
  });

  it("have right gradients after softmax, logits, a flatten, and in own loops", () => {
    const cases: readonly (readonly [Layer[], Parameters<typeof checkGradients>[3]["loss"]])[] = [
      [tagger(dense(CLASSES), activation("softmax")), "categoricalCrossEntropy"],
      [tagger(dense(CLASSES)), losses.softmaxCrossEntropy({ labelSmoothing: 0.1 })],
      [tagger(dense(CLASSES, { activation: "softmax" })), losses.categoricalFocal()],
    ];
    for (const [layers, loss] of cases)
      for (const { name, relativeError } of checkGradients(modelOf(6, layers), x.slice(0, 3), y.slice(0, 3), {
        loss,
      }))
        expect(relativeError, name).toBeLessThan(6e-3);
    // A flatten drops the mask, and keeps the rows of the softmax.
    const flattened = modelOf(6, tagger(dense(CLASSES, { activation: "softmax" }), flatten()));
    expect(flattened.evaluate(x, y, { loss }).loss).toBeCloseTo(modelOf(6).evaluate(x, y, { loss }).loss, 6);
    for (const { name, relativeError } of checkGradients(flattened, x.slice(0, 3), y.slice(0, 3), { loss }))
      expect(relativeError, name).toBeLessThan(6e-3);
  });

  it("predictClasses gives the class of each step", () => {
    const labels = ["noun", "verb", "other"];
    const model = new Sequential(backend, {
      inputShape: [6],
      seed: 8,
      labels,
      layers: tagger(dense(CLASSES)),
    });
    const outputs = model.predict(x);
    const tags = model.predictClasses(x, { byStep: true });
    expect(tags.map((row) => row.length)).toEqual(lengths);
    const row = [...outputs.subarray(3 * 7, 3 * 8)];
    expect(tags[1][1]).toBe(labels[row.indexOf(Math.max(...row))]);
    const [[first]] = model.predictClasses(x, { byStep: true, probabilities: true });
    expect(first.label).toBe(tags[0][0]);
    expect(first.probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
    expect(() => model.predictClasses(x)).toThrow(
      "predictClasses expected byStep: true for outputs of 6 rows of 3, each of which has a class",
    );
  });

  it("resume within an epoch, with the count of steps", async () => {
    const options = { loss, epochs: 1, batchSize: 2, shuffle: false } as const;
    const [whole, left] = [modelOf(6), modelOf(6)];
    const { epochs } = await whole.fit(x, y, { ...options, optimizer: sgd() });
    const optimizer = sgd();
    let file = new Uint8Array();
    const onBatchEnd = ({ batch }: { batch: number }) => {
      if (batch === 2) file = left.checkpoint(optimizer);
    };
    await left.fit(x, y, { ...options, optimizer, onBatchEnd });
    const again = restoreCheckpoint(backend, file);
    const rest = await again.model.fit(x, y, {
      ...options,
      optimizer: again.optimizer,
      initialEpoch: again.epoch,
    });
    expect(rest.epochs[0].loss).toBe(epochs[0].loss);
    expect(again.model.tensorValues).toEqual(whole.tensorValues);
  });

  it("of several outputs each have their steps", async () => {
    const words = input(6);
    const h = embedding(WORDS, 4, { paddingIndex: PADDING }).apply(words);
    const tags = dense(CLASSES, { activation: "softmax", name: "tags" }).apply(h);
    const kind = dense(1, { name: "kind" }).apply(globalAveragePool1d().apply(h));
    const model = new Model(backend, { inputs: words, outputs: [tags, kind], seed: 1 });
    const kinds = lengths.map((n) => [n]);
    const options = { loss: [loss, "meanSquaredError"] } as const;
    const { epochs } = await model.fit(x, [y, kinds], options);
    expect(epochs[0].loss).toBeGreaterThan(0);
    await expect(model.fit(x, [y, kinds], { ...options, accumulate: 2 })).rejects.toThrow(
      "fit expected accumulate of 1 for several outputs with padded steps",
    );
    const scores = model.evaluate(x, [y, kinds], options);
    expect(scores.tagsLoss).toBeGreaterThan(0);
  });

  it.each([
    [
      () =>
        modelOf(6).evaluate(
          x,
          y.map((row) => row.map(() => 3)),
          { loss },
        ),
      "categoricalCrossEntropy expected class indices from 0 to 2, got 3 at row 0, step 0",
    ],
    [() => modelOf(6).evaluate(x, y.slice(1), { loss }), "expected as many targets as inputs, got 7 for 8"],
    [
      () =>
        modelOf(6).evaluate(
          x,
          y.map((row) => row.flatMap(() => [0.5, 0.5, 0.5]).concat(new Array(18 - 3 * row.length).fill(0))),
          { loss },
        ),
      "expected targets that sum to 1 in each row, got a sum of 1.5 at row 0, step 0",
    ],
    [
      () => modelOf(6).evaluate(x, y, { loss, sampleWeights: [1, 2] }),
      "evaluate expected sampleWeights for 8 rows or for 6 steps of each, got 2",
    ],
    [
      () => losses.softmaxCrossEntropy({ ignoreIndex: 0.5 }),
      "softmaxCrossEntropy expected ignoreIndex to be an integer, got 0.5",
    ],
  ])("refuse what they cannot take: %#", (run, message) => expect(run).toThrow(message));
});
