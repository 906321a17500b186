import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createBackendSync,
  dense,
  embedding,
  globalAveragePool1d,
  globalMaxPool1d,
  layerNormalization,
  losses,
  Sequential,
} from "../../src/index.js";
import { exactVariants, on } from "../reference/backends.js";
import { expectClose } from "../reference/golden.js";
import { holds, random } from "./property.js";

const [WORDS, PADDING] = [7, 2];
const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });

describe.each(exactVariants)("padding on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));

  it("changes no bit of a prediction, whatever the lengths of the others are", () => {
    holds(
      fc.property(
        lengths,
        fc.integer({ min: 0, max: 5 }),
        fc.boolean(),
        random,
        (lengths, more, ofMean, random) => {
          const x = lengths.map((n) =>
            Array.from(random.integers(n, WORDS - 1), (word) => word + Number(word >= PADDING)),
          );
          const modelOf = (steps: number) =>
            new Sequential(backend, {
              inputShape: [steps],
              seed: 3,
              layers: [
                embedding(WORDS, 5, { paddingIndex: PADDING, initializer: { normal: 1 } }),
                ...(ofMean ? [] : [layerNormalization(), dense(4, { activation: "gelu" })]),
                ofMean ? globalAveragePool1d() : globalMaxPool1d(),
                dense(3),
              ],
            });
          using whole = modelOf(Math.max(...lengths) + more);
          const y = whole.predict(x);
          for (const [i, sample] of x.entries()) {
            using own = modelOf(sample.length);
            expect(y.slice(3 * i, 3 * i + 3)).toEqual(own.predict([sample]));
          }
        },
      ),
    );
  });

  it("changes losses over time steps and their gradients by rounding alone", () => {
    holds(
      fc.property(lengths, fc.integer({ min: 1, max: 5 }), random, (lengths, more, random) => {
        const x = lengths.map((n) => [...random.integers(n, PADDING)]);
        const y = lengths.map((n) => [...random.integers(n, 3)]);
        const steps = Math.max(...lengths);
        const [short, long] = [steps, steps + more].map((size) => {
          using model = new Sequential(backend, {
            inputShape: [size],
            seed: 3,
            layers: [embedding(WORDS, 5, { paddingIndex: PADDING, initializer: { normal: 1 } }), dense(3)],
          });
          const logits = model.forward(x, { training: true });
          const loss = losses.softmaxCrossEntropy();
          const value = loss.value(logits, y);
          model.backward(loss.gradient(logits, y));
          return { value, gradients: model.parameters.map(({ gradient }) => gradient.data.slice()) };
        });
        expect(long.value).toBeCloseTo(short.value, 5);
        // That of the rows is not summed over padding.
        expect(long.gradients[0]).toEqual(short.gradients[0]);
        for (const [i, gradient] of short.gradients.entries())
          expectClose(`gradient ${i}`, long.gradients[i], gradient, 1e-6);
      }),
      30,
    );
  });
});
