import { describe, expect, it } from "vitest";
import {
  createBackendSync,
  dense,
  embedding,
  type FitOptions,
  gru,
  type LabelledTargets,
  Sequential,
  ValueError,
} from "../../src/index.js";

/** Labels of the steps of sequences of different lengths: the tags of words. */
const backend = createBackendSync();
const make = (outputs: number, labels?: string[]) =>
  new Sequential(backend, {
    inputShape: [4],
    seed: 5,
    labels,
    layers: [
      embedding(6, 3, { paddingIndex: 0 }),
      gru(5, { returnSequences: true }),
      dense(outputs, { activation: outputs === 1 ? "sigmoid" : "linear" }),
    ],
  });
const sentences = [[1, 2], [3, 4, 5, 1], [2], [5, 4, 3]];
const tags = [["noun", "verb"], ["other", "noun", "noun", "verb"], ["other"], ["noun", "noun", "verb"]];
const options: FitOptions = { loss: "softmaxCrossEntropy", epochs: 3, batchSize: 2 };

describe("labels of steps", () => {
  it("train to the weights of their indices, and are learnt in the order of their names", async () => {
    using labelled = make(3);
    using numbered = make(3);
    await labelled.fit(sentences, tags, options);
    const names = ["noun", "other", "verb"];
    expect(labelled.labels).toEqual(names);
    await numbered.fit(
      sentences,
      tags.map((steps) => steps.map((tag) => names.indexOf(tag))),
      options,
    );
    expect(labelled.tensorValues).toEqual(numbered.tensorValues);
    const given = { loss: "softmaxCrossEntropy", metrics: ["accuracy"] } as const;
    expect(labelled.evaluate(sentences, tags, given).loss).toBeGreaterThan(0);
  });

  it("come back from predictClasses, for the steps that a sample has", async () => {
    using model = make(3);
    await model.fit(sentences, tags, { ...options, epochs: 200 });
    expect(model.predictClasses(sentences, { byStep: true })).toEqual(tags);
    const sure = model.predictClasses(sentences, { byStep: true, probabilities: true });
    expect(sure.map((steps) => steps.map(({ label }) => label))).toEqual(tags);
  });

  it("may be true and false, or two names of one output", async () => {
    using model = make(1);
    using named = make(1, ["no", "yes"]);
    const binary: FitOptions = { ...options, loss: "binaryCrossEntropy", epochs: 400 };
    const are = tags.map((steps) => steps.map((tag) => tag === "verb"));
    await model.fit(sentences, are, binary);
    const names = are.map((steps) => steps.map((is) => (is ? "yes" : "no")));
    await named.fit(sentences, names, binary);
    expect(named.tensorValues).toEqual(model.tensorValues);
    expect(named.predictClasses(sentences, { byStep: true })).toEqual(names);
  });

  it.each<[string, LabelledTargets, string]>([
    [
      "unknown",
      [["noun", "verb"], ["noun", "verb", "verb", "adverb"], ["noun"], ["noun"]],
      'got "adverb" at row 1, step 3',
    ],
    [
      "flat",
      [["noun"], "verb"] as unknown as string[][],
      'an array of labels for each sample, got "verb" at row 1',
    ],
    ["mixed", [["noun", 1]] as unknown as string[][], "got 1 at row 0, step 1"],
  ])("are refused with their place if they are %s", async (_, wrong, message) => {
    using model = make(3, ["noun", "other", "verb"]);
    const before = model.tensorValues;
    const training = model.fit(sentences.slice(0, (wrong as []).length), wrong, options);
    await expect(training).rejects.toThrow(ValueError);
    await expect(training).rejects.toThrow(message);
    expect(model.tensorValues).toEqual(before);
  });
});
