import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { randomNumbers } from "../../cli/random.js";

const WORDS = ["north", "east", "south", "west", "centre", "abroad"];
const CITIES = Array.from({ length: 40 }, (_, i) => `city of number ${i}`);
/** The first and the last day of the dates. */
const DAYS = [Date.UTC(2018, 0, 1), Date.UTC(2023, 11, 31)] as const;

/**
 * Writes a CSV file of 20 columns: eleven numbers (one with gaps, three of whole numbers), five columns of
 * categories, yes or no, a date, a code and a target of two classes, which follows from six of them with some
 * noise. Returns its bytes.
 */
export async function writeLargeTable(file: string, rows: number): Promise<number> {
  const out = createWriteStream(file);
  await pipeline(chunksOf(rows), out);
  return out.bytesWritten;
}

function* chunksOf(rows: number): Generator<string> {
  const names = [
    ...Array.from({ length: 11 }, (_, i) => `number${i}`),
    ...["region", "origin", "channel", "city", "kind", "member", "day", "code", "bought"],
  ];
  yield `${names.join(",")}\n`;
  const random = randomNumbers(1);
  const below = (n: number) => Math.floor(random() * n);
  let chunk = "";
  for (let row = 0; row < rows; row++) {
    const numbers = Array.from({ length: 11 }, (_, i) =>
      i % 4 === 3 ? below(1000) : Math.round(random() * 200_000 - 100_000) / 1000,
    );
    const words = [WORDS[below(6)], WORDS[below(6)], WORDS[below(6)], CITIES[below(40)], WORDS[below(3)]];
    const isMember = random() < 0.5;
    const day = new Date(DAYS[0] + random() * (DAYS[1] - DAYS[0])).toISOString().slice(0, 10);
    const score =
      numbers[0] / 50 +
      (numbers[1] * numbers[2]) / 5000 +
      Number(words[0] === "north") +
      0.7 * Number(isMember) +
      0.3 * Number(words[3].endsWith("7"));
    const cells = [
      ...numbers.map((number, i) => (i === 5 && random() < 0.1 ? "" : number)),
      ...words,
      isMember ? "yes" : "no",
      day,
      below(5),
      score + random() - 0.5 > 0.7 ? "yes" : "no",
    ];
    chunk += `${cells.join(",")}\n`;
    if (row % 1000 < 999 && row < rows - 1) continue;
    yield chunk;
    chunk = "";
  }
}
