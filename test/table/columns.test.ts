import { describe, expect, it } from "vitest";
import { ValueError } from "../../src/index.js";
import { type FindColumnsOptions, findColumns, readTable, TableError } from "../../src/table.js";

/** What is found about a table with one column of these cells. */
const found = async (cells: readonly (string | number)[], options: FindColumnsOptions = {}) => {
  const table = await readTable(
    cells.map((cell) => `${JSON.stringify(String(cell))};x\n`),
    {
      delimiter: ";",
      columnNames: ["a", "b"],
    },
  );
  return findColumns(table, options).columns[0];
};
const repeat = <Value>(values: readonly Value[], times: number) =>
  Array.from({ length: times }, () => values).flat();
const count = <Value>(n: number, value: (i: number) => Value) =>
  Array.from({ length: n }, (_, i) => value(i));

describe("findColumns finds", () => {
  const kinds: [string, readonly (string | number)[], string, RegExp][] = [
    ["numbers", ["1.5", "-2", "3e2", ".5"], "number", /^is 4 different numbers$/],
    [
      "numbers with gaps",
      ["1.5", "NA", "", "-", "?", "null", "N/A", "2"],
      "number",
      /^is 2 different numbers$/,
    ],
    [
      "numbers among which words say that there is none",
      ["1", "5", "unknown"],
      "number",
      /unknown count as missing/,
    ],
    ["decimal commas", ["1,5", "2,25", "3"], "number", /with decimal commas/],
    ["thousands", ["1,500", "12,000,000", "7"], "number", /with "," between thousands/],
    ["both", ["1.500,5", "12.000,25", "7,0"], "number", /decimal commas and "\." between thousands/],
    ["spaces between thousands", ["1 500", "12\u00a0000.5"], "number", /with " " between thousands/],
    ["prices", ["$1,500", "$7.5"], "number", /the sign \$/],
    ["few whole numbers in many rows", repeat([1, 2, 3], 10), "number", /few enough to be categories, too/],
    [
      "categories",
      ["red", "green", "red", "blue", "red"],
      "category",
      /^is 3 categories such as "red", "green", "blue"$/,
    ],
    ["codes with leading zeros", ["007", "010", "007"], "category", /leading zeros such as 007/],
    ["None, which may be a class", ["None", "Minor", "None"], "category", /^is 2 categories/],
    ["yes and no", ["yes", "no", "yes"], "yesNo", /^is yes or no$/],
    ["0 and 1", ["0", "1", "1"], "yesNo", /^is 0 or 1$/],
    ["numbers but one", ["1", "2", "3", "4b", "4b"], "category", /first other is "4b" on line 4/],
    [
      "numbers with a remark, one cell in twenty at most",
      [...count(20, (i) => i * 1.5), "see note"],
      "number",
      /^is 20 different numbers; see note count as missing$/,
    ],
    [
      "no numbers where every tenth cell is none",
      [
        ...repeat(
          count(9, (i) => i * 1.5),
          2,
        ),
        "low",
        "low",
      ],
      "category",
      /first other is "low"/,
    ],
    ["ISO dates", ["2024-01-31", "2024-02-01"], "date", /^is a date \(iso\)$/],
    ["ISO dates with times", ["2024-01-31T10:30:00Z", "2024-02-01 23:59"], "date", /iso/],
    ["names of months", ["Jun 12 1998", "December 1, 2001"], "date", /month-name-first/],
    ["names of months behind the day", ["12 Jun 1998", "01-Dec-01"], "date", /day-month-name/],
    ["days before months", ["12.06.1998", "31.1.2001"], "date", /day\.month\.year/],
    [
      "months before days, by values above 12",
      ["06/12/1998", "06/13/1998"],
      "date",
      /^is a date \(month\/day\/year\)$/,
    ],
    [
      "days before months, by values above 12",
      ["12/06/1998", "13/06/1998"],
      "date",
      /^is a date \(day\/month\/year\)$/,
    ],
    ["dates of either order", ["06/12/1998", "05/11/1998"], "date", /could be day\/month\/year, too/],
    ["times of day", ["10:30", "23:59:59", "1:05"], "date", /time/],
    [
      "text",
      count(30, (i) => `a sentence about ${i}`),
      "text",
      /^is text, another word in 30 rows; columns: \{ "a": "words" \} uses its words$/,
    ],
    ["words that are unique", count(30, (i) => `k${i}x`), "identifier", /^is another word in each row$/],
    [
      "words that nearly all differ",
      [...count(60, (i) => `k${i}x`), "k1x", "k2x"],
      "identifier",
      /^is 60 different words in 62 rows$/,
    ],
    ["a running number", count(30, (i) => i + 1), "identifier", /^is a running number from 1 to 30$/],
    ["the same in all rows", ["x", "x", "x"], "constant", /^is "x" in all rows$/],
    ["nothing", ["", "NA", ""], "constant", /^is empty in all rows$/],
  ];
  it.each(kinds)("%s", async (_, cells, kind, reason) => {
    const finding = await found(cells);
    expect([finding.kind, finding.used]).toEqual([kind, !["text", "identifier", "constant"].includes(kind)]);
    expect(finding.reason).toMatch(reason);
  });

  it("no epochs and no dates that do not exist", async () => {
    expect((await found(["1706659200", "1706745600", "1706745600"])).kind).toBe("number");
    expect((await found(["2024-02-30", "2024-02-01", "2024-02-01"])).kind).toBe("category");
  });

  it("a point before three digits to be one before decimals, unless another column has decimal commas", async () => {
    const formats = async (text: string) =>
      findColumns(await readTable(text)).columns.map(({ numberFormat }) => numberFormat);
    expect(await formats("a;b\n1.250;2\n3.500;4\n")).toEqual([{}, {}]);
    expect(await formats("a;b\n1.250;2,5\n3.500;4\n")).toEqual([
      { decimal: ",", group: "." },
      { decimal: "," },
    ]);
    expect(await formats("a;b\n0.250;2,5\n3.500;4\n")).toEqual([{}, { decimal: "," }]);
  });

  it("a running number to learn from where there is no other column", async () => {
    const text = ["x,y", ...count(30, (i) => `${i},${i * i}`)].join("\n");
    const options = { target: "y" };
    const [alone] = findColumns(await readTable(text), options).columns;
    expect(alone).toMatchObject({ kind: "number", used: true });
    expect(alone.reason).toBe("is a running number from 0 to 29, used since no other column is");
    const lines = ["x,y,z", ...count(30, (i) => `${i},${i * i},${(i * 7) % 11}.5`)].join("\n");
    const [beside] = findColumns(await readTable(lines), options).columns;
    expect(beside).toMatchObject({ kind: "identifier", used: false });
  });

  it("an identifier by its name, of whole numbers that all differ", async () => {
    const table = await readTable("customer_id,population\n907,1500\n112,7\n431,30\n");
    expect(findColumns(table).columns.map(({ kind }) => kind)).toEqual(["identifier", "number"]);
  });
});

describe("findColumns takes", () => {
  it("other kinds for columns", async () => {
    expect((await found([1, 2, 3, 1], { columns: { a: "category" } })).kind).toBe("category");
    expect(await found(["007", "010"], { columns: { a: "number" } })).toMatchObject({
      kind: "number",
      used: true,
    });
    expect(await found([1, 2, 5], { columns: { a: "identifier" } })).toMatchObject({ used: false });
  });

  it("formats of dates, epochs too", async () => {
    const epoch = await found([0, 86400], { dateFormat: { a: "epoch-seconds" } });
    expect(epoch).toMatchObject({ kind: "date", dateFormat: "epoch-seconds", used: true });
    const days = await found(["06/12/1998", "05/11/1998"], { dateFormat: "day/month/year" });
    expect(days.dateFormat).toBe("day/month/year");
  });

  it("words that stand for no value", async () => {
    expect((await found(["1", "2", "n.a."], { missing: ["n.a."] })).kind).toBe("number");
  });

  it("columns to leave out, which are still looked at", async () => {
    expect(await found([1, 2, 5], { ignore: ["a"] })).toMatchObject({
      kind: "number",
      used: false,
      reason: "is left out as asked",
    });
  });

  it("no columns that are not there: all are named, with those that were meant", async () => {
    const table = await readTable("age,Cost Total $\n1,2\n2,3\n", { name: "t.csv" });
    expect(() =>
      findColumns(table, { target: "Age", ignore: ["Cost Total"], columns: { zip: "category" } }),
    ).toThrow(
      new TableError("findColumns", "t.csv", [
        { message: 'expected a column "Age", got none', remedy: 'did you mean "age"?', count: 1 },
        {
          message: 'expected a column "Cost Total", got none',
          remedy: 'did you mean "Cost Total $"?',
          count: 1,
        },
        { message: 'expected a column "zip", got none', remedy: "it has age, Cost Total $", count: 1 },
      ]),
    );
  });

  it("no cells of another kind than is asked for", async () => {
    const table = await readTable("a,b\n1,2024-01-01\nx,2024-13-01\n");
    const wrong = () => findColumns(table, { columns: { a: "number", b: "date" } });
    expect(wrong).toThrow(/line 3: column a: expected numbers as asked, got "x"/);
    expect(wrong).toThrow(/line 3: column b: expected dates \(iso\), got "2024-13-01"/);
  });

  it("no unknown kinds, formats and options", async () => {
    for (const options of [{ columns: { a: "sentence" } }, { dateFormat: "YYYY" }, { targets: "a" }])
      await expect(found([1, 2], options as never)).rejects.toThrow(ValueError);
  });
});

describe("findColumns finds a target", () => {
  const target = async (cells: readonly (string | number)[], options: FindColumnsOptions = {}) => {
    const table = await readTable(
      cells.map((cell) => `${cell},x\n`),
      { columnNames: ["a", "b"] },
    );
    return findColumns(table, { target: "a", ...options }).target;
  };

  const tasks: [string, readonly (string | number)[], string, readonly string[] | undefined][] = [
    ["words are classes", ["b", "a", "b"], "classification", ["a", "b"]],
    ["None is a class among words", ["None", "a", "None"], "classification", ["None", "a"]],
    [
      "few whole numbers are classes, in their order",
      repeat([10, 9, 2], 3),
      "classification",
      ["2", "9", "10"],
    ],
    ["many numbers are values", count(30, (i) => i * i), "regression", undefined],
    ["numbers with decimals are values", repeat([0.5, 1.5, 2.5], 9), "regression", undefined],
    ["codes are classes", ["007", "010", "007", "010"], "classification", ["007", "010"]],
  ];
  it.each(tasks)("%s", async (_, cells, task, labels) => {
    const found = await target(cells);
    expect([found?.task, found?.labels]).toEqual([task, labels]);
  });

  it("and leaves out rows without one, which it counts", async () => {
    const found = await target(["1.5", "NA", "2.5", "unknown", "3.5", ""]);
    expect([Array.from(found?.rows ?? []), found?.missing]).toEqual([[0, 2, 4], 3]);
    expect(found?.reason).toMatch(/3 rows without it are left out$/);
  });

  it("of the task that is asked for", async () => {
    expect((await target(repeat([1, 2, 3], 9), { task: "regression" }))?.task).toBe("regression");
    await expect(target(["1", "b", "2"], { task: "regression" })).rejects.toThrow(
      /expected numbers for a regression, got "b" on line 2/,
    );
  });

  it("unless there is nothing to learn", async () => {
    await expect(target([7, 7, 7])).rejects.toThrow(/is 7 in all 3 rows, so there is nothing to learn/);
    await expect(target(["a", "a"])).rejects.toThrow(/expected at least 2 classes, got 1 \(a\)/);
    await expect(target(["", "NA"])).rejects.toThrow(/expected values, got none in any row/);
    await expect(target(count(50, (i) => `k${i}`))).rejects.toThrow(/too many for classes.*the option task/);
  });
});
