import { describe, expect, it } from "vitest";
import { createBackendSync, dense, lstm, Sequential, ValueError } from "../../src/index.js";
import { TextWriter } from "../../src/text/tokenizer.js";
import {
  beamSearch,
  bytePairVocabulary,
  characterVocabulary,
  generate,
  type LanguageModel,
  Sampler,
  wordVocabulary,
} from "../../src/text.js";
import { exactVariants, on } from "../reference/backends.js";

describe("a sampler", () => {
  const scores = [0.1, 0.5, 0.05, 0.3, 0.05];
  const draws = (options: object, n = 4000, given: readonly number[] = scores, own = {}) => {
    const sampler = new Sampler(options);
    const counts = new Array<number>(given.length).fill(0);
    for (let i = 0; i < n; i++) counts[sampler.next(given, own)]++;
    return counts.map((count) => count / n);
  };
  /** Four deviations of a share of 4,000 draws. */
  const near = (shares: readonly number[], expected: readonly number[]) =>
    shares.forEach((share, i) => {
      expect(Math.abs(share - expected[i])).toBeLessThan(4 * Math.sqrt(0.25 / 4000));
    });

  it("draws as the probabilities say, from a softmax or from logits", () => {
    near(draws({ seed: 1 }), scores);
    near(draws({ seed: 2 }, 4000, scores.map(Math.log), { logits: true }), scores);
  });

  it("of a temperature draws from probabilities to the power of its inverse", () => {
    const squares = scores.map((p) => p * p);
    const total = squares.reduce((a, b) => a + b);
    near(
      draws({ temperature: 0.5, seed: 3 }),
      squares.map((p) => p / total),
    );
    expect(draws({ temperature: 0 })).toEqual([0, 1, 0, 0, 0]);
  });

  it("of topK and topP draws from the likeliest alone", () => {
    near(draws({ topK: 2, seed: 4 }), [0, 0.625, 0, 0.375, 0]);
    near(draws({ topP: 0.55, seed: 5 }), [0, 0.625, 0, 0.375, 0]);
    expect(draws({ topP: 0.5 })).toEqual([0, 1, 0, 0, 0]);
    expect(draws({ topK: 1 })).toEqual([0, 1, 0, 0, 0]);
  });

  it("draws the same for one seed", () => {
    const tokens = (seed: number) => {
      const sampler = new Sampler({ seed });
      return Array.from({ length: 24 }, () => sampler.next(scores));
    };
    expect(tokens(7)).toEqual(tokens(7));
    expect(tokens(8)).not.toEqual(tokens(7));
  });

  it("says what it expects", () => {
    expect(() => new Sampler({ temperature: -1 })).toThrow(ValueError);
    expect(() => new Sampler({ topP: 0 })).toThrow("Sampler expected topP to be above 0, got 0");
    expect(() => new Sampler().next([0.5, Number.NaN])).toThrow(
      "Sampler.next expected probabilities, got NaN for token 1",
    );
  });
});

/** A model that knows which token follows which. */
function chain(next: readonly (readonly number[])[], activation = "softmax"): LanguageModel {
  const stepper = ({ rows = 1 } = {}) => ({
    rows,
    activation,
    inputSize: 1,
    outputSize: next.length,
    states: { steps: 0, layers: {} },
    step: (x: ArrayLike<number>) => Float32Array.from(Array.from(x, (token) => next[token]).flat()),
    dispose: () => {},
  });
  return { stepper: stepper as unknown as LanguageModel["stepper"] };
}

describe("generate", () => {
  const vocabulary = characterVocabulary("abc.");
  // "." < "a" < "b" < "c": each is followed by the next, c by the dot.
  const cycle = chain([
    [0, 1, 0, 0],
    [0, 0, 0.9, 0.1],
    [0, 0.1, 0, 0.9],
    [0.9, 0.1, 0, 0],
  ]);
  const write = async (options: object, model = cycle) => {
    const pieces: string[] = [];
    for await (const piece of generate(model, vocabulary, { prompt: "ab", ...options })) pieces.push(piece);
    return pieces.join("");
  };

  it("writes what follows, until a token or a length", async () => {
    expect(await write({ temperature: 0, length: 7 })).toBe("c.abc.a");
    expect(await write({ temperature: 0, length: 7, stop: 0 })).toBe("c");
    expect(await write({ temperature: 0, length: 1 })).toBe("c");
  });

  it("gives whole characters of byte pairs", async () => {
    const bytes = bytePairVocabulary("ü", { size: 256 });
    const [first, second] = bytes.encode("ü");
    const next = Array.from({ length: 256 }, (_, token) =>
      Array.from({ length: 256 }, (_, other) => Number(other === (token === first ? second : first))),
    );
    const pieces: string[] = [];
    for await (const piece of generate(chain(next), bytes, { prompt: "a", length: 5 })) pieces.push(piece);
    expect(pieces).toEqual(["ü", "ü", "\uFFFD"]);
  });

  it("puts spaces between words, also after the prompt", async () => {
    const words = wordVocabulary(["the cat sat"], {});
    const [the, cat, sat] = words.encode("the cat sat");
    const order = [the, cat, sat];
    const next = Array.from({ length: words.size }, (_, token) =>
      Array.from({ length: words.size }, (_, other) =>
        Number(other === order[(order.indexOf(token) + 1) % order.length]),
      ),
    );
    const pieces: string[] = [];
    for await (const piece of generate(chain(next), words, { prompt: "the", length: 3, temperature: 0 }))
      pieces.push(piece);
    expect(pieces).toEqual([" cat", " sat", " the"]);
    // Padding adds nothing, and the next word still has its space.
    const writer = new TextWriter(words, [the]);
    expect([words.padding ?? 0, cat].map((token) => writer.next(token))).toEqual([undefined, " cat"]);
  });

  it("says what it expects", async () => {
    await expect(write({ prompt: "" })).rejects.toThrow(
      "expected a prompt with at least one token, got none",
    );
    await expect(write({ length: 0 })).rejects.toThrow("generate expected length to be an integer");
    await expect(write({ signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
    await expect(write({}, chain([[1]], "relu"))).rejects.toThrow(
      "generate expected a model whose output is a softmax or logits, got relu",
    );
    const model = new Sequential(createBackendSync(), { inputShape: [4, 3], layers: [lstm(2)] });
    await expect(write({}, model)).rejects.toThrow("generate expected a model of tokens, [batch, time]");
  });

  it.each(exactVariants)("writes the same for one seed, on the %s build too", async (variant) => {
    const model = new Sequential(createBackendSync(on(variant)), {
      inputShape: [8, 1],
      seed: 2,
      layers: [lstm(6), dense(4, { activation: "softmax" })],
    });
    const text = await write({ seed: 3, length: 60 }, model);
    expect(text).toBe(WRITTEN);
    expect(await write({ seed: 3, length: 60 }, model)).toBe(text);
    expect(await write({ seed: 4, length: 60 }, model)).not.toBe(text);
    model.dispose();
  });
});

/** By the random weights of seed 2 and the draws of seed 3. */
const WRITTEN = "...cacbcaaabacaa.cca..bb.bbbaccba..a.babbababa.ca.acc.a..abc";

it("beam search finds what a greedy choice misses", () => {
  // After token 0, token 1 is likelier than 2; but what follows 1 is spread, and what follows 2 is sure.
  const next = [
    [0, 0.6, 0.4, 0, 0],
    [0.25, 0.25, 0.25, 0.25, 0],
    [0, 0, 0, 0, 1],
    [1, 0, 0, 0, 0],
    [1, 0, 0, 0, 0],
  ];
  const search = (options: object) => beamSearch(chain(next), [0], options);
  expect(search({ beams: 1, length: 2 })[0].tokens).toEqual([1, 0]);
  const [best] = search({ beams: 3, length: 2 });
  expect(best.tokens).toEqual([2, 4]);
  expect(best.logProbability).toBeCloseTo(Math.log(0.4), 6);
  const [ended] = search({ beams: 2, length: 5, stop: 4 });
  expect(ended.tokens).toEqual([2]);
});
