import { describe, expect, it } from "vitest";
import { Workplace } from "./program.js";

const place = new Workplace();
const write = (header: string, count: number, row: (i: number) => string) =>
  place.file("t.csv", `${header}\n${Array.from({ length: count }, (_, i) => row(i)).join("\n")}\n`);
const train = (...more: readonly string[]) => place.json("train", "t.csv", "--target", "y", ...more);

describe("what is to be learnt", () => {
  it.each<[what: string, rows: number, y: (i: number) => number | string, task: string]>([
    ["as many whole numbers as rows", 20, (i) => i + 2, "regression"],
    ["nearly as many whole numbers as rows", 20, (i) => Math.max(i, 3), "regression"],
    ["twenty counts in sixty rows", 60, (i) => Math.floor(i / 3), "regression"],
    ["sums of small numbers", 60, (i) => (i % 4) + 2 * (i % 5), "regression"],
    ["years", 30, (i) => 2010 + (i % 10), "regression"],
    ["ten digits", 100, (i) => i % 10, "classification"],
    ["ratings", 100, (i) => 1 + (i % 5), "classification"],
    ["a word and what may be none", 20, (i) => ["yes", "no", "unknown", "1"][i % 4], "classification"],
    ["six numbers on a line", 6, (i) => 2 * i - 3, "regression"],
    ["0 and 1", 20, (i) => i % 2, "classification"],
    ["0 and 1 in five rows", 5, (i) => i % 2, "classification"],
    ["three numbers, again and again", 15, (i) => i % 3, "classification"],
    ["three numbers with a point, again and again", 15, (i) => `${i % 3}.0`, "classification"],
    ["fractions", 15, (i) => (i % 3) / 2, "regression"],
    ["words", 15, (i) => `n${i % 3}`, "classification"],
  ])("is, of %s, found out", (_, rows, y, task) => {
    write("x,y", rows, (i) => `${i},${y(i)}`);
    expect(train("--epochs", "1").task).toBe(task);
  });

  it("is said with its reason and the option that changes it", () => {
    write("x,y", 20, (i) => `${i},${i + 2}`);
    expect(place.run("train", "t.csv", "--target", "y").out).toContain(
      "target y: numbers from 2 to 21, so regression (20 different in 20 rows); --task classification would override\n",
    );
  });

  it.each(["NaN", "NA", "n/a", "null", "None", "?", "-", "#N/A"])(
    "is not guessed where a row has %s among numbers",
    (none) => {
      write("x,y", 40, (i) => `${i},${i === 7 ? none : i % 2}`);
      expect(place.run("train", "t.csv", "--target", "y").error).toBe(
        `t.csv, line 9, column y: expected a number as in other rows, got "${none}": leave out the rows without a value; --task classification takes it for a class\n`,
      );
      expect(train("--task", "classification", "--epochs", "1").labels).toHaveLength(3);
    },
  );

  it("is nothing where the target is always one number, unless it is asked for", () => {
    write("x,y", 1040, (i) => `${i},1041`);
    expect(place.run("train", "t.csv", "--target", "y").error).toBe(
      "target y: is 1041 in all 1,040 rows, so there is nothing to learn; --task regression trains anyway\n",
    );
    train("--task", "regression", "--epochs", "1");
    expect(place.run("predict", "model.safetensors", "t.csv").out).toMatch(/^prediction\n10\d\d/);
  });
});

describe("held-out rows", () => {
  it("are never the only row of a class, which is said, whatever the seed and the order", () => {
    for (const at of [0, 30, 59]) {
      write("a,y", 60, (i) => `${i},${i === at ? "rare" : i < 30 ? "low" : "high"}`);
      for (const seed of ["1", "2", "3", "4", "5", "6"]) {
        const { out } = place.run("train", "t.csv", "--target", "y", "--seed", seed, "--epochs", "1");
        expect(out).toContain(
          "target y: too few rows to hold any out of rare (1 row): all of them are used for training, and the score says nothing about this class\n",
        );
      }
    }
  });

  it("leave a row of each class to learn from, and take each class's share", () => {
    write("a,y", 100, (i) => `${i},${i < 2 ? "two" : i < 22 ? "twenty" : "many"}`);
    for (const seed of ["1", "2", "3", "4"]) {
      const { labels, scores, rows } = train("--seed", seed, "--epochs", "1", "--validation", "0.5");
      const held = scores.confusion.map((row: number[]) => row.reduce((a, b) => a + b));
      expect(rows.training + rows.heldOut).toBe(100);
      expect(held[labels.indexOf("two")]).toBeLessThan(2);
      expect(Math.abs(held[labels.indexOf("twenty")] - 10)).toBeLessThan(2);
    }
  });

  it("are at least two of few values, so that there is an R²", () => {
    write("x,y", 6, (i) => `${i},${i / 7}`);
    expect(train().rows).toEqual({ training: 4, heldOut: 2 });
  });
});

describe("the defaults look at what the table is", () => {
  const fitted = (...more: readonly string[]) => {
    const { hidden, epochs, scores } = train(...more);
    return { hidden, epochs, r2: scores.r2 };
  };

  it("a smooth function is learnt by a larger network, R² 0.9, which is said", () => {
    write("x,y", 60, (i) => `${i},${Math.sin(i / 4)}`);
    const scores = ["1", "2", "3", "4", "5"].map((seed) => fitted("--seed", seed));
    for (const { hidden } of scores) expect(hidden).toEqual([64, 64]);
    expect(scores.map(({ r2 }) => r2).sort((a, b) => a - b)[2]).toBeGreaterThan(0.9);
    expect(place.run("train", "t.csv", "--target", "y").out).toMatch(
      /hidden layers of 64 and 64 units and 584 epochs, since trials on a part of the rows leave [\d.]+ % of the squared error of 64 units and 146 epochs; --hidden, --epochs or --learning-rate override\n/,
    );
  });

  it("noise is not learnt by heart: the network stays small, in few epochs", () => {
    // Digits of pi in pairs, about a line.
    const noise = "14159265358979323846264338327950288419716939937510582097494459230781640628620899";
    write("x,y", 40, (i) => `${i},${i + Number(noise.slice(2 * i, 2 * i + 2))}.5`);
    for (const seed of ["1", "2", "3"]) expect(fitted("--seed", seed)).toMatchObject({ hidden: [64] });
  });

  it("what is asked for is done", () => {
    write("x,y", 60, (i) => `${i},${Math.sin(i / 4)}`);
    expect(fitted("--hidden", "8")).toMatchObject({ hidden: [8], epochs: 146 });
    expect(fitted("--epochs", "3")).toMatchObject({ hidden: [64], epochs: 3 });
    expect(fitted("--learning-rate", "0.001")).toMatchObject({ hidden: [64], epochs: 146 });
  });
});

describe("the defaults fit a small table without noise, R² 0.95", () => {
  it.each<[what: string, header: string, count: number, row: (i: number) => string]>([
    ["y = 3 x + 0.5 on 20 rows", "x,y", 20, (i) => `${i},${3 * i + 0.5}`],
    ["y = 3 x + 0.5 on 60 rows", "x,y", 60, (i) => `${i},${3 * i + 0.5}`],
    ["y = 2 x - 1 on 6 rows", "x,y", 6, (i) => `${i - 1},${2 * (i - 1) - 1}`],
    ["y = -x / 7 + 1000", "x,y", 30, (i) => `${i},${1000 - i / 7}`],
    ["y = 2 a - 3 b", "a,b,y", 40, (i) => `${i / 4},${(i * 13) % 11},${i / 2 - 3 * ((i * 13) % 11)}`],
  ])("%s", (_, header, count, row) => {
    write(header, count, row);
    for (const seed of ["1", "2", "3", "4", "5"]) {
      expect(train("--seed", seed).scores.r2).toBeGreaterThan(0.95);
      expect(place.json("evaluate", "model.safetensors", "t.csv").scores.r2).toBeGreaterThan(0.95);
    }
  });
});
