import { mkdirSync } from "node:fs";
import { bytePairVocabulary, characterVocabulary, wordVocabulary } from "lanewise/text";
import { describe, expect, it } from "vitest";
import { dataKind } from "../../cli/data-kind.js";
import { isProse, readText } from "../../cli/text-file.js";
import {
  batchesOf,
  frequencyBits,
  heldOutOf,
  knownText,
  roundOf,
  roundsOf,
  type TextParts,
} from "../../cli/text-windows.js";
import { Workplace } from "./program.js";

const place = new Workplace();

/** Token i is i: a window says where it stands. */
const partsOf = (length: number, border: number, window: number): TextParts => ({
  tokens: Uint32Array.from({ length }, (_, i) => i),
  border,
  window,
});

describe("the windows of a pass", () => {
  const parts = partsOf(2000, 1700, 32);
  const pass = (round: number, seed = 1, rounds = 1) =>
    [...roundOf(parts, 8, { round, rounds, seed })].map(([x, y]) => [x as Float32Array, y as Int32Array]);
  const starts = (round: number, seed = 1, rounds = 1): number[] =>
    pass(round, seed, rounds).flatMap(([x]) => Array.from({ length: x.length / 32 }, (_, i) => x[i * 32]));

  it("are next to each other, each once, within what is learned from, and their targets one token on", () => {
    for (let round = 0; round < 20; round++)
      for (const [x, y] of pass(round)) {
        expect(x.length).toBe(8 * 32);
        expect(y).toEqual(Int32Array.from(x, (token) => token + 1));
        for (let i = 0; i < 8; i++)
          expect([...x.subarray(i * 32, i * 32 + 32)]).toEqual(
            Array.from({ length: 32 }, (_, j) => x[i * 32] + j),
          );
        expect(Math.max(...y)).toBeLessThan(1700);
      }
    const found = starts(0).sort((a, b) => a - b);
    expect(new Set(found).size).toBe(found.length);
    expect(new Set(found.map((start) => start % 32)).size).toBe(1);
    // 53 windows or 52 are 6 whole batches of 8.
    expect(found).toHaveLength(48);
    expect(batchesOf(parts, 8)).toBe(6);
  });

  it("are others in each pass and for each seed, and the same again", () => {
    expect(starts(0)).toEqual(starts(0));
    expect(new Set([0, 1, 2, 3, 4].map((round) => starts(round)[0] % 32)).size).toBeGreaterThan(2);
    expect(starts(0, 2)).not.toEqual(starts(0));
    expect(starts(0)).not.toEqual([...starts(0)].sort((a, b) => a - b));
  });

  it("are in one of the rounds of a pass", () => {
    const [one, two] = [starts(4, 1, 2), starts(5, 1, 2)];
    expect(new Set([...one, ...two]).size).toBe(one.length + two.length);
    expect(one[0] % 32).toBe(two[0] % 32);
    expect(roundsOf(partsOf(10, 5, 2))).toBe(1);
    expect(roundsOf({ tokens: new Uint32Array(), border: (1 << 20) + 1, window: 2 })).toBe(2);
  });

  it("are one small batch where no whole one is there, and fit in exactly", () => {
    const exact = partsOf(40, 33, 32);
    const [[x, y], ...others] = [...roundOf(exact, 8, { round: 0, rounds: 1, seed: 1 })];
    expect(others).toEqual([]);
    expect([(x as Float32Array)[0], (y as Int32Array)[31]]).toEqual([0, 32]);
  });
});

describe("what is held out", () => {
  it("counts each token once, with half a window before it", () => {
    const held = heldOutOf(partsOf(200, 100, 8));
    const [x, y, weights] = held?.data ?? [];
    const counted = Array.from(y ?? []).filter((_, i) => weights?.[Math.floor(i / 8)][i % 8] === 1);
    expect(counted).toEqual(Array.from(held?.scored ?? []));
    expect(counted).toEqual(Array.from({ length: 92 }, (_, i) => 105 + i));
    expect(y).toEqual(Int32Array.from(x ?? [], (token) => token + 1));
    expect(x?.[0]).toBe(100);
    expect(held?.factor).toBe(2);
    expect(heldOutOf(partsOf(109, 100, 8))?.scored).toHaveLength(4);
    expect(heldOutOf(partsOf(108, 100, 8))).toBeUndefined();
    expect(heldOutOf(partsOf(120, 100, 9))?.factor).toBeCloseTo(9 / 5, 12);
  });

  it("has a baseline: how often each character occurs, and one of each more", () => {
    expect(frequencyBits("aab", "ab")).toBeCloseTo((Math.log2(6 / 3) + Math.log2(6 / 2)) / 2, 12);
    expect(frequencyBits("aab", "c")).toBeCloseTo(Math.log2(6), 12);
  });
});

it("a text is known but for what a vocabulary lacks", () => {
  expect(knownText(characterVocabulary("abc"), "aXbXYc")).toEqual({ known: "abc", lacking: ["X", "Y"] });
  expect(knownText(characterVocabulary("abc", { unknown: true }), "aX")).toEqual({
    known: "aX",
    lacking: ["X"],
  });
  expect(knownText(bytePairVocabulary("abc"), "☃")).toEqual({ known: "☃", lacking: [] });
  expect(knownText(wordVocabulary("the cat"), "The dog")).toEqual({ known: "The dog", lacking: ["dog"] });
});

describe("a file of text", () => {
  const at = (name: string, content: string | Uint8Array): string => place.path(place.file(name, content));

  it.each<[name: string, content: string | Uint8Array, prose: boolean]>([
    ["a.txt", "Once upon a time\nthere was, they say, a king.\n", true],
    ["b.txt", "a,b\n1,2\n3,4\n", false],
    ["tabs.txt", "a b\tc d\n1\t2\n", false],
    ["quotes.txt", 'a,b\n"x, y",2\nz,"4"\n', false],
    ["c.md", "# 1\n\n- 2\n", true],
    ["book", "Once upon a time there was a king\n", true],
    ["program", "for (;;) { x[i++] = y[i] * 3; }\n", false],
    ["word", "Once", false],
    ["d.csv", "Once upon a time\nthere was\n", false],
    ["e.bin", "Once upon a time\0\n", false],
    ["f.txt", Buffer.from("\ufeffOnce upon a time\n", "utf16le"), true],
  ])("%s %j is prose: %s", (name, content, prose) => {
    expect(isProse(at(name, content))).toBe(prose);
    expect(dataKind(place.path(name), {})).toBe(prose ? "text" : "table");
  });

  it("is what the options say before what its name says", () => {
    const path = at("g.txt", "Once upon a time\n");
    expect(dataKind(path, { target: "x" })).toBe("table");
    expect(dataKind(path, { target: "x", forecast: "3" })).toBe("series");
    expect(dataKind(at("h.csv", "a,b\n1,2\n"), { tokens: "characters" })).toBe("text");
    for (const none of ["-", place.path("none.txt")]) expect(dataKind(none, {})).toBe("table");
    mkdirSync(place.path("folder.txt"));
    expect(dataKind(place.path("folder.txt"), {})).toBe("table");
  });

  it("is read with ends of lines as \\n, in both orders of UTF-16, without its mark", async () => {
    const wide = Buffer.from("\ufeffé\r\nb\rc\n", "utf16le");
    for (const bytes of [wide, Buffer.from(wide).swap16(), "\ufeffé\r\nb\rc\n"])
      expect(await readText(at("wide.txt", bytes), undefined)).toBe("é\nb\nc\n");
    await expect(readText(place.path("folder.txt"), undefined)).rejects.toThrow(
      "expected a file of text, got a fol",
    );
  });
});
