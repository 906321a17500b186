import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ActivationName,
  adam,
  adamw,
  createBackendSync,
  dense,
  type LossName,
  losses,
  type Matrix,
  Network,
  type Optimizer,
  sgd,
} from "../../src/index.js";
import { variants } from "../reference/backends.js";
import { exact, U } from "../support/floats.js";
import { demandClose } from "../support/harness.js";
import type { Random } from "../support/random.js";
import { holds, random, size, width } from "./property.js";

/** tanh and relu have slopes of at most 1, so that the sizes of the terms are bounded by those of the linear network. */
const slopeAtMostOne = fc.constantFrom<ActivationName>("linear", "tanh", "relu");

describe.each(variants)("training on the %s build", (variant) => {
  const backend = createBackendSync({ variant });
  const draw = (from: Random, rows: number, cols: number): Matrix => backend.matrix(rows, cols, from.floats(rows * cols));

  interface Net {
    readonly model: Network;
    readonly inputs: number;
    readonly units: number;
    readonly outputs: number;
  }

  function build(from: Random, inputs: number, units: number, outputs: number, activation: ActivationName): Net {
    const model = new Network(backend, { inputShape: inputs, layers: [dense(units, { activation }), dense(outputs)] });
    for (const { value } of model.parameters) value.set([...from.floats(value.length)]);
    return { model, inputs, units, outputs };
  }

  /** The gradients of every parameter, one after another, that are added up while `run` runs. */
  function gradients({ model }: Net, run: () => void): Float32Array {
    model.zeroGradients();
    run();
    return Float32Array.from(model.parameters.flatMap(({ gradient }) => [...gradient.data]));
  }

  const pass = ({ model }: Net, x: Matrix, dOut: Matrix) => {
    model.forward(x, { training: true });
    model.backward(dOut);
  };

  /**
   * How far two ways of summing a batch's gradients may be apart: a rounding for each term of each of the sums on the way, of the size that the terms
   * have at most. x, weights and upstream gradients are below 1.
   */
  function bound({ inputs, units, outputs }: Net, batch: number, upstream = 1): number {
    const hidden = inputs + 1;
    const largestTerm = upstream * Math.max(hidden, outputs);
    return 4 * (batch + inputs + units + outputs + 16) * U * batch * largestTerm;
  }

  function expectNear(got: Float32Array, expected: Float32Array, allowed: number): void {
    expect(got.length).toBe(expected.length);
    demandClose(got, expected, () => allowed + Number.MIN_VALUE, "gradients");
  }

  it("the gradients of a sum are the sums of the gradients: of two losses of one batch", () => {
    holds(
      fc.property(random, size, width, width, width, slopeAtMostOne, (from, batch, inputs, units, outputs, activation) => {
        const net = build(from, inputs, units, outputs, activation);
        using model = net.model;
        using x = draw(from, batch, model.inputSize);
        using one = draw(from, batch, outputs);
        using other = draw(from, batch, outputs);
        using both = backend.matrix(
          batch,
          outputs,
          one.data.map((value, i) => value + other.data[i]),
        );
        const apart = gradients(net, () => {
          pass(net, x, one);
          pass(net, x, other);
        });
        expectNear(
          apart,
          gradients(net, () => pass(net, x, both)),
          bound(net, batch, 2),
        );
      }),
      30,
    );
  });

  it("the gradients of a sum are the sums of the gradients: of a batch in two parts", () => {
    holds(
      fc.property(random, size, size, width, width, width, slopeAtMostOne, (from, first, second, inputs, units, outputs, activation) => {
        const net = build(from, inputs, units, outputs, activation);
        using _model = net.model;
        const batch = first + second;
        using x = draw(from, batch, inputs);
        using dOut = draw(from, batch, outputs);
        const parts = gradients(net, () => {
          pass(net, x.rowRange(0, first), dOut.rowRange(0, first));
          pass(net, x.rowRange(first, batch), dOut.rowRange(first, batch));
        });
        expectNear(
          parts,
          gradients(net, () => pass(net, x, dOut)),
          bound(net, batch),
        );
      }),
      30,
    );
  });

  it("a permutation of the batch leaves the mean loss and its gradients, but for rounding", () => {
    holds(
      fc.property(
        random,
        width,
        width,
        width,
        width,
        slopeAtMostOne,
        fc.constantFrom<LossName>("meanSquaredError", "huber", "softmaxCrossEntropy"),
        (from, batch, inputs, units, outputs, activation, lossName) => {
          const net = build(from, inputs, units, outputs, activation);
          using model = net.model;
          const loss = losses[lossName]();
          const order = Array.from({ length: batch }, (_, i) => i);
          for (let i = batch - 1; i > 0; i--) {
            const j = from.integer(i + 1);
            [order[i], order[j]] = [order[j], order[i]];
          }
          const x = draw(from, batch, inputs).toArray();
          const targets = draw(from, batch, outputs)
            .toArray()
            .map((row) => row.map(Math.abs));
          using dOut = backend.matrix(batch, outputs);
          let largest = 0;
          const meanOf = (rows: readonly number[]): [number, Float32Array] => {
            let value = 0;
            const found = gradients(net, () => {
              const out = model.forward(
                backend.matrix(
                  batch,
                  inputs,
                  rows.map((i) => x[i]),
                ),
                { training: true },
              );
              value = loss.valueAndGradient(
                out,
                backend.matrix(
                  batch,
                  outputs,
                  rows.map((i) => targets[i]),
                ),
                dOut,
              );
              largest = Math.max(largest, ...dOut.data.map(Math.abs));
              model.backward(dOut);
            });
            return [value, found];
          };
          const [value, straight] = meanOf(order.map((_, i) => i));
          const [other, shuffled] = meanOf(order);
          expect(Math.abs(value - other)).toBeLessThanOrEqual((2 * batch * outputs + 16) * U * value);
          expectNear(shuffled, straight, bound(net, batch, largest));
        },
      ),
      30,
    );
  });

  const rate = fc.double({ min: 1e-5, max: 10, noNaN: true });
  const fraction = fc.double({ min: 0, max: 0.999, noNaN: true });
  const momentum = fc.double({ min: 0.001, max: 0.999, noNaN: true });
  const optimizers: [string, fc.Arbitrary<() => Optimizer>][] = [
    ["sgd", rate.map((learningRate) => () => sgd({ learningRate }))],
    [
      "sgd with momentum",
      fc
        .record({ learningRate: rate, momentum, nesterov: fc.boolean(), velocity: fc.constantFrom("torch" as const, "scaled" as const) })
        .map((options) => () => sgd(options)),
    ],
    ["adam", fc.record({ learningRate: rate, beta1: fraction, beta2: fraction }).map((options) => () => adam(options))],
    [
      "adamw without decay",
      fc.record({ learningRate: rate, beta1: fraction, beta2: fraction, weightDecay: fc.constant(0) }).map((options) => () => adamw(options)),
    ],
  ];
  it.each(optimizers)("steps of %s with gradients of 0 leave the weights as they are, to the bit, of any size and sign", (_, arbitrary) => {
    holds(
      fc.property(arbitrary, fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 70 }), (make, weights) => {
        using model = new Network(backend, { inputShape: 1, layers: [dense(weights.length, { useBias: false })] });
        const [{ value }] = model.parameters;
        value.set(weights);
        const optimizer = make().attach(model);
        for (let step = 0; step < 3; step++) {
          model.zeroGradients();
          optimizer.step();
        }
        demandClose(value.data, weights, exact, "weights");
      }),
    );
  });
});
