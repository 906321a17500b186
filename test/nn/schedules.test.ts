import { describe, expect, it } from "vitest";
import {
  adam,
  createBackendSync,
  dense,
  Network,
  type Schedule,
  Sequential,
  scheduleFrom,
  schedules,
  sgd,
  ValueError,
} from "../../src/index.js";

const rates = (schedule: Schedule, steps: number): number[] =>
  Array.from({ length: steps }, (_, step) => schedule.rate(step));

/** PyTorch's and Keras's formulas with Math's functions, which may differ from ours in the last bits. */
const annealed = (from: number, to: number, progress: number): number =>
  to + ((from - to) / 2) * (1 + Math.cos(Math.PI * progress));

const cases: Record<string, [Schedule, (step: number) => number]> = {
  constant: [schedules.constant({ learningRate: 0.3 }), () => 0.3],
  step: [
    schedules.step({ learningRate: 0.3, every: 7, factor: 0.5 }),
    (step) => 0.3 * 0.5 ** Math.floor(step / 7),
  ],
  multiStep: [
    schedules.multiStep({ learningRate: 0.3, at: [4, 5, 20], factor: 0.2 }),
    (step) => 0.3 * 0.2 ** (Number(step >= 4) + Number(step >= 5) + Number(step >= 20)),
  ],
  exponential: [
    schedules.exponential({ learningRate: 0.3, factor: 0.96, every: 10 }),
    (step) => 0.3 * 0.96 ** (step / 10),
  ],
  "exponential that grows": [
    schedules.exponential({ learningRate: 1e-6, factor: 1.2 }),
    (step) => 1e-6 * 1.2 ** step,
  ],
  "polynomial, a line": [
    schedules.polynomial({ learningRate: 0.3, steps: 30 }),
    (step) => 0.3 * (1 - Math.min(step / 30, 1)),
  ],
  "polynomial of a broken power": [
    schedules.polynomial({ learningRate: 0.3, steps: 30, minimum: 0.01, power: 0.5 }),
    (step) => 0.01 + 0.29 * (1 - Math.min(step / 30, 1)) ** 0.5,
  ],
  cosine: [
    schedules.cosine({ learningRate: 0.3, steps: 30, minimum: 0.01 }),
    (step) => annealed(0.3, 0.01, Math.min(step / 30, 1)),
  ],
  "cosine with restarts": [
    schedules.cosine({ learningRate: 0.3, steps: 9, restarts: true }),
    (step) => annealed(0.3, 0, (step % 9) / 9),
  ],
  "cosine with longer and longer restarts": [
    schedules.cosine({ learningRate: 0.3, steps: 4, restarts: true, growth: 2 }),
    // Periods of 4, 8, 16 and 32 steps begin at 0, 4, 12 and 28.
    (step) =>
      annealed(
        0.3,
        0,
        step < 4 ? step / 4 : step < 12 ? (step - 4) / 8 : step < 28 ? (step - 12) / 16 : (step - 28) / 32,
      ),
  ],
  oneCycle: [
    schedules.oneCycle({ learningRate: 0.3, steps: 40 }),
    // It rises until step 0.3 * 40 - 1 and falls until step 39.
    (step) =>
      step <= 11
        ? annealed(0.3 / 25, 0.3, step / 11)
        : annealed(0.3, 0.3 / 25 / 1e4, Math.min((step - 11) / 28, 1)),
  ],
  warmup: [
    schedules.warmup({ steps: 5, from: 0.1, before: schedules.step({ learningRate: 0.3, every: 3 }) }),
    (step) => (step < 5 ? 0.1 + (0.2 * step) / 5 : 0.3 * 0.1 ** Math.floor((step - 5) / 3)),
  ],
  "warmup before a number": [
    schedules.warmup({ steps: 5, before: 0.3 }),
    (step) => 0.3 * Math.min(step / 5, 1),
  ],
  reduceOnPlateau: [schedules.reduceOnPlateau({ learningRate: 0.3 }), () => 0.3],
};

describe("a schedule", () => {
  it.each(Object.entries(cases))("%s: 60 steps within 1e-14 of its formula", (_, [schedule, formula]) => {
    for (const [step, rate] of rates(schedule, 60).entries())
      expect(Math.abs(rate - formula(step)), `step ${step}`).toBeLessThanOrEqual(1e-14);
  });

  it.each(Object.entries(cases))("%s: the same bits after JSON, and of any step alone", (_, [schedule]) => {
    const again = scheduleFrom(JSON.parse(JSON.stringify(schedule)));
    expect(rates(again, 60)).toEqual(rates(schedule, 60));
    expect(rates(again, 60).reverse()).toEqual(Array.from({ length: 60 }, (_, i) => schedule.rate(59 - i)));
    expect(JSON.stringify(again)).toBe(JSON.stringify(schedule));
  });

  it("prints itself with its options", () => {
    const warm = schedules.warmup({ steps: 5, before: schedules.step({ learningRate: 0.3, every: 7 }) });
    expect(String(warm)).toBe(
      'warmup({"steps":5,"from":0,"before":{"type":"step","learningRate":0.3,"every":7,"factor":0.1}})',
    );
  });

  it.each<[string, () => unknown, RegExp]>([
    [
      "no learning rate",
      () => schedules.step({ every: 3 } as never),
      /step expected learningRate to be a finite number above 0, got undefined/,
    ],
    [
      "no steps",
      () => schedules.cosine({ learningRate: 1 } as never),
      /cosine expected steps to be an integer of at least 1, got undefined/,
    ],
    [
      "no options",
      () => schedules.oneCycle(undefined as never),
      /oneCycle expected an object of options, got null/,
    ],
    [
      "a misspelt option",
      () => schedules.step({ learningRate: 1, every: 3, gamma: 2 } as never),
      /step: unknown option "gamma"/,
    ],
    [
      "places out of order",
      () => schedules.multiStep({ learningRate: 1, at: [5, 3] }),
      /multiStep expected at\[1\] to be an integer of at least 5, got 3/,
    ],
    [
      "nothing to warm up for",
      () => schedules.warmup({ steps: 3, before: undefined as never }),
      /scheduleFrom: unknown schedule undefined; known are constant/,
    ],
    [
      "a warm-up of nothing that is known",
      () => schedules.warmup({ steps: 3, schedule: 0.1 } as never),
      /warmup: unknown option "schedule"; known are steps, from, before/,
    ],
    [
      "a mode that is none",
      () => schedules.reduceOnPlateau({ learningRate: 1, mode: "auto" as never }),
      /unknown mode "auto"; known are min, max/,
    ],
    [
      "JSON of an unknown type",
      () => scheduleFrom({ type: "square" }),
      /scheduleFrom: unknown schedule "square"/,
    ],
    ["JSON of nothing", () => scheduleFrom(null), /scheduleFrom: unknown schedule undefined/],
  ])("refuses %s", (_, make, message) => {
    expect(make).toThrow(ValueError);
    expect(make).toThrow(message);
  });
});

describe("an optimizer with a schedule", () => {
  const backend = createBackendSync();
  const one = () => new Network(backend, { inputShape: 1, layers: [dense(1, { useBias: false })] });

  it("takes the rate of each step, counted from 0", () => {
    using model = one();
    const schedule = schedules.exponential({ learningRate: 1, factor: 0.5 });
    const optimizer = sgd({ learningRate: schedule }).attach(model);
    const [{ value, gradient }] = model.parameters;
    value.set([0]);
    gradient.set([1]);
    for (let step = 0; step < 4; step++) {
      expect(optimizer.learningRate).toBe(0.5 ** step);
      optimizer.step();
    }
    expect(value.data[0]).toBe(-1.875);
    optimizer.learningRate = 2;
    optimizer.step();
    expect(value.data[0]).toBe(-3.875);
  });

  /** What each epoch's rate is, by Keras's rules, for the values that it logs. */
  const plateau = (
    options: Parameters<typeof schedules.reduceOnPlateau>[0],
    values: readonly number[],
    warm = false,
  ) => {
    const reduce = schedules.reduceOnPlateau(options);
    const optimizer = sgd({ learningRate: warm ? schedules.warmup({ steps: 1, before: reduce }) : reduce });
    optimizer.steps = 5;
    return values.map((value) => {
      optimizer.observe({ [options.monitor ?? "validationLoss"]: value });
      return optimizer.learningRate;
    });
  };

  it.each<[string, Parameters<typeof plateau>, number[]]>([
    [
      "patience epochs without a better value",
      [{ learningRate: 1, factor: 0.5, patience: 2 }, [3, 2, 2, 2, 2, 2]],
      [1, 1, 1, 0.5, 0.5, 0.25],
    ],
    [
      "a change that is too small",
      [{ learningRate: 1, factor: 0.5, patience: 1, minimumChange: 0.5 }, [3, 2.6, 2.4, 2]],
      [1, 0.5, 0.5, 0.25],
    ],
    [
      "epochs that cool down",
      [{ learningRate: 1, factor: 0.5, patience: 1, cooldown: 2 }, [3, 3, 3, 3, 3]],
      [1, 0.5, 0.5, 0.25, 0.25],
    ],
    [
      "the least rate",
      [{ learningRate: 1, factor: 0.5, patience: 1, minimum: 0.4 }, [3, 3, 3]],
      [1, 0.5, 0.4],
    ],
    [
      "values that should be large",
      [{ learningRate: 1, factor: 0.5, patience: 1, mode: "max" }, [3, 4, 3]],
      [1, 1, 0.5],
    ],
    [
      "that an accuracy should be large",
      [{ learningRate: 1, factor: 0.5, patience: 1, monitor: "validationAccuracy" }, [3, 4, 3]],
      [1, 1, 0.5],
    ],
    [
      "NaN, which is never better",
      [{ learningRate: 1, factor: 0.5, patience: 1 }, [Number.NaN, 3, Number.NaN]],
      [0.5, 0.5, 0.25],
    ],
    ["a warm-up before it", [{ learningRate: 1, factor: 0.5, patience: 1 }, [3, 3], true], [1, 0.5]],
  ])("reduceOnPlateau heeds %s", (_, given, expected) => {
    expect(plateau(...given)).toEqual(expected);
  });

  it("fit tells it of its epochs, and of a log that lacks what it looks at", async () => {
    using model = new Sequential(backend, { inputShape: 1, seed: 1, layers: [dense(1)] });
    const seen: number[] = [];
    const optimizer = adam({
      learningRate: schedules.reduceOnPlateau({
        learningRate: 0.1,
        monitor: "loss",
        minimumChange: 1e6,
        patience: 1,
        factor: 0.5,
      }),
    });
    await model.fit([1, 2, 3], [1, 2, 3], {
      loss: "meanSquaredError",
      optimizer,
      epochs: 3,
      onEpochEnd: () => {
        seen.push(optimizer.learningRate);
      },
    });
    expect(seen).toEqual([0.1, 0.05, 0.025]);
    const lacking = sgd({ learningRate: schedules.reduceOnPlateau({ learningRate: 0.1 }) });
    await expect(model.fit([1], [1], { loss: "meanSquaredError", optimizer: lacking })).rejects.toThrow(
      /fit: reduceOnPlateau expected monitor .*, got "validationLoss"; set validationSplit or validationData/,
    );
    expect(() => lacking.observe({ epoch: 1, loss: 2 })).toThrow(
      /reduceOnPlateau: an epoch has no "validationLoss"; it has epoch, loss/,
    );
  });
});

describe("a schedule ends where it says", () => {
  const rises = [0, 0.01, 0.1, 0.29, 0.3, 1 / 3, 0.5, 0.7, 0.9, 0.99, 0.999];

  it("oneCycle is at its largest once, after the part that rises, and at its minimum in the last step", () => {
    for (let steps = 1; steps <= 200; steps++) {
      for (const rise of rises) {
        const schedule = schedules.oneCycle({ learningRate: 0.3, steps, rise, minimum: 0.001 });
        const all = rates(schedule, steps + 3);
        const name = `${steps} steps, rise ${rise}`;
        // The end stays.
        expect(all.slice(steps - 1), name).toEqual([0.001, 0.001, 0.001, 0.001]);
        if (steps === 1) continue;
        const top = all.indexOf(0.3);
        const said = Math.min(Math.max(Math.round(rise * steps), 1), steps - 1);
        expect(top + 1, name).toBe(said);
        if (top > 0) expect(all[0], name).toBe(0.3 / 25);
        for (let i = 1; i < steps; i++) {
          if (i <= top) expect(all[i], `${name}, step ${i}`).toBeGreaterThan(all[i - 1]);
          else expect(all[i], `${name}, step ${i}`).toBeLessThan(all[i - 1]);
        }
      }
    }
  });

  it.each([1, 2, 3, 7, 100])("polynomial and cosine of %d steps begin and end to the bit", (steps) => {
    for (const schedule of [
      schedules.cosine({ learningRate: 0.3, steps, minimum: 0.1 }),
      schedules.polynomial({ learningRate: 0.3, steps, minimum: 0.1 }),
      schedules.polynomial({ learningRate: 0.3, steps, minimum: 0.1, power: 0.3 }),
    ]) {
      const all = rates(schedule, steps + 3);
      expect(all[0]).toBe(0.3);
      expect(all.slice(steps)).toEqual([0.1, 0.1, 0.1]);
      for (let i = 1; i <= steps; i++) expect(all[i]).toBeLessThan(all[i - 1]);
    }
  });

  it.each([1, 1.1, 1.5, 2, 3.7])(
    "cosine with periods that grow by %d restarts at the full rate",
    (growth) => {
      for (const steps of [1, 2, 3, 10]) {
        const all = rates(
          schedules.cosine({ learningRate: 0.3, steps, minimum: 0.1, restarts: true, growth }),
          300,
        );
        for (let i = 1; i < all.length; i++)
          if (all[i] > all[i - 1]) expect(all[i], `step ${i} of periods from ${steps}`).toBe(0.3);
        expect(all[steps]).toBe(0.3);
      }
    },
  );

  it.each([1, 2, 5])("warmup of %d steps leads to the first rate of what follows", (steps) => {
    const all = rates(
      schedules.warmup({
        steps,
        from: 0.1,
        before: schedules.cosine({ learningRate: 0.3, steps: 2, minimum: 0.1 }),
      }),
      steps + 4,
    );
    expect(all[0]).toBe(0.1);
    expect(all.slice(steps)).toEqual([0.3, all[steps + 1], 0.1, 0.1]);
  });

  it.each<[string, () => unknown, RegExp]>([
    [
      "polynomial",
      () => schedules.polynomial({ learningRate: 0.1, steps: 3, minimum: 0.2 }),
      /polynomial expected minimum to be at most the learningRate of 0.1, got 0.2/,
    ],
    [
      "cosine",
      () => schedules.cosine({ learningRate: 0.1, steps: 3, minimum: 0.2 }),
      /cosine expected minimum/,
    ],
    [
      "oneCycle",
      () => schedules.oneCycle({ learningRate: 0.1, steps: 3, minimum: 1 }),
      /oneCycle expected minimum/,
    ],
    [
      "reduceOnPlateau",
      () => schedules.reduceOnPlateau({ learningRate: 0.1, minimum: 1 }),
      /expected minimum/,
    ],
    [
      "oneCycle's beginning",
      () => schedules.oneCycle({ learningRate: 0.1, steps: 3, from: 0.2 }),
      /oneCycle expected from to be at most the learningRate of 0.1, got 0.2/,
    ],
    [
      "warmup's beginning",
      () => schedules.warmup({ steps: 3, from: 0.2, before: 0.1 }),
      /warmup expected from to be at most 0.1, the rate that it leads to, got 0.2/,
    ],
  ])("%s: a minimum or beginning above the learning rate is refused", (_, make, message) => {
    expect(make).toThrow(message);
  });
});
