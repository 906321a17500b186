import { describe, expect, it } from "vitest";
import {
  createBackendSync,
  dense,
  type Loss,
  losses,
  type Matrix,
  Sequential,
  sgd,
  type Targets,
} from "../../src/index.js";
import { on, variants } from "../reference/backends.js";
import { iris } from "../reference/data.js";
import { expectClose } from "../reference/golden.js";
import { U } from "../support/floats.js";
import { Random } from "../support/random.js";
import { cosineSimilarity, hostLosses } from "../support/twins.js";

/**
 * What the losses say of themselves beyond their formulas: targets, smoothing, reductions, ends of their
 * ranges, losses of the user's own.
 */
describe.each(variants)("losses on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));
  const p = (rows: number, cols: number, ...values: number[]): Matrix => backend.matrix(rows, cols, values);
  const both = (loss: Loss, pred: Matrix, target: Targets) => {
    const out = backend.matrix(pred.rows, pred.cols);
    return { value: loss.valueAndGradient(pred, target, out), gradient: [...out.data] };
  };

  describe("a class index gives what its one-hot target gives", () => {
    it.each([
      ["softmaxCrossEntropy", losses.softmaxCrossEntropy({ labelSmoothing: 0.2 })],
      ["categoricalCrossEntropy", losses.categoricalCrossEntropy({ labelSmoothing: 0.2 })],
      ["categoricalFocal", losses.categoricalFocal()],
      ["kullbackLeiblerDivergence", losses.kullbackLeiblerDivergence()],
    ])("%s", (_, loss) => {
      const pred = p(2, 3, 0.2, 0.5, 0.3, 0.6, 0.3, 0.1);
      const [labels, oneHot] = [
        both(loss, pred, [2, 0]),
        both(loss, pred, Float32Array.of(0, 0, 1, 1, 0, 0)),
      ];
      expectClose("value", [labels.value], [oneHot.value], 0, 4 * U);
      expectClose("gradient", labels.gradient, oneHot.gradient, 0, 4 * U);
    });
  });

  it.each(["binaryCrossEntropy", "binaryCrossEntropyWithLogits"] as const)(
    "%s smoothed is that of targets moved towards one half",
    (name) => {
      const pred = p(1, 4, 0.1, 0.9, 0.4, 0.7);
      const smoothed = both(losses[name]({ labelSmoothing: 0.2 }), pred, [0, 1, 1, 0]);
      const moved = both(losses[name](), pred, [0.1, 0.9, 0.9, 0.1]);
      expectClose("value", [smoothed.value], [moved.value], 0, 4 * U);
      expectClose("gradient", smoothed.gradient, moved.gradient, 4 * U, 8 * U);
    },
  );

  it("fit takes smoothing into the pair of softmax and categoricalCrossEntropy", async () => {
    const { x, y } = iris();
    const weights = async (activation: "softmax" | "linear", loss: Loss) => {
      using model = new Sequential(backend, { inputShape: 4, seed: 5, layers: [dense(3, { activation })] });
      await model.fit(x, y, { loss, optimizer: sgd({ learningRate: 0.1 }) });
      return [...model.parameters[0].value.data];
    };
    const expected = await weights("linear", losses.softmaxCrossEntropy({ labelSmoothing: 0.1 }));
    expect(await weights("softmax", losses.categoricalCrossEntropy({ labelSmoothing: 0.1 }))).toEqual(
      expected,
    );
    expect(await weights("linear", losses.softmaxCrossEntropy())).not.toEqual(expected);
  });

  it("focal losses of gamma 0 are the cross-entropies", () => {
    const logits = p(1, 4, -3, 0.5, 2, -0.25);
    const [focal, plain] = [
      losses.binaryFocalWithLogits({ gamma: 0 }),
      losses.binaryCrossEntropyWithLogits(),
    ].map((loss) => both(loss, logits, [0, 1, 0, 1]));
    expectClose("value", [focal.value], [plain.value], 0, 8 * U);
    expectClose("gradient", focal.gradient, plain.gradient, 4 * U, 8 * U);
    const probabilities = p(1, 3, 0.2, 0.5, 0.3);
    const [focalRow, row] = [losses.categoricalFocal({ gamma: 0 }), losses.categoricalCrossEntropy()].map(
      (loss) => both(loss, probabilities, [1]),
    );
    expectClose("value", [focalRow.value], [row.value], 0, 8 * U);
    expectClose("gradient", focalRow.gradient, row.gradient, 0, 8 * U);
  });

  it("focal losses at the ends: nothing where sure and right, the cross-entropy where sure and wrong", () => {
    const binary = both(
      losses.binaryFocalWithLogits({ reduction: "sum" }),
      p(1, 4, 1e4, -1e4, 1e4, -1e4),
      [1, 0, 0, 1],
    );
    expect(binary.value).toBe(2e4);
    expect(binary.gradient.map((value) => value + 0)).toEqual([0, 0, 1, -1]);
    const sure = both(losses.categoricalFocal(), p(1, 2, 1, 0), [0]);
    expect(sure.value).toBeCloseTo(0, 30);
    const wrong = both(losses.categoricalFocal(), p(1, 2, 1, 0), [1]);
    expect(Math.abs(wrong.value / (126 * Math.LN2) - 1)).toBeLessThan(8 * U);
    expect(wrong.gradient.every(Number.isFinite)).toBe(true);
  });

  it("kullbackLeiblerDivergence of equal distributions is 0 within rounding, and of a target of 0 costs nothing", () => {
    const distribution = [0.125, 0.25, 0.625];
    expect(
      Math.abs(
        losses.kullbackLeiblerDivergence().value(p(1, 3, ...distribution), Float32Array.from(distribution)),
      ),
    ).toBeLessThan(4 * U);
    expect(losses.kullbackLeiblerDivergence().value(p(1, 2, 0, 1), Float32Array.of(0, 1))).toBe(0);
  });

  it("hinge takes targets of 0 and 1 as those of -1 and 1", () => {
    for (const loss of [losses.hinge(), losses.squaredHinge()]) {
      const pred = p(1, 4, 0.5, -0.5, 2, -2);
      expect(both(loss, pred, [0, 1, 1, 1])).toEqual(both(loss, pred, [-1, 1, 1, 1]));
    }
    expect(losses.hinge({ reduction: "sum" }).value(p(1, 3, 0.5, 2, -1), [1, 1, 0])).toBe(0.5);
  });

  it("cosineSimilarity is -1 for one direction, 1 for the opposite, and 0 for a row of zeros", () => {
    const loss = losses.cosineSimilarity({ reduction: "sum" });
    expectClose("same", [loss.value(p(1, 2, 3, 4), [6, 8])], [-1], 0, 2 * U);
    expectClose("opposite", [loss.value(p(1, 2, 3, 4), [-3, -4])], [1], 0, 2 * U);
    expect(loss.value(p(1, 2, 0, 0), [1, 0])).toBe(0);
    expect(losses.cosineSimilarity().value(p(2, 2, 1, 0, 1, 0), [1, 0, 0, 1])).toBe(-0.5);
  });

  it("poisson is finite at a rate of 0", () => {
    const { value, gradient } = both(losses.poisson(), p(1, 1, 0), [2]);
    expectClose("value", [value], [-2 * Math.log(1e-7)], 0, 8 * U);
    expectClose("gradient", gradient, [1 - 2e7], 0, 8 * U);
  });

  describe("the losses that are computed on the host against their formulas in float64", () => {
    const random = new Random(20261125);
    const ROWS = 97;
    const COLS = 5;
    const N = ROWS * COLS;
    const gammas = [0, 1, 2, 2.5];
    const cases: [keyof typeof hostLosses, Loss, number, Float32Array, Float32Array][] = [
      [
        "logCosh",
        losses.logCosh({ reduction: "sum" }),
        0,
        random.floats(N, -30, 30),
        random.floats(N, -3, 3),
      ],
      [
        "poisson",
        losses.poisson({ reduction: "sum" }),
        0,
        random.floats(N, 0.01, 9),
        Float32Array.from(random.integers(N, 9)),
      ],
      ["hinge", losses.hinge({ reduction: "sum" }), 0, random.floats(N, -3, 3), random.floats(N, -1, 1)],
      [
        "squaredHinge",
        losses.squaredHinge({ reduction: "sum" }),
        0,
        random.floats(N, -3, 3),
        random.floats(N, -1, 1),
      ],
      [
        "kullbackLeiblerDivergence",
        losses.kullbackLeiblerDivergence({ reduction: "sum", allowMismatch: true }),
        0,
        random.floats(N, 0.001, 1),
        random.floats(N, 0, 1),
      ],
      ...gammas.flatMap((gamma): (typeof cases)[number][] => [
        [
          "binaryFocalWithLogits",
          losses.binaryFocalWithLogits({ gamma, reduction: "sum" }),
          gamma,
          random.floats(N, -20, 20),
          random.floats(N, 0, 1),
        ],
        [
          "categoricalFocal",
          losses.categoricalFocal({ gamma, reduction: "sum", allowMismatch: true }),
          gamma,
          random.floats(N, 0.001, 0.999),
          random.floats(N, 0, 1),
        ],
      ]),
    ];

    it.each(cases)("%s", (name, loss, gamma, pred, target) => {
      const { term, slope } = hostLosses[name];
      const { value, gradient } = both(loss, backend.matrix(ROWS, COLS, pred), target);
      const terms = Array.from(pred, (x, i) => term(x, target[i], gamma));
      const size = terms.reduce((sum, x) => sum + Math.abs(x), 0);
      expect(Math.abs(value - terms.reduce((sum, x) => sum + x))).toBeLessThan(1e-13 * (1 + size));
      // Each is rounded to float32 once.
      expectClose(
        "gradient",
        gradient,
        Array.from(pred, (x, i) => slope(x, target[i], gamma)),
        1e-14,
        1.01 * U,
      );
    });

    it("cosineSimilarity", () => {
      const [pred, target] = [random.floats(N, -1, 1), random.floats(N, -1, 1)];
      const { value, gradient } = both(
        losses.cosineSimilarity({ reduction: "sum" }),
        backend.matrix(ROWS, COLS, pred),
        target,
      );
      const rows = Array.from({ length: ROWS }, (_, i) =>
        cosineSimilarity(
          Float64Array.from(pred.subarray(i * COLS, (i + 1) * COLS)),
          Float64Array.from(target.subarray(i * COLS, (i + 1) * COLS)),
        ),
      );
      expect(Math.abs(value - rows.reduce((sum, { term }) => sum + term, 0))).toBeLessThan(1e-12);
      expectClose(
        "gradient",
        gradient,
        rows.flatMap((row) => row.slope),
        1e-14,
        1.01 * U,
      );
    });

    it("by name none of them is known, and the message says how to get one", () => {
      using model = new Sequential(backend, { inputShape: 1, layers: [dense(1)] });
      expect(() => model.evaluate([1], [1], { loss: "hinge" as "huber" })).toThrow(
        /evaluate expected loss to be meanSquaredError, .* or made as by losses.hinge\(\), got "hinge"/,
      );
    });
  });

  it("a NaN reaches value and gradient of each", () => {
    for (const [name, make] of Object.entries(losses)) {
      if (name === "custom") continue;
      const { value, gradient } = both(
        (make as () => Loss)(),
        p(1, 2, Number.NaN, 0.5),
        Float32Array.of(1, 0),
      );
      expect([name, value, gradient[0]]).toEqual([name, Number.NaN, Number.NaN]);
    }
  });

  describe("a loss of the user's own", () => {
    /** The mean squared error once more: over elements, by loops. */
    const own = (options: object = {}) =>
      losses.custom({
        value: (pred, target, rows, cols) => {
          let sum = 0;
          for (let i = 0; i < rows * cols; i++) sum += (pred[i] - target[i]) ** 2;
          return sum;
        },
        gradient: (pred, target, out, rows, cols) => {
          for (let i = 0; i < rows * cols; i++) out[i] = 2 * (pred[i] - target[i]);
        },
        ...options,
      });
    const pred = p(2, 2, 1, 2, 3, 5);
    const target = [0, 1, 1, 1];

    it.each(["mean", "batchMean", "sum"] as const)(
      "with the reduction %s is the same as the library's",
      (reduction) => {
        expect(both(own({ reduction }), pred, target)).toEqual(
          both(losses.meanSquaredError({ reduction }), pred, target),
        );
      },
    );

    it("of one term a row is divided by the rows, is weighted by rows, and may write over the targets", () => {
      expect(own({ perRow: true }).value(pred, target)).toBe(22 / 2);
      expect(own({ reduction: "sum" }).value(pred, target, { sampleWeights: [2, 0.5] })).toBe(2 * 2 + 20 / 2);
      const t = backend.matrix(2, 2, target);
      own({ reduction: "sum" }).valueAndGradient(pred, t, t, { sampleWeights: [2, 0.5] });
      expect([...t.data]).toEqual([4, 4, 2, 4]);
    });

    it("trains to the same weights, and evaluates", async () => {
      const x = Float32Array.from({ length: 60 }, (_, i) => Math.fround(((i * 37) % 60) / 30 - 1));
      const y = x.map((value) => value * value);
      const train = async (loss: Loss) => {
        using model = new Sequential(backend, {
          inputShape: 1,
          seed: 2,
          layers: [dense(8, { activation: "tanh" }), dense(1)],
        });
        const { epochs } = await model.fit(x, y, { loss, epochs: 3, validationSplit: 0.2 });
        return [
          model.parameters.map(({ value }) => [...value.data]),
          epochs[2].validationLoss?.toFixed(5),
          model.evaluate(x, y, { loss }).loss.toFixed(5),
        ];
      };
      expect(await train(own())).toEqual(await train(losses.meanSquaredError()));
    });

    it.each([
      [{ value: 1 }, /custom expected value to be a function, got 1/],
      [{ gradient: undefined }, /custom expected gradient to be a function, got undefined/],
      [{ perRow: 1 }, /perRow to be true or false, got 1/],
      [{ valeu: 1 }, /unknown option "valeu"/],
    ])("%o is refused", (options, message) => {
      expect(() => own(options)).toThrow(message);
    });
  });

  it.each([
    [
      () => losses.softmaxCrossEntropy({ labelSmoothing: 1 }),
      /labelSmoothing to be at least 0 and below 1, got 1/,
    ],
    [() => losses.meanSquaredError({ labelSmoothing: 0.1 } as object), /unknown option "labelSmoothing"/],
    [() => losses.categoricalFocal({ gamma: -1 }), /gamma to be a finite number of at least 0, got -1/],
  ])("options out of range are refused", (make, message) => {
    expect(make).toThrow(message);
  });
});
