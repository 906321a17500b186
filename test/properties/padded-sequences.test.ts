import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bidirectional,
  createBackendSync,
  dense,
  embedding,
  gru,
  type Layer,
  layerNormalization,
  losses,
  lstm,
  type Model,
  Sequential,
  simpleRnn,
  transformerEncoder,
} from "../../src/index.js";
import { exactVariants, on } from "../reference/backends.js";
import { expectClose } from "../reference/golden.js";
import { holds, random } from "./property.js";

/**
 * Padding against samples without it: the loss of a batch, and every gradient. Where a gradient is a sum over
 * steps, padding changes which steps are summed together, and so the rounding; all else keeps its bits.
 */
const WORDS = 7;
const CLASSES = 3;
/** What sums of up to 35 terms in float32 may differ by, as a fraction: each addition rounds by 6e-8. */
const ROUNDING = 5e-7;

const kinds: Readonly<Record<string, () => Layer[]>> = {
  simpleRnn: () => [simpleRnn(4, { returnSequences: true })],
  lstm: () => [lstm(4, { returnSequences: true })],
  gru: () => [gru(4, { returnSequences: true })],
  "bidirectional lstm": () => [bidirectional(lstm(3, { returnSequences: true }))],
  "stacked gru": () => [gru(3, { returnSequences: true }), gru(4, { returnSequences: true })],
  transformer: () => [transformerEncoder({ heads: 2, hidden: 8 }), layerNormalization()],
};

describe.each(exactVariants)("padding of sequences on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));
  const make = (kind: string, steps: number) =>
    new Sequential(backend, {
      inputShape: [steps],
      seed: 3,
      layers: [embedding(WORDS, 4, { paddingIndex: 0 }), ...kinds[kind](), dense(CLASSES)],
    });

  /** The sum of the losses of all steps, and the gradients. */
  function learn(model: Model, x: number[][], y: number[][]) {
    const loss = losses.softmaxCrossEntropy({ reduction: "sum" });
    const logits = model.forward(x, { training: true });
    const value = loss.value(logits, y);
    model.zeroGradients();
    model.backward(loss.gradient(logits, y));
    return { value, gradients: model.parameters.map(({ gradient }) => gradient.data.slice()) };
  }

  it.each(Object.keys(kinds))("changes nothing that %s learns from samples of one length", (kind) => {
    holds(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 5 }),
        random,
        (samples, steps, more, random) => {
          const words = (most: number, least: number) =>
            Array.from({ length: samples }, () => Array.from(random.integers(steps, most), (i) => i + least));
          const [x, y] = [words(WORDS - 1, 1), words(CLASSES, 0)];
          using exact = make(kind, steps);
          using longer = make(kind, steps + more);
          const a = learn(exact, x, y);
          const b = learn(longer, x, y);
          expectClose("loss", [b.value], [a.value], 0, ROUNDING);
          a.gradients.forEach((gradient, i) => {
            expectClose(exact.parameters[i].name, b.gradients[i], gradient, 1e-6, ROUNDING);
          });
          // The rows of an embedding are summed one by one, in order, whatever is between them.
          if (kind !== "transformer") expect(b.gradients[0]).toEqual(a.gradients[0]);
        },
      ),
      20,
    );
  });

  it.each(Object.keys(kinds))("makes what %s learns from a batch the sum over its samples", (kind) => {
    holds(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }),
        random,
        (lengths, random) => {
          const x = lengths.map((length) =>
            Array.from(random.integers(length, WORDS - 1), (word) => word + 1),
          );
          const y = lengths.map((length) => [...random.integers(length, CLASSES)]);
          using batched = make(kind, Math.max(...lengths));
          const together = learn(batched, x, y);
          const alone = x.map((sample, i) => {
            using own = make(kind, sample.length);
            return learn(own, [sample], [y[i]]);
          });
          const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
          expectClose("loss", [together.value], [sum(alone.map(({ value }) => value))], 0, ROUNDING);
          for (const [i, gradient] of together.gradients.entries()) {
            const sums = Array.from(gradient, (_, at) => sum(alone.map(({ gradients }) => gradients[i][at])));
            expectClose(batched.parameters[i].name, gradient, sums, 2e-6, ROUNDING);
          }
        },
      ),
      20,
    );
  });
});
