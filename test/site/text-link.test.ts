import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Refusal } from "../../site/playground/data/scene.js";
import { optimizers } from "../../site/playground/recipe.js";
import {
  cleaned,
  corpusNames,
  decodeText,
  encodeText,
  markOf,
  ownText,
  type TextData,
} from "../../site/playground/text/corpora.js";
import { decodeTextLink, encodeTextLink } from "../../site/playground/text/link.js";
import {
  defaultTextRecipe,
  headsFor,
  kinds,
  rateAt,
  stepChoices,
  type TextRecipe,
  textRecipeInWords,
} from "../../site/playground/text/recipe.js";

const own: fc.Arbitrary<TextData> = fc
  .string({ unit: "grapheme", minLength: 120, maxLength: 300 })
  .map(cleaned)
  .filter((given) => given.length >= 100 && new Set(given).size <= 400)
  .map(ownText);
const far: fc.Arbitrary<TextData> = fc
  .record({ length: fc.integer({ min: 100, max: 200_000 }), of: fc.string() })
  .map(({ length, of }) => ({ name: "own" as const, text: undefined, length, mark: markOf(of) }));

const rates = fc.integer({ min: 1, max: 1000 }).map((part) => part / 1000);
const recipes: fc.Arbitrary<TextRecipe> = fc
  .record({
    data: fc.oneof(
      fc.constantFrom(...corpusNames).map((name) => ({ name })),
      own,
      far,
    ),
    test: fc.integer({ min: 0, max: 50 }).map((part) => part / 100),
    kind: fc.constantFrom(...kinds),
    units: fc.integer({ min: 8, max: 256 }),
    layers: fc.integer({ min: 1, max: 3 }),
    head: fc.nat(),
    steps: fc.constantFrom(...stepChoices),
    dropout: fc.integer({ min: 0, max: 9 }).map((part) => part / 10),
    optimizer: fc.constantFrom(...optimizers),
    rate: rates,
    batch: fc.integer({ min: 1, max: 256 }),
    epochs: fc.integer({ min: 1, max: 10_000 }),
    seed: fc.integer({ min: 0, max: 0xffffffff }),
    changes: fc.array(
      fc.record({ epoch: fc.integer({ min: 0, max: 99_999 }), batch: fc.nat({ max: 99_999 }), rate: rates }),
      { maxLength: 8 },
    ),
  })
  .map(({ head, ...rest }) => {
    const possible = headsFor(rest.units);
    const heads = rest.kind === "transformer" ? possible[head % possible.length] : 1;
    return { scene: "text", ...rest, heads };
  });

describe("the link of a text's recipe", () => {
  it("is read as it was written, for 1,000 random recipes", () => {
    fc.assert(
      fc.property(recipes, fc.option(fc.constant("0123456789abcdef")), (recipe, hash) => {
        const link = encodeTextLink(recipe, hash ?? undefined);
        expect(link).toMatch(/^[\x21-\x7e]+$/);
        const read = decodeTextLink(link);
        expect(read.problems).toEqual([]);
        expect(read.recipe).toEqual(recipe);
        expect(read.expected).toBe(hash ?? undefined);
      }),
      { numRuns: 1000 },
    );
  });

  it("is read without an exception when it was changed anywhere, and is then still a recipe", () => {
    const mutated = fc
      .record({
        recipe: recipes,
        cuts: fc.array(
          fc.record({ at: fc.nat(), length: fc.nat({ max: 9 }), put: fc.string({ maxLength: 6 }) }),
          { minLength: 1, maxLength: 4 },
        ),
      })
      .map(({ recipe, cuts }) =>
        cuts.reduce(
          (link, { at, length, put }) => {
            const place = at % (link.length + 1);
            return link.slice(0, place) + put + link.slice(place + length);
          },
          encodeTextLink(recipe, "0123456789abcdef"),
        ),
      );
    fc.assert(
      fc.property(mutated, (link) => {
        const { recipe } = decodeTextLink(link);
        expect(decodeTextLink(encodeTextLink(recipe)).recipe).toEqual(recipe);
        expect(textRecipeInWords(recipe)).toMatch(/^An? .*\.$/s);
      }),
      { numRuns: 10_000 },
    );
  });

  it.each([
    ["v=2", 'The link has version "2"; this page reads version 1.'],
    ["v=1&scene=curve", 'This link is for the scene "curve".'],
    ["v=1&net=cnn,8,1", 'The model must be one of transformer, lstm, gru, not "cnn".'],
    ["v=1&net=lstm,4,1", 'The units must be a whole number from 8 to 256, not "4".'],
    ["v=1&net=lstm,64,9", 'The layers must be a whole number from 1 to 3, not "9".'],
    ["v=1&net=transformer,36,1,8", 'The heads that share 36 features must be one of 1, 2, 4, not "8".'],
    ["v=1&steps=50", 'The number of steps must be one of 16, 32, 48, 64, 96, 128, not "50".'],
    ["v=1&at=3:l2:1", 'A change must look like 12:rate:0.001, not "3:l2:1".'],
    ["v=1&data=bible", 'The text must be one of sonnets, alice, own, far, not "bible".'],
    ["v=1&data=own,too short", "A text must have 100 to 200,000 characters, not 9."],
    ["v=1&data=far,500,xyz", 'A text is known by 16 hexadecimal digits, not by "xyz".'],
    ["v=1&conv=8relu", '"conv" is not part of a recipe.'],
  ])("%s: %s", (link, problem) => expect(decodeTextLink(link).problems).toEqual([problem]));

  it("holds a short text, and of a long one what tells it from others", () => {
    const shortData = ownText("To be, or not to be & so on; ".repeat(20));
    expect(decodeText(encodeText(shortData))).toEqual(shortData);
    const long = "To be, or not to be. ".repeat(300);
    expect(encodeText(ownText(long))).toBe(`far,6300,${markOf(long)}`);
    expect(markOf(long)).not.toBe(markOf(long.replace("not", "nor")));
  });

  it("starts a run by itself only where it says so", () => {
    expect(decodeTextLink("v=1&scene=text&run").starts).toBe(true);
    expect(decodeTextLink("v=1&scene=text").starts).toBe(false);
  });

  it("has line ends of one character, whatever they were", () => {
    expect(cleaned("a\r\nb\rc\n")).toBe("a\nb\nc\n");
    expect(cleaned("a\ud800b\udc00\ud83d\ude00")).toBe("a\ufffdb\ufffd\ud83d\ude00");
  });

  it("refuses a text of too many different characters", () => {
    const many = Array.from({ length: 500 }, (_, i) => String.fromCodePoint(0x4e00 + i)).join("");
    expect(() => ownText(many)).toThrow(Refusal);
  });
});

it("the rate is that of the last change", () => {
  const changes = [
    { epoch: 3, batch: 2, rate: 0.1 },
    { epoch: 1, batch: 0, rate: 0.2 },
  ];
  const recipe = { ...defaultTextRecipe, changes };
  expect(rateAt(recipe, { epoch: 0, batch: 9 })).toBe(defaultTextRecipe.rate);
  expect(rateAt(recipe, { epoch: 3, batch: 1 })).toBe(0.2);
  expect(rateAt(recipe, { epoch: 3, batch: 2 })).toBe(0.1);
});
