import { afterAll, describe, expect, it } from "vitest";
import {
  adadelta,
  adagrad,
  adam,
  adamw,
  type Backend,
  createBackendSync,
  DisposedError,
  dense,
  lion,
  losses,
  Network,
  NonFiniteError,
  nadam,
  type Optimizer,
  type OptimizerOptions,
  rmsprop,
  type Schedule,
  schedules,
  sgd,
  ValueError,
} from "../../src/index.js";
import { optimizerFrom } from "../../src/optimizers/optimizer-from.js";
import { exactVariants, on } from "../reference/backends.js";

const backend = createBackendSync();
afterAll(() => backend.dispose());

const optimizers: Record<string, (options: OptimizerOptions) => Optimizer> = {
  sgd: (options) => sgd(options),
  momentum: (options) => sgd({ momentum: 0.9, dampening: 0.5, ...options }),
  nesterov: (options) => sgd({ momentum: 0.9, nesterov: true, velocity: "scaled", ...options }),
  adam: (options) => adam({ beta1: 0.8, ...options }),
  amsgrad: (options) => adam({ amsgrad: true, ...options }),
  adamw: (options) => adamw(options),
  nadam: (options) => nadam(options),
  rmsprop: (options) => rmsprop(options),
  "rmsprop, centered": (options) => rmsprop({ momentum: 0.5, centered: true, ...options }),
  adagrad: (options) => adagrad(options),
  adadelta: (options) => adadelta(options),
  lion: (options) => lion(options),
};

const wave = (n: number, phase = 0): Float32Array =>
  Float32Array.from({ length: n }, (_, i) => Math.fround(((i * 37 + phase * 11) % 41) / 20 - 1));

/** 6 -> 5 -> 3: 35 + 18 values that are learnt, in tensors whose sizes are no multiples of four. */
const make = (on: Backend = backend): Network =>
  new Network(on, { inputShape: 6, seed: 5, layers: [dense(5, { activation: "tanh" }), dense(3)] });

/** So many steps of the explicit loop, each on another batch; every fourth step is the end of an epoch. */
function train(model: Network, optimizer: Optimizer, from: number, to: number): void {
  const loss = losses.meanSquaredError();
  using dOut = model.backend.matrix(4, 3);
  for (let step = from; step < to; step++) {
    model.zeroGradients();
    const out = model.forward(wave(24, step), { training: true });
    loss.valueAndGradient(out, wave(12, step), dOut);
    model.backward(dOut);
    optimizer.step();
    if (step % 4 === 3) optimizer.observe({ loss: 1 });
  }
}

const weightsOf = (model: Network): number[][] => model.parameters.map(({ value }) => [...value.data]);

describe("every optimizer", () => {
  const options: OptimizerOptions = {
    learningRate: 0.01,
    weightDecay: 0.01,
    groups: [{ parameters: /bias/, weightDecay: 0, learningRateFactor: 0.5 }],
  };

  it.each(Object.entries(optimizers))(
    "%s: the scalar and the SIMD build give the same bits",
    (_, optimizer) => {
      const [scalar, simd] = exactVariants.map((variant) => {
        using ours = createBackendSync(on(variant));
        using model = make(ours);
        train(model, optimizer({ ...options, clipNorm: 0.5 }).attach(model), 0, 20);
        return weightsOf(model);
      });
      expect(simd).toEqual(scalar);
    },
  );

  it.each(Object.entries(optimizers))(
    "%s: lowers the loss of a batch that it sees a hundred times",
    (_, optimizer) => {
      using model = make();
      const loss = losses.meanSquaredError();
      const descent = optimizer({}).attach(model);
      using dOut = backend.matrix(4, 3);
      const values = Array.from({ length: 101 }, () => {
        model.zeroGradients();
        const value = loss.valueAndGradient(model.forward(wave(24), { training: true }), wave(12), dOut);
        model.backward(dOut);
        descent.step();
        return value;
      });
      expect(values[100]).toBeLessThan(values[0]);
    },
  );
});

describe("resuming gives the bits of a training that was not interrupted", () => {
  const reducing = schedules.reduceOnPlateau({
    learningRate: 0.02,
    monitor: "loss",
    patience: 2,
    factor: 0.5,
    cooldown: 1,
  });
  const rates: Record<string, number | Schedule> = {
    number: 0.01,
    step: schedules.step({ learningRate: 0.02, every: 3 }),
    multiStep: schedules.multiStep({ learningRate: 0.02, at: [3, 11] }),
    exponential: schedules.exponential({ learningRate: 0.02, factor: 0.9 }),
    polynomial: schedules.polynomial({ learningRate: 0.02, steps: 18, power: 1.5 }),
    cosine: schedules.cosine({ learningRate: 0.02, steps: 5, restarts: true, growth: 1.5 }),
    oneCycle: schedules.oneCycle({ learningRate: 0.02, steps: 20 }),
    warmup: schedules.warmup({ steps: 13, before: schedules.cosine({ learningRate: 0.02, steps: 9 }) }),
    reduceOnPlateau: reducing,
    "warmup before reduceOnPlateau": schedules.warmup({ steps: 6, before: reducing }),
  };
  const cases = Object.entries(optimizers).flatMap(([name, optimizer]) =>
    Object.entries(rates).map(([rate, value]) => [name, rate, optimizer, value] as const),
  );

  it.each(cases)("%s, %s", (_, __, optimizer, learningRate) => {
    const options: OptimizerOptions = {
      learningRate,
      weightDecay: 0.02,
      clipValue: 0.3,
      groups: [{ parameters: /BIAS$/i, weightDecay: 0 }],
    };
    using whole = make();
    train(whole, optimizer(options).attach(whole), 0, 23);

    using first = make();
    const before = optimizer(options).attach(first);
    train(first, before, 0, 10);
    const text = JSON.stringify({ config: before.config, state: before.state });
    const slabs = before.memory.map(({ name, address }) => ({
      name,
      values: backend.floats(address, first.slabLength).slice(),
    }));

    using second = make();
    for (const [i, { value }] of second.parameters.entries())
      value.set(first.parameters[i].value.data.slice());
    const { config, state } = JSON.parse(text);
    const after = optimizerFrom(config).attach(second);
    after.restoreState(state);
    for (const [i, { name, address }] of after.memory.entries()) {
      expect(name).toBe(slabs[i].name);
      backend.floats(address, second.slabLength).set(slabs[i].values);
    }
    train(second, after, 10, 23);
    expect(weightsOf(second)).toEqual(weightsOf(whole));
    expect(after.steps).toBe(23);
    expect(JSON.stringify(after.config)).toBe(JSON.stringify(before.config));
  });

  it("names what it cannot save or restore", () => {
    using model = make();
    const chosen = adam({ groups: [{ parameters: (name) => name.endsWith("bias"), weightDecay: 0 }] });
    expect(() => chosen.config).toThrow(/adam: a group whose parameters are a function cannot be saved/);
    const { state } = adam().attach(model);
    expect(() => adam().restoreState(state)).toThrow(DisposedError);
    expect(() => sgd().attach(model).restoreState(state)).toThrow(
      /sgd.restoreState expected 0 powers, got 2/,
    );
    expect(() => optimizerFrom({ name: "rprop" })).toThrow(
      /unknown optimizer "rprop"; known are sgd, adam, adamw, nadam/,
    );
  });
});

describe("clipping", () => {
  /** The weights after one plain step of rate 1 from 0 along these gradients, by their negatives. */
  const stepped = (gradients: readonly number[], options: OptimizerOptions): number[] => {
    using model = new Network(backend, { inputShape: 1, layers: [dense(2), dense(1, { useBias: false })] });
    const optimizer = sgd({ learningRate: 1, ...options }).attach(model);
    let next = 0;
    for (const { value, gradient } of model.parameters) {
      value.data.fill(0);
      gradient.set(Array.from({ length: value.length }, () => gradients[next++]));
    }
    optimizer.step();
    return model.parameters.flatMap(({ value }) => [...value.data]).map((value) => -value);
  };

  it("by value brings every gradient into the range", () => {
    expect(stepped([3, -3, 0.25, -0.25, 1, -1], { clipValue: 0.5 })).toEqual([
      0.5, -0.5, 0.25, -0.25, 0.5, -0.5,
    ]);
  });

  it("by norm scales the gradients of all parameters alike, to that norm", () => {
    // The norm of these is 12; a third of it is exact but for rounding.
    const clipped = stepped([8, -4, 4, 4, -4, 4], { clipNorm: 4 });
    for (const [i, value] of [8, -4, 4, 4, -4, 4].entries()) expect(clipped[i]).toBeCloseTo(value / 3, 6);
  });

  it("by norm leaves smaller gradients to the bit", () => {
    expect(stepped([8, -4, 4, 4, -4, 4], { clipNorm: 12 })).toEqual([8, -4, 4, 4, -4, 4]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    "by norm refuses a gradient of %s, which has no norm, and leaves the weights",
    (wrong) => {
      using model = new Network(backend, { inputShape: 1, layers: [dense(2)] });
      const before = model.parameters.flatMap(({ value }) => [...value.data]);
      model.parameters[0].gradient.set([1, wrong]);
      const optimizer = adam({ clipNorm: 1, learningRate: 0.5 }).attach(model);
      expect(() => optimizer.step()).toThrow(NonFiniteError);
      expect(() => optimizer.step()).toThrow(
        /adam.step: a gradient is NaN or infinite, so that clipNorm cannot scale it; .* now 0.5/,
      );
      expect(model.parameters.flatMap(({ value }) => [...value.data])).toEqual(before);
      expect(optimizer.steps).toBe(0);
    },
  );

  // Squares of the first overflow float32, those of the last are 0 in it.
  it.each([3e38, 1e20, 1e10, 1, 1e-10, 1e-20, 1e-30])(
    "by norm clips gradients of about %d as float64 does",
    (size) => {
      const gradients = [8, -4, 4, 4, -4, 4].map((value) => Math.fround((value / 8) * size));
      const norm = Math.sqrt(gradients.reduce((sum, value) => sum + value * value, 0));
      for (const part of [1e-30, 1e-3, 0.5]) {
        const clipNorm = norm * part;
        // The limit itself must be a float32 above 0.
        if (Math.fround(clipNorm) === 0 || Math.fround(clipNorm) === Number.POSITIVE_INFINITY) continue;
        const clipped = stepped(gradients, { clipNorm });
        for (const [i, value] of gradients.entries()) {
          const expected = value * part;
          // Subnormal numbers have fewer digits.
          expect(Math.abs(clipped[i] - expected)).toBeLessThanOrEqual(4e-7 * Math.abs(expected) + 3e-45);
        }
      }
      expect(stepped(gradients, { clipNorm: Math.min(norm * 1.1, 3.4e38) }).every(Number.isFinite)).toBe(
        true,
      );
      if (norm * 1.1 < 3.4e38) expect(stepped(gradients, { clipNorm: norm * 1.1 })).toEqual(gradients);
    },
  );

  it.each(Object.entries(optimizers))("%s: refuses a gradient that is NaN or infinite", (_, optimizer) => {
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      for (const options of [{}, { clipValue: 1 }]) {
        using model = make();
        const before = weightsOf(model);
        model.parameters[2].gradient.set(wave(15).fill(wrong, 4, 5));
        const made = optimizer(options).attach(model);
        expect(() => made.step()).toThrow(NonFiniteError);
        expect(() => made.step()).toThrow(/\.step: a gradient is NaN or infinite; the weights are those/);
        expect(weightsOf(model)).toEqual(before);
        expect(made.steps).toBe(0);
      }
  });

  it.each(Object.entries(optimizers))("%s: takes no step of 0 along gradients of 1e20", (_, optimizer) => {
    const step = (size: number, options: OptimizerOptions = {}) => {
      using model = make();
      const before = weightsOf(model);
      for (const { gradient } of model.parameters) gradient.data.fill(size);
      const made = optimizer(options).attach(model);
      made.step();
      const after = weightsOf(model);
      expect(after.flat().every(Number.isFinite)).toBe(true);
      return after.flat().filter((weight, i) => weight === before.flat()[i]).length;
    };
    expect(step(1e20, { clipNorm: 100 })).toBe(0);
    expect(step(1e19, { learningRate: 0.01 })).toBe(0);
    if (optimizer({}).slabs.includes("square")) {
      expect(() => step(1e20)).toThrow(NonFiniteError);
      expect(() => step(1e20)).toThrow(
        /step: the gradient of 0.weight is 100000000000000000000, and \w+ keeps squares of gradients, which are infinite above 1.8e\+19; .* set clipNorm of/,
      );
    } else expect(step(1e20, { learningRate: 0.01 })).toBe(0);
  });

  it.each<[string, OptimizerOptions, RegExp]>([
    ["a limit of 0", { clipValue: 0 }, /adam expected clipValue to be a finite number above 0, got 0/],
    ["a negative norm", { clipNorm: -1 }, /adam expected clipNorm .* got -1/],
    ["both", { clipNorm: 1, clipValue: 1 }, /adam expected clipValue or clipNorm, got both/],
  ])("refuses %s", (_, options, message) => {
    expect(() => adam(options)).toThrow(message);
  });
});

describe("groups", () => {
  /** The weights after one step of sgd from all ones along gradients of one. */
  const stepped = (options: OptimizerOptions): Record<string, number[]> => {
    using model = make();
    const optimizer = sgd({ learningRate: 0.5, ...options }).attach(model);
    for (const { value, gradient } of model.parameters) {
      value.data.fill(1);
      gradient.data.fill(1);
    }
    optimizer.step();
    return Object.fromEntries(model.parameters.map(({ name, value }) => [name, [...new Set(value.data)]]));
  };

  it.each<[string, OptimizerOptions["groups"]]>([
    ["an expression", [{ parameters: /bias$/g, weightDecay: 0 }]],
    ["a list of names", [{ parameters: ["0.bias", "1.bias"], weightDecay: 0 }]],
    ["a function", [{ parameters: (name) => name.includes("bias"), weightDecay: 0 }]],
  ])("chosen by %s have a weight decay of their own", (_, groups) => {
    expect(stepped({ weightDecay: 0.5, groups })).toEqual({
      "0.weight": [0.25],
      "0.bias": [0.5],
      "1.weight": [0.25],
      "1.bias": [0.5],
    });
  });

  it("scale the learning rate, and a factor of 0 leaves what it has; the first group of a parameter counts", () => {
    const groups = [
      { parameters: /^0/, learningRateFactor: 0 },
      { parameters: /bias/, learningRateFactor: 0.5 },
    ];
    expect(stepped({ groups })).toEqual({
      "0.weight": [1],
      "0.bias": [1],
      "1.weight": [0.5],
      "1.bias": [0.75],
    });
  });

  it.each(Object.entries(optimizers))("%s: groups that change nothing leave the bits", (_, optimizer) => {
    const [plain, grouped] = [
      undefined,
      [{ parameters: /bias/, learningRateFactor: 1 }, { parameters: ["1.weight"] }],
    ].map((groups) => {
      using model = make();
      train(model, optimizer({ groups }).attach(model), 0, 5);
      return weightsOf(model);
    });
    expect(grouped).toEqual(plain);
  });

  it("alike and side by side are one kernel call", () => {
    using model = make();
    const lengths = (options: OptimizerOptions): number[] => {
      const calls: number[] = [];
      const { sgd: kernel } = backend.kernels;
      const kernels = Object.create(backend.kernels, {
        sgd: { value: (...given: Parameters<typeof kernel>) => calls.push(given[2]) },
      });
      const { kernelsFor: own } = backend;
      Object.defineProperty(backend, "kernelsFor", { value: () => kernels, configurable: true });
      try {
        sgd(options).attach(model).step();
      } finally {
        Object.defineProperty(backend, "kernelsFor", { value: own, configurable: true });
      }
      return calls;
    };
    // 30, 5, 15 and 3 values, each up to a multiple of four.
    expect(lengths({})).toEqual([32 + 8 + 16 + 4]);
    expect(lengths({ groups: [{ parameters: /^0/, learningRateFactor: 0.5 }] })).toEqual([32 + 8, 16 + 4]);
    expect(lengths({ weightDecay: 0.1, groups: [{ parameters: /bias/, weightDecay: 0 }] })).toEqual([
      32, 8, 16, 4,
    ]);
  });

  it.each<[string, OptimizerOptions["groups"], RegExp]>([
    ["no list", {} as never, /adam expected groups to be an array/],
    ["a misspelt option", [{ parameters: /a/, decay: 0 }] as never, /adam: a group: unknown option "decay"/],
    [
      "no parameters",
      [{}] as never,
      /adam expected the parameters of a group to be an expression, a list of names or a function, got undefined/,
    ],
    ["a negative decay", [{ parameters: /bias/, weightDecay: -1 }], /adam expected weightDecay .* got -1/],
    [
      "a name that the model has not",
      [{ parameters: ["0.bias", "2.bias"] }],
      /adam: a group asks for 0.bias,2.bias; the model's parameters are 0.weight, 0.bias/,
    ],
    [
      "an expression that matches nothing",
      [{ parameters: /gamma/ }],
      /adam: a group asks for \/gamma\/; the model's parameters/,
    ],
  ])("refuse %s", (_, groups, message) => {
    using model = make();
    const attach = () => adam({ groups }).attach(model);
    expect(attach).toThrow(ValueError);
    expect(attach).toThrow(message);
  });
});

describe("options out of range", () => {
  it.each<[string, () => unknown, RegExp]>([
    [
      "a dampening of 1",
      () => sgd({ momentum: 0.5, dampening: 1 }),
      /sgd expected dampening to be at least 0 and below 1, got 1/,
    ],
    [
      "nesterov with dampening",
      () => sgd({ momentum: 0.5, dampening: 0.5, nesterov: true }),
      /sgd expected no dampening with nesterov, got 0.5/,
    ],
    ["a rho of 1", () => rmsprop({ rho: 1 }), /rmsprop expected rho to be at least 0 and below 1, got 1/],
    [
      "an epsilon of 0",
      () => adagrad({ epsilon: 0 }),
      /adagrad expected epsilon to be a finite number above 0, got 0/,
    ],
    ["a beta below 0", () => lion({ beta2: -0.1 }), /lion expected beta2 .* got -0.1/],
    [
      "a flag that is none",
      () => adam({ amsgrad: 1 as never }),
      /adam expected amsgrad to be true or false, got 1/,
    ],
    [
      "a momentum decay below 0",
      () => nadam({ momentumDecay: -1 }),
      /nadam expected momentumDecay .* got -1/,
    ],
    [
      "a weight decay below 0",
      () => adadelta({ weightDecay: -1 }),
      /adadelta expected weightDecay .* got -1/,
    ],
    [
      "a rate that is a word",
      () => adamw({ learningRate: "fast" as never }),
      /adamw expected learningRate .* got "fast"/,
    ],
    [
      "a misspelt option",
      () => rmsprop({ alpha: 0.9 } as never),
      /rmsprop: unknown option "alpha"; known are learningRate, weightDecay, rho/,
    ],
  ])("%s", (_, construct, message) => {
    expect(construct).toThrow(ValueError);
    expect(construct).toThrow(message);
  });
});

/** One weight, and gradients that are given: each step as its paper has it, in float64, to 1e-6. */
describe("the steps of one weight", () => {
  const gradients = [1, -0.2, 0.5, -0.7, 0.05];
  const steps = (optimizer: Optimizer): number[] => {
    using model = new Network(backend, {
      inputShape: 1,
      layers: [dense(1, { useBias: false, kernelInitializer: "zeros" })],
    });
    optimizer.attach(model);
    return gradients.map((gradient) => {
      const [{ value, gradient: its }] = model.parameters;
      its.data[0] = gradient;
      optimizer.step();
      return value.data[0];
    });
  };
  const close = (got: readonly number[], expected: readonly number[]) => {
    for (const [i, value] of expected.entries())
      expect(Math.abs(got[i] - value), `step ${i + 1}`).toBeLessThan(1e-6);
  };

  it("lion: the sign of one mean, while another is kept (Chen et al. 2023, algorithm 2)", () => {
    let [w, m] = [0, 0];
    const expected = gradients.map((g) => {
      w -= 0.1 * Math.sign(0.9 * m + 0.1 * g);
      m = 0.99 * m + 0.01 * g;
      return w;
    });
    close(steps(lion({ learningRate: 0.1 })), expected);
  });

  it("sgd with dampening: the first gradient is taken whole, as in PyTorch", () => {
    let [w, v] = [0, 0];
    const expected = gradients.map((g, i) => {
      v = i === 0 ? g : 0.9 * v + 0.4 * g;
      w -= 0.1 * v;
      return w;
    });
    close(steps(sgd({ learningRate: 0.1, momentum: 0.9, dampening: 0.6 })), expected);
  });

  it("nadam, its momentum growing fast: as PyTorch 1.13 has it", () => {
    const mu = (t: number) => 0.9 * (1 - 0.5 * 0.96 ** t);
    let [w, m, v, product] = [0, 0, 0, 1];
    const expected = gradients.map((g, i) => {
      const t = i + 1;
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      product *= mu(t);
      const root = Math.sqrt(v / (1 - 0.999 ** t)) + 1e-8;
      w -=
        (0.1 * (1 - mu(t)) * g) / (1 - product) / root +
        (0.1 * mu(t + 1) * m) / (1 - product * mu(t) * mu(t + 1)) / root;
      return w;
    });
    close(steps(nadam({ learningRate: 0.1, momentumDecay: 1 })), expected);
  });

  it("a schedule gives the first step its first rate", () => {
    let w = 0;
    const expected = gradients.map((g, i) => {
      w -= 0.5 ** i * g;
      return w;
    });
    close(steps(sgd({ learningRate: schedules.step({ learningRate: 1, every: 1, factor: 0.5 }) })), expected);
  });
});
