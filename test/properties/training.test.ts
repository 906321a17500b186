import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ActivationName,
  adam,
  adamw,
  add,
  addRow,
  createBackendSync,
  dense,
  type LossName,
  losses,
  type Matrix,
  matmul,
  Network,
  type Optimizer,
  sgd,
  sumRows,
} from "../../src/index.js";
import { on, variants } from "../reference/backends.js";
import { exact, SMALLEST, U } from "../support/floats.js";
import { demandClose } from "../support/harness.js";
import type { Random } from "../support/random.js";
import { holds, random, size, taken, width } from "./property.js";

/**
 * Slopes of at most 1, and |f(z)| <= |z|: the sizes of the terms are bounded by those of the linear network.
 */
const atMostLinear = fc.constantFrom<ActivationName>("linear", "tanh", "relu");

describe.each(variants)("training on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));
  const draw = (from: Random, rows: number, cols: number): Matrix =>
    backend.matrix(rows, cols, from.floats(rows * cols));
  const magnitudes = (a: Matrix): Matrix => backend.matrix(a.rows, a.cols, a.data.map(Math.abs));

  function build(
    from: Random,
    inputs: number,
    units: number,
    outputs: number,
    activation: ActivationName,
  ): Network {
    const model = new Network(backend, {
      inputShape: inputs,
      layers: [dense(units, { activation }), dense(outputs)],
    });
    for (const { value } of model.parameters) value.set([...from.floats(value.length)]);
    return model;
  }

  function pass(model: Network, x: Matrix, dOut: Matrix): void {
    model.forward(x, { training: true });
    model.backward(dOut);
  }

  /** The gradients of every parameter, one after another, that are added up while `run` runs. */
  function gradients(model: Network, run: () => void): Float32Array {
    model.zeroGradients();
    run();
    return Float32Array.from(model.parameters.flatMap(({ gradient }) => [...gradient.data]));
  }

  /**
   * How far two ways of adding up the gradients of a batch may be apart: for each of the two, a rounding for
   * each term of the sums on the way, of the size of the terms. That is what the magnitudes of x, of the
   * weights and of dOut give in a linear network.
   */
  function bounds(model: Network, x: Matrix, dOut: Matrix): number[] {
    const [w1, b1, w2] = model.parameters.map(({ value }) => magnitudes(value));
    using xSizes = magnitudes(x);
    using dOutSizes = magnitudes(dOut);
    using product = matmul(xSizes, w1);
    using hidden = addRow(product, b1);
    using dHidden = matmul(dOutSizes, w2, { transposeB: true });
    const sizes = [
      matmul(xSizes, dHidden, { transposeA: true }),
      sumRows(dHidden),
      matmul(hidden, dOutSizes, { transposeA: true }),
      sumRows(dOutSizes),
    ].flatMap((each) => [...taken(each)]);
    for (const each of [w1, b1, w2]) each.dispose();
    const roundings = 2 * (x.rows + x.cols + dOut.cols + 16);
    return sizes.map((each) => roundings * U * each + SMALLEST);
  }

  function expectNear(got: Float32Array, expected: Float32Array, allowed: readonly number[]): void {
    expect([got.length, expected.length]).toEqual([allowed.length, allowed.length]);
    demandClose(got, expected, (_, i) => allowed[i], "gradients");
  }

  it("the gradients of a sum are the sums of the gradients: of two losses of one batch", () => {
    holds(
      fc.property(
        random,
        size,
        width,
        width,
        width,
        atMostLinear,
        (from, batch, inputs, units, outputs, activation) => {
          using model = build(from, inputs, units, outputs, activation);
          using x = draw(from, batch, inputs);
          using one = draw(from, batch, outputs);
          using other = draw(from, batch, outputs);
          using both = add(one, other);
          using oneSizes = magnitudes(one);
          using otherSizes = magnitudes(other);
          using sizes = add(oneSizes, otherSizes);
          const apart = gradients(model, () => {
            pass(model, x, one);
            pass(model, x, other);
          });
          const together = gradients(model, () => pass(model, x, both));
          expectNear(apart, together, bounds(model, x, sizes));
        },
      ),
      30,
    );
  });

  it("the gradients of a sum are the sums of the gradients: of a batch in two parts", () => {
    holds(
      fc.property(
        random,
        size,
        size,
        width,
        width,
        width,
        atMostLinear,
        (from, first, second, inputs, units, outputs, activation) => {
          using model = build(from, inputs, units, outputs, activation);
          const batch = first + second;
          using x = draw(from, batch, inputs);
          using dOut = draw(from, batch, outputs);
          const parts = gradients(model, () => {
            pass(model, x.rowRange(0, first), dOut.rowRange(0, first));
            pass(model, x.rowRange(first, batch), dOut.rowRange(first, batch));
          });
          const whole = gradients(model, () => pass(model, x, dOut));
          expectNear(parts, whole, bounds(model, x, dOut));
        },
      ),
      30,
    );
  });

  it("a permutation of the batch leaves the mean loss and its gradients, but for rounding", () => {
    const lossNames = fc.constantFrom<LossName>("meanSquaredError", "huber", "softmaxCrossEntropy");
    holds(
      fc.property(
        random,
        width,
        width,
        width,
        width,
        atMostLinear,
        lossNames,
        (from, batch, inputs, units, outputs, activation, name) => {
          using model = build(from, inputs, units, outputs, activation);
          // Rows of targets that sum to anything.
          const loss = losses[name]({ allowMismatch: true });
          const order = Array.from({ length: batch }, (_, i) => i);
          for (let i = batch - 1; i > 0; i--) {
            const j = from.integer(i + 1);
            [order[i], order[j]] = [order[j], order[i]];
          }
          using x = draw(from, batch, inputs);
          using targets = backend.matrix(batch, outputs, from.floats(batch * outputs, 0, 1));
          using xMoved = permuted(x, order);
          using targetsMoved = permuted(targets, order);
          using dOut = backend.matrix(batch, outputs);
          const values: number[] = [];
          const learn = (inputRows: Matrix, targetRows: Matrix) =>
            gradients(model, () => {
              values.push(
                loss.valueAndGradient(model.forward(inputRows, { training: true }), targetRows, dOut),
              );
              model.backward(dOut);
            });
          const moved = learn(xMoved, targetsMoved);
          const straight = learn(x, targets);
          expect(Math.abs(values[0] - values[1])).toBeLessThanOrEqual(
            2 * (batch + outputs + 16) * U * values[1],
          );
          // A row of the relaxed build may round in another way elsewhere in the batch: its sizes are those
          // of the largest.
          const largest = dOut.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
          using sizes = backend.matrix(batch, outputs, new Float32Array(batch * outputs).fill(largest));
          expectNear(moved, straight, bounds(model, x, sizes));
        },
      ),
      30,
    );
  });

  function permuted(a: Matrix, order: readonly number[]): Matrix {
    const rows = a.toArray();
    return backend.matrix(
      a.rows,
      a.cols,
      order.map((i) => rows[i]),
    );
  }

  const rate = fc.double({ min: 1e-5, max: 10, noNaN: true });
  const fraction = fc.double({ min: 0, max: 0.999, noNaN: true });
  const momentum = fc.double({ min: 0.001, max: 0.999, noNaN: true });
  const optimizers: [string, fc.Arbitrary<() => Optimizer>][] = [
    ["sgd", rate.map((learningRate) => () => sgd({ learningRate }))],
    [
      "sgd with momentum",
      fc
        .record({
          learningRate: rate,
          momentum,
          nesterov: fc.boolean(),
          velocity: fc.constantFrom("torch" as const, "scaled" as const),
        })
        .map((options) => () => sgd(options)),
    ],
    [
      "adam",
      fc
        .record({ learningRate: rate, beta1: fraction, beta2: fraction })
        .map((options) => () => adam(options)),
    ],
    [
      "adamw without decay",
      fc
        .record({ learningRate: rate, beta1: fraction, beta2: fraction, weightDecay: fc.constant(0) })
        .map((options) => () => adamw(options)),
    ],
  ];
  it.each(optimizers)(
    "steps of %s with gradients of 0 leave the weights as they are, to the bit, of any size and sign",
    (_, arbitrary) => {
      holds(
        fc.property(
          arbitrary,
          fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 70 }),
          (make, weights) => {
            using model = new Network(backend, {
              inputShape: 1,
              layers: [dense(weights.length, { useBias: false })],
            });
            const [{ value }] = model.parameters;
            value.set(weights);
            const optimizer = make().attach(model);
            for (let step = 0; step < 3; step++) {
              model.zeroGradients();
              optimizer.step();
            }
            demandClose(value.data, weights, exact, "weights");
          },
        ),
      );
    },
  );
});
