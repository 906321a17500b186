/** How a CSV file is written. */
export interface Dialect {
  readonly delimiter: string;
  /** What lines begin with that are no rows. */
  readonly comment: string | undefined;
  /** Characters at the beginning that are no row: a line sep=; of a spreadsheet. */
  readonly skip: number;
}

const DELIMITERS = [",", ";", "\t", "|"];
/** Records that are looked at. */
const LOOKED_AT = 100;

/** Detects the dialect of a file from its first lines. Options override what is detected. */
export function dialectOf(
  start: string,
  { delimiter, comment }: { delimiter?: string | undefined; comment?: string | undefined },
): Dialect {
  const [line, separator] = /^sep=(.)[^\S\r\n]*(?:\r\n?|\n)/i.exec(start) ?? ["", undefined];
  const text = start.slice(line.length);
  const mark = comment ?? (hasComments(text, delimiter ?? separator) ? "#" : undefined);
  return {
    delimiter: delimiter ?? separator ?? delimiterOf(mark === undefined ? text : withoutComments(text, mark)),
    comment: mark,
    skip: line.length,
  };
}

const withoutComments = (text: string, mark: string): string =>
  text
    .split(/(?<=\n|\r(?!\n))/)
    .filter((line) => !line.startsWith(mark))
    .join("");

/**
 * Whether lines that begin with # are comments: all of them stand before the header, and the last of them is
 * not the header itself, which has as many cells as the row that follows.
 */
function hasComments(text: string, given: string | undefined): boolean {
  const lines = text.split(/\r\n?|\n/).filter((line) => line.trim() !== "");
  const first = lines.findIndex((line) => !line.startsWith("#"));
  if (first <= 0 || lines.slice(first).some((line) => line.startsWith("#"))) return false;
  const delimiter = given ?? delimiterOf(lines.slice(first).join("\n"));
  const cells = (line: string) => countCells(line, delimiter)[0];
  return first > 1 || cells(lines[0]) !== cells(lines[1]) || cells(lines[0]) === 1;
}

/** The delimiter that gives the most records as many cells as the header, at least two. */
function delimiterOf(text: string): string {
  const scores = DELIMITERS.map((delimiter) => {
    const counts = countCells(text, delimiter);
    const header = counts[0] ?? 1;
    const alike = counts.filter((count) => count === header).length / counts.length;
    return { delimiter, header, alike: header > 1 ? alike : 0 };
  });
  const best = scores.reduce((a, b) =>
    b.alike > a.alike || (b.alike === a.alike && b.header > a.header) ? b : a,
  );
  return best.header > 1 ? best.delimiter : ",";
}

/** The number of cells of each of the first records. */
function countCells(text: string, delimiter: string): number[] {
  const counts: number[] = [];
  let [cells, inQuotes, isEmpty] = [1, false, true];
  for (const character of text) {
    if (character === '"') inQuotes = !inQuotes;
    if (inQuotes) continue;
    if (character === delimiter) cells++;
    if (character !== "\n" && character !== "\r") {
      isEmpty = false;
      continue;
    }
    if (!isEmpty) counts.push(cells);
    if (counts.length === LOOKED_AT) return counts;
    [cells, isEmpty] = [1, true];
  }
  // The last record may be cut off.
  if (!isEmpty && counts.length < 2) counts.push(cells);
  return counts;
}
