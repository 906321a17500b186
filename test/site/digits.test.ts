import { readFile } from "node:fs/promises";
import { createBackend } from "lanewise";
import { beforeAll, describe, expect, it } from "vitest";
import { DIGIT_PIXELS, digitImages, loadDigitImages } from "../../site/playground/data/digit-images.js";
import { digits, MOST_OWN, OWN_COPIES } from "../../site/playground/data/digits.js";
import { nearestImages } from "../../site/playground/data/nearest-digits.js";
import { imageOfStrokes } from "../../site/playground/data/strokes.js";
import { Learner, type Pace } from "../../site/playground/learner.js";
import { decode, encode } from "../../site/playground/link.js";
import { lap } from "../../site/playground/race.js";
import { defaultRecipe, type Recipe } from "../../site/playground/recipe.js";

const file = new URL("../../examples/digits/data/digits.csv.gz", import.meta.url);
beforeAll(() => loadDigitImages(async () => new Uint8Array(await readFile(file))));

const recipe = defaultRecipe("digits");
const convolutions = [
  { units: 8, activation: "relu" },
  { units: 16, activation: "relu" },
] as const;
const at = (pace: number | "batches"): Pace => ({ next: async () => pace, batch: () => undefined });

async function hashAt(pace: number | "batches", of: Recipe): Promise<string | undefined> {
  const learner = new Learner(await createBackend(), of);
  await learner.run(at(pace), new AbortController().signal);
  const hash = await learner.hash();
  learner.dispose();
  return hash;
}

/** The n-th image as a drawn one with a name. */
const drawn = (n: number, label: number) => ({
  label,
  image: digitImages().pixels.slice(n * DIGIT_PIXELS, (n + 1) * DIGIT_PIXELS),
});

describe("the images", () => {
  it("are 1,797, of which pixels are from 0 to 16", () => {
    const { count, pixels, labels } = digitImages();
    expect(count).toBe(1797);
    expect(Math.max(...pixels.subarray(0, 64 * 100))).toBe(16);
    expect(new Set(labels).size).toBe(10);
  });

  it("nearest to one of them begin with itself", () => {
    const { image } = drawn(5, 5);
    expect(nearestImages(image, 3)[0]).toBe(5);
  });
});

describe("the scene Digits", () => {
  it("keeps a fifth for the test, and has each drawn digit ten times to learn from", () => {
    const { training, test } = digits.samples(recipe);
    expect([training.rows, test.rows]).toEqual([1438, 359]);
    const { training: more } = digits.samples({ ...recipe, data: { own: [drawn(0, 3)] } });
    expect(more.rows).toBe(1438 + OWN_COPIES);
    expect(more.y.slice(-10)).toEqual(Float32Array.of(0, 0, 0, 1, 0, 0, 0, 0, 0, 0));
    expect(more.x.slice(-64)).toEqual(Float32Array.from(drawn(0, 3).image, (ink) => ink / 16));
  });

  it.each([
    ["dense", recipe],
    ["convolutional", { ...recipe, convolutions }],
  ])("reads at least 95 %% of the digits of the test by a %s network", async (_, of) => {
    const learner = new Learner(await createBackend(), of);
    await learner.run(at(1000), new AbortController().signal);
    const { x, y } = learner.data.test;
    const { accuracy = 0 } = learner.model.evaluate(x, y, {
      loss: "softmaxCrossEntropy",
      metrics: ["accuracy"],
    });
    learner.dispose();
    expect(accuracy).toBeGreaterThan(0.95);
  });

  it.each([
    ["dense", recipe],
    ["convolutional", { ...recipe, convolutions, l2: 0 }],
    ["convolutional and deep", { ...recipe, convolutions, dropout: 0.2 }],
  ])(
    "of a %s network ends with the same bits at every speed, on every build, from its link",
    async (_, of) => {
      const own = { ...of, epochs: 3, data: { own: [drawn(7, 1), drawn(9, 4)] } };
      const hash = await hashAt(1000, own);
      expect(hash).toMatch(/^[0-9a-f]{64}$/);
      expect(await hashAt(1, own)).toBe(hash);
      expect(await hashAt("batches", own)).toBe(hash);
      const { recipe: linked, problems } = decode(encode(own));
      expect(problems).toEqual([]);
      for (const variant of ["scalar", "simd"] as const)
        expect((await lap(await createBackend({ variant }), linked)).hash).toBe(hash);
    },
  );

  it.each([
    ["3", "A drawn digit is its name and 64 pixels"],
    [`3${"h".repeat(64)}`, "A drawn digit is its name and 64 pixels"],
    [
      Array(MOST_OWN + 1)
        .fill(`1${"0".repeat(64)}`)
        .join(","),
      `at most ${MOST_OWN} drawn digits, not 25`,
    ],
  ])("refuses drawn digits %.20s with a sentence", (text, sentence) => {
    const { problems, recipe: read } = decode(`v=1&scene=digits&data=${text}`);
    expect(problems).toEqual([expect.stringContaining(sentence)]);
    expect(read).toEqual(recipe);
  });
});

describe("strokes", () => {
  const bar = [
    { x: 0.5, y: 0.3 },
    { x: 0.5, y: 0.6 },
  ];

  it("of nothing are an empty image", () => {
    expect(imageOfStrokes([])).toEqual(new Uint8Array(64));
  });

  it("become an image in the middle, as high as it fits, wherever and however large they were drawn", () => {
    const image = imageOfStrokes([bar]);
    const columns = Array.from({ length: 8 }, (_, x) =>
      Array.from({ length: 8 }, (_, y) => image[8 * y + x]).reduce((sum, ink) => sum + ink, 0),
    );
    expect(columns.map((ink) => ink > 0)).toEqual([false, false, false, true, true, false, false, false]);
    expect(columns[3]).toBe(columns[4]);
    for (let row = 0; row < 8; row++) expect(image[8 * row + 3]).toBeGreaterThan(0);
    const elsewhere = bar.map(({ x, y }) => ({ x: x / 2 + 0.25, y: y / 2 + 0.25 }));
    expect(imageOfStrokes([elsewhere])).toEqual(image);
  });

  it("of one touch are a dot in the middle", () => {
    const image = imageOfStrokes([[{ x: 0.1, y: 0.9 }]]);
    const inked = [...image.keys()].filter((i) => image[i] > 0);
    expect(inked).toEqual([27, 28, 35, 36]);
  });
});
