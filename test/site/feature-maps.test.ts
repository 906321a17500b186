import { readFile } from "node:fs/promises";
import { createBackend } from "lanewise";
import { beforeAll, describe, expect, it } from "vitest";
import { loadDigitImages } from "../../site/playground/data/digit-images.js";
import { Forward } from "../../site/playground/forward.js";
import { Learner } from "../../site/playground/learner.js";
import { decode } from "../../site/playground/link.js";
import { stagesOf } from "../../site/playground/recipe.js";
import { kernelOf, largestCell, mapOf, termOf, windowAt } from "../../site/playground/scenes/windows.js";

const file = new URL("../../examples/digits/data/digits.csv.gz", import.meta.url);
beforeAll(() => loadDigitImages(async () => new Uint8Array(await readFile(file))));

const cellsOf = (side: number) =>
  Array.from({ length: side * side }, (_, i) => ({ row: Math.floor(i / side), column: i % side }));

describe("a feature map", () => {
  it("has in each place what its window, its kernel and its bias make of it", async () => {
    const { recipe } = decode("v=1&scene=digits&net=12tanh&conv=5relu,7elu&epochs=2");
    const learner = new Learner(await createBackend(), recipe);
    await learner.run({ next: async () => 2, batch: () => undefined }, new AbortController().signal);
    const before = await learner.hash();
    const stages = stagesOf(recipe);
    expect(stages.map(({ kind, units, side }) => [kind, units, side])).toEqual([
      ["conv", 5, 8],
      ["pool", 5, 4],
      ["conv", 7, 4],
      ["pool", 7, 2],
      ["dense", 12, 1],
      ["dense", 10, 1],
    ]);
    const image = learner.data.training.x.slice(0, 64);
    const answers = new Forward(learner, image, 1).run(learner.model);
    expect(answers.map(({ length }) => length)).toEqual(stages.map(({ units, side }) => units * side * side));
    const parameters = learner.model.parameters.map(({ value }) => value.data);
    for (const [number, stage] of stages.slice(0, 4).entries()) {
      const input = number === 0 ? image : answers[number - 1];
      const inputMap = (map: number) => mapOf(input, stage.from.side, map);
      for (let map = 0; map < stage.units; map++)
        for (const [i, cell] of cellsOf(stage.side).entries()) {
          const answer = mapOf(answers[number], stage.side, map)[i];
          if (stage.parameter === undefined) {
            expect(answer).toBe(Math.max(...termOf(stage, inputMap(map), cell).window));
            continue;
          }
          let z = parameters[stage.parameter + 1][map];
          for (let from = 0; from < stage.from.units; from++) {
            const kernel = kernelOf(stage, parameters[stage.parameter], map, from);
            z += termOf(stage, inputMap(from), cell, kernel).sum;
          }
          const expected = z > 0 ? z : stage.activation === "relu" ? 0 : Math.expm1(z);
          expect(answer).toBeCloseTo(expected, 5);
        }
    }
    const outputs = learner.model.predict(image);
    expect(answers.at(-1)).toEqual(outputs);
    expect(await learner.hash()).toBe(before);
  });
});

describe("the window of a number", () => {
  const [conv, pool] = stagesOf(decode("v=1&scene=digits&conv=8relu").recipe);
  const image = Float32Array.from({ length: 64 }, (_, i) => i);

  it("of a convolution has zeros where it reaches over the edge", () => {
    expect(windowAt(conv, { row: 0, column: 7 })).toEqual({ row: -1, column: 6 });
    const { window, isInside } = termOf(conv, image, { row: 0, column: 7 });
    expect(window).toEqual([0, 0, 0, 6, 7, 0, 14, 15, 0]);
    expect(isInside).toEqual([false, false, false, true, true, false, true, true, false]);
  });

  it("of a pool has no place in another one", () => {
    expect(windowAt(pool, { row: 1, column: 3 })).toEqual({ row: 2, column: 6 });
    expect(termOf(pool, image, { row: 1, column: 3 }).window).toEqual([22, 23, 30, 31]);
  });

  it("begins with that of the largest", () => {
    expect(largestCell(Float32Array.of(1, 5, 2, 3), 2)).toEqual({ row: 0, column: 1 });
  });
});
