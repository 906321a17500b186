import { describe, expect, it } from "vitest";
import { type Encoding, encodeRecords, ValueError } from "../../src/index.js";
import { encodeTable, findColumns, planEncoding, readTable } from "../../src/table.js";

const repeat = (text: string, times: number) => text.repeat(times);

/** FNV-1a of 32 bits in integers of any size. */
const hash = (word: string): number => {
  const step = (sum: bigint, unit: string) =>
    BigInt.asUintN(32, (sum ^ BigInt(unit.charCodeAt(0))) * 16777619n);
  return Number(word.split("").reduce(step, 2166136261n));
};

/** A row of features, rounded: float32 has seven digits. */
const rounded = (values: Float32Array) => Array.from(values, (value) => Math.round(value * 1e6) / 1e6 + 0);

describe("planEncoding", () => {
  it("gives numbers the median, mean and deviation of the training rows, and says where one was missing", async () => {
    const table = await readTable('a\n1\n2\n""\n9\n1000\n', {});
    const encoding = planEncoding(table, findColumns(table), [0, 1, 2, 3]);
    expect(encoding.columns).toEqual([
      {
        name: "a",
        kind: "number",
        features: [
          { of: "value", median: 2, mean: 4, deviation: Math.sqrt(38 / 3), limit: 4 },
          { of: "missing" },
        ],
      },
    ]);
    const z = (x: number) => Math.round(((x - 4) / Math.sqrt(38 / 3)) * 1e6) / 1e6;
    // The last row is far from those that the encoding was planned on: it is held within the limit.
    expect(rounded(encodeTable(encoding, table))).toEqual([z(1), 0, z(2), 0, z(2), 1, z(9), 0, 4, 0]);
  });

  it("gives skewed numbers a logarithm, too", async () => {
    const table = await readTable(`a\n${repeat("1.5\n2\n3\n", 20)}1000000\n`);
    const [{ features }] = planEncoding(table, findColumns(table)).columns;
    expect(features.map(({ of }) => of)).toEqual(["value", "log"]);
  });

  it("gives each category a feature, rare ones one together, and one for no value", async () => {
    const table = await readTable(
      `a,b\n${repeat("x,1.5\n", 12)}${repeat("y,2.5\n", 10)}z,3.5\nw,4.5\n,5.5\n`,
    );
    const encoding = planEncoding(table, findColumns(table, { ignore: ["b"] }));
    expect(encoding).toEqual({
      columns: [
        {
          name: "a",
          kind: "category",
          features: [{ of: "categories", values: ["x", "y"], rare: true, missing: true }],
        },
      ],
      others: ["b"],
    });
    const row = (a: string | null) => rounded(encodeRecords(encoding, [{ a }]));
    expect(["x", "y", "z", "unseen", null].map(row)).toEqual([
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ]);
  });

  it("gives a category that training never saw no feature where there were no rare ones", async () => {
    const table = await readTable(`a\n${repeat("x\ny\n", 12)}`);
    const encoding = planEncoding(table, findColumns(table));
    expect(rounded(encodeRecords(encoding, [{ a: "unseen" }, { a: null }]))).toEqual([0, 0, 0, 0]);
  });

  it("takes few whole numbers as numbers and as categories, however they are written", async () => {
    const table = await readTable(`a\n${repeat("1\n2\n3\n", 12)}`);
    const encoding = planEncoding(table, findColumns(table));
    const three = encodeRecords(encoding, [{ a: 3 }, { a: "3" }, { a: "3.0" }]);
    const z = Math.round(Math.sqrt(1.5) * 1e6) / 1e6;
    expect(rounded(three)).toEqual([z, 0, 0, 1, z, 0, 0, 1, z, 0, 0, 1]);
  });

  it("gives the parts of dates that vary, those that repeat as points on a circle, too", async () => {
    const table = await readTable("a\n2023-01-01\n2024-07-01\n2024-01-01\n2023-07-01\n");
    const encoding = planEncoding(table, findColumns(table));
    const [{ features }] = encoding.columns;
    expect(features.map((feature) => ("part" in feature ? `${feature.part} circle` : feature.of))).toEqual([
      "year",
      "month",
      "month circle",
      "dayOfWeek",
      "dayOfWeek circle",
      "dayOfYear",
      "dayOfYear circle",
    ]);
    // January and July are opposite: the sine and the cosine of 0 and of half a turn.
    const circle = (date: string) => rounded(encodeRecords(encoding, [{ a: date }]).subarray(2, 4));
    expect([circle("2030-01-31"), circle("2030-07-31")]).toEqual([
      [0, 1],
      [0, -1],
    ]);
    expect(rounded(encodeRecords(encoding, [{ a: new Date(Date.UTC(2024, 6, 1)) }]))).toEqual(
      rounded(encodeRecords(encoding, [{ a: "2024-07-01" }])),
    );
  });

  it("reads years of two digits as those of 1969 to 2068", async () => {
    const table = await readTable("a\n1.1.1970\n2.1.2001\n3.2.2068\n");
    const encoding = planEncoding(table, findColumns(table));
    const encoded = (...dates: string[]) =>
      rounded(
        encodeRecords(
          encoding,
          dates.map((a) => ({ a })),
        ),
      );
    expect(encoded("1.1.70", "2.1.01", "3.2.68")).toEqual(encoded("1.1.1970", "2.1.2001", "3.2.2068"));
  });

  it("gives text its words in buckets where it is asked to", async () => {
    const table = await readTable('a\n"Good, good food!"\n""\nbad food\n');
    const options = { columns: { a: "words" } } as const;
    const encoding = planEncoding(table, findColumns(table, options));
    expect(encoding.columns).toEqual([
      { name: "a", kind: "words", features: [{ of: "words", buckets: 256 }, { of: "missing" }] },
    ]);
    const words = ["good", "food", "bad"].map((word) => ({
      at: hash(word) % 256,
      sign: hash(word) >>> 31 ? 1 : -1,
    }));
    const row = (counts: number[], missing: number) => {
      const features = new Float32Array(257);
      counts.forEach((count, i) => {
        features[words[i].at] = words[i].sign * Math.log(1 + count);
      });
      features[256] = missing;
      return rounded(features);
    };
    const encoded = encodeTable(encoding, table);
    const rows = [0, 1, 2].map((i) => rounded(encoded.subarray(257 * i, 257 * (i + 1))));
    expect(rows).toEqual([row([2, 1], 0), row([], 1), row([0, 1, 1], 0)]);
    const records = encodeRecords(encoding, [{ a: "GOOD; food? good" }, { a: null }, { a: "food bad" }]);
    expect(records).toEqual(encoded);
  });

  it("hashes words by FNV-1a: letters and digits of every script, composed or not", async () => {
    // The vectors of its authors: http://www.isthe.com/chongo/src/fnv/test_fnv.c
    expect(["a", "foobar"].map(hash)).toEqual([0xe40c292c, 0xbf9cf968]);
    const bucketsOf = (a: string) => {
      const encoding: Encoding = {
        columns: [{ name: "a", kind: "words", features: [{ of: "words", buckets: 997 }] }],
      };
      const features = encodeRecords(encoding, [{ a }]);
      return [...features.keys()].filter((i) => features[i] !== 0);
    };
    const expected = (...words: string[]) => words.map((word) => hash(word) % 997).sort((a, b) => a - b);
    expect(bucketsOf("a foobar")).toEqual(expected("a", "foobar"));
    expect(bucketsOf("Room 101's view")).toEqual(expected("room", "101", "s", "view"));
    expect(bucketsOf("Caf\u00e9 STRA\u1e9eE")).toEqual(expected("caf\u00e9", "stra\u00dfe"));
    expect(bucketsOf("Cafe\u0301")).toEqual(expected("caf\u00e9"));
    expect(bucketsOf("\u0939\u093f\u0928\u094d\u0926\u0940")).toEqual(
      expected("\u0939\u093f\u0928\u094d\u0926\u0940"),
    );
    expect(bucketsOf(" \u2014 !? ")).toEqual([]);
  });

  it("leaves out what does not vary, and throws where nothing is left", async () => {
    const table = await readTable("a,b\nx,1\nx,1\nx,1\n", { name: "t.csv" });
    expect(() => planEncoding(table, findColumns(table))).toThrow(
      'planEncoding: t.csv: expected a column to learn from, got none: a is "x" in all rows; b is "1" in all rows',
    );
  });
});

describe("encodeRecords", () => {
  const plan = async (): Promise<Encoding> => {
    const table = await readTable(
      `sex,age,born,name\n${repeat("male,30.5,2001-02-03,A B\nfemale,,2002-03-04,C D\n", 12)}`,
    );
    const planned = planEncoding(table, findColumns(table, { ignore: ["name"] }));
    // As it comes from a file.
    return JSON.parse(JSON.stringify(planned));
  };

  it("gives what encodeTable gives for the same cells", async () => {
    const table = await readTable(
      "sex;age;born\nmale;1,5;12.06.1998\n;2,5;\nfemale;NA;13.07.1999\nmale;7;1.1.2001\n",
    );
    const encoding = planEncoding(table, findColumns(table));
    const records = Array.from({ length: table.rows }, (_, row) => table.record(row));
    expect(encodeRecords(encoding, records)).toEqual(encodeTable(encoding, table));
  });

  it("takes null, undefined and NaN as missing, and columns that are not used", async () => {
    const encoding = await plan();
    const missing = [null, undefined, Number.NaN, "", "NA"].map((age) =>
      Array.from(encodeRecords(encoding, [{ sex: "male", age, born: "2001-02-03", name: "E F" }])),
    );
    for (const each of missing) expect(each).toEqual(missing[0]);
  });

  it("names every field that is missing or unknown, with the one that was meant", async () => {
    const encoding = await plan();
    expect(() => encodeRecords(encoding, [{ Sex: "male", age: 3, colour: "red" }])).toThrow(
      'encodeRecords expected records with the fields "sex", "age", "born": "sex" is missing in record 0; "born" is missing in record 0; "Sex" in record 0 is unknown (did you mean "sex"?); "colour" in record 0 is unknown',
    );
  });

  it("names the record and the field of a value of a wrong type", async () => {
    const { columns, others } = await plan();
    const words = { name: "note", kind: "words", features: [{ of: "words", buckets: 4 }] } as const;
    const encoding = { columns: [...columns, words], others: others ?? [] };
    const good = { sex: "male", age: 3, born: "2001-02-03", note: "nice" };
    const refused: [object, string][] = [
      [{ age: "three" }, 'record 1, field "age": expected a number or null, got "three"'],
      [{ sex: { is: "male" } }, 'record 1, field "sex": expected text, a number, true, false or null'],
      [{ note: ["nice"] }, 'record 1, field "note": expected text, a number, true, false or null'],
      [{ born: "03.02.2001" }, 'record 1, field "born": expected a date (iso)'],
    ];
    for (const [wrong, message] of refused)
      expect(() => encodeRecords(encoding, [good, { ...good, ...wrong }])).toThrow(message);
    for (const wrong of [7, [7], [[1, 2]], [null], [undefined]])
      expect(() => encodeRecords(encoding, wrong as never)).toThrow(ValueError);
  });
});

it("encodeTable names every column that is not there, and the line of a cell that is wrong", async () => {
  const table = await readTable(`a,b\n${repeat("1.5,x\n2.5,y\n", 12)}`);
  const encoding = planEncoding(table, findColumns(table));
  await expect(async () => encodeTable(encoding, await readTable("b,c\nx,1\n"))).rejects.toThrow(
    'expected a column "a", got b, c',
  );
  const wrong = await readTable("b,a\nx,1.5\nx,many\n");
  expect(() => encodeTable(encoding, wrong)).toThrow(/line 3: column a: expected a number, got "many"/);
});
