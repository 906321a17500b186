import { readFileSync } from "node:fs";
import fc from "fast-check";
import * as lanewise from "lanewise";
import { createBackend } from "lanewise";
import * as text from "lanewise/text";
import { beforeAll, describe, expect, it } from "vitest";
import { Refusal } from "../../site/playground/data/scene.js";
import { optimizers } from "../../site/playground/recipe.js";
import { attentionOf } from "../../site/playground/text/attention.js";
import {
  cleaned,
  corpusNames,
  decodeText,
  encodeText,
  markOf,
  ownText,
  type TextData,
} from "../../site/playground/text/corpora.js";
import { learnText, TextLearner } from "../../site/playground/text/learner.js";
import { decodeTextLink, encodeTextLink } from "../../site/playground/text/link.js";
import { Reader } from "../../site/playground/text/reader.js";
import {
  defaultTextRecipe,
  headsFor,
  kinds,
  rateAt,
  stepChoices,
  type TextRecipe,
  textRecipeInWords,
} from "../../site/playground/text/recipe.js";
import { resumedText } from "../../site/playground/text/resumed.js";
import { offsetOf, windowsOf } from "../../site/playground/text/windows.js";
import { written } from "../../site/playground/text/writer.js";
import type { Unfinished } from "../../site/playground/unfinished.js";

const library = { lanewise, text };
const sonnets = readFileSync(
  new URL("../../site/playground/text/corpora/sonnets.txt", import.meta.url),
  "utf8",
);
const short = sonnets.slice(0, 1500);

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

  it("refuses a text of too many different characters", () => {
    const many = Array.from({ length: 500 }, (_, i) => String.fromCodePoint(0x4e00 + i)).join("");
    expect(() => ownText(many)).toThrow(Refusal);
  });
});

describe("the windows", () => {
  it("follow each other, each with the text one character further", () => {
    const { x, y, rows } = windowsOf([5, 6, 7, 8, 9, 10, 11, 12], 3, 1);
    expect(rows).toBe(2);
    expect([...x]).toEqual([6, 7, 8, 9, 10, 11]);
    expect([...y]).toEqual([7, 8, 9, 10, 11, 12]);
  });

  it.each(stepChoices)("of %i steps begin at each place in turn", (steps) => {
    const offsets = Array.from({ length: steps }, (_, epoch) => offsetOf(epoch, 10_000, steps));
    expect(new Set(offsets).size).toBe(steps);
    expect(Math.max(...offsets)).toBe(steps - 1);
    for (let length = steps + 1; length < steps + 9; length++)
      for (let epoch = 0; epoch < 50; epoch++)
        expect(
          windowsOf(new Array(length).fill(0), steps, offsetOf(epoch, length, steps)).rows,
        ).toBeGreaterThan(0);
  });
});

const tiny: TextRecipe = {
  ...defaultTextRecipe,
  units: 16,
  layers: 2,
  heads: 2,
  steps: 16,
  batch: 8,
  epochs: 3,
};
const runs: readonly (readonly [string, TextRecipe])[] = [
  ["a transformer", tiny],
  ["an LSTM", { ...tiny, kind: "lstm", heads: 1, dropout: 0.2, test: 0 }],
  [
    "a GRU with changes",
    {
      ...tiny,
      kind: "gru",
      heads: 1,
      dropout: 0,
      optimizer: "rmsprop",
      changes: [
        { epoch: 0, batch: 4, rate: 0.01 },
        { epoch: 2, batch: 0, rate: 0.001 },
      ],
    },
  ],
];

describe("a run", () => {
  it.each(runs)(
    "of %s ends with the same bits on each build, whether one looks on or not",
    async (_, recipe) => {
      const { hash } = await learnText(library, await createBackend({ variant: "scalar" }), recipe, short);
      expect(hash).toMatch(/^[0-9a-f]{64}$/);
      expect((await learnText(library, await createBackend({ variant: "simd" }), recipe, short)).hash).toBe(
        hash,
      );
      const learner = new TextLearner(library, await createBackend(), recipe, short);
      const reader = new Reader(library, learner);
      let batches = 0;
      await learner.run(async () => {
        if (batches++ % 5 !== 0) return;
        reader.read(batches);
        written(library, learner, { prompt: "Shall I", temperature: 0.7, seed: 1 }, 40);
      }, new AbortController().signal);
      expect(batches).toBeGreaterThan(20);
      expect(await learner.hash()).toBe(hash);
      learner.dispose();
    },
  );

  it("learns: its bits fall well below those of guessing by frequency", async () => {
    const recipe: TextRecipe = {
      ...tiny,
      kind: "gru",
      heads: 1,
      units: 48,
      layers: 1,
      dropout: 0,
      rate: 0.01,
      epochs: 12,
    };
    const { losses, testBits } = await learnText(
      library,
      await createBackend(),
      recipe,
      sonnets.slice(0, 8000),
    );
    const counts = new Map<string, number>();
    for (const sign of sonnets.slice(0, 8000)) counts.set(sign, (counts.get(sign) ?? 0) + 1);
    const entropy = [...counts.values()].reduce(
      (sum, count) => sum - (count / 8000) * Math.log2(count / 8000),
      0,
    );
    expect(losses).toHaveLength(12);
    expect(losses.at(-1)).toBeLessThan(entropy - 1);
    expect(testBits).toBeLessThan(entropy - 0.8);
  });

  it("says so where a text is too short for the steps", async () => {
    const recipe = { ...tiny, steps: 128 };
    await expect(learnText(library, await createBackend(), recipe, short.slice(0, 120))).rejects.toThrow(
      "of its 120 characters 108 are learned, and the model sees 128 at once",
    );
  });
});

describe("a run that was left", () => {
  async function leave(recipe: TextRecipe, after: number): Promise<Unfinished> {
    const learner = new TextLearner(library, await createBackend(), recipe, short);
    const end = new AbortController();
    let batches = 0;
    let kept: Unfinished | undefined;
    const run = learner.run(async () => {
      if (batches++ !== after) return;
      const { batch, recipeSoFar } = learner;
      kept = { link: encodeTextLink(recipeSoFar), batch, seconds: 1, checkpoint: learner.checkpoint() };
      end.abort();
    }, end.signal);
    await expect(run).rejects.toThrow();
    learner.dispose();
    if (!kept) throw new Error("the run ended before it was left");
    return kept;
  }

  async function goOn(recipe: TextRecipe, left: Unfinished) {
    const backend = await createBackend();
    const learner = new TextLearner(library, backend, recipe, short, (layers) =>
      resumedText(library, backend, recipe, left, layers),
    );
    const { hasBegun } = learner;
    await learner.run(async () => {}, new AbortController().signal);
    const result = { hasBegun, hash: await learner.hash(), losses: learner.losses.length };
    learner.dispose();
    return result;
  }

  it.each(runs.flatMap(([name, recipe]) => [3, 4, 11, 14].map((after) => [after, name, recipe] as const)))(
    "after %i batches of %s ends with the bits of one that was not",
    async (after, _, recipe) => {
      const { hash } = await learnText(library, await createBackend(), recipe, short);
      expect(await goOn(recipe, await leave(recipe, after))).toEqual({ hasBegun: true, hash, losses: 3 });
    },
  );

  it("is begun anew for another recipe, and where what was kept is damaged", async () => {
    const left = await leave(tiny, 5);
    expect((await goOn({ ...tiny, seed: 8 }, left)).hasBegun).toBe(false);
    const checkpoint = left.checkpoint.slice(0, 5000);
    expect((await goOn(tiny, { ...left, checkpoint })).hasBegun).toBe(false);
  });
});

describe("the attention that is drawn", () => {
  let learner: TextLearner;
  beforeAll(async () => {
    learner = new TextLearner(library, await createBackend(), { ...tiny, dropout: 0, layers: 1 }, short);
    await learner.run(async () => {}, new AbortController().signal);
  });

  it("is what the block computes: its output, made with it, is within 1e-4 of the layer's", () => {
    const { recipe, model, layers, backend, tokens } = learner;
    const { steps, units, heads } = recipe;
    const given = lanewise.input([steps]);
    const before = layers[1].layer.apply(layers[0].layer.apply(given));
    const after = layers[2].layer.apply(before);
    const parts = new lanewise.Model(backend, { inputs: given, outputs: [before, after] });
    for (const [i, { value }] of parts.parameters.entries()) value.data.set(model.parameters[i].value.data);
    const [x, y] = parts.predict(Float32Array.from(tokens.slice(0, steps))) as Float32Array[];
    const named = (end: string) => {
      const found = parts.parameters.find(({ name }) => new RegExp(`^[^.]+\\.${end}$`).test(name));
      if (!found) throw new Error(`no ${end}`);
      return found.value.data;
    };
    const weights = {
      gamma: named("norm1.gamma"),
      beta: named("norm1.beta"),
      weight: named("attention.queryKeyValue.weight"),
      bias: named("attention.queryKeyValue.bias"),
    };
    const shares = attentionOf(x, steps, heads, weights);
    const normalized = (row: Float64Array, gamma: Float32Array, beta: Float32Array) => {
      const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
      const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
      return Float64Array.from(
        row,
        (value, i) => ((value - mean) / Math.sqrt(variance + 1e-5)) * gamma[i] + beta[i],
      );
    };
    const times = (
      row: Float64Array,
      matrix: Float32Array,
      bias: Float32Array,
      columns: number,
      first = 0,
      count = columns,
    ) =>
      Float64Array.from({ length: count }, (_, to) =>
        row.reduce((sum, value, from) => sum + value * matrix[from * columns + first + to], bias[first + to]),
      );
    const values = Array.from({ length: steps }, (_, step) =>
      times(
        normalized(
          Float64Array.from(x.subarray(step * units, (step + 1) * units)),
          weights.gamma,
          weights.beta,
        ),
        weights.weight,
        weights.bias,
        3 * units,
        2 * units,
        units,
      ),
    );
    for (let step = 0; step < steps; step++) {
      const mixed = Float64Array.from({ length: units }, (_, k) => {
        const head = shares[Math.floor(k / (units / heads))];
        return values.reduce((sum, value, j) => sum + head[step * steps + j] * value[k], 0);
      });
      const attended = times(mixed, named("attention.output.weight"), named("attention.output.bias"), units);
      const h = attended.map((value, k) => value + x[step * units + k]);
      const inner = times(
        normalized(h, named("norm2.gamma"), named("norm2.beta")),
        named("hidden.weight"),
        named("hidden.bias"),
        4 * units,
      );
      const hidden = backend.matrix(1, 4 * units);
      hidden.data.set(inner);
      const fed = times(
        Float64Array.from(lanewise.activate("gelu", hidden).data),
        named("output.weight"),
        named("output.bias"),
        units,
      );
      for (let k = 0; k < units; k++)
        expect(Math.abs(h[k] + fed[k] - y[step * units + k])).toBeLessThan(1e-4);
    }
  });

  it("is of each character over itself and those before it", () => {
    const reader = new Reader(library, learner);
    const { heads, characters, shares } = reader.read(2);
    expect(characters).toHaveLength(17);
    expect(heads.map((block) => block.length)).toEqual([2]);
    for (const head of heads.flat())
      for (let i = 0; i < 16; i++) {
        const row = head.subarray(i * 16, (i + 1) * 16);
        expect(row.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
        expect(row.subarray(i + 1).every((share) => share === 0)).toBe(true);
      }
    const kindsOf = learner.vocabulary.size;
    for (let i = 0; i < 16; i++)
      expect(
        shares.subarray(i * kindsOf, (i + 1) * kindsOf).reduce((sum, share) => sum + share, 0),
      ).toBeCloseTo(1, 5);
    reader.dispose();
  });
});

describe("what a model writes", () => {
  it.each(runs)(
    "by %s depends on the prompt and the seed alone, and may be longer than its steps",
    async (_, recipe) => {
      const learner = new TextLearner(library, await createBackend(), recipe, short);
      const write = (prompt: string, seed = 1) =>
        written(library, learner, { prompt, temperature: 1, seed }, 80);
      const first = write("From ");
      expect(first).toHaveLength(80);
      expect(write("From ")).toBe(first);
      expect(write("From ", 2)).not.toBe(first);
      // Characters that the text does not have are left out, and an empty prompt is its beginning.
      expect(write("Fr€om ")).toBe(first);
      expect(write("")).toHaveLength(80);
      expect(write("x".repeat(500))).toHaveLength(80);
      learner.dispose();
    },
  );

  it("is what generate writes, as long as the steps last", async () => {
    const learner = new TextLearner(library, await createBackend(), { ...tiny, steps: 64 }, short);
    let expected = "";
    const options = { prompt: "From ", length: 50, temperature: 0.8, seed: 3 };
    for await (const piece of text.generate(learner.model, learner.vocabulary, options)) expected += piece;
    expect(written(library, learner, options, 50)).toBe(expected);
    learner.dispose();
  });
});

it("the rate is that of the last change", () => {
  const changes = [
    { epoch: 3, batch: 2, rate: 0.1 },
    { epoch: 1, batch: 0, rate: 0.2 },
  ];
  const recipe = { ...defaultTextRecipe, changes };
  expect(rateAt(recipe, { epoch: 0, batch: 9 })).toBe(0.003);
  expect(rateAt(recipe, { epoch: 3, batch: 1 })).toBe(0.2);
  expect(rateAt(recipe, { epoch: 3, batch: 2 })).toBe(0.1);
});
