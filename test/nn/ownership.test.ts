import { describe, expect, it } from "vitest";
import {
  activate,
  adam,
  add,
  type Backend,
  createBackendSync,
  DisposedError,
  dense,
  type FitOptions,
  losses,
  matmul,
  OutOfMemoryError,
  Sequential,
  sgd,
  sumRows,
  ValueError,
} from "../../src/index.js";
import { exactVariants, on } from "../reference/backends.js";

/** What must hold of memory when things are empty, go away, come back, fail or change hands in the middle. */

const wave = (n: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(i * 1.7));
const weightsOf = (model: Sequential) => model.parameters.map(({ value }) => Array.from(value.data));

/** A backend whose allocations fail after so many more. */
function limit(backend: Backend, allocations: number): () => void {
  const { allocate } = backend;
  let left = allocations;
  backend.allocate = (bytes) => {
    if (left-- <= 0) throw new OutOfMemoryError("full");
    return allocate.call(backend, bytes);
  };
  return () => {
    backend.allocate = allocate;
  };
}

describe.each(exactVariants)("on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));

  it("a batch of no rows writes nothing", () => {
    const fresh = createBackendSync(on(variant));
    const before = fresh.matrix(4, 1024);
    const model = new Sequential(fresh, { inputShape: 256, layers: [dense(5), dense(3)] });
    const weights = weightsOf(model);
    expect(model.forward([]).rows).toBe(0);
    expect(model.forward(fresh.matrix(0, 256), { training: true }).rows).toBe(0);
    model.backward(fresh.matrix(0, 3));
    expect(weightsOf(model)).toEqual(weights);
    expect(before.data.every((value) => value === 0)).toBe(true);
  });

  it("a product at the very top of the 4 GiB is right", () => {
    const full = createBackendSync(on(variant));
    const [k, n] = [2, 20_000];
    const a = full.matrix(3, k, new Float32Array(6).fill(1));
    const out = full.matrix(3, n);
    full.scratch(full.kernels.gemmWorkspace(3, n, k));
    full.allocate(65_535 * 65_536 - full.memory.liveBytes - k * n * 4 - 4096);
    const b = full.matrix(k, n, new Float32Array(k * n).fill(1));
    expect(b.pointer).toBeGreaterThan(2 ** 32 - 2 ** 19);
    expect(matmul(a, b, { out }).data.every((value) => value === 2)).toBe(true);
    expect(matmul(a.rowRange(0, 1), b, { out: out.rowRange(0, 1) }).data.every((value) => value === 2)).toBe(
      true,
    );
  });

  it("a model's own output can be its input", () => {
    using model = new Sequential(backend, { inputShape: 300, seed: 1, layers: [dense(300)] });
    const x = wave(600 * 300);
    const once = model.predict(x);
    const twice = model.predict(once);
    expect(model.predict(model.forward(x))).toEqual(twice);
    expect(Float32Array.from(model.forward(model.forward(x)).data)).toEqual(twice);
  });
});

describe("views and values", () => {
  const backend = createBackendSync();

  it("matrix.data can be copied, predicted from and held against while the memory grows", () => {
    const a = backend.matrix(100, 100, wave(10_000));
    for (let i = 0; i < 40; i++)
      expect(Array.from(backend.matrix(100, 100, a.data).data)).toEqual(Array.from(wave(10_000)));
    const model = new Sequential(createBackendSync(), { inputShape: 100, seed: 1, layers: [dense(100)] });
    const own = model.backend.matrix(700, 100, wave(70_000));
    expect(model.predict(own.data)).toEqual(model.predict(wave(70_000)));
    expect(losses.meanSquaredError().value(own, own.data)).toBe(0);
    expect(() => model.predict([], { out: own.data })).toThrow(/an array of its own/);
  });

  it("rows of a model's output are a view that may be disposed", () => {
    using model = new Sequential(backend, { inputShape: 2, layers: [dense(2)] });
    const out = model.forward([
      [1, 2],
      [3, 4],
    ]);
    out.rowRange(0, 1).dispose();
    expect(out.data.length).toBe(4);
    expect(() => out.dispose()).toThrow(DisposedError);
  });

  const strange: [string, () => unknown][] = [
    ["strings", () => backend.matrix(2, 1, ["7", "q"] as never)],
    ["a string as a row", () => backend.matrix(2, 2, [[1, 2], "ab"] as never)],
    ["holes", () => backend.matrix(1, 3, new Array(3) as never)],
    ["64-bit integers", () => backend.matrix(1, 2, new BigInt64Array(2) as never)],
    [
      "strings to predict from",
      () => new Sequential(backend, { inputShape: 2, layers: [dense(1)] }).predict(["1", "x"] as never),
    ],
    [
      "nested too deep",
      () =>
        new Sequential(backend, { inputShape: 2, layers: [dense(1)] }).predict([
          [
            [1, 2],
            [3, 4],
          ],
        ] as never),
    ],
    ["a label as a string", () => losses.softmaxCrossEntropy().value(backend.matrix(1, 3), ["1"] as never)],
    ["an epsilon that is 0 in float32", () => adam({ epsilon: 1e-50 })],
    ["a rate that is infinite in float32", () => adam({ learningRate: 1e300 })],
    [
      "a misspelt option of an operation",
      () => matmul(backend.matrix(2, 2), backend.matrix(2, 2), { tranposeA: true } as never),
    ],
    [
      "a matrix for options",
      () => add(backend.matrix(2, 2), backend.matrix(2, 2), backend.matrix(2, 2) as never),
    ],
    ["an array for a matrix", () => matmul(backend.matrix(1, 1), [[1]] as never)],
    ["no backend", () => new Sequential({} as never, { inputShape: 2, layers: [dense(1)] })],
    ["no model", () => adam().attach({} as never)],
    [
      "an array of integers to predict into",
      () =>
        new Sequential(backend, { inputShape: 1, layers: [dense(1)] }).predict([1], {
          out: new Int8Array(1) as never,
        }),
    ],
    [
      "nothing to evaluate",
      () =>
        new Sequential(backend, { inputShape: 1, layers: [dense(1)] }).evaluate([], [], { loss: "huber" }),
    ],
  ];
  it.each(strange)("refuses %s", (_, act) => {
    expect(act).toThrow(/expected|unknown/);
  });
});

describe("after a failure", () => {
  it("an operation leaves no matrix behind", () => {
    const backend = createBackendSync();
    const a = backend.matrix(2, 2);
    const gone = backend.matrix(2, 2);
    gone.dispose();
    const before = backend.memory;
    for (const act of [
      () => add(a, gone),
      () => matmul(a, gone),
      () => sumRows(gone),
      () => activate("relu", gone),
      () => losses.huber().gradient(a, [[1]]),
    ]) {
      expect(act).toThrow();
    }
    expect(backend.memory).toEqual(before);
  });

  it("a forward that is refused or finds no memory leaves the one before it as it was, or void", () => {
    const backend = createBackendSync();
    const model = new Sequential(backend, {
      inputShape: 3,
      seed: 2,
      layers: [dense(4, { activation: "tanh" }), dense(2)],
    });
    const x = backend.matrix(2, 3, wave(6));
    const dOut = backend.matrix(2, 2, [1, 2, 3, 4]);
    const out = model.forward(x, { training: true });
    const values = out.toArray();
    const gone = backend.matrix(50, 3);
    gone.dispose();
    expect(() => model.forward(gone, { training: true })).toThrow(DisposedError);
    expect(out.toArray()).toEqual(values);
    const release = limit(backend, 0);
    expect(() => model.forward(wave(3000), { training: true })).toThrow(OutOfMemoryError);
    release();
    expect(out.toArray()).toEqual(values);
    model.backward(dOut);
    expect(model.parameters[3].gradient.toArray()).toEqual([[4, 6]]);
  });

  it("a fit that finds no memory leaves the optimizer that was attached, and no block", async () => {
    const backend = createBackendSync();
    const model = new Sequential(backend, { inputShape: 3, seed: 2, layers: [dense(4), dense(2)] });
    const optimizer = sgd({ momentum: 0.5 }).attach(model);
    model.zeroGradients();
    const before = backend.memory.liveBlocks;
    for (let allocations = 0; allocations < 5; allocations++) {
      const release = limit(backend, allocations);
      await expect(model.fit(wave(300), wave(200), { loss: "huber" })).rejects.toThrow(OutOfMemoryError);
      release();
      optimizer.step();
    }
    expect(backend.memory.liveBlocks).toBeLessThanOrEqual(before + 2);
  });
});

describe("during fit", () => {
  const make = (backend: Backend) => new Sequential(backend, { inputShape: 1, seed: 3, layers: [dense(1)] });
  const x = wave(20);

  it("what a callback does to the options has no effect", async () => {
    const backend = createBackendSync();
    const plain = make(backend);
    const changed = make(backend);
    const options: FitOptions = { loss: "meanSquaredError", optimizer: adam(), epochs: 3, batchSize: 4 };
    await plain.fit(x, x, { ...options, optimizer: adam() });
    const guard = backend.matrix(1, 4096);
    options.onEpochEnd = () => {
      options.batchSize = 4096;
    };
    await changed.fit(x, x, options);
    expect(weightsOf(changed)).toEqual(weightsOf(plain));
    expect(guard.data.every((value) => value === 0)).toBe(true);
  });

  it("a matrix or backend that is disposed meanwhile ends it with an error", async () => {
    const gone: ((backend: Backend, matrix: { dispose(): void }) => void)[] = [
      (_, matrix) => matrix.dispose(),
      (backend) => backend.dispose(),
    ];
    for (const dispose of gone) {
      const backend = createBackendSync();
      const matrix = backend.matrix(20, 1, x);
      const training = make(backend).fit(matrix, x, {
        loss: "huber",
        epochs: 3,
        onEpochEnd: () => dispose(backend, matrix),
      });
      await expect(training).rejects.toThrow(DisposedError);
    }
  });

  it("an abort at the end of an epoch takes no step more", async () => {
    const controller = new AbortController();
    const optimizer = adam();
    const training = make(createBackendSync()).fit(x, x, {
      loss: "huber",
      optimizer,
      epochs: 3,
      batchSize: 20,
      signal: controller.signal,
      onEpochEnd: () => controller.abort("enough"),
    });
    await expect(training).rejects.toBe("enough");
    expect(optimizer.steps).toBe(1);
  });

  it("afterwards, backward needs a forward again", async () => {
    const backend = createBackendSync();
    const model = make(backend);
    await model.fit(x, x, { loss: "huber" });
    expect(() => model.backward(backend.matrix(20, 1))).toThrow(/backward needs a forward/);
    model.forward(x, { training: true });
    model.evaluate(x, x, { loss: "huber" });
    expect(() => model.backward(backend.matrix(20, 1))).toThrow(/backward needs a forward/);
  });

  const refused: [string, Partial<FitOptions>, RegExp][] = [
    ["a signal that is none", { signal: {} as never }, /signal to be an AbortSignal/],
    [
      "fewer epochs than were done",
      { epochs: 2, initialEpoch: 5 },
      /epochs, of which initialEpoch 5 are done, to be an integer of at least 5, got 2/,
    ],
    ["a shuffle that is no flag", { shuffle: "no" as never }, /shuffle to be true or false, got "no"/],
    ["a split that validates nothing", { validationSplit: 0.01 }, /leave a sample to validate on/],
    ["empty validation data", { validationData: [[], []] }, /validationData expected at least one sample/],
  ];
  it.each(refused)("refuses %s", async (_, options, message) => {
    await expect(make(createBackendSync()).fit(x, x, { loss: "huber", ...options })).rejects.toThrow(message);
    await expect(make(createBackendSync()).fit(x, x, { loss: "huber", ...options })).rejects.toThrow(
      ValueError,
    );
  });
});

describe("a gradient", () => {
  it("is not written over a model's output, nor shifted over what it is made from", () => {
    const backend = createBackendSync();
    const model = new Sequential(backend, { inputShape: 1, layers: [dense(1, { activation: "sigmoid" })] });
    const out = model.forward([[1], [2]], { training: true });
    const loss = losses.meanSquaredError();
    expect(() => loss.valueAndGradient(out, [[0], [1]], out)).toThrow(
      /out belongs to its model, and only that may write it/,
    );
    const rows = backend.matrix(5, 2);
    expect(() =>
      loss.valueAndGradient(rows.rowRange(0, 4), new Float32Array(8), rows.rowRange(1, 5)),
    ).toThrow(/out overlaps pred in memory/);
  });

  it("with labels needs no new block from step to step", () => {
    const backend = createBackendSync();
    const [p, d] = [backend.matrix(8, 3), backend.matrix(8, 3)];
    const loss = losses.softmaxCrossEntropy();
    loss.valueAndGradient(p, new Int32Array(8), d);
    const release = limit(backend, 0);
    for (let step = 0; step < 3; step++) loss.valueAndGradient(p, new Int32Array(8), d);
    release();
  });
});
