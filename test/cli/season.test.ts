import { describe, expect, it } from "vitest";
import { naive, seasonOf } from "../../cli/season.js";
import { Random } from "../support/random.js";

const random = new Random(11);
const noise = (size: number): number => size * (random.integer(2001) / 1000 - 1);
const series = (rows: number, of: (row: number) => number): Float64Array =>
  Float64Array.from({ length: rows }, (_, row) => of(row));
const wave = (row: number, length: number): number => Math.sin((2 * Math.PI * row) / length);

describe("a season is found", () => {
  it.each<[what: string, rows: number, of: (row: number) => number, known: number[], season: number]>([
    ["in a wave with noise", 200, (row) => wave(row, 12) + noise(0.5), [], 12],
    ["on a line that rises more in a season than the wave is high", 200, (row) => row + wave(row, 9), [], 9],
    ["of two rows", 100, (row) => (row % 2) + noise(0.2), [], 2],
    ["of two and a half turns", 100, (row) => wave(row, 40), [], 40],
    ["of the shorter of two that are as good", 300, (row) => wave(row, 7) + noise(0.1), [], 7],
    [
      "of the longer one, where the shorter is not as good",
      400,
      (row) => wave(row, 6) + 2 * Number(row % 24 < 4),
      [],
      24,
    ],
    ["that the calendar has, nearby", 1000, (row) => wave(row, 365.25) + noise(0.4), [7, 365], 365],
    ["that the calendar has not, where none is near", 300, (row) => wave(row, 20), [7, 24], 20],
  ])("%s", (_, rows, of, known, season) => {
    expect(seasonOf(series(rows, of), known)).toBe(season);
  });

  it.each<[what: string, rows: number, of: (row: number) => number]>([
    ["a line", 100, (row) => 3 * row],
    ["one value", 100, () => 5],
    ["noise", 200, () => noise(1)],
    ["a wave that does not come round two and a half times", 100, (row) => wave(row, 45)],
    ["a few rows", 3, (row) => row % 2],
  ])("and none in %s", (_, rows, of) => {
    expect(seasonOf(series(rows, of), [])).toBeUndefined();
  });
});

describe("a naive forecast", () => {
  const values = [1, 2, 3, 4, 5, 6, 7, 8];
  it.each([
    ["the last value", "last", [6, 6, 6, 6]],
    ["the value a season before, again and again", "season", [4, 5, 6, 4]],
    ["the mean", "mean", [9, 9, 9, 9]],
  ] as const)("is %s, and looks at no row from the origin on", (_, base, expected) => {
    const forecast = [0, 1, 2, 3].map((ahead) => naive(values, 6, ahead, { base, season: 3, mean: 9 }));
    expect(forecast).toEqual(expected);
  });
});
