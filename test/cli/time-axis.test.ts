import { describe, expect, it } from "vitest";
import { areMonths, dateAxis, TimeError, type TimeFormat, timeOf } from "../../cli/time-axis.js";

const axis = (cells: readonly string[], format: TimeFormat = "iso") =>
  dateAxis(
    "when",
    Float64Array.from(cells, (cell) => timeOf(cell, format) ?? Number.NaN),
    format,
  );

describe("the times of a series", () => {
  it.each<[cells: string[], step: string, seasons: number[], next: string[]]>([
    [["2024-01-30", "2024-01-31", "2024-02-01"], "days", [7, 365], ["2024-02-02", "2024-02-03"]],
    [["2024-01-31", "2024-02-29", "2024-03-31"], "months", [12], ["2024-04-30", "2024-05-31"]],
    [["2023-11-15", "2023-12-15", "2024-01-15"], "months", [12], ["2024-02-15", "2024-03-15"]],
    [["2023-03-31", "2023-06-30", "2023-09-30"], "quarters", [4], ["2023-12-31", "2024-03-31"]],
    [["2022-03-01", "2023-03-01", "2024-03-01"], "years", [], ["2025-03-01"]],
    [["2024-01-01", "2024-03-01", "2024-05-01"], "2 months", [6], ["2024-07-01"]],
    [["2024-01-05", "2024-02-02", "2024-03-01", "2024-03-29"], "every 4 weeks", [13], ["2024-04-26"]],
    [["2024-01-01", "2024-01-08", "2024-01-15"], "weeks", [52], ["2024-01-22"]],
    [
      ["2024-01-01 22:00", "2024-01-01 23:00", "2024-01-02 00:00"],
      "hours",
      [24, 168, 8760, 8766],
      ["2024-01-02 01:00"],
    ],
    [
      ["2024-01-01 00:00:00", "2024-01-01 00:00:10", "2024-01-01 00:00:20"],
      "every 10 seconds",
      [360, 8640, 60_480, 3_153_600, 3_155_760],
      ["2024-01-01 00:00:30"],
    ],
    [
      ["2024-01-04", "2024-01-05", "2024-01-08", "2024-01-09", "2024-01-10", "2024-01-12"],
      "working days",
      [5],
      ["2024-01-15", "2024-01-16"],
    ],
  ])("%j are %s", (cells, step, seasons, next) => {
    const found = axis(cells);
    expect([found.step, found.seasons, found.next(next.length)]).toEqual([step, seasons, next]);
  });

  it("may be months without days", () => {
    expect(areMonths(["2023-11", "2023-12"])).toBe(true);
    for (const cells of [[], ["2023-13"], ["2023-11", "x"], ["2023-11-01"]])
      expect(areMonths(cells)).toBe(false);
    expect(axis(["2023-11", "2023-12"], "month").next(2)).toEqual(["2024-01", "2024-02"]);
  });

  it.each<[what: string, cells: string[], row: number, count: number, message: string]>([
    [
      "rows are missing",
      ["2024-01-01", "2024-01-02", "2024-01-04", "2024-01-05", "2024-01-09"],
      2,
      2,
      "expected 2024-01-03 after 2024-01-02, for the rows are days, got 2024-01-04",
    ],
    [
      "a month is missing",
      ["2024-01-01", "2024-02-01", "2024-04-01", "2024-05-01"],
      2,
      1,
      "expected 2024-03-01 after 2024-02-01, for the rows are months, got 2024-04-01",
    ],
    [
      "a row comes twice",
      ["2024-01-01", "2024-01-01"],
      1,
      1,
      "expected dates in ascending order, each once, got 2024-01-01 after 2024-01-01",
    ],
    [
      "a row comes too late",
      ["2024-01-01", "2024-01-03", "2024-01-02"],
      2,
      1,
      "expected dates in ascending order, each once, got 2024-01-02 after 2024-01-03",
    ],
  ])("are an error where %s", (_, cells, row, count, message) => {
    let error: unknown;
    try {
      axis(cells);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(TimeError);
    expect(error).toMatchObject({ row, count, message });
  });
});
