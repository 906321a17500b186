import { describe, expect, it } from "vitest";
import {
  activation,
  adam,
  createBackendSync,
  DisposedError,
  dense,
  flatten,
  losses,
  type Matrix,
  Network,
  OutOfMemoryError,
  Sequential,
  type SequentialOptions,
  ShapeError,
  sgd,
  ValueError,
} from "../../src/index.js";
import { exactVariants, on, variants } from "../reference/backends.js";
import { expectClose } from "../reference/golden.js";

const mlp = (inputs: number, outputs: number, seed = 7): SequentialOptions => ({
  inputShape: inputs,
  seed,
  layers: [dense(13, { activation: "gelu" }), dense(9, { activation: "relu" }), dense(outputs)],
});

const wave = (n: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(i * 1.7) * 2);

describe.each(variants)("Network on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));

  it("names its parameters by layer, and gives their shapes", () => {
    using model = new Network(backend, {
      inputShape: [4, 2],
      layers: [flatten(), dense(3, { name: "first" }), activation("relu"), dense(2, { useBias: false })],
    });
    expect(
      model.parameters.map(({ name, value, gradient }) => [
        name,
        value.rows,
        value.cols,
        gradient.rows,
        gradient.cols,
      ]),
    ).toEqual([
      ["first.weight", 8, 3, 8, 3],
      ["first.bias", 1, 3, 1, 3],
      ["3.weight", 3, 2, 3, 2],
    ]);
    expect(model.inputShape).toEqual([4, 2]);
    expect(model.outputShape).toEqual([2]);
    expect(model.parameterCount).toBe(33);
    expect(model.buffers).toEqual([]);
  });

  it("starts with the same weights for a seed, others for another, and biases of 0", () => {
    const weights = (seed: number) => {
      using model = new Network(backend, mlp(5, 3, seed));
      return model.parameters.map(({ value }) => Array.from(value.data));
    };
    expect(weights(1)).toEqual(weights(1));
    expect(weights(1)).not.toEqual(weights(2));
    expect(weights(1)[1].every((value) => value === 0)).toBe(true);
  });

  it("sets the bounds and variances of the initializers", () => {
    const [fanIn, fanOut] = [60, 40];
    const variances = { glorot: 2 / (fanIn + fanOut), he: 2 / fanIn, lecun: 1 / fanIn };
    for (const [scheme, variance] of Object.entries(variances)) {
      for (const kind of ["Uniform", "Normal"]) {
        using model = new Network(backend, {
          inputShape: fanIn,
          seed: 5,
          layers: [dense(fanOut, { kernelInitializer: `${scheme}${kind}` as "heNormal" })],
        });
        const values = model.parameters[0].value.data;
        const measured = values.reduce((sum, value) => sum + value * value, 0) / values.length;
        // Five standard deviations of the estimate.
        expect(Math.abs(measured / variance - 1)).toBeLessThan(
          5 * Math.sqrt((kind === "Normal" ? 2 : 0.8) / values.length),
        );
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        expect(Math.abs(mean)).toBeLessThan(5 * Math.sqrt(variance / values.length));
        if (kind === "Uniform")
          expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(Math.sqrt(3 * variance));
      }
    }
    using zeros = new Network(backend, {
      inputShape: 3,
      layers: [dense(2, { kernelInitializer: "zeros", biasInitializer: "heNormal" })],
    });
    expect(zeros.parameters[0].value.data.every((value) => value === 0)).toBe(true);
    expect(zeros.parameters[1].value.data.some((value) => value !== 0)).toBe(true);
  });

  it("starts layers of one shape with weights of their own", () => {
    using model = new Network(backend, { inputShape: 4, layers: [dense(4), dense(4)] });
    const [first, , second] = model.parameters.map(({ value }) => value.toArray());
    expect(first).not.toEqual(second);
  });

  it("takes gradients back through linear layers, whose own gradient is that of their output", () => {
    using model = new Network(backend, { inputShape: 2, layers: [dense(2), dense(2), dense(2)] });
    const weights = [
      [1, 2, 3, 4],
      [0, 1, 1, 0],
      [2, 0, 0, 3],
    ];
    for (const [i, values] of weights.entries()) model.parameters[2 * i].value.set(values);
    model.forward([1, 1], { training: true });
    using dOut = backend.matrix(1, 2, [1, 10]);
    // [1, 10] turned back by each W': [2, 30], [30, 2], [30 + 4, 90 + 8].
    expect(model.backward(dOut, { inputGradient: true })?.toArray()).toEqual([[34, 98]]);
  });

  it("an adam that goes on to another model starts afresh", () => {
    const step = (optimizer: ReturnType<typeof adam>) => {
      using model = new Network(backend, mlp(3, 2));
      optimizer.attach(model);
      for (const { gradient } of model.parameters) gradient.data.fill(0.5);
      optimizer.step();
      return model.predict(wave(3));
    };
    const optimizer = adam({ learningRate: 0.1 });
    expect(step(optimizer)).toEqual(step(optimizer));
  });

  it("takes samples as a matrix, typed arrays or numbers, flat or nested, with the same result", () => {
    using model = new Network(backend, mlp(2, 2));
    const nested = [
      [1, 2],
      [3, 4],
      [5, 6],
    ];
    const flat = nested.flat();
    const expected = model.predict(nested);
    expect(expected.length).toBe(6);
    for (const x of [
      flat,
      Float32Array.from(flat),
      Uint8Array.from(flat),
      backend.matrix(3, 2, flat),
      nested.map((row) => Float32Array.from(row)),
    ]) {
      expect(model.predict(x)).toEqual(expected);
      expect(Float32Array.from(model.forward(x).data)).toEqual(expected);
    }
  });

  it("predicts any number of rows in chunks, into a caller's array, which it returns", () => {
    using model = new Network(backend, mlp(3, 2));
    const x = wave(3 * 1000);
    const whole = model.predict(x);
    const out = new Float32Array(2000);
    expect(model.predict(x, { out })).toBe(out);
    expect(out).toEqual(whole);
    expect(Float32Array.from(model.forward(x).data)).toEqual(whole);
    expect(model.predict(Array.from(x))).toEqual(whole);
    using matrix = backend.matrix(1000, 3, x);
    expect(model.predict(matrix)).toEqual(whole);
    expect(model.predict([])).toEqual(new Float32Array(0));
  });

  it("says what it is made of", () => {
    using model = new Network(backend, mlp(5, 3));
    expect(model.summary().split("\n")).toEqual([
      "   layer                output       parameters",
      "-----------------------------------------------",
      "0  dense(5 -> 13) gelu  [batch, 13]          78",
      "1  dense(13 -> 9) relu  [batch, 9]          126",
      "2  dense(9 -> 3)        [batch, 3]           30",
      "-----------------------------------------------",
      "234 parameters",
      "bytes: weights 992",
    ]);
    // What has come to be since: the memory of a plan for 20 samples, gradients, and moments.
    adam().attach(model);
    model.forward(wave(20 * 5), { training: true });
    const { bytes } = model.arena;
    expect(model.summary().split("\n").at(-1)).toBe(
      `bytes: weights 992, gradients 992, optimizer ${2 * 992}, activations ${bytes}`,
    );
    // At least the samples, what gelu and relu keep, the output and its gradient; at most each of them with its
    // gradient, and the scratch of the largest product.
    expect(bytes).toBeGreaterThanOrEqual(20 * 4 * (5 + 13 + 13 + 9 + 3 + 3));
    const scratch = backend.kernels.gemmWorkspace(13, 9, 20);
    expect(bytes).toBeLessThanOrEqual(20 * 4 * 2 * (5 + 13 + 13 + 9 + 3) + scratch);
  });

  it("gives all its memory back", () => {
    const before = backend.memory.liveBlocks;
    const model = new Network(backend, mlp(5, 3));
    adam().attach(model);
    model.forward(wave(20), { training: true });
    model.dispose();
    model.dispose();
    // The scratch that all share may have come to be.
    expect(backend.memory.liveBlocks).toBeLessThanOrEqual(before + 1);
  });

  it("a model that only predicts has no gradients", () => {
    using predicting = new Network(backend, mlp(100, 3));
    predicting.predict(wave(100));
    const without = backend.memory.liveBytes;
    predicting.zeroGradients();
    expect(backend.memory.liveBytes - without).toBeGreaterThanOrEqual(predicting.parameterCount * 4);
  });

  it("the explicit loop with out leaves the number of live blocks as it was, and its memory flat", () => {
    using model = new Sequential(backend, mlp(4, 2));
    const optimizer = adam().attach(model);
    const loss = losses.softmaxCrossEntropy();
    using x = backend.matrix(8, 4, wave(32));
    using dOut = backend.matrix(8, 2);
    const labels = new Int32Array(8);
    const step = () => {
      model.zeroGradients();
      const out = model.forward(x, { training: true });
      loss.valueAndGradient(out, labels, dOut);
      model.backward(dOut, { inputGradient: false });
      optimizer.step();
    };
    step();
    const before = backend.memory;
    for (let i = 0; i < 10_000; i++) step();
    expect(backend.memory).toEqual(before);
    expect(optimizer.steps).toBe(10_001);
  });

  it("a callers's gradient is read and not written", () => {
    using model = new Network(backend, { inputShape: 4, layers: [dense(3, { activation: "tanh" })] });
    using x = backend.matrix(2, 4, wave(8));
    using dOut = backend.matrix(2, 3, wave(6));
    model.forward(x, { training: true });
    model.backward(dOut, { inputGradient: true });
    expect(Float32Array.from(dOut.data)).toEqual(wave(6));
    expect(Float32Array.from(x.data)).toEqual(wave(8));
  });

  it("momentum goes on for the same optimizer, starts afresh for another, and 'scaled' differs from 'torch' once the rate changes", () => {
    const run = (velocity: "torch" | "scaled", rates: readonly number[], attachAgain: boolean) => {
      using model = new Network(backend, { inputShape: 1, layers: [dense(1, { useBias: false })] });
      const optimizer = sgd({ learningRate: rates[0], momentum: 0.5, velocity }).attach(model);
      const [{ value, gradient }] = model.parameters;
      value.set([0]);
      for (const rate of rates) {
        optimizer.learningRate = rate;
        if (attachAgain) optimizer.attach(model);
        gradient.set([1]);
        optimizer.step();
      }
      return value.data[0];
    };
    // torch: v = 1, 1.5, w = -(1 * 1 + 0.5 * 1.5); scaled: v = 1, 0.5 + 0.5, w = -(1 + 1).
    expect(run("torch", [1, 0.5], false)).toBe(-1.75);
    expect(run("torch", [1, 0.5], true)).toBe(-1.75);
    expect(run("scaled", [1, 0.5], false)).toBe(-2);
  });
});

describe("when the memory cannot grow", () => {
  it("attaching an optimizer fails and leaves the one that was attached with what it remembers", () => {
    const backend = createBackendSync();
    const run = (fail: boolean) => {
      using model = new Network(backend, { inputShape: 2, seed: 1, layers: [dense(2)] });
      const first = adam().attach(model);
      for (let step = 0; step < 3; step++) {
        for (const { gradient } of model.parameters) gradient.data.fill(step);
        if (fail && step === 1) {
          const { allocate } = backend;
          let left = 1;
          backend.allocate = (bytes) => {
            if (left-- === 0) throw new OutOfMemoryError("full");
            return allocate.call(backend, bytes);
          };
          const before = backend.memory;
          expect(() => adam().attach(model)).toThrow(OutOfMemoryError);
          expect(backend.memory).toEqual(before);
          backend.allocate = allocate;
        }
        first.step();
      }
      return model.parameters.map(({ value }) => Array.from(value.data));
    };
    expect(run(true)).toEqual(run(false));
  });
});

describe("the bits of a forward pass", () => {
  it.each(exactVariants)(
    "a row's output on the %s build is the same alone and anywhere in any batch",
    (variant) => {
      const backend = createBackendSync(on(variant));
      for (const inputs of [1, 3, 64, 300]) {
        using model = new Network(backend, mlp(inputs, 10));
        const rows = 70;
        const x = wave(rows * inputs);
        const alone = Array.from({ length: rows }, (_, i) =>
          model.predict(x.subarray(i * inputs, (i + 1) * inputs)),
        ).flatMap((row) => [...row]);
        for (const batch of [1, 2, 3, 5, 6, 7, 11, 13, 32, 64, 70]) {
          for (let begin = 0; begin + batch <= rows; begin += 7) {
            const together = model.predict(x.subarray(begin * inputs, (begin + batch) * inputs));
            expect([...together]).toEqual(alone.slice(begin * 10, (begin + batch) * 10));
          }
        }
      }
    },
  );

  it("relaxed stays within 1e-5 of it", () => {
    const [exact, ...others] = variants.map((variant) => {
      using model = new Network(createBackendSync(on(variant)), mlp(64, 10));
      return model.predict(wave(640));
    });
    for (const other of others) expectClose("relaxed", other, exact, 1e-5, 1e-5);
  });
});

describe("what a network refuses", () => {
  const backend = createBackendSync();
  const other = createBackendSync();
  const model = new Sequential(backend, {
    inputShape: 784,
    layers: [dense(128, { activation: "relu" }), dense(10)],
  });

  const cases: [string, () => unknown, new () => Error, RegExp][] = [
    [
      "a matrix with a column too many",
      () => model.forward(backend.matrix(32, 785)),
      ShapeError,
      /expected input \[batch, 784\], got \[32, 785\]/,
    ],
    [
      "an input of the wrong width",
      () => model.forward(backend.matrix(32, 783)),
      ShapeError,
      /^dense\(784 -> 128\) expected input \[batch, 784\], got \[32, 783\]/,
    ],
    [
      "a nested row of the wrong width",
      () => model.predict([[1, 2]]),
      ShapeError,
      /expected input \[batch, 784\], got 2 values in row 0 of 1/,
    ],
    [
      "a nested row that is too long",
      () => model.predict([new Array<number>(785).fill(0)]),
      ShapeError,
      /got 785 values in row 0 of 1/,
    ],
    [
      "flat values that are no whole rows",
      () => model.predict(new Float32Array(785)),
      ShapeError,
      /a multiple of 784 values, got 785 values/,
    ],
    [
      "no samples at all",
      () => model.predict(5 as never),
      ValueError,
      /expected input to be a Matrix, a typed array, number\[\] or number\[\]\[\], got 5/,
    ],
    [
      "an out of the wrong length",
      () => model.predict(new Float32Array(784), { out: new Float32Array(9) }),
      ShapeError,
      /predict expected out to be a Float32Array of 1 x 10 = 10, got Float32Array of length 9/,
    ],
    [
      "a misspelt option",
      () => model.predict([], { output: 1 } as never),
      ValueError,
      /predict: unknown option "output"; known are out/,
    ],
    ["a matrix of another backend", () => model.predict(other.matrix(1, 784)), Error, /one backend/],
    [
      "backward without forward",
      () => model.backward(backend.matrix(1, 10)),
      ValueError,
      /backward needs a forward\(x, \{ training: true \}\) before it/,
    ],
    ["no units", () => dense(0), ValueError, /dense expected units to be an integer of at least 1, got 0/],
    ["negative units", () => dense(-3), ValueError, /got -3/],
    [
      "an unknown activation",
      () => dense(3, { activation: "swish" as never }),
      ValueError,
      /dense: unknown activation "swish"; known are linear, relu, relu6, leakyRelu, elu, selu, gelu, geluTanh, silu, sigmoid, tanh, softplus, hardSwish, hardSigmoid, softsign, mish, exp, softmax/,
    ],
    [
      "a name that every object has",
      () => activation("constructor" as never),
      ValueError,
      /unknown activation "constructor"/,
    ],
    [
      "an unknown initializer",
      () => dense(3, { kernelInitializer: "random" as never }),
      ValueError,
      /unknown initializer "random"; known are glorotUniform, glorotNormal, heUniform, heNormal, lecunUniform, lecunNormal, orthogonal, zeros/,
    ],
    [
      "an unknown option of a layer",
      () => dense(3, { activaton: "relu" } as never),
      ValueError,
      /unknown option "activaton"/,
    ],
    [
      "no layers",
      () => new Network(backend, { inputShape: 2, layers: [] }),
      ValueError,
      /expected at least one layer/,
    ],
    [
      "what is no layer",
      () => new Network(backend, { inputShape: 2, layers: [10 as never] }),
      ValueError,
      /expected layers such as dense\(10\), got 10/,
    ],
    [
      "an input of size 0",
      () => new Network(backend, { inputShape: [28, 0], layers: [dense(1)] }),
      ValueError,
      /a size in inputShape to be an integer of at least 1, got 0/,
    ],
    [
      "a seed that is no integer",
      () => new Network(backend, { inputShape: 2, layers: [dense(1)], seed: 0.5 }),
      ValueError,
      /expected seed to be a safe integer, got 0.5/,
    ],
    [
      "two layers of one name",
      () =>
        new Network(backend, { inputShape: 2, layers: [dense(1, { name: "a" }), dense(1, { name: "a" })] }),
      ValueError,
      /two tensors are called a.weight/,
    ],
    [
      "a negative learning rate",
      () => adam({ learningRate: -1 }),
      ValueError,
      /adam expected learningRate to be a finite number above 0, got -1/,
    ],
    [
      "a learning rate of 0",
      () => sgd({ learningRate: 0 }),
      ValueError,
      /sgd expected learningRate .* above 0, got 0/,
    ],
    [
      "a later learning rate of NaN",
      () => {
        sgd().learningRate = Number.NaN;
      },
      ValueError,
      /learningRate .* got NaN/,
    ],
    [
      "a momentum of 1",
      () => sgd({ momentum: 1 }),
      ValueError,
      /sgd expected momentum to be at least 0 and below 1, got 1/,
    ],
    ["nesterov without momentum", () => sgd({ nesterov: true }), ValueError, /momentum above 0 for nesterov/],
    [
      "an unknown velocity",
      () => sgd({ velocity: "keras" as never }),
      ValueError,
      /unknown velocity "keras"; known are torch, scaled/,
    ],
    [
      "an unknown reduction",
      () => losses.meanSquaredError({ reduction: "median" as never }),
      ValueError,
      /unknown reduction "median"; known are mean, batchMean, halfBatchMean, halfSum, sum/,
    ],
    ["a delta of 0", () => losses.huber({ delta: 0 }), ValueError, /huber expected delta/],
    [
      "a step without a model",
      () => adam().step(),
      DisposedError,
      /adam.step: attach the optimizer to a model first/,
    ],
    [
      "targets of another shape",
      () => losses.meanSquaredError().value(backend.matrix(2, 3), backend.matrix(2, 2)),
      ShapeError,
      /meanSquaredError expected targets \[batch, 3\], got \[2, 2\]/,
    ],
    [
      "targets for fewer rows",
      () => losses.meanSquaredError().value(backend.matrix(2, 3), [1, 2, 3]),
      ShapeError,
      /expected targets for \[2, 3\] predictions, got 1 rows/,
    ],
    [
      "a label outside the classes",
      () => losses.softmaxCrossEntropy().value(backend.matrix(2, 3), [0, 3]),
      ValueError,
      /softmaxCrossEntropy expected class indices from 0 to 2, got 3 at row 1/,
    ],
    [
      "half a label",
      () => losses.softmaxCrossEntropy().value(backend.matrix(2, 3), [0, 1.5]),
      ValueError,
      /got 1.5 at row 1/,
    ],
    [
      "too many labels",
      () => losses.softmaxCrossEntropy().value(backend.matrix(2, 3), [0, 1, 2]),
      ShapeError,
      /got 3 rows/,
    ],
    [
      "a gradient of another shape",
      () => losses.huber().valueAndGradient(backend.matrix(2, 3), backend.matrix(2, 3), backend.matrix(3, 2)),
      ShapeError,
      /\[2, 3\] and \[3, 2\]/,
    ],
  ];
  it.each(cases)("%s", (_, act, type, message) => {
    expect(act).toThrow(type);
    expect(act).toThrow(message);
  });

  it("leaves no memory behind when it cannot be built", () => {
    const before = backend.memory.liveBlocks;
    expect(
      () =>
        new Network(backend, { inputShape: 2, layers: [dense(1, { name: "a" }), dense(1, { name: "a" })] }),
    ).toThrow(ValueError);
    expect(backend.memory.liveBlocks).toBe(before);
  });

  it("outputs that are out of date, and disposing what a model owns", () => {
    using small = new Network(backend, { inputShape: 2, layers: [dense(2)] });
    const x = backend.matrix(1, 2, [1, 2]);
    const voids: [string, () => unknown][] = [
      ["forward", () => small.forward(x)],
      ["predict", () => small.predict(x)],
      ["predict of nothing", () => small.predict([])],
    ];
    for (const [, act] of voids) {
      const out = small.forward(x);
      expect(out.data.length).toBe(2);
      act();
      expect(() => out.data).toThrow(/was the output of a model that has run again or was disposed since/);
    }
    const owned: Matrix[] = [small.forward(x), small.parameters[0].value, small.parameters[0].gradient];
    for (const matrix of owned)
      expect(() => matrix.dispose()).toThrow(/belongs to its model, which disposes it/);
    expect(small.parameters[0].value.data.length).toBe(4);
  });

  it("a backward after the x of its forward is gone, or after a predict in between", () => {
    using small = new Network(backend, { inputShape: 2, layers: [dense(2)] });
    const x = backend.matrix(1, 2);
    const dOut = backend.matrix(1, 2);
    small.forward(x, { training: true });
    expect(() => small.backward(backend.matrix(2, 2))).toThrow(
      /backward expected dOut \[1, 2\], got \[2, 2\]/,
    );
    x.dispose();
    expect(() => small.backward(dOut)).toThrow(DisposedError);
    small.forward([1, 2], { training: true });
    small.predict([1, 2]);
    expect(() => small.backward(dOut)).toThrow(/no predict, evaluate or fit in between/);
    small.forward([1, 2]);
    expect(() => small.backward(dOut)).toThrow(ValueError);
  });

  it("anything of a disposed model, and an optimizer that lost its model", () => {
    const gone = new Sequential(backend, { inputShape: 2, layers: [dense(2)] });
    const first = adam().attach(gone);
    const parameter = gone.parameters[0].value;
    const out = gone.forward([1, 2]);
    adam().attach(gone);
    expect(() => first.step()).toThrow(DisposedError);
    first.attach(gone);
    gone.dispose();
    for (const act of [
      () => gone.predict([1, 2]),
      () => gone.forward([1, 2]),
      () => gone.parameters,
      () => gone.zeroGradients(),
      () => parameter.data,
      () => out.data,
      () => first.step(),
      () => adam().attach(gone),
    ]) {
      expect(act).toThrow(DisposedError);
    }
  });
});
