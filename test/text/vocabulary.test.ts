import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FormatError, ValueError } from "../../src/index.js";
import { bytePairVocabulary, characterVocabulary, vocabularyFrom, wordVocabulary } from "../../src/text.js";

describe("characters", () => {
  it("are the code points of the text, in order", () => {
    const vocabulary = characterVocabulary("hello 🙂");
    expect(vocabulary.size).toBe(6);
    expect(vocabulary.decode([0, 1, 2, 3, 4, 5])).toBe(" ehlo🙂");
    expect(vocabulary.encode("🙂 ole")).toEqual([5, 0, 4, 3, 1]);
  });

  it("can have padding and a token for other characters", () => {
    const vocabulary = characterVocabulary(["ab", "cb"], { padding: true, unknown: true });
    expect([vocabulary.padding, vocabulary.unknown, vocabulary.size]).toEqual([0, 1, 5]);
    expect(vocabulary.encode("xa")).toEqual([1, 2]);
    expect(vocabulary.decode([2, 0, 0, 1])).toBe("a\uFFFD");
  });

  it("say what is missing", () => {
    const vocabulary = characterVocabulary("abc");
    expect(() => vocabulary.encode("abd")).toThrow(ValueError);
    expect(() => vocabulary.encode("abd")).toThrow('encode: the vocabulary does not have "d"');
    expect(() => vocabulary.decode([3])).toThrow("decode expected tokens from 0 to 2, got 3");
    expect(() => characterVocabulary("")).toThrow("characterVocabulary expected a text, got an empty one");
  });
});

describe("words", () => {
  const texts = ["The cat sat on the mat.", "The dog didn't sit; the cat did."];

  it("come by how often they occur, then by their letters", () => {
    const vocabulary = wordVocabulary(texts);
    expect(vocabulary.toJSON().tokens.slice(0, 7)).toEqual(["", "\uFFFD", "the", ".", "cat", ";", "did"]);
    expect(vocabulary.decode(vocabulary.encode("the cat didn't fly."))).toBe("the cat didn't \uFFFD.");
  });

  it("can be limited", () => {
    expect(wordVocabulary(texts, { size: 4 }).toJSON().tokens).toEqual(["", "\uFFFD", "the", "."]);
    expect(wordVocabulary(texts, { minCount: 2 }).size).toBe(5);
    expect(wordVocabulary(texts, { lowercase: false }).encode("The the")).toEqual([3, 5]);
    expect(() => wordVocabulary(texts, { minCount: 9 })).toThrow("words that occur 9 times, found none");
  });
});

describe("byte pairs", () => {
  it("join what occurs often, and of equal pairs the smallest", () => {
    const vocabulary = bytePairVocabulary("ab ab ab cab", { size: 258 });
    // "ab" occurs four times, then " " + "ab" three times... in " ab" twice: the first has no space.
    expect(vocabulary.toJSON().merges).toEqual([
      [97, 98],
      [32, 256],
    ]);
    expect(vocabulary.encode("ab cab")).toEqual([256, 32, 99, 256]);
  });

  it("end when no pair occurs twice", () => {
    expect(bytePairVocabulary("abc", { size: 300 }).size).toBe(256);
  });

  it("bring back every text", () => {
    const vocabulary = bytePairVocabulary("the quick brown fox über das Maß ".repeat(20), { size: 280 });
    expect(vocabulary.size).toBe(280);
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        // A half of a surrogate pair has no bytes in UTF-8.
        const whole = text.replace(/\p{Surrogate}/gu, "?");
        expect(vocabulary.decode(vocabulary.encode(whole))).toBe(whole);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it("join the pair of the smallest tokens first, of several that occur as often", () => {
    // "xy", " a" and "ab" occur twice, and a space has the smallest token.
    const vocabulary = bytePairVocabulary("xy xy ab ab", { size: 257 });
    expect(vocabulary.encode(" a")).toEqual([256]);
    expect(vocabulary.encode("xy")).toEqual([120, 121]);
  });

  it("join in the order in which the pairs were learned", () => {
    const vocabulary = bytePairVocabulary("ab\nab\nab\nbc\nbc", { size: 258 });
    expect([vocabulary.encode("ab"), vocabulary.encode("bc")].flat()).toEqual([256, 257]);
    expect(vocabulary.encode("abc")).toEqual([256, 99]);
  });

  it("take fewer tokens than bytes", () => {
    const text = "she sells sea shells by the sea shore. ".repeat(10);
    const vocabulary = bytePairVocabulary(text, { size: 300 });
    expect(vocabulary.encode(text).length).toBeLessThan(text.length / 3);
  });
});

describe("a vocabulary", () => {
  it.each([
    ["characters", characterVocabulary("abc", { unknown: true })],
    ["words", wordVocabulary("some words and more words")],
    ["byte pairs", bytePairVocabulary("aaaa bbbb aaaa bbbb", { size: 260 })],
  ])("of %s comes back from JSON", (_, vocabulary) => {
    const text = "a b aaaa";
    for (const json of [JSON.stringify(vocabulary), vocabulary.toJSON()]) {
      const again = vocabularyFrom(json);
      expect(again.encode(text)).toEqual(vocabulary.encode(text));
      expect([again.kind, again.size]).toEqual([vocabulary.kind, vocabulary.size]);
    }
  });

  it.each(["{", "[]", '{"kind":"letters","tokens":[]}', '{"kind":"words","tokens":[1]}', "null"])(
    "is not made from %s",
    (json) => {
      expect(() => vocabularyFrom(json)).toThrow(FormatError);
    },
  );

  it("is not made from merges of tokens that are not there", () => {
    const json = { kind: "bytePairs", tokens: [], merges: [[97, 256]] } as const;
    expect(() => vocabularyFrom(json)).toThrow("expected merge 0 to join tokens below 256, got 97 and 256");
  });
});
