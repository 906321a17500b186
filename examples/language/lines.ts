import { readFileSync } from "node:fs";

/** A piece of a text, and the language that it is in. */
export interface Line {
  readonly language: string;
  readonly text: string;
}

/** The most characters of a line. */
export const LONGEST = 50;
/** Of four paragraphs of a language the last is for the test. */
const EVERY = 4;

/** The Universal Declaration of Human Rights in nine languages, as lines: see data/README.md. */
export function readLines(): { training: Line[]; test: Line[]; languages: string[] } {
  const file = readFileSync(new URL("data/declaration.tsv", import.meta.url), "utf8");
  const [, ...rows] = file.trimEnd().split("\n");
  const training: Line[] = [];
  const test: Line[] = [];
  const seen = new Map<string, number>();
  for (const row of rows) {
    const [language, paragraph] = row.split("\t");
    const paragraphs = (seen.get(language) ?? 0) + 1;
    seen.set(language, paragraphs);
    const isTest = paragraphs % EVERY === 0;
    // Lines of training begin at every second word: the same words come at other places.
    const words = paragraph.split(" ");
    const texts = isTest ? cut(words) : words.flatMap((_, i) => (i % 2 === 0 ? cut(words.slice(i))[0] : []));
    for (const text of texts) (isTest ? test : training).push({ language, text });
  }
  return { training, test, languages: [...seen.keys()].sort() };
}

/** The words of a paragraph in lines that are full. */
function cut(words: readonly string[]): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of words) {
    if (line && line.length + 1 + word.length > LONGEST) {
      lines.push(line);
      line = "";
    }
    line = (line ? `${line} ${word}` : word).slice(0, LONGEST);
  }
  return line ? [...lines, line] : lines;
}
