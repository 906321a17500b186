import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { asOptions } from "../../cli/library-words.js";

/** Messages of the library name its options; on the command line they name those of the command. */

describe("an option in a message becomes one of the command line", () => {
  it.each([
    ['task: "regression" trains anyway', "--task regression trains anyway"],
    ["the option task says what it is", "--task says what it is"],
    ["no value is above 12; dateFormat says which", "no value is above 12; --date-format says which"],
    ['badRows: "leaveOut" leaves such rows out', "--bad-rows leave-out leaves such rows out"],
    ['classWeights: "balanced" finds more', "--class-weights balanced finds more"],
    ['delimiter: ";" may separate them', "--delimiter ';' may separate them"],
    ['delimiter: "\\t" may separate them', "--delimiter tab may separate them"],
    ['encoding: "utf-16le" reads UTF-16', "--encoding utf-16le reads UTF-16"],
    ['missing: ["none"] takes it', "--missing none takes it"],
    ['missing: ["not known"] takes it', "--missing 'not known' takes it"],
    ['missing: ["a, b"] takes it', "--missing '\"a, b\"' takes it"],
    ['missing: ["say \\"no\\""] takes it', '--missing \'"say ""no"""\' takes it'],
    ['missing: ["[x]"] takes it', "--missing '[x]' takes it"],
    ['missing: ["it\'s"] takes it', "--missing 'it'\\''s' takes it"],
    ['columns: { "zip": "category" } takes it', "--column zip=category takes it"],
    ['columns: { zip: "category" } takes it', "--column zip=category takes it"],
    ['columns: { my note: "words" } uses its words', "--column 'my note=words' uses its words"],
    ['columns: { "a, b": "words" } uses them', "--column '\"a, b=words\"' uses them"],
    ["rows of another length", "rows of another length"],
    ["expected a column, got none", "expected a column, got none"],
  ])("%s", (sentence, expected) => {
    expect(asOptions(sentence)).toBe(expected);
  });
});

describe("no message of src/table keeps an option that the command line writes in another way:", () => {
  const folder = fileURLToPath(new URL("../../src/table", import.meta.url));
  const options =
    "badRows|classWeights|columns|columnNames|comment|dateFormat|decimal|delimiter|encoding|format|ignore|missing|recipe|seed|task";
  /** An option in a text, with its value or with the word option before it, or one that is no English word. */
  const named = new RegExp(
    `\\b(${options}): ?["[{$]|option (${options})\\b|\\b(badRows|classWeights|dateFormat)\\b`,
  );
  /** Comments aside, each string literal and template; a value in a template stands for itself. */
  const textsOf = (source: string): string[] =>
    [
      ...source
        .replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "")
        .matchAll(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g),
    ].map(([text]) =>
      text
        .slice(1, -1)
        .replaceAll('\\"', '"')
        .replace(/\$\{JSON\.stringify\([^}]*\)\}/g, '"value"')
        .replace(/\$\{[^}]*\}/g, "value"),
    );
  const messages = readdirSync(folder).flatMap((name) =>
    textsOf(readFileSync(join(folder, name), "utf8"))
      // Messages have words; a name alone is a key.
      .filter((text) => / /.test(text) && named.test(text))
      .map((text) => [name, text] as const),
  );

  it("there are such messages", () => {
    expect(messages.length).toBeGreaterThan(8);
  });

  it.each(messages)("%s: %s", (_, text) => {
    const translated = asOptions(text);
    expect(translated).toMatch(/--[a-z-]+/);
    expect(translated).not.toMatch(named);
  });
});
