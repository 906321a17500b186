import { readFileSync } from "node:fs";
import * as lanewise from "lanewise";
import { createBackend } from "lanewise";
import * as text from "lanewise/text";
import { beforeAll, describe, expect, it } from "vitest";
import { attentionOf } from "../../site/playground/text/attention.js";
import { learnText, TextLearner } from "../../site/playground/text/learner.js";
import { encodeTextLink } from "../../site/playground/text/link.js";
import { Reader } from "../../site/playground/text/reader.js";
import { defaultTextRecipe, stepChoices, type TextRecipe } from "../../site/playground/text/recipe.js";
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

  it("is measured in bits a character: the loss divided by ln 2", async () => {
    const recipe: TextRecipe = { ...tiny, dropout: 0, test: 0, optimizer: "sgd", rate: 1e-6, epochs: 1 };
    const learner = new TextLearner(library, await createBackend(), recipe, short);
    const { x, y } = windowsOf(learner.tokens, recipe.steps);
    const { loss } = learner.model.evaluate(x, y, { loss: "softmaxCrossEntropy" });
    await learner.run(async () => {}, new AbortController().signal);
    expect(learner.losses[0] * Math.LN2).toBeCloseTo(loss, 3);
    expect(learner.testBits).toBeUndefined();
    learner.dispose();
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
      const link = encodeTextLink(recipeSoFar);
      kept = { link, batch, seconds: 1, checkpoint: learner.checkpoint(), waiting: [] };
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
