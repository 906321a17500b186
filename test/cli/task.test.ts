import { describe, expect, it } from "vitest";
import { QUICK, Workplace } from "./program.js";

/** What is to be learnt, on which rows it is scored, and that the defaults fit it. */

const place = new Workplace();
const trained = (...more: readonly string[]) =>
  place.json("train", "t.csv", "--target", "y", "--force", ...more);

describe("the task is found out, of", () => {
  it.each<[what: string, rows: number, y: (i: number) => number | string, task: string]>([
    ["as many whole numbers as rows", 20, (i) => i + 2, "regression"],
    ["twenty counts in sixty rows", 60, (i) => Math.floor(i / 3), "regression"],
    ["years", 30, (i) => 2010 + (i % 10), "regression"],
    ["fractions", 15, (i) => (i % 3) / 2, "regression"],
    ["six numbers on a line", 6, (i) => 2 * i - 3, "regression"],
    ["ten digits", 100, (i) => i % 10, "classification"],
    ["0 and 1 in five rows", 5, (i) => i % 2, "classification"],
    ["three numbers with a point, again and again", 15, (i) => `${i % 3}.0`, "classification"],
    ["words", 15, (i) => `n${i % 3}`, "classification"],
    ["words and a number", 20, (i) => ["yes", "no", "some", "1"][i % 4], "classification"],
  ])("%s", (_, rows, y, task) => {
    place.table("t.csv", "x,y", rows, (i) => `${i % 7},${y(i)}`);
    expect(trained(...QUICK).task).toBe(task);
    const other = task === "regression" ? "classification" : "regression";
    // Words are no numbers.
    if (Number.isNaN(Number(y(0)))) return;
    expect(trained(...QUICK, "--task", other).task).toBe(other);
  });

  it("few whole numbers, which are classes in the order of numbers", () => {
    place.table("t.csv", "x,y", 60, (i) => `${i % 7},${i % 3 === 0 ? 10 : i % 3}`);
    expect(trained(...QUICK).labels).toEqual(["1", "2", "10"]);
  });

  it.each(["NaN", "NA", "n/a", "null", "None", "?", "-", "#N/A", ""])(
    "numbers of which a row has %j: it is left out, and that is said",
    (none) => {
      place.table("t.csv", "x,y", 40, (i) => `${i % 7},${i === 7 ? none : i % 2}`);
      expect(trained(...QUICK)).toMatchObject({ labels: ["0", "1"], rows: 39 });
      expect(place.run("train", "t.csv", "--target", "y", ...QUICK).out).toMatch(
        /^target y: 2 classes \(0, 1\), so classification; 1 row without it is left out\n/,
      );
      expect(place.json("evaluate", "model.safetensors", "t.csv").scores.samples).toBe(39);
    },
  );

  it("one number, only if it is asked for", () => {
    place.table("t.csv", "x,y", 40, (i) => `${i % 7},1041`);
    trained(...QUICK, "--task", "regression");
    expect(place.run("predict", "model.safetensors", "t.csv").out).toMatch(/^prediction\n10\d\d/);
  });
});

describe("rows are scored", () => {
  const quick = QUICK.filter((word) => word !== "--folds" && word !== "0");
  const scored = (...more: readonly string[]) => {
    const { scoredOn, scores, folds, rows } = trained(...quick, ...more);
    return { scoredOn, samples: scores?.samples, folds, rows };
  };

  it("by 5 folds, of which each has its share of each class", () => {
    place.table("t.csv", "x,y", 60, (i) => `${i % 7},${i % 4 ? "many" : "few"}`);
    expect(scored()).toEqual({ scoredOn: "folds", samples: 60, folds: 5, rows: 60 });
    expect(scored("--folds", "3")).toEqual({ scoredOn: "folds", samples: 60, folds: 3, rows: 60 });
    expect(place.run("train", "t.csv", "--target", "y", ...quick).out).toMatch(
      /\n5 folds, each scored by a model of the others: accuracy 0\.\d{3} in the mean, standard deviation 0\.\d{3}/,
    );
  });

  it("by 3 folds from 1,001 rows on, and without folds where there are fewer than 20", () => {
    place.table("t.csv", "x,y", 1001, (i) => `${i % 7},${i % 4 ? "many" : "few"}`);
    expect(scored()).toMatchObject({ scoredOn: "folds", folds: 3 });
    place.table("t.csv", "x,y", 19, (i) => `${i % 7},${i % 4 ? "many" : "few"}`);
    expect(scored()).toEqual({ scoredOn: undefined, samples: undefined, folds: undefined, rows: 19 });
    expect(place.run("train", "t.csv", "--target", "y", ...quick).out).toContain(
      "\nno score: all rows of such a small table are needed to learn from\n",
    );
  });

  it("where each network stopped, with --folds 0, which is said to be a little too good", () => {
    place.table("t.csv", "x,y", 60, (i) => `${i % 7},${i % 4 ? "many" : "few"}`);
    expect(trained("--epochs", "2", "--folds", "0")).toMatchObject({
      scoredOn: "heldOut",
      scores: { samples: 60 },
    });
    expect(place.run("train", "t.csv", "--target", "y", "--epochs", "2", "--folds", "0").out).toContain(
      "60 held-out rows, each predicted by the network that stopped by it, which makes the score a little too good; --test and --folds score whole models\n",
    );
  });

  it.each(["1", "2", "3"])("that --validation keeps back, each class its share, seed %s", (seed) => {
    place.table("t.csv", "x,y", 100, (i) => `${i % 7},${i < 2 ? "two" : i < 22 ? "twenty" : "many"}`);
    const { scoredOn, scores, rows, labels } = trained(...quick, "--validation", "0.5", "--seed", seed);
    const held = scores.confusion.map((row: number[]) => row.reduce((a, b) => a + b));
    expect([scoredOn, rows + scores.samples]).toEqual(["validation", 100]);
    expect(held[labels.indexOf("two")]).toBe(1);
    expect(held[labels.indexOf("twenty")]).toBe(10);
  });

  it("but never the only row of a class, which is said", () => {
    for (const at of [0, 30, 59]) {
      place.table("t.csv", "x,y", 60, (i) => `${i},${i === at ? "rare" : i < 30 ? "low" : "high"}`);
      const { notes, scores } = trained(...quick);
      expect(notes).toContain(
        'only one row has the class "rare": it is learned from, but no score says how well it is predicted',
      );
      expect(scores.samples).toBe(59);
    }
  });

  it("with a note that recommends weights where a rare class is not found", () => {
    place.table("t.csv", "x,y", 200, (i) => `${(i * 7) % 13},${i % 15 === 0 ? "rare" : "common"}`);
    const { notes } = trained("--epochs", "5", "--folds", "2");
    expect(notes).toEqual([
      expect.stringMatching(
        /^of the 14 rows of the rare class "rare" 0 % are found, while 93 % of all rows are right; --class-weights balanced finds more of them, at the cost of accuracy$/,
      ),
    ]);
    const weighed = trained("--epochs", "5", "--folds", "2", "--class-weights", "balanced");
    expect(weighed.notes).toEqual([]);
  });
});

describe("the defaults fit a small table without noise, R² 0.95 on the same rows", () => {
  it.each<[what: string, header: string, count: number, row: (i: number) => string]>([
    ["y = 3 x + 0.5 on 20 rows", "x,y", 20, (i) => `${i},${3 * i + 0.5}`],
    ["y = 3 x + 0.5 on 60 rows", "x,y", 60, (i) => `${i},${3 * i + 0.5}`],
    ["y = 2 x - 1 on 6 rows", "x,y", 6, (i) => `${i - 1},${2 * (i - 1) - 1}`],
    ["y = -x / 7 + 1000", "x,y", 30, (i) => `${i},${1000 - i / 7}`],
    ["y = 2 a - 3 b", "a,b,y", 40, (i) => `${i / 4},${(i * 13) % 11},${i / 2 - 3 * ((i * 13) % 11)}`],
    ["a smooth function", "x,y", 60, (i) => `${i},${Math.sin(i / 8)}`],
  ])("%s", (_, header, count, row) => {
    place.table("t.csv", header, count, row);
    const found = ["1", "2", "3"].map((seed) => {
      trained("--folds", "0", "--seed", seed);
      return place.json("evaluate", "model.safetensors", "t.csv").scores.r2;
    });
    expect(Math.min(...found), found.join(" ")).toBeGreaterThan(0.95);
  });
});
