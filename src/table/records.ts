/** A part of a text that ends where a record of CSV ends, and the lines on which its records begin. */
export interface CsvPart {
  readonly text: string;
  readonly lines: number[];
}

/**
 * Cuts text that comes in chunks at the ends of records, outside quotes. Lines that are empty and, where
 * `comment` is given, those that begin with it, are left out. Each character is looked at once.
 */
export class RecordCutter {
  private rest = "";

  /** Characters of the current, incomplete record. */
  get pending(): number {
    return this.rest.length;
  }

  /** `line`: that of the next record, counted from 1. */
  constructor(
    private readonly comment: string | undefined,
    public line = 1,
  ) {}

  /** The whole records of the text so far, or with `last` all that is left. */
  cut(chunk: string, last: boolean): CsvPart {
    const text = this.rest + chunk;
    const lines: number[] = [];
    const kept: string[] = [];
    const { comment } = this;
    let [from, begin, beginLine, line] = [0, 0, this.line, this.line];
    let inQuotes = false;
    let isBlank = true;
    for (let i = 0; i <= text.length; i++) {
      const code = i < text.length ? text.charCodeAt(i) : -1;
      const isEnd = code === 10 || code === 13;
      if (code >= 0 && !isEnd) {
        if (code === 34) inQuotes = !inQuotes;
        if (code !== 32) isBlank = false;
        if (i === begin && comment !== undefined && text.startsWith(comment, i)) {
          while (i + 1 < text.length && text[i + 1] !== "\n" && text[i + 1] !== "\r") i++;
          isBlank = true;
        }
        continue;
      }
      if (code < 0 && (!last || begin === text.length)) break;
      // The chunk may end between a CR and its LF.
      if (code === 13 && i + 1 === text.length && !last) break;
      const end = code === 13 && text.charCodeAt(i + 1) === 10 ? i + 2 : i + Number(code >= 0);
      line += Number(code >= 0);
      if (inQuotes && code >= 0) {
        i = end - 1;
        continue;
      }
      if (isBlank) {
        kept.push(text.slice(from, begin));
        from = end;
      } else lines.push(beginLine);
      [begin, beginLine, isBlank] = [end, line, true];
      i = Math.max(i, end - 1);
    }
    kept.push(text.slice(from, begin));
    this.rest = text.slice(begin);
    this.line = beginLine;
    return { text: kept.join(""), lines };
  }
}
